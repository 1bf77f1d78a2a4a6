//! Programs that sign in as themselves: `/api/admin/service-clients`.

use reqwest::Method;

use crate::api::{Client, segment};
use crate::error::AppError;
use crate::wire::{MintedServiceClient, NewServiceClient, ServiceClient};

impl Client {
    /// The instance's service clients, all of them, without their secrets.
    ///
    /// # Errors
    /// `insufficient_scope` for whoever does not run the instance; those of
    /// every route.
    pub async fn service_clients(&self) -> Result<Vec<ServiceClient>, AppError> {
        self.list(&["api", "admin", "service-clients"], &[]).await
    }

    /// Makes one. Its reply is the only time the secret is seen.
    ///
    /// # Errors
    /// `step_up_required` for anything but a session; those of every route.
    pub async fn create_service_client(
        &self,
        new: &NewServiceClient,
    ) -> Result<MintedServiceClient, AppError> {
        self.post(&["api", "admin", "service-clients"], new).await
    }

    /// Puts one into a mesh that the asking person administers, named by its
    /// id or its slug.
    ///
    /// # Errors
    /// Not found; not an administrator; those of every route.
    pub async fn add_service_client(&self, id: &str, mesh: &str) -> Result<(), AppError> {
        let path = ["api", "admin", "service-clients", segment(id)?, "meshes", segment(mesh)?];
        self.act(Method::PUT, &path, None::<&()>).await
    }

    /// Takes one out of a mesh that the asking person administers.
    ///
    /// # Errors
    /// Not found; not an administrator; those of every route.
    pub async fn remove_service_client(&self, id: &str, mesh: &str) -> Result<(), AppError> {
        let path = ["api", "admin", "service-clients", segment(id)?, "meshes", segment(mesh)?];
        self.act(Method::DELETE, &path, None::<&()>).await
    }

    /// Ends one and all its tokens.
    ///
    /// # Errors
    /// Not found; those of every route.
    pub async fn revoke_service_client(&self, id: &str) -> Result<(), AppError> {
        let path = ["api", "admin", "service-clients", segment(id)?];
        self.act(Method::DELETE, &path, None::<&()>).await
    }
}

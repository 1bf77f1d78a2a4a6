//! What the members of a mesh may start agents with: `/api/my/meshes/:mesh/providers`.

use reqwest::Method;

use crate::api::{Client, segment};
use crate::error::AppError;
use crate::wire::{Lease, NewLease, NewShare, Share};

impl Client {
    /// What is shared in the mesh with this id.
    ///
    /// # Errors
    /// Not found; those of every route.
    pub async fn shares(&self, mesh: &str) -> Result<Vec<Share>, AppError> {
        self.list(&["api", "my", "meshes", segment(mesh)?, "providers"], &[]).await
    }

    /// Shares a connection there, or with another limit.
    ///
    /// # Errors
    /// Not found, `not_an_admin`, `step_up_required`; those of every route.
    pub async fn share(&self, mesh: &str, new: &NewShare) -> Result<Share, AppError> {
        self.post(&["api", "my", "meshes", segment(mesh)?, "providers"], new).await
    }

    /// Ends that.
    ///
    /// # Errors
    /// Not found, `not_an_admin`, `step_up_required`; those of every route.
    pub async fn unshare(&self, mesh: &str, connection: &str) -> Result<(), AppError> {
        let path = ["api", "my", "meshes", segment(mesh)?, "providers", segment(connection)?];
        self.act(Method::DELETE, &path, None::<&()>).await
    }

    /// What opens one that is shared there, named by its id or its provider's name.
    ///
    /// # Errors
    /// Not found, `share_used_up`, `connection_unopened`; those of every route.
    pub async fn lease_shared(
        &self,
        mesh: &str,
        wanted: &str,
        new: &NewLease,
    ) -> Result<Lease, AppError> {
        let path = ["api", "my", "meshes", segment(mesh)?, "providers", segment(wanted)?, "lease"];
        self.post(&path, new).await
    }
}

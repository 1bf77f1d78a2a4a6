//! What the account connected at providers: `/api/my/providers`.

use reqwest::Method;

use crate::api::{Client, segment};
use crate::error::AppError;
use crate::http::PATIENCE;
use crate::wire::{Connection, Lease, NewConnection, NewLease};

impl Client {
    /// All that is connected, without what opens it.
    pub async fn connections(&self) -> Result<Vec<Connection>, AppError> {
        self.list(&["api", "my", "providers"], &[]).await
    }

    /// Connects something, or anew what has this label.
    ///
    /// # Errors
    /// `step_up_required` for anything but a session; those of every route.
    pub async fn connect(&self, new: &NewConnection) -> Result<Connection, AppError> {
        self.post(&["api", "my", "providers"], new).await
    }

    /// Forgets one.
    ///
    /// # Errors
    /// Not found, `step_up_required`; those of every route.
    pub async fn disconnect(&self, id: &str) -> Result<(), AppError> {
        let path = ["api", "my", "providers", segment(id)?];
        self.act(Method::DELETE, &path, None::<&()>).await
    }

    /// One after its provider was asked how it is.
    ///
    /// # Errors
    /// Not found; those of every route.
    pub async fn check(&self, id: &str) -> Result<Connection, AppError> {
        let path = ["api", "my", "providers", segment(id)?, "check"];
        let request = self.request(Method::POST, &path, &[])?;
        // The instance asks the provider, and has an answer after as long as anybody.
        let reply = self.http.send(request, PATIENCE * 2).await?;
        if reply.is_success() {
            return self.read(&reply);
        }
        Err(self.explained(self.context().refusal(&reply)).await)
    }

    /// What opens one, named by its id or its provider's name.
    ///
    /// # Errors
    /// Not found, `connection_unopened`; those of every route.
    pub async fn lease(&self, wanted: &str, new: &NewLease) -> Result<Lease, AppError> {
        self.post(&["api", "my", "providers", segment(wanted)?, "lease"], new).await
    }
}

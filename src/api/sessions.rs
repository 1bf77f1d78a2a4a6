//! Signed-in devices: `/api/my/cli/sessions`.

use reqwest::Method;

use crate::api::{Client, segment};
use crate::error::AppError;
use crate::wire::{AgentSession, NewAgentSession, Session};

impl Client {
    /// The account's signed-in devices, all of them.
    pub async fn sessions(&self) -> Result<Vec<Session>, AppError> {
        self.list(&["api", "my", "cli", "sessions"], &[]).await
    }

    /// Begins a session for a code agent that this device starts, on behalf of its own.
    ///
    /// # Errors
    /// `step_up_required` for anything but a device's session; those of every route.
    pub async fn begin_agent_session(
        &self,
        new: &NewAgentSession,
    ) -> Result<AgentSession, AppError> {
        self.post(&["api", "my", "cli", "sessions", "agents"], new).await
    }

    /// Signs a device out.
    ///
    /// # Errors
    /// Not found; those of every route.
    pub async fn revoke_session(&self, id: &str) -> Result<(), AppError> {
        let path = ["api", "my", "cli", "sessions", segment(id)?];
        self.act(Method::DELETE, &path, None::<&()>).await
    }

    /// Signs out the session whose token this is.
    ///
    /// # Errors
    /// Those of every route; a token that is dead already is `rejected`.
    pub async fn revoke_current(&self) -> Result<(), AppError> {
        self.revoke_session("current").await
    }

    /// Signs the account out everywhere, browsers included. Personal access
    /// tokens live on.
    ///
    /// # Errors
    /// `step_up_required` for anything but a session; those of every route.
    pub async fn revoke_all_sessions(&self) -> Result<(), AppError> {
        let path = ["api", "my", "cli", "sessions"];
        self.act(Method::DELETE, &path, None::<&()>).await
    }
}

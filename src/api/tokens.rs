//! Personal access tokens: `/api/my/cli/tokens`.

use reqwest::Method;

use crate::api::{Client, segment};
use crate::error::AppError;
use crate::wire::{AccessToken, MintedAccessToken, NewAccessToken};

impl Client {
    /// The account's personal access tokens, all of them, without the tokens.
    pub async fn tokens(&self) -> Result<Vec<AccessToken>, AppError> {
        self.list(&["api", "my", "cli", "tokens"], &[]).await
    }

    /// Makes one. Its reply is the only time the token is seen.
    ///
    /// # Errors
    /// `step_up_required` for anything but a session; those of every route.
    pub async fn create_token(
        &self,
        token: &NewAccessToken,
    ) -> Result<MintedAccessToken, AppError> {
        self.post(&["api", "my", "cli", "tokens"], token).await
    }

    /// Kills one.
    ///
    /// # Errors
    /// Not found; those of every route.
    pub async fn revoke_token(&self, id: &str) -> Result<(), AppError> {
        let path = ["api", "my", "cli", "tokens", segment(id)?];
        self.act(Method::DELETE, &path, None::<&()>).await
    }
}

//! Personal access tokens: `/api/my/cli/tokens`.

use reqwest::Method;

use crate::api::wire::{AccessToken, MintedAccessToken, NewAccessToken};
use crate::api::{Client, segment};
use crate::trouble::Trouble;

impl Client {
    /// The account's personal access tokens, all of them, without the tokens.
    ///
    /// # Errors
    /// Those of every route.
    pub async fn tokens(&self) -> Result<Vec<AccessToken>, Trouble> {
        self.list(&["api", "my", "cli", "tokens"], &[]).await
    }

    /// Makes one. Its reply is the only time the token is seen.
    ///
    /// # Errors
    /// `step_up_required` for anything but a session; those of every route.
    pub async fn create_token(&self, token: &NewAccessToken) -> Result<MintedAccessToken, Trouble> {
        self.post(&["api", "my", "cli", "tokens"], token).await
    }

    /// Kills one.
    ///
    /// # Errors
    /// Not found; those of every route.
    pub async fn revoke_token(&self, id: &str) -> Result<(), Trouble> {
        let path = ["api", "my", "cli", "tokens", segment(id)?];
        self.send(Method::DELETE, &path, &[], None::<&()>).await.map(drop)
    }
}

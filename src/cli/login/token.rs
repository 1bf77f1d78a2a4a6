//! `login --token`: a token that somebody made is checked with its instance
//! and kept.

use super::keep::keep;
use crate::cli::ground::Ground;
use crate::error::{AppError, ErrorKind};
use crate::model::Access;

pub(super) fn run(ground: &Ground) -> Result<u8, AppError> {
    let signed = ground.online(async |connector| {
        let chosen = ground.choose().await?;
        let Some((token, source)) = chosen.given else {
            return Err(AppError::internal("no token was given"));
        };
        let mut instance = chosen.instance;
        // The keyring's name for it hangs on the instance's own id.
        let endpoints = connector.endpoints(&instance).await?;
        instance.id = endpoints.instance_id.clone().or(instance.id);
        let access = Access { instance, token, expires_at: None, source };
        keep(ground, connector, &access).await.map_err(rejected)
    })?;
    signed.tell(ground)?;
    Ok(0)
}

/// Signing in again is no advice to somebody who just gave a token.
fn rejected(mut error: AppError) -> AppError {
    if error.kind == ErrorKind::NotSignedIn {
        error.hint = Some(crate::i18n::Message::new("keep-token-hint").into());
    }
    error
}

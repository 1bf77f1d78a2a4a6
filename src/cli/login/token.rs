//! `login --token`: a token that somebody made is checked with its instance
//! and kept.

use super::keep::keep;
use crate::cli::ground::Ground;
use crate::model::Access;
use crate::trouble::{Kind, Trouble};

pub(super) fn run(ground: &Ground) -> Result<u8, Trouble> {
    let signed = ground.online(async |reach| {
        let chosen = ground.choose().await?;
        let Some((token, source)) = chosen.given else {
            return Err(Trouble::internal("no token was given"));
        };
        let mut instance = chosen.instance;
        // The keyring's name for it hangs on the instance's own id.
        let endpoints = reach.endpoints(&instance).await?;
        instance.id = endpoints.instance_id.clone().or(instance.id);
        let access = Access { instance, token, expires_at: None, source };
        keep(ground, reach, &access).await.map_err(rejected)
    })?;
    signed.tell(ground)?;
    Ok(0)
}

/// Signing in again is no advice to somebody who just gave a token.
fn rejected(mut trouble: Trouble) -> Trouble {
    if trouble.kind == Kind::NotSignedIn {
        trouble.hint = Some(crate::i18n::Message::new("keep-token-hint").into());
    }
    trouble
}

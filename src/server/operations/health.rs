//! Asking a provider how a connection is. Whoever asks again within a minute is told the
//! same, and the provider is left alone.

use super::connections::NOUN;
use super::{Denied, Principal};
use crate::provider::credential::Credential;
use crate::provider::verify::Checked;
use crate::server::clock::MINUTE;
use crate::server::domain::vault::Place;
use crate::server::state::State;
use crate::server::store::connections::{self, Kept};
use crate::wire::{Connection, Health};

/// `by`'s connection with this id, after its provider was asked about it. What is renewed
/// and over, and what is none of a provider's, is as it was: nobody asks about that here.
///
/// # Errors
/// When there is no such connection, or what is kept of it does not open.
pub async fn check(state: &State, by: &Principal, id: &str) -> Result<Connection, Denied> {
    let (id, now) = (id.to_owned(), state.now());
    let kept = state
        .write_as(by, async move |tx, by| {
            let kept = connections::find_id(tx, &by.account.id, &id).await?;
            kept.ok_or(Denied::NotFound(NOUN))
        })
        .await?;
    let Kept { connection, sealed, .. } = &kept;
    let was_asked = connection.checked_at.is_some_and(|at| now - at.as_millisecond() < MINUTE);
    let Some(sealed) = sealed.clone().filter(|_| connection.endpoint.is_none()) else {
        return Ok(kept.connection);
    };
    if was_asked || connection.revoked_at.is_some() || kept.is_over(now) {
        return Ok(kept.connection);
    }
    let place = Place::of(&by.account.id, connection);
    let secret = state.vault.open(&place, &sealed).map_err(Denied::Unopened)?;
    let credential = Credential { secret, kind: connection.kind.clone() };
    let checked = state.config.providers.check(&connection.provider, &credential).await;
    let checked = checked.unwrap_or(Checked { health: Health::Unknown, left: None });
    let (connection, now) = (kept.connection, state.now());
    state
        .write_as(by, async move |tx, by| {
            let account = &by.account.id;
            // Only of what it was asked about.
            connections::note_health(tx, &connection.id, &sealed, &checked, now).await?;
            let now = connections::find_id(tx, account, &connection.id).await?;
            Ok(now.ok_or(Denied::NotFound(NOUN))?.connection)
        })
        .await
}

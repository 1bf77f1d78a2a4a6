//! Renewing what opens a connection shortly before its end: by one process of all, whoever
//! comes first, while the others wait for it or go on with what is still good.
//!
//! The surprising rule: what follows is kept only where what it follows on still stands.
//! Whoever was too slow, or whose connection was connected anew meanwhile, changes nothing.

use std::time::Duration;

use jiff::Timestamp;
use tokio::time::Instant;

use super::{Denied, Principal};
use crate::error::AppError;
use crate::provider::renewal::{NotRenewed, Renewed};
use crate::secret::Secret;
use crate::server::clock::{MINUTE, timestamp};
use crate::server::domain::audit_action::AuditAction;
use crate::server::domain::vault::Place;
use crate::server::state::State;
use crate::server::store::connections::{self, Followed, Kept};
use crate::server::store::{Event, Tx};

/// Milliseconds before its end at which something is renewed.
pub(super) const MARGIN: i64 = 5 * MINUTE;

/// How often a provider is asked before whoever waits is told.
const TRIES: usize = 2;

/// Milliseconds that one process has for it, tries and writing included.
const HOLD: i64 = 20_000;

/// Milliseconds for which a provider that failed is left alone.
const REST: i64 = 2_000;

/// How long whoever forgets something waits for the provider to be told.
const END: Duration = Duration::from_secs(3);

/// Between two tries to write what a provider gave.
const PAUSE: Duration = Duration::from_millis(200);

/// Something that this process alone renews now.
#[derive(Debug)]
pub(super) struct Renewing {
    account: String,
    kept: Kept,
    refresh: String,
    /// What is written down where the provider lets it in no more.
    revoked: Event,
}

/// Whether `kept`, which is `account`'s, is due at `now`, and nobody else renews it: then
/// nobody else will.
pub(super) async fn claim(
    tx: &mut Tx,
    by: &Principal,
    account: &str,
    kept: &Kept,
    now: i64,
) -> Result<Option<Renewing>, Denied> {
    let Some(refresh) = kept.refresh.clone().filter(|_| kept.is_over(now + MARGIN)) else {
        return Ok(None);
    };
    let id = &kept.connection.id;
    if !connections::claim_renewal(tx, id, &refresh, now, now + HOLD).await? {
        return Ok(None);
    }
    let revoked = by.event(AuditAction::ProviderRevoked, id);
    let revoked = revoked.with("provider", &kept.connection.provider);
    Ok(Some(Renewing { account: account.to_owned(), kept: kept.clone(), refresh, revoked }))
}

/// Renews it, to the end even where whoever asked is gone: what the provider gives it
/// gives once.
///
/// # Errors
/// [`Denied::NotRenewed`] where the provider does not say; those of the vault and the
/// database.
pub(super) async fn renew(state: &State, renewing: Renewing) -> Result<(), Denied> {
    let own = state.clone();
    state.to_its_end(async move { renewed(&own, renewing).await }).await
}

async fn renewed(state: &State, renewing: Renewing) -> Result<(), Denied> {
    let (began, Renewing { account, kept, refresh, revoked }) = (Instant::now(), renewing);
    let connection = &kept.connection;
    let place = Place::of(&account, connection).of_refresh_token();
    let token = state.vault.open(&place, &refresh).map_err(Denied::Unopened)?;
    let ask = async || {
        let client_id = kept.client_id.as_deref();
        let (provider, kind) = (&connection.provider, &connection.kind);
        let now = timestamp(state.now());
        state.config.providers.renew(provider, kind, client_id, &token, now).await
    };
    let mut told = ask().await;
    for _ in 1..TRIES {
        // A reply that was lost may have been a good one: where the provider gives the
        // same again for a while, the next try brings it.
        if matches!(told, Err(NotRenewed::Failed(_))) {
            told = ask().await;
        }
    }
    let (id, now) = (connection.id.clone(), state.now());
    match told {
        Ok(renewed) => {
            let next = renewed.refresh_token.clone();
            // What it took in exchange is gone, so this is written while nobody else may.
            let until = began + Duration::from_millis(HOLD.unsigned_abs());
            let is_kept = loop {
                match write(state, &account, &kept, &refresh, &renewed).await {
                    Err(_) if Instant::now() + PAUSE < until => tokio::time::sleep(PAUSE).await,
                    written => break written?,
                }
            };
            if let Some(next) = next.filter(|_| !is_kept) {
                // Forgotten, or connected anew, meanwhile: nobody has use for it.
                tell_of_end(state, &kept, next).await;
            }
            Ok(())
        }
        Err(NotRenewed::Over) => {
            let revoke = async move |tx: &mut Tx| {
                if connections::note_revoked(tx, &id, &refresh, now).await? {
                    revoked.write(tx, now).await?;
                }
                Ok::<_, Denied>(())
            };
            state.store.write(revoke).await
        }
        Err(NotRenewed::Failed(error)) => {
            tracing::warn!(provider = %connection.provider, %error.code, "not renewed");
            let put_off = async move |tx: &mut Tx| {
                connections::put_off_renewal(tx, &id, &refresh, now + REST).await?;
                Ok::<_, Denied>(())
            };
            state.store.write(put_off).await?;
            Err(Denied::NotRenewed)
        }
    }
}

/// Tells the provider that what was forgotten is not used any more. Nobody waits long for
/// it: where it does not hear of it, what it gave out ends by itself.
pub(super) async fn end(state: &State, account: &str, kept: Kept) {
    let Some(refresh) = &kept.refresh else { return };
    let place = Place::of(account, &kept.connection).of_refresh_token();
    let Ok(token) = state.vault.open(&place, refresh) else { return };
    tell_of_end(state, &kept, token).await;
}

/// Tells the provider that `token`, by which `kept` was renewed, is not used any more.
async fn tell_of_end(state: &State, kept: &Kept, token: Secret) {
    let (providers, kept) = (state.config.providers.clone(), kept.clone());
    let told = state.unfinished.spawn(async move {
        let Kept { connection, client_id, .. } = kept;
        let (provider, kind) = (&connection.provider, &connection.kind);
        if !providers.revoke(provider, kind, client_id.as_deref(), &token).await {
            tracing::warn!(%provider, "the provider was not told that a sign-in is over");
        }
    });
    let _ = tokio::time::timeout(END, told).await;
}

async fn write(
    state: &State,
    account: &str,
    kept: &Kept,
    refresh: &str,
    renewed: &Renewed,
) -> Result<bool, Denied> {
    let (own, account, kept) = (state.clone(), account.to_owned(), kept.clone());
    let (refresh, renewed, now) = (refresh.to_owned(), renewed.clone(), state.now());
    let write = async move |tx: &mut Tx| {
        let followed = followed(&own, &account, &kept, renewed)?;
        let id = &kept.connection.id;
        Ok::<_, Denied>(connections::note_renewed(tx, id, &refresh, &followed, now).await?)
    };
    state.store.write(write).await
}

fn followed(
    state: &State,
    account: &str,
    kept: &Kept,
    renewed: Renewed,
) -> Result<Followed, AppError> {
    let place = Place::of(account, &kept.connection);
    let vault = &state.vault;
    let seal_token = |token| vault.seal(&place.of_refresh_token(), &token);
    Ok(Followed {
        sealed: vault.seal(&place, &renewed.secret)?,
        last_four: renewed.secret.last_four(),
        refresh: renewed.refresh_token.map(seal_token).transpose()?,
        ends_at: renewed.expires_at.map(Timestamp::as_millisecond),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::provider::renewal::PATIENCE;

    #[test]
    fn whoever_has_it_asks_twice_and_writes_before_anybody_else_may() {
        let tries = u32::try_from(TRIES).expect("a few");
        let left = Duration::from_millis(HOLD.unsigned_abs()).checked_sub(PATIENCE * tries);
        assert!(left.is_some_and(|left| left >= END), "{left:?}");
    }
}

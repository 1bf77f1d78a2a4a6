//! Giving what opens a connection to a machine that starts an agent with it: one's own, or
//! one that is shared in a mesh. What is about to end is renewed before.

use std::time::Duration;

use jiff::Timestamp;

use super::connections::NOUN;
use super::meshes;
use super::renewals::{self, MARGIN, Renewing};
use super::{Denied, Principal};
use crate::server::clock::{HOUR, timestamp};
use crate::server::domain::audit_action::AuditAction;
use crate::server::domain::vault::Place;
use crate::server::state::State;
use crate::server::store::connections::{self, Kept};
use crate::server::store::shares::{self, KeptShare, masked};
use crate::server::store::{Tx, members};
use crate::wire::{Lease, NewLease, display_name};

/// How long whoever wants a lease waits for somebody else who renews it.
const PATIENCE: Duration = Duration::from_secs(20);

/// Between two looks at whether it is renewed.
const PAUSE: Duration = Duration::from_millis(100);

/// Milliseconds for which a machine starts agents with what it was leased.
const LEASE: i64 = 12 * HOUR;

/// Which connection is wanted, by its id or the name of its provider.
#[derive(Clone, Debug)]
enum Wanted {
    /// Of one's own the one that is meant where nobody says which.
    Own(String),
    /// Of those shared in the mesh with this id the first that is good.
    Shared { mesh: String, wanted: String },
}

/// Gives what opens a connection of `by`'s.
///
/// # Errors
/// When there is no such connection, what is kept of it does not open
/// ([`Denied::Unopened`]), the provider lets it in no more ([`Denied::Revoked`]), or it is
/// over and the provider does not say ([`Denied::NotRenewed`]).
pub async fn lease(
    state: &State,
    by: &Principal,
    wanted: &str,
    new: NewLease,
) -> Result<Lease, Denied> {
    leased(state, by, Wanted::Own(wanted.to_owned()), new).await
}

/// The same of one that is shared in a mesh that `by` is in. It is good for the start it is
/// asked for alone: the next asks again whether it is shared still.
///
/// # Errors
/// Those of [`lease`]; [`Denied::ShareUsedUp`].
pub async fn lease_shared(
    state: &State,
    by: &Principal,
    mesh: &str,
    wanted: &str,
    new: NewLease,
) -> Result<Lease, Denied> {
    let mesh = meshes::find(state, by, mesh).await?.id;
    leased(state, by, Wanted::Shared { mesh, wanted: wanted.to_owned() }, new).await
}

async fn leased(
    state: &State,
    by: &Principal,
    wanted: Wanted,
    new: NewLease,
) -> Result<Lease, Denied> {
    let until = tokio::time::Instant::now() + PATIENCE;
    let mut was_tried = false;
    loop {
        match try_lease(state, by, wanted.clone(), new.clone(), was_tried).await? {
            Tried::Leased(lease) => return Ok(*lease),
            Tried::Renewing(renewing) => match renewals::renew(state, *renewing).await {
                // What is good for some minutes more will do.
                Ok(()) | Err(Denied::NotRenewed) => was_tried = true,
                Err(denied) => return Err(denied),
            },
            Tried::Over(_) if was_tried => return Err(Denied::NotRenewed),
            // Somebody else renews it.
            Tried::Over(kept) => loop {
                if !state.store.is_renewing(&kept, state.now()).await? {
                    break;
                }
                if tokio::time::Instant::now() >= until {
                    return Err(Denied::NotRenewed);
                }
                tokio::time::sleep(PAUSE).await;
            },
        }
    }
}

/// What came of asking for a lease.
enum Tried {
    Leased(Box<Lease>),
    /// It is to be renewed first, by whoever asked.
    Renewing(Box<Renewing>),
    /// It is over, and somebody else renews it.
    Over(Box<Kept>),
}

/// What is leased, and of whom.
struct Found {
    /// The account that it belongs to.
    account: String,
    kept: Kept,
    /// The mesh it is shared in, and by whom.
    shared: Option<(String, String)>,
}

/// What is wanted, if `by` may have it.
async fn find(tx: &mut Tx, by: &Principal, wanted: Wanted, now: i64) -> Result<Found, Denied> {
    let account = by.account.id.clone();
    match wanted {
        Wanted::Own(wanted) => {
            let kept = connections::find(tx, &account, &wanted).await?;
            let kept = kept.ok_or(Denied::NotFound(NOUN))?;
            Ok(Found { account, kept, shared: None })
        }
        Wanted::Shared { mesh, wanted } => {
            let seat = members::find(tx, &mesh, &account).await?;
            seat.ok_or(Denied::NotFound(NOUN))?;
            let (share, sharer) =
                shares::find(tx, &mesh, &wanted).await?.ok_or(Denied::NotFound(NOUN))?;
            let KeptShare { account_id, kept, daily } = share;
            let used = shares::used(tx, &mesh, &kept.connection.id, &account, now).await?;
            if daily.is_some_and(|daily| used >= i64::from(daily)) {
                return Err(Denied::ShareUsedUp);
            }
            Ok(Found { account: account_id, kept, shared: Some((mesh, sharer)) })
        }
    }
}

async fn try_lease(
    state: &State,
    by: &Principal,
    wanted: Wanted,
    new: NewLease,
    was_tried: bool,
) -> Result<Tried, Denied> {
    let (state_in, now) = (state.clone(), state.now());
    state
        .write_as(by, async move |tx, by| {
            let Found { account, kept, shared } = find(tx, &by, wanted, now).await?;
            if kept.connection.revoked_at.is_some() {
                return Err(Denied::Revoked);
            }
            if !was_tried
                && let Some(renewing) = renewals::claim(tx, &by, &account, &kept, now).await?
            {
                return Ok(Tried::Renewing(Box::new(renewing)));
            }
            if kept.is_over(now) {
                return match kept.refresh {
                    Some(_) => Ok(Tried::Over(Box::new(kept))),
                    None => Err(Denied::Revoked),
                };
            }
            let mut expires_at = lease_until(&kept, now);
            let Kept { mut connection, sealed, .. } = kept;
            let place = Place::of(&account, &connection);
            let open = |sealed: &String| state_in.vault.open(&place, sealed);
            let secret = sealed.as_ref().map(open).transpose().map_err(Denied::Unopened)?;
            if !connections::note_lease(tx, &connection.id, now).await? {
                return Err(Denied::NotFound(NOUN));
            }
            let event = by.event(AuditAction::ProviderLeased, &connection.id);
            let mut event = event.with("provider", &connection.provider);
            for (what, given) in [("machine", new.machine), ("agent", new.agent)] {
                if let Some(given) = given.as_deref().and_then(display_name) {
                    event = event.with(what, &given);
                }
            }
            if let Some((mesh, sharer)) = shared {
                shares::note_use(tx, &mesh, &connection.id, &by.account.id, now).await?;
                event = event.with("mesh", &mesh).with("shared_by", &account);
                expires_at = timestamp(now);
                connection = masked(connection, sharer);
            }
            event.write(tx, now).await?;
            Ok(Tried::Leased(Box::new(Lease { connection, secret, expires_at })))
        })
        .await
}

/// Until when a machine starts agents with `kept`. What is renewed is not good for a start
/// up to its end.
fn lease_until(kept: &Kept, now: i64) -> Timestamp {
    let margin = if kept.refresh.is_some() { MARGIN } else { 0 };
    let end = kept.ends_at.map_or(i64::MAX, |end| now.max(end - margin));
    timestamp(end.min(now + LEASE))
}

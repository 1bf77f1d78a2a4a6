//! What people connected to start agents with, kept in the vault. Connecting and
//! disconnecting are a person's; whoever may use connections is leased one, for the
//! start of an agent on one machine.

use std::time::Duration;

use jiff::Timestamp;
use url::Url;

use super::renewals::{self, MARGIN, Renewing};
use super::{Denied, Invalid, Named, Principal};
use crate::error::AppError;
use crate::i18n::printable;
use crate::provider::model_server;
use crate::secret::Secret;
use crate::server::clock::{DAY, HOUR, timestamp};
use crate::server::domain::audit_action::AuditAction;
use crate::server::domain::vault::Place;
use crate::server::state::State;
use crate::server::store::connections::{self, Kept};
use crate::server::store::{Page, Rows, Tx, new_id};
use crate::slug::is_slug;
use crate::wire::{
    Connection, LONGEST_CREDENTIAL, LONGEST_NAME, Lease, NewConnection, NewLease, Way, display_name,
};

/// What a connection is called where there is none.
const NOUN: &str = "connection";

/// How many a person has at most.
const MOST: i64 = 100;

/// How long whoever wants a lease waits for somebody else who renews it.
const PATIENCE: Duration = Duration::from_secs(20);

/// Between two looks at whether it is renewed.
const PAUSE: Duration = Duration::from_millis(100);

/// Milliseconds for which a machine starts agents with what it was leased.
const LEASE: i64 = 12 * HOUR;

/// What `by`'s account connected, oldest first.
pub async fn list(state: &State, by: &Principal, page: &Page) -> Result<Rows<Connection>, Denied> {
    Ok(state.store.connections(&by.account.id, page, state.now()).await?)
}

/// Connects something, or anew what has this label at the provider already, where a
/// sign-in of before is ended; says too whether it is new.
///
/// # Errors
/// When it is not `by`'s to do, or not as it should be.
pub async fn connect(
    state: &State,
    by: &Principal,
    new: NewConnection,
) -> Result<(Connection, bool), Denied> {
    by.require_session()?;
    let new = checked(new)?;
    let (shared, now) = (state.clone(), state.now());
    let write = async move |tx: &mut Tx, by: Principal| keep(&shared, tx, &by, new, now).await;
    let (made, before) = state.write_as(by, write).await?;
    let is_new = before.is_none();
    end_before(state, by, before).await;
    Ok((made, is_new))
}

/// Keeps `new`, which is [`checked`], for `by`; with what stood in its place.
pub(super) async fn keep(
    state: &State,
    tx: &mut Tx,
    by: &Principal,
    new: NewConnection,
    now: i64,
) -> Result<(Connection, Option<Kept>), Denied> {
    let account = &by.account.id;
    let before = match connections::labelled(tx, account, &new.provider, &new.label).await? {
        Some(id) => connections::find(tx, account, &id).await?,
        None => None,
    };
    if before.is_none() && connections::count(tx, account).await? >= MOST {
        return Err(Denied::TooMany(Duration::from_millis(DAY.unsigned_abs())));
    }
    let id = before.as_ref().map_or_else(|| new_id(now), |kept| kept.connection.id.clone());
    let kept = sealed(state, account, id, new, now)?;
    let made = connections::keep(tx, account, &kept, now).await?;
    let event = by.event(AuditAction::ProviderConnected, &made.id);
    let event = event.with("provider", &made.provider).with("way", made.way.word());
    event.write(tx, now).await?;
    Ok((made, before))
}

/// Refuses where `by` has no room for another with this label.
///
/// # Errors
/// [`Denied::TooMany`].
pub(super) async fn require_room(
    state: &State,
    by: &Principal,
    provider: &str,
    label: &str,
) -> Result<(), Denied> {
    if state.store.has_room(&by.account.id, (provider, label), MOST).await? {
        return Ok(());
    }
    Err(Denied::TooMany(Duration::from_millis(DAY.unsigned_abs())))
}

/// Ends the sign-in of `new`, which is not kept after all.
pub(super) async fn end_new(state: &State, new: NewConnection) {
    let NewConnection { provider, kind, client_id, refresh_token, .. } = new;
    let Some(token) = refresh_token else { return };
    let providers = &state.config.providers;
    if !providers.revoke(&provider, &kind, client_id.as_deref(), &token).await {
        tracing::warn!(%provider, "the provider was not told that a sign-in is over");
    }
}

/// Ends the sign-in of what stood in the place of what is kept now.
pub(super) async fn end_before(state: &State, by: &Principal, before: Option<Kept>) {
    if let Some(before) = before {
        renewals::end(state, &by.account.id, before).await;
    }
}

/// Forgets what was connected. A provider that takes that is told so.
///
/// # Errors
/// When it is not `by`'s to do, or there is no such connection.
pub async fn disconnect(state: &State, by: &Principal, id: &str) -> Result<(), Denied> {
    by.require_session()?;
    let (id, now) = (id.to_owned(), state.now());
    let removed = state
        .write_as(by, async move |tx, by| {
            let kept = connections::find(tx, &by.account.id, &id).await?;
            let removed = connections::remove(tx, &by.account.id, &id).await?;
            let removed = removed.ok_or(Denied::NotFound(NOUN))?;
            let event = by.event(AuditAction::ProviderDisconnected, &id);
            event.with("provider", &removed.provider).write(tx, now).await?;
            Ok(kept)
        })
        .await?;
    if let Some(kept) = removed {
        renewals::end(state, &by.account.id, kept).await;
    }
    Ok(())
}

/// Gives what opens a connection, named by its id or, where it is the one that is meant,
/// by its provider, to a machine that starts an agent with it: renewed before, where its
/// end is near.
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
    let until = tokio::time::Instant::now() + PATIENCE;
    let mut was_tried = false;
    loop {
        match try_lease(state, by, wanted, new.clone(), was_tried).await? {
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

async fn try_lease(
    state: &State,
    by: &Principal,
    wanted: &str,
    new: NewLease,
    was_tried: bool,
) -> Result<Tried, Denied> {
    let (shared, wanted, now) = (state.clone(), wanted.to_owned(), state.now());
    state
        .write_as(by, async move |tx, by| {
            let account = &by.account.id;
            let kept = connections::find(tx, account, &wanted).await?;
            let kept = kept.ok_or(Denied::NotFound(NOUN))?;
            if kept.connection.revoked_at.is_some() {
                return Err(Denied::Revoked);
            }
            if !was_tried && let Some(renewing) = renewals::claim(tx, &by, &kept, now).await? {
                return Ok(Tried::Renewing(Box::new(renewing)));
            }
            if kept.is_over(now) {
                return match kept.refresh {
                    Some(_) => Ok(Tried::Over(Box::new(kept))),
                    None => Err(Denied::Revoked),
                };
            }
            let expires_at = lease_until(&kept, now);
            let Kept { connection, sealed, .. } = kept;
            let place = Place::of(account, &connection);
            let open = |sealed: &String| shared.vault.open(&place, sealed);
            let secret = sealed.as_ref().map(open).transpose().map_err(Denied::Unopened)?;
            connections::note_lease(tx, &connection.id, now).await?;
            let mut event = by.event(AuditAction::ProviderLeased, &connection.id);
            event = event.with("provider", &connection.provider);
            for (what, given) in [("machine", new.machine), ("agent", new.agent)] {
                if let Some(given) = given.as_deref().and_then(display_name) {
                    event = event.with(what, &given);
                }
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

/// `new` as it is kept: nothing in it that a terminal obeys or a header cannot hold.
pub(super) fn checked(mut new: NewConnection) -> Result<NewConnection, Invalid> {
    if !is_slug(&new.provider) || !is_kind(&new.kind) {
        return Err(Invalid::Provider);
    }
    if !new.label.is_empty() {
        new.label = display_name(&new.label).ok_or(Invalid::Name(Named::Connection))?;
    }
    let shown = |holder: String| printable(&holder).trim().chars().take(LONGEST_NAME).collect();
    new.holder = new.holder.map(shown).filter(|holder: &String| !holder.is_empty());
    let is_secret = |secret: &Secret| {
        let text = secret.expose();
        (1..=LONGEST_CREDENTIAL).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_graphic())
    };
    let both = [new.secret.as_ref(), new.refresh_token.as_ref()];
    if !both.into_iter().flatten().all(is_secret) {
        return Err(Invalid::Credential);
    }
    new.plan = new.plan.map(shown).filter(|plan: &String| !plan.is_empty());
    // An address of the provider's would show it in the query, and no more.
    let is_client = |id: &String| id.len() <= 255 && id.bytes().all(|b| b.is_ascii_graphic());
    if !new.client_id.as_ref().is_none_or(is_client) {
        return Err(Invalid::Credential);
    }
    new.endpoint = new.endpoint.map(|endpoint| address(&endpoint)).transpose()?;
    let is_whole = match new.way {
        Way::Endpoint => new.endpoint.is_some(),
        Way::Device | Way::Redirect | Way::Vendor | Way::Token | Way::Import => {
            new.secret.is_some()
        }
    };
    if is_whole { Ok(new) } else { Err(Invalid::Credential) }
}

/// Whether it can be a kind of credential: `snake_case`.
fn is_kind(kind: &str) -> bool {
    (1..=32).contains(&kind.len()) && kind.bytes().all(|b| b.is_ascii_lowercase() || b == b'_')
}

/// The address of a model server.
fn address(text: &str) -> Result<String, Invalid> {
    let url = Url::parse(text).ok().filter(model_server::is_plain).ok_or(Invalid::ModelServer)?;
    Ok(url.as_str().trim_end_matches('/').to_owned())
}

fn sealed(
    state: &State,
    account: &str,
    id: String,
    new: NewConnection,
    now: i64,
) -> Result<Kept, AppError> {
    let NewConnection { provider, label, way, kind, secret, endpoint, holder, plan, .. } = new;
    let NewConnection { verified, expires_at, refresh_token, client_id, .. } = new;
    let connection = Connection {
        id,
        provider,
        label,
        way,
        kind,
        endpoint,
        holder,
        plan,
        good_until: expires_at.filter(|_| refresh_token.is_none()),
        revoked_at: None,
        last_four: secret.as_ref().map(Secret::last_four).unwrap_or_default(),
        default: false,
        created_at: timestamp(now),
        verified_at: verified.then(|| timestamp(now)),
        last_used_at: None,
        uses: Vec::new(),
    };
    let place = Place::of(account, &connection);
    let sealed = secret.map(|secret| state.vault.seal(&place, &secret)).transpose()?;
    let place = place.of_refresh_token();
    let refresh = refresh_token.map(|token| state.vault.seal(&place, &token)).transpose()?;
    let ends_at = expires_at.map(Timestamp::as_millisecond);
    Ok(Kept { connection, sealed, refresh, client_id, ends_at })
}

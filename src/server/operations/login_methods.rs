//! The ways into an account besides its password: the sites that vouch for its
//! owner. The last way in stays.

use super::{Denied, Principal};
use crate::secret::Secret;
use crate::server::counters::Counted;
use crate::server::domain::audit_action::AuditAction;
use crate::server::state::State;
use crate::server::store::{
    Account, Attempt, Disconnected, Event, Identity, NewAccount, NewIdentity, Taken,
};
use crate::server::upstreams::{Failure, Upstream};

/// A site that vouches for somebody.
#[derive(Debug)]
pub struct Connected<'a> {
    /// What is kept of it.
    pub identity: Identity,
    /// The site; `None` where it vouches no more.
    pub upstream: Option<&'a Upstream>,
}

/// The sites that vouch for `by`.
///
/// # Errors
/// The database's.
pub async fn connected<'a>(state: &'a State, by: &Principal) -> Result<Vec<Connected<'a>>, Denied> {
    let identities = state.store.identities(&by.account.id).await?;
    let upstreams = &state.config.upstreams;
    let connected = identities.into_iter().map(|identity| Connected {
        upstream: upstreams.iter().find(|upstream| upstream.is_way_of(&identity.issuer)),
        identity,
    });
    Ok(connected.collect())
}

/// Connects `by`'s account with `identity`.
///
/// # Errors
/// [`Denied::NotFound`] where that is another account's.
pub async fn connect(state: &State, by: &Principal, identity: &NewIdentity) -> Result<(), Denied> {
    by.require_session()?;
    let (id, ip) = (&by.account.id, by.ip.as_deref());
    let connected = state.store.connect_identity(id, identity, ip, state.now()).await?;
    if connected { Ok(()) } else { Err(Denied::NotFound("identity")) }
}

/// Disconnects the identity with this id from `by`'s account. Not there any
/// more is what was wanted.
///
/// # Errors
/// [`Denied::LastLoginMethod`].
pub async fn disconnect(state: &State, by: &Principal, id: &str) -> Result<(), Denied> {
    by.require_session()?;
    let opens = |issuer: &str| state.config.upstreams.iter().any(|one| one.is_way_of(issuer));
    let (account, ip) = (&by.account.id, by.ip.as_deref());
    match state.store.disconnect(account, id, opens, ip, state.now()).await? {
        Disconnected::Done => Ok(()),
        Disconnected::Last => Err(Denied::LastLoginMethod),
    }
}

/// Keeps that a sign-in elsewhere begins, for [`take`]; it is bound to
/// `browser` and may take `seconds`.
///
/// # Errors
/// The database's.
pub async fn begin(
    state: &State,
    secret: &Secret,
    browser: &Secret,
    attempt: &Attempt,
    seconds: i64,
) -> Result<(), Denied> {
    let expires_at = state.now() + seconds * 1_000;
    Ok(state.store.begin_attempt(secret, browser, attempt, expires_at).await?)
}

/// The sign-in that comes back from `upstream` with `secret`, in the browser
/// that began it. It is gone after this.
///
/// # Errors
/// The database's.
pub async fn take(
    state: &State,
    upstream: &str,
    secret: &Secret,
    browser: &Secret,
) -> Result<Taken, Denied> {
    Ok(state.store.take_attempt(upstream, secret, browser, state.now()).await?)
}

/// The account that is connected with `identity`.
///
/// # Errors
/// The database's.
pub async fn account(state: &State, identity: &NewIdentity) -> Result<Option<Account>, Denied> {
    Ok(state.store.account_of_identity(identity, state.now()).await?)
}

/// Whether `email` has an account, which is then entered as before, not by
/// whoever has the address elsewhere.
///
/// # Errors
/// The database's.
pub async fn is_taken(state: &State, email: &str) -> Result<bool, Denied> {
    Ok(state.store.account_by_email(email).await?.is_some())
}

/// Makes an account for somebody whom another site vouches for.
///
/// # Errors
/// [`Denied::EmailTaken`].
pub async fn create_account(
    state: &State,
    new: &NewAccount,
    identity: &NewIdentity,
) -> Result<Account, Denied> {
    let made = state.store.create_connected_account(new, identity, state.now()).await?;
    made.ok_or(Denied::EmailTaken)
}

/// Writes down that `upstream` vouched for nobody.
///
/// # Errors
/// The database's.
pub async fn failed(
    state: &State,
    upstream: &Upstream,
    failure: &Failure,
    ip: Option<&str>,
) -> Result<(), Denied> {
    state.counters.count(Counted::SignInFailed);
    let event = Event::new(AuditAction::SignInFailed, "", "upstream", "")
        .from(ip)
        .with("upstream", &upstream.slug)
        .with("why", &failure.to_string());
    Ok(state.store.audit(&event, state.now()).await?)
}

//! The ways into an account besides its password: the sites that vouch for its
//! owner. The last way in stays.

use super::{Denied, Principal};
use crate::secret::Secret;
use crate::server::counters::Counted;
use crate::server::domain::audit_action::AuditAction;
use crate::server::domain::client_ip::ClientIp;
use crate::server::state::State;
use crate::server::store::{
    Account, Attempt, Event, Identity, NewAccount, NewIdentity, Taken, accounts, upstreams,
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
pub async fn connected<'a>(state: &'a State, by: &Principal) -> Result<Vec<Connected<'a>>, Denied> {
    let identities = state.store.identities(&by.account.id).await?;
    let upstreams = &state.config.upstreams;
    let connected = identities.into_iter().map(|identity| Connected {
        upstream: upstreams.iter().find(|upstream| upstream.accepts_issuer(&identity.issuer)),
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
    let (identity, now) = (identity.clone(), state.now());
    state
        .write_as(by, async move |tx, by| {
            let id = &by.account.id;
            if upstreams::connect(tx, id, &identity, now).await? {
                let event = by.event(AuditAction::UpstreamConnected, id);
                return Ok(event.with("issuer", &identity.issuer).write(tx, now).await?);
            }
            let owner = upstreams::owner(tx, &identity).await?;
            if owner.as_ref() == Some(id) { Ok(()) } else { Err(Denied::NotFound("identity")) }
        })
        .await
}

/// Disconnects the identity with this id from `by`'s account. Not there any
/// more is what was wanted.
///
/// # Errors
/// [`Denied::LastLoginMethod`].
pub async fn disconnect(state: &State, by: &Principal, id: &str) -> Result<(), Denied> {
    by.require_session()?;
    let (id, shared, now) = (id.to_owned(), state.clone(), state.now());
    state
        .write_as(by, async move |tx, by| {
            let account = &by.account.id;
            let all = upstreams::of_account(tx, account).await?;
            let Some(this) = all.iter().find(|one| one.id == id) else { return Ok(()) };
            let sites = &shared.config.upstreams;
            let opens = |one: &Identity| sites.iter().any(|site| site.accepts_issuer(&one.issuer));
            let is_other_way = |one: &Identity| one.id != id && opens(one);
            let has_password = !accounts::has_password(tx, account, None).await?;
            if opens(this) && !has_password && !all.iter().any(is_other_way) {
                return Err(Denied::LastLoginMethod);
            }
            upstreams::disconnect(tx, &id).await?;
            let event = by.event(AuditAction::UpstreamDisconnected, account);
            Ok(event.with("issuer", &this.issuer).write(tx, now).await?)
        })
        .await
}

/// Keeps that a sign-in elsewhere begins, for [`take`]; it is bound to
/// `browser` and may take `seconds`.
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
pub async fn take(
    state: &State,
    upstream: &str,
    secret: &Secret,
    browser: &Secret,
) -> Result<Taken, Denied> {
    Ok(state.store.take_attempt(upstream, secret, browser, state.now()).await?)
}

/// The account that is connected with `identity`.
pub async fn account(state: &State, identity: &NewIdentity) -> Result<Option<Account>, Denied> {
    Ok(state.store.account_of_identity(identity, state.now()).await?)
}

/// Whether `email` has an account, which is then entered as before, not by
/// whoever has the address elsewhere.
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
    state.store.create_connected_account(new, identity, state.now()).await
}

/// Writes down that `upstream` vouched for nobody.
pub async fn failed(
    state: &State,
    upstream: &Upstream,
    failure: &Failure,
    ip: ClientIp,
) -> Result<(), Denied> {
    state.counters.count(Counted::SignInFailed);
    let event = Event::new(AuditAction::SignInFailed, "", "upstream", "")
        .from(ip.told())
        .with("upstream", &upstream.slug)
        .with("why", &failure.to_string());
    Ok(state.store.audit(&event, state.now()).await?)
}

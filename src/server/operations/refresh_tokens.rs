//! Renewing what a program is signed in by (RFC 6749 §6). Each refresh token is good
//! once, and for a minute more for the same answer, which follows from the token
//! that was shown: nothing of it is kept but hashes.
//!
//! The surprising rule: nothing that is refused uses it up. A client that was told
//! no registers anew and shows its token under the new name; what was right
//! before is right after. Only one that is shown again after its minute ends
//! the session, for its own client.

use super::Denied;
use crate::secret::{Secret, TokenKind};
use crate::server::counters::Counted;
use crate::server::domain::audit_action::AuditAction;
use crate::server::domain::client_ip::ClientIp;
use crate::server::domain::device_code_state::extended_expiry;
use crate::server::domain::refresh_token_state::{ACCESS_LIFE, Use, access_ends, used};
use crate::server::domain::resource::Resource;
use crate::server::domain::scopes;
use crate::server::state::State;
use crate::server::store::{
    Credential, Event, GivenAccess, Issued, Tx, credentials, refresh_tokens,
};
use crate::wire::User;

/// What a program was given. Times are Unix milliseconds.
#[derive(Debug)]
pub struct Granted {
    /// Seen this once.
    pub tokens: Issued,
    /// Space-separated: what the access token may do.
    pub scopes: String,
    /// When it was given.
    pub at: i64,
    /// When the access token ends.
    pub expires_at: i64,
    /// Whose it is.
    pub user: User,
}

/// A new pair, or a session's token where there is none to `refresh` it with.
pub fn issue(refresh: bool) -> Issued {
    let kind = if refresh { TokenKind::Access } else { TokenKind::Session };
    let refresh = refresh.then(|| Secret::random_token(TokenKind::Refresh));
    Issued { access: Secret::random_token(kind), refresh }
}

/// What a program shows for the next pair.
#[derive(Clone, Debug)]
pub struct Shown {
    /// The program.
    pub client_id: String,
    pub token: Secret,
    /// What the access token is to do, space-separated, where it says so.
    pub scopes: Option<String>,
    /// What it is for, where it says so.
    pub resource: Option<Resource>,
    /// The network address it asks from, which pays for wrong tokens.
    pub ip: ClientIp,
}

const GONE: Denied = Denied::NotFound("refresh token");

/// Gives the next pair, or the last one again.
///
/// # Errors
/// [`Denied::NotFound`] where the token is unknown, used, over, or another
/// client's; [`Denied::WrongResource`] where the session is for less, and
/// [`Denied::MissingScope`] where it may do nothing of what is asked, both of which
/// leave it as it was; [`Denied::TooMany`].
pub async fn refresh(state: &State, shown: Shown) -> Result<Granted, Denied> {
    let now = state.now();
    let kept = match TokenKind::of(shown.token.expose()) {
        Ok(TokenKind::Refresh) => state.store.refresh_token(&shown.token, now).await?,
        _ => None,
    };
    let kept = kept.filter(|(_, session, _)| session.client_id == shown.client_id);
    let Some((_, session, account)) = kept else {
        state.rate_limits.request(&shown.ip.counted()).map_err(Denied::TooMany)?;
        return Err(GONE);
    };
    state.rate_limits.request(&session.id).map_err(Denied::TooMany)?;
    let resource = shown.resource.unwrap_or(session.resource);
    if !session.resource.covers(resource) {
        return Err(Denied::WrongResource);
    }
    let (shared, token) = (state.clone(), shown.token.clone());
    let renewed = state
        .store
        .write(async move |tx| renew(tx, &shared, &shown, &session, resource, now).await);
    let Some((access, GivenAccess { scopes, expires_at })) = renewed.await? else {
        state.counters.count(Counted::RefreshRepeated);
        return Err(GONE);
    };
    state.counters.count(Counted::Refreshed);
    let refresh = Some(state.keys.next_refresh_token(&token));
    let tokens = Issued { access, refresh };
    // Another node's clock may be ahead.
    let expires_at = expires_at.min(now + ACCESS_LIFE);
    Ok(Granted { tokens, scopes, at: now, expires_at, user: account.user() })
}

/// The next access token; `None` where the session was ended instead.
async fn renew(
    tx: &mut Tx,
    state: &State,
    shown: &Shown,
    session: &Credential,
    resource: Resource,
    now: i64,
) -> Result<Option<(Secret, GivenAccess)>, Denied> {
    // Two that show the same one take turns; and whoever signs the account out
    // everywhere does not miss what is given.
    tx.lock(&session.account_id).await?;
    let kept = refresh_tokens::find(tx, &shown.token).await?.ok_or(GONE)?;
    let (admin, held) = credentials::live(tx, &session.id, now).await?.ok_or(GONE)?;
    let held = scopes::granted(&held, &scopes::of_account(admin));
    let asked = shown.scopes.as_deref().unwrap_or(&held);
    let asked = resource.scopes(&scopes::granted(asked, &held));
    if asked.is_empty() && !held.is_empty() {
        return Err(Denied::MissingScope(String::new()));
    }
    let ends_at = session.ends_at.unwrap_or(now);
    let session_ends = extended_expiry(now, ends_at);
    match used(kept.used_at, kept.expires_at, now) {
        Use::First => {
            let next = state.keys.next_refresh_token(&shown.token);
            refresh_tokens::rotate(tx, &shown.token, &next, &session.id, session_ends, now).await?;
        }
        Use::Again => {}
        Use::Over => return Err(GONE),
        Use::Reuse => {
            let Credential { id, account_id, kind, client_id, .. } = session;
            credentials::revoke(tx, account_id, *kind, id, now).await?;
            let event = Event::new(AuditAction::RefreshRepeated, account_id, "client", id);
            event.from(shown.ip.told()).with("client", client_id).write(tx, now).await?;
            return Ok(None);
        }
    }
    let access = state.keys.renewed_access_token(&shown.token, resource.word(), &asked);
    let ends = access_ends(now, session_ends);
    let given = (asked.as_str(), resource);
    let given = refresh_tokens::give_access(tx, &access, &session.id, given, ends, now).await?;
    Ok(Some((access, given)))
}

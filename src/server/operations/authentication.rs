//! Who somebody is by what they show, and that it was used.

use super::{Authority, Denied, Principal};
use crate::secret::{Secret, TokenKind};
use crate::server::clock::{DAY, MINUTE};
use crate::server::domain::client_ip::ClientIp;
use crate::server::domain::device_code_state::extended_expiry;
use crate::server::domain::refresh_token_state::{Use, used};
use crate::server::domain::resource::Resource;
use crate::server::state::State;
use crate::server::store::{Account, Credential, DbResult, WebSession};

/// Milliseconds between two notes of when something was used.
const NOTE_USE: i64 = 5 * MINUTE;

/// Milliseconds by which a session's end moves at least when it is moved.
const EXTEND_BY: i64 = DAY;

/// Whose live bearer token this is, and that it is used; `ip` pays for wrong
/// ones.
///
/// # Errors
/// [`Denied::InvalidToken`], [`Denied::TooMany`], or the database's.
pub async fn by_token(state: &State, token: &Secret, ip: ClientIp) -> Result<Principal, Denied> {
    by_token_at(state, token, Resource::Instance, ip).await
}

/// The same at `resource`: a token for another is none there (RFC 8707 §2.2).
///
/// # Errors
/// [`Denied::InvalidToken`], [`Denied::TooMany`], or the database's.
pub async fn by_token_at(
    state: &State,
    token: &Secret,
    resource: Resource,
    ip: ClientIp,
) -> Result<Principal, Denied> {
    // A text that cannot be a token of ours asks no database.
    let found = match TokenKind::of(token.expose()) {
        Ok(_) => state.store.credential(token, state.now()).await?,
        Err(_) => None,
    };
    let found = found.filter(|(found, _)| found.resource.covers(resource));
    let Some((credential, account)) = found else {
        let subject = &ip.counted();
        state.rate_limits.request(subject).map_err(Denied::TooMany)?;
        return Err(Denied::InvalidToken);
    };
    state.rate_limits.request(&credential.id).map_err(Denied::TooMany)?;
    note_use(state, &credential);
    let authority = Authority::Credential(credential);
    Ok(Principal { account, authority, ip, required: None, at: resource })
}

/// The live credential with this token and whose it is, for whoever is asked
/// about it; nothing is noted. A refresh token's ends when it does, unused; one that
/// was used and is good for nothing more is none, unless `ever`.
pub async fn credential(
    state: &State,
    token: &Secret,
    ever: bool,
) -> DbResult<Option<(Credential, Account)>> {
    let now = state.now();
    if TokenKind::of(token.expose()) != Ok(TokenKind::Refresh) {
        return state.store.credential(token, now).await;
    }
    let found = state.store.refresh_token(token, now).await?;
    Ok(found.and_then(|(token, session, account)| {
        let is_good = matches!(used(token.used_at, token.expires_at, now), Use::First | Use::Again);
        let session = Credential { expires_at: Some(token.expires_at), ..session };
        (is_good || ever).then_some((session, account))
    }))
}

/// Whom the browser with this cookie is signed in as; `None` where it is not.
pub async fn by_cookie(
    state: &State,
    cookie: &Secret,
    ip: ClientIp,
) -> DbResult<Option<Principal>> {
    let found = state.store.web_session(cookie, state.now()).await?;
    Ok(found.map(|(session, account)| Principal {
        account,
        authority: Authority::WebSession(session),
        ip,
        required: None,
        at: Resource::Instance,
    }))
}

/// What somebody acts by, of which alone it is kept whether it has ended.
#[derive(Debug)]
pub(super) enum Standing {
    /// The id of a credential.
    Credential(String),
    /// The id of a browser's sign-in.
    WebSession(String),
    /// What does not end before they do.
    Here { account: String },
}

impl Standing {
    pub(super) fn of(by: &Principal) -> Self {
        match &by.authority {
            Authority::Credential(credential) => Self::Credential(credential.id.clone()),
            Authority::WebSession(session) => Self::WebSession(session.id.clone()),
            Authority::Ticket | Authority::Terminal => {
                Self::Here { account: by.account.id.clone() }
            }
        }
    }

    /// Refuses where it has ended, or whose it is is not in `mesh` any more.
    ///
    /// # Errors
    /// [`Denied::InvalidToken`], [`Denied::NotFound`], or the database's.
    pub(super) async fn require_in(&self, state: &State, mesh: &str) -> Result<(), Denied> {
        let (store, now) = (&state.store, state.now());
        let has_seat = match self {
            Self::Credential(id) => store.credential_has_seat(id, mesh, now).await?,
            Self::WebSession(id) => store.web_session_has_seat(id, mesh, now).await?,
            Self::Here { account } => Some(store.has_seat(mesh, account).await?),
        };
        if has_seat.ok_or(Denied::InvalidToken)? { Ok(()) } else { Err(Denied::NotFound("mesh")) }
    }
}

/// Notes that a credential is used: at most every five minutes, its end at
/// most once a day.
fn note_use(state: &State, credential: &Credential) {
    let now = state.now();
    let extended = match (credential.expires_at, credential.ends_at) {
        (Some(expires_at), Some(ends_at)) => {
            let end = extended_expiry(now, ends_at);
            (end - expires_at >= EXTEND_BY).then_some(end)
        }
        _ => None,
    };
    let noted = credential.last_used_at.is_some_and(|used| now - used < NOTE_USE);
    if noted && extended.is_none() {
        return;
    }
    let (store, id) = (state.store.clone(), credential.id.clone());
    note(state, &credential.id, async move { store.touch_credential(&id, now, extended).await });
}

/// Notes that a browser is used, at most every five minutes.
pub fn note_browser_use(state: &State, session: &WebSession) {
    let now = state.now();
    if now - session.last_used_at < NOTE_USE {
        return;
    }
    let (store, id) = (state.store.clone(), session.id.clone());
    note(state, &session.id, async move { store.touch_web_session(&id, now).await });
}

/// Has `write` note that what is called `id` is used, unless that is being done:
/// whoever reads never waits for what is written, and what fails here fails no
/// request.
fn note(state: &State, id: &str, write: impl Future<Output = DbResult<()>> + Send + 'static) {
    if !state.uses_noted.begin(id) {
        return;
    }
    let (state, id) = (state.clone(), id.to_owned());
    tokio::spawn(async move {
        if let Err(fault) = write.await {
            tracing::warn!(%fault, "cannot note what was used");
        }
        state.uses_noted.end(&id);
    });
}

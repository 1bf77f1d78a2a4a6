//! Everything that is signed in as somebody: terminals by their sessions,
//! browsers by their web sessions; and the end of one or of all of them.

use super::{Denied, Principal};
use crate::secret::{Secret, random_value};
use crate::server::clock::DAY;
use crate::server::domain::audit_action::AuditAction;
use crate::server::domain::scopes::TOKEN_MANAGE;
use crate::server::state::State;
use crate::server::store::{
    Account, Credential, CredentialKind, DbResult, Event, NewWebSession, Page, Rows, WebSession,
};

/// Milliseconds a browser stays signed in.
pub const BROWSER_LIFE: i64 = 30 * DAY;

/// The live sessions of `by`'s account, newest first.
///
/// # Errors
/// The database's.
pub async fn list(state: &State, by: &Principal, page: &Page) -> Result<Rows<Credential>, Denied> {
    let kind = CredentialKind::Session;
    Ok(state.store.credentials(&by.account.id, kind, page, state.now()).await?)
}

/// Ends a session of `by`'s account. One may end itself; another's end is a
/// person's to decide.
///
/// # Errors
/// When it is not `by`'s to end, or there is no such session.
pub async fn revoke(state: &State, by: &Principal, id: &str) -> Result<(), Denied> {
    end(state, by, CredentialKind::Session, id).await
}

/// Ends every session and web session of `by`'s account, this one too; says
/// how many sessions that were. Personal access tokens stay.
///
/// # Errors
/// When it is not `by`'s to do.
pub async fn revoke_all(state: &State, by: &Principal) -> Result<u64, Denied> {
    by.require_session()?;
    let account = &by.account.id;
    let event = by.event(AuditAction::SessionRevoked, account).with("which", "all");
    Ok(state.store.revoke_sessions(account, &event, state.now()).await?)
}

/// Ends a credential of `by`'s account: [`revoke`], and
/// [`super::tokens::revoke`].
pub(super) async fn end(
    state: &State,
    by: &Principal,
    kind: CredentialKind,
    id: &str,
) -> Result<(), Denied> {
    if by.credential().is_none_or(|own| own.id != id) {
        by.require_scope(TOKEN_MANAGE)?;
        by.require_session()?;
    }
    let (action, noun) = match kind {
        CredentialKind::Pat => (AuditAction::PatRevoked, "token"),
        CredentialKind::Session | CredentialKind::Service => {
            (AuditAction::SessionRevoked, "session")
        }
    };
    let event = by.event(action, id);
    if state.store.revoke_credential(&by.account.id, kind, id, &event, state.now()).await? {
        return Ok(());
    }
    Err(Denied::NotFound(noun))
}

/// The browsers that are signed in as `by`'s account, newest first.
///
/// # Errors
/// The database's.
pub async fn browsers(state: &State, by: &Principal) -> Result<Vec<WebSession>, Denied> {
    Ok(state.store.web_sessions(&by.account.id, state.now()).await?)
}

/// Signs out a browser of `by`'s account.
///
/// # Errors
/// The database's.
pub async fn end_browser(state: &State, by: &Principal, id: &str) -> Result<(), Denied> {
    by.require_session()?;
    Ok(state.store.end_web_session(&by.account.id, id).await?)
}

/// Who signs in at a browser, and how.
#[derive(Clone, Copy, Debug)]
pub struct SignIn<'a> {
    /// Whose account it is, as it was when they were let in.
    pub account: &'a Account,
    /// The site that vouched for them, where it was no password.
    pub upstream: Option<&'a str>,
    /// The network address they come from.
    pub ip: Option<&'a str>,
    /// What the browser calls itself.
    pub user_agent: Option<&'a str>,
}

/// Signs a browser in for [`BROWSER_LIFE`]; gives the value of its cookie.
///
/// # Errors
/// [`Denied::WrongPassword`] where the password is another one by now.
pub async fn sign_in(state: &State, sign_in: SignIn<'_>) -> Result<Secret, Denied> {
    let SignIn { account, upstream, ip, user_agent } = sign_in;
    let (cookie, now) = (random_value(), state.now());
    let new = NewWebSession {
        account_id: account.id.clone(),
        password: account.password.clone(),
        ip: ip.map(str::to_owned),
        user_agent: user_agent.map(str::to_owned),
        expires_at: now + BROWSER_LIFE,
    };
    let event = |id: &str| {
        let via = if upstream.is_some() { "upstream" } else { "web" };
        let event = Event::new(AuditAction::SignedIn, &account.id, via, id).from(ip);
        match upstream {
            Some(upstream) => event.with("upstream", upstream),
            None => event,
        }
    };
    if state.store.create_web_session(&cookie, &new, event, now).await? {
        return Ok(cookie);
    }
    Err(Denied::WrongPassword)
}

/// Ends `credential`, as the client that it was given to asks.
///
/// # Errors
/// The database's.
pub async fn end_by_client(
    state: &State,
    credential: &Credential,
    ip: Option<&str>,
) -> DbResult<()> {
    let action = match credential.kind {
        CredentialKind::Session => AuditAction::SessionRevoked,
        CredentialKind::Pat => AuditAction::PatRevoked,
        CredentialKind::Service => AuditAction::ServiceTokenRevoked,
    };
    let Credential { id, account_id, kind, .. } = credential;
    let event = Event::new(action, account_id, "client", id).from(ip);
    state.store.revoke_credential(account_id, *kind, id, &event, state.now()).await?;
    Ok(())
}

//! Everything that is signed in as somebody: terminals by their sessions,
//! browsers by their web sessions; and the end of one or of all of them.

use super::{Authority, Denied, Principal};
use crate::secret::{Secret, random_value};
use crate::server::clock::{DAY, MINUTE};
use crate::server::domain::audit_action::AuditAction;
use crate::server::domain::client_ip::ClientIp;
use crate::server::domain::resource::Resource;
use crate::server::domain::scopes::TOKEN_MANAGE;
use crate::server::state::State;
use crate::server::store::{
    Account, Credential, CredentialKind, DbResult, Event, ListedCredential, NewWebSession, Page,
    PendingSignIn, Rows, Tx, WebSession, accounts, credentials, pending_sign_ins, second_factors,
    sign_out, web_sessions,
};

/// Milliseconds a browser stays signed in.
pub const BROWSER_LIFE: i64 = 30 * DAY;

/// Milliseconds in which whoever has a second factor gives its code.
pub const CODE_LIFE: i64 = 5 * MINUTE;

/// The live sessions of `by`'s account and of its agents, newest first.
pub async fn list(
    state: &State,
    by: &Principal,
    page: &Page,
) -> Result<Rows<ListedCredential>, Denied> {
    let kind = CredentialKind::Session;
    Ok(state.store.credentials(&by.account.id, kind, page, state.now()).await?)
}

/// Ends a session of `by`'s account, and its agents'. One may end itself; another's end is a
/// person's to decide.
///
/// # Errors
/// When it is not `by`'s to end, or there is no such session.
pub async fn revoke(state: &State, by: &Principal, id: &str) -> Result<(), Denied> {
    end(state, by, CredentialKind::Session, id).await
}

/// Ends every session and web session of `by`'s account, this one too; says
/// how many sessions that were. Personal access tokens stay.
pub async fn revoke_all(state: &State, by: &Principal) -> Result<u64, Denied> {
    by.require_session()?;
    let now = state.now();
    state
        .write_as(by, async move |tx, by| {
            let account = &by.account.id;
            let revoked = sign_out::everywhere(tx, account, now).await?;
            let event = by.event(AuditAction::SessionRevoked, account).with("which", "all");
            event.write(tx, now).await?;
            Ok(revoked)
        })
        .await
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
        CredentialKind::Session | CredentialKind::Agent | CredentialKind::Service => {
            (AuditAction::SessionRevoked, "session")
        }
    };
    let (id, now) = (id.to_owned(), state.now());
    state
        .write_as(by, async move |tx, by| {
            if !credentials::revoke(tx, &by.account.id, kind, &id, now).await? {
                return Err(Denied::NotFound(noun));
            }
            Ok(by.event(action, &id).write(tx, now).await?)
        })
        .await
}

/// The browsers that are signed in as `by`'s account, newest first.
pub async fn browsers(state: &State, by: &Principal) -> Result<Vec<WebSession>, Denied> {
    Ok(state.store.web_sessions(&by.account.id, state.now()).await?)
}

/// Signs out a browser of `by`'s account. To end its own session it needs none
/// that lives: gone is what was wanted.
pub async fn end_browser(state: &State, by: &Principal, id: &str) -> Result<(), Denied> {
    by.require_session()?;
    let (account, ended) = (by.account.id.clone(), id.to_owned());
    let is_own = by.web_session().is_some_and(|own| own.id == id);
    if is_own {
        let end = async move |tx: &mut Tx| web_sessions::end(tx, &account, &ended).await;
        return Ok(state.store.write(end).await?);
    }
    let end = async move |tx: &mut Tx, by: Principal| {
        Ok(web_sessions::end(tx, &by.account.id, &ended).await?)
    };
    state.write_as(by, end).await
}

/// Who signs in at a browser, and how.
#[derive(Clone, Copy, Debug)]
pub struct SignIn<'a> {
    /// Whose account it is, as it was when they were let in.
    pub account: &'a Account,
    /// The site that vouched for them, where it was no password.
    pub upstream: Option<&'a str>,
    /// Where they go from here; empty for nowhere.
    pub next: &'a str,
    /// The network address they come from.
    pub ip: ClientIp,
    /// What the browser calls itself.
    pub user_agent: Option<&'a str>,
}

/// What became of it.
#[derive(Debug)]
pub enum SignedIn {
    /// The value of the browser's cookie, and who acts by it.
    Yes(Secret, Principal),
    /// The account has a second factor, which asks for its code: the value of the
    /// cookie of what is pending.
    Pending(Secret),
}

impl SignIn<'_> {
    /// A web session from `now` on.
    pub(super) fn session(&self, now: i64) -> NewWebSession {
        NewWebSession {
            account_id: self.account.id.clone(),
            ip: self.ip.told(),
            user_agent: self.user_agent.map(str::to_owned),
            expires_at: now + BROWSER_LIFE,
        }
    }

    fn pending(&self, now: i64) -> PendingSignIn {
        PendingSignIn {
            account_id: self.account.id.clone(),
            upstream: self.upstream.map(str::to_owned),
            next: self.next.to_owned(),
            expires_at: now + CODE_LIFE,
        }
    }

    /// Who acts by `session`.
    pub(super) fn principal(&self, session: WebSession) -> Principal {
        let account = Account { password: None, ..self.account.clone() };
        let authority = Authority::WebSession(session);
        Principal { account, authority, ip: self.ip, required: None, at: Resource::Instance }
    }
}

/// Signs a browser in for [`BROWSER_LIFE`], or half of the way where the account has
/// a second factor. Not where the password is another one by now: checking one
/// takes long enough for its owner to change it meanwhile.
///
/// # Errors
/// [`Denied::WrongPassword`].
pub async fn sign_in(state: &State, sign_in: SignIn<'_>) -> Result<SignedIn, Denied> {
    let (cookie, now) = (random_value(), state.now());
    let (new, pending) = (sign_in.session(now), sign_in.pending(now));
    let (password, kept) = (sign_in.account.password.clone(), cookie.clone());
    let session = state.store.write(async move |tx| {
        let id = &new.account_id;
        tx.lock(id).await?;
        if !accounts::has_password(tx, id, password.as_ref()).await? {
            return Err(Denied::WrongPassword);
        }
        if second_factors::exists(tx, id).await? {
            pending_sign_ins::insert(tx, &kept, &pending).await?;
            return Ok(None);
        }
        Ok(Some(enter(tx, &kept, new, pending.upstream.as_deref(), now).await?))
    });
    Ok(match session.await? {
        Some(session) => SignedIn::Yes(cookie, sign_in.principal(session)),
        None => SignedIn::Pending(cookie),
    })
}

/// Begins a web session and writes that down. The caller has locked the account.
pub(super) async fn enter(
    tx: &mut Tx,
    cookie: &Secret,
    new: NewWebSession,
    upstream: Option<&str>,
    now: i64,
) -> DbResult<WebSession> {
    let session = web_sessions::insert(tx, cookie, new, now).await?;
    let via = if upstream.is_some() { "upstream" } else { "web" };
    let mut event = Event::new(AuditAction::SignedIn, &session.account_id, via, &session.id);
    if let Some(upstream) = upstream {
        event = event.with("upstream", upstream);
    }
    event.from(session.ip.clone()).write(tx, now).await?;
    Ok(session)
}

/// Ends `credential`, as the client that it was given to asks.
pub async fn end_by_client(state: &State, credential: &Credential, ip: ClientIp) -> DbResult<()> {
    let action = match credential.kind {
        CredentialKind::Session | CredentialKind::Agent => AuditAction::SessionRevoked,
        CredentialKind::Pat => AuditAction::PatRevoked,
        CredentialKind::Service => AuditAction::ServiceTokenRevoked,
    };
    let Credential { id, account_id, kind, .. } = credential.clone();
    let event = Event::new(action, &account_id, "client", &id).from(ip.told());
    let now = state.now();
    state
        .store
        .write(async move |tx| {
            if credentials::revoke(tx, &account_id, kind, &id, now).await? {
                event.write(tx, now).await?;
            }
            Ok(())
        })
        .await
}

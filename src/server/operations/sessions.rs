//! Everything that is signed in as somebody: terminals by their sessions,
//! browsers by their web sessions; and the end of one or of all of them.

use super::{Denied, Principal};
use crate::server::domain::audit_action::AuditAction;
use crate::server::domain::scopes::TOKEN_MANAGE;
use crate::server::state::State;
use crate::server::store::{Credential, CredentialKind, Page, Rows};

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

//! What was done: by oneself, and, for whoever runs the instance, by anybody.

use std::collections::BTreeMap;

use super::{Denied, Principal};
use crate::server::state::State;
use crate::server::store::{Page, Rows, Whose};
use crate::wire::AuditEvent;

/// What `by`'s account did, newest first.
pub async fn own(state: &State, by: &Principal, page: &Page) -> Result<Rows<AuditEvent>, Denied> {
    Ok(state.store.audit_events(Whose::Account(&by.account.id), page).await?)
}

/// What anybody did, and what happened with nobody signed in, newest first.
///
/// # Errors
/// When `by` does not run the instance.
pub async fn everybodys(
    state: &State,
    by: &Principal,
    page: &Page,
) -> Result<Rows<AuditEvent>, Denied> {
    by.require_admin()?;
    Ok(state.store.audit_events(Whose::Anybody, page).await?)
}

/// What those are called who did `events`, by the ids of their accounts.
///
/// # Errors
/// When `by` does not run the instance.
pub async fn names(
    state: &State,
    by: &Principal,
    events: &[AuditEvent],
) -> Result<BTreeMap<String, String>, Denied> {
    by.require_admin()?;
    match (events.first(), events.last()) {
        (Some(newest), Some(oldest)) => Ok(state.store.actors(&newest.id, &oldest.id).await?),
        _ => Ok(BTreeMap::new()),
    }
}

//! `/api/admin`: for whoever runs the instance. The scope `admin` is held by
//! the sessions and tokens of administrators alone, and only while they are:
//! the account is asked too, so that somebody who is an administrator no more
//! cannot go on with an old token.

pub(super) mod service_clients;

use axum::extract::State as Extract;
use axum::routing::{delete, get, put};
use axum::{Json, Router};

use super::caller::{Actor, Paging};
use super::my::listing;
use super::refusal::{Answer, Refusal};
use super::scopes::ADMIN;
use super::state::State;
use super::store::Whose;
use crate::wire::{AccountFacts, AuditEvent, Listing};

/// The routes of `/api/admin`.
pub fn routes() -> Router<State> {
    Router::new()
        .route("/api/admin/members", get(members))
        .route("/api/admin/audit", get(audit))
        .route(
            "/api/admin/service-clients",
            get(service_clients::list).post(service_clients::create),
        )
        .route("/api/admin/service-clients/{id}", delete(service_clients::revoke))
        .route(
            "/api/admin/service-clients/{id}/meshes/{mesh}",
            put(service_clients::add).delete(service_clients::remove),
        )
}

async fn members(
    Extract(state): Extract<State>,
    actor: Actor,
    Paging(page): Paging,
) -> Answer<Json<Listing<AccountFacts>>> {
    runs_it(&actor)?;
    Ok(listing(state.store.accounts(&page).await?))
}

async fn audit(
    Extract(state): Extract<State>,
    actor: Actor,
    Paging(page): Paging,
) -> Answer<Json<Listing<AuditEvent>>> {
    runs_it(&actor)?;
    Ok(listing(state.store.audit_events(Whose::Anybody, &page).await?))
}

/// Refuses whoever does not run the instance.
///
/// # Errors
/// `insufficient_scope`.
pub fn runs_it(actor: &Actor) -> Answer<()> {
    actor.may(ADMIN)?;
    if actor.account.admin { Ok(()) } else { Err(Refusal::insufficient_scope(ADMIN)) }
}

//! `/api/admin`: for whoever runs the instance. The scope `admin` is held by
//! the sessions and tokens of administrators alone, and only while they are:
//! the account is asked too, so that somebody who is an administrator no more
//! cannot go on with an old token.

pub(super) mod service_clients;

use axum::extract::State as Extract;
use axum::routing::{delete, get, put};
use axum::{Json, Router};

use super::api_error::{ApiError, ApiResult};
use super::caller::{Paging, Principal};
use super::my::listing;
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
    principal: Principal,
    Paging(page): Paging,
) -> ApiResult<Json<Listing<AccountFacts>>> {
    runs_it(&principal)?;
    Ok(listing(state.store.accounts(&page).await?))
}

async fn audit(
    Extract(state): Extract<State>,
    principal: Principal,
    Paging(page): Paging,
) -> ApiResult<Json<Listing<AuditEvent>>> {
    runs_it(&principal)?;
    Ok(listing(state.store.audit_events(Whose::Anybody, &page).await?))
}

/// Refuses whoever does not run the instance.
///
/// # Errors
/// `insufficient_scope`.
pub fn runs_it(principal: &Principal) -> ApiResult<()> {
    principal.require_scope(ADMIN)?;
    if principal.account.admin { Ok(()) } else { Err(ApiError::insufficient_scope(ADMIN)) }
}

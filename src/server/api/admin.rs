//! `/api/admin`: for whoever runs the instance. The scope `admin` is held by
//! the sessions and tokens of administrators alone, and only while they are:
//! the account is asked too, so that somebody who is an administrator no more
//! cannot go on with an old token.

mod service_clients;

use axum::Json;
use axum::extract::State as Extract;

use super::listing::listing;
use crate::server::domain::scopes::ADMIN;
use crate::server::http::api_error::ApiResult;
use crate::server::http::extract::Paging;
use crate::server::http::routes::Access::Scope;
use crate::server::http::routes::Routes;
use crate::server::operations::{Principal, accounts, audit};
use crate::server::state::State;
use crate::wire::{AccountFacts, AuditEvent, Listing};

pub fn routes() -> Routes {
    Routes::default()
        .get("/api/admin/members", Scope(ADMIN), members)
        .get("/api/admin/audit", Scope(ADMIN), events)
        .merge(service_clients::routes())
}

async fn members(
    Extract(state): Extract<State>,
    by: Principal,
    Paging(page): Paging,
) -> ApiResult<Json<Listing<AccountFacts>>> {
    Ok(listing(accounts::list(&state, &by, &page).await?))
}

async fn events(
    Extract(state): Extract<State>,
    by: Principal,
    Paging(page): Paging,
) -> ApiResult<Json<Listing<AuditEvent>>> {
    Ok(listing(audit::everybodys(&state, &by, &page).await?))
}

//! What a person connected: list, connect, disconnect, lease.

use axum::Json;
use axum::extract::State as Extract;
use axum::http::StatusCode;

use crate::server::api::listing::listing;
use crate::server::domain::scopes::PROVIDER_USE;
use crate::server::http::api_error::ApiResult;
use crate::server::http::extract::{Paging, Path, SentBy};
use crate::server::http::routes::Access::Scope;
use crate::server::http::routes::Routes;
use crate::server::operations::{Principal, connections, health, leases};
use crate::server::state::State;
use crate::wire::{Connection, Lease, Listing, NewConnection, NewLease};

pub(super) fn routes() -> Routes {
    Routes::default()
        .get("/api/my/providers", Scope(PROVIDER_USE), list)
        .post("/api/my/providers", Scope(PROVIDER_USE), connect)
        .delete("/api/my/providers/{id}", Scope(PROVIDER_USE), disconnect)
        .post("/api/my/providers/{id}/check", Scope(PROVIDER_USE), check)
        .post("/api/my/providers/{id}/lease", Scope(PROVIDER_USE), lease)
}

async fn list(
    Extract(state): Extract<State>,
    by: Principal,
    Paging(page): Paging,
) -> ApiResult<Json<Listing<Connection>>> {
    Ok(listing(connections::list(&state, &by, &page).await?))
}

async fn connect(
    Extract(state): Extract<State>,
    SentBy(by, new): SentBy<NewConnection>,
) -> ApiResult<(StatusCode, Json<Connection>)> {
    let (made, is_new) = connections::connect(&state, &by, new).await?;
    Ok((if is_new { StatusCode::CREATED } else { StatusCode::OK }, Json(made)))
}

async fn disconnect(
    Extract(state): Extract<State>,
    by: Principal,
    Path(id): Path<String>,
) -> ApiResult<StatusCode> {
    connections::disconnect(&state, &by, &id).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn check(
    Extract(state): Extract<State>,
    by: Principal,
    Path(id): Path<String>,
) -> ApiResult<Json<Connection>> {
    Ok(Json(health::check(&state, &by, &id).await?))
}

async fn lease(
    Extract(state): Extract<State>,
    Path(id): Path<String>,
    SentBy(by, new): SentBy<NewLease>,
) -> ApiResult<(StatusCode, Json<Lease>)> {
    let lease = leases::lease(&state, &by, &id, new).await?;
    Ok((StatusCode::CREATED, Json(lease)))
}

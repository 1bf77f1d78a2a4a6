//! What is shared in a mesh of what people connected: list, share, end, lease.

use axum::Json;
use axum::extract::State as Extract;
use axum::http::StatusCode;

use crate::server::api::listing::listing;
use crate::server::domain::scopes::PROVIDER_USE;
use crate::server::http::api_error::ApiResult;
use crate::server::http::extract::{Paging, Path, SentBy};
use crate::server::http::routes::Access::Scope;
use crate::server::http::routes::Routes;
use crate::server::operations::{Principal, leases, shares};
use crate::server::state::State;
use crate::wire::{Lease, Listing, NewLease, NewShare, Share};

pub(super) fn routes() -> Routes {
    Routes::default()
        .get("/api/my/meshes/{id}/providers", Scope(PROVIDER_USE), list)
        .post("/api/my/meshes/{id}/providers", Scope(PROVIDER_USE), share)
        .delete("/api/my/meshes/{id}/providers/{connection}", Scope(PROVIDER_USE), unshare)
        .post("/api/my/meshes/{id}/providers/{connection}/lease", Scope(PROVIDER_USE), lease)
}

async fn list(
    Extract(state): Extract<State>,
    by: Principal,
    Path(mesh): Path<String>,
    Paging(page): Paging,
) -> ApiResult<Json<Listing<Share>>> {
    Ok(listing(shares::list(&state, &by, &mesh, &page).await?))
}

async fn share(
    Extract(state): Extract<State>,
    Path(mesh): Path<String>,
    SentBy(by, new): SentBy<NewShare>,
) -> ApiResult<(StatusCode, Json<Share>)> {
    let (share, is_new) = shares::share(&state, &by, &mesh, new).await?;
    Ok((if is_new { StatusCode::CREATED } else { StatusCode::OK }, Json(share)))
}

async fn unshare(
    Extract(state): Extract<State>,
    by: Principal,
    Path((mesh, connection)): Path<(String, String)>,
) -> ApiResult<StatusCode> {
    shares::unshare(&state, &by, &mesh, &connection).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn lease(
    Extract(state): Extract<State>,
    Path((mesh, connection)): Path<(String, String)>,
    SentBy(by, new): SentBy<NewLease>,
) -> ApiResult<(StatusCode, Json<Lease>)> {
    let lease = leases::lease_shared(&state, &by, &mesh, &connection, new).await?;
    Ok((StatusCode::CREATED, Json(lease)))
}

//! `/api/invites`: what the holder of an invite can do, look at it and join by
//! it.

use axum::Json;
use axum::extract::State as Extract;

use crate::server::domain::scopes::MESH_WRITE;
use crate::server::http::api_error::{ApiError, ApiResult};
use crate::server::http::client_ip::ClientIp;
use crate::server::http::extract::Path;
use crate::server::http::routes::Access::{Public, Scope};
use crate::server::http::routes::Routes;
use crate::server::operations::{Principal, invites};
use crate::server::state::State;
use crate::wire::{InvitePreview, Mesh};

pub fn routes() -> Routes {
    Routes::default().get("/api/invites/{code}", Public, preview).post(
        "/api/invites/{code}/accept",
        Scope(MESH_WRITE),
        accept,
    )
}

async fn preview(
    Extract(state): Extract<State>,
    ip: ClientIp,
    Path(code): Path<String>,
) -> ApiResult<Json<InvitePreview>> {
    state.rate_limits.request(&ip.counted()).map_err(ApiError::slow_down)?;
    Ok(Json(invites::preview(&state, &code).await?))
}

async fn accept(
    Extract(state): Extract<State>,
    by: Principal,
    Path(code): Path<String>,
) -> ApiResult<Json<Mesh>> {
    Ok(Json(invites::accept(&state, &by, &code).await?))
}

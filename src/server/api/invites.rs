//! `/api/invites`: what the holder of an invite can do, look at it and join by
//! it.

use axum::Json;
use axum::extract::State as Extract;

use crate::server::domain::audit_action::AuditAction;
use crate::server::domain::invite_code::plain;
use crate::server::domain::scopes::MESH_WRITE;
use crate::server::http::api_error::{ApiError, ApiResult};
use crate::server::http::extract::{ClientIp, Path};
use crate::server::http::routes::Access::{Public, Scope};
use crate::server::http::routes::Routes;
use crate::server::operations::Principal;
use crate::server::state::State;
use crate::server::store::Event;
use crate::wire::{InvitePreview, Mesh};

/// The routes of an invite's holder.
pub fn routes() -> Routes {
    Routes::default().get("/api/invites/{code}", Public, preview).post(
        "/api/invites/{code}/accept",
        Scope(MESH_WRITE),
        accept,
    )
}

async fn preview(
    Extract(state): Extract<State>,
    ClientIp(ip): ClientIp,
    Path(code): Path<String>,
) -> ApiResult<Json<InvitePreview>> {
    state.rate_limits.request(ip.as_deref().unwrap_or("unknown")).map_err(ApiError::slow_down)?;
    let preview = state.store.preview_invite(&plain(&code), state.now()).await?;
    preview.map(Json).map_err(ApiError::invite_closed)
}

async fn accept(
    Extract(state): Extract<State>,
    principal: Principal,
    Path(code): Path<String>,
) -> ApiResult<Json<Mesh>> {
    let event = |id: &str| {
        Event::new(AuditAction::InviteAccepted, &principal.account.id, principal.via(), id)
            .from(principal.ip.as_deref())
    };
    let (code, account) = (plain(&code), &principal.account.id);
    let joined = state.store.accept_invite(&code, account, event, state.now()).await?;
    joined.map(Json).map_err(ApiError::invite_closed)
}

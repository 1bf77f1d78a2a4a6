//! Who is in a mesh. Every member sees the others; an administrator changes
//! and removes them; and anybody may leave, which is removing oneself.

use crate::server::domain::audit_action::AuditAction;
use axum::Json;
use axum::extract::State as Extract;
use axum::http::StatusCode;

use crate::server::api::listing::listing;
use crate::server::api::my::meshes::{joined, led};
use crate::server::http::api_error::{ApiError, ApiResult};
use crate::server::http::extract::{Body, Paging, Path};
use crate::server::operations::Principal;
use crate::server::state::State;
use crate::server::store::{Event, UnchangedError};
use crate::wire::{Listing, Member, MemberChange};

pub(super) async fn list(
    Extract(state): Extract<State>,
    principal: Principal,
    Path(mesh): Path<String>,
    Paging(page): Paging,
) -> ApiResult<Json<Listing<Member>>> {
    let mesh = joined(&state, &principal, &mesh).await?;
    Ok(listing(state.store.members(&mesh.id, &page).await?))
}

pub(super) async fn change(
    Extract(state): Extract<State>,
    principal: Principal,
    Path((mesh, member)): Path<(String, String)>,
    Body(change): Body<MemberChange>,
) -> ApiResult<Json<Member>> {
    let mesh = led(&state, &principal, &mesh).await?;
    let event =
        Event::new(AuditAction::MemberChanged, &principal.account.id, principal.via(), &member)
            .from(principal.ip.as_deref())
            .with("mesh", &mesh.id)
            .with("role", change.role.word());
    let now = state.now();
    let changed = state.store.change_member(&mesh.id, &member, change.role, &event, now).await?;
    changed.map(Json).map_err(refused)
}

pub(super) async fn remove(
    Extract(state): Extract<State>,
    principal: Principal,
    Path((mesh, member)): Path<(String, String)>,
) -> ApiResult<StatusCode> {
    let leaves = member == principal.account.id;
    let mesh = if leaves {
        joined(&state, &principal, &mesh).await?
    } else {
        led(&state, &principal, &mesh).await?
    };
    let action = if leaves { AuditAction::MeshLeft } else { AuditAction::MemberRemoved };
    let event = Event::new(action, &principal.account.id, principal.via(), &member)
        .from(principal.ip.as_deref())
        .with("mesh", &mesh.id);
    let removed = state.store.remove_member(&mesh.id, &member, &event, state.now()).await?;
    removed.map(|()| StatusCode::NO_CONTENT).map_err(refused)
}

fn refused(why: UnchangedError) -> ApiError {
    match why {
        UnchangedError::Unknown => ApiError::not_found("member"),
        UnchangedError::LastAdmin => ApiError::new(
            StatusCode::CONFLICT,
            "last_admin",
            "A mesh keeps at least one administrator.",
        )
        .hint("Make somebody else an administrator first, or remove the mesh."),
    }
}

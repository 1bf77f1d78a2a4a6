//! Meshes: list, create, show, rename, remove. What changes a mesh is for its
//! administrators ([`led`]).

use crate::server::domain::audit_action::AuditAction;
use axum::Json;
use axum::extract::State as Extract;
use axum::http::StatusCode;

use super::names::{name, slug};
use crate::server::api::listing::listing;
use crate::server::http::api_error::{ApiError, ApiResult};
use crate::server::http::extract::{Body, Paging, Path};
use crate::server::operations::Principal;
use crate::server::state::State;
use crate::server::store::{CreateMeshError, Event};
use crate::wire::{Listing, Mesh, MeshChange, NewMesh, Role};

pub(super) async fn list(
    Extract(state): Extract<State>,
    principal: Principal,
    Paging(page): Paging,
) -> ApiResult<Json<Listing<Mesh>>> {
    Ok(listing(state.store.meshes(&principal.account.id, &page).await?))
}

pub(super) async fn show(
    Extract(state): Extract<State>,
    principal: Principal,
    Path(id): Path<String>,
) -> ApiResult<Json<Mesh>> {
    joined(&state, &principal, &id).await.map(Json)
}

pub(super) async fn create(
    Extract(state): Extract<State>,
    principal: Principal,
    Body(new): Body<NewMesh>,
) -> ApiResult<(StatusCode, Json<Mesh>)> {
    let name = name(&new.name)?;
    let slug = slug(new.slug.as_deref(), &name, "mesh")?;
    let event = |id: &str| {
        Event::new(AuditAction::MeshCreated, &principal.account.id, principal.via(), id)
            .from(principal.ip.as_deref())
            .with("slug", &slug)
    };
    let made =
        state.store.create_mesh(&principal.account.id, &name, &slug, event, state.now()).await?;
    made.map(|mesh| (StatusCode::CREATED, Json(mesh))).map_err(|why| match why {
        CreateMeshError::Taken(free) => ApiError::slug_taken(free),
        CreateMeshError::Full(full) => ApiError::plan_required(&full),
    })
}

pub(super) async fn change(
    Extract(state): Extract<State>,
    principal: Principal,
    Path(id): Path<String>,
    Body(change): Body<MeshChange>,
) -> ApiResult<Json<Mesh>> {
    let mut mesh = led(&state, &principal, &id).await?;
    mesh.name = name(&change.name)?;
    let event =
        Event::new(AuditAction::MeshRenamed, &principal.account.id, principal.via(), &mesh.id)
            .from(principal.ip.as_deref())
            .with("name", &mesh.name);
    state.store.rename_mesh(&mesh.id, &mesh.name, &event, state.now()).await?;
    Ok(Json(mesh))
}

pub(super) async fn remove(
    Extract(state): Extract<State>,
    principal: Principal,
    Path(id): Path<String>,
) -> ApiResult<StatusCode> {
    let mesh = led(&state, &principal, &id).await?;
    let event =
        Event::new(AuditAction::MeshRemoved, &principal.account.id, principal.via(), &mesh.id)
            .from(principal.ip.as_deref())
            .with("slug", &mesh.slug);
    if state.store.remove_mesh(&mesh.id, &event, state.now()).await? {
        return Ok(StatusCode::NO_CONTENT);
    }
    Err(ApiError::not_found("mesh"))
}

/// The mesh, if whoever asks is in it.
pub(super) async fn joined(state: &State, principal: &Principal, id: &str) -> ApiResult<Mesh> {
    let mesh = state.store.mesh(&principal.account.id, id).await?;
    mesh.ok_or_else(|| ApiError::not_found("mesh"))
}

/// The mesh, if whoever asks is an administrator of it.
pub(super) async fn led(state: &State, principal: &Principal, id: &str) -> ApiResult<Mesh> {
    let mesh = joined(state, principal, id).await?;
    if mesh.role == Role::Admin {
        return Ok(mesh);
    }
    Err(ApiError::not_an_admin())
}

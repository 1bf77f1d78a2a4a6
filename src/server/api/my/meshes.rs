//! Meshes: list, create, show, rename, remove.

use axum::Json;
use axum::extract::State as Extract;
use axum::http::StatusCode;

use crate::server::api::listing::listing;
use crate::server::http::api_error::ApiResult;
use crate::server::http::extract::{Body, Paging, Path};
use crate::server::operations::{Principal, meshes};
use crate::server::state::State;
use crate::wire::{Listing, Mesh, MeshChange, NewMesh};

pub(super) async fn list(
    Extract(state): Extract<State>,
    by: Principal,
    Paging(page): Paging,
) -> ApiResult<Json<Listing<Mesh>>> {
    Ok(listing(meshes::list(&state, &by, &page).await?))
}

pub(super) async fn show(
    Extract(state): Extract<State>,
    by: Principal,
    Path(id): Path<String>,
) -> ApiResult<Json<Mesh>> {
    Ok(Json(meshes::find(&state, &by, &id).await?))
}

pub(super) async fn create(
    Extract(state): Extract<State>,
    by: Principal,
    Body(new): Body<NewMesh>,
) -> ApiResult<(StatusCode, Json<Mesh>)> {
    let made = meshes::create(&state, &by, &new.name, new.slug.as_deref()).await?;
    Ok((StatusCode::CREATED, Json(made)))
}

pub(super) async fn change(
    Extract(state): Extract<State>,
    by: Principal,
    Path(id): Path<String>,
    Body(change): Body<MeshChange>,
) -> ApiResult<Json<Mesh>> {
    Ok(Json(meshes::rename(&state, &by, &id, &change.name).await?))
}

pub(super) async fn remove(
    Extract(state): Extract<State>,
    by: Principal,
    Path(id): Path<String>,
) -> ApiResult<StatusCode> {
    meshes::remove(&state, &by, &id).await?;
    Ok(StatusCode::NO_CONTENT)
}

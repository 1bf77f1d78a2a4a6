//! Meshes: list, create, show, rename, remove.

use axum::Json;
use axum::extract::State as Extract;
use axum::http::StatusCode;

use crate::server::api::listing::listing;
use crate::server::domain::scopes::{MESH_READ, MESH_WRITE};
use crate::server::http::api_error::ApiResult;
use crate::server::http::extract::{Paging, Path, SentBy};
use crate::server::http::routes::Access::Scope;
use crate::server::http::routes::Routes;
use crate::server::operations::{Principal, meshes};
use crate::server::state::State;
use crate::wire::{Listing, Mesh, MeshChange, NewMesh};

pub(super) fn routes() -> Routes {
    Routes::default()
        .get("/api/my/meshes", Scope(MESH_READ), list)
        .post("/api/my/meshes", Scope(MESH_WRITE), create)
        .get("/api/my/meshes/{id}", Scope(MESH_READ), show)
        .patch("/api/my/meshes/{id}", Scope(MESH_WRITE), change)
        .delete("/api/my/meshes/{id}", Scope(MESH_WRITE), remove)
}

async fn list(
    Extract(state): Extract<State>,
    by: Principal,
    Paging(page): Paging,
) -> ApiResult<Json<Listing<Mesh>>> {
    Ok(listing(meshes::list(&state, &by, &page).await?))
}

async fn show(
    Extract(state): Extract<State>,
    by: Principal,
    Path(id): Path<String>,
) -> ApiResult<Json<Mesh>> {
    Ok(Json(meshes::find(&state, &by, &id).await?))
}

async fn create(
    Extract(state): Extract<State>,
    SentBy(by, new): SentBy<NewMesh>,
) -> ApiResult<(StatusCode, Json<Mesh>)> {
    let made = meshes::create(&state, &by, &new.name, new.slug.as_deref()).await?;
    Ok((StatusCode::CREATED, Json(made)))
}

async fn change(
    Extract(state): Extract<State>,
    Path(id): Path<String>,
    SentBy(by, change): SentBy<MeshChange>,
) -> ApiResult<Json<Mesh>> {
    Ok(Json(meshes::rename(&state, &by, &id, &change.name).await?))
}

async fn remove(
    Extract(state): Extract<State>,
    by: Principal,
    Path(id): Path<String>,
) -> ApiResult<StatusCode> {
    meshes::remove(&state, &by, &id).await?;
    Ok(StatusCode::NO_CONTENT)
}

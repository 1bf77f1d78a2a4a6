//! Tasks of a mesh: list, create, claim, finish, drop.

use axum::Json;
use axum::extract::State as Extract;
use axum::http::StatusCode;

use super::in_mesh::Asked;
use crate::server::api::listing::listing;
use crate::server::domain::scopes::{MESH_READ, PRESENCE_WRITE};
use crate::server::http::api_error::{ApiError, ApiResult};
use crate::server::http::extract::{Paging, Path, SentBy};
use crate::server::http::routes::Access::Scope;
use crate::server::http::routes::Routes;
use crate::server::operations::{Principal, tasks};
use crate::server::state::State;
use crate::wire::{Listing, NewTask, Task, TaskStep};

pub(super) fn routes() -> Routes {
    Routes::default()
        .get("/api/my/meshes/{id}/tasks", Scope(MESH_READ), list)
        .post("/api/my/meshes/{id}/tasks", Scope(PRESENCE_WRITE), create)
        .post("/api/my/meshes/{id}/tasks/{number}/claim", Scope(PRESENCE_WRITE), claim)
        .post("/api/my/meshes/{id}/tasks/{number}/finish", Scope(PRESENCE_WRITE), finish)
        .post("/api/my/meshes/{id}/tasks/{number}/drop", Scope(PRESENCE_WRITE), drop)
}

async fn list(
    Extract(state): Extract<State>,
    by: Principal,
    Path(mesh): Path<String>,
    Paging(page): Paging,
    asked: Asked,
) -> ApiResult<Json<Listing<Task>>> {
    Ok(listing(tasks::list(&state, &by, &mesh, asked.state, &page).await?))
}

async fn create(
    Extract(state): Extract<State>,
    Path(mesh): Path<String>,
    SentBy(by, new): SentBy<NewTask>,
) -> ApiResult<(StatusCode, Json<Task>)> {
    Ok((StatusCode::CREATED, Json(tasks::create(&state, &by, &mesh, new).await?)))
}

async fn claim(
    Extract(state): Extract<State>,
    Path((mesh, task)): Path<(String, String)>,
    SentBy(by, step): SentBy<TaskStep>,
) -> ApiResult<Json<Task>> {
    Ok(Json(tasks::claim(&state, &by, &mesh, number(&task)?, step).await?))
}

async fn finish(
    Extract(state): Extract<State>,
    Path((mesh, task)): Path<(String, String)>,
    SentBy(by, step): SentBy<TaskStep>,
) -> ApiResult<Json<Task>> {
    Ok(Json(tasks::finish(&state, &by, &mesh, number(&task)?, step).await?))
}

async fn drop(
    Extract(state): Extract<State>,
    Path((mesh, task)): Path<(String, String)>,
    SentBy(by, step): SentBy<TaskStep>,
) -> ApiResult<Json<Task>> {
    Ok(Json(tasks::drop(&state, &by, &mesh, number(&task)?, step).await?))
}

/// What is no number is no task.
fn number(task: &str) -> ApiResult<i64> {
    task.parse().map_err(|_| ApiError::not_found("task"))
}

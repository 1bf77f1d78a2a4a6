//! Who is in a mesh: list, change, remove.

use axum::Json;
use axum::extract::State as Extract;
use axum::http::StatusCode;

use crate::server::api::listing::listing;
use crate::server::domain::scopes::{MESH_READ, MESH_WRITE};
use crate::server::http::api_error::ApiResult;
use crate::server::http::extract::{Paging, Path, SentBy};
use crate::server::http::routes::Access::Scope;
use crate::server::http::routes::Routes;
use crate::server::operations::{Principal, members};
use crate::server::state::State;
use crate::wire::{Listing, Member, MemberChange};

pub(super) fn routes() -> Routes {
    Routes::default()
        .get("/api/my/meshes/{id}/members", Scope(MESH_READ), list)
        .patch("/api/my/meshes/{id}/members/{member}", Scope(MESH_WRITE), change)
        .delete("/api/my/meshes/{id}/members/{member}", Scope(MESH_WRITE), remove)
}

async fn list(
    Extract(state): Extract<State>,
    by: Principal,
    Path(mesh): Path<String>,
    Paging(page): Paging,
) -> ApiResult<Json<Listing<Member>>> {
    Ok(listing(members::list(&state, &by, &mesh, &page).await?))
}

async fn change(
    Extract(state): Extract<State>,
    Path((mesh, member)): Path<(String, String)>,
    SentBy(by, change): SentBy<MemberChange>,
) -> ApiResult<Json<Member>> {
    Ok(Json(members::set_role(&state, &by, &mesh, &member, change.role).await?))
}

async fn remove(
    Extract(state): Extract<State>,
    by: Principal,
    Path((mesh, member)): Path<(String, String)>,
) -> ApiResult<StatusCode> {
    members::remove(&state, &by, &mesh, &member).await?;
    Ok(StatusCode::NO_CONTENT)
}

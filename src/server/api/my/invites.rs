//! Invites of a mesh: make, list, take back.

use axum::Json;
use axum::extract::State as Extract;
use axum::http::StatusCode;

use crate::server::api::listing::listing;
use crate::server::domain::scopes::INVITE_CREATE;
use crate::server::http::api_error::ApiResult;
use crate::server::http::extract::{Paging, Path, SentBy};
use crate::server::http::routes::Access::Scope;
use crate::server::http::routes::Routes;
use crate::server::operations::{Principal, invites};
use crate::server::state::State;
use crate::wire::{Listing, MintedInvite, NewInvite, OpenInvite};

pub(super) fn routes() -> Routes {
    Routes::default()
        .get("/api/my/meshes/{id}/invites", Scope(INVITE_CREATE), list)
        .post("/api/my/meshes/{id}/invites", Scope(INVITE_CREATE), create)
        .delete("/api/my/invites/{id}", Scope(INVITE_CREATE), revoke)
}

async fn create(
    Extract(state): Extract<State>,
    Path(mesh): Path<String>,
    SentBy(by, new): SentBy<NewInvite>,
) -> ApiResult<(StatusCode, Json<MintedInvite>)> {
    let (made, _) = invites::create(&state, &by, &mesh, new).await?;
    Ok((StatusCode::CREATED, Json(made)))
}

async fn list(
    Extract(state): Extract<State>,
    by: Principal,
    Path(mesh): Path<String>,
    Paging(page): Paging,
) -> ApiResult<Json<Listing<OpenInvite>>> {
    Ok(listing(invites::list(&state, &by, &mesh, &page).await?))
}

async fn revoke(
    Extract(state): Extract<State>,
    by: Principal,
    Path(id): Path<String>,
) -> ApiResult<StatusCode> {
    invites::revoke(&state, &by, &id).await?;
    Ok(StatusCode::NO_CONTENT)
}

//! Invites of a mesh: make, list, take back.

use axum::Json;
use axum::extract::State as Extract;
use axum::http::StatusCode;

use crate::server::api::listing::listing;
use crate::server::http::api_error::ApiResult;
use crate::server::http::extract::{Body, Paging, Path};
use crate::server::operations::{Principal, invites};
use crate::server::state::State;
use crate::wire::{Listing, MintedInvite, NewInvite, OpenInvite};

pub(super) async fn create(
    Extract(state): Extract<State>,
    by: Principal,
    Path(mesh): Path<String>,
    Body(new): Body<NewInvite>,
) -> ApiResult<(StatusCode, Json<MintedInvite>)> {
    let (made, _) = invites::create(&state, &by, &mesh, new).await?;
    Ok((StatusCode::CREATED, Json(made)))
}

pub(super) async fn list(
    Extract(state): Extract<State>,
    by: Principal,
    Path(mesh): Path<String>,
    Paging(page): Paging,
) -> ApiResult<Json<Listing<OpenInvite>>> {
    Ok(listing(invites::list(&state, &by, &mesh, &page).await?))
}

pub(super) async fn revoke(
    Extract(state): Extract<State>,
    by: Principal,
    Path(id): Path<String>,
) -> ApiResult<StatusCode> {
    invites::revoke(&state, &by, &id).await?;
    Ok(StatusCode::NO_CONTENT)
}

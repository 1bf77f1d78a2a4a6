//! The account itself: its password, and what was done in its name.

use axum::Json;
use axum::extract::State as Extract;
use axum::http::StatusCode;
use serde::Deserialize;

use crate::secret::Secret;
use crate::server::api::listing::listing;
use crate::server::http::api_error::ApiResult;
use crate::server::http::extract::{Body, Paging};
use crate::server::operations::{Principal, audit, passwords};
use crate::server::state::State;
use crate::wire::{AuditEvent, Listing};

/// `POST /api/my/password`.
#[derive(Debug, Deserialize)]
pub(super) struct NewPassword {
    /// The one that holds now.
    current: Secret,
    /// The one that holds from now on.
    password: Secret,
}

pub(super) async fn events(
    Extract(state): Extract<State>,
    by: Principal,
    Paging(page): Paging,
) -> ApiResult<Json<Listing<AuditEvent>>> {
    Ok(listing(audit::own(&state, &by, &page).await?))
}

pub(super) async fn change_password(
    Extract(state): Extract<State>,
    by: Principal,
    Body(new): Body<NewPassword>,
) -> ApiResult<StatusCode> {
    passwords::change(&state, &by, new.current, new.password).await?;
    Ok(StatusCode::NO_CONTENT)
}

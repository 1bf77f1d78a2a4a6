//! The account itself: who asks, their password, what was done in their name.

use axum::Json;
use axum::extract::State as Extract;
use axum::http::StatusCode;
use serde::Deserialize;

use crate::secret::Secret;
use crate::server::api::listing::{listing, words};
use crate::server::clock::timestamp;
use crate::server::domain::scopes::{PROFILE_READ, TOKEN_MANAGE};
use crate::server::http::api_error::{ApiError, ApiResult};
use crate::server::http::extract::{Paging, SentBy};
use crate::server::http::routes::Access::Scope;
use crate::server::http::routes::Routes;
use crate::server::operations::{Principal, audit, passwords};
use crate::server::state::State;
use crate::wire::{AuditEvent, Listing, Profile, TokenFacts};

/// `POST /api/my/password`.
#[derive(Debug, Deserialize)]
pub(super) struct NewPassword {
    /// The one that holds now.
    current: Secret,
    /// The one that holds from now on.
    password: Secret,
}

pub(super) fn routes() -> Routes {
    Routes::default()
        .get("/api/my/profile", Scope(PROFILE_READ), profile)
        .get("/api/my/audit", Scope(TOKEN_MANAGE), events)
        .post("/api/my/password", Scope(TOKEN_MANAGE), change_password)
}

async fn profile(principal: Principal) -> ApiResult<Json<Profile>> {
    let credential = principal.credential().ok_or_else(ApiError::unauthorized)?;
    Ok(Json(Profile {
        user: principal.account.user(),
        via: credential.kind.via(),
        token: TokenFacts {
            name: credential.name.clone(),
            expires_at: credential.expires_at.map(timestamp),
            scopes: words(&credential.scopes),
        },
    }))
}

async fn events(
    Extract(state): Extract<State>,
    by: Principal,
    Paging(page): Paging,
) -> ApiResult<Json<Listing<AuditEvent>>> {
    Ok(listing(audit::own(&state, &by, &page).await?))
}

async fn change_password(
    Extract(state): Extract<State>,
    SentBy(by, new): SentBy<NewPassword>,
) -> ApiResult<StatusCode> {
    passwords::change(&state, &by, new.current, new.password).await?;
    Ok(StatusCode::NO_CONTENT)
}

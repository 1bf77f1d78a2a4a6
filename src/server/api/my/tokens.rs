//! `/api/my/cli/tokens`: personal access tokens.

use axum::Json;
use axum::extract::State as Extract;
use axum::http::StatusCode;

use crate::server::api::listing::{listing_of, words};
use crate::server::clock::timestamp;
use crate::server::domain::scopes::TOKEN_MANAGE;
use crate::server::http::api_error::ApiResult;
use crate::server::http::extract::{Paging, Path, SentBy};
use crate::server::http::routes::Access::{Bearer, Scope};
use crate::server::http::routes::Routes;
use crate::server::operations::Credential;
use crate::server::operations::{Principal, tokens};
use crate::server::state::State;
use crate::wire::{AccessToken, Listing, MintedAccessToken, NewAccessToken};

pub(super) fn routes() -> Routes {
    Routes::default()
        .get("/api/my/cli/tokens", Scope(TOKEN_MANAGE), list)
        .post("/api/my/cli/tokens", Scope(TOKEN_MANAGE), create)
        // As a session: its own end needs nobody's leave.
        .delete("/api/my/cli/tokens/{id}", Bearer, revoke)
}

async fn list(
    Extract(state): Extract<State>,
    by: Principal,
    Paging(page): Paging,
) -> ApiResult<Json<Listing<AccessToken>>> {
    Ok(listing_of(tokens::list(&state, &by, &page).await?, facts))
}

async fn create(
    Extract(state): Extract<State>,
    SentBy(by, new): SentBy<NewAccessToken>,
) -> ApiResult<(StatusCode, Json<MintedAccessToken>)> {
    let (made, token) = tokens::create(&state, &by, &new).await?;
    Ok((StatusCode::CREATED, Json(MintedAccessToken { facts: facts(made), token })))
}

async fn revoke(
    Extract(state): Extract<State>,
    by: Principal,
    Path(id): Path<String>,
) -> ApiResult<StatusCode> {
    tokens::revoke(&state, &by, &id).await?;
    Ok(StatusCode::NO_CONTENT)
}

fn facts(token: Credential) -> AccessToken {
    AccessToken {
        id: token.id,
        name: token.name,
        last_four: token.last_four,
        scopes: words(&token.scopes),
        created_at: timestamp(token.created_at),
        last_used_at: token.last_used_at.map(timestamp),
        expires_at: token.expires_at.map(timestamp),
    }
}

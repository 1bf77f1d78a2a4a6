//! Signed-in devices: list, revoke one, this one, or all of them.

use axum::Json;
use axum::extract::State as Extract;
use axum::http::StatusCode;

use super::{end, listing};
use crate::server::api_error::{ApiError, ApiResult};
use crate::server::caller::{Paging, Path, Principal};
use crate::server::scopes::TOKEN_MANAGE;
use crate::server::state::{State, timestamp};
use crate::server::store::{CredentialKind, Event, Rows};
use crate::wire::{Listing, Session};

pub(super) async fn list(
    Extract(state): Extract<State>,
    principal: Principal,
    Paging(page): Paging,
) -> ApiResult<Json<Listing<Session>>> {
    principal.require_scope(TOKEN_MANAGE)?;
    let account = &principal.account.id;
    let rows =
        state.store.credentials(account, CredentialKind::Session, &page, state.now()).await?;
    let data = rows.data.into_iter().map(|session| Session {
        current: session.id == principal.credential.id,
        id: session.id,
        name: session.name,
        os: session.os,
        arch: session.arch,
        ip: session.ip,
        created_at: timestamp(session.created_at),
        last_used_at: session.last_used_at.map(timestamp),
        expires_at: session.expires_at.map(timestamp),
    });
    Ok(listing(Rows { data: data.collect(), total: rows.total, next: rows.next }))
}

pub(super) async fn revoke(
    Extract(state): Extract<State>,
    principal: Principal,
    Path(id): Path<String>,
) -> ApiResult<StatusCode> {
    end(&state, &principal, CredentialKind::Session, &id).await
}

pub(super) async fn revoke_current(
    state: Extract<State>,
    principal: Principal,
) -> ApiResult<StatusCode> {
    let no = |what| ApiError::new(StatusCode::CONFLICT, "not_a_session", what);
    match principal.credential.kind {
        CredentialKind::Session => {
            let id = principal.credential.id.clone();
            revoke(state, principal, Path(id)).await
        }
        CredentialKind::Pat => {
            Err(no("This is a personal access token; other machines may use it too.")
                .hint("Revoke it by its id at /api/my/cli/tokens."))
        }
        CredentialKind::Service => {
            Err(no("This is a service client's token; it ends by itself within the hour."))
        }
    }
}

/// Signs out everywhere, browsers included. Personal access tokens stay.
pub(super) async fn revoke_all(
    Extract(state): Extract<State>,
    principal: Principal,
) -> ApiResult<Json<serde_json::Value>> {
    principal.require_scope(TOKEN_MANAGE)?;
    principal.require_session()?;
    let account = &principal.account.id;
    let event = Event::new("auth.cli.session.revoked", account, principal.via(), account)
        .from(principal.ip.as_deref())
        .with("which", "all");
    let revoked = state.store.revoke_sessions(account, &event, state.now()).await?;
    Ok(Json(serde_json::json!({ "id": account, "revoked": revoked })))
}

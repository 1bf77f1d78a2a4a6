//! `/api/my`: what belongs to whoever asks.

mod account;
mod invites;
mod machines;
mod members;
mod meshes;
mod sessions;
mod tokens;

use axum::extract::State as Extract;
use axum::http::StatusCode;
use axum::routing::{delete, get, patch, post};
use axum::{Json, Router};

use super::api_error::{ApiError, ApiResult};
use super::caller::Principal;
use super::scopes;
use super::state::{State, timestamp};
use super::store::{CredentialKind, Event, Rows};
use crate::wire::{Listing, Profile, TokenFacts, display_name};

/// The routes of `/api/my`.
pub fn routes() -> Router<State> {
    Router::new()
        .route("/api/my/profile", get(profile))
        .route("/api/my/meshes", get(meshes::list).post(meshes::create))
        .route(
            "/api/my/meshes/{id}",
            get(meshes::show).patch(meshes::change).delete(meshes::remove),
        )
        .route("/api/my/meshes/{id}/members", get(members::list))
        .route(
            "/api/my/meshes/{id}/members/{member}",
            patch(members::change).delete(members::remove),
        )
        .route("/api/my/meshes/{id}/invites", get(invites::list).post(invites::create))
        .route("/api/my/invites/{id}", delete(invites::revoke))
        .route("/api/my/machines", get(machines::list).post(machines::register))
        .route("/api/my/machines/{id}", patch(machines::change).delete(machines::remove))
        .route("/api/my/cli/sessions", get(sessions::list).delete(sessions::revoke_all))
        .route("/api/my/cli/sessions/current", delete(sessions::revoke_current))
        .route("/api/my/cli/sessions/{id}", delete(sessions::revoke))
        .route("/api/my/cli/tokens", get(tokens::list).post(tokens::create))
        .route("/api/my/cli/tokens/{id}", delete(tokens::revoke))
        .route("/api/my/audit", get(account::audit))
        .route("/api/my/password", post(account::change_password))
}

async fn profile(Extract(_): Extract<State>, principal: Principal) -> ApiResult<Json<Profile>> {
    principal.require_scope(scopes::PROFILE_READ)?;
    Ok(Json(Profile {
        user: principal.account.user(),
        via: principal.credential.kind.via(),
        token: TokenFacts {
            name: principal.credential.name,
            expires_at: principal.credential.expires_at.map(timestamp),
            scopes: words(&principal.credential.scopes),
        },
    }))
}

pub(super) fn words(scopes: &str) -> Vec<String> {
    scopes.split_ascii_whitespace().map(str::to_owned).collect()
}

/// Ends a session or a personal access token of whoever asks. One's own end
/// needs nobody's leave; another's is a person's to decide.
pub(super) async fn end(
    state: &State,
    principal: &Principal,
    kind: CredentialKind,
    id: &str,
) -> ApiResult<StatusCode> {
    if id != principal.credential.id {
        principal.require_scope(scopes::TOKEN_MANAGE)?;
        principal.require_session()?;
    }
    let (action, what) = match kind {
        CredentialKind::Pat => ("auth.cli.pat.revoked", "token"),
        CredentialKind::Session | CredentialKind::Service => {
            ("auth.cli.session.revoked", "session")
        }
    };
    let account = &principal.account.id;
    let event = Event::new(action, account, principal.via(), id).from(principal.ip.as_deref());
    if state.store.revoke_credential(account, kind, id, &event, state.now()).await? {
        return Ok(StatusCode::NO_CONTENT);
    }
    Err(ApiError::not_found(what))
}

/// One page of a list as it goes over the wire.
pub(super) fn listing<T>(rows: Rows<T>) -> Json<Listing<T>> {
    Json(Listing { data: rows.data, total: rows.total, next_cursor: rows.next })
}

/// A display name as it is kept: printable, trimmed, not empty.
pub(super) fn name(given: &str) -> ApiResult<String> {
    display_name(given).ok_or_else(|| ApiError::invalid("A name has 1 to 100 characters."))
}

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

use super::caller::Actor;
use super::refusal::{Answer, Refusal};
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

async fn profile(Extract(_): Extract<State>, actor: Actor) -> Answer<Json<Profile>> {
    actor.may(scopes::PROFILE_READ)?;
    Ok(Json(Profile {
        user: actor.account.user(),
        via: actor.credential.kind.via(),
        token: TokenFacts {
            name: actor.credential.name,
            expires_at: actor.credential.expires_at.map(timestamp),
            scopes: words(&actor.credential.scopes),
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
    actor: &Actor,
    kind: CredentialKind,
    id: &str,
) -> Answer<StatusCode> {
    if id != actor.credential.id {
        actor.may(scopes::TOKEN_MANAGE)?;
        actor.is_person()?;
    }
    let (action, what) = match kind {
        CredentialKind::Pat => ("auth.cli.pat.revoked", "token"),
        CredentialKind::Session | CredentialKind::Service => {
            ("auth.cli.session.revoked", "session")
        }
    };
    let account = &actor.account.id;
    let event = Event::new(action, account, actor.via(), id).from(actor.ip.as_deref());
    if state.store.revoke_credential(account, kind, id, &event, state.now()).await? {
        return Ok(StatusCode::NO_CONTENT);
    }
    Err(Refusal::not_found(what))
}

/// One page of a list as it goes over the wire.
pub(super) fn listing<T>(rows: Rows<T>) -> Json<Listing<T>> {
    Json(Listing { data: rows.data, total: rows.total, next_cursor: rows.next })
}

/// A display name as it is kept: printable, trimmed, not empty.
pub(super) fn name(given: &str) -> Answer<String> {
    display_name(given).ok_or_else(|| Refusal::invalid("A name has 1 to 100 characters."))
}

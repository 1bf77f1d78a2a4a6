//! Signed-in devices: list, revoke one, this one, or all of them.

use axum::Json;
use axum::extract::State as Extract;
use axum::http::StatusCode;

use super::{end, listing};
use crate::server::caller::{Actor, Paging, Path};
use crate::server::refusal::{Answer, Refusal};
use crate::server::scopes::TOKEN_MANAGE;
use crate::server::state::{State, timestamp};
use crate::server::store::{CredentialKind, Event, Rows};
use crate::wire::{Listing, Session};

pub(super) async fn list(
    Extract(state): Extract<State>,
    actor: Actor,
    Paging(page): Paging,
) -> Answer<Json<Listing<Session>>> {
    actor.may(TOKEN_MANAGE)?;
    let account = &actor.account.id;
    let rows =
        state.store.credentials(account, CredentialKind::Session, &page, state.now()).await?;
    let data = rows.data.into_iter().map(|session| Session {
        current: session.id == actor.credential.id,
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
    actor: Actor,
    Path(id): Path<String>,
) -> Answer<StatusCode> {
    end(&state, &actor, CredentialKind::Session, &id).await
}

pub(super) async fn revoke_current(state: Extract<State>, actor: Actor) -> Answer<StatusCode> {
    let no = |what| Refusal::new(StatusCode::CONFLICT, "not_a_session", what);
    match actor.credential.kind {
        CredentialKind::Session => {
            let id = actor.credential.id.clone();
            revoke(state, actor, Path(id)).await
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
    actor: Actor,
) -> Answer<Json<serde_json::Value>> {
    actor.may(TOKEN_MANAGE)?;
    actor.is_person()?;
    let account = &actor.account.id;
    let event = Event::new("auth.cli.session.revoked", account, actor.via(), account)
        .from(actor.ip.as_deref())
        .with("which", "all");
    let revoked = state.store.revoke_sessions(account, &event, state.now()).await?;
    Ok(Json(serde_json::json!({ "id": account, "revoked": revoked })))
}

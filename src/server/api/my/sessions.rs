//! `/api/my/cli/sessions`: signed-in devices, and the agents they started.

use axum::Json;
use axum::extract::State as Extract;
use axum::http::StatusCode;

use crate::server::api::listing::{listing_of, words};
use crate::server::clock::timestamp;
use crate::server::domain::scopes::TOKEN_MANAGE;
use crate::server::http::api_error::{ApiError, ApiResult};
use crate::server::http::extract::{Paging, Path, SentBy};
use crate::server::http::routes::Access::{Bearer, Scope};
use crate::server::http::routes::Routes;
use crate::server::operations::{
    CredentialKind, ListedCredential, Principal, agent_sessions, sessions,
};
use crate::server::state::State;
use crate::wire::{AgentSession, Listing, NewAgentSession, Session};

pub(super) fn routes() -> Routes {
    Routes::default()
        .get("/api/my/cli/sessions", Scope(TOKEN_MANAGE), list)
        .delete("/api/my/cli/sessions", Scope(TOKEN_MANAGE), revoke_all)
        .post("/api/my/cli/sessions/agents", Bearer, begin_agent)
        .delete("/api/my/cli/sessions/current", Bearer, revoke_current)
        // One's own end needs nobody's leave.
        .delete("/api/my/cli/sessions/{id}", Bearer, revoke)
}

async fn list(
    Extract(state): Extract<State>,
    by: Principal,
    Paging(page): Paging,
) -> ApiResult<Json<Listing<Session>>> {
    let current = by.credential().map(|current| current.id.as_str());
    Ok(listing_of(sessions::list(&state, &by, &page).await?, |listed| {
        let ListedCredential { credential: session, program, parent_id } = listed;
        Session {
            current: Some(session.id.as_str()) == current,
            id: session.id,
            program,
            name: session.name,
            os: session.os,
            arch: session.arch,
            ip: session.ip,
            created_at: timestamp(session.created_at),
            last_used_at: session.last_used_at.map(timestamp),
            expires_at: session.expires_at.map(timestamp),
            parent: parent_id,
        }
    }))
}

async fn begin_agent(
    Extract(state): Extract<State>,
    SentBy(by, new): SentBy<NewAgentSession>,
) -> ApiResult<(StatusCode, Json<AgentSession>)> {
    let (made, token) = agent_sessions::begin(&state, &by, &new.name).await?;
    let expires_at = timestamp(made.expires_at.unwrap_or(made.created_at));
    let begun = AgentSession { id: made.id, token, expires_at, scopes: words(&made.scopes) };
    Ok((StatusCode::CREATED, Json(begun)))
}

async fn revoke(
    Extract(state): Extract<State>,
    by: Principal,
    Path(id): Path<String>,
) -> ApiResult<StatusCode> {
    sessions::revoke(&state, &by, &id).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn revoke_current(state: Extract<State>, by: Principal) -> ApiResult<StatusCode> {
    let no = |message| ApiError::new(StatusCode::CONFLICT, "not_a_session", message);
    let current = by.credential().ok_or_else(ApiError::unauthorized)?;
    match current.kind {
        CredentialKind::Session | CredentialKind::Agent => {
            let id = current.id.clone();
            revoke(state, by, Path(id)).await
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
async fn revoke_all(
    Extract(state): Extract<State>,
    by: Principal,
) -> ApiResult<Json<serde_json::Value>> {
    let revoked = sessions::revoke_all(&state, &by).await?;
    Ok(Json(serde_json::json!({ "id": by.account.id, "revoked": revoked })))
}

//! Who is at work in a mesh: list, begin, say that one lives and what one is at, end.

use axum::Json;
use axum::extract::State as Extract;
use axum::http::header::{ETAG, IF_NONE_MATCH};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use data_encoding::HEXLOWER;

use crate::secret::Secret;
use crate::server::domain::news::Listener;
use crate::server::domain::scopes::{MESH_READ, PRESENCE_WRITE};
use crate::server::http::api_error::{ApiError, ApiResult};
use crate::server::http::extract::{Path, SentBy};
use crate::server::http::prefer::{self, Wait};
use crate::server::http::routes::Access::Scope;
use crate::server::http::routes::Routes;
use crate::server::operations::holds::Held;
use crate::server::operations::{Principal, peers};
use crate::server::state::State;
use crate::wire::{Listing, NewPeer, Peer, PeerChange};

pub(super) fn routes() -> Routes {
    Routes::default()
        .get("/api/my/meshes/{id}/peers", Scope(MESH_READ), list)
        .post("/api/my/meshes/{id}/peers", Scope(PRESENCE_WRITE), begin)
        .patch("/api/my/meshes/{id}/peers/{peer}", Scope(PRESENCE_WRITE), change)
        .delete("/api/my/meshes/{id}/peers/{peer}", Scope(PRESENCE_WRITE), end)
}

/// The list, and what it is told from another by.
fn tagged(all: Vec<Peer>) -> Result<(String, Vec<u8>), ApiError> {
    let total = all.len().try_into().unwrap_or(u64::MAX);
    let list = Listing { data: all, total, next_cursor: None };
    let body = serde_json::to_vec(&list).map_err(|_| ApiError::internal())?;
    let hash = Secret::new(String::from_utf8_lossy(&body)).sha256();
    Ok((format!("\"{}\"", HEXLOWER.encode(&hash[..16])), body))
}

/// With `If-None-Match` and `Prefer: wait` it is held until it is another list.
async fn list(
    Extract(state): Extract<State>,
    by: Principal,
    Path(mesh): Path<String>,
    Wait(wait): Wait,
    headers: HeaderMap,
) -> ApiResult<Response> {
    let known = headers.get(IF_NONE_MATCH).and_then(|tag| tag.to_str().ok()).map(str::to_owned);
    let place = wait.map(|limit| (state.mesh_wake.wait_in(&mesh, Listener::Presence), limit));
    let (mut tag, mut body) = tagged(peers::list(&state, &by, &mesh).await?)?;
    let is_known = |tag: &str| known.as_deref() == Some(tag);
    let mut waited = None;
    if let Some((place, limit)) = place.filter(|_| is_known(&tag)) {
        let mut held = Held::new(&state, &by, place, limit);
        while is_known(&tag) {
            let goes_on = held.next(&state).await?;
            // That somebody was not heard from any more wakes nobody: so it is read at
            // the end, too.
            if !goes_on {
                held.require_live(&state).await?;
            }
            (tag, body) = tagged(peers::list(&state, &by, &mesh).await?)?;
            if !goes_on {
                break;
            }
        }
        waited = Some(limit);
    }
    let etag = HeaderValue::from_str(&tag).map_err(|_| ApiError::internal())?;
    let mut response = if is_known(&tag) {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        let json = HeaderValue::from_static("application/json");
        ([(axum::http::header::CONTENT_TYPE, json)], body).into_response()
    };
    response.headers_mut().insert(ETAG, etag);
    if let Some(limit) = waited {
        prefer::applied(&mut response, limit);
    }
    Ok(response)
}

async fn begin(
    Extract(state): Extract<State>,
    Path(mesh): Path<String>,
    SentBy(by, new): SentBy<NewPeer>,
) -> ApiResult<(StatusCode, Json<Peer>)> {
    Ok((StatusCode::CREATED, Json(peers::begin(&state, &by, &mesh, new).await?)))
}

async fn change(
    Extract(state): Extract<State>,
    Path((mesh, peer)): Path<(String, String)>,
    SentBy(by, change): SentBy<PeerChange>,
) -> ApiResult<StatusCode> {
    peers::change(&state, &by, &mesh, &peer, change).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn end(
    Extract(state): Extract<State>,
    by: Principal,
    Path((mesh, peer)): Path<(String, String)>,
) -> ApiResult<StatusCode> {
    peers::end(&state, &by, &mesh, &peer).await?;
    Ok(StatusCode::NO_CONTENT)
}

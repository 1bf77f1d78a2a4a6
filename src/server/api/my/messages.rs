//! Messages of a mesh: write, read, wait for the next; and whom one does not want to
//! hear.

use std::time::Duration;

use axum::Json;
use axum::extract::State as Extract;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};

use super::in_mesh::Asked;
use crate::server::domain::scopes::{MESH_READ, MESH_WRITE, PRESENCE_WRITE};
use crate::server::http::api_error::ApiResult;
use crate::server::http::extract::{Boxed, Path, SentBy, idempotency_key};
use crate::server::http::prefer::{self, Wait};
use crate::server::http::routes::Access::Scope;
use crate::server::http::routes::Routes;
use crate::server::operations::Principal;
use crate::server::operations::holds::Held;
use crate::server::operations::messages::{self, Reader, Reading};
use crate::server::state::State;
use crate::wire::{Inbox, InboxRead, MeshMessage, NewMessage};

pub(super) fn routes() -> Routes {
    Routes::default()
        .get("/api/my/meshes/{id}/messages", Scope(PRESENCE_WRITE), history)
        .post("/api/my/meshes/{id}/messages", Scope(PRESENCE_WRITE), send)
        .get("/api/my/meshes/{id}/inbox", Scope(PRESENCE_WRITE), inbox)
        .put("/api/my/meshes/{id}/inbox", Scope(PRESENCE_WRITE), read)
        .put("/api/my/meshes/{id}/mutes/{member}", Scope(MESH_READ), mute)
        .delete("/api/my/meshes/{id}/mutes/{member}", Scope(MESH_READ), unmute)
        .put("/api/my/meshes/{id}/blocks/{member}", Scope(MESH_WRITE), block)
        .delete("/api/my/meshes/{id}/blocks/{member}", Scope(MESH_WRITE), unblock)
}

async fn send(
    Extract(state): Extract<State>,
    Path(mesh): Path<String>,
    headers: HeaderMap,
    SentBy(by, new): SentBy<NewMessage>,
) -> ApiResult<(StatusCode, Json<MeshMessage>)> {
    let key = idempotency_key(&headers)?;
    let written = messages::send(&state, &by, &mesh, new, key.as_ref()).await?;
    Ok((StatusCode::CREATED, Json(written)))
}

async fn history(
    Extract(state): Extract<State>,
    by: Principal,
    Path(mesh): Path<String>,
    asked: Asked,
) -> ApiResult<Json<Inbox>> {
    let after = asked.after.unwrap_or_default();
    Ok(Json(messages::history(&state, &by, &mesh, after).await?))
}

/// What is asked for of an inbox, and by whom.
type Asking = (Principal, Path<String>, Wait, Asked);

/// With `Prefer: wait` it is held until there is a message.
async fn inbox(
    Extract(state): Extract<State>,
    Boxed(asking): Boxed<Asking>,
) -> ApiResult<Response> {
    // One after the other, so that nothing is kept beside a read that is held but
    // what holding takes.
    match Box::pin(look(state, *asking)).await? {
        Look::Read(inbox) => Ok(Json(inbox).into_response()),
        Look::Held(held) => held.wait().await,
    }
}

/// What a first look into an inbox comes to.
enum Look {
    Read(Inbox),
    Held(Box<HeldRead>),
}

async fn look(state: State, (by, Path(mesh), Wait(wait), asked): Asking) -> ApiResult<Look> {
    // Before it is read: nothing falls between the two.
    let place = wait.map(|limit| (messages::wait(&state, &by, &mesh), limit));
    let reading = Reading { by_peer: asked.by_peer, after: asked.after };
    let reader = Reader::of(&state, &by, &mesh, reading).await?;
    let inbox = reader.read_first(&state).await?;
    let Some((mut place, limit)) = place.filter(|_| inbox.data.is_empty()) else {
        return Ok(Look::Read(inbox));
    };
    reader.wait_by(&mut place);
    let held = Held::new(&state, &by, place, limit);
    Ok(Look::Held(Box::new(HeldRead { state, reader, held, limit })))
}

/// A read that is held open until there is a message.
struct HeldRead {
    state: State,
    reader: Reader,
    held: Held,
    /// How long at most.
    limit: Duration,
}

impl HeldRead {
    async fn wait(mut self: Box<Self>) -> ApiResult<Response> {
        let mut inbox = self.reader.nothing();
        while inbox.data.is_empty() && self.held.next(&self.state).await? {
            inbox = Box::pin(self.reader.read(&self.state)).await?;
        }
        let mut response = Json(inbox).into_response();
        prefer::applied(&mut response, self.limit);
        Ok(response)
    }
}

async fn read(
    Extract(state): Extract<State>,
    Path(mesh): Path<String>,
    SentBy(by, read): SentBy<InboxRead>,
) -> ApiResult<StatusCode> {
    messages::read(&state, &by, &mesh, read).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn mute(
    Extract(state): Extract<State>,
    by: Principal,
    Path((mesh, member)): Path<(String, String)>,
) -> ApiResult<StatusCode> {
    messages::mute(&state, &by, &mesh, &member, true).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn unmute(
    Extract(state): Extract<State>,
    by: Principal,
    Path((mesh, member)): Path<(String, String)>,
) -> ApiResult<StatusCode> {
    messages::mute(&state, &by, &mesh, &member, false).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn block(
    Extract(state): Extract<State>,
    by: Principal,
    Path((mesh, member)): Path<(String, String)>,
) -> ApiResult<StatusCode> {
    messages::block(&state, &by, &mesh, &member, true).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn unblock(
    Extract(state): Extract<State>,
    by: Principal,
    Path((mesh, member)): Path<(String, String)>,
) -> ApiResult<StatusCode> {
    messages::block(&state, &by, &mesh, &member, false).await?;
    Ok(StatusCode::NO_CONTENT)
}

//! What happens in a mesh: what has, what comes next, or all of it as it comes
//! (Server-Sent Events, WHATWG HTML §9.2).

use std::convert::Infallible;
use std::time::Duration;

use axum::Json;
use axum::extract::State as Extract;
use axum::http::HeaderMap;
use axum::http::header::ACCEPT;
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures_util::Stream;
use futures_util::stream::unfold;
use tokio::time::Instant;

use super::in_mesh::Asked;
use crate::server::domain::scopes::MESH_READ;
use crate::server::http::api_error::ApiResult;
use crate::server::http::extract::Path;
use crate::server::http::prefer::{self, Wait};
use crate::server::http::routes::Access::Scope;
use crate::server::http::routes::Routes;
use crate::server::operations::holds::Held;
use crate::server::operations::{Principal, mesh_log};
use crate::server::state::State;
use crate::wire::MeshEvent;

/// A stream ends after this long: whoever reads on says so, and where from.
const LONGEST_STREAM: Duration = Duration::from_mins(10);

pub(super) fn routes() -> Routes {
    Routes::default().get("/api/my/meshes/{id}/events", Scope(MESH_READ), events)
}

/// With `Prefer: wait` it is held until something happens.
async fn events(
    Extract(state): Extract<State>,
    by: Principal,
    Path(mesh): Path<String>,
    Wait(wait): Wait,
    headers: HeaderMap,
    asked: Asked,
) -> ApiResult<Response> {
    let is_stream = headers
        .get(ACCEPT)
        .and_then(|accept| accept.to_str().ok())
        .is_some_and(|accept| accept.contains("text/event-stream"));
    let place = (wait.is_some() || is_stream).then(|| mesh_log::wait(&state, &mesh));
    let last_id = headers.get("last-event-id").and_then(|id| id.to_str().ok()?.parse().ok());
    let after = match (last_id.filter(|_| is_stream).or(asked.after), is_stream) {
        (Some(after), _) => after,
        // Whoever watches begins now.
        (None, true) => mesh_log::last(&state, &mesh).await?,
        (None, false) => 0,
    };
    let mut log = mesh_log::list(&state, &by, &mesh, after).await?;
    if is_stream {
        drop(place);
        let feed = Feed { state, by, mesh, after, ready: log.data, until: None };
        let alive = KeepAlive::new().interval(Duration::from_secs(15));
        return Ok(Sse::new(feed.stream()).keep_alive(alive).into_response());
    }
    let Some((place, limit)) = place.zip(wait).filter(|_| log.data.is_empty()) else {
        return Ok(Json(log).into_response());
    };
    let mut held = Held::new(&state, &by, place, limit);
    while log.data.is_empty() && held.next(&state).await? {
        log = mesh_log::list(&state, &by, &mesh, after).await?;
    }
    let mut response = Json(log).into_response();
    prefer::applied(&mut response, limit);
    Ok(response)
}

/// What somebody who watches has been told.
struct Feed {
    state: State,
    by: Principal,
    mesh: String,
    after: i64,
    ready: Vec<MeshEvent>,
    until: Option<Instant>,
}

impl Feed {
    fn stream(mut self) -> impl Stream<Item = Result<Event, Infallible>> {
        self.ready.reverse();
        unfold(self, async |mut feed| {
            loop {
                if let Some(event) = feed.ready.pop() {
                    feed.after = event.number;
                    let told = Event::default().id(event.number.to_string()).json_data(&event);
                    return Some((Ok(told.ok()?), feed));
                }
                feed.ready = feed.next().await?;
                feed.ready.reverse();
            }
        })
    }

    /// What happens next; `None` when it is over.
    async fn next(&mut self) -> Option<Vec<MeshEvent>> {
        let until = *self.until.get_or_insert_with(|| Instant::now() + LONGEST_STREAM);
        let Self { state, by, mesh, after, .. } = self;
        let limit = until.checked_duration_since(Instant::now())?;
        let mut held = Held::new(state, by, mesh_log::wait(state, mesh), limit);
        loop {
            let log = mesh_log::list(state, by, mesh, *after).await.ok()?;
            if !log.data.is_empty() {
                return Some(log.data);
            }
            if !held.next(state).await.ok()? {
                return None;
            }
        }
    }
}

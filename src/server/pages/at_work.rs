//! Who is at work in a mesh, and at what: a part of its page, which is held for
//! whoever has it already until it is another. Whether they may still see it is
//! looked up again each time something happened.

use askama::Template;
use axum::extract::Path;
use axum::http::header::{CONTENT_TYPE, ETAG, IF_NONE_MATCH};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use data_encoding::HEXLOWER;
use sha2::{Digest, Sha256};

use super::browser::{Browser, Reply};
use super::frame::Frame;
use super::session_guard::{require_member, require_sign_in};
use crate::i18n::Message;
use crate::server::domain::news::Listener;
use crate::server::domain::resource::MCP_PATH;
use crate::server::http::prefer::{self, Wait};
use crate::server::operations::holds::Held;
use crate::server::operations::{Denied, Page, Principal, Rows, peers, tasks};
use crate::server::state::State;
use crate::wire::{Mesh, Peer, PeerStatus, Task, TaskState};

/// The most peers that are shown, and the most tasks of each kind: what is said of
/// more is how many.
const MOST: usize = 50;

/// What is at work in a mesh.
pub(super) struct AtWork {
    slug: String,
    mcp: String,
    peers: Vec<Peer>,
    tasks: Vec<Task>,
    /// How many tasks there are.
    all_tasks: u64,
}

/// The same, to be put on a page.
pub(super) struct Board {
    pub(super) html: String,
    /// What it is told from another by.
    pub(super) tag: String,
}

#[derive(Template)]
#[template(path = "at_work.html")]
struct AtWorkTemplate<'a> {
    page: &'a Frame,
    slug: &'a str,
    mcp: &'a str,
    peers: &'a [Peer],
    /// How many peers there are, and how many of them are not shown.
    all_peers: u64,
    more_peers: u64,
    tasks: &'a [Task],
    all_tasks: u64,
    more_tasks: u64,
}

impl AtWork {
    /// As `by` sees it now.
    ///
    /// # Errors
    /// [`Denied::NotFound`] where they are not in the mesh.
    pub(super) async fn find(state: &State, by: &Principal, mesh: &Mesh) -> Result<Self, Denied> {
        let peers = peers::list(state, by, &mesh.id).await?;
        let page = Page { limit: u32::try_from(MOST).unwrap_or(u32::MAX), after: None };
        let claimed = tasks::list(state, by, &mesh.id, Some(TaskState::Claimed), &page).await?;
        let open = tasks::list(state, by, &mesh.id, Some(TaskState::Open), &page).await?;
        // Where no page is full, what was read is all: how many there are is another
        // question, and something may have come between the two.
        let all_of = |rows: &Rows<Task>| match rows.next {
            Some(_) => rows.total,
            None => u64::try_from(rows.data.len()).unwrap_or(u64::MAX),
        };
        let all_tasks = all_of(&claimed) + all_of(&open);
        let tasks = claimed.data.into_iter().chain(open.data).collect();
        let mcp = state.page(MCP_PATH);
        Ok(Self { slug: mesh.slug.clone(), mcp, peers, tasks, all_tasks })
    }

    /// The same in the words of `page`.
    pub(super) fn board(&self, page: &Frame) -> Board {
        let count = |all: usize| u64::try_from(all).unwrap_or(u64::MAX);
        let (all_peers, shown) = (self.peers.len(), self.peers.len().min(MOST));
        let template = AtWorkTemplate {
            page,
            slug: &self.slug,
            mcp: &self.mcp,
            peers: &self.peers[..shown],
            all_peers: count(all_peers),
            more_peers: count(all_peers - shown),
            tasks: &self.tasks,
            all_tasks: self.all_tasks,
            more_tasks: self.all_tasks.saturating_sub(count(self.tasks.len())),
        };
        let html = template.render().unwrap_or_else(|fault| {
            tracing::error!(%fault, "who is at work cannot be rendered");
            String::new()
        });
        let hash = Sha256::digest(html.as_bytes());
        Board { tag: format!("\"{}\"", HEXLOWER.encode(&hash[..16])), html }
    }
}

impl AtWorkTemplate<'_> {
    /// What is known of a peer besides its name and what it is at.
    fn about(&self, peer: &Peer) -> String {
        let agent = peer.agent.as_ref().map(|agent| match &peer.agent_version {
            Some(version) => format!("{agent} {version}"),
            None => agent.clone(),
        });
        let on = |machine: &String| {
            self.page.say(&Message::new("page-peer-on").with("machine", machine.as_str()))
        };
        let began = self.page.when(peer.since);
        let since = Message::new("page-peer-since").with("when", began);
        let parts = [
            Some(peer.person.clone()),
            agent,
            peer.machine.as_ref().map(on),
            peer.directory.clone(),
            peer.role.as_ref().map(|role| format!("@{role}")),
            Some(self.page.say(&since)),
        ];
        parts.into_iter().flatten().collect::<Vec<_>>().join(" · ")
    }

    /// What a peer does, in a word.
    fn does(&self, peer: &Peer) -> String {
        self.page.say(&does(peer.status))
    }

    /// What a peer is at, in one sentence for whoever hears the page.
    fn said(&self, peer: &Peer) -> String {
        let said = match &peer.summary {
            Some(summary) => Message::new("page-peer-at").with("summary", summary.as_str()),
            None => Message::new("page-peer-does"),
        };
        let said = said.with("name", peer.name.as_str()).with("status", does(peer.status));
        self.page.say(&said)
    }

    /// How a task stands.
    fn stands(&self, task: &Task) -> String {
        let stands = match &task.holder {
            Some(holder) if task.state == TaskState::Claimed => {
                Message::new("page-task-claimed").with("holder", holder.as_str())
            }
            _ => Message::new("page-task-open"),
        };
        self.page.say(&stands)
    }
}

fn does(status: PeerStatus) -> Message {
    Message::new(match status {
        PeerStatus::Idle => "page-peer-idle",
        PeerStatus::Working => "page-peer-working",
        PeerStatus::Waiting => "page-peer-waiting",
    })
}

/// `GET /meshes/SLUG/peers`, the part of the page alone. With `If-None-Match` and
/// `Prefer: wait` it is held until it is another.
pub(super) async fn peers(
    mut browser: Browser,
    Path(slug): Path<String>,
    Wait(wait): Wait,
    headers: HeaderMap,
) -> Reply {
    // Whoever has to sign in first comes back to the page.
    browser.path_and_query = format!("/meshes/{slug}");
    let (by, mesh) = require_member(&mut browser, &slug).await?;
    let state = browser.state.clone();
    let known = headers.get(IF_NONE_MATCH).and_then(|tag| tag.to_str().ok()).map(str::to_owned);
    // Both before what they wait for is read.
    let places = wait.map(|limit| {
        let place = |listener| state.mesh_wake.wait_in(&mesh.id, listener);
        (place(Listener::Presence), place(Listener::Log), limit)
    });
    let mut board = look(&mut browser, &by, &mesh).await?;
    let is_known = |board: &Board| known.as_deref() == Some(&board.tag);
    let mut waited = None;
    if let Some((presence, log, limit)) = places.filter(|_| is_known(&board)) {
        let mut presence = Held::new(&state, &by, presence, limit);
        let mut log = Held::new(&state, &by, log, limit);
        // Whoever waits has it.
        board.html = String::new();
        while is_known(&board) {
            let happened = Box::pin(async {
                tokio::select! {
                    happened = presence.next(&state) => happened,
                    happened = log.next(&state) => happened,
                }
            });
            let goes_on = happened.await.map_err(|denied| refused(&mut browser, denied))?;
            if !goes_on {
                // What is read at the end may be news as well: nobody is woken when a
                // peer falls silent.
                let live = presence.require_live(&state).await;
                live.map_err(|denied| refused(&mut browser, denied))?;
            }
            board = look(&mut browser, &by, &mesh).await?;
            if !goes_on {
                break;
            }
        }
        waited = Some(limit);
    }
    let Ok(etag) = HeaderValue::from_str(&board.tag) else {
        return Err(StatusCode::INTERNAL_SERVER_ERROR.into_response());
    };
    let mut response = if is_known(&board) {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        let kind = HeaderValue::from_static("text/html; charset=utf-8");
        ([(CONTENT_TYPE, kind)], board.html).into_response()
    };
    response.headers_mut().insert(ETAG, etag);
    if let Some(limit) = waited {
        prefer::applied(&mut response, limit);
    }
    Ok(browser.send(response))
}

/// What is at work there now.
async fn look(browser: &mut Browser, by: &Principal, mesh: &Mesh) -> Result<Board, Response> {
    let at_work = browser.allowed(AtWork::find(&browser.state, by, mesh).await)?;
    Ok(at_work.board(&browser.frame()))
}

/// The answer to whoever was refused while they waited: as to anybody who comes
/// without a sign-in, where theirs has ended.
fn refused(browser: &mut Browser, denied: Denied) -> Response {
    if !matches!(denied, Denied::InvalidToken) {
        return browser.denied(denied);
    }
    browser.signed_in = None;
    match require_sign_in(browser) {
        Ok(_) => StatusCode::FORBIDDEN.into_response(),
        Err(way_in) => way_in,
    }
}

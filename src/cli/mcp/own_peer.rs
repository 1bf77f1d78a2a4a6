//! The agent that this server belongs to, as others in the mesh see it. Begun by a
//! launch it has the launch's session; any other gets one of its own.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;

use super::farewell::Farewell;
use crate::agent::prepare::new_session;
use crate::api::Client;
use crate::environment::Environment;
use crate::model::Delivery;
use crate::wire::NewPeer;

/// How long an instance that is slow to let it begin is waited for.
const AT_FIRST: Duration = Duration::from_secs(2);

/// An agent in its mesh.
#[derive(Clone, Debug)]
pub(super) struct OwnPeer {
    /// As it begins, without its machine.
    pub new: NewPeer,
    /// The short name of its machine.
    pub machine: Option<String>,
    /// How messages reach it.
    pub messages: Delivery,
    seen: Arc<Mutex<Option<Seen>>>,
    /// Whether the first try to be seen has ended, either way.
    has_tried: Arc<AtomicBool>,
    changed: Arc<Notify>,
    farewell: Farewell,
}

/// Where it is seen.
#[derive(Clone, Debug)]
pub(super) struct Seen {
    pub client: Client,
    /// The id of the mesh.
    pub mesh: String,
    /// What it is called there.
    pub name: String,
}

impl OwnPeer {
    /// The agent that the environment tells of; `farewell` says that it is gone where
    /// this process cannot.
    pub fn of(env: &Environment, farewell: Farewell) -> Self {
        let variable = |name: &str| env.variables.get(name).map(str::to_owned);
        let messages = variable("CREWMESH_MESSAGES").and_then(|word| Delivery::of(&word));
        let messages = messages.unwrap_or_default();
        let new = NewPeer {
            id: variable("CREWMESH_SESSION").unwrap_or_else(new_session),
            name: variable("CREWMESH_NAME"),
            role: variable("CREWMESH_ROLE"),
            machine: None,
            agent: variable("CREWMESH_AGENT"),
            agent_version: None,
            directory: None,
            no_messages: messages == Delivery::Off,
        };
        let machine = variable("CREWMESH_MACHINE");
        Self {
            new,
            machine,
            messages,
            seen: Arc::default(),
            has_tried: Arc::default(),
            changed: Arc::default(),
            farewell,
        }
    }

    /// Its session.
    pub fn id(&self) -> &str {
        &self.new.id
    }

    /// What it is called where it is seen.
    pub fn name(&self) -> Option<String> {
        self.seen().map(|seen| seen.name)
    }

    /// Where it is seen, if it is.
    pub fn seen(&self) -> Option<Seen> {
        self.lock().clone()
    }

    /// The id of the mesh where it is seen, once it is.
    pub async fn mesh(&self) -> String {
        loop {
            let changed = self.changed.notified();
            if let Some(seen) = self.seen() {
                return seen.mesh;
            }
            changed.await;
        }
    }

    /// Waits until the first try to be seen has ended, at most for a moment: what an agent
    /// does at once it does as itself, and not as its person.
    pub async fn settled(&self) {
        let settled = async {
            loop {
                let changed = self.changed.notified();
                if self.has_tried.load(Ordering::Acquire) {
                    return;
                }
                changed.await;
            }
        };
        let _ = tokio::time::timeout(AT_FIRST, settled).await;
    }

    /// A try to be seen has ended.
    pub fn tried(&self) {
        if !self.has_tried.swap(true, Ordering::AcqRel) {
            self.changed.notify_waiters();
        }
    }

    /// It is seen there, or nowhere any more.
    pub fn note(&self, seen: Option<Seen>) {
        match &seen {
            Some(seen) => self.farewell.expects(&seen.mesh, self.id()),
            None => self.farewell.is_said(),
        }
        *self.lock() = seen;
        self.changed.notify_waiters();
    }

    /// Is seen no more, as far as that can be said within `limit`.
    pub async fn leave(&self, limit: Duration) {
        let seen = self.lock().take();
        if let Some(seen) = seen {
            let ended = seen.client.end_peer(&seen.mesh, self.id());
            if let Ok(Ok(())) = tokio::time::timeout(limit, ended).await {
                self.farewell.is_said();
            }
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Option<Seen>> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

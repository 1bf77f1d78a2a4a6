//! The agent that this server belongs to, as others in the mesh see it. Begun by a
//! launch it has the launch's session; any other gets one of its own.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use super::desk::Here;
use crate::agent::prepare::new_session;
use crate::api::Client;
use crate::environment::Environment;
use crate::error::ErrorKind;
use crate::mcp::Workplace as _;
use crate::wire::{HEARTBEAT, NewPeer, PeerChange};

/// Between two tries to be seen.
const AGAIN: Duration = Duration::from_secs(5);

/// An agent in its mesh.
#[derive(Clone, Debug)]
pub(super) struct OwnPeer {
    new: NewPeer,
    /// The short name of its machine.
    machine: Option<String>,
    seen: Arc<Mutex<Option<Seen>>>,
}

/// Where it is seen.
#[derive(Clone, Debug)]
struct Seen {
    client: Client,
    mesh: String,
    name: String,
}

impl OwnPeer {
    /// The agent that the environment tells of.
    pub fn of(env: &Environment) -> Self {
        let variable = |name: &str| env.variables.get(name).map(str::to_owned);
        let new = NewPeer {
            id: variable("CREWMESH_SESSION").unwrap_or_else(new_session),
            name: variable("CREWMESH_NAME"),
            role: variable("CREWMESH_ROLE"),
            machine: None,
            agent: variable("CREWMESH_AGENT"),
            agent_version: None,
            directory: None,
        };
        Self { new, machine: variable("CREWMESH_MACHINE"), seen: Arc::default() }
    }

    /// Its session.
    pub fn id(&self) -> &str {
        &self.new.id
    }

    /// What it is called where it is seen.
    pub fn name(&self) -> Option<String> {
        self.lock().as_ref().map(|seen| seen.name.clone())
    }

    /// Begins, and says that it lives, for as long as this is waited for.
    pub async fn stay(&self, workplace: Here) {
        loop {
            let pause = match self.beat(&workplace).await {
                Ok(()) => HEARTBEAT,
                // Whoever may not be seen works on all the same.
                Err(error) if error.kind == ErrorKind::NotAllowed => {
                    return std::future::pending().await;
                }
                Err(error) => error.retry_after.unwrap_or(AGAIN).max(AGAIN),
            };
            tokio::time::sleep(pause).await;
        }
    }

    async fn beat(&self, workplace: &Here) -> Result<(), crate::error::AppError> {
        let seen = self.lock().clone();
        if let Some(seen) = seen {
            let lives =
                seen.client.change_peer(&seen.mesh, self.id(), &PeerChange::default()).await;
            match lives {
                Err(error) if error.kind == ErrorKind::NotFound => *self.lock() = None,
                lives => return lives,
            }
        }
        let (client, _) = workplace.signed_in().await?;
        let mesh = workplace.mesh(None).await?;
        let mut new = self.new.clone();
        if let Some(slug) = &self.machine {
            // Without its machine it is seen as well.
            let machines = workplace.machines().await.unwrap_or_default();
            let own = machines.into_iter().find(|machine| machine.slug == *slug);
            new.machine = own.map(|machine| machine.id);
        }
        let peer = client.begin_peer(&mesh.id, &new).await?;
        *self.lock() = Some(Seen { client, mesh: mesh.id, name: peer.name });
        Ok(())
    }

    /// Is seen no more, as far as that can be said within `limit`.
    pub async fn leave(&self, limit: Duration) {
        let seen = self.lock().take();
        if let Some(seen) = seen {
            let ended = seen.client.end_peer(&seen.mesh, self.id());
            let _ = tokio::time::timeout(limit, ended).await;
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Option<Seen>> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

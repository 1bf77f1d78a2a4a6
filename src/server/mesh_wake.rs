//! Who waits for something to happen in a mesh. As for the polls of a device code
//! ([`super::wake`]), a wait is registered before what it waits for is read, and
//! costs an entry in a map.
//!
//! Whoever writes here wakes those whom it concerns. What another process wrote is
//! known by the counters of the mesh: where they counted what was not heard of here,
//! everybody who waits in it looks again.

mod counted;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::oneshot;

use self::counted::Counted;
use crate::secret::random_bytes;
use crate::server::domain::news::{Listener, MeshCounters, News, Topic};

/// The waits of one process.
#[derive(Clone, Debug, Default)]
pub struct MeshWake(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    /// Tells this process from others.
    node: u64,
    meshes: Mutex<Meshes>,
}

impl Default for Shared {
    fn default() -> Self {
        // 52 bits, so that it is a number in any JSON.
        let node = u64::from_be_bytes(random_bytes()) >> 12;
        Self { node, meshes: Mutex::default() }
    }
}

#[derive(Debug, Default)]
struct Meshes {
    by_id: HashMap<String, Mesh>,
    next: u64,
    held: usize,
    stopping: bool,
}

#[derive(Debug, Default)]
struct Mesh {
    /// Messages and events.
    numbers: Counted,
    /// Changes of who is there.
    presence: Counted,
    /// Those that were not left: each waits, or was woken and may wait again.
    places: usize,
    waits: HashMap<u64, (Listener, oneshot::Sender<MeshWoken>)>,
}

/// Why a wait in a mesh ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MeshWoken {
    /// Something happened: read it.
    Changed,
    Stopping,
}

/// A place among those who wait; left when dropped.
#[derive(Debug)]
pub struct MeshWait {
    wake: MeshWake,
    mesh: String,
    number: u64,
    listener: Listener,
    woken: oneshot::Receiver<MeshWoken>,
}

impl MeshWake {
    /// What happened here, to be told to other processes.
    pub fn news(&self, mesh: &str, counted: i64, topic: Topic) -> News {
        News { node: self.0.node, mesh: mesh.to_owned(), counted, topic }
    }

    /// Waits in `mesh` from now on.
    pub fn wait_in(&self, mesh: &str, listener: Listener) -> MeshWait {
        let (sender, woken) = oneshot::channel();
        let mut meshes = self.meshes();
        let number = meshes.next;
        meshes.next += 1;
        meshes.mesh(mesh).places += 1;
        if meshes.stopping {
            let _ = sender.send(MeshWoken::Stopping);
        } else {
            meshes.enter(mesh, number, listener.clone(), sender);
        }
        drop(meshes);
        MeshWait { wake: self.clone(), mesh: mesh.to_owned(), number, listener, woken }
    }

    /// A transaction of this process is about to write `news`: whoever reads its
    /// number before [`MeshWake::wake`] need not look.
    pub fn taken(&self, news: &News) {
        self.meshes().taken(news);
    }

    /// It did not; or nobody waited for its end.
    pub fn given_up(&self, news: &News) {
        self.meshes().given_up(news);
    }

    /// Wakes whomever `news` of this process concern, once they are written.
    pub fn wake(&self, news: &News) {
        self.meshes().written(news);
    }

    /// The same for what a node told; of its own this one has mostly heard already.
    pub fn heard(&self, news: &News) {
        let mut meshes = self.meshes();
        if news.node == self.0.node { meshes.written(news) } else { meshes.heard(news) }
    }

    /// Wakes whoever waits where more happened than was heard of.
    pub fn catch_up(&self, changed: &[(String, MeshCounters)]) {
        let mut meshes = self.meshes();
        for (id, now) in changed {
            let Some(mesh) = meshes.by_id.get_mut(id) else { continue };
            let numbers = mesh.numbers.stood_at(now.number);
            let presence = mesh.presence.stood_at(now.presence);
            let due = |listener: &Listener| {
                if listener.is_numbered() { numbers } else { presence }
            };
            let ended = mesh.take(due);
            meshes.held -= ended;
        }
    }

    /// Ends every wait, and each that still comes.
    pub fn stop(&self) {
        let mut meshes = self.meshes();
        meshes.stopping = true;
        meshes.held = 0;
        for mesh in meshes.by_id.values_mut() {
            for (_, (_, sender)) in mesh.waits.drain() {
                let _ = sender.send(MeshWoken::Stopping);
            }
        }
    }

    /// How many wait.
    pub fn held(&self) -> usize {
        self.meshes().held
    }

    fn meshes(&self) -> std::sync::MutexGuard<'_, Meshes> {
        self.0.meshes.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Meshes {
    fn enter(
        &mut self,
        mesh: &str,
        number: u64,
        listener: Listener,
        sender: oneshot::Sender<MeshWoken>,
    ) {
        if self.mesh(mesh).waits.insert(number, (listener, sender)).is_none() {
            self.held += 1;
        }
    }

    fn written(&mut self, news: &News) {
        let Some(mesh) = self.by_id.get_mut(&news.mesh) else { return };
        if mesh.counted(&news.topic).written(news.counted) {
            self.held -= mesh.take(|listener| listener.hears(&news.topic));
        }
        self.leave(&news.mesh);
    }

    fn heard(&mut self, news: &News) {
        let Some(mesh) = self.by_id.get_mut(&news.mesh) else { return };
        mesh.counted(&news.topic).heard(news.counted);
        self.held -= mesh.take(|listener| listener.hears(&news.topic));
    }

    fn taken(&mut self, news: &News) {
        self.mesh(&news.mesh).counted(&news.topic).taken(news.counted);
    }

    fn given_up(&mut self, news: &News) {
        let Some(mesh) = self.by_id.get_mut(&news.mesh) else { return };
        if mesh.counted(&news.topic).given_up(news.counted) {
            // Whoever else has the number, nobody was woken for it.
            let is_numbered = news.topic != Topic::Presence;
            self.held -= mesh.take(|listener| listener.is_numbered() == is_numbered);
        }
        self.leave(&news.mesh);
    }

    fn mesh(&mut self, id: &str) -> &mut Mesh {
        self.by_id.entry(id.to_owned()).or_default()
    }

    /// Keeps nothing of a mesh in which nobody has a place and nothing is under way.
    fn leave(&mut self, id: &str) {
        if self.by_id.get(id).is_some_and(Mesh::is_idle) {
            self.by_id.remove(id);
        }
    }
}

impl Mesh {
    fn counted(&mut self, topic: &Topic) -> &mut Counted {
        match topic {
            Topic::Presence => &mut self.presence,
            Topic::Message(_) | Topic::Event => &mut self.numbers,
        }
    }

    fn is_idle(&self) -> bool {
        self.places == 0 && self.numbers.is_settled() && self.presence.is_settled()
    }

    /// Ends the waits of which `is_due` holds; how many those were.
    fn take(&mut self, is_due: impl Fn(&Listener) -> bool) -> usize {
        let due = self.waits.extract_if(|_, (listener, _)| is_due(listener));
        due.fold(0, |ended, (_, (_, sender))| {
            let _ = sender.send(MeshWoken::Changed);
            ended + 1
        })
    }
}

impl MeshWait {
    /// The id of the mesh.
    pub fn mesh(&self) -> &str {
        &self.mesh
    }

    /// Waits again after something happened that was not worth an answer.
    pub fn renew(&mut self) {
        let (sender, woken) = oneshot::channel();
        self.woken = woken;
        let mut meshes = self.wake.meshes();
        if meshes.stopping {
            let _ = sender.send(MeshWoken::Stopping);
        } else {
            meshes.enter(&self.mesh, self.number, self.listener.clone(), sender);
        }
    }

    /// Waits for what `listener` hears from now on; what happened before is heard.
    pub fn listen_as(&mut self, listener: Listener) {
        let mut meshes = self.wake.meshes();
        let mesh = meshes.by_id.get_mut(&self.mesh);
        if let Some((before, _)) = mesh.and_then(|mesh| mesh.waits.get_mut(&self.number)) {
            before.clone_from(&listener);
        }
        drop(meshes);
        self.listener = listener;
    }

    /// Waits until something happens, at most `limit`; `None` when nothing did.
    pub async fn wait(&mut self, limit: Duration) -> Option<MeshWoken> {
        let woken = tokio::time::timeout(limit, &mut self.woken).await.ok()?;
        Some(woken.unwrap_or(MeshWoken::Stopping))
    }
}

impl Drop for MeshWait {
    fn drop(&mut self) {
        let mut meshes = self.wake.meshes();
        let Some(mesh) = meshes.by_id.get_mut(&self.mesh) else { return };
        let was_there = mesh.waits.remove(&self.number).is_some();
        mesh.places -= 1;
        meshes.held -= usize::from(was_there);
        meshes.leave(&self.mesh);
    }
}

#[cfg(test)]
mod tests;

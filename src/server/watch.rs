//! Seeing what other processes write, while anybody waits here for it. One
//! connection watches: on SQLite the file, on PostgreSQL what the other nodes say.
//! Each time it is new, or the file changed, it reads what was settled, opened or
//! numbered lately; so nothing is missed while the database is away.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use super::clock::Clock;
use super::domain::news::News;
use super::mesh_wake::MeshWake;
use super::store::{Change, DbError, Store};
use super::wake::Wake;

/// What changed is looked for this many milliseconds further back than the last
/// look, for a transaction that took its time between clock and commit, and for
/// nodes whose clocks differ.
const OVERLAP: i64 = 30_000;

/// Between two tries to reach a database that is away.
const AGAIN: Duration = Duration::from_millis(250);

/// Watches, or does not.
#[derive(Clone, Debug, Default)]
pub struct Watch(Arc<AtomicBool>);

/// Who waits, and where it is read what for.
#[derive(Clone, Debug)]
pub struct Watched {
    pub codes: Wake,
    pub meshes: MeshWake,
    pub store: Store,
    pub clock: Clock,
}

impl Watch {
    /// Sees to it that other processes' commits are seen while anybody waits.
    pub fn begin(&self, watched: impl FnOnce() -> Watched) {
        if self.0.swap(true, Ordering::SeqCst) {
            return;
        }
        let (watch, watched) = (self.clone(), watched());
        if watched.store.is_alone() {
            return;
        }
        tokio::spawn(async move {
            let mut since = watched.clock.now() - OVERLAP;
            while let Err(fault) = watch.look(&watched, &mut since).await {
                tracing::warn!(%fault, "cannot watch for what other processes write");
                tokio::time::sleep(AGAIN).await;
                if watch.is_over(&watched) {
                    return;
                }
            }
        });
    }

    /// Watches until nobody waits.
    async fn look(&self, watched: &Watched, since: &mut i64) -> Result<(), DbError> {
        let mut feed = watched.store.watch().await?;
        let mut seen = Change::Written;
        loop {
            match seen {
                Change::Notified(payload) => match News::of_payload(&payload) {
                    Some(news) => watched.meshes.heard(&news),
                    None => watched.codes.wake(&payload),
                },
                Change::Written => watched.read(since).await?,
                Change::Nothing => {}
            }
            if self.is_over(watched) {
                return Ok(());
            }
            seen = feed.next().await?;
        }
    }

    /// Whether nobody waits; then the watch is over, and whoever comes begins
    /// another.
    fn is_over(&self, watched: &Watched) -> bool {
        if watched.is_waited_for() {
            return false;
        }
        self.0.store(false, Ordering::SeqCst);
        // Somebody who came in between thinks that this one goes on.
        !watched.is_waited_for() || self.0.swap(true, Ordering::SeqCst)
    }
}

impl Watched {
    fn is_waited_for(&self) -> bool {
        self.codes.held() > 0 || self.meshes.held() > 0
    }

    /// Wakes whoever waits for what was written since the last look.
    async fn read(&self, since: &mut i64) -> Result<(), DbError> {
        let now = self.clock.now();
        if self.codes.held() > 0 {
            for code in self.store.changed_since(*since).await? {
                self.codes.wake(&code);
            }
        }
        if self.meshes.held() > 0 {
            self.meshes.catch_up(&self.store.meshes_changed_since(*since).await?);
        }
        *since = now - OVERLAP;
        Ok(())
    }
}

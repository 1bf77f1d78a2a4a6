//! Answers that are held back until there is something to say.

use std::time::Duration;

use tokio::time::Instant;

use super::authentication::Standing;
use super::{Denied, Principal};
use crate::server::mesh_wake::{MeshWait, MeshWoken};
use crate::server::state::State;

/// An answer that is held back.
#[derive(Debug)]
pub struct Held {
    wait: MeshWait,
    standing: Standing,
    until: Instant,
}

impl Held {
    /// Of what `by` asked, for at most `limit` from now.
    pub fn new(state: &State, by: &Principal, wait: MeshWait, limit: Duration) -> Self {
        state.watch();
        Self { wait, standing: Standing::of(by), until: Instant::now() + limit }
    }

    /// Waits until something happens, which is to be read; false once it was long
    /// enough. Whoever waits may have been signed out meanwhile, or taken out of the
    /// mesh: that is looked up again.
    ///
    /// # Errors
    /// [`Denied::InvalidToken`], [`Denied::NotFound`], or the database's.
    pub async fn next(&mut self, state: &State) -> Result<bool, Denied> {
        match self.wait.wait(self.until - Instant::now()).await {
            Some(MeshWoken::Changed) => self.wait.renew(),
            Some(MeshWoken::Stopping) | None => return Ok(false),
        }
        // While nobody waited the watch may have ended.
        state.watch();
        // Nobody who waits has room for what reading takes.
        Box::pin(self.require_live(state)).await?;
        Ok(true)
    }

    /// Refuses whoever was signed out, or taken out of the mesh, since they came, for
    /// what is read at the end.
    ///
    /// # Errors
    /// [`Denied::InvalidToken`], [`Denied::NotFound`], or the database's.
    pub async fn require_live(&self, state: &State) -> Result<(), Denied> {
        self.standing.require_in(state, self.wait.mesh()).await
    }
}

//! What a transaction does in a mesh, told to whoever waits there: to other nodes
//! when it commits, to this one once it has. Let go of before, it was not written, or
//! whoever asked for it is gone.

use super::{Denied, Principal};
use crate::server::domain::news::{Address, News, Topic};
use crate::server::mesh_wake::MeshWake;
use crate::server::state::State;
use crate::server::store::{DbResult, Tx, mesh_log};
use crate::wire::MeshEventKind;

/// What is to be told once it is written.
#[derive(Debug)]
pub(super) struct Announcements {
    wake: MeshWake,
    news: Vec<News>,
}

impl Announcements {
    pub(super) fn new(wake: &MeshWake) -> Self {
        Self { wake: wake.clone(), news: Vec::new() }
    }

    /// `who`, who acts as `account`, did `what` to `subject`: it is in the log.
    pub(super) async fn event(
        &mut self,
        tx: &mut Tx,
        mesh: &str,
        what: MeshEventKind,
        who: (&str, &str),
        subject: &str,
        now: i64,
    ) -> DbResult<()> {
        let number = mesh_log::note(tx, mesh, what, who, subject, now).await?;
        self.tell(tx, mesh, number, Topic::Event).await
    }

    /// Who is in `mesh`, or what they are at, is another.
    pub(super) async fn presence(&mut self, tx: &mut Tx, mesh: &str, now: i64) -> DbResult<()> {
        let presence = mesh_log::touch(tx, mesh, now).await?;
        self.tell(tx, mesh, presence, Topic::Presence).await
    }

    /// The message of this number was written to `to`.
    pub(super) async fn message(
        &mut self,
        tx: &mut Tx,
        mesh: &str,
        number: i64,
        to: Address,
    ) -> DbResult<()> {
        self.tell(tx, mesh, number, Topic::Message(to)).await
    }

    async fn tell(&mut self, tx: &mut Tx, mesh: &str, counted: i64, topic: Topic) -> DbResult<()> {
        let news = self.wake.news(mesh, counted, topic);
        self.wake.taken(&news);
        // Before it is waited for, which may be given up.
        self.news.push(news.clone());
        mesh_log::tell(tx, &news).await
    }

    /// Wakes whoever waits here for what was written.
    pub(super) fn written(mut self) {
        for news in std::mem::take(&mut self.news) {
            self.wake.wake(&news);
        }
    }
}

impl Drop for Announcements {
    fn drop(&mut self) {
        for news in &self.news {
            self.wake.given_up(news);
        }
    }
}

impl State {
    /// [`State::write_as`] of what others may wait for.
    pub(super) async fn write_and_tell<T: Send + 'static>(
        &self,
        by: &Principal,
        write: impl AsyncFnOnce(&mut Tx, Principal, &mut Announcements) -> Result<T, Denied>
        + Send
        + 'static,
    ) -> Result<T, Denied> {
        let mut told = Announcements::new(&self.mesh_wake);
        let (made, told) = self
            .write_as(by, async move |tx, by| {
                let made = write(tx, by, &mut told).await?;
                Ok((made, told))
            })
            .await?;
        told.written();
        Ok(made)
    }
}

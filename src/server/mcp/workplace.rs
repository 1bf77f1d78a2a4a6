//! The tools' workplace at the instance itself: each asks an operation, on behalf of
//! whoever's token came with the request. What a tool takes is looked up there, and
//! once more in the transaction that writes.

use std::time::Duration;

use futures_util::future::BoxFuture;

use super::refusals::told;
use crate::error::{AppError, ErrorKind};
use crate::i18n::Words;
use crate::mcp::{LONGEST_WAIT, Whoami, Workplace};
use crate::server::domain::scopes::{
    INVITE_CREATE, MACHINE_READ, MESH_READ, PRESENCE_WRITE, PROFILE_READ,
};
use crate::server::operations::messages::{Reader, Reading};
use crate::server::operations::{
    Denied, Page, Principal, Rows, invites, machines, members, meshes, messages, peers, tasks,
};
use crate::server::state::State;
use crate::wire::{
    Inbox, InboxRead, LONGEST_HOLD, Machine, Member, Mesh, MeshMessage, MintedInvite, NewInvite,
    NewMessage, NewTask, Peer, PeerChange, Task, TaskAction, TaskState, TaskStep,
};

/// The meshes of whoever sent a request.
#[derive(Clone, Debug)]
pub(super) struct AtInstance {
    state: State,
    by: Principal,
}

impl AtInstance {
    pub fn new(state: State, by: Principal) -> Self {
        Self { state, by }
    }

    /// Whoever asks, for something that takes `scope`.
    fn may(&self, scope: &'static str) -> Result<Principal, AppError> {
        self.by.require_scope(scope).map_err(told)?;
        Ok(Principal { required: Some(scope), ..self.by.clone() })
    }

    /// Whoever asks, to act in `mesh`, and the id of the peer as which they are seen
    /// there because of it.
    async fn acting(&self, mesh: &str) -> Result<(Principal, String), AppError> {
        let by = self.may(PRESENCE_WRITE)?;
        let peer = peers::at_work(&self.state, &by, mesh).await.map_err(told)?;
        Ok((by, peer))
    }

    async fn reader(&self, mesh: &str) -> Result<(Principal, String, Reader), AppError> {
        let (by, peer) = self.acting(mesh).await?;
        let reading = Reading { by_peer: Some(peer.clone()), after: None };
        let reader = Reader::of(&self.state, &by, mesh, reading).await.map_err(told)?;
        Ok((by, peer, reader))
    }
}

impl Workplace for AtInstance {
    async fn whoami(&self) -> Result<Whoami, AppError> {
        let by = self.may(PROFILE_READ)?;
        let peer = match self.mesh(None).await {
            Ok(mesh) => peers::own(&self.state, &by, &mesh.id).await.map_err(told)?,
            Err(_) => None,
        };
        Ok(Whoami {
            person: by.account.name,
            instance: self.state.base.authority().to_owned(),
            peer,
        })
    }

    /// Where none is named and there are several, none is guessed.
    async fn mesh(&self, wanted: Option<&str>) -> Result<Mesh, AppError> {
        let all = self.meshes().await?;
        let slugs: Vec<_> = all.iter().map(|mesh| mesh.slug.as_str()).collect();
        let there = Words::verbatim(&format!("Yours: {}.", slugs.join(", ")));
        if let Some(wanted) = wanted {
            return Mesh::named(&all, wanted).ok_or_else(|| {
                let words = Words::verbatim(&format!("You are in no mesh called {wanted}."));
                let error = AppError::new(ErrorKind::NotFound, "not_found", words);
                if all.is_empty() { error } else { error.hint(there) }
            });
        }
        match all.as_slice() {
            [mesh] => Ok(mesh.clone()),
            [] => {
                let words = "You are in no mesh yet. Your person makes one, or is invited.";
                Err(AppError::new(ErrorKind::NotFound, "no_mesh", Words::verbatim(words)))
            }
            _ => {
                let words = Words::verbatim("You are in several meshes: say which is meant.");
                Err(AppError::new(ErrorKind::BadArguments, "mesh_missing", words).hint(there))
            }
        }
    }

    async fn meshes(&self) -> Result<Vec<Mesh>, AppError> {
        let by = &self.may(MESH_READ)?;
        all(|page| Box::pin(async move { meshes::list(&self.state, by, &page).await })).await
    }

    async fn peers(&self, mesh: &str) -> Result<Vec<Peer>, AppError> {
        let by = self.may(MESH_READ)?;
        peers::list(&self.state, &by, mesh).await.map_err(told)
    }

    async fn send(&self, mesh: &str, message: NewMessage) -> Result<MeshMessage, AppError> {
        let (by, peer) = self.acting(mesh).await?;
        let message = NewMessage { by_peer: Some(peer), ..message };
        messages::send(&self.state, &by, mesh, message, None).await.map_err(told)
    }

    async fn inbox(&self, mesh: &str) -> Result<Inbox, AppError> {
        let (_, _, reader) = self.reader(mesh).await?;
        reader.read(&self.state).await.map_err(told)
    }

    /// Whoever waits and goes away has been given nothing.
    async fn take(&self, mesh: &str, wait: Option<Duration>) -> Result<Inbox, AppError> {
        let (by, peer, reader) = self.reader(mesh).await?;
        let inbox = reader.read_within(&self.state, &by, wait).await.map_err(told)?;
        if !inbox.data.is_empty() {
            let read = InboxRead { read_to: inbox.last, by_peer: Some(peer) };
            messages::read(&self.state, &by, mesh, read).await.map_err(told)?;
        }
        Ok(inbox)
    }

    /// No longer than what stands before us lets an answer be held.
    fn longest_wait(&self) -> Duration {
        let hold = self.state.config.longest_hold;
        if hold < LONGEST_HOLD { hold } else { LONGEST_WAIT }
    }

    async fn messages_after(&self, mesh: &str, number: i64) -> Result<Inbox, AppError> {
        let by = self.may(PRESENCE_WRITE)?;
        messages::history(&self.state, &by, mesh, number).await.map_err(told)
    }

    async fn set_status(&self, mesh: &str, change: PeerChange) -> Result<(), AppError> {
        let (by, peer) = self.acting(mesh).await?;
        peers::change(&self.state, &by, mesh, &peer, change).await.map_err(told)
    }

    async fn machines(&self) -> Result<Vec<Machine>, AppError> {
        let by = &self.may(MACHINE_READ)?;
        all(|page| Box::pin(async move { machines::list(&self.state, by, None, &page).await }))
            .await
    }

    async fn members(&self, mesh: &str) -> Result<Vec<Member>, AppError> {
        let by = &self.may(MESH_READ)?;
        all(|page| Box::pin(async move { members::list(&self.state, by, mesh, &page).await })).await
    }

    async fn invite(&self, mesh: &str, invite: NewInvite) -> Result<MintedInvite, AppError> {
        let by = self.may(INVITE_CREATE)?;
        let made = invites::create(&self.state, &by, mesh, invite).await;
        made.map(|(made, _)| made).map_err(told)
    }

    async fn tasks(&self, mesh: &str, state: Option<TaskState>) -> Result<Vec<Task>, AppError> {
        let by = &self.may(MESH_READ)?;
        all(|page| Box::pin(async move { tasks::list(&self.state, by, mesh, state, &page).await }))
            .await
    }

    async fn create_task(&self, mesh: &str, task: NewTask) -> Result<Task, AppError> {
        let (by, peer) = self.acting(mesh).await?;
        let task = NewTask { by_peer: Some(peer), ..task };
        tasks::create(&self.state, &by, mesh, task).await.map_err(told)
    }

    async fn task_step(
        &self,
        mesh: &str,
        number: i64,
        action: TaskAction,
        step: TaskStep,
    ) -> Result<Task, AppError> {
        let (by, peer) = self.acting(mesh).await?;
        let step = TaskStep { by_peer: Some(peer), ..step };
        let (state, by) = (&self.state, &by);
        match action {
            TaskAction::Claim => tasks::claim(state, by, mesh, number, step).await,
            TaskAction::Finish => tasks::finish(state, by, mesh, number, step).await,
            TaskAction::Drop => tasks::drop(state, by, mesh, number, step).await,
        }
        .map_err(told)
    }
}

/// Every page of a list.
async fn all<'l, T>(
    list: impl Fn(Page) -> BoxFuture<'l, Result<Rows<T>, Denied>>,
) -> Result<Vec<T>, AppError> {
    let (mut all, mut page) = (Vec::new(), Page::default());
    loop {
        let rows = list(page.clone()).await.map_err(told)?;
        all.extend(rows.data);
        match rows.next {
            Some(next) => page.after = Some(next),
            None => return Ok(all),
        }
    }
}

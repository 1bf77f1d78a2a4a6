//! What the tools stand on: somebody in their meshes, wherever that is asked for.

use std::time::Duration;

use crate::error::AppError;
use crate::wire::{
    Inbox, Machine, Member, Mesh, MeshMessage, MintedInvite, NewInvite, NewMessage, NewTask, Peer,
    PeerChange, Role, Task, TaskAction, TaskState, TaskStep,
};

/// Who an agent acts as, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Whoami {
    /// The person's name.
    pub person: String,
    /// What the instance is called.
    pub instance: String,
    /// What the agent is called in its mesh; none where it is not seen there.
    pub peer: Option<String>,
}

/// Something in the mesh in use that an agent can look at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sight {
    /// The mesh itself.
    Mesh,
    /// Who is at work in it.
    Peers,
    Tasks,
    /// What was written to the agent.
    Inbox,
}

/// A look at a [`Sight`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seen {
    /// What the next look is told from this one by.
    pub mark: String,
    /// Whether it may be another than at the look before.
    pub is_other: bool,
}

/// How long a tool waits at most.
pub const LONGEST_WAIT: Duration = Duration::from_secs(50);

/// Somebody in their meshes. Each answer is theirs: what they may do is decided where
/// it is done.
pub trait Workplace: Send + Sync + 'static {
    /// Who that is.
    fn whoami(&self) -> impl Future<Output = Result<Whoami, AppError>> + Send;

    /// The mesh of this short name, name or id; the one in use where none is named.
    fn mesh(&self, wanted: Option<&str>) -> impl Future<Output = Result<Mesh, AppError>> + Send;

    fn meshes(&self) -> impl Future<Output = Result<Vec<Mesh>, AppError>> + Send;

    fn peers(&self, mesh: &str) -> impl Future<Output = Result<Vec<Peer>, AppError>> + Send;

    fn send(
        &self,
        mesh: &str,
        message: NewMessage,
    ) -> impl Future<Output = Result<MeshMessage, AppError>> + Send;

    /// What is to be read, which goes on being so.
    fn inbox(&self, mesh: &str) -> impl Future<Output = Result<Inbox, AppError>> + Send;

    /// The same for the model, for which it is read with that; where nothing is there,
    /// what comes within `wait`.
    fn take(
        &self,
        mesh: &str,
        wait: Option<Duration>,
    ) -> impl Future<Output = Result<Inbox, AppError>> + Send;

    /// How long somebody may wait in all for one answer. Clients give a call up after a
    /// minute.
    fn longest_wait(&self) -> Duration {
        LONGEST_WAIT
    }

    /// Whether whoever asks is told of changes ([`Workplace::changed`]).
    const TELLS: bool = false;

    /// What a sight is once it is another than at `mark`, or after a while; at once
    /// without a mark.
    fn changed(
        &self,
        _sight: Sight,
        _mark: Option<String>,
    ) -> impl Future<Output = Result<Seen, AppError>> + Send {
        std::future::pending()
    }

    /// What was written after the message of this number, read or not, theirs too.
    fn messages_after(
        &self,
        mesh: &str,
        number: i64,
    ) -> impl Future<Output = Result<Inbox, AppError>> + Send;

    /// Whether anything that others write is for this agent.
    fn takes_messages(&self) -> bool {
        true
    }

    /// How much waits to be read, as far as that is known without asking.
    fn unread(&self) -> usize {
        0
    }

    /// Says what this agent is at.
    fn set_status(
        &self,
        mesh: &str,
        change: PeerChange,
    ) -> impl Future<Output = Result<(), AppError>> + Send;

    fn machines(&self) -> impl Future<Output = Result<Vec<Machine>, AppError>> + Send;

    fn members(&self, mesh: &str) -> impl Future<Output = Result<Vec<Member>, AppError>> + Send;

    fn invite(
        &self,
        mesh: &str,
        invite: NewInvite,
    ) -> impl Future<Output = Result<MintedInvite, AppError>> + Send;

    fn tasks(
        &self,
        mesh: &str,
        state: Option<TaskState>,
    ) -> impl Future<Output = Result<Vec<Task>, AppError>> + Send;

    fn create_task(
        &self,
        mesh: &str,
        task: NewTask,
    ) -> impl Future<Output = Result<Task, AppError>> + Send;

    fn task_step(
        &self,
        mesh: &str,
        number: i64,
        action: TaskAction,
        step: TaskStep,
    ) -> impl Future<Output = Result<Task, AppError>> + Send;
}

/// An invite for one, good for a week.
pub(super) fn one_invite(role: Role) -> NewInvite {
    NewInvite { role, email: None, expires_in_days: 7, max_uses: 1 }
}

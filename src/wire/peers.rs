//! Who is at work in a mesh now: one peer for each session of a code agent, and
//! for nobody else.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// What a peer does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PeerStatus {
    /// Nothing was asked of it.
    #[default]
    Idle,
    /// It is at it.
    Working,
    /// It needs somebody's answer.
    Waiting,
}

impl PeerStatus {
    /// Its word on the wire and in the database.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Idle => "idle",
            Self::Working => "working",
            Self::Waiting => "waiting",
        }
    }
}

/// `POST /api/my/meshes/:id/peers`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewPeer {
    /// The session of the agent, 16 to [`LONGEST_ID`](super::LONGEST_ID)
    /// characters that nobody else comes upon; the same one again is the same peer.
    pub id: String,
    /// What it would like to be called; the person's own name where it is absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// A free tag.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role: Option<String>,
    /// The id of the machine it is on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub machine: Option<String>,
    /// Which agent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agent: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agent_version: Option<String>,
    /// The last part of its working directory, where the person shows that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub directory: Option<String>,
    /// Nothing that is written in the mesh is for it: its person wants it so.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub no_messages: bool,
}

/// `PATCH /api/my/meshes/:id/peers/:peer`. Empty says no more than that it lives,
/// which it has to every 30 s.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PeerChange {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<PeerStatus>,
    /// A line on what it does; an empty one takes it away.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub summary: Option<String>,
}

/// One live session of a code agent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Peer {
    /// Its session's id, to whoever it belongs to; nobody else is told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// What messages to it are addressed to: a slug that is one person's in this
    /// mesh.
    pub name: String,
    /// The name of the person it acts as.
    pub person: String,
    /// The id of that account.
    pub account: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role: Option<String>,
    /// The name of the machine.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub machine: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agent: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agent_version: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub directory: Option<String>,
    #[serde(default)]
    pub status: PeerStatus,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub summary: Option<String>,
    /// As in [`NewPeer`].
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub no_messages: bool,
    /// Since when.
    pub since: Timestamp,
}

/// Something that happened in a mesh, as its log tells.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MeshEvent {
    /// Its place among all that happened there.
    pub number: i64,
    /// What happened, see [`MeshEventKind`].
    pub what: MeshEventKind,
    /// Who did it: a peer's or a person's name.
    pub who: String,
    /// The name of the person.
    pub person: String,
    /// What it is about: an agent, a member, a task.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub subject: String,
    pub at: Timestamp,
}

/// What can happen in a mesh.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MeshEventKind {
    /// A person is a member from now on.
    Joined,
    /// A person is none any more.
    Left,
    /// An agent began.
    Launched,
    /// An agent ended, or was not heard from any more.
    Ended,
    /// A task was made.
    TaskCreated,
    TaskClaimed,
    /// Somebody has done it.
    TaskFinished,
    /// Nobody will do it.
    TaskDropped,
    /// Whoever had it is gone.
    TaskReopened,
    /// One that a newer instance knows.
    #[serde(other)]
    Other,
}

impl MeshEventKind {
    /// Whether something became of a task.
    pub fn is_of_tasks(self) -> bool {
        use MeshEventKind::{TaskClaimed, TaskCreated, TaskDropped, TaskFinished, TaskReopened};
        matches!(self, TaskCreated | TaskClaimed | TaskFinished | TaskDropped | TaskReopened)
    }

    /// Every one that is kept.
    pub const ALL: [Self; 9] = [
        Self::Joined,
        Self::Left,
        Self::Launched,
        Self::Ended,
        Self::TaskCreated,
        Self::TaskClaimed,
        Self::TaskFinished,
        Self::TaskDropped,
        Self::TaskReopened,
    ];

    /// Its word on the wire and in the database.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Joined => "joined",
            Self::Left => "left",
            Self::Launched => "launched",
            Self::Ended => "ended",
            Self::TaskCreated => "task_created",
            Self::TaskClaimed => "task_claimed",
            Self::TaskFinished => "task_finished",
            Self::TaskDropped => "task_dropped",
            Self::TaskReopened => "task_reopened",
            Self::Other => "other",
        }
    }

    /// The one of this word.
    pub fn of(word: &str) -> Self {
        Self::ALL.into_iter().find(|kind| kind.word() == word).unwrap_or(Self::Other)
    }
}

/// What happened in a mesh, in order.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct MeshLog {
    pub data: Vec<MeshEvent>,
    /// What the next one is to be asked after.
    pub last: i64,
    /// The number of the last that happened there, message or event.
    #[serde(default)]
    pub newest: i64,
}

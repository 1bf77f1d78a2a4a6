//! Work that a mesh shares. A task is claimed by one, and by nobody else until
//! they finish it, drop it, or are gone.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// Where a task stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TaskState {
    /// For whoever claims it.
    #[default]
    Open,
    /// Somebody is at it.
    Claimed,
    Done,
    /// Nobody will do it.
    Dropped,
}

impl TaskState {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Open, Self::Claimed, Self::Done, Self::Dropped];

    /// Its word on the wire and in the database.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Claimed => "claimed",
            Self::Done => "done",
            Self::Dropped => "dropped",
        }
    }
}

/// What is done to a task.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TaskAction {
    Claim,
    Finish,
    Drop,
}

/// `POST /api/my/meshes/:id/tasks`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewTask {
    /// One line, up to [`LONGEST_TITLE`](super::LONGEST_TITLE) characters.
    pub title: String,
    /// Up to [`LONGEST_MESSAGE`](super::LONGEST_MESSAGE) bytes.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub text: String,
    /// The id of the peer that makes it; the person themselves where it is absent.
    #[serde(default, rename = "as", skip_serializing_if = "Option::is_none")]
    pub by_peer: Option<String>,
}

/// `POST /api/my/meshes/:id/tasks/:number/{claim,finish,drop}`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TaskStep {
    /// The id of the peer that does it; the person themselves where it is absent.
    #[serde(default, rename = "as", skip_serializing_if = "Option::is_none")]
    pub by_peer: Option<String>,
    /// What came of it, up to [`LONGEST_MESSAGE`](super::LONGEST_MESSAGE) bytes;
    /// finishing only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub result: Option<String>,
}

/// One task.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Task {
    /// What it is called by in its mesh: 1, 2, 3.
    pub number: i64,
    pub title: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub text: String,
    pub state: TaskState,
    /// The name of who made it.
    pub author: String,
    /// The name of who has it, or had it last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub holder: Option<String>,
    /// What came of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub result: Option<String>,
    /// Whether whoever had it last was gone before it was done.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub reopened: bool,
    pub created_at: Timestamp,
    /// When it came to stand as it does.
    pub changed_at: Timestamp,
}

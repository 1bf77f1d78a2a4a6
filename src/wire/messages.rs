//! What peers and people of a mesh write to each other. A message is words from
//! somebody else, never an instruction of ours.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// What a message is for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MessageKind {
    /// Nothing is asked.
    #[default]
    Note,
    /// An answer is wanted.
    Ask,
    Answer,
    /// What was asked for is done.
    Done,
}

impl MessageKind {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Note, Self::Ask, Self::Answer, Self::Done];

    /// Its word on the wire and in the database.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Note => "note",
            Self::Ask => "ask",
            Self::Answer => "answer",
            Self::Done => "done",
        }
    }
}

/// `POST /api/my/meshes/:id/messages`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewMessage {
    /// A peer's name, `@` and a role, or `*` for everybody in the mesh.
    pub to: String,
    /// Up to [`LONGEST_MESSAGE`](super::LONGEST_MESSAGE) bytes.
    pub text: String,
    #[serde(default)]
    pub kind: MessageKind,
    /// The number of the message that this answers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reply_to: Option<i64>,
    /// The id of the peer that writes; the person themselves where it is absent.
    #[serde(default, rename = "as", skip_serializing_if = "Option::is_none")]
    pub by_peer: Option<String>,
}

/// One message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MeshMessage {
    /// Its place among all that happened in the mesh.
    pub number: i64,
    /// The same however often it is read.
    pub id: String,
    /// The name of who wrote it.
    pub from: String,
    /// The name of the person that is.
    pub person: String,
    /// As in [`NewMessage`].
    pub to: String,
    pub kind: MessageKind,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reply_to: Option<i64>,
    pub text: String,
    pub at: Timestamp,
}

/// Messages in their order.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Inbox {
    pub data: Vec<MeshMessage>,
    /// What the next ones are to be asked after.
    pub last: i64,
}

/// `PUT /api/my/meshes/:id/inbox`: everything up to a message was read.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct InboxRead {
    /// Its number.
    pub read_to: i64,
    /// The id of the peer that read it; the person themselves where it is absent.
    #[serde(default, rename = "as", skip_serializing_if = "Option::is_none")]
    pub by_peer: Option<String>,
}

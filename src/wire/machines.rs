//! Computers as an account knows them. The surprising rule: a slug is frozen
//! when the machine is made, so no change carries one.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// Whether a machine's agents have been heard from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Liveness {
    /// Heard from within 90 s.
    Online,
    /// Heard from before.
    Offline,
    /// Never heard from.
    #[default]
    Unknown,
}

/// A computer as the account knows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Machine {
    pub id: String,
    /// Display name, may change.
    pub name: String,
    /// Frozen when made.
    pub slug: String,
    /// An Electricity Maps zone key; `None` is "set later".
    pub location: Option<String>,
    /// Whether it is the asking machine, by anchor.
    #[serde(default)]
    pub this: bool,
    /// Whether its agents have been heard from.
    #[serde(default)]
    pub liveness: Liveness,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last used.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_seen_at: Option<Timestamp>,
}

/// `POST /api/my/machines`: get or create on (account, anchor).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewMachine {
    /// Hex SHA-256 over instance id, OS machine id and OS user id.
    pub anchor: String,
    pub name: String,
    /// Derived from the name when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub slug: Option<String>,
    /// A zone key; `None` only after "set later".
    #[serde(default)]
    pub location: Option<String>,
    /// `linux`, `macos`, `windows`, …
    #[serde(default)]
    pub os: String,
    /// `x86_64`, `aarch64`, …
    #[serde(default)]
    pub arch: String,
}

/// `PATCH /api/my/machines/:id`. Absent members stay as they are.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct MachineChange {
    /// A new display name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// A new zone key; counts from now on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub location: Option<String>,
}

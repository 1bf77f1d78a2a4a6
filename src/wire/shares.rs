//! Connections that the members of a mesh may start agents with:
//! `/api/my/meshes/:mesh/providers`.

use serde::{Deserialize, Serialize};

use super::Connection;

/// The most that somebody may be allowed a day: more is no limit.
pub const MOST_A_DAY: u32 = 10_000;

/// `POST /api/my/meshes/:mesh/providers`: shares a connection of one's own, or shares it
/// anew.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewShare {
    /// The connection's id.
    pub connection: String,
    /// How often a day each member may start an agent with it; `None` as often as they
    /// like.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub daily: Option<u32>,
}

/// A connection that is shared in a mesh, as a member of it sees it: nothing of what opens
/// it, nor whose account at the provider it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Share {
    /// Its `holder` is the member who shares it, its `uses` are those in the mesh.
    #[serde(flatten)]
    pub connection: Connection,
    /// As in [`NewShare`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub daily: Option<u32>,
    /// How often whoever asks started an agent with it today (UTC).
    #[serde(default)]
    pub used_today: u32,
    /// Whether it is whoever asks who shares it.
    #[serde(default)]
    pub yours: bool,
}

//! Invites. The surprising rule: a code is said once, to whoever made it.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::Role;
use crate::secret::{Secret, exposed};

/// `POST /api/my/meshes/:id/invites`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewInvite {
    /// What the new member may do.
    #[serde(default)]
    pub role: Role,
    /// Whom to send it to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// Days until it ends, 1 to 365.
    #[serde(default = "one_week")]
    pub expires_in_days: u32,
    /// How many may use it, 1 to 1000.
    #[serde(default = "once")]
    pub max_uses: u32,
}

fn one_week() -> u32 {
    7
}

fn once() -> u32 {
    1
}

/// The reply to [`NewInvite`]: the only time the code is seen.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct MintedInvite {
    pub id: String,
    /// The code, grouped for reading.
    #[serde(serialize_with = "exposed")]
    pub code: Secret,
    /// The link with the code in it.
    #[serde(serialize_with = "exposed")]
    pub url: Secret,
    pub expires_at: Timestamp,
    /// Whether a mail was sent.
    pub emailed: bool,
}

/// An invite that still works, without its code: `GET /api/my/meshes/:id/invites`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpenInvite {
    pub id: String,
    /// What the new member may do.
    pub role: Role,
    /// Whom it was sent to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// How many may use it.
    pub max_uses: u32,
    /// How many have used it.
    pub uses: u32,
    /// The account id of who made it: it ends when they administer the mesh no
    /// more. Empty from an instance that does not say.
    #[serde(default)]
    pub created_by: String,
    /// Their display name.
    #[serde(default)]
    pub inviter: String,
    /// When it was made.
    pub created_at: Timestamp,
    pub expires_at: Timestamp,
}

/// `GET /api/invites/:code`: what somebody sees before they join.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct InvitePreview {
    #[serde(default)]
    pub id: String,
    pub mesh_name: String,
    pub mesh_slug: String,
    /// Display name of who invites.
    pub inviter: String,
    /// What the new member may do.
    pub role: Role,
    /// How many people are in the mesh.
    pub member_count: u64,
    /// When the invite ends.
    pub expires_at: Timestamp,
}

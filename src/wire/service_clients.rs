//! Programs that sign in as themselves. The surprising rule: a secret is said
//! once, to whoever made the client.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::StepUp;
use crate::secret::{Secret, exposed};

/// A program that signs in as itself, without its secret:
/// `GET /api/admin/service-clients`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServiceClient {
    /// What it calls itself: its `client_id`, and its id as a member of meshes.
    pub id: String,
    pub name: String,
    /// The most that it may do.
    pub scopes: Vec<String>,
    /// Where a browser may be sent with a code for it.
    #[serde(default)]
    pub redirect_uris: Vec<String>,
    /// The slugs of the meshes it is in.
    #[serde(default)]
    pub meshes: Vec<String>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it last signed in.
    pub last_used_at: Option<Timestamp>,
}

/// `POST /api/admin/service-clients`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewServiceClient {
    pub name: String,
    /// The most that it may do; at least one.
    pub scopes: Vec<String>,
    /// Where a browser may be sent with a code for it: `https`, or `http` on
    /// loopback.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub redirect_uris: Vec<String>,
    #[serde(flatten)]
    pub step_up: StepUp,
}

/// The reply to [`NewServiceClient`]: the only time the secret is seen.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct MintedServiceClient {
    /// What may be told of it later.
    #[serde(flatten)]
    pub facts: ServiceClient,
    /// The same as its id, as OAuth calls it.
    pub client_id: String,
    #[serde(serialize_with = "exposed")]
    pub client_secret: Secret,
}

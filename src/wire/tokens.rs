//! Signed-in devices and personal access tokens. The surprising rule: no end
//! at all is `null`, and an absent one is a year.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::StepUp;
use crate::secret::{Secret, exposed};

/// A signed-in device.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Session {
    pub id: String,
    /// The program that has it; empty from an instance that does not say.
    #[serde(default)]
    pub program: String,
    /// What the device calls itself.
    pub name: String,
    pub os: String,
    pub arch: String,
    /// Where it was signed in from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ip: Option<String>,
    pub created_at: Timestamp,
    /// When it was last used.
    pub last_used_at: Option<Timestamp>,
    pub expires_at: Option<Timestamp>,
    /// Whether it is the one that asks.
    pub current: bool,
    /// Of an agent's: the id of the device's session that started it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent: Option<String>,
}

/// `POST /api/my/cli/sessions/agents`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewAgentSession {
    /// What the agent is called.
    pub name: String,
}

/// The reply to [`NewAgentSession`]: the only time the token is seen.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct AgentSession {
    pub id: String,
    #[serde(serialize_with = "exposed")]
    pub token: Secret,
    pub expires_at: Timestamp,
    /// What it may do.
    pub scopes: Vec<String>,
}

/// A personal access token, without the token.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccessToken {
    pub id: String,
    /// What the person called it.
    pub name: String,
    /// Its last four characters.
    pub last_four: String,
    /// What it may do.
    pub scopes: Vec<String>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last used.
    pub last_used_at: Option<Timestamp>,
    /// When it ends; `None` is never.
    pub expires_at: Option<Timestamp>,
}

/// `POST /api/my/cli/tokens`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewAccessToken {
    /// What the person calls it.
    pub name: String,
    /// 30, 90, 365; explicit `null` is never; absent is 365.
    #[serde(default = "one_year")]
    pub expires_in_days: Option<u32>,
    /// All of the person's when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scopes: Option<Vec<String>>,
    #[serde(flatten)]
    pub step_up: StepUp,
}

#[allow(clippy::unnecessary_wraps, reason = "serde wants exactly the field's type")]
fn one_year() -> Option<u32> {
    Some(365)
}

/// The reply to [`NewAccessToken`]: the only time the token is seen.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct MintedAccessToken {
    /// What may be told of it later.
    #[serde(flatten)]
    pub facts: AccessToken,
    #[serde(serialize_with = "exposed")]
    pub token: Secret,
}

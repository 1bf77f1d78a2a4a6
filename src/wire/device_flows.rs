//! Signing in at a provider by device code (RFC 8628), where the instance asks for the code
//! and polls: whoever signs in sees what to type where, and never the token.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::Connection;

/// A provider at which somebody signs in so: what `GET /api/device-flow` lists.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeviceFlowOffer {
    /// The provider's name, such as `github`.
    pub provider: String,
    /// What is asked for there (RFC 6749 §3.3), where it is said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scope: Option<String>,
}

/// `POST /api/device-flow/:provider/start`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewDeviceFlow {
    /// What the connection is to be called; empty for the only one.
    #[serde(default)]
    pub label: String,
}

/// Where such a sign-in stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DeviceFlowState {
    /// Nobody decided yet.
    Pending,
    /// It is done, and connected.
    Connected,
    /// Somebody refused it at the provider.
    Denied,
    /// The code is over.
    Expired,
    /// The provider knows nothing of the code, or what it gave is of no use.
    Failed,
}

impl DeviceFlowState {
    /// Every state there is.
    pub const ALL: [Self; 5] =
        [Self::Pending, Self::Connected, Self::Denied, Self::Expired, Self::Failed];

    /// Its word on the wire and in the database.
    pub fn word(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Connected => "connected",
            Self::Denied => "denied",
            Self::Expired => "expired",
            Self::Failed => "failed",
        }
    }

    /// The one of this word.
    pub fn of(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.word() == word)
    }
}

/// Such a sign-in, as whoever began it sees it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeviceFlow {
    pub id: String,
    /// The provider's name.
    pub provider: String,
    /// What is typed at the provider.
    pub user_code: String,
    /// Where.
    pub verification_uri: String,
    /// The same with the code in it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub verification_uri_complete: Option<String>,
    /// When the code ends.
    pub expires_at: Timestamp,
    pub state: DeviceFlowState,
    /// Why the provider could not be asked last, or why it failed: a word such as
    /// `timed_out`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trouble: Option<String>,
    /// What came of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub connection: Option<Connection>,
}

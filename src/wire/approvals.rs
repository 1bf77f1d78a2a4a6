//! What is told of a device that asks, to whoever may let it in.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::Role;
use crate::secret::Secret;

/// The reference document's `POST /api/auth/cli/device-code`, and what our own
/// device authorization request says of the device.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Device {
    /// What the person calls it, or the host name.
    #[serde(default)]
    pub device_name: String,
    #[serde(default)]
    pub device_os: String,
    #[serde(default)]
    pub device_arch: String,
}

/// Whether `text` can be the two words of a code.
pub fn are_code_words(text: &str) -> bool {
    let is_word = |word: &str| {
        (2..=16).contains(&word.len()) && word.bytes().all(|byte| byte.is_ascii_lowercase())
    };
    text.split_once(' ').is_some_and(|(one, other)| is_word(one) && is_word(other))
}

/// What the approval card says of a code: on the page, in the terminal
/// (`a`), and for `crewmesh approve CODE`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ApprovalCard {
    #[serde(default)]
    pub id: String,
    /// `WDJB-MJPV`.
    pub user_code: String,
    /// The two words that the terminal shows beside it; of an instance that gives
    /// none, none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub words: Option<String>,
    /// The name of the program that asks: as it was registered, else as it says.
    #[serde(default)]
    pub program: String,
    /// Whether the instance knows it and it showed its secret.
    #[serde(default)]
    pub registered: bool,
    /// Its client id: an address, where the host there vouches for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_id: Option<String>,
    /// What it may do once whoever looks at the card approves (RFC 6749 §3.3).
    #[serde(default)]
    pub scopes: Vec<String>,
    #[serde(flatten)]
    pub device: Device,
    /// The address it asked from.
    pub ip: Option<String>,
    /// Seconds until the code ends.
    pub expires_in: u64,
    /// The invite that whoever asked holds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub invite: Option<CodeInvite>,
}

/// A code that waits for somebody's answer: `GET /api/auth/cli/device-codes`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WaitingCode {
    #[serde(default)]
    pub id: String,
    /// `WDJB-MJPV`.
    pub user_code: String,
    /// The two words that its terminal shows beside it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub words: Option<String>,
    #[serde(flatten)]
    pub device: Device,
    /// The network it was asked for from, shortened.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub network: Option<String>,
    /// When it was asked for.
    pub created_at: Timestamp,
    /// Seconds until it ends.
    pub expires_in: u64,
}

/// The invite that comes with a code, to whoever looks at the card.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CodeInvite {
    /// Empty where the mesh is gone.
    pub mesh_name: String,
    /// What whoever joins by it may do.
    pub role: Role,
    pub state: CodeInviteState,
}

/// What approving a code does with its invite.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CodeInviteState {
    /// Whoever approves joins.
    Joins,
    /// They are in the mesh already.
    Joined,
    /// Nothing: it lets nobody in any more.
    Ended,
}

/// What a signed-in terminal gives as well where its session is not enough: alone
/// in `POST /api/auth/cli/device-code/{code}/approve`, which may come without a
/// body, and beside what is to be made. Never told by the server.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct StepUp {
    /// The account's password.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        serialize_with = "crate::secret::exposed_if_any"
    )]
    pub password: Option<Secret>,
    /// The code of its second factor, or a recovery code, where it has one.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        serialize_with = "crate::secret::exposed_if_any"
    )]
    pub one_time_code: Option<Secret>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_words_are_no_free_text() {
        assert!(are_code_words("coral piano"));
        for text in ["", "coral", "coral piano safari", "coral  piano", "Coral piano", "a\u{1b} b"]
        {
            assert!(!are_code_words(text), "{text:?}");
        }
    }
}

//! What is told of a device that asks, to whoever may let it in.

use serde::{Deserialize, Serialize};

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

/// What the approval card says of a code: on the page, in the terminal
/// (`a`), and for `crewmesh approve CODE`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ApprovalCard {
    #[serde(default)]
    pub id: String,
    /// `WDJB-MJPV`.
    pub user_code: String,
    /// The name of the program that asks: as it was registered, else as it says.
    #[serde(default)]
    pub program: String,
    /// Whether the instance knows it and it showed its secret.
    #[serde(default)]
    pub registered: bool,
    /// What it may do once whoever looks at the card approves (RFC 6749 §3.3).
    #[serde(default)]
    pub scopes: Vec<String>,
    #[serde(flatten)]
    pub device: Device,
    /// The address it asked from.
    pub ip: Option<String>,
    /// Seconds until the code ends.
    pub expires_in: u64,
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

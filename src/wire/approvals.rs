//! What is told of a device that asks, to whoever may let it in.

use serde::{Deserialize, Serialize};

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
    #[serde(flatten)]
    pub device: Device,
    /// The address it asked from.
    pub ip: Option<String>,
    /// Seconds until the code ends.
    pub expires_in: u64,
}

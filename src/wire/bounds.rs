//! The bounds that client and server both hold, each stated once.

use std::time::Duration;

/// The longest display name an instance keeps, in characters.
pub const LONGEST_NAME: usize = 100;

/// The longest name of a device on an approval card, in characters; what is
/// beyond it is cut off.
pub const LONGEST_DEVICE_NAME: usize = 80;

/// The longest e-mail address (RFC 5321 §4.5.3.1.3), in bytes.
pub const LONGEST_EMAIL: usize = 254;

/// The longest opaque id, in bytes.
pub const LONGEST_ID: usize = 200;

/// The longest credential of a provider, in bytes.
pub const LONGEST_CREDENTIAL: usize = 8 * 1_024;

/// Characters of an invite's code: 100 random bits in base 32.
pub const INVITE_CODE_LENGTH: usize = 20;

/// The most rows of one page of a list.
pub const LARGEST_PAGE: u32 = 100;

/// The longest time an answer is held back (RFC 7240 `Prefer: wait`).
pub const LONGEST_HOLD: Duration = Duration::from_secs(25);

/// The longest text of a message or a task, in bytes.
pub const LONGEST_MESSAGE: usize = 16 * 1_024;

/// The longest title of a task, a peer's line on what it does, in characters.
pub const LONGEST_TITLE: usize = 200;

/// The longest free tag that stands beside a name, in characters.
pub const LONGEST_ROLE: usize = 40;

/// How often a peer says that it lives.
pub const HEARTBEAT: Duration = Duration::from_secs(30);

/// How long after its last word a peer counts as gone.
pub const PEER_LIFE: Duration = Duration::from_secs(90);

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

/// Characters of an invite's code: 100 random bits in base 32.
pub const INVITE_CODE_LENGTH: usize = 20;

/// The most rows of one page of a list.
pub const LARGEST_PAGE: u32 = 100;

/// The longest time an answer is held back (RFC 7240 `Prefer: wait`).
pub const LONGEST_HOLD: Duration = Duration::from_secs(25);

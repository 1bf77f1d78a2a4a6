//! What a keyring answers, and what it may ask on the way.

use crate::i18n::{Message, Words};
use crate::secret::Secret;

/// The service name of all our items.
pub(super) const SERVICE: &str = "crewmesh";

/// How the keyring is, found out without asking anybody.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KeyringStatus {
    /// It answers and is open.
    Open,
    /// It answers and is locked.
    Locked,
    /// It answers and has nothing that could hold a secret.
    NoCollection,
    /// There is none.
    Absent,
    /// It did not answer in time.
    Slow,
}

/// Why a keyring did not do what it was asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KeyringError {
    /// Locked, and nobody unlocked it.
    Locked,
    /// It is open and wants its owner's permission, and nobody was to be asked.
    Asks,
    /// Its owner was asked for permission and said no.
    Denied,
    /// It has nothing that could hold a secret.
    NoCollection,
    /// There is none.
    Absent,
    /// It did not answer in time.
    Slow,
    /// It answered, with this.
    Failed(Words),
}

/// What a keyring may ask its owner on the way, which is waited for without
/// limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Ask {
    /// Nothing: what needs a person is an error at once.
    Nothing,
    /// To be unlocked.
    ToUnlock,
    /// To be unlocked, and for permission.
    Anything,
}

/// What is kept, as a token.
pub(super) fn token(bytes: Vec<u8>) -> Result<Secret, KeyringError> {
    let bytes = zeroize::Zeroizing::new(bytes);
    str::from_utf8(&bytes).map(Secret::new).map_err(|_| failed("keyring-no-token"))
}

pub(super) fn failed(id: &'static str) -> KeyringError {
    KeyringError::Failed(Message::new(id).into())
}

//! Keychain and Credential Manager. Both are always there, ask their owner by
//! themselves, and tell whether they are locked only by refusing.

use keyring::{Entry, Error};

use super::outcome::{Ask, KeyringError, KeyringStatus, SERVICE, failed, token};
use crate::i18n::{Words, printable};
use crate::secret::Secret;

pub(super) fn status() -> KeyringStatus {
    if Entry::store_status().is_ok() { KeyringStatus::Open } else { KeyringStatus::Absent }
}

pub(super) fn read(user: &str, _: Ask) -> Result<Option<Secret>, KeyringError> {
    match entry(user)?.get_secret() {
        Ok(bytes) => token(bytes).map(Some),
        Err(Error::NoEntry) => Ok(None),
        Err(error) => Err(in_our_words(error)),
    }
}

/// Written only where it differs, then read back: some keyrings say yes and keep
/// nothing.
pub(super) fn write(user: &str, token: &Secret, ask: Ask) -> Result<(), KeyringError> {
    if read(user, ask)?.as_ref() != Some(token) {
        entry(user)?.set_secret(token.expose().as_bytes()).map_err(in_our_words)?;
    }
    match read(user, ask)? {
        Some(stored) if stored == *token => Ok(()),
        _ => Err(failed("keyring-kept-nothing")),
    }
}

pub(super) fn remove(user: &str, _: Ask) -> Result<(), KeyringError> {
    match entry(user)?.delete_credential() {
        Ok(()) | Err(Error::NoEntry) => Ok(()),
        Err(error) => Err(in_our_words(error)),
    }
}

fn entry(user: &str) -> Result<Entry, KeyringError> {
    Entry::new(SERVICE, user).map_err(in_our_words)
}

/// What the crate says, in our words. Its errors that carry the secret's own
/// bytes are never printed.
fn in_our_words(error: Error) -> KeyringError {
    match error {
        Error::NoStorageAccess(_) => KeyringError::Locked,
        Error::NoDefaultStore => KeyringError::Absent,
        Error::BadEncoding(_) | Error::BadDataFormat(..) => failed("keyring-no-token"),
        Error::Ambiguous(_) => failed("keyring-has-two"),
        other => KeyringError::Failed(Words::Verbatim(printable(&other.to_string()))),
    }
}

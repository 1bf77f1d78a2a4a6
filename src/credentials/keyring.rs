//! The operating system's keyring: service `crewmesh`, user = instance id and
//! account.
//!
//! A keyring has no time limit of its own: a stalled one blocks for ever, a
//! locked one for as long as its owner is away. So every call here runs on a
//! thread of its own and is waited for as long as the caller says; what is
//! given up on is left to end by itself. The surprising rule: nothing touches
//! the `keyring` crate before the keyring was found to answer, because that
//! crate remembers its first failure for the life of the process.

use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use keyring::{Entry, Error};
use zeroize::Zeroizing;

use crate::i18n::printable;
use crate::secret::Secret;

/// The service name of all our items.
const SERVICE: &str = "crewmesh";

/// How long a keyring may take to say how it is, and to do what needs no
/// person.
pub const LIMIT: Duration = Duration::from_secs(2);

/// How the keyring is, found out without unlocking it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KeyringStatus {
    /// It answers and is open.
    Open,
    /// It answers and is locked.
    Locked,
    /// There is none, and what was said instead.
    Absent(String),
    /// It did not answer within [`LIMIT`].
    Slow,
}

/// Why a keyring did not do what it was asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KeyringError {
    /// Locked, and nobody unlocked it.
    Locked,
    Absent(String),
    /// It did not answer in time.
    Slow,
    /// It answered, with this.
    Failed(String),
}

/// How the keyring is. Takes [`LIMIT`] at most and never unlocks.
pub fn status() -> KeyringStatus {
    match on_own_thread(Some(LIMIT), probe) {
        Ok(status) => status,
        Err(KeyringError::Slow) => KeyringStatus::Slow,
        Err(error) => KeyringStatus::Absent(format!("{error:?}")),
    }
}

/// The token kept for `user`. An open keyring is asked within [`LIMIT`]; a
/// locked one is an error unless `unlock`, which waits for its owner without
/// limit.
///
/// # Errors
/// What kept it from answering. `Ok(None)`: it answered, and has none.
pub fn get(user: &str, unlock: bool) -> Result<Option<Secret>, KeyringError> {
    let limit = time_limit(unlock)?;
    let user = user.to_owned();
    on_own_thread(limit, move || read(&user))?
}

/// Keeps `token` for `user`, replacing what was there.
///
/// # Errors
/// What kept it from doing so.
pub fn set(user: &str, token: &Secret, unlock: bool) -> Result<(), KeyringError> {
    let limit = time_limit(unlock)?;
    let (user, token) = (user.to_owned(), token.clone());
    on_own_thread(limit, move || {
        // Written only where it differs, then read back: some keyrings say
        // yes and keep nothing.
        if read(&user)?.as_ref() != Some(&token) {
            entry(&user)?.set_secret(token.expose().as_bytes()).map_err(in_our_words)?;
        }
        match read(&user)? {
            Some(stored) if stored == token => Ok(()),
            _ => Err(KeyringError::Failed("it did not keep what it was given".into())),
        }
    })?
}

/// Removes what is kept for `user`, where the keyring is open: nobody is asked
/// to unlock something in order to throw it away.
///
/// # Errors
/// What kept it from doing so.
pub fn remove(user: &str) -> Result<(), KeyringError> {
    let limit = time_limit(false)?;
    let user = user.to_owned();
    on_own_thread(limit, move || match entry(&user)?.delete_credential() {
        Ok(()) | Err(Error::NoEntry) => Ok(()),
        Err(error) => Err(in_our_words(error)),
    })?
}

/// Whether the keyring can be asked now, and how long to wait for it.
fn time_limit(unlock: bool) -> Result<Option<Duration>, KeyringError> {
    match status() {
        KeyringStatus::Open => Ok(Some(LIMIT)),
        KeyringStatus::Locked if unlock => Ok(None),
        KeyringStatus::Locked => Err(KeyringError::Locked),
        KeyringStatus::Absent(what) => Err(KeyringError::Absent(what)),
        KeyringStatus::Slow => Err(KeyringError::Slow),
    }
}

fn on_own_thread<T: Send + 'static>(
    limit: Option<Duration>,
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, KeyringError> {
    let (sender, receiver) = mpsc::channel();
    thread::Builder::new()
        .name("keyring".into())
        .spawn(move || {
            // Nobody listens any more when the limit has passed.
            let _ = sender.send(work());
        })
        .map_err(|error| KeyringError::Failed(error.to_string()))?;
    match limit {
        Some(limit) => receiver.recv_timeout(limit).map_err(|error| match error {
            mpsc::RecvTimeoutError::Timeout => KeyringError::Slow,
            mpsc::RecvTimeoutError::Disconnected => KeyringError::Failed("it broke off".into()),
        }),
        None => receiver.recv().map_err(|_| KeyringError::Failed("it broke off".into())),
    }
}

fn entry(user: &str) -> Result<Entry, KeyringError> {
    if let Err(error) = Entry::store_status() {
        return Err(KeyringError::Absent(printable(&error.to_string())));
    }
    Entry::new(SERVICE, user).map_err(in_our_words)
}

fn read(user: &str) -> Result<Option<Secret>, KeyringError> {
    match entry(user)?.get_secret() {
        Ok(bytes) => {
            let bytes = Zeroizing::new(bytes);
            let text =
                str::from_utf8(&bytes).map_err(|_| KeyringError::Failed("not a token".into()))?;
            Ok(Some(Secret::new(text)))
        }
        Err(Error::NoEntry) => Ok(None),
        Err(error) => Err(in_our_words(error)),
    }
}

/// What the crate says, in our words. Its errors that carry the secret's own
/// bytes are never printed.
fn in_our_words(error: Error) -> KeyringError {
    match error {
        Error::NoStorageAccess(_) => KeyringError::Locked,
        Error::NoDefaultStore => KeyringError::Absent("no keyring".into()),
        Error::PlatformFailure(error) => KeyringError::Failed(printable(&error.to_string())),
        Error::BadEncoding(_) | Error::BadDataFormat(..) => {
            KeyringError::Failed("not a token".into())
        }
        Error::Ambiguous(_) => KeyringError::Failed("it holds the same entry twice".into()),
        other => KeyringError::Failed(printable(&other.to_string())),
    }
}

/// Asks a Secret Service whether its default collection is open. Reading an
/// alias and a property; neither unlocks, neither prompts.
#[cfg(all(unix, not(any(target_os = "macos", target_os = "ios", target_os = "android"))))]
fn probe() -> KeyringStatus {
    use secret_service::EncryptionType;
    use secret_service::blocking::SecretService;

    let absent =
        |error: secret_service::Error| KeyringStatus::Absent(printable(&error.to_string()));
    let service = match SecretService::connect(EncryptionType::Plain) {
        Ok(service) => service,
        Err(error) => return absent(error),
    };
    // No default collection: saving would have nowhere to put it.
    match service.get_default_collection().and_then(|collection| collection.is_locked()) {
        Ok(true) => KeyringStatus::Locked,
        Ok(false) => KeyringStatus::Open,
        Err(error) => absent(error),
    }
}

/// Keychain and Credential Manager are always there, and tell whether they are
/// locked only by refusing.
#[cfg(not(all(unix, not(any(target_os = "macos", target_os = "ios", target_os = "android")))))]
fn probe() -> KeyringStatus {
    match Entry::store_status() {
        Ok(()) => KeyringStatus::Open,
        Err(error) => KeyringStatus::Absent(printable(&error.to_string())),
    }
}

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

/// The name of everything we keep.
const SERVICE: &str = "crewmesh";

/// How long a keyring may take to say how it is, and to do what needs no
/// person.
pub const LIMIT: Duration = Duration::from_secs(2);

/// How the keyring is, found out without unlocking it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Status {
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
pub enum Fault {
    /// Locked, and nobody unlocked it.
    Locked,
    /// There is none.
    Absent(String),
    /// It did not answer in time.
    Slow,
    /// It answered, with this.
    Failed(String),
}

/// How the keyring is. Takes [`LIMIT`] at most and never unlocks.
pub fn status() -> Status {
    match on_a_thread(Some(LIMIT), look) {
        Ok(status) => status,
        Err(Fault::Slow) => Status::Slow,
        Err(fault) => Status::Absent(format!("{fault:?}")),
    }
}

/// The token kept for `user`. An open keyring is asked within [`LIMIT`]; a
/// locked one is a fault unless `unlock`, which waits for its owner without
/// limit.
///
/// # Errors
/// What kept it from answering. `Ok(None)`: it answered, and has none.
pub fn get(user: &str, unlock: bool) -> Result<Option<Secret>, Fault> {
    let limit = ready(unlock)?;
    let user = user.to_owned();
    on_a_thread(limit, move || read(&user))?
}

/// Keeps `token` for `user`, replacing what was there.
///
/// # Errors
/// What kept it from doing so.
pub fn set(user: &str, token: &Secret, unlock: bool) -> Result<(), Fault> {
    let limit = ready(unlock)?;
    let (user, token) = (user.to_owned(), token.clone());
    on_a_thread(limit, move || {
        // Written only where it differs, then read back: some keyrings say
        // yes and keep nothing.
        if read(&user)?.as_ref() != Some(&token) {
            entry(&user)?.set_secret(token.expose().as_bytes()).map_err(fault)?;
        }
        match read(&user)? {
            Some(kept) if kept == token => Ok(()),
            _ => Err(Fault::Failed("it did not keep what it was given".into())),
        }
    })?
}

/// Removes what is kept for `user`, where the keyring is open: nobody is asked
/// to unlock something in order to throw it away.
///
/// # Errors
/// What kept it from doing so.
pub fn remove(user: &str) -> Result<(), Fault> {
    let limit = ready(false)?;
    let user = user.to_owned();
    on_a_thread(limit, move || match entry(&user)?.delete_credential() {
        Ok(()) | Err(Error::NoEntry) => Ok(()),
        Err(error) => Err(fault(error)),
    })?
}

/// Whether the keyring can be asked now, and how long to wait for it.
fn ready(unlock: bool) -> Result<Option<Duration>, Fault> {
    match status() {
        Status::Open => Ok(Some(LIMIT)),
        Status::Locked if unlock => Ok(None),
        Status::Locked => Err(Fault::Locked),
        Status::Absent(what) => Err(Fault::Absent(what)),
        Status::Slow => Err(Fault::Slow),
    }
}

fn on_a_thread<T: Send + 'static>(
    limit: Option<Duration>,
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, Fault> {
    let (tell, told) = mpsc::channel();
    thread::Builder::new()
        .name("keyring".into())
        .spawn(move || {
            // Nobody listens any more when the limit has passed.
            let _ = tell.send(work());
        })
        .map_err(|error| Fault::Failed(error.to_string()))?;
    match limit {
        Some(limit) => told.recv_timeout(limit).map_err(|error| match error {
            mpsc::RecvTimeoutError::Timeout => Fault::Slow,
            mpsc::RecvTimeoutError::Disconnected => Fault::Failed("it broke off".into()),
        }),
        None => told.recv().map_err(|_| Fault::Failed("it broke off".into())),
    }
}

fn entry(user: &str) -> Result<Entry, Fault> {
    if let Err(error) = Entry::store_status() {
        return Err(Fault::Absent(printable(&error.to_string())));
    }
    Entry::new(SERVICE, user).map_err(fault)
}

fn read(user: &str) -> Result<Option<Secret>, Fault> {
    match entry(user)?.get_secret() {
        Ok(bytes) => {
            let bytes = Zeroizing::new(bytes);
            let text = str::from_utf8(&bytes).map_err(|_| Fault::Failed("not a token".into()))?;
            Ok(Some(Secret::new(text)))
        }
        Err(Error::NoEntry) => Ok(None),
        Err(error) => Err(fault(error)),
    }
}

/// What the crate says, in our words. Its errors that carry the secret's own
/// bytes are never printed.
fn fault(error: Error) -> Fault {
    match error {
        Error::NoStorageAccess(_) => Fault::Locked,
        Error::NoDefaultStore => Fault::Absent("no keyring".into()),
        Error::PlatformFailure(error) => Fault::Failed(printable(&error.to_string())),
        Error::BadEncoding(_) | Error::BadDataFormat(..) => Fault::Failed("not a token".into()),
        Error::Ambiguous(_) => Fault::Failed("it holds the same entry twice".into()),
        other => Fault::Failed(printable(&other.to_string())),
    }
}

/// Asks a Secret Service whether its default collection is open. Reading an
/// alias and a property; neither unlocks, neither prompts.
#[cfg(all(unix, not(any(target_os = "macos", target_os = "ios", target_os = "android"))))]
fn look() -> Status {
    use secret_service::EncryptionType;
    use secret_service::blocking::SecretService;

    let absent = |error: secret_service::Error| Status::Absent(printable(&error.to_string()));
    let service = match SecretService::connect(EncryptionType::Plain) {
        Ok(service) => service,
        Err(error) => return absent(error),
    };
    // No default collection: saving would have nowhere to put it.
    match service.get_default_collection().and_then(|collection| collection.is_locked()) {
        Ok(true) => Status::Locked,
        Ok(false) => Status::Open,
        Err(error) => absent(error),
    }
}

/// Keychain and Credential Manager are always there, and tell whether they are
/// locked only by refusing.
#[cfg(not(all(unix, not(any(target_os = "macos", target_os = "ios", target_os = "android")))))]
fn look() -> Status {
    match Entry::store_status() {
        Ok(()) => Status::Open,
        Err(error) => Status::Absent(printable(&error.to_string())),
    }
}

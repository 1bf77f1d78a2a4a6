//! The operating system's keyring: service `crewmesh`, user = origin, instance
//! id and account.
//!
//! A keyring has no time limit of its own: a stalled one blocks for ever, one
//! that asks somebody for as long as they are away. So every call here runs on a
//! thread of its own and is waited for as long as whoever may be asked allows;
//! what is given up on is left to end by itself.

#[cfg(all(unix, not(any(target_os = "macos", target_os = "ios", target_os = "android"))))]
mod freedesktop;
#[cfg(not(all(unix, not(any(target_os = "macos", target_os = "ios", target_os = "android")))))]
mod native;
mod outcome;

use std::sync::mpsc;
use std::thread;
use std::time::Duration;

#[cfg(all(unix, not(any(target_os = "macos", target_os = "ios", target_os = "android"))))]
use self::freedesktop as backend;
#[cfg(not(all(
    unix,
    not(any(target_os = "macos", target_os = "ios", target_os = "android"))
)))]
use self::native as backend;
use self::outcome::failed;
pub use self::outcome::{Ask, KeyringError, KeyringStatus};
use crate::i18n::Words;
use crate::secret::Secret;

/// How long a keyring may take to say how it is, and to do what needs no
/// person.
pub const LIMIT: Duration = Duration::from_secs(2);

/// How the keyring is. Takes [`LIMIT`] at most and never asks anybody.
pub fn status() -> KeyringStatus {
    match on_own_thread(Some(LIMIT), backend::status) {
        Ok(status) => status,
        Err(KeyringError::Slow) => KeyringStatus::Slow,
        Err(_) => KeyringStatus::Absent,
    }
}

/// The token kept for `user`.
///
/// # Errors
/// What kept it from answering. `Ok(None)`: it answered, and has none.
pub fn get(user: &str, ask: Ask) -> Result<Option<Secret>, KeyringError> {
    let limit = time_limit(ask)?;
    let user = user.to_owned();
    on_own_thread(limit, move || backend::read(&user, ask))?
}

/// Keeps `token` for `user`, replacing what was there, so that another process
/// can read it.
///
/// # Errors
/// What kept it from doing so.
pub fn set(user: &str, token: &Secret, ask: Ask) -> Result<(), KeyringError> {
    let limit = time_limit(ask)?;
    let (user, token) = (user.to_owned(), token.clone());
    on_own_thread(limit, move || backend::write(&user, &token, ask))?
}

/// Removes what is kept for `user`. A locked keyring is not unlocked for it:
/// nobody is asked to open something in order to throw it away.
///
/// # Errors
/// What kept it from doing so.
pub fn remove(user: &str, ask: Ask) -> Result<(), KeyringError> {
    if status() == KeyringStatus::Locked {
        return Err(KeyringError::Locked);
    }
    let limit = time_limit(ask)?;
    let user = user.to_owned();
    on_own_thread(limit, move || backend::remove(&user, ask))?
}

/// Whether the keyring can be asked now, and how long to wait for it.
fn time_limit(ask: Ask) -> Result<Option<Duration>, KeyringError> {
    match status() {
        KeyringStatus::Open if ask == Ask::Anything => Ok(None),
        KeyringStatus::Open => Ok(Some(LIMIT)),
        KeyringStatus::Locked if ask >= Ask::ToUnlock => Ok(None),
        KeyringStatus::Locked => Err(KeyringError::Locked),
        KeyringStatus::NoCollection => Err(KeyringError::NoCollection),
        KeyringStatus::Absent => Err(KeyringError::Absent),
        KeyringStatus::Slow => Err(KeyringError::Slow),
    }
}

fn on_own_thread<T: Send + 'static>(
    limit: Option<Duration>,
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, KeyringError> {
    let broke_off = || failed("keyring-broke-off");
    let (sender, receiver) = mpsc::channel();
    thread::Builder::new()
        .name("keyring".into())
        .spawn(move || {
            // Nobody listens any more when the limit has passed.
            let _ = sender.send(work());
        })
        .map_err(|error| KeyringError::Failed(Words::verbatim(&error.to_string())))?;
    match limit {
        Some(limit) => receiver.recv_timeout(limit).map_err(|error| match error {
            mpsc::RecvTimeoutError::Timeout => KeyringError::Slow,
            mpsc::RecvTimeoutError::Disconnected => broke_off(),
        }),
        None => receiver.recv().map_err(|_| broke_off()),
    }
}

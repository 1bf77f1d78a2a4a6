//! A Secret Service (freedesktop.org, version 0.2) on the session bus: GNOME's
//! keyring, KDE's wallet, KeePassXC and others. Some let everybody read once they
//! are open; some ask their owner for each program, and know a program by its
//! connection. So what was written is read once more over a connection that wrote
//! nothing: that is what the next process will meet.

mod faults;
mod prompt;

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use secret_service::blocking::{Collection, Item, SecretService};
use secret_service::{EncryptionType, Error};
use zbus::blocking::Connection;

use self::faults::in_our_words;
use self::prompt::{path_of, unlock};
use super::outcome::{Ask, KeyringError, KeyringStatus, SERVICE, failed, token};
use crate::secret::Secret;

/// What our items hold.
const CONTENT_TYPE: &str = "application/octet-stream";

/// One connection to the service. Its owner's permission is for that one.
struct Session {
    bus: Connection,
    service: SecretService<'static>,
    /// Another process will get what is written: it was tried, or the owner was
    /// asked and said yes.
    proven: AtomicBool,
}

/// What this process goes on with, so that its owner is asked once.
static SHARED: Mutex<Option<Arc<Session>>> = Mutex::new(None);

/// Reads an alias and a property; neither unlocks, neither asks.
pub(super) fn status() -> KeyringStatus {
    let is_locked = || {
        let service = SecretService::connect(EncryptionType::Plain)?;
        let is_locked = service.get_default_collection()?.is_locked()?;
        Ok(is_locked)
    };
    match is_locked() {
        Ok(true) => KeyringStatus::Locked,
        Ok(false) => KeyringStatus::Open,
        // Nowhere to put anything: the alias `default` leads nowhere.
        Err(Error::NoResult) => KeyringStatus::NoCollection,
        Err(_) => KeyringStatus::Absent,
    }
}

pub(super) fn read(user: &str, ask: Ask) -> Result<Option<Secret>, KeyringError> {
    with_session(|session| session.read(user, ask))
}

pub(super) fn write(user: &str, token: &Secret, ask: Ask) -> Result<(), KeyringError> {
    with_session(|session| {
        session.write(user, token, ask)?;
        if !session.proven.load(Ordering::Relaxed) {
            let other = Session::connect()?;
            // Some say yes and keep nothing.
            if other.read(user, ask)?.as_ref() != Some(token) {
                return Err(failed("keyring-kept-nothing"));
            }
            session.proven.store(true, Ordering::Relaxed);
        }
        Ok(())
    })
}

pub(super) fn remove(user: &str, ask: Ask) -> Result<(), KeyringError> {
    with_session(|session| {
        let Some(item) = session.find(user)? else { return Ok(()) };
        session.open(&item, ask)?;
        prompt::delete(&session.bus, &item.item_path, ask)
    })
}

/// Does it over the connection of this process, which is given up where it did
/// not work: the service may be another one by now.
fn with_session<T>(
    work: impl FnOnce(&Session) -> Result<T, KeyringError>,
) -> Result<T, KeyringError> {
    let shared = || SHARED.lock().unwrap_or_else(PoisonError::into_inner);
    let known = shared().clone();
    let session = if let Some(session) = known {
        session
    } else {
        let session = Arc::new(Session::connect()?);
        shared().insert(session).clone()
    };
    let done = work(&session);
    if let Err(KeyringError::Absent | KeyringError::Failed(_)) = &done {
        *shared() = None;
    }
    done
}

impl Session {
    fn connect() -> Result<Self, KeyringError> {
        let bus = Connection::session().map_err(|error| in_our_words(error.into()))?;
        let with = |encryption| SecretService::connect_with_existing(encryption, bus.clone());
        // Every service speaks in the clear; what it says stays on this computer.
        let service = with(EncryptionType::Dh)
            .or_else(|_| with(EncryptionType::Plain))
            .map_err(in_our_words)?;
        Ok(Self { bus, service, proven: AtomicBool::new(false) })
    }

    fn read(&self, user: &str, ask: Ask) -> Result<Option<Secret>, KeyringError> {
        let Some(item) = self.find(user)? else { return Ok(None) };
        self.open(&item, ask)?;
        let bytes = item.get_secret().map_err(in_our_words)?;
        token(bytes).map(Some)
    }

    fn write(&self, user: &str, token: &Secret, ask: Ask) -> Result<(), KeyringError> {
        let secret = token.expose().as_bytes();
        if let Some(item) = self.find(user)? {
            self.open(&item, ask)?;
            if item.get_secret().map_err(in_our_words)? == secret {
                return Ok(());
            }
            return item.set_secret(secret, CONTENT_TYPE).map_err(in_our_words);
        }
        let collection = self.service.get_default_collection().map_err(in_our_words)?;
        self.open_collection(&collection, ask)?;
        let label = format!("keyring:{user}@{SERVICE}");
        collection
            .create_item(&label, attributes(user), secret, true, CONTENT_TYPE)
            .map(drop)
            .map_err(in_our_words)
    }

    /// The item of `user`, locked or not.
    fn find(&self, user: &str) -> Result<Option<Item<'_>>, KeyringError> {
        let found = self.service.search_items(attributes(user)).map_err(in_our_words)?;
        let mut items = found.unlocked.into_iter().chain(found.locked);
        match (items.next(), items.next()) {
            (Some(_), Some(_)) => Err(failed("keyring-has-two")),
            (item, _) => Ok(item),
        }
    }

    /// An item is locked with its collection, or because its owner has not let
    /// this connection in yet.
    fn open(&self, item: &Item<'_>, ask: Ask) -> Result<(), KeyringError> {
        let is_locked = || item.is_locked().map_err(in_our_words);
        if !is_locked()? {
            return Ok(());
        }
        let (needs, refused, no) = if self.is_in_locked_collection(item) {
            (Ask::ToUnlock, KeyringError::Locked, KeyringError::Locked)
        } else {
            (Ask::Anything, KeyringError::Asks, KeyringError::Denied)
        };
        if ask < needs {
            return Err(refused);
        }
        let was_let_in = unlock(&self.bus, &item.item_path)?;
        if !was_let_in || is_locked()? {
            return Err(no);
        }
        if needs == Ask::Anything {
            self.proven.store(true, Ordering::Relaxed);
        }
        Ok(())
    }

    fn is_in_locked_collection(&self, item: &Item<'_>) -> bool {
        let path = item.item_path.as_str();
        let collection = path.rsplit_once('/').and_then(|(collection, _)| {
            let path = path_of(collection)?;
            self.service.get_collection_by_path(path).ok()
        });
        collection.and_then(|collection| collection.is_locked().ok()).unwrap_or(false)
    }

    fn open_collection(&self, collection: &Collection<'_>, ask: Ask) -> Result<(), KeyringError> {
        let is_locked = || collection.is_locked().map_err(in_our_words);
        if !is_locked()? {
            return Ok(());
        }
        let may_unlock = ask >= Ask::ToUnlock;
        if may_unlock && unlock(&self.bus, &collection.collection_path)? && !is_locked()? {
            return Ok(());
        }
        Err(KeyringError::Locked)
    }
}

/// What our items are found by.
fn attributes(user: &str) -> HashMap<&str, &str> {
    HashMap::from([("service", SERVICE), ("username", user)])
}

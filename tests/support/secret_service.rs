//! A Secret Service that does what a test says, speaking the documented protocol
//! (freedesktop.org, version 0.2) on a session bus of its own: it asks its owner
//! for each program, as KeePassXC does, says no, never answers, keeps nothing, or
//! has no collection. It holds one item.

#![allow(clippy::used_underscore_binding, reason = "the macro names every argument")]

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use zbus::blocking::{Connection, connection};
use zbus::message::Header;
use zbus::object_server::SignalEmitter;
use zbus::zvariant::{ObjectPath, OwnedObjectPath, OwnedValue, Value};
use zbus::{fdo, interface};

use super::PATIENCE;
use super::home::Home;
use super::keyring::Keyring;

const SERVICE: &str = "/org/freedesktop/secrets";
const COLLECTION: &str = "/org/freedesktop/secrets/collection/main";
const ITEM: &str = "/org/freedesktop/secrets/collection/main/1";
const PROMPT: &str = "/org/freedesktop/secrets/prompt/1";
const SESSION: &str = "/org/freedesktop/secrets/session/1";
const NOTHING: &str = "/";

/// What its owner answers when asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Owner {
    Yes,
    No,
    /// The window stands there.
    Away,
}

/// What it does with what it is given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Taking {
    Keeps,
    /// It says yes and has nothing.
    Forgets,
    /// It refuses, in the words of the bus.
    Fails,
}

/// How it behaves, to be changed at any time.
#[derive(Debug)]
pub struct Nature {
    /// Whether each program has to be let in; `None`: it is open to all.
    pub asks: Option<Owner>,
    /// Whether its owner is asked before something is deleted.
    pub asks_to_delete: bool,
    pub locked: bool,
    pub has_collection: bool,
    pub taking: Taking,
    /// How often its owner was asked.
    pub asked: usize,
    stored: Option<(HashMap<String, String>, Vec<u8>)>,
    let_in: HashSet<String>,
    prompt: Pending,
}

/// What the prompt is about.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Pending {
    LettingIn(String),
    Deleting,
    Unlocking,
}

#[derive(Clone)]
struct Shared(Arc<(Mutex<Nature>, Condvar)>);

impl Shared {
    fn get(&self) -> MutexGuard<'_, Nature> {
        self.0.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Runs until dropped.
pub struct ScriptedService {
    shared: Shared,
    _connection: Connection,
    _bus: Keyring,
}

impl ScriptedService {
    /// On a session bus that the home's commands use; open to all.
    pub fn start(home: &mut Home) -> Self {
        let bus = Keyring::bus_only(home);
        let shared = Shared(Arc::new((
            Mutex::new(Nature {
                asks: None,
                asks_to_delete: false,
                locked: false,
                has_collection: true,
                taking: Taking::Keeps,
                asked: 0,
                stored: None,
                let_in: HashSet::new(),
                prompt: Pending::Deleting,
            }),
            Condvar::new(),
        )));
        let connection = connection::Builder::address(bus.address())
            .and_then(|bus| bus.serve_at(SERVICE, Service(shared.clone())))
            .and_then(|bus| bus.serve_at(COLLECTION, Collection(shared.clone())))
            .and_then(|bus| bus.serve_at(ITEM, Item(shared.clone())))
            .and_then(|bus| bus.serve_at(PROMPT, Prompt(shared.clone())))
            .and_then(|bus| bus.name("org.freedesktop.secrets"))
            .and_then(connection::Builder::build)
            .expect("a bus takes a service");
        Self { shared, _connection: connection, _bus: bus }
    }

    /// How it behaves from now on, and what came of it.
    pub fn nature(&self) -> MutexGuard<'_, Nature> {
        self.shared.get()
    }

    /// Waits until its owner was asked.
    ///
    /// # Panics
    /// When that does not happen.
    pub fn is_asked(&self) {
        let (_, asked) = &*self.shared.0;
        let nature = self.shared.get();
        let waited = asked.wait_timeout_while(nature, PATIENCE, |nature| nature.asked == 0);
        assert!(!waited.unwrap_or_else(PoisonError::into_inner).1.timed_out(), "nobody was asked");
    }

    /// What it holds.
    pub fn stored(&self) -> Option<String> {
        let nature = self.shared.get();
        let (_, secret) = nature.stored.as_ref()?;
        Some(String::from_utf8(secret.clone()).expect("a token is text"))
    }
}

fn path(text: &'static str) -> ObjectPath<'static> {
    ObjectPath::from_static_str(text).expect("a path")
}

fn owned(text: &'static str) -> OwnedObjectPath {
    path(text).into()
}

fn caller(header: &Header<'_>) -> String {
    header.sender().expect("a bus says who calls").to_string()
}

impl Nature {
    fn is_shut(&self, caller: &str) -> bool {
        self.locked || (self.asks.is_some() && !self.let_in.contains(caller))
    }
}

struct Service(Shared);
struct Collection(Shared);
struct Item(Shared);
struct Prompt(Shared);

type Secret = (OwnedObjectPath, Vec<u8>, Vec<u8>, String);

#[interface(name = "org.freedesktop.Secret.Service")]
impl Service {
    #[allow(clippy::unused_self, reason = "the protocol's")]
    fn open_session(
        &self,
        algorithm: &str,
        _input: Value<'_>,
    ) -> fdo::Result<(OwnedValue, OwnedObjectPath)> {
        if algorithm != "plain" {
            return Err(fdo::Error::NotSupported("no such algorithm".into()));
        }
        let nothing = Value::from("").try_into().expect("a text");
        Ok((nothing, owned(SESSION)))
    }

    #[allow(clippy::needless_pass_by_value, reason = "the protocol's")]
    fn search_items(
        &self,
        attributes: HashMap<String, String>,
        #[zbus(header)] header: Header<'_>,
    ) -> (Vec<OwnedObjectPath>, Vec<OwnedObjectPath>) {
        let nature = self.0.get();
        let is_it = nature.stored.as_ref().is_some_and(|(known, _)| {
            attributes.iter().all(|(name, value)| known.get(name) == Some(value))
        });
        match (is_it, nature.is_shut(&caller(&header))) {
            (false, _) => (vec![], vec![]),
            (true, false) => (vec![owned(ITEM)], vec![]),
            (true, true) => (vec![], vec![owned(ITEM)]),
        }
    }

    #[allow(clippy::needless_pass_by_value, reason = "the protocol's")]
    fn unlock(
        &self,
        objects: Vec<OwnedObjectPath>,
        #[zbus(header)] header: Header<'_>,
    ) -> (Vec<OwnedObjectPath>, OwnedObjectPath) {
        let mut nature = self.0.get();
        let caller = caller(&header);
        if !nature.is_shut(&caller) {
            return (objects, owned(NOTHING));
        }
        nature.prompt = if nature.locked { Pending::Unlocking } else { Pending::LettingIn(caller) };
        (vec![], owned(PROMPT))
    }

    fn read_alias(&self, name: &str) -> OwnedObjectPath {
        let is_there = name == "default" && self.0.get().has_collection;
        owned(if is_there { COLLECTION } else { NOTHING })
    }

    #[zbus(property)]
    fn collections(&self) -> Vec<OwnedObjectPath> {
        if self.0.get().has_collection { vec![owned(COLLECTION)] } else { vec![] }
    }
}

#[interface(name = "org.freedesktop.Secret.Collection")]
impl Collection {
    #[allow(clippy::needless_pass_by_value, reason = "the protocol's")]
    fn create_item(
        &self,
        properties: HashMap<String, OwnedValue>,
        secret: Secret,
        _replace: bool,
        #[zbus(header)] header: Header<'_>,
    ) -> fdo::Result<(OwnedObjectPath, OwnedObjectPath)> {
        let mut nature = self.0.get();
        let attributes = properties.get("org.freedesktop.Secret.Item.Attributes");
        let attributes = attributes.and_then(|value| value.try_clone().ok()?.try_into().ok());
        match nature.taking {
            Taking::Fails => {
                return Err(fdo::Error::Failed(
                    "org.freedesktop.secrets: no such object path '/x/y'".into(),
                ));
            }
            Taking::Forgets => {}
            Taking::Keeps => {
                nature.stored = Some((attributes.expect("an item has attributes"), secret.2));
                // Whoever brings something may have it back.
                nature.let_in.insert(caller(&header));
            }
        }
        Ok((owned(ITEM), owned(NOTHING)))
    }

    #[zbus(property)]
    fn locked(&self) -> bool {
        self.0.get().locked
    }
}

#[interface(name = "org.freedesktop.Secret.Item")]
impl Item {
    #[allow(clippy::needless_pass_by_value, reason = "the protocol's")]
    fn get_secret(
        &self,
        session: OwnedObjectPath,
        #[zbus(header)] header: Header<'_>,
    ) -> fdo::Result<(Secret,)> {
        let nature = self.0.get();
        match &nature.stored {
            _ if nature.is_shut(&caller(&header)) => {
                Err(fdo::Error::AccessDenied("not let in".into()))
            }
            Some((_, secret)) => Ok(((session, vec![], secret.clone(), "text/plain".into()),)),
            None => Err(fdo::Error::UnknownObject("no such object path".into())),
        }
    }

    fn set_secret(&self, secret: Secret) {
        if let Some((_, stored)) = &mut self.0.get().stored {
            *stored = secret.2;
        }
    }

    fn delete(&self) -> OwnedObjectPath {
        let mut nature = self.0.get();
        if nature.asks_to_delete {
            nature.prompt = Pending::Deleting;
            return owned(PROMPT);
        }
        nature.stored = None;
        owned(NOTHING)
    }

    #[zbus(property)]
    fn locked(&self, #[zbus(header)] header: Option<Header<'_>>) -> bool {
        let caller = header.map(|header| caller(&header)).unwrap_or_default();
        self.0.get().is_shut(&caller)
    }
}

#[interface(name = "org.freedesktop.Secret.Prompt")]
impl Prompt {
    async fn prompt(&self, _window: String, #[zbus(signal_emitter)] signals: SignalEmitter<'_>) {
        let dismissed = {
            let mut nature = self.0.get();
            nature.asked += 1;
            self.0.0.1.notify_all();
            match nature.asks.unwrap_or(Owner::Yes) {
                Owner::Away => return,
                Owner::No => true,
                Owner::Yes => {
                    match nature.prompt.clone() {
                        Pending::LettingIn(caller) => drop(nature.let_in.insert(caller)),
                        Pending::Deleting => nature.stored = None,
                        Pending::Unlocking => nature.locked = false,
                    }
                    false
                }
            }
        };
        let result = Value::from(vec![path(ITEM)]);
        Self::completed(&signals, dismissed, result).await.expect("a bus takes a signal");
    }

    #[allow(clippy::unused_self, reason = "the protocol's")]
    fn dismiss(&self) {}

    #[zbus(signal)]
    async fn completed(
        signals: &SignalEmitter<'_>,
        dismissed: bool,
        result: Value<'_>,
    ) -> zbus::Result<()>;
}

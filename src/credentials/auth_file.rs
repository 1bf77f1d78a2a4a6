//! `auth.json`: the instances known here and the sign-in to each.
//!
//! ```json
//! {"version":1, "default_instance":"mesh.example.org", "instances":{"mesh.example.org":
//!   {"url":"https://mesh.example.org/", "instance_id":"…", "user":{"id":"…","name":"…","email":"…"},
//!    "source":"device-code", "created_at":"…", "expires_at":"…", "verified_at":"…", "store":"keyring"}}}
//! ```
//! The token is in it only where `store` is `file`. Members we do not know are
//! written back as they were: a newer crewmesh may have put them there. An
//! instance without `user` and `store` is known and signed out. The embedded
//! instance has no URL: its port is nobody's name.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use url::Url;

use crate::error::{AppError, ErrorKind};
use crate::home::state::TokenStore;
use crate::home::unknown_members::UnknownMembers;
use crate::http::{address, is_loopback, same_place};
use crate::i18n::{Message, printable};
use crate::model::{Instance, Place};
use crate::secret::{Secret, exposed_if_any};
use crate::wire::User;

/// The version this build writes and the newest it reads.
pub const VERSION: u32 = 1;

/// Name of the embedded instance.
pub const LOCAL: &str = "local";

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AuthFile {
    /// Version of the format.
    pub version: u32,
    /// The instance used where nothing else names one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub default_instance: Option<String>,
    /// By name: the host, `local`, or what the person chose.
    #[serde(default)]
    pub instances: BTreeMap<String, InstanceEntry>,
    /// Members this build does not know, written back as they were.
    #[serde(flatten)]
    pub other: UnknownMembers,
}

impl Default for AuthFile {
    fn default() -> Self {
        Self {
            version: VERSION,
            default_instance: None,
            instances: BTreeMap::new(),
            other: UnknownMembers::default(),
        }
    }
}

/// What a person may set for one instance, in `auth.json`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Settings {
    /// RFC 8628; with [`Self::token_endpoint`] it makes discovery unnecessary.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub device_authorization_endpoint: Option<Url>,
    /// RFC 6749.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token_endpoint: Option<Url>,
    /// RFC 7009.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revocation_endpoint: Option<Url>,
    /// OpenID Connect.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub userinfo_endpoint: Option<Url>,
    /// Where the server knows us by another id than `crewmesh`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_id: Option<String>,
    /// What to ask for, where the server wants it said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scope: Option<String>,
    /// The person said yes to "anyone on this network can read your sign-in".
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub insecure_http: bool,
}

/// One instance, and the sign-in to it where there is one.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct InstanceEntry {
    /// Where it is; the embedded one has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<Url>,
    /// Its own id. Keyring items hang on it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub instance_id: Option<String>,
    /// What the person set for it: endpoints, unencrypted http.
    #[serde(default, skip_serializing_if = "is_unset")]
    pub settings: Settings,
    /// Who is signed in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<User>,
    /// How the credential came here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<StoredSource>,
    /// When it was kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub created_at: Option<Timestamp>,
    /// When the server last said it ends; never signs anybody out by itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<Timestamp>,
    /// When a server last said that it is good.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub verified_at: Option<Timestamp>,
    /// The keyring item is named by the origin too, as every one is that is
    /// made now; before, a server's word for its own id was enough.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub item_by_origin: bool,
    /// Where the token is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub store: Option<TokenStore>,
    /// The token, only where `store` is `file`.
    #[serde(default, skip_serializing_if = "Option::is_none", serialize_with = "exposed_if_any")]
    pub token: Option<Secret>,
    /// Members this build does not know, written back as they were.
    #[serde(flatten)]
    pub other: UnknownMembers,
}

/// How a stored credential came here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum StoredSource {
    /// Approved on another device.
    DeviceCode,
    /// Given by the person.
    Pat,
    /// From `CREWMESH_TOKEN`.
    Env,
}

impl AuthFile {
    /// Reads the file's bytes.
    ///
    /// # Errors
    /// Exit code 2, code `auth_corrupt` or `auth_newer`. Where it is broken is
    /// told by line and column only: the parser's own words may quote a token.
    pub fn parse(bytes: &[u8], path: &str) -> Result<Self, AppError> {
        let file: Self = serde_json::from_slice(bytes).map_err(|error| {
            let message = Message::new("keep-auth-corrupt")
                .with("path", path)
                .with("line", i64::try_from(error.line()).unwrap_or_default())
                .with("column", i64::try_from(error.column()).unwrap_or_default());
            AppError::new(ErrorKind::NotSignedIn, "auth_corrupt", message)
                .hint(Message::new("keep-auth-corrupt-hint"))
        })?;
        if file.version > VERSION {
            let message = Message::new("keep-auth-newer").with("path", path);
            return Err(AppError::new(ErrorKind::NotSignedIn, "auth_newer", message)
                .hint(Message::new("keep-auth-newer-hint")));
        }
        Ok(file)
    }

    /// The entry of an instance, made where it is missing.
    ///
    /// # Errors
    /// Exit code 6 when the name is another place's, or the id another
    /// origin's.
    pub fn entry(&mut self, instance: &Instance) -> Result<&mut InstanceEntry, AppError> {
        let url = match &instance.place {
            Place::Embedded => None,
            Place::At(url) => Some(url.clone()),
        };
        let taken =
            self.instances.get(&instance.name).is_some_and(|entry| match (&entry.url, &url) {
                (None, None) => false,
                (Some(known), Some(url)) => !same_place(known, url),
                _ => true,
            });
        if taken {
            let message = Message::new("keep-name-taken").with("name", printable(&instance.name));
            return Err(AppError::new(ErrorKind::AlreadyExists, "instance_name_taken", message));
        }
        self.is_where_it_was(instance)?;
        let entry = self
            .instances
            .entry(instance.name.clone())
            .or_insert_with(|| InstanceEntry { url, ..InstanceEntry::default() });
        // A signed-in one keeps its id: its keyring item hangs on it.
        if instance.id.is_some() && !entry.is_signed_in() {
            entry.instance_id.clone_from(&instance.id);
        }
        Ok(entry)
    }

    /// An instance that names itself by an id known here is believed at the
    /// address it is known at and nowhere else: its id is public, and anybody
    /// can repeat it.
    ///
    /// # Errors
    /// Exit code 6, `instance_known_elsewhere`.
    pub fn is_where_it_was(&self, instance: &Instance) -> Result<(), AppError> {
        let Some(other) = self.known_elsewhere(instance) else { return Ok(()) };
        let there = self.instances.get(other).and_then(|entry| entry.url.as_ref());
        let message = Message::new("keep-known-elsewhere")
            .with("instance", printable(&instance.name))
            .with("address", there.map(address).unwrap_or_default());
        Err(AppError::new(ErrorKind::AlreadyExists, "instance_known_elsewhere", message)
            .hint(Message::new("keep-known-elsewhere-hint").with("name", printable(other))))
    }

    /// The name of the instance that is known by this one's id at another
    /// origin. The embedded one has no address, and any may be its team's.
    pub fn known_elsewhere(&self, instance: &Instance) -> Option<&str> {
        let (Place::At(url), Some(id)) = (&instance.place, instance.id.as_ref()) else {
            return None;
        };
        let known = |entry: &InstanceEntry| entry.instance_id.as_ref() == Some(id);
        let here = |entry: &InstanceEntry| {
            entry.url.as_ref().is_none_or(|known| same_place(&by_number(known), &by_number(url)))
        };
        let mut all = self.instances.iter().filter(|(_, entry)| known(entry));
        if all.clone().any(|(_, entry)| entry.url.is_some() && here(entry)) {
            return None;
        }
        all.find(|(_, entry)| !here(entry)).map(|(name, _)| name.as_str())
    }

    /// Whether the item that this entry names is another one's too. It was made
    /// when an item was named by what its server said of itself, so nobody can
    /// tell whose token is in it.
    pub fn shares_keyring_item(&self, name: &str) -> bool {
        let item = |name: &str| {
            let entry = self.instances.get(name)?;
            entry.keyring_user(name).filter(|_| entry.store == Some(TokenStore::Keyring))
        };
        let own = item(name);
        own.is_some() && self.instances.keys().any(|other| other != name && item(other) == own)
    }

    /// The instance of this name, if it is known.
    pub fn instance(&self, name: &str) -> Option<Instance> {
        Some(self.instances.get(name)?.instance(name))
    }

    /// Every known instance, the default first, the others by name.
    pub fn list(&self) -> Vec<Instance> {
        let mut all: Vec<_> =
            self.instances.iter().map(|(name, entry)| entry.instance(name)).collect();
        all.sort_by_key(|instance| Some(&instance.name) != self.default_instance.as_ref());
        all
    }

    /// The known instance at this URL, trailing slash or not.
    pub fn at(&self, url: &Url) -> Option<Instance> {
        let same =
            |entry: &InstanceEntry| entry.url.as_ref().is_some_and(|known| same_place(known, url));
        let (name, entry) = self.instances.iter().find(|(_, entry)| same(entry))?;
        Some(entry.instance(name))
    }

    /// A name for a new instance at this URL: its host and port, with a number
    /// where that name is another's already.
    pub fn name_for(&self, url: &Url) -> String {
        let address = address(url);
        let numbered = (2..).map(|number| format!("{address}-{number}"));
        std::iter::once(address.clone())
            .chain(numbered)
            .find(|name| {
                name != LOCAL
                    && self.instances.get(name).is_none_or(|entry| {
                        entry.url.as_ref().is_some_and(|known| same_place(known, url))
                    })
            })
            .unwrap_or(address)
    }
}

impl InstanceEntry {
    /// The instance, without the sign-in.
    pub fn instance(&self, name: &str) -> Instance {
        Instance {
            name: name.to_owned(),
            place: self.url.clone().map_or(Place::Embedded, Place::At),
            id: self.instance_id.clone(),
            signed_in: self.is_signed_in(),
        }
    }

    /// Whether a token is kept for it, here or in the keyring.
    pub fn is_signed_in(&self) -> bool {
        match self.store {
            Some(TokenStore::Keyring) => self.user.is_some(),
            Some(TokenStore::File) => self.token.is_some(),
            None => false,
        }
    }

    /// The keyring's name for the token.
    pub fn keyring_user(&self, name: &str) -> Option<String> {
        let user = &self.user.as_ref()?.id;
        Some(if self.item_by_origin {
            keyring_user(&self.instance(name), user)
        } else {
            format!("{}/{user}", self.instance_id.as_deref().unwrap_or(name))
        })
    }

    /// Drops the sign-in; the instance stays known.
    pub fn sign_out(&mut self) {
        *self = Self {
            url: self.url.take(),
            instance_id: self.instance_id.take(),
            settings: std::mem::take(&mut self.settings),
            other: std::mem::take(&mut self.other),
            ..Self::default()
        };
    }
}

/// What a token is called in a keyring: the origin it belongs to, the
/// instance's id (its name where it has none) and the account's. Only the
/// first is no server's own word.
pub fn keyring_user(instance: &Instance, user: &str) -> String {
    let origin = match &instance.place {
        Place::Embedded => LOCAL.to_owned(),
        Place::At(url) => url.origin().ascii_serialization(),
    };
    format!("{origin} {}/{user}", instance.id.as_deref().unwrap_or(&instance.name))
}

/// The names of this computer are one: nobody else answers there.
fn by_number(url: &Url) -> Url {
    let mut url = url.clone();
    if is_loopback(&url) {
        // It takes any host.
        let _ = url.set_host(Some("127.0.0.1"));
    }
    url
}

fn is_unset(settings: &Settings) -> bool {
    *settings == Settings::default()
}

//! The credentials kept on this computer, and which one is meant.
//!
//! [`Credentials`] reads what is there now at every call, acts under the lock
//! of what it changes, and writes whole files or none, so several processes
//! may do so at once. The surprising rule: a keyring is written *before* the
//! lock is taken (its owner may be away for an hour), and once more under it
//! where somebody else wrote in between, so that the token in the keyring and
//! the lines in `auth.json` belong together.

mod agent_sign_in;
pub mod auth_file;
pub mod fast_start;
mod find_instance;
pub mod keyring;
mod keyring_errors;
mod leases;
mod leftovers;
pub mod resolve;
mod save;
mod stored_token;

use jiff::Timestamp;

use crate::credentials::auth_file::{AuthFile, InstanceEntry, Settings};
use crate::environment::Environment;
use crate::error::{AppError, ErrorKind};
use crate::home::Home;
use crate::home::disk::{path_text, to_json};
use crate::home::folder::Folder;
use crate::home::lock::NamedLock;
use crate::home::quarantine::quarantine;
use crate::http::same_place;
use crate::i18n::Message;
use crate::model::{Instance, Place};

pub(crate) const AUTH: &str = "auth.json";

/// `auth.json` and the keyring. Cheap to make and to clone; opens nothing
/// until asked.
#[derive(Clone, Debug)]
pub struct Credentials {
    home: Home,
}

impl Credentials {
    /// Takes down where to look. Reads nothing.
    pub fn new(env: &Environment) -> Self {
        Self { home: Home::new(env) }
    }

    /// The folder they are kept in. What was repaired or fallen back to is
    /// among its notes.
    pub fn home(&self) -> &Home {
        &self.home
    }

    /// `auth.json` as it is now; a missing one is empty.
    ///
    /// # Errors
    /// A corrupt one is exit code 2, code `auth_corrupt`, and is left alone; a
    /// home that is refused is what [`Folder::look`] says.
    pub fn auth(&self) -> Result<AuthFile, AppError> {
        let Some(folder) = self.home.look()? else { return Ok(AuthFile::default()) };
        self.read_auth(&folder)
    }

    fn read_auth(&self, folder: &Folder) -> Result<AuthFile, AppError> {
        let Some((bytes, note)) = folder.read(AUTH)? else { return Ok(AuthFile::default()) };
        self.home.note(note);
        AuthFile::parse(&bytes, &path_text(&folder.path().join(AUTH)))
    }

    /// Changes `auth.json` under its lock, on what is in it at that moment.
    /// `change` answers with what it has to tell; the file is written only if
    /// that left it different.
    ///
    /// # Errors
    /// When it is corrupt or cannot be written; it is then as it was.
    pub fn change_auth<T>(&self, change: impl FnOnce(&mut AuthFile) -> T) -> Result<T, AppError> {
        self.rewrite_auth(change, Folder::write)
    }

    /// The same for a change that takes a token out, which needs no room.
    ///
    /// # Errors
    /// When the token is still in it.
    fn take_out_of_auth<T>(&self, change: impl FnOnce(&mut AuthFile) -> T) -> Result<T, AppError> {
        self.rewrite_auth(change, Folder::write_less)
    }

    fn rewrite_auth<T>(
        &self,
        change: impl FnOnce(&mut AuthFile) -> T,
        write: impl FnOnce(&Folder, &str, &[u8]) -> Result<(), AppError>,
    ) -> Result<T, AppError> {
        let folder = self.home.open()?;
        let _lock = NamedLock::take(&folder, "auth")?;
        let before = self.read_auth(&folder)?;
        let mut after = before.clone();
        let answer = change(&mut after);
        if after != before {
            write(&folder, AUTH, &to_json(&after)?)?;
        }
        Ok(answer)
    }

    /// Writes an instance down under its name; a sign-in to it stays.
    ///
    /// # Errors
    /// When the file cannot be written, or the name is another place's.
    pub fn add_instance(&self, instance: &Instance) -> Result<(), AppError> {
        self.change_auth(|auth| auth.entry(instance).map(|_| ()))?
    }

    /// What the person set for this instance; nothing, for one not known.
    ///
    /// # Errors
    /// As [`Credentials::auth`].
    pub fn settings(&self, instance: &Instance) -> Result<Settings, AppError> {
        let auth = self.auth()?;
        let Place::At(url) = &instance.place else { return Ok(Settings::default()) };
        let entry = auth
            .instances
            .into_values()
            .find(|entry| entry.url.as_ref().is_some_and(|known| same_place(known, url)));
        Ok(entry.map(|entry| entry.settings).unwrap_or_default())
    }

    /// Changes them, for good. An instance not known becomes so.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn change_settings(
        &self,
        instance: &Instance,
        change: impl FnOnce(&mut Settings),
    ) -> Result<(), AppError> {
        self.change_auth(|auth| auth.entry(instance).map(|entry| change(&mut entry.settings)))?
    }

    /// The instance used where nothing else names one.
    ///
    /// # Errors
    /// Exit code 5 when no instance of that name is known; inside an agent.
    pub fn set_default(&self, name: &str) -> Result<(), AppError> {
        self.home.env().refuse_agents()?;
        self.change_auth(|auth| {
            if auth.instances.contains_key(name) {
                auth.default_instance = Some(name.to_owned());
                Ok(())
            } else {
                Err(auth.unknown_instance(name))
            }
        })?
    }

    /// A server just said that the sign-in is good, and until when: what lets
    /// a fast start go without asking. At most written once a minute.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn verified(
        &self,
        name: &str,
        now: Timestamp,
        expires: Option<Timestamp>,
    ) -> Result<(), AppError> {
        let is_fresh = |entry: &InstanceEntry| {
            entry.expires_at == expires
                && entry
                    .verified_at
                    .is_some_and(|then| (0..60).contains(&now.duration_since(then).as_secs()))
        };
        let auth = self.auth()?;
        if auth.instances.get(name).is_none_or(|entry| !entry.is_signed_in() || is_fresh(entry)) {
            return Ok(());
        }
        self.change_auth(|auth| {
            if let Some(entry) = auth.instances.get_mut(name).filter(|entry| entry.is_signed_in()) {
                entry.verified_at = Some(now);
                entry.expires_at = expires;
            }
        })
    }

    /// Renames a corrupt `auth.json` to `auth.json.corrupt-DATE` and answers
    /// with that name.
    ///
    /// # Errors
    /// Code `not_corrupt` when it can be read by now: another process may have
    /// done so already.
    pub fn quarantine(&self) -> Result<String, AppError> {
        let folder = self.home.open()?;
        let _lock = NamedLock::take(&folder, "auth")?;
        match self.read_auth(&folder) {
            Ok(_) => Err(AppError::new(
                ErrorKind::Failed,
                "not_corrupt",
                Message::new("keep-not-corrupt").with("file", AUTH),
            )),
            Err(error) if error.code.starts_with("auth_") => quarantine(&folder, AUTH),
            Err(error) => Err(error),
        }
    }
}

#[cfg(test)]
mod tests;

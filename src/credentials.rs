//! Where a sign-in is kept, and which one wins.
//!
//! [`Credentials`] is the one door to `~/.crewmesh`: every call reads what is
//! there now, acts under the lock of what it changes, and writes whole files
//! or none, so several processes may do so at once. The surprising rule: a
//! keyring is written *before* the lock is taken (its owner may be away for
//! an hour), and once more under it where somebody else wrote in between, so
//! that the token in the keyring and the lines in `auth.json` belong together.
//!
//! Nothing is printed here. What was repaired or fallen back to is a note,
//! taken with [`Credentials::notes`] by whoever can say it.

pub mod directory;
pub mod file;
pub mod home;
pub mod keyring;
pub mod lock;
pub mod pending;
pub mod resolve;
pub mod returning;
pub mod state;
mod store;
pub mod typed;

use std::sync::{Arc, Mutex, PoisonError};

use jiff::Timestamp;

use crate::environment::Environment;
use crate::error::{AppError, ErrorKind};
use crate::i18n::Message;
use crate::model::{Access, Instance, Place, Source};
use crate::secret::Secret;
use file::{AuthFile, Kept, KeptIn, Settings};
use home::{Home, shown};
use lock::Lock;

const AUTH: &str = "auth.json";

/// The door. Cheap to make and to clone; opens nothing until asked.
#[derive(Clone, Debug)]
pub struct Credentials {
    env: Arc<Environment>,
    notes: Arc<Mutex<Vec<Message>>>,
}

impl Credentials {
    /// Takes down where to look. Reads nothing.
    pub fn new(env: &Environment) -> Self {
        Self { env: Arc::new(env.clone()), notes: Arc::default() }
    }

    /// What was repaired, fallen back to or ignored since this was last asked:
    /// for a line on stderr or on the page.
    pub fn notes(&self) -> Vec<Message> {
        std::mem::take(&mut self.notes.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn note(&self, notes: impl IntoIterator<Item = Message>) {
        let mut all = self.notes.lock().unwrap_or_else(PoisonError::into_inner);
        for note in notes {
            if !all.contains(&note) {
                all.push(note);
            }
        }
    }

    /// The folder, made where it is missing.
    ///
    /// # Errors
    /// As [`Home::open`].
    pub fn home(&self) -> Result<Home, AppError> {
        let home = Home::open(&self.env)?;
        self.note(home.notes().iter().cloned());
        Ok(home)
    }

    /// `auth.json` as it is now; a missing one is empty.
    ///
    /// # Errors
    /// A corrupt one is exit code 2, code `auth_corrupt`, and is left alone; a
    /// home that is refused is what [`Home::look`] says.
    pub fn auth(&self) -> Result<AuthFile, AppError> {
        let home = Home::look(&self.env)?;
        let Some(home) = home else { return Ok(AuthFile::default()) };
        self.note(home.notes().iter().cloned());
        self.read_auth(&home)
    }

    fn read_auth(&self, home: &Home) -> Result<AuthFile, AppError> {
        let Some((bytes, note)) = home.read(AUTH)? else { return Ok(AuthFile::default()) };
        self.note(note);
        AuthFile::parse(&bytes, &shown(&home.path().join(AUTH)))
    }

    /// Changes `auth.json` under its lock, on what is in it at that moment.
    /// `change` answers with what it has to tell; the file is written only if
    /// that left it different.
    ///
    /// # Errors
    /// When it is corrupt or cannot be written; it is then as it was.
    pub fn change_auth<T>(&self, change: impl FnOnce(&mut AuthFile) -> T) -> Result<T, AppError> {
        let home = self.home()?;
        let _lock = Lock::take(&home, "auth")?;
        let before = self.read_auth(&home)?;
        let mut after = before.clone();
        let answer = change(&mut after);
        if after != before {
            home.write(AUTH, &home::to_json(&after)?)?;
        }
        Ok(answer)
    }

    /// The stored sign-in to this instance, without unlocking anything.
    /// `Ok(None)` when nobody is signed in to it here.
    ///
    /// # Errors
    /// Exit code 2 with `keyring_locked`, `keyring_absent`, `keyring_slow`,
    /// `keyring_failed` or `keyring_lost` where the sign-in is in a keyring
    /// that does not give it: four answers, because four things are to be done.
    pub fn token(&self, name: &str) -> Result<Option<Access>, AppError> {
        self.take(name, false)
    }

    /// The same, asking the keyring's owner to unlock it, without limit of
    /// time: only where somebody sits at the screen.
    ///
    /// # Errors
    /// As [`Credentials::token`].
    pub fn token_unlocking(&self, name: &str) -> Result<Option<Access>, AppError> {
        self.take(name, true)
    }

    fn take(&self, name: &str, unlock: bool) -> Result<Option<Access>, AppError> {
        let auth = self.auth()?;
        let Some(kept) = auth.instances.get(name).filter(|kept| kept.is_signed_in()) else {
            return Ok(None);
        };
        let token = match (kept.store, kept.keyring_user(name)) {
            (Some(KeptIn::Keyring), Some(user)) => {
                let token = keyring::get(&user, unlock)
                    .map_err(|fault| store::keyring_trouble(name, fault))?;
                Some(token.ok_or_else(|| store::keyring_lost(name))?)
            }
            _ => kept.token.clone(),
        };
        Ok(token.map(|token| Access {
            instance: kept.instance(name),
            token,
            expires_at: kept.expires_at,
            source: Source::Stored,
        }))
    }

    /// Signs out of an instance here; it stays known. With `only`, nothing
    /// happens if another token was kept meanwhile (a sign-in in another
    /// window is not undone by a sign-out that began before it). Answers
    /// whether something was cleared.
    ///
    /// # Errors
    /// When the file cannot be written, or the keyring cannot be read to
    /// compare.
    pub fn remove(&self, name: &str, only: Option<&Secret>) -> Result<bool, AppError> {
        if !self.auth()?.instances.contains_key(name) {
            return Ok(false);
        }
        let home = self.home()?;
        let _lock = Lock::of_instance(&home, name)?;
        let auth = self.read_auth(&home)?;
        let Some(kept) = auth.instances.get(name).filter(|kept| kept.is_signed_in()) else {
            return Ok(false);
        };
        let in_keyring =
            (kept.store == Some(KeptIn::Keyring)).then(|| kept.keyring_user(name)).flatten();
        if let Some(only) = only {
            let token = match &in_keyring {
                Some(user) => keyring::get(user, false)
                    .map_err(|fault| store::keyring_trouble(name, fault))?,
                None => kept.token.clone(),
            };
            if token.is_some_and(|token| token != *only) {
                return Ok(false);
            }
        }
        self.change_auth(|auth| auth.instances.get_mut(name).map(Kept::clear))?;
        if let Some(user) = in_keyring
            && let Err(fault) = keyring::remove(&user)
        {
            self.note([store::left_in_keyring(name, fault)]);
        }
        Ok(true)
    }

    /// Puts down an instance that was found, under its name; what is kept of a
    /// sign-in to it stays.
    ///
    /// # Errors
    /// When the file cannot be written, or the name is another place's.
    pub fn add_instance(&self, instance: &Instance) -> Result<(), AppError> {
        self.change_auth(|auth| store::put(auth, instance).map(|_| ()))?
    }

    /// Forgets an instance altogether: sign out first. Answers whether it was
    /// known.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn forget_instance(&self, name: &str) -> Result<bool, AppError> {
        let known = self.remove(name, None)? || self.auth()?.instances.contains_key(name);
        if known {
            self.change_auth(|auth| {
                auth.instances.remove(name);
                if auth.default_instance.as_deref() == Some(name) {
                    auth.default_instance = None;
                }
            })?;
            self.change_state(|state| state.instances.remove(name))?;
        }
        Ok(known)
    }

    /// What the person set for this instance; nothing, for one not known.
    ///
    /// # Errors
    /// As [`Credentials::auth`].
    pub fn settings(&self, instance: &Instance) -> Result<Settings, AppError> {
        let auth = self.auth()?;
        let Place::At(url) = &instance.place else { return Ok(Settings::default()) };
        let kept = auth
            .instances
            .into_values()
            .find(|kept| kept.url.as_ref().is_some_and(|known| file::same_place(known, url)));
        Ok(kept.map(|kept| kept.settings).unwrap_or_default())
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
        self.change_auth(|auth| store::put(auth, instance).map(|kept| change(&mut kept.settings)))?
    }

    /// The instance used where nothing else names one.
    ///
    /// # Errors
    /// Exit code 5 when no instance of that name is known.
    pub fn set_default(&self, name: &str) -> Result<(), AppError> {
        self.change_auth(|auth| {
            if auth.instances.contains_key(name) {
                auth.default_instance = Some(name.to_owned());
                Ok(())
            } else {
                Err(resolve::unknown(auth, name))
            }
        })?
    }

    /// A server just said that the sign-in is good, and until when: what lets
    /// a returning launch go without asking. At most written once a minute.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn verified(
        &self,
        name: &str,
        now: Timestamp,
        expires: Option<Timestamp>,
    ) -> Result<(), AppError> {
        let fresh = |kept: &Kept| {
            kept.expires_at == expires
                && kept
                    .verified_at
                    .is_some_and(|then| (0..60).contains(&now.duration_since(then).as_secs()))
        };
        let auth = self.auth()?;
        if auth.instances.get(name).is_none_or(|kept| !kept.is_signed_in() || fresh(kept)) {
            return Ok(());
        }
        self.change_auth(|auth| {
            if let Some(kept) = auth.instances.get_mut(name).filter(|kept| kept.is_signed_in()) {
                kept.verified_at = Some(now);
                kept.expires_at = expires;
            }
        })
    }

    /// Puts a corrupt `auth.json` aside as `auth.json.corrupt-DATE` and says
    /// that name.
    ///
    /// # Errors
    /// Code `not_corrupt` when it can be read by now: another process may have
    /// put it aside already.
    pub fn set_aside(&self) -> Result<String, AppError> {
        let home = self.home()?;
        let _lock = Lock::take(&home, "auth")?;
        match self.read_auth(&home) {
            Ok(_) => Err(AppError::new(
                ErrorKind::Failed,
                "not_corrupt",
                Message::new("keep-not-corrupt").with("file", AUTH),
            )),
            Err(error) if error.code.starts_with("auth_") => store::put_aside(&home, AUTH),
            Err(error) => Err(error),
        }
    }
}

#[cfg(test)]
mod tests;

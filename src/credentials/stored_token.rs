//! Reading a kept token, and signing out.

use crate::credentials::auth_file::{AuthFile, InstanceEntry};
use crate::credentials::keyring::{self, Ask};
use crate::credentials::keyring_errors::{keyring_lost, not_given};
use crate::credentials::{AUTH, Credentials};
use crate::error::AppError;
use crate::home::disk::path_text;
use crate::home::lock::NamedLock;
use crate::home::state::TokenStore;
use crate::i18n::Message;
use crate::model::{Access, Instance, Source};
use crate::secret::Secret;

impl Credentials {
    /// The stored sign-in to this instance, without unlocking anything.
    /// `Ok(None)` when nobody is signed in to it here.
    ///
    /// # Errors
    /// Exit code 2 with `keyring_locked`, `keyring_asks`, `keyring_denied`,
    /// `keyring_no_collection`, `keyring_absent`, `keyring_slow`,
    /// `keyring_failed` or `keyring_lost` where the sign-in is in a keyring
    /// that does not give it: each needs something else to be done.
    pub fn token(&self, name: &str) -> Result<Option<Access>, AppError> {
        self.read_token(name, Ask::Nothing)
    }

    /// The same, asking the keyring's owner to unlock it and for permission,
    /// without limit of time: only where somebody sits at the screen.
    ///
    /// # Errors
    /// As [`Credentials::token`].
    pub fn token_unlocking(&self, name: &str) -> Result<Option<Access>, AppError> {
        self.read_token(name, Ask::Anything)
    }

    fn read_token(&self, name: &str, ask: Ask) -> Result<Option<Access>, AppError> {
        let access = self.find_token(name, ask);
        // A keyring that is still closed is opened another time.
        if self.has_leftovers() {
            let _ = self.clear_leftovers(Ask::Nothing);
        }
        access
    }

    fn find_token(&self, name: &str, ask: Ask) -> Result<Option<Access>, AppError> {
        let auth = self.auth()?;
        let Some(entry) = auth.instances.get(name).filter(|entry| entry.is_signed_in()) else {
            return Ok(None);
        };
        let token = match keyring_user_of(entry, name) {
            Some(_) if auth.shares_keyring_item(name) => return Err(keyring_lost(name)),
            Some(user) => {
                let token = keyring::get(&user, ask).map_err(|error| not_given(name, error))?;
                Some(token.ok_or_else(|| keyring_lost(name))?)
            }
            None => entry.token.clone(),
        };
        Ok(token.map(|token| Access {
            instance: entry.instance(name),
            token,
            expires_at: entry.expires_at,
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
    /// compare; inside an agent.
    pub fn remove(&self, name: &str, only: Option<&Secret>) -> Result<bool, AppError> {
        self.home().env().refuse_agents()?;
        if !self.auth()?.instances.contains_key(name) {
            return Ok(false);
        }
        let folder = self.home().open()?;
        let _lock = NamedLock::of_instance(&folder, name)?;
        let auth = self.auth()?;
        let Some(entry) = auth.instances.get(name).filter(|entry| entry.is_signed_in()) else {
            return Ok(false);
        };
        let in_keyring = keyring_user_of(entry, name);
        if let Some(only) = only {
            let token = match &in_keyring {
                Some(user) => {
                    keyring::get(user, Ask::Nothing).map_err(|error| not_given(name, error))?
                }
                None => entry.token.clone(),
            };
            if token.is_some_and(|token| token != *only) {
                return Ok(false);
            }
        }
        let in_file = entry.token.is_some();
        let sign_out =
            |auth: &mut AuthFile| auth.instances.get_mut(name).map(InstanceEntry::sign_out);
        self.take_out_of_auth(sign_out).map_err(|error| {
            if !in_file {
                return error;
            }
            let message = Message::new("keep-token-stays")
                .with("path", path_text(&folder.path().join(AUTH)))
                .with("why", error.message.clone());
            AppError { message: message.into(), ..error }
        })?;
        self.forget_leases(name);
        if let Some(user) = in_keyring {
            self.take_out_of_keyring(name, &user);
        }
        Ok(true)
    }

    /// The person says that what is known at another address is here now: the
    /// sign-in there is forgotten, so that no token of it goes to this one.
    ///
    /// # Errors
    /// As [`Credentials::forget_instance`].
    pub fn moved(&self, here: &Instance) -> Result<(), AppError> {
        while let Some(name) = self.auth()?.known_elsewhere(here).map(str::to_owned) {
            self.forget_instance(&name)?;
        }
        Ok(())
    }

    /// Forgets an instance altogether, signing out of it here first. Answers
    /// whether it was known.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn forget_instance(&self, name: &str) -> Result<bool, AppError> {
        let known = self.remove(name, None)? || self.auth()?.instances.contains_key(name);
        if known {
            self.take_out_of_auth(|auth| {
                auth.instances.remove(name);
                if auth.default_instance.as_deref() == Some(name) {
                    auth.default_instance = None;
                }
            })?;
            self.home().change_state(|state| state.instances.remove(name))?;
        }
        Ok(known)
    }
}

/// The keyring's name for the token, where it is kept there.
pub(super) fn keyring_user_of(entry: &InstanceEntry, name: &str) -> Option<String> {
    entry.keyring_user(name).filter(|_| entry.store == Some(TokenStore::Keyring))
}

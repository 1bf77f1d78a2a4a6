//! What stays in a keyring that did not let go of it: it was locked, or its owner
//! would have had to be asked. `state.json` remembers it, and it is removed as
//! soon as the keyring can be opened.

use crate::credentials::Credentials;
use crate::credentials::keyring::{self, Ask, KeyringError};
use crate::credentials::keyring_errors::left_in_keyring;
use crate::credentials::stored_token::keyring_user_of;
use crate::home::lock::NamedLock;
use crate::home::state::LeftInKeyring;
use crate::i18n::{Message, printable};

impl Credentials {
    /// Takes the token of a sign-in that is over out of the keyring, or remembers
    /// that it is still there and says so.
    pub(super) fn take_out_of_keyring(&self, instance: &str, user: &str) {
        if let Err(error) = keyring::remove(user, Ask::Nothing) {
            self.remember_leftover(instance, user);
            self.home().note([left_in_keyring(instance, error)]);
        }
    }

    /// Best effort: where nothing can be written the note is all there is.
    pub(super) fn remember_leftover(&self, instance: &str, user: &str) {
        let left = LeftInKeyring { instance: instance.to_owned(), user: user.to_owned() };
        let _ = self.home().change_state(|state| {
            if !state.left_in_keyring.contains(&left) {
                state.left_in_keyring.push(left);
            }
        });
    }

    /// Whether something was left in a keyring.
    pub fn has_leftovers(&self) -> bool {
        !self.home().state().left_in_keyring.is_empty()
    }

    /// Removes what was left in the keyring before. Answers why not, where that
    /// does not work yet; the next one to open the keyring tries again.
    ///
    /// # Errors
    /// What the keyring says.
    pub fn clear_leftovers(&self, ask: Ask) -> Result<(), KeyringError> {
        let left = self.home().state().left_in_keyring;
        if left.is_empty() || self.home().env().refuse_agents().is_err() {
            return Ok(());
        }
        for item in left {
            self.clear_leftover(&item, ask)?;
            // It is not there any more; remembered still, it is found gone once more.
            let _ = self.home().change_state(|state| {
                state.left_in_keyring.retain(|other| *other != item);
            });
        }
        Ok(())
    }

    /// A sign-in that is kept under the same name since then is none.
    fn clear_leftover(&self, item: &LeftInKeyring, ask: Ask) -> Result<(), KeyringError> {
        let folder = self.home().look().ok().flatten();
        let _lock = folder.and_then(|folder| NamedLock::of_instance(&folder, &item.instance).ok());
        let Ok(auth) = self.auth() else { return Err(KeyringError::Absent) };
        let is_used = |(name, entry): (&String, &_)| {
            keyring_user_of(entry, name).as_deref() == Some(item.user.as_str())
        };
        if auth.instances.iter().any(is_used) {
            return Ok(());
        }
        keyring::remove(&item.user, ask)?;
        let gone = Message::new("keep-left-removed").with("instance", printable(&item.instance));
        self.home().note([gone]);
        Ok(())
    }
}

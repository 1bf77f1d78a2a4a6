//! Keeping a sign-in: which place, in what order, and what is said when a
//! place does not take it.

use jiff::Timestamp;

use crate::credentials::Credentials;
use crate::credentials::auth_file::{InstanceEntry, StoredSource, keyring_user};
use crate::credentials::keyring::{self, Ask, KeyringError, KeyringStatus};
use crate::credentials::keyring_errors::{not_taken, nothing_kept, reason};
use crate::error::{AppError, ErrorKind};
use crate::home::lock::NamedLock;
use crate::home::state::{StoreChoice, TokenStore};
use crate::i18n::{Message, Words, printable};
use crate::model::{Access, Account, Source, StorePlace, StoreState};
use crate::wire::User;

impl Credentials {
    /// Where a sign-in would be kept now. Takes [`keyring::LIMIT`] at most,
    /// unlocks nothing, writes nothing that stays.
    pub fn probe(&self) -> StoreState {
        let nowhere = |error: AppError| match error.message {
            Words::Message(because) => StoreState::Nowhere { because },
            Words::Verbatim(text) => {
                StoreState::Nowhere { because: Message::new("keep-because").with("what", text) }
            }
        };
        let wanted = match self.store_override() {
            Ok(wanted) => wanted,
            Err(error) => return nowhere(error),
        };
        // auth.json names the place even where the token is in a keyring.
        if let Err(error) = self.home().open().and_then(|folder| folder.try_write()) {
            return nowhere(error);
        }
        if wanted == Some(TokenStore::File) {
            return StoreState::File { because: Message::new("keep-file-forced") };
        }
        let because = reason(match keyring::status() {
            KeyringStatus::Open => return StoreState::Keyring,
            KeyringStatus::Locked => return StoreState::KeyringLocked,
            KeyringStatus::NoCollection => KeyringError::NoCollection,
            KeyringStatus::Absent => KeyringError::Absent,
            KeyringStatus::Slow => KeyringError::Slow,
        });
        match wanted {
            Some(TokenStore::Keyring) => StoreState::Nowhere {
                because: Message::new("keep-keyring-forced").with("because", because),
            },
            _ => StoreState::File { because },
        }
    }

    /// Whether a file is to be taken although there may be a keyring: the
    /// environment or the person said so.
    pub fn prefers_file(&self) -> bool {
        match self.store_override() {
            Ok(Some(place)) => place == TokenStore::File,
            _ => self
                .home()
                .state()
                .store
                .is_some_and(|store| store.chosen && store.place == TokenStore::File),
        }
    }

    /// What `CREWMESH_STORE` says.
    fn store_override(&self) -> Result<Option<TokenStore>, AppError> {
        match self.home().env().variables.get("CREWMESH_STORE") {
            None => Ok(None),
            Some("file") => Ok(Some(TokenStore::File)),
            Some("keyring") => Ok(Some(TokenStore::Keyring)),
            Some(other) => Err(AppError::new(
                ErrorKind::BadArguments,
                "store_unknown",
                Message::new("keep-store-unknown").with("value", printable(other)),
            )),
        }
    }

    /// Keeps a sign-in and says where. It becomes the default instance.
    ///
    /// A locked keyring waits for its owner, without limit of time; one that
    /// asks for permission is an error, `keyring_asks`, so that somebody can be
    /// told before [`Credentials::save_asking`] waits for the answer. If the same
    /// sign-in was kept in a file meanwhile (they gave up waiting), it stays
    /// there and that is the answer.
    ///
    /// # Errors
    /// When the place does not take it: nothing is lost, the token is still
    /// the caller's, and another place can be offered, unless the error's code is
    /// `not_kept`.
    pub fn save(
        &self,
        access: &Access,
        account: &Account,
        place: &StorePlace,
    ) -> Result<StorePlace, AppError> {
        self.save_asking(access, account, place, Ask::ToUnlock)
    }

    /// The same, with what the keyring may ask its owner.
    ///
    /// # Errors
    /// As for [`Credentials::save`].
    pub fn save_asking(
        &self,
        access: &Access,
        account: &Account,
        place: &StorePlace,
        ask: Ask,
    ) -> Result<StorePlace, AppError> {
        let kept = self.keep(access, account, place, ask);
        if kept.is_ok() && self.has_leftovers() {
            let _ = self.clear_leftovers(Ask::Nothing);
        }
        kept
    }

    fn keep(
        &self,
        access: &Access,
        account: &Account,
        place: &StorePlace,
        ask: Ask,
    ) -> Result<StorePlace, AppError> {
        let wanted = self.store_override()?;
        let (place, ask) = match place {
            StorePlace::Memory => return Ok(StorePlace::Memory),
            StorePlace::Keyring => (wanted.unwrap_or(TokenStore::Keyring), ask),
            // Whoever asked for a file waits for no keyring.
            StorePlace::File => (wanted.unwrap_or(TokenStore::File), Ask::Nothing),
        };
        self.home().env().refuse_agents()?;
        let name = access.instance.name.as_str();
        let begun = Timestamp::now();
        // Before anything is put into a keyring that no file would tell of.
        let folder = self.home().open()?;
        folder.try_write()?;
        self.auth()?.is_where_it_was(&access.instance)?;

        let user = keyring_user(&access.instance, &account.id);
        let set = |ask| {
            keyring::set(&user, &access.token, ask).map_err(|error| {
                if let KeyringError::Asks | KeyringError::Denied = error {
                    // It is in there, and nobody can read it.
                    self.remember_leftover(name, &user);
                }
                match wanted {
                    Some(_) => nothing_kept(error),
                    None => not_taken(name, error),
                }
            })
        };
        if place == TokenStore::Keyring {
            set(ask)?;
        }
        let _lock = NamedLock::of_instance(&folder, name)?;
        if place == TokenStore::Keyring {
            let kept_in_file = self.auth()?.instances.get(name).is_some_and(|entry| {
                entry.token.as_ref() == Some(&access.token)
                    && entry.created_at.is_some_and(|at| at >= begun)
            });
            if kept_in_file {
                self.take_out_of_keyring(name, &user);
                return Ok(StorePlace::File);
            }
            set(Ask::Nothing)?;
        }
        let before = self.change_auth(|auth| -> Result<_, AppError> {
            let entry = auth.entry(&access.instance)?;
            let before =
                entry.keyring_user(name).filter(|_| entry.store == Some(TokenStore::Keyring));
            sign_in(entry, access, account, place);
            auth.default_instance = Some(name.to_owned());
            Ok(before)
        })??;
        // The token before this one is not left behind in a keyring.
        let stale = before.filter(|before| place == TokenStore::File || *before != user);
        if let Some(stale) = stale {
            self.take_out_of_keyring(name, &stale);
        }
        self.remember_place(place);
        Ok(match place {
            TokenStore::Keyring => StorePlace::Keyring,
            TokenStore::File => StorePlace::File,
        })
    }

    /// Best effort: a sign-in that was kept is kept, whatever becomes of this.
    fn remember_place(&self, place: TokenStore) {
        let _ = self.home().change_state(|state| match &mut state.store {
            // What the person chose stays chosen while it is what is done.
            Some(store) if store.place == place => {}
            store => *store = Some(StoreChoice { place, chosen: false }),
        });
    }
}

/// Writes a sign-in down in the entry of its instance.
fn sign_in(entry: &mut InstanceEntry, access: &Access, account: &Account, place: TokenStore) {
    let now = Timestamp::now();
    let source = match access.source {
        Source::DeviceCode => Some(StoredSource::DeviceCode),
        Source::Pasted | Source::Flag => Some(StoredSource::Pat),
        Source::Environment => Some(StoredSource::Env),
        Source::Agent | Source::Stored => entry.source,
    };
    entry.sign_out();
    entry.instance_id.clone_from(&access.instance.id);
    entry.user = Some(User {
        id: account.id.clone(),
        name: account.name.clone(),
        email: account.email.clone(),
    });
    entry.source = source;
    entry.created_at = Some(now);
    entry.verified_at = Some(now);
    entry.expires_at = account.expires_at.or(access.expires_at);
    entry.item_by_origin = place == TokenStore::Keyring;
    entry.store = Some(place);
    entry.token = (place == TokenStore::File).then(|| access.token.clone());
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::credentials::tests::{Desk, access, account};

    #[test]
    fn the_environment_decides_where_if_it_says_so() {
        let desk = Desk::new();
        let because = Message::new("keep-file-forced");
        assert_eq!(desk.credentials.probe(), StoreState::File { because });
        assert!(desk.credentials.prefers_file());
        let kept = desk.credentials.save(&access("a.example"), &account(), &StorePlace::Keyring);
        assert_eq!(kept, Ok(StorePlace::File));
        let nowhere = desk.credentials.save(&access("b.example"), &account(), &StorePlace::Memory);
        assert_eq!(nowhere, Ok(StorePlace::Memory));
        assert_eq!(desk.credentials.token("b.example"), Ok(None));

        let desk = Desk::with(&[("CREWMESH_STORE", "drawer")]);
        let error = desk.credentials.save(&access("a.example"), &account(), &StorePlace::File);
        assert_eq!(error.expect_err("no such place").kind, ErrorKind::BadArguments);
        assert!(matches!(desk.credentials.probe(), StoreState::Nowhere { .. }));
    }

    #[test]
    fn the_place_is_remembered_and_a_choice_outlives_a_fallback() {
        let desk = Desk::with(&[("CREWMESH_STORE", "")]);
        assert!(!desk.credentials.prefers_file());
        desk.sign_in("a.example");
        let kept = desk.home.state().store;
        assert_eq!(kept, Some(StoreChoice { place: TokenStore::File, chosen: false }));
        assert!(!desk.credentials.prefers_file(), "the only place there was is no choice");
        desk.home.keep_store_choice(TokenStore::File).expect("kept");
        desk.sign_in("a.example");
        assert!(desk.credentials.prefers_file());
    }
}

//! Keeping a sign-in: which place, in what order, and what is said when a
//! place does not take it.

use std::io;

use jiff::Timestamp;

use crate::credentials::Credentials;
use crate::credentials::file::{AuthFile, Kept, KeptIn, KeptSource, same_place};
use crate::credentials::home::{Home, file_trouble, sync_folder};
use crate::credentials::keyring::{self, Fault, Status};
use crate::credentials::lock::Lock;
use crate::credentials::state::StoreChoice;
use crate::error::{AppError, ErrorKind};
use crate::i18n::{Message, Words, printable};
use crate::model::{Access, Account, Instance, Place, Source, StorePlace, StoreState};
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
        let forced = match self.forced() {
            Ok(forced) => forced,
            Err(error) => return nowhere(error),
        };
        // auth.json names the place even where the token is in a keyring.
        if let Err(error) = self.home().and_then(|home| home.try_write()) {
            return nowhere(error);
        }
        if forced == Some(KeptIn::File) {
            return StoreState::File { because: Message::new("keep-file-forced") };
        }
        let because = match keyring::status() {
            Status::Open => return StoreState::Keyring,
            Status::Locked => return StoreState::KeyringLocked,
            Status::Absent(_) => Message::new("keep-keyring-none"),
            Status::Slow => Message::new("keep-keyring-no-answer"),
        };
        match forced {
            Some(KeptIn::Keyring) => StoreState::Nowhere {
                because: Message::new("keep-keyring-forced").with("because", because),
            },
            _ => StoreState::File { because },
        }
    }

    /// Whether a file is to be taken although there may be a keyring: the
    /// environment or the person said so.
    pub fn prefers_file(&self) -> bool {
        match self.forced() {
            Ok(Some(place)) => place == KeptIn::File,
            _ => {
                self.state().store.is_some_and(|store| store.chosen && store.place == KeptIn::File)
            }
        }
    }

    /// `CREWMESH_STORE`.
    fn forced(&self) -> Result<Option<KeptIn>, AppError> {
        match self.env.variables.get("CREWMESH_STORE") {
            None => Ok(None),
            Some("file") => Ok(Some(KeptIn::File)),
            Some("keyring") => Ok(Some(KeptIn::Keyring)),
            Some(other) => Err(AppError::new(
                ErrorKind::BadArguments,
                "store_unknown",
                Message::new("keep-store-unknown").with("value", printable(other)),
            )),
        }
    }

    /// Keeps a sign-in and says where. It becomes the default instance.
    ///
    /// A keyring is asked without limit of time: a locked one waits for its
    /// owner. If the same sign-in was kept in a file meanwhile (they gave up
    /// waiting), it stays there and that is the answer.
    ///
    /// # Errors
    /// When the place does not take it: nothing is lost, the token is still
    /// the caller's, and another place can be offered.
    pub fn save(
        &self,
        access: &Access,
        account: &Account,
        place: &StorePlace,
    ) -> Result<StorePlace, AppError> {
        let forced = self.forced()?;
        let place = match place {
            StorePlace::Memory => return Ok(StorePlace::Memory),
            StorePlace::Keyring => forced.unwrap_or(KeptIn::Keyring),
            StorePlace::File => forced.unwrap_or(KeptIn::File),
        };
        let name = access.instance.name.as_str();
        let begun = Timestamp::now();
        // Before anything is put into a keyring that no file would tell of.
        let home = self.home()?;
        home.try_write()?;
        self.auth()?;

        let user = keyring_user(&access.instance, account);
        if place == KeptIn::Keyring {
            keyring::set(&user, &access.token, true)
                .map_err(|fault| keyring_refused(name, fault))?;
        }
        let _lock = Lock::of_instance(&home, name)?;
        if place == KeptIn::Keyring {
            let kept_in_file = self.auth()?.instances.get(name).is_some_and(|kept| {
                kept.token.as_ref() == Some(&access.token)
                    && kept.created_at.is_some_and(|at| at >= begun)
            });
            if kept_in_file {
                let _ = keyring::remove(&user);
                return Ok(StorePlace::File);
            }
            keyring::set(&user, &access.token, false)
                .map_err(|fault| keyring_refused(name, fault))?;
        }
        let before = self.change_auth(|auth| -> Result<_, AppError> {
            let kept = put(auth, &access.instance)?;
            let before =
                (kept.store == Some(KeptIn::Keyring)).then(|| kept.keyring_user(name)).flatten();
            fill(kept, access, account, place);
            auth.default_instance = Some(name.to_owned());
            Ok(before)
        })??;
        // The token before this one is not left behind in a keyring.
        let stale = before.filter(|before| place == KeptIn::File || *before != user);
        if let Some(stale) = stale
            && let Err(fault) = keyring::remove(&stale)
        {
            self.note([left_in_keyring(name, fault)]);
        }
        self.remember_place(place);
        Ok(match place {
            KeptIn::Keyring => StorePlace::Keyring,
            KeptIn::File => StorePlace::File,
        })
    }

    /// Best effort: a sign-in that was kept is kept, whatever becomes of this.
    fn remember_place(&self, place: KeptIn) {
        let _ = self.change_state(|state| match &mut state.store {
            // What the person chose stays chosen while it is what is done.
            Some(store) if store.place == place => {}
            store => *store = Some(StoreChoice { place, chosen: false }),
        });
    }
}

/// The entry of an instance, made where it is missing.
///
/// # Errors
/// Exit code 6 when the name is another place's.
pub(super) fn put<'a>(
    auth: &'a mut AuthFile,
    instance: &Instance,
) -> Result<&'a mut Kept, AppError> {
    let url = match &instance.place {
        Place::Embedded => None,
        Place::At(url) => Some(url.clone()),
    };
    let kept = auth
        .instances
        .entry(instance.name.clone())
        .or_insert_with(|| Kept { url: url.clone(), ..Kept::default() });
    let same = match (&kept.url, &url) {
        (None, None) => true,
        (Some(known), Some(url)) => same_place(known, url),
        _ => false,
    };
    if !same {
        let message = Message::new("keep-name-taken").with("name", printable(&instance.name));
        return Err(AppError::new(ErrorKind::AlreadyExists, "instance_name_taken", message));
    }
    // A signed-in one keeps its id: its keyring item hangs on it.
    if instance.id.is_some() && !kept.is_signed_in() {
        kept.instance_id.clone_from(&instance.id);
    }
    Ok(kept)
}

fn fill(kept: &mut Kept, access: &Access, account: &Account, place: KeptIn) {
    let now = Timestamp::now();
    let source = match access.source {
        Source::DeviceCode => Some(KeptSource::DeviceCode),
        Source::Pasted | Source::Flag => Some(KeptSource::Pat),
        Source::Environment => Some(KeptSource::Env),
        Source::Stored => kept.source,
    };
    kept.clear();
    kept.instance_id.clone_from(&access.instance.id);
    kept.user = Some(User {
        id: account.id.clone(),
        name: account.name.clone(),
        email: account.email.clone(),
    });
    kept.source = source;
    kept.created_at = Some(now);
    kept.verified_at = Some(now);
    kept.expires_at = account.expires_at.or(access.expires_at);
    kept.store = Some(place);
    kept.token = (place == KeptIn::File).then(|| access.token.clone());
}

fn keyring_user(instance: &Instance, account: &Account) -> String {
    format!("{}/{}", instance.id.as_deref().unwrap_or(&instance.name), account.id)
}

/// Renames a broken file to `NAME.corrupt-DATE`, over nothing that is there.
pub(super) fn put_aside(home: &Home, name: &str) -> Result<String, AppError> {
    let date = Timestamp::now().strftime("%Y%m%dT%H%M%SZ").to_string();
    let names = std::iter::once(format!("{name}.corrupt-{date}"))
        .chain((2..).map(|number| format!("{name}.corrupt-{date}-{number}")));
    let from = home.path().join(name);
    for aside in names {
        let to = home.path().join(&aside);
        // Made first, so that of two names in one second neither is lost.
        match std::fs::File::create_new(&to) {
            Ok(_) => {}
            Err(fault) if fault.kind() == io::ErrorKind::AlreadyExists => continue,
            Err(fault) => return Err(file_trouble(&to, &fault)),
        }
        if let Err(fault) = std::fs::rename(&from, &to) {
            let _ = std::fs::remove_file(&to);
            return Err(file_trouble(&from, &fault));
        }
        sync_folder(home.path());
        return Ok(aside);
    }
    Err(AppError::internal("no free name"))
}

/// What is said when a stored sign-in is in a keyring that does not give it.
pub(super) fn keyring_trouble(name: &str, fault: Fault) -> AppError {
    let (code, message, hint) = match &fault {
        Fault::Locked => ("keyring_locked", "keep-keyring-locked", "keep-keyring-locked-hint"),
        Fault::Absent(_) => ("keyring_absent", "keep-keyring-absent", "keep-keyring-absent-hint"),
        Fault::Slow => ("keyring_slow", "keep-keyring-slow", "keep-keyring-slow-hint"),
        Fault::Failed(_) => ("keyring_failed", "keep-keyring-failed", "keep-keyring-absent-hint"),
    };
    let mut message = Message::new(message).with("instance", printable(name));
    if let Fault::Failed(what) = fault {
        message = message.with("what", what);
    }
    AppError::new(ErrorKind::NotSignedIn, code, message).hint(Message::new(hint))
}

/// The keyring answers, and has nothing under this name.
pub(super) fn keyring_lost(name: &str) -> AppError {
    let message = Message::new("keep-keyring-lost").with("instance", printable(name));
    AppError::new(ErrorKind::NotSignedIn, "keyring_lost", message)
        .hint(Message::new("keep-keyring-lost-hint"))
}

/// A keyring did not take a sign-in.
fn keyring_refused(name: &str, fault: Fault) -> AppError {
    let error = match fault {
        Fault::Failed(what) => {
            let message = Message::new("keep-keyring-refused").with("what", what);
            AppError::new(ErrorKind::Failed, "keyring_failed", message)
        }
        Fault::Locked => {
            let message = Message::new("keep-keyring-stayed-locked");
            AppError::new(ErrorKind::Failed, "keyring_locked", message)
        }
        Fault::Absent(_) => {
            AppError::new(ErrorKind::Failed, "keyring_absent", Message::new("keep-keyring-none"))
        }
        Fault::Slow => {
            AppError::new(ErrorKind::Failed, "keyring_slow", Message::new("keep-keyring-no-answer"))
        }
    };
    error.hint(Message::new("keep-keyring-refused-hint").with("instance", printable(name)))
}

/// Something stays in a keyring that does not let go of it.
pub(super) fn left_in_keyring(name: &str, fault: Fault) -> Message {
    let why = match fault {
        Fault::Locked => Message::new("keep-left-locked"),
        Fault::Absent(_) => Message::new("keep-keyring-none"),
        Fault::Slow => Message::new("keep-keyring-no-answer"),
        Fault::Failed(what) => Message::new("keep-because").with("what", what),
    };
    Message::new("keep-left-in-keyring").with("instance", printable(name)).with("because", why)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::credentials::tests::{Desk, access, account};
    use crate::i18n::{Catalog, Language};

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
        let kept = desk.credentials.state().store;
        assert_eq!(kept, Some(StoreChoice { place: KeptIn::File, chosen: false }));
        assert!(!desk.credentials.prefers_file(), "the only place there was is no choice");
        desk.credentials.keep_store_choice(KeptIn::File).expect("kept");
        desk.sign_in("a.example");
        assert!(desk.credentials.prefers_file());
    }

    #[test]
    fn every_answer_of_a_keyring_is_said_in_its_own_words() {
        let faults = [
            (Fault::Locked, "keyring_locked"),
            (Fault::Absent("x".into()), "keyring_absent"),
            (Fault::Slow, "keyring_slow"),
            (Fault::Failed("x".into()), "keyring_failed"),
        ];
        for (fault, code) in faults {
            let error = keyring_trouble("mesh.example.org", fault);
            assert_eq!((error.kind, error.code.as_str()), (ErrorKind::NotSignedIn, code));
            let Words::Message(message) = error.message else { panic!("ours") };
            for language in Language::ALL {
                let catalog = Catalog::new(language);
                assert_ne!(catalog.say(&message), message.id);
            }
        }
    }
}

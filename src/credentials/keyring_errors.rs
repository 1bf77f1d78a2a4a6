//! What is said when a keyring does not do what it was asked, one sentence and
//! one error code for each reason.

use crate::credentials::keyring::KeyringError;
use crate::error::{AppError, ErrorKind};
use crate::i18n::{Message, Words, printable};

/// What is said when a stored sign-in is in a keyring that does not give it.
pub(super) fn not_given(name: &str, error: KeyringError) -> AppError {
    let (message, hint) = match &error {
        KeyringError::Locked => ("keep-keyring-locked", "keep-keyring-locked-hint"),
        KeyringError::Asks => ("keep-keyring-asks-you", "keep-keyring-asks-you-hint"),
        KeyringError::Denied => ("keep-keyring-said-no", "keep-keyring-said-no-hint"),
        KeyringError::NoCollection => ("keep-keyring-closed", "keep-keyring-closed-hint"),
        KeyringError::Absent => ("keep-keyring-absent", "keep-keyring-absent-hint"),
        KeyringError::Slow => ("keep-keyring-slow", "keep-keyring-slow-hint"),
        KeyringError::Failed(_) => ("keep-keyring-failed", "keep-keyring-absent-hint"),
    };
    let code = code(&error);
    let mut message = Message::new(message).with("instance", printable(name));
    if let KeyringError::Failed(what) = error {
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

/// A keyring did not take a sign-in, which another place may.
pub(super) fn not_taken(name: &str, error: KeyringError) -> AppError {
    let code = code(&error);
    let message = Message::new("keep-keyring-not-taken").with("because", reason(error));
    AppError::new(ErrorKind::Failed, code, message)
        .hint(Message::new("keep-keyring-refused-hint").with("instance", printable(name)))
}

/// A keyring did not take a sign-in, and `CREWMESH_STORE` lets nothing else have
/// it.
pub(super) fn nothing_kept(error: KeyringError) -> AppError {
    let because = Message::new("keep-keyring-forced").with("because", reason(error));
    let message = Message::new("keep-nothing-kept").with("because", because);
    AppError::new(ErrorKind::Failed, "not_kept", message)
}

/// Something stays in a keyring that does not let go of it.
pub(super) fn left_in_keyring(name: &str, error: KeyringError) -> Message {
    Message::new("keep-left-in-keyring")
        .with("instance", printable(name))
        .with("because", reason(error))
}

/// Why not, as a part of a sentence.
pub(super) fn reason(error: KeyringError) -> Message {
    match error {
        KeyringError::Locked => Message::new("keep-keyring-is-locked"),
        KeyringError::Asks => Message::new("keep-keyring-asks"),
        KeyringError::Denied => Message::new("keep-keyring-denied"),
        KeyringError::NoCollection => Message::new("keep-keyring-no-collection"),
        KeyringError::Absent => Message::new("keep-keyring-none"),
        KeyringError::Slow => Message::new("keep-keyring-no-answer"),
        KeyringError::Failed(Words::Message(ours)) => ours,
        KeyringError::Failed(what) => Message::new("keep-because").with("what", what),
    }
}

fn code(error: &KeyringError) -> &'static str {
    match error {
        KeyringError::Locked => "keyring_locked",
        KeyringError::Asks => "keyring_asks",
        KeyringError::Denied => "keyring_denied",
        KeyringError::NoCollection => "keyring_no_collection",
        KeyringError::Absent => "keyring_absent",
        KeyringError::Slow => "keyring_slow",
        KeyringError::Failed(_) => "keyring_failed",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::i18n::{Catalog, Language};

    #[test]
    fn every_answer_of_a_keyring_is_said_in_its_own_words() {
        let errors = [
            (KeyringError::Locked, "keyring_locked"),
            (KeyringError::Asks, "keyring_asks"),
            (KeyringError::Denied, "keyring_denied"),
            (KeyringError::NoCollection, "keyring_no_collection"),
            (KeyringError::Absent, "keyring_absent"),
            (KeyringError::Slow, "keyring_slow"),
            (KeyringError::Failed(Words::verbatim("x")), "keyring_failed"),
        ];
        for (error, code) in errors {
            let because = reason(error.clone());
            let taken = not_taken("mesh.example.org", error.clone());
            let nothing = nothing_kept(error.clone());
            let error = not_given("mesh.example.org", error);
            assert_eq!((error.kind, error.code.as_str()), (ErrorKind::NotSignedIn, code));
            assert_eq!((taken.kind, taken.code.as_str()), (ErrorKind::Failed, code));
            for language in Language::ALL {
                let catalog = Catalog::new(language);
                let because = catalog.say(&because);
                for words in [&error.message, &error.hint.clone().expect("one")] {
                    let Words::Message(message) = words else { panic!("ours") };
                    assert_ne!(catalog.say(message), message.id);
                }
                for told in [&taken, &nothing] {
                    assert!(catalog.words(&told.message).contains(&*because), "{because}");
                }
            }
        }
    }
}

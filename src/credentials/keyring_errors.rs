//! What is said when a keyring does not do what it was asked, one sentence and
//! one error code for each reason.

use crate::credentials::keyring::KeyringError;
use crate::error::{AppError, ErrorKind};
use crate::i18n::{Message, printable};

/// What is said when a stored sign-in is in a keyring that does not give it.
pub(super) fn not_given(name: &str, error: KeyringError) -> AppError {
    let (code, message, hint) = match &error {
        KeyringError::Locked => {
            ("keyring_locked", "keep-keyring-locked", "keep-keyring-locked-hint")
        }
        KeyringError::Absent(_) => {
            ("keyring_absent", "keep-keyring-absent", "keep-keyring-absent-hint")
        }
        KeyringError::Slow => ("keyring_slow", "keep-keyring-slow", "keep-keyring-slow-hint"),
        KeyringError::Failed(_) => {
            ("keyring_failed", "keep-keyring-failed", "keep-keyring-absent-hint")
        }
    };
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

/// A keyring did not take a sign-in.
pub(super) fn not_taken(name: &str, error: KeyringError) -> AppError {
    let app_error = match error {
        KeyringError::Failed(what) => {
            let message = Message::new("keep-keyring-refused").with("what", what);
            AppError::new(ErrorKind::Failed, "keyring_failed", message)
        }
        KeyringError::Locked => {
            let message = Message::new("keep-keyring-stayed-locked");
            AppError::new(ErrorKind::Failed, "keyring_locked", message)
        }
        KeyringError::Absent(_) => {
            AppError::new(ErrorKind::Failed, "keyring_absent", Message::new("keep-keyring-none"))
        }
        KeyringError::Slow => {
            AppError::new(ErrorKind::Failed, "keyring_slow", Message::new("keep-keyring-no-answer"))
        }
    };
    app_error.hint(Message::new("keep-keyring-refused-hint").with("instance", printable(name)))
}

/// Something stays in a keyring that does not let go of it.
pub(super) fn left_in_keyring(name: &str, error: KeyringError) -> Message {
    let why = match error {
        KeyringError::Locked => Message::new("keep-left-locked"),
        KeyringError::Absent(_) => Message::new("keep-keyring-none"),
        KeyringError::Slow => Message::new("keep-keyring-no-answer"),
        KeyringError::Failed(what) => Message::new("keep-because").with("what", what),
    };
    Message::new("keep-left-in-keyring").with("instance", printable(name)).with("because", why)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::i18n::{Catalog, Language, Words};

    #[test]
    fn every_answer_of_a_keyring_is_said_in_its_own_words() {
        let errors = [
            (KeyringError::Locked, "keyring_locked"),
            (KeyringError::Absent("x".into()), "keyring_absent"),
            (KeyringError::Slow, "keyring_slow"),
            (KeyringError::Failed("x".into()), "keyring_failed"),
        ];
        for (error, code) in errors {
            let error = not_given("mesh.example.org", error);
            assert_eq!((error.kind, error.code.as_str()), (ErrorKind::NotSignedIn, code));
            let Words::Message(message) = error.message else { panic!("ours") };
            for language in Language::ALL {
                let catalog = Catalog::new(language);
                assert_ne!(catalog.say(&message), message.id);
            }
        }
    }
}

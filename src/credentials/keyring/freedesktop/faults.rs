//! What a Secret Service or the bus says when it does not do what it was asked,
//! in words for a person: names, paths and types of the bus mean nothing to them
//! and are never shown.

use secret_service::Error;
use zbus::DBusError as _;

use crate::credentials::keyring::outcome::{KeyringError, failed};
use crate::i18n::{Words, printable};

/// Longer than any sentence.
const LONGEST: usize = 160;

pub(super) fn in_our_words(error: Error) -> KeyringError {
    match error {
        Error::Locked => KeyringError::Locked,
        Error::Prompt => KeyringError::Denied,
        Error::NoResult => KeyringError::NoCollection,
        Error::Unavailable | Error::PromptDisconnected => KeyringError::Absent,
        Error::Zbus(error) => of_bus(error),
        Error::ZbusFdo(error) => named(error.name().as_str(), error.description()),
        _ => failed("keyring-at-odds"),
    }
}

fn of_bus(error: zbus::Error) -> KeyringError {
    match error {
        zbus::Error::MethodError(name, detail, _) => named(name.as_str(), detail.as_deref()),
        zbus::Error::FDO(error) => named(error.name().as_str(), error.description()),
        zbus::Error::Address(_)
        | zbus::Error::Connection(..)
        | zbus::Error::Handshake(_)
        | zbus::Error::InputOutput(_) => KeyringError::Absent,
        _ => failed("keyring-at-odds"),
    }
}

/// An error by the name it has on the bus.
fn named(name: &str, detail: Option<&str>) -> KeyringError {
    match name.rsplit('.').next().unwrap_or_default() {
        "IsLocked" => KeyringError::Locked,
        "AccessDenied" => KeyringError::Denied,
        "Disconnected" | "NameHasNoOwner" | "NoReply" | "NoServer" | "ServiceUnknown" => {
            KeyringError::Absent
        }
        _ if name.contains(".Spawn.") => KeyringError::Absent,
        _ => match detail.and_then(sentence) {
            Some(said) => KeyringError::Failed(Words::Verbatim(said)),
            None => failed("keyring-at-odds"),
        },
    }
}

/// What a service said, if it is a sentence for a person.
fn sentence(detail: &str) -> Option<String> {
    let text = printable(detail).trim().trim_end_matches('.').to_owned();
    let is_technical = |word: &str| {
        let inner = word.trim_matches(|c: char| !c.is_alphanumeric() && c != '/');
        inner.contains(['.', '/', ':', '_', '(', '<', '{']) || inner.to_lowercase().contains("bus")
    };
    let is_sentence = text.contains(' ') && text.len() <= LONGEST;
    (is_sentence && !text.split_whitespace().any(is_technical)).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_of_the_bus_is_told() {
        for detail in [
            "No such object path '/org/freedesktop/secrets/aliases/default'",
            "The name org.freedesktop.secrets was not provided by any .service files",
            "zbus::fdo::Error: something",
            "method_call failed in D-Bus",
            "Traceback",
            "",
        ] {
            assert_eq!(sentence(detail), None, "{detail}");
        }
        assert_eq!(sentence("The disk is full.\n").as_deref(), Some("The disk is full"));
    }

    #[test]
    fn errors_are_known_by_their_names() {
        let secret = |name: &str| named(&format!("org.freedesktop.Secret.Error.{name}"), None);
        assert_eq!(secret("IsLocked"), KeyringError::Locked);
        assert_eq!(secret("NoSuchObject"), failed("keyring-at-odds"));
        let bus = |name: &str| named(&format!("org.freedesktop.DBus.Error.{name}"), Some("a/b c"));
        assert_eq!(bus("AccessDenied"), KeyringError::Denied);
        assert_eq!(bus("ServiceUnknown"), KeyringError::Absent);
        assert_eq!(bus("Spawn.ChildExited"), KeyringError::Absent);
        assert_eq!(bus("Failed"), failed("keyring-at-odds"));
    }
}

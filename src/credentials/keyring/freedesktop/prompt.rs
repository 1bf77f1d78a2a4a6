//! What a service answers by a prompt of its own: unlocking, and with some also
//! taking something away. Its owner is asked in a window, and this waits for as
//! long as that stands.

use zbus::blocking::{Connection, Proxy};
use zbus::zvariant::{ObjectPath, OwnedObjectPath, OwnedValue};

use super::faults::in_our_words;
use crate::credentials::keyring::outcome::{Ask, KeyringError};

const SERVICE: &str = "org.freedesktop.secrets";

/// Where an answer leads when nothing is asked.
const NO_PROMPT: &str = "/";

/// Unlocks an item or a collection, asking its owner where the service does so.
/// Answers whether they said yes.
pub(super) fn unlock(bus: &Connection, path: &ObjectPath<'_>) -> Result<bool, KeyringError> {
    let service = proxy(bus, "/org/freedesktop/secrets", "org.freedesktop.Secret.Service")?;
    let answer = service.call("Unlock", &(vec![path],)).map_err(fault)?;
    let (_, prompt): (Vec<OwnedObjectPath>, OwnedObjectPath) = answer;
    if prompt.as_str() == NO_PROMPT { Ok(true) } else { ask_owner(bus, &prompt) }
}

/// Deletes an item. Where the service asks its owner first, that is done with
/// [`Ask::Anything`] only.
pub(super) fn delete(
    bus: &Connection,
    path: &ObjectPath<'_>,
    ask: Ask,
) -> Result<(), KeyringError> {
    let item = proxy(bus, path.as_str(), "org.freedesktop.Secret.Item")?;
    let prompt: OwnedObjectPath = item.call("Delete", &()).map_err(fault)?;
    if prompt.as_str() == NO_PROMPT {
        return Ok(());
    }
    if ask < Ask::Anything {
        let asks = proxy(bus, prompt.as_str(), "org.freedesktop.Secret.Prompt")?;
        // One that stays ends with this connection.
        let _ = asks.call::<_, _, ()>("Dismiss", &());
        return Err(KeyringError::Asks);
    }
    if ask_owner(bus, &prompt)? { Ok(()) } else { Err(KeyringError::Denied) }
}

/// Shows a prompt and waits for its answer. One that is put away is a no.
fn ask_owner(bus: &Connection, prompt: &OwnedObjectPath) -> Result<bool, KeyringError> {
    let prompt = proxy(bus, prompt.as_str(), "org.freedesktop.Secret.Prompt")?;
    let mut answers = prompt.receive_signal("Completed").map_err(fault)?;
    prompt.call::<_, _, ()>("Prompt", &("",)).map_err(fault)?;
    let answer = answers.next().ok_or(KeyringError::Absent)?;
    let (dismissed, _): (bool, OwnedValue) = answer.body().deserialize().map_err(fault)?;
    Ok(!dismissed)
}

fn proxy<'a>(
    bus: &Connection,
    path: &'a str,
    interface: &'static str,
) -> Result<Proxy<'a>, KeyringError> {
    Proxy::new(bus, SERVICE, path, interface).map_err(fault)
}

fn fault(error: zbus::Error) -> KeyringError {
    in_our_words(error.into())
}

/// A path as the service would give it.
pub(super) fn path_of(path: &str) -> Option<OwnedObjectPath> {
    OwnedObjectPath::try_from(path).ok()
}

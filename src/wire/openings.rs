//! What a terminal that waits is told of the page of its code. The surprising
//! rule: it hears that somebody came and how far, never who; and only where it
//! says that it knows of this, so that every other client sees RFC 8628 as it is.

use serde::{Deserialize, Serialize};

/// Somebody opened the page of a code that waits. Told as `crewmesh_opened` beside
/// `authorization_pending` to whoever polls with the parameter of that name: the
/// [`Opening::changes`] that they know, at first 0.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Opening {
    /// How often this changed, counting this time.
    pub changes: u32,
    /// How far they came.
    pub step: OpeningStep,
    /// What they opened it on.
    pub on: OpenedOn,
    /// The network they came from, shortened ([`is_network`]); absent where it is
    /// not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub network: Option<String>,
}

/// How far somebody came.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OpeningStep {
    /// At the page, and nobody is signed in yet.
    Opened,
    /// Signed in, and looking at the card.
    SignedIn,
}

/// What a page was opened on, as far as the browser says it plainly.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OpenedOn {
    Phone,
    Computer,
    /// It does not say.
    #[serde(other)]
    Browser,
}

/// Whether `text` can be a shortened network: `203.0.113.x`, `2001:db8:1::/48`.
pub fn is_network(text: &str) -> bool {
    let is_part = |byte: u8| byte.is_ascii_hexdigit() || b".:/x".contains(&byte);
    (1..=43).contains(&text.len()) && text.bytes().all(is_part)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_device_we_do_not_know_has_a_browser() {
        let text = r#"{"changes":2,"step":"signed_in","on":"fridge","more":1}"#;
        let read: Opening = serde_json::from_str(text).unwrap();
        let (step, on) = (OpeningStep::SignedIn, OpenedOn::Browser);
        assert_eq!(read, Opening { changes: 2, step, on, network: None });
        assert!(OpeningStep::Opened < OpeningStep::SignedIn);
    }

    #[test]
    fn a_network_is_no_free_text() {
        for text in ["203.0.113.x", "2001:db8:1::/48"] {
            assert!(is_network(text));
        }
        for text in ["", "the same as yours", "203.0.113.x\u{1b}", &"1".repeat(44)] {
            assert!(!is_network(text), "{text:?}");
        }
    }
}

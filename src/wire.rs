//! What goes over the wire, as client and server both know it, one family of
//! routes per file.
//!
//! Pure data: no IO, no checks beyond the shape. Unknown members are ignored
//! on reading; absent optional ones are left out on writing. Times are
//! RFC 3339 UTC ([`jiff::Timestamp`]) or, where a name ends in `_in`, whole
//! seconds.

mod accounts;
mod approvals;
mod bounds;
mod connections;
mod device_flows;
mod invites;
mod machines;
mod meshes;
mod messages;
mod oauth;
mod openings;
mod peers;
mod service_clients;
mod shares;
mod tasks;
mod tokens;

use serde::{Deserialize, Serialize};
use unicode_width::UnicodeWidthStr as _;

use crate::i18n::{looks_blank, on_one_line, printable};

pub use self::accounts::*;
pub use self::approvals::*;
pub use self::bounds::*;
pub use self::connections::*;
pub use self::device_flows::*;
pub use self::invites::*;
pub use self::machines::*;
pub use self::meshes::*;
pub use self::messages::*;
pub use self::oauth::*;
pub use self::openings::*;
pub use self::peers::*;
pub use self::service_clients::*;
pub use self::shares::*;
pub use self::tasks::*;
pub use self::tokens::*;

/// An error of our own API.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ErrorBody {
    /// A stable `snake_case` word.
    pub error: String,
    /// What happened.
    #[serde(default)]
    pub message: String,
    /// What to do.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
    /// With `slug_taken`: a free one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub suggested_slug: Option<String>,
    /// With `plan_required`: the one with room for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub plan: Option<String>,
    /// With `unknown_peer`: who is there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub there: Option<Vec<String>>,
    /// With `task_claimed`: who has it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub holder: Option<String>,
    /// With `upgrade_required`: the oldest client that will do.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min_version: Option<String>,
}

/// A display name as it is kept, of a mesh, a machine, a token, a person:
/// printable, without blanks around it, 1 to [`LONGEST_NAME`] characters of
/// which something is seen.
pub fn display_name(given: &str) -> Option<String> {
    let name = printable(&on_one_line(given)).trim().to_owned();
    let fits = !looks_blank(&name) && name.width() > 0 && name.chars().count() <= LONGEST_NAME;
    fits.then_some(name)
}

/// Whether `text` can be an e-mail address: something before one `@`, something
/// behind it, no space. Only a letter to it would show more.
pub fn is_email(text: &str) -> bool {
    text.len() <= LONGEST_EMAIL
        && !text.contains(char::is_whitespace)
        && printable(text) == text
        && text
            .split_once('@')
            .is_some_and(|(user, host)| !user.is_empty() && !host.is_empty() && !host.contains('@'))
}

/// Whether `id` can be an opaque id: printable ASCII, of a length that fits a
/// keyring item.
pub fn is_id(id: &str) -> bool {
    (1..=LONGEST_ID).contains(&id.len()) && id.bytes().all(|b| b.is_ascii_graphic())
}

/// A page of a list. `?limit≤100&cursor=`, with [`LARGEST_PAGE`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Listing<T> {
    /// This page's rows.
    pub data: Vec<T>,
    /// How many there are in all.
    pub total: u64,
    /// Where the next page begins; `None` on the last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_cursor: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_seen_and_has_an_end() {
        assert_eq!(display_name(" \u{1b}[1mAna\n").as_deref(), Some("Ana"));
        assert_eq!(display_name("Night\r\n shift\tA\n").as_deref(), Some("Night shift A"));
        assert_eq!(display_name("東京").as_deref(), Some("東京"));
        let longest = "é".repeat(LONGEST_NAME);
        assert_eq!(display_name(&longest), Some(longest.clone()));
        for none in [
            "",
            " \t",
            "\u{200b}",
            "\u{200d}\u{fe0f}",
            "\u{2800}",
            "\u{3164} \u{2800}",
            &format!("{longest}é"),
        ] {
            assert_eq!(display_name(none), None, "{none:?}");
        }
    }

    #[test]
    fn an_address_has_two_sides() {
        assert!(is_email("a@example.org") && is_email("ñ@ñ"));
        for wrong in ["", "a", "@b", "a@", "a@b@c", "a b@c", "a\u{7}@b"] {
            assert!(!is_email(wrong), "{wrong}");
        }
    }
}

//! What a server answered, as far as anybody here looks at it: status, the few
//! headers that mean something, and a body of at most 1 MiB. Pure, so that
//! every rule about replies is tested without a network. Surprising rule: a
//! body is shown to nobody; it may hold a token.

use std::fmt;
use std::time::Duration;

use jiff::Timestamp;
use serde::de::{Deserialize as _, DeserializeOwned, Deserializer};
use serde_json::Value;
use zeroize::{Zeroize as _, Zeroizing};

/// The most of a server's own words that is shown, in characters.
const LONGEST_WORDS: usize = 400;

/// One reply, read to its end.
#[derive(Clone)]
pub struct Reply {
    pub status: u16,
    /// How long the server asks to be left alone, by Retry-After.
    pub retry_after: Option<Duration>,
    /// WWW-Authenticate, where the server says what was wrong with a token.
    pub challenge: Option<String>,
    /// What this reply is told from another of the same thing by, ETag.
    pub etag: Option<String>,
    /// Where a redirect points.
    pub location: Option<String>,
    /// What the body is, by Content-Type.
    pub content_type: Option<String>,
    /// How long it may be kept, by Cache-Control.
    pub cache_control: Option<String>,
    /// The body; wiped when dropped.
    pub body: Zeroizing<Vec<u8>>,
}

impl fmt::Debug for Reply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reply")
            .field("status", &self.status)
            .field("bytes", &self.body.len())
            .finish_non_exhaustive()
    }
}

impl Reply {
    /// A reply of nothing but status and body.
    pub fn new(status: u16, body: impl Into<Vec<u8>>) -> Self {
        Self {
            status,
            retry_after: None,
            challenge: None,
            etag: None,
            location: None,
            content_type: None,
            cache_control: None,
            body: Zeroizing::new(body.into()),
        }
    }

    /// 2xx.
    pub fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// The body as JSON of this shape. A member that is null is not there: for
    /// many servers the two are one.
    ///
    /// # Errors
    /// When it is no JSON (HTML from a proxy, half a body) or another shape.
    pub fn json<T: DeserializeOwned>(&self) -> serde_json::Result<T> {
        let mut value = Wiped(serde_json::from_slice(&self.body)?);
        drop_nulls(&mut value.0);
        T::deserialize(&value.0)
    }
}

/// Wiped when dropped: there may be a token among its members.
struct Wiped(Value);

impl Drop for Wiped {
    fn drop(&mut self) {
        wipe(&mut self.0);
    }
}

fn wipe(value: &mut Value) {
    match value {
        Value::String(text) => text.zeroize(),
        Value::Array(all) => all.iter_mut().for_each(wipe),
        Value::Object(members) => members.values_mut().for_each(wipe),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

fn drop_nulls(value: &mut Value) {
    match value {
        Value::Array(all) => all.iter_mut().for_each(drop_nulls),
        Value::Object(members) => {
            members.retain(|_, member| !member.is_null());
            members.values_mut().for_each(drop_nulls);
        }
        _ => {}
    }
}

/// A text that can be done without: whatever else a server puts there is none.
pub(crate) fn text_if_any<'de, D: Deserializer<'de>>(from: D) -> Result<Option<String>, D::Error> {
    Ok(match Value::deserialize(from)? {
        Value::String(text) => Some(text),
        _ => None,
    })
}

/// As much of a server's text as is shown.
pub(crate) fn clipped(text: &str) -> String {
    text.chars().take(LONGEST_WORDS).collect()
}

/// Reads Retry-After (RFC 9110 §10.2.3): seconds, or a date. At most a day;
/// a date that has passed is no wait at all.
pub fn retry_after(value: &str, now: Timestamp) -> Option<Duration> {
    const DAY: Duration = Duration::from_hours(24);
    let value = value.trim();
    // Rust reads a sign there too.
    if value.bytes().all(|b| b.is_ascii_digit())
        && let Ok(seconds) = value.parse::<u64>()
    {
        return Some(Duration::from_secs(seconds).min(DAY));
    }
    let then = jiff::fmt::rfc2822::parse(value).ok()?.timestamp();
    Some(Duration::try_from(then.duration_since(now)).unwrap_or_default().min(DAY))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn retry_after_is_seconds_or_a_date() {
        let now: Timestamp = "2026-11-21T08:00:00Z".parse().expect("a time");
        let read = |value| retry_after(value, now);
        assert_eq!(read("17"), Some(Duration::from_secs(17)));
        assert_eq!(read("Sat, 21 Nov 2026 08:00:30 GMT"), Some(Duration::from_secs(30)));
        assert_eq!(read("Sat, 21 Nov 2026 07:00:00 GMT"), Some(Duration::ZERO));
        assert_eq!(read("99999999999"), Some(Duration::from_hours(24)));
        for none in ["soon", "+17", "-1", "1.5", ""] {
            assert_eq!(read(none), None, "{none}");
        }
    }

    #[test]
    fn a_null_member_is_not_there() {
        #[derive(serde::Deserialize)]
        struct Inner {
            #[serde(default)]
            name: String,
        }
        #[derive(serde::Deserialize)]
        struct Outer {
            inner: Inner,
            #[serde(default)]
            all: Vec<Inner>,
        }
        let read = |body: &str| Reply::new(200, body).json::<Outer>();
        let read_well = read(r#"{"inner":{"name":null},"all":[{"name":null}],"more":null}"#);
        let Outer { inner, all } = read_well.expect("read");
        assert_eq!((inner.name.as_str(), all[0].name.as_str()), ("", ""));
        assert!(read(r#"{"inner":null}"#).is_err(), "absent is absent");
        assert!(read(r#"{"inner":{},"all":null}"#).expect("read").all.is_empty());
    }

    #[test]
    fn a_reply_shows_nobody_its_body() {
        let printed = format!("{:?}", Reply::new(200, "cm_session_secret"));
        assert!(!printed.contains("secret"), "{printed}");
    }
}

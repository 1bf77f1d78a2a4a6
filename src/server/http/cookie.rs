//! Our cookies: what they are called, and what can be in them.
//!
//! The surprising rule: what cannot be a value of ours is none, so that nothing
//! is asked of the database for it.

use std::fmt::Write as _;

use axum::http::HeaderMap;
use axum::http::header::{COOKIE, HeaderValue};

use crate::secret::Secret;

/// Characters of a cookie's value: 32 bytes in base 32.
const VALUE: usize = 52;

/// Our cookies. On https their names carry the `__Host-` prefix, so that no
/// neighbouring host can set them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cookie {
    /// The token of a web session.
    Session,
    /// What forms are bound to before there is a session.
    Form,
    /// The BCP 47 tag of the language that somebody chose.
    Language,
    /// What sign-ins elsewhere are bound to.
    Upstream,
    /// What a browser in which somebody signed in is known by.
    Device,
    /// The sign-in that lacks its code.
    Pending,
    /// What the second factor that is set up here follows from.
    Seed,
}

impl Cookie {
    fn name(self, https: bool) -> &'static str {
        match (self, https) {
            (Self::Session, true) => "__Host-crewmesh",
            (Self::Session, false) => "crewmesh",
            (Self::Form, true) => "__Host-crewmesh-form",
            (Self::Form, false) => "crewmesh-form",
            (Self::Language, true) => "__Host-crewmesh-language",
            (Self::Language, false) => "crewmesh-language",
            (Self::Upstream, true) => "__Host-crewmesh-elsewhere",
            (Self::Upstream, false) => "crewmesh-elsewhere",
            (Self::Device, true) => "__Host-crewmesh-device",
            (Self::Device, false) => "crewmesh-device",
            (Self::Pending, true) => "__Host-crewmesh-pending",
            (Self::Pending, false) => "crewmesh-pending",
            (Self::Seed, true) => "__Host-crewmesh-seed",
            (Self::Seed, false) => "crewmesh-seed",
        }
    }

    pub fn read(self, headers: &HeaderMap, https: bool) -> Option<String> {
        let pairs = headers.get_all(COOKIE).iter().filter_map(|value| value.to_str().ok());
        pairs
            .flat_map(|value| value.split(';'))
            .filter_map(|pair| pair.trim().split_once('='))
            .find(|(name, _)| *name == self.name(https))
            .map(|(_, value)| value.to_owned())
    }

    /// The Set-Cookie header that keeps `value` for `seconds`; nought forgets.
    pub fn set(self, https: bool, value: &str, seconds: Option<i64>) -> HeaderValue {
        let mut cookie = format!("{}={value}; Path=/; HttpOnly; SameSite=Lax", self.name(https));
        if let Some(seconds) = seconds {
            let _ = write!(cookie, "; Max-Age={seconds}");
        }
        if https {
            cookie.push_str("; Secure");
        }
        // Names and values are ours: letters, digits, dashes.
        HeaderValue::from_str(&cookie).unwrap_or(HeaderValue::from_static(""))
    }
}

/// `text`, where it can be a value of ours.
pub fn value(text: String) -> Option<Secret> {
    let is_ours =
        text.len() == VALUE && text.bytes().all(|b| matches!(b, b'a'..=b'z' | b'2'..=b'7'));
    is_ours.then(|| Secret::new(text))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::secret::random_value;

    #[test]
    fn a_cookie_is_host_only_on_https() {
        let cookie = Cookie::Session.set(true, "x", Some(60));
        assert_eq!(
            cookie.to_str().unwrap(),
            "__Host-crewmesh=x; Path=/; HttpOnly; SameSite=Lax; Max-Age=60; Secure"
        );
        let cookie = Cookie::Form.set(false, "x", None);
        assert_eq!(cookie.to_str().unwrap(), "crewmesh-form=x; Path=/; HttpOnly; SameSite=Lax");
    }

    #[test]
    fn a_cookie_is_found_among_others_and_by_its_whole_name() {
        let mut headers = HeaderMap::new();
        headers.append(COOKIE, "a=b; crewmesh-form=f; crewmesh=s".parse().unwrap());
        assert_eq!(Cookie::Session.read(&headers, false).as_deref(), Some("s"));
        assert_eq!(Cookie::Form.read(&headers, false).as_deref(), Some("f"));
        assert_eq!(Cookie::Session.read(&headers, true), None);
    }

    #[test]
    fn only_what_we_made_is_looked_up() {
        assert!(value(random_value().expose().to_owned()).is_some());
        assert!(value("short".into()).is_none() && value("!".repeat(VALUE)).is_none());
    }
}

//! Answers that are held back until something happens, for whoever prefers to wait
//! (RFC 7240 §4.3).

use std::convert::Infallible;
use std::time::Duration;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, HeaderValue};
use axum::response::Response;

use super::quoted::split_unquoted;
use crate::server::state::State;

/// How long an answer may be held back: what the request prefers, at most what the
/// instance allows.
#[derive(Clone, Copy, Debug)]
pub struct Wait(pub Option<Duration>);

impl FromRequestParts<State> for Wait {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, state: &State) -> Result<Self, Infallible> {
        Ok(Self(prefer_wait(&parts.headers).map(|wait| wait.min(state.config.longest_hold))))
    }
}

/// Says in `response` that it was held back for up to `limit`.
pub fn applied(response: &mut Response, limit: Duration) {
    let applied = format!("wait={}", limit.as_millis().div_ceil(1_000));
    if let Ok(applied) = HeaderValue::from_str(&applied) {
        response.headers_mut().insert(HeaderName::from_static("preference-applied"), applied);
    }
}

/// `Prefer: wait=N` (RFC 7240 §4.3), in any company. Zero is no hold.
pub fn prefer_wait(headers: &HeaderMap) -> Option<Duration> {
    headers
        .get_all("prefer")
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| split_unquoted(value, ','))
        .find_map(|preference| {
            let (name, value) = split_unquoted(preference, ';').next()?.split_once('=')?;
            let seconds = value.trim().trim_matches('"');
            // Rust reads a sign there too.
            let is_plain = seconds.bytes().all(|b| b.is_ascii_digit());
            let seconds = seconds.parse().ok().filter(|_| is_plain)?;
            name.trim().eq_ignore_ascii_case("wait").then_some(seconds)
        })
        .filter(|seconds| *seconds > 0)
        .map(Duration::from_secs)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_preference_is_read_in_any_company() {
        let wait = |value: &str| {
            let mut headers = HeaderMap::new();
            headers.insert("prefer", value.parse().unwrap());
            prefer_wait(&headers)
        };
        assert_eq!(wait("wait=25"), Some(Duration::from_secs(25)));
        assert_eq!(wait("respond-async, Wait = \"7\"; x=1"), Some(Duration::from_secs(7)));
        assert_eq!(wait("wait=0"), None);
        assert_eq!(wait("wait=soon"), None);
        assert_eq!(wait("wait=+5"), None);
        assert_eq!(wait("waiting=5"), None);
    }

    #[test]
    fn whoever_prefers_to_wait_says_so_in_digits_and_counts_once() {
        let seeds =
            &["wait=25", "respond-async, Wait = \"7\"; x=1", "wait=0,wait=5", "x=\"a,wait=9\""];
        crate::cases::hold(crate::cases::texts(seeds), |text| {
            let Ok(value) = axum::http::HeaderValue::from_str(&text) else { return };
            let mut headers = HeaderMap::new();
            headers.append("prefer", value);
            let Some(wait) = prefer_wait(&headers) else { return };
            assert!(wait > Duration::ZERO);
            let digits = wait.as_secs().to_string();
            // Of its own, with nothing but zeros before it.
            let mut found = text.match_indices(&digits).map(|(at, _)| &text[..at]);
            let is_plain =
                |before: &str| before.trim_end_matches('0').ends_with([' ', '\t', '"', '=']);
            assert!(found.any(is_plain), "{text:?}");
        });
    }

    #[test]
    fn what_stands_in_another_preference_is_none() {
        for text in ["x=\"a,wait=9\"", "x=\"a;wait=9\"", "x=1;wait=9", "wait=+9", "wait"] {
            let mut headers = HeaderMap::new();
            headers.append("prefer", axum::http::HeaderValue::from_static(text));
            assert_eq!(prefer_wait(&headers), None, "{text}");
        }
    }
}

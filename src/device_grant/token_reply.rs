//! What the reply of a token endpoint says of a device code.

use std::time::Duration;

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::Value;

use crate::api::is_token;
use crate::api::refusal::Context;
use crate::device_grant::authorization::seconds;
use crate::device_grant::poll::{IssuedToken, Poll};
use crate::error::AppError;
use crate::http::reply::Reply;
use crate::secret::Secret;
use crate::wire::{Opening, is_network};

/// Success and error of a token endpoint in one: GitHub sends its errors with
/// a 200.
#[derive(Deserialize)]
struct TokenBody {
    error: Option<Value>,
    interval: Option<Value>,
    access_token: Option<Secret>,
    refresh_token: Option<Value>,
    token_type: Option<String>,
    expires_in: Option<Value>,
    user: Option<Value>,
    crewmesh_opened: Option<Value>,
}

/// Reads a token endpoint's reply (RFC 6749 §5, RFC 8628 §3.5).
pub fn token_reply(reply: &Reply, server: &str, now: Timestamp) -> Poll<IssuedToken> {
    let Ok(body) = reply.json::<TokenBody>() else { return Poll::Failed(failure(reply, server)) };
    let error = body.error.as_ref().filter(|error| !error.is_null());
    match error.map(|error| error.as_str().unwrap_or("?")).filter(|error| !error.is_empty()) {
        Some("authorization_pending") => {
            body.crewmesh_opened.and_then(opening).map_or(Poll::Pending, Poll::Opened)
        }
        Some("slow_down") => {
            Poll::SlowDown { interval: new_interval(reply, body.interval.as_ref()) }
        }
        Some("access_denied" | "authorization_declined") => Poll::Refused,
        Some("expired_token") => Poll::Expired,
        Some("invalid_grant") => Poll::Gone,
        Some(_) => Poll::Failed(failure(reply, server)),
        None => {
            let bearer =
                body.token_type.as_deref().is_none_or(|kind| kind.eq_ignore_ascii_case("bearer"));
            match body.access_token {
                Some(token) if reply.is_success() && bearer && is_token(&token) => {
                    let expires_at = body.expires_in.as_ref().and_then(|lives| end(lives, now));
                    let refresh_token = body.refresh_token.as_ref().and_then(Value::as_str);
                    let refresh_token = refresh_token.map(Secret::new).filter(is_token);
                    let user = body.user;
                    Poll::Approved(IssuedToken { token, expires_at, refresh_token, user })
                }
                _ => Poll::Failed(failure(reply, server)),
            }
        }
    }
}

/// What is told of the code's page, where it is told as it should be.
fn opening(told: Value) -> Option<Opening> {
    let opening = Opening::deserialize(told).ok()?;
    opening.network.as_deref().is_none_or(is_network).then_some(opening)
}

/// When a token ends by its `expires_in`. One that would be over at once ends
/// nobody knows when: a server that means "never" writes 0.
pub(crate) fn end(expires_in: &Value, now: Timestamp) -> Option<Timestamp> {
    let lives = seconds(expires_in).filter(|lives| *lives >= 1.0)?;
    now.checked_add(Duration::try_from_secs_f64(lives.floor()).ok()?).ok()
}

/// The server's own new pace: a member of the body, or Retry-After.
pub(crate) fn new_interval(reply: &Reply, interval: Option<&Value>) -> Option<u64> {
    let named = interval.and_then(seconds).filter(|seconds| *seconds >= 1.0);
    #[allow(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "at most an hour: the deadline is nearer than that"
    )]
    let named = named.map(|seconds| seconds.min(3600.0).ceil() as u64);
    named.max(reply.retry_after.map(|wait| wait.as_secs()))
}

/// What a reply means that says nothing about the code. A success that says
/// nothing is as good as no reply.
pub(crate) fn failure(reply: &Reply, server: &str) -> AppError {
    let context = Context::of_grant(server);
    let is_error = || reply.json::<Value>().is_ok_and(|body| body["error"].is_string());
    match reply.is_success() {
        // GitHub's errors come with a 200.
        true if is_error() => context.refusal(&Reply { status: 400, ..reply.clone() }),
        true => context.unread(reply),
        false => context.refusal(reply),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cases::{hold, is_shown_as_it_is, json};
    use crate::i18n::{Catalog, Language};

    #[test]
    fn a_token_that_is_given_can_be_sent_and_nothing_of_it_is_said() {
        let seeds = &[
            r#"{"access_token":"hunter2","token_type":"Bearer","expires_in":3600,"user":{"id":"u","name":"Ana"}}"#,
            r#"{"access_token":"hunter2","token_type":"bearer","expires_in":"3600"}"#,
            r#"{"error":"slow_down","interval":10}"#,
            r#"{"error":"authorization_pending","error_description":"Not yet."}"#,
            r#"{"error":"authorization_pending","crewmesh_opened":{"changes":1,"step":"opened","on":"phone","network":"203.0.113.x"}}"#,
            r#"{"error":"server_error","error_description":"hunter2"}"#,
        ];
        let now: Timestamp = "9999-12-01T00:00:00Z".parse().unwrap();
        let statuses = proptest::sample::select(vec![200_u16, 400, 401, 429, 500]);
        hold((json(seeds), statuses), |(text, status)| {
            let reply = Reply::new(status, text.as_bytes());
            match token_reply(&reply, "mesh.example.org", now) {
                Poll::Approved(issued) => {
                    assert!(is_token(&issued.token) && reply.is_success());
                    assert!(issued.expires_at.is_none_or(|end| end > now), "{text}");
                    let said = format!("{:?}", issued.token);
                    assert!(!said.contains("hunter2"), "{said}");
                }
                Poll::SlowDown { interval } => {
                    assert!(interval.is_none_or(|pace| (1..=3_600).contains(&pace)), "{text}");
                }
                Poll::Opened(opening) => {
                    assert!(opening.network.as_deref().is_none_or(is_shown_as_it_is), "{text}");
                }
                Poll::Failed(error) => {
                    let said = Catalog::new(Language::ENGLISH).words(&error.message).into_owned();
                    assert!(is_shown_as_it_is(&said), "{said:?}");
                    // What the server says of it is its own words, and shown.
                    let value: Value = serde_json::from_str(&text).unwrap_or_default();
                    let is_own_words =
                        ["error", "error_description", "message", "hint"].iter().any(|name| {
                            value[name]
                                .as_str()
                                .is_some_and(|own| crate::i18n::printable(own).contains("hunter2"))
                        });
                    assert!(is_own_words || !said.contains("hunter2"), "{said}");
                }
                _ => {}
            }
        });
    }
}

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

/// Success and error of a token endpoint in one: GitHub sends its errors with
/// a 200.
#[derive(Deserialize)]
struct TokenBody {
    error: Option<String>,
    interval: Option<Value>,
    access_token: Option<Secret>,
    token_type: Option<String>,
    expires_in: Option<Value>,
    user: Option<Value>,
}

/// Reads a token endpoint's reply (RFC 6749 §5, RFC 8628 §3.5).
pub fn token_reply(reply: &Reply, server: &str, now: Timestamp) -> Poll<IssuedToken> {
    let Ok(body) = reply.json::<TokenBody>() else { return Poll::Failed(failure(reply, server)) };
    match body.error.as_deref().filter(|error| !error.is_empty()) {
        Some("authorization_pending") => Poll::Pending,
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
                    let lives = body.expires_in.as_ref().and_then(seconds).filter(|s| *s > 0.0);
                    let expires_at = lives
                        .and_then(|lives| Duration::try_from_secs_f64(lives.floor()).ok())
                        .and_then(|lives| now.checked_add(lives).ok());
                    Poll::Approved(IssuedToken { token, expires_at, user: body.user })
                }
                _ => Poll::Failed(failure(reply, server)),
            }
        }
    }
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
    if reply.is_success() && reply.json::<Value>().is_ok() {
        context.malformed()
    } else {
        context.refusal(reply)
    }
}

//! What one poll's reply says.

use std::time::Duration;

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::Value;

use crate::api::refusal::Context;
use crate::http::reply::Reply;
use crate::i18n::printable;
use crate::model::{Access, Account, DeviceCode, Poll, Source};
use crate::secret::Secret;
use crate::sign_in::device_grant::authorization::seconds;
use crate::wire::{User, Via};

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
pub fn token_reply(reply: &Reply, code: &DeviceCode, now: Timestamp) -> Poll {
    let Ok(body) = reply.json::<TokenBody>() else { return error(reply, code) };
    match body.error.as_deref().filter(|error| !error.is_empty()) {
        Some("authorization_pending") => Poll::Pending,
        Some("slow_down") => Poll::SlowDown { interval: slower(reply, body.interval.as_ref()) },
        Some("access_denied" | "authorization_declined") => Poll::Refused,
        Some("expired_token") => Poll::Expired,
        Some("invalid_grant") => Poll::Gone,
        Some(_) => error(reply, code),
        None => {
            let bearer =
                body.token_type.as_deref().is_none_or(|kind| kind.eq_ignore_ascii_case("bearer"));
            match body.access_token {
                Some(token) if reply.is_success() && bearer && is_token(&token) => {
                    let lives = body.expires_in.as_ref().and_then(seconds).filter(|s| *s > 0.0);
                    let expires_at = lives
                        .and_then(|lives| Duration::try_from_secs_f64(lives.floor()).ok())
                        .and_then(|lives| now.checked_add(lives).ok());
                    approved(code, token, expires_at, body.user.as_ref())
                }
                _ => error(reply, code),
            }
        }
    }
}

/// The reference document's own dialect.
#[derive(Deserialize)]
struct StatusBody {
    #[serde(default)]
    status: String,
    #[serde(default)]
    slow_down: bool,
    #[serde(default)]
    already_claimed: bool,
    token: Option<Secret>,
    user: Option<Value>,
    expires_at: Option<String>,
    error: Option<String>,
}

/// Reads the reply of `GET /api/auth/cli/device-code/:device_code`.
pub fn cli_status(reply: &Reply, code: &DeviceCode) -> Poll {
    let Ok(body) = reply.json::<StatusBody>() else { return error(reply, code) };
    if body.slow_down {
        return Poll::SlowDown { interval: slower(reply, None) };
    }
    match (body.status.as_str(), body.error.as_deref()) {
        ("pending", _) => Poll::Pending,
        ("denied", _) => Poll::Refused,
        ("approved", _) => match body.token {
            Some(token) if is_token(&token) => {
                let expires_at = body.expires_at.and_then(|text| text.parse().ok());
                approved(code, token, expires_at, body.user.as_ref())
            }
            _ if body.already_claimed => Poll::Gone,
            _ => error(reply, code),
        },
        ("expired", _) | (_, Some("expired" | "code_expired" | "expired_token")) => Poll::Expired,
        (_, Some(_)) if matches!(reply.status, 404 | 410) => Poll::Gone,
        _ => error(reply, code),
    }
}

fn approved(
    code: &DeviceCode,
    token: Secret,
    expires_at: Option<Timestamp>,
    user: Option<&Value>,
) -> Poll {
    let user =
        user.and_then(|user| User::deserialize(user).ok()).filter(|user| !user.id.is_empty());
    let account = user.map(|user| Account {
        id: printable(&user.id),
        name: printable(&user.name),
        email: printable(&user.email),
        via: Via::Session,
        token_name: String::new(),
        expires_at,
    });
    let access =
        Access { instance: code.instance.clone(), token, expires_at, source: Source::DeviceCode };
    Poll::Approved { access, account }
}

/// The server's own new pace: a member of the body, or Retry-After.
fn slower(reply: &Reply, interval: Option<&Value>) -> Option<u64> {
    let named = interval.and_then(seconds).filter(|seconds| *seconds >= 1.0);
    #[allow(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "at most an hour: the deadline is nearer than that"
    )]
    let named = named.map(|seconds| seconds.min(3600.0).ceil() as u64);
    named.max(reply.retry_after.map(|wait| wait.as_secs()))
}

fn error(reply: &Reply, code: &DeviceCode) -> Poll {
    let context = Context::about(&code.instance.name);
    // A success that says nothing is as good as no reply.
    Poll::AppError(if reply.is_success() && reply.json::<Value>().is_ok() {
        context.malformed()
    } else {
        context.refusal(reply)
    })
}

fn is_token(token: &Secret) -> bool {
    crate::api::is_token(token)
}

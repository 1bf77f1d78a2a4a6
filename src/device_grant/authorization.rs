//! What a device authorization endpoint answers (RFC 8628 §3.2), read from
//! any server that means well: numbers as strings, Google's spelling, the
//! reference document's `expires_at`. Surprising rule: a link that could run a
//! program or reach into somebody else's network is not shown, however well
//! it is spelled; https only, and http where the person allowed it.

use std::time::Duration;

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::Value;
use url::Url;

use crate::api::refusal::Context;
use crate::error::{AppError, ErrorKind};
use crate::http::link::link;
use crate::http::reply::Reply;
use crate::i18n::{Message, printable};
use crate::secret::Secret;
use crate::wire::are_code_words;

/// Seconds between polls where a server does not say (RFC 8628 §3.2).
const DEFAULT_INTERVAL: f64 = 5.0;

/// How long a code lives where a server does not say, against the RFC.
const DEFAULT_LIFETIME: Duration = Duration::from_mins(5);

/// Seconds a code lives at most, whatever a server says: a day.
const LONGEST_LIFETIME: f64 = 86_400.0;

/// Characters of a user code; RFC 8628 §6.1 speaks of eight.
const LONGEST_USER_CODE: usize = 64;

/// A device code as the server wrote it.
#[derive(Clone, Debug)]
pub struct Authorization {
    /// What is polled with.
    pub device_code: Secret,
    /// What a person compares; printable.
    pub user_code: String,
    /// Where it is typed.
    pub uri: Url,
    /// With the code in it, byte for byte.
    pub complete: Option<String>,
    /// How long the code lives from now.
    pub expires_in: Duration,
    /// Between two polls, 1…60 s.
    pub interval: Duration,
    /// Two words to compare beside the code, of a server that gives them.
    pub words: Option<String>,
}

/// What is wrong with such a reply.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InvalidAuthorization {
    /// No JSON, or nothing of what must be in it.
    Malformed,
    /// Its link is not one a person may be sent to.
    Link,
}

#[derive(Deserialize)]
struct Body {
    device_code: Option<Secret>,
    user_code: Option<String>,
    #[serde(alias = "verification_url")]
    verification_uri: Option<String>,
    #[serde(alias = "verification_url_complete")]
    verification_uri_complete: Option<String>,
    expires_in: Option<Value>,
    expires_at: Option<String>,
    interval: Option<Value>,
    crewmesh_words: Option<Value>,
}

impl Authorization {
    /// The code in the reply of `server`, or what that reply means instead.
    ///
    /// # Errors
    /// Refused; no JSON; not what RFC 8628 promises; a link nobody may be sent
    /// to.
    pub fn from_reply(
        reply: &Reply,
        server: &str,
        now: Timestamp,
        may_open: impl Fn(&Url) -> bool,
    ) -> Result<Self, AppError> {
        let context = Context::of_grant(server);
        if !reply.is_success() {
            return Err(context.refusal(reply));
        }
        Self::read(reply, now, may_open).map_err(|invalid| match invalid {
            InvalidAuthorization::Link => unsafe_link(server),
            InvalidAuthorization::Malformed => match reply.json::<Value>() {
                // GitHub's errors come with a 200.
                Ok(body) if body.get("error").is_some_and(Value::is_string) => {
                    context.refusal(&Reply { status: 400, ..reply.clone() })
                }
                _ => context.unread(reply),
            },
        })
    }

    /// Reads the reply. `may_open` says whether a link's scheme and host are
    /// such that a person may be sent there.
    ///
    /// # Errors
    /// [`InvalidAuthorization`].
    pub fn read(
        reply: &Reply,
        now: Timestamp,
        may_open: impl Fn(&Url) -> bool,
    ) -> Result<Self, InvalidAuthorization> {
        let body: Body = reply.json().map_err(|_| InvalidAuthorization::Malformed)?;
        let device_code =
            body.device_code.filter(crate::api::is_token).ok_or(InvalidAuthorization::Malformed)?;
        let user_code = printable(body.user_code.as_deref().unwrap_or_default().trim());
        if user_code.is_empty() || user_code.chars().count() > LONGEST_USER_CODE {
            return Err(InvalidAuthorization::Malformed);
        }
        let uri = body.verification_uri.ok_or(InvalidAuthorization::Malformed)?;
        let uri = link(&uri, &may_open).ok_or(InvalidAuthorization::Link)?;
        let complete = body
            .verification_uri_complete
            .filter(|text| is_spelled_out(text) && link(text, &may_open).is_some());
        Ok(Self {
            device_code,
            user_code,
            uri,
            complete,
            expires_in: lifetime(body.expires_in.as_ref(), body.expires_at.as_deref(), now),
            interval: interval(body.interval.as_ref()),
            words: body
                .crewmesh_words
                .and_then(|words| words.as_str().map(str::to_owned))
                .filter(|words| are_code_words(words)),
        })
    }
}

/// Whether a link that goes on as it came, to a QR code and to what opens a browser,
/// is one by each of its letters (RFC 3986 §2), with no help from who reads it.
fn is_spelled_out(text: &str) -> bool {
    let marks = b"-._~:/?#[]@!$&'()*+,;=%";
    text.bytes().all(|b| b.is_ascii_alphanumeric() || marks.contains(&b))
        && text.split_once("://").is_some_and(|(scheme, _)| !scheme.contains([':', '/']))
}

fn interval(value: Option<&Value>) -> Duration {
    Duration::from_secs_f64(value.and_then(seconds).unwrap_or(DEFAULT_INTERVAL).clamp(1.0, 60.0))
}

fn lifetime(expires_in: Option<&Value>, expires_at: Option<&str>, now: Timestamp) -> Duration {
    if let Some(seconds) = expires_in.and_then(seconds) {
        return Duration::from_secs_f64(seconds.clamp(0.0, LONGEST_LIFETIME));
    }
    let end: Option<Timestamp> = expires_at.and_then(|text| text.trim().parse().ok());
    end.map_or(DEFAULT_LIFETIME, |end| {
        let span = Duration::try_from(end.duration_since(now)).unwrap_or_default();
        span.min(Duration::from_secs_f64(LONGEST_LIFETIME))
    })
}

/// A number of seconds, as a number or as a text.
pub fn seconds(value: &Value) -> Option<f64> {
    let seconds = match value {
        Value::Number(number) => number.as_f64(),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    };
    seconds.filter(|seconds: &f64| seconds.is_finite())
}

fn unsafe_link(server: &str) -> AppError {
    AppError::new(
        ErrorKind::Failed,
        "unsafe_link",
        Message::new("reach-unsafe-link").with("host", printable(server)),
    )
    .hint(Message::new("reach-unsafe-link-hint"))
}

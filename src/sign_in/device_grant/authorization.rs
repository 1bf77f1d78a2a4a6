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

use crate::http::reply::Reply;
use crate::i18n::printable;
use crate::secret::Secret;

/// Where a server does not say how often (RFC 8628 §3.2).
const INTERVAL: f64 = 5.0;

/// Where a server does not say how long, against the RFC.
const LIFETIME: Duration = Duration::from_mins(5);

/// No code lives longer than a day, whatever a server says.
const LONGEST_LIFETIME: f64 = 86_400.0;

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
    /// From now.
    pub expires_in: Duration,
    /// 1…60 s.
    pub interval: Duration,
}

/// What is wrong with such a reply.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
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
}

impl Authorization {
    /// Reads the reply. `may_open` says whether a link's scheme and host are
    /// such that a person may be sent there.
    ///
    /// # Errors
    /// [`Fault`].
    pub fn read(
        reply: &Reply,
        now: Timestamp,
        may_open: impl Fn(&Url) -> bool,
    ) -> Result<Self, Fault> {
        let body: Body = reply.json().map_err(|_| Fault::Malformed)?;
        let device_code = body.device_code.filter(crate::api::is_token).ok_or(Fault::Malformed)?;
        let user_code = printable(body.user_code.as_deref().unwrap_or_default().trim());
        if user_code.is_empty() || user_code.chars().count() > 64 {
            return Err(Fault::Malformed);
        }
        let uri = body.verification_uri.ok_or(Fault::Malformed)?;
        let uri = link(&uri, &may_open).ok_or(Fault::Link)?;
        let complete = body
            .verification_uri_complete
            .filter(|text| text.is_ascii() && link(text, &may_open).is_some());
        Ok(Self {
            device_code,
            user_code,
            uri,
            complete,
            expires_in: lifetime(body.expires_in.as_ref(), body.expires_at.as_deref(), now),
            interval: interval(body.interval.as_ref()),
        })
    }
}

/// A link without control characters, spaces or a name and password in front
/// of the host, that a person may be sent to.
fn link(text: &str, may_open: &impl Fn(&Url) -> bool) -> Option<Url> {
    if text.len() > 2048 || printable(text) != text || text.contains(char::is_whitespace) {
        return None;
    }
    let url = Url::parse(text).ok()?;
    let plain = url.username().is_empty() && url.password().is_none() && url.has_host();
    (plain && may_open(&url)).then_some(url)
}

fn interval(value: Option<&Value>) -> Duration {
    Duration::from_secs_f64(value.and_then(seconds).unwrap_or(INTERVAL).clamp(1.0, 60.0))
}

fn lifetime(expires_in: Option<&Value>, expires_at: Option<&str>, now: Timestamp) -> Duration {
    if let Some(seconds) = expires_in.and_then(seconds) {
        return Duration::from_secs_f64(seconds.clamp(0.0, LONGEST_LIFETIME));
    }
    let end: Option<Timestamp> = expires_at.and_then(|text| text.trim().parse().ok());
    end.map_or(LIFETIME, |end| {
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

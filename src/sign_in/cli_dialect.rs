//! The reference document's own dialect of the device grant:
//! `POST /api/auth/cli/device-code`, and a `GET` of what came of it.

use jiff::Timestamp;
use reqwest::Method;
use serde::Deserialize;
use serde_json::Value;
use url::Url;

use crate::api::is_token;
use crate::device_grant::authorization::Authorization;
use crate::device_grant::grant::{Question, sensitive};
use crate::device_grant::token_reply::{failure, new_interval};
use crate::device_grant::{IssuedToken, Poll};
use crate::error::AppError;
use crate::http::reply::Reply;
use crate::http::{Http, PATIENCE};
use crate::instance::discovery::Endpoints;
use crate::secret::Secret;
use crate::wire::Device;

/// Asks for a device code.
///
/// # Errors
/// As [`crate::device_grant::Grant::authorize`].
pub(super) async fn authorize(
    http: &Http,
    endpoints: &Endpoints,
    server: &str,
    device: &Device,
    may_open: impl Fn(&Url) -> bool,
) -> Result<Authorization, AppError> {
    let url = endpoints.route(&["api", "auth", "cli", "device-code"])?;
    let reply = http.send(http.request(Method::POST, url).json(device), PATIENCE).await?;
    let mut authorization = Authorization::from_reply(&reply, server, Timestamp::now(), may_open)?;
    // The reference document's clients put the code into the link themselves.
    if authorization.complete.is_none() {
        let mut url = authorization.uri.clone();
        url.query_pairs_mut().append_pair("code", &authorization.user_code);
        authorization.complete = Some(url.into());
    }
    Ok(authorization)
}

/// Asks once whether the code was approved; this dialect holds no answers.
///
/// # Errors
/// Those of [`Http::send`].
pub(super) async fn poll(
    http: &Http,
    endpoints: &Endpoints,
    server: &str,
    question: Question<'_>,
) -> Result<Poll<IssuedToken>, AppError> {
    let path = ["api", "auth", "cli", "device-code", question.device_code.expose()];
    let request = http
        .request(Method::GET, endpoints.route(&path)?)
        .header("Idempotency-Key", sensitive(question.idempotency_key)?);
    Ok(status_reply(&http.send(request, PATIENCE).await?, server))
}

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
fn status_reply(reply: &Reply, server: &str) -> Poll<IssuedToken> {
    let Ok(body) = reply.json::<StatusBody>() else { return Poll::Failed(failure(reply, server)) };
    if body.slow_down {
        return Poll::SlowDown { interval: new_interval(reply, None) };
    }
    match (body.status.as_str(), body.error.as_deref()) {
        ("pending", _) => Poll::Pending,
        ("denied", _) => Poll::Refused,
        ("approved", _) => match body.token {
            Some(token) if is_token(&token) => {
                let expires_at = body.expires_at.and_then(|text| text.parse().ok());
                let user = body.user;
                Poll::Approved(IssuedToken { token, expires_at, refresh_token: None, user })
            }
            _ if body.already_claimed => Poll::Gone,
            _ => Poll::Failed(failure(reply, server)),
        },
        ("expired", _) | (_, Some("expired" | "code_expired" | "expired_token")) => Poll::Expired,
        (_, Some(_)) if matches!(reply.status, 404 | 410) => Poll::Gone,
        _ => Poll::Failed(failure(reply, server)),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn the_reference_documents_dialect_is_understood() {
        let read = |status, body: &str| status_reply(&Reply::new(status, body), "mesh.example.org");
        assert_eq!(read(200, r#"{"status":"pending"}"#), Poll::Pending);
        assert_eq!(read(200, r#"{"status":"denied"}"#), Poll::Refused);
        assert_eq!(read(200, r#"{"status":"expired"}"#), Poll::Expired);
        assert_eq!(read(410, r#"{"error":"expired"}"#), Poll::Expired);
        assert_eq!(read(404, r#"{"error":"not_found"}"#), Poll::Gone);
        assert_eq!(read(200, r#"{"status":"approved","already_claimed":true}"#), Poll::Gone);
        assert!(matches!(
            read(200, r#"{"status":"approved","token":"cm_session_x"}"#),
            Poll::Approved(_)
        ));
        assert!(matches!(read(404, "<html>"), Poll::Failed(_)));
        let mut reply = Reply::new(429, r#"{"slow_down":true}"#);
        reply.retry_after = Some(Duration::from_secs(3));
        assert_eq!(status_reply(&reply, "mesh.example.org"), Poll::SlowDown { interval: Some(3) });
    }
}

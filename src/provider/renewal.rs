//! Renewing what a provider gave out (RFC 6749 §6).
//!
//! The surprising rule: only what the provider says of the refresh token itself ends it.
//! Whatever else comes, or comes not, leaves all as it was, for another try.

use std::time::Duration;

use jiff::Timestamp;
use reqwest::header::{ACCEPT, CONTENT_TYPE};
use reqwest::{Method, RequestBuilder};
use serde::Deserialize;
use serde_json::{Value, json};
use url::Url;

use super::claims;
use super::spec::{Body, Renewal, at};
use crate::api::is_token;
use crate::device_grant::token_reply::{end, failure};
use crate::error::AppError;
use crate::http::Http;
use crate::http::reply::Reply;
use crate::secret::Secret;

/// How long a provider may take to answer.
pub const PATIENCE: Duration = Duration::from_secs(8);

/// The error after which a person has to sign in again (RFC 6749 §5.2).
const INVALID_GRANT: &str = "invalid_grant";

/// What a provider gives for a refresh token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Renewed {
    pub secret: Secret,
    /// The next one, where that which was sent is not good again.
    pub refresh_token: Option<Secret>,
    /// When `secret` ends, where anybody says so.
    pub expires_at: Option<Timestamp>,
}

/// Why nothing was renewed.
#[derive(Clone, Debug, PartialEq)]
pub enum NotRenewed {
    /// The provider takes the refresh token no more: somebody has to sign in again.
    Over,
    /// It says nothing of the refresh token.
    Failed(AppError),
}

/// Asks the provider, at `address` where that is not its own, for what follows on
/// `refresh_token`, which it gave to this client, with its secret if it has one (RFC 6749
/// §2.3.1); as long as there is patience.
///
/// # Errors
/// [`NotRenewed`].
pub async fn renew(
    (http, patience): (&Http, Duration),
    renewal: &Renewal,
    client: (&str, Option<&Secret>),
    refresh_token: &Secret,
    address: Option<Url>,
    now: Timestamp,
) -> Result<Renewed, NotRenewed> {
    let malformed = || NotRenewed::Failed(AppError::internal("no address of a token endpoint"));
    let url = at(&renewal.url, address).ok_or_else(malformed)?;
    let host = url.host_str().unwrap_or_default().to_owned();
    let fields = [("grant_type", "refresh_token"), ("refresh_token", refresh_token.expose())];
    let request = http.request(Method::POST, url);
    let request = with_fields(request, renewal.body, client, &fields);
    let reply = http.send(request, patience).await.map_err(NotRenewed::Failed)?;
    read(renewal, &reply, &host, now)
}

/// Tells the provider, where it takes that, that `refresh_token` is not used any more:
/// whether it took it (RFC 7009 §2).
pub async fn revoke(
    (http, patience): (&Http, Duration),
    renewal: &Renewal,
    client: (&str, Option<&Secret>),
    refresh_token: &Secret,
    address: Option<Url>,
) -> bool {
    let url = renewal.revocation.as_ref().and_then(|url| at(url, address));
    let Some(url) = url else { return false };
    let fields = [("token", refresh_token.expose()), ("token_type_hint", "refresh_token")];
    let request = http.request(Method::POST, url);
    let request = with_fields(request, renewal.body, client, &fields);
    http.send(request, patience).await.is_ok_and(|reply| reply.is_success())
}

fn with_fields(
    request: RequestBuilder,
    body: Body,
    (client_id, client_secret): (&str, Option<&Secret>),
    fields: &[(&str, &str)],
) -> RequestBuilder {
    let request = request.header(ACCEPT, "application/json");
    let mut fields = [&[("client_id", client_id)], fields].concat();
    fields.extend(client_secret.map(|secret| ("client_secret", secret.expose())));
    match body {
        Body::Form => request.form(&fields),
        Body::Json => {
            let fields: Value = fields.iter().map(|(name, text)| (*name, json!(text))).collect();
            request.header(CONTENT_TYPE, "application/json").body(fields.to_string())
        }
    }
}

/// A reply of a token endpoint: success and error in one, as GitHub sends its errors with
/// a 200; an error as a text (RFC 6749 §5.2) or, as OpenAI has it, an object with a code.
#[derive(Deserialize)]
struct TokenReply {
    access_token: Option<Secret>,
    refresh_token: Option<Secret>,
    expires_in: Option<Value>,
    error: Option<Value>,
}

fn read(
    renewal: &Renewal,
    reply: &Reply,
    host: &str,
    now: Timestamp,
) -> Result<Renewed, NotRenewed> {
    let failed = || NotRenewed::Failed(failure(reply, host));
    let body: TokenReply = reply.json().map_err(|_| failed())?;
    if let Some(error) = body.error.filter(|error| !error.is_null() && error != "") {
        let code = error.as_str().or_else(|| error.get("code")?.as_str()).unwrap_or_default();
        let is_over = code == INVALID_GRANT || renewal.over.iter().any(|over| over == code);
        // Whoever is too busy to look says nothing of it, whatever it is called.
        return Err(if is_over && reply.status < 429 { NotRenewed::Over } else { failed() });
    }
    let secret = body.access_token.filter(|token| reply.is_success() && is_token(token));
    let secret = secret.ok_or_else(failed)?;
    let told = body.expires_in.as_ref().and_then(|lives| end(lives, now));
    let expires_at = told.or_else(|| claims::end(&secret));
    Ok(Renewed { secret, refresh_token: body.refresh_token.filter(is_token), expires_at })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(status: u16, body: &str) -> Result<Renewed, NotRenewed> {
        let renewal = Renewal {
            kinds: vec![],
            url: "https://auth.example.org/token".into(),
            client_id: None,
            body: Body::Form,
            revocation: None,
            over: vec!["refresh_token_reused".into(), "bad_refresh_token".into()],
        };
        let now = "2026-11-30T00:00:00Z".parse().expect("a time");
        read(&renewal, &Reply::new(status, body.as_bytes()), "auth.example.org", now)
    }

    #[test]
    fn what_is_renewed_says_when_it_ends() {
        let renewed = told(200, r#"{"access_token":"a","refresh_token":"r","expires_in":60}"#);
        let expected = Renewed {
            secret: Secret::new("a"),
            refresh_token: Some(Secret::new("r")),
            expires_at: "2026-11-30T00:01:00Z".parse().ok(),
        };
        assert_eq!(renewed, Ok(expected));
        // By itself, where the reply does not; and the same refresh token goes on.
        let claims = data_encoding::BASE64URL_NOPAD.encode(br#"{"exp":1800000000}"#);
        let renewed = told(200, &format!(r#"{{"access_token":"e30.{claims}.x"}}"#)).expect("good");
        assert_eq!(renewed.expires_at.map(Timestamp::as_second), Some(1_800_000_000));
        assert_eq!(renewed.refresh_token, None);
    }

    #[test]
    fn only_what_is_said_of_the_refresh_token_ends_it() {
        let over = [
            (400, r#"{"error":"invalid_grant","error_description":"expired"}"#),
            (200, r#"{"error":"bad_refresh_token"}"#),
            (401, r#"{"error":{"code":"refresh_token_reused","message":"x"}}"#),
        ];
        for (status, body) in over {
            assert_eq!(told(status, body), Err(NotRenewed::Over), "{status} {body}");
        }
        let else_failed = [
            (200, ""),
            (200, "{}"),
            (200, "<html>Welcome to the hotel</html>"),
            (200, r#"{"access_token":""}"#),
            (200, r#"{"access_token":"a b"}"#),
            (302, ""),
            (400, r#"{"error":"invalid_request"}"#),
            (401, r#"{"error":"invalid_client"}"#),
            (401, r#"{"error":{"code":"something_new"}}"#),
            (429, r#"{"error":"invalid_grant"}"#),
            (503, r#"{"error":"invalid_grant"}"#),
            (500, r#"{"access_token":"a"}"#),
        ];
        for (status, body) in else_failed {
            let told = told(status, body).expect_err(body);
            assert!(matches!(told, NotRenewed::Failed(_)), "{status} {body}");
        }
    }
}

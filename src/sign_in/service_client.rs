//! Client credentials (RFC 6749 §4.4), the client's side: a program that was
//! given an id and a secret fetches its own token, anew in every process,
//! because the token lives for an hour and is written nowhere.

use jiff::Timestamp;
use reqwest::Method;
use reqwest::header::CONTENT_TYPE;
use serde::Deserialize;
use serde_json::Value;
use url::{Url, form_urlencoded};
use zeroize::Zeroizing;

use crate::api::is_token;
use crate::api::refusal::Context;
use crate::credentials::resolve::ServiceKey;
use crate::device_grant::token_reply::end;
use crate::error::{AppError, ErrorKind};
use crate::http::PATIENCE;
use crate::http::reply::{Reply, text_if_any};
use crate::i18n::Message;
use crate::instance::Connector;
use crate::instance::discovery::Dialect;
use crate::model::{Access, Instance, Source};
use crate::secret::Secret;

#[derive(Deserialize)]
struct Body {
    #[serde(default, deserialize_with = "text_if_any")]
    error: Option<String>,
    access_token: Option<Secret>,
    expires_in: Option<Value>,
}

/// Fetches a token for the service client that `key` belongs to.
///
/// # Errors
/// Exit code 2, `client_rejected`, when the instance does not know the client
/// or its secret; unreachable; an instance without such sign-ins.
pub async fn sign_in(
    connector: &Connector,
    instance: &Instance,
    key: &ServiceKey,
) -> Result<Access, AppError> {
    let endpoints = connector.endpoints(instance).await?;
    let Dialect::OAuth(oauth) = &endpoints.dialect else { return Err(rejected(instance)) };
    let fields = [("grant_type", "client_credentials")];
    let url = oauth.grant.endpoints.token.clone();
    let reply = post_as(connector, url, &fields, key).await?;
    let context = Context::of_grant(&instance.name);
    let body: Body = match reply.json() {
        Ok(body) => body,
        Err(_) if reply.is_success() => return Err(context.unread(&reply)),
        Err(_) => return Err(context.refusal(&reply)),
    };
    match body.access_token.filter(is_token) {
        Some(token) if reply.is_success() => {
            let expires_at =
                body.expires_in.as_ref().and_then(|lives| end(lives, Timestamp::now()));
            let instance = instance.clone();
            Ok(Access { instance, token, expires_at, source: Source::Environment })
        }
        _ if body.error.as_deref() == Some("invalid_client") => Err(rejected(instance)),
        _ if reply.is_success() => Err(context.malformed()),
        _ => Err(context.refusal(&reply)),
    }
}

/// Posts a form as a client that has a secret (RFC 6749 §2.3.1, Basic).
async fn post_as(
    connector: &Connector,
    url: Url,
    fields: &[(&str, &str)],
    key: &ServiceKey,
) -> Result<Reply, AppError> {
    let http = connector.http()?;
    let encoded = |text: &str| {
        Zeroizing::new(form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>())
    };
    let (id, secret) = (encoded(&key.id), encoded(key.secret.expose()));
    let form = form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
    let request = http
        .request(Method::POST, url)
        .basic_auth(&*id, Some(&*secret))
        .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
        .body(form);
    http.send(request, PATIENCE).await
}

fn rejected(instance: &Instance) -> AppError {
    let message =
        Message::new("service-rejected").with("instance", crate::i18n::printable(&instance.name));
    AppError::new(ErrorKind::NotSignedIn, "client_rejected", message)
        .hint(Message::new("service-rejected-hint"))
}

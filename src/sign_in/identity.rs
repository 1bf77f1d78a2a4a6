//! Whose token one is, and its end on the server.

use jiff::Timestamp;
use reqwest::Method;
use serde::Deserialize;

use crate::api::refusal::Context;
use crate::error::{AppError, ErrorKind};
use crate::http::PATIENCE;
use crate::http::reply::text_if_any;
use crate::i18n::printable;
use crate::instance::Connector;
use crate::instance::discovery::{Dialect, OAuth};
use crate::model::{Access, Account};
use crate::wire::Via;

/// OpenID Connect Core §5.3.2, as much of it as is wanted.
#[derive(Deserialize)]
struct UserInfo {
    sub: String,
    #[serde(default, deserialize_with = "text_if_any")]
    name: Option<String>,
    #[serde(default, deserialize_with = "text_if_any")]
    preferred_username: Option<String>,
    #[serde(default, deserialize_with = "text_if_any")]
    email: Option<String>,
}

/// Asks whose token it is.
///
/// # Errors
/// Rejected and expired are said apart from unreachable.
pub async fn identify(connector: &Connector, access: &Access) -> Result<Account, AppError> {
    let endpoints = connector.endpoints(&access.instance).await?;
    let Some(url) = endpoints.foreign_userinfo() else {
        return connector.client(access).await?.profile().await;
    };
    let http = connector.http()?;
    let request = http.request(Method::GET, url).bearer_auth(access.token.expose());
    let reply = http.send(request, PATIENCE).await?;
    let context = Context {
        with_token: true,
        token_ended: access.expires_at.is_some_and(|end| end <= Timestamp::now()),
        ..Context::about(&access.instance.name)
    };
    if !reply.is_success() {
        return Err(context.refusal(&reply));
    }
    let info: UserInfo = reply.json().map_err(|_| context.unread(&reply))?;
    let name = info.name.filter(|name| !name.is_empty()).or(info.preferred_username);
    Ok(Account {
        id: printable(&info.sub),
        name: printable(&name.unwrap_or_default()),
        email: printable(&info.email.unwrap_or_default()),
        via: Via::Session,
        token_name: String::new(),
        scopes: Vec::new(),
        expires_at: access.expires_at,
    })
}

/// Kills a session's token on the server (RFC 7009). A token that is dead
/// already counts as killed.
///
/// # Errors
/// When the server could not be told.
pub async fn revoke(connector: &Connector, access: &Access) -> Result<(), AppError> {
    let endpoints = connector.endpoints(&access.instance).await?;
    if let Dialect::OAuth(OAuth { grant, revocation: Some(url), .. }) = &endpoints.dialect {
        let fields = [("token", access.token.expose()), ("client_id", &grant.client_id)];
        let reply = grant.post(&*connector.http()?, url, &fields, None, None).await?;
        let context = Context::about(&access.instance.name);
        return if reply.is_success() { Ok(()) } else { Err(context.refusal(&reply)) };
    }
    match connector.client(access).await?.revoke_current().await {
        Err(error) if error.kind == ErrorKind::NotSignedIn => Ok(()),
        other => other,
    }
}

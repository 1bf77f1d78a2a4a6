//! Signing in by device code (RFC 8628), the client's side: asking for a code,
//! asking whether it was approved, and what follows. Surprising rule: the code
//! is written to disk before it is shown, so that no approval can find nobody
//! listening.

pub mod device_grant;
pub mod known;
pub mod service;

use std::time::Duration;

use jiff::Timestamp;
use reqwest::Method;
use reqwest::header::{CONTENT_TYPE, HeaderValue};
use serde::Deserialize;
use url::{Url, form_urlencoded};
use zeroize::Zeroizing;

use crate::api::refusal::Context;
use crate::error::{AppError, ErrorKind};
use crate::home::pending;
use crate::http::is_loopback;
use crate::http::reply::Reply;
use crate::i18n::{Message, printable};
use crate::instance::Connector;
use crate::instance::discovery::{self, Dialect, Endpoints, OAuth};
use crate::model::{Access, Account, Audience, DeviceCode, Instance, Links, Pending, Poll};
use crate::moment::Moment;
use crate::secret::{Secret, base32, random_bytes};
use crate::sign_in::device_grant::authorization::{Authorization, Fault};
use crate::wire::{ApprovalCard, DEVICE_CODE_GRANT, Device, Via};

/// The longest a request may take whose answer is not held.
const PATIENCE: Duration = Duration::from_secs(20);

/// What a held request is given beyond its hold.
const BEYOND_HOLD: Duration = Duration::from_secs(10);

/// Asks the instance for a device code.
///
/// # Errors
/// Unreachable; no instance there; an instance that offers no sign-in by code;
/// links that nobody may be sent to.
pub async fn ask(
    connector: &Connector,
    instance: &Instance,
    device: Device,
) -> Result<DeviceCode, AppError> {
    let endpoints = connector.endpoints(instance).await?;
    let reply = match &endpoints.dialect {
        Dialect::OAuth(oauth) => {
            let mut fields = vec![
                ("client_id", endpoints.client_id.as_str()),
                ("device_name", &device.device_name),
                ("device_os", &device.device_os),
                ("device_arch", &device.device_arch),
            ];
            fields.extend(endpoints.scope.as_deref().map(|scope| ("scope", scope)));
            let url = oauth.device_authorization.clone();
            post(connector, &endpoints, url, &fields, None, None).await?
        }
        Dialect::Cli => {
            let url = endpoints.route(&["api", "auth", "cli", "device-code"])?;
            let http = connector.http()?;
            http.send(http.request(Method::POST, url).json(&device), PATIENCE).await?
        }
    };
    let context = Context::about(&instance.name);
    if !reply.is_success() {
        return Err(context.refusal(&reply));
    }
    let now = Moment::now();
    let may_open = |url: &Url| discovery::may_use(url, connector.allows_http(instance));
    let given = Authorization::read(&reply, now.wall, may_open).map_err(|fault| match fault {
        Fault::Malformed if reply.json::<serde_json::Value>().is_err() => context.not_an_instance(),
        // GitHub's errors come with a 200.
        Fault::Malformed => says_error(&reply, &context).unwrap_or_else(|| context.malformed()),
        Fault::Link => unsafe_link(&instance.name),
    })?;
    let code = finish(connector, instance, &endpoints, given, now).await?;
    // Where nothing can be written the sign-in goes on; it only cannot be
    // taken up again.
    if let Ok(claim) = pending::write(connector.env(), &code) {
        connector.hold(&code, claim);
    }
    Ok(code)
}

async fn finish(
    connector: &Connector,
    instance: &Instance,
    endpoints: &Endpoints,
    given: Authorization,
    now: Moment,
) -> Result<DeviceCode, AppError> {
    let complete = match (&endpoints.dialect, given.complete) {
        (_, Some(complete)) => Some(complete),
        // The reference document's clients put the code there themselves.
        (Dialect::Cli, None) => {
            let mut url = given.uri.clone();
            url.query_pairs_mut().append_pair("code", &given.user_code);
            Some(url.into())
        }
        (Dialect::OAuth(_), None) => None,
    };
    let audience =
        if is_loopback(&given.uri) { Audience::ThisComputer } else { Audience::Anywhere };
    let links = Links { uri: given.uri, complete, audience };
    let mut instance = instance.clone();
    instance.id = instance.id.or_else(|| endpoints.instance_id.clone());
    let mut code = DeviceCode {
        instance,
        device_code: given.device_code,
        user_code: given.user_code,
        foreign: endpoints.foreign || leads_elsewhere(&links, &endpoints.base),
        links,
        deadline: now.after(given.expires_in),
        interval: given.interval,
        wait: endpoints.wait,
        idempotency_key: Secret::new(base32().encode(&random_bytes::<20>())),
        slow_down_early: connector.env().desktop.wsl,
    };
    if code.instance.is_embedded() {
        // Its pages are on a stable port, ours on a private one.
        code.links = connector.own_links(&code).await?;
        code.foreign = false;
    }
    Ok(code)
}

fn leads_elsewhere(links: &Links, base: &Url) -> bool {
    let complete = links.complete.as_deref().and_then(|text| Url::parse(text).ok());
    [Some(&links.uri), complete.as_ref()]
        .into_iter()
        .flatten()
        .any(|url| url.origin() != base.origin())
}

/// Takes up a code that an earlier run asked for.
///
/// # Errors
/// `pending_taken` when another process goes on with it, `pending_gone` when
/// it is settled or over.
pub async fn resume(connector: &Connector, pending: &Pending) -> Result<DeviceCode, AppError> {
    let (mut code, claim) = pending::resume(connector.env(), pending, Moment::now())?;
    if code.instance.is_embedded() {
        // The page comes back with this process, under an address of its own.
        code.links = connector.own_links(&code).await?;
    }
    connector.hold(&code, claim);
    Ok(code)
}

/// The code is settled or given up for good: nobody takes it up again.
pub fn settled(connector: &Connector, code: &DeviceCode) {
    if let Some(claim) = connector.let_go(code) {
        claim.settle();
    }
}

/// Asks once whether the code was approved. With `hold`, asks the server to
/// keep the answer back that long unless something happens; allows it ten
/// seconds more. Never fails: what says nothing about the code is
/// [`Poll::AppError`].
pub async fn poll(connector: &Connector, code: &DeviceCode, hold: Option<Duration>) -> Poll {
    match poll_reply(connector, code, hold).await {
        Ok((Dialect::OAuth(_), reply)) => device_grant::token_reply(&reply, code, Timestamp::now()),
        Ok((Dialect::Cli, reply)) => device_grant::cli_status(&reply, code),
        Err(error) => Poll::AppError(error),
    }
}

async fn poll_reply(
    connector: &Connector,
    code: &DeviceCode,
    hold: Option<Duration>,
) -> Result<(Dialect, Reply), AppError> {
    let endpoints = connector.endpoints(&code.instance).await?;
    let reply = match &endpoints.dialect {
        Dialect::OAuth(oauth) => {
            let fields = [
                ("grant_type", DEVICE_CODE_GRANT),
                ("device_code", code.device_code.expose()),
                ("client_id", endpoints.client_id.as_str()),
            ];
            let key = Some(&code.idempotency_key);
            post(connector, &endpoints, oauth.token.clone(), &fields, key, hold).await?
        }
        Dialect::Cli => {
            let device_code = code.device_code.expose();
            let url = endpoints.route(&["api", "auth", "cli", "device-code", device_code])?;
            let http = connector.http()?;
            let request = http
                .request(Method::GET, url)
                .header("Idempotency-Key", sensitive(&code.idempotency_key)?);
            http.send(request, PATIENCE).await?
        }
    };
    Ok((endpoints.dialect.clone(), reply))
}

/// Posts a form, as bare `application/x-www-form-urlencoded`; to a server that
/// answers 415 to that, now and from then on, JSON.
async fn post(
    connector: &Connector,
    endpoints: &Endpoints,
    url: Url,
    fields: &[(&str, &str)],
    key: Option<&Secret>,
    hold: Option<Duration>,
) -> Result<Reply, AppError> {
    let http = connector.http()?;
    let request = |json: bool| -> Result<_, AppError> {
        let mut request = http.request(Method::POST, url.clone());
        request = if json {
            let map: std::collections::BTreeMap<_, _> = fields.iter().copied().collect();
            request.json(&map)
        } else {
            let mut form = url::form_urlencoded::Serializer::new(String::new());
            form.extend_pairs(fields);
            request.header(CONTENT_TYPE, "application/x-www-form-urlencoded").body(form.finish())
        };
        if let Some(key) = key {
            request = request.header("Idempotency-Key", sensitive(key)?);
        }
        if let Some(hold) = hold {
            request = request.header("Prefer", format!("wait={}", hold.as_secs()));
        }
        Ok(request)
    };
    let patience = hold.map_or(PATIENCE, |hold| hold + BEYOND_HOLD);
    let json = endpoints.wants_json();
    let reply = http.send(request(json)?, patience).await?;
    if reply.status == 415 && !json {
        endpoints.found_to_want_json();
        return http.send(request(true)?, patience).await;
    }
    Ok(reply)
}

/// Posts a form as a client that has a secret (RFC 6749 §2.3.1, Basic).
async fn post_as(
    connector: &Connector,
    url: Url,
    fields: &[(&str, &str)],
    client_id: &str,
    client_secret: &Secret,
    patience: Duration,
) -> Result<Reply, AppError> {
    let http = connector.http()?;
    let encoded = |text: &str| {
        Zeroizing::new(form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>())
    };
    let (id, secret) = (encoded(client_id), encoded(client_secret.expose()));
    let form = form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
    let request = http
        .request(Method::POST, url)
        .basic_auth(&*id, Some(&*secret))
        .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
        .body(form);
    http.send(request, patience).await
}

fn sensitive(secret: &Secret) -> Result<HeaderValue, AppError> {
    let mut value = HeaderValue::from_str(secret.expose()).map_err(AppError::internal)?;
    value.set_sensitive(true);
    Ok(value)
}

/// What the approval card says of this code, for answering it in the terminal.
///
/// # Errors
/// As for [`settle`].
pub async fn card(connector: &Connector, code: &DeviceCode) -> Result<ApprovalCard, AppError> {
    connector.own_card(code).await
}

/// The owner answers their own code on the embedded instance, in the terminal.
///
/// # Errors
/// Any other instance: there somebody else answers. A code that is settled or
/// over.
pub async fn settle(
    connector: &Connector,
    code: &DeviceCode,
    approve: bool,
) -> Result<(), AppError> {
    connector.own_settle(code, approve).await
}

/// Opens a second listener on this network for this one card, so that a phone
/// can answer.
///
/// # Errors
/// Any other instance: its links reach a phone already. No network.
pub async fn open_nearby(connector: &Connector, code: &DeviceCode) -> Result<Links, AppError> {
    connector.own_nearby(code).await
}

/// OpenID Connect Core §5.3.2, as much of it as is wanted.
#[derive(Deserialize)]
struct UserInfo {
    sub: String,
    #[serde(default)]
    name: String,
    #[serde(default)]
    preferred_username: String,
    #[serde(default)]
    email: String,
}

/// Asks whose token it is.
///
/// # Errors
/// Rejected and expired are said apart from unreachable.
pub async fn identify(connector: &Connector, access: &Access) -> Result<Account, AppError> {
    let endpoints = connector.endpoints(&access.instance).await?;
    let Some(url) = endpoints.stranger_userinfo() else {
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
    let info: UserInfo = reply.json().map_err(|_| context.not_an_instance())?;
    let name = if info.name.is_empty() { info.preferred_username } else { info.name };
    Ok(Account {
        id: printable(&info.sub),
        name: printable(&name),
        email: printable(&info.email),
        via: Via::Session,
        token_name: String::new(),
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
    if let Dialect::OAuth(OAuth { revocation: Some(url), .. }) = &endpoints.dialect {
        let fields =
            [("token", access.token.expose()), ("client_id", endpoints.client_id.as_str())];
        let reply = post(connector, &endpoints, url.clone(), &fields, None, None).await?;
        let context = Context::about(&access.instance.name);
        return if reply.is_success() { Ok(()) } else { Err(context.refusal(&reply)) };
    }
    match connector.client(access).await?.revoke_current().await {
        Err(error) if error.kind == ErrorKind::NotSignedIn => Ok(()),
        other => other,
    }
}

fn says_error(reply: &Reply, context: &Context<'_>) -> Option<AppError> {
    let body: serde_json::Value = reply.json().ok()?;
    body.get("error")?.as_str()?;
    let refused = Reply { status: 400, ..reply.clone() };
    Some(context.refusal(&refused))
}

fn unsafe_link(name: &str) -> AppError {
    AppError::new(
        ErrorKind::Failed,
        "unsafe_link",
        Message::new("reach-unsafe-link").with("host", printable(name)),
    )
    .hint(Message::new("reach-unsafe-link-hint"))
}

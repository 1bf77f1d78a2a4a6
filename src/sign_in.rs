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

use crate::api::http::is_loopback;
use crate::api::refusal::Context;
use crate::api::reply::Reply;
use crate::api::wire::{ApprovalCard, DEVICE_CODE_GRANT, Device, Via};
use crate::credentials::pending;
use crate::i18n::{Message, printable};
use crate::instance::Reach;
use crate::instance::discovery::{self, Dialect, Endpoints, OAuth};
use crate::model::{Access, Account, Audience, DeviceCode, Instance, Links, Pending, Poll};
use crate::moment::Moment;
use crate::secret::{Secret, base32, random_bytes};
use crate::sign_in::device_grant::authorization::{Authorization, Fault};
use crate::trouble::{Kind, Trouble};

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
    reach: &Reach,
    instance: &Instance,
    device: Device,
) -> Result<DeviceCode, Trouble> {
    let endpoints = reach.endpoints(instance).await?;
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
            post(reach, &endpoints, url, &fields, None, None).await?
        }
        Dialect::Cli => {
            let url = endpoints.route(&["api", "auth", "cli", "device-code"])?;
            let http = reach.http()?;
            http.send(http.request(Method::POST, url).json(&device), PATIENCE).await?
        }
    };
    let context = Context::about(&instance.name);
    if !reply.is_success() {
        return Err(context.refusal(&reply));
    }
    let now = Moment::now();
    let may_open = |url: &Url| discovery::may_use(url, reach.allows_http(instance));
    let given = Authorization::read(&reply, now.wall, may_open).map_err(|fault| match fault {
        Fault::Malformed if reply.json::<serde_json::Value>().is_err() => context.not_an_instance(),
        // GitHub's errors come with a 200.
        Fault::Malformed => says_error(&reply, &context).unwrap_or_else(|| context.malformed()),
        Fault::Link => unsafe_link(&instance.name),
    })?;
    let code = finish(reach, instance, &endpoints, given, now).await?;
    // Where nothing can be written the sign-in goes on; it only cannot be
    // taken up again.
    if let Ok(claim) = pending::write(reach.here(), &code) {
        reach.hold(&code, claim);
    }
    Ok(code)
}

async fn finish(
    reach: &Reach,
    instance: &Instance,
    endpoints: &Endpoints,
    given: Authorization,
    now: Moment,
) -> Result<DeviceCode, Trouble> {
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
        slow_down_early: reach.here().desktop.wsl,
    };
    if code.instance.is_embedded() {
        // Its pages are on a stable port, ours on a private one.
        code.links = reach.own_links(&code).await?;
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
pub async fn resume(reach: &Reach, pending: &Pending) -> Result<DeviceCode, Trouble> {
    let (mut code, claim) = pending::resume(reach.here(), pending, Moment::now())?;
    if code.instance.is_embedded() {
        // The page comes back with this process, under an address of its own.
        code.links = reach.own_links(&code).await?;
    }
    reach.hold(&code, claim);
    Ok(code)
}

/// The code is settled or given up for good: nobody takes it up again.
pub fn settled(reach: &Reach, code: &DeviceCode) {
    if let Some(claim) = reach.let_go(code) {
        claim.settle();
    }
}

/// Asks once whether the code was approved. With `hold`, asks the server to
/// keep the answer back that long unless something happens; allows it ten
/// seconds more. Never fails: what says nothing about the code is
/// [`Poll::Trouble`].
pub async fn poll(reach: &Reach, code: &DeviceCode, hold: Option<Duration>) -> Poll {
    match poll_reply(reach, code, hold).await {
        Ok((Dialect::OAuth(_), reply)) => device_grant::token_reply(&reply, code, Timestamp::now()),
        Ok((Dialect::Cli, reply)) => device_grant::cli_status(&reply, code),
        Err(trouble) => Poll::Trouble(trouble),
    }
}

async fn poll_reply(
    reach: &Reach,
    code: &DeviceCode,
    hold: Option<Duration>,
) -> Result<(Dialect, Reply), Trouble> {
    let endpoints = reach.endpoints(&code.instance).await?;
    let reply = match &endpoints.dialect {
        Dialect::OAuth(oauth) => {
            let fields = [
                ("grant_type", DEVICE_CODE_GRANT),
                ("device_code", code.device_code.expose()),
                ("client_id", endpoints.client_id.as_str()),
            ];
            let key = Some(&code.idempotency_key);
            post(reach, &endpoints, oauth.token.clone(), &fields, key, hold).await?
        }
        Dialect::Cli => {
            let device_code = code.device_code.expose();
            let url = endpoints.route(&["api", "auth", "cli", "device-code", device_code])?;
            let http = reach.http()?;
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
    reach: &Reach,
    endpoints: &Endpoints,
    url: Url,
    fields: &[(&str, &str)],
    key: Option<&Secret>,
    hold: Option<Duration>,
) -> Result<Reply, Trouble> {
    let http = reach.http()?;
    let request = |json: bool| -> Result<_, Trouble> {
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
    reach: &Reach,
    url: Url,
    fields: &[(&str, &str)],
    client_id: &str,
    client_secret: &Secret,
    patience: Duration,
) -> Result<Reply, Trouble> {
    let http = reach.http()?;
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

fn sensitive(secret: &Secret) -> Result<HeaderValue, Trouble> {
    let mut value = HeaderValue::from_str(secret.expose()).map_err(Trouble::internal)?;
    value.set_sensitive(true);
    Ok(value)
}

/// What the approval card says of this code, for answering it in the terminal.
///
/// # Errors
/// As for [`settle`].
pub async fn card(reach: &Reach, code: &DeviceCode) -> Result<ApprovalCard, Trouble> {
    reach.own_card(code).await
}

/// The owner answers their own code on the embedded instance, in the terminal.
///
/// # Errors
/// Any other instance: there somebody else answers. A code that is settled or
/// over.
pub async fn settle(reach: &Reach, code: &DeviceCode, approve: bool) -> Result<(), Trouble> {
    reach.own_settle(code, approve).await
}

/// Opens a second listener on this network for this one card, so that a phone
/// can answer.
///
/// # Errors
/// Any other instance: its links reach a phone already. No network.
pub async fn open_nearby(reach: &Reach, code: &DeviceCode) -> Result<Links, Trouble> {
    reach.own_nearby(code).await
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
pub async fn identify(reach: &Reach, access: &Access) -> Result<Account, Trouble> {
    let endpoints = reach.endpoints(&access.instance).await?;
    let Some(url) = endpoints.stranger_userinfo() else {
        return reach.client(access).await?.profile().await;
    };
    let http = reach.http()?;
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
pub async fn revoke(reach: &Reach, access: &Access) -> Result<(), Trouble> {
    let endpoints = reach.endpoints(&access.instance).await?;
    if let Dialect::OAuth(OAuth { revocation: Some(url), .. }) = &endpoints.dialect {
        let fields =
            [("token", access.token.expose()), ("client_id", endpoints.client_id.as_str())];
        let reply = post(reach, &endpoints, url.clone(), &fields, None, None).await?;
        let context = Context::about(&access.instance.name);
        return if reply.is_success() { Ok(()) } else { Err(context.refusal(&reply)) };
    }
    match reach.client(access).await?.revoke_current().await {
        Err(trouble) if trouble.kind == Kind::NotSignedIn => Ok(()),
        other => other,
    }
}

fn says_error(reply: &Reply, context: &Context<'_>) -> Option<Trouble> {
    let body: serde_json::Value = reply.json().ok()?;
    body.get("error")?.as_str()?;
    let refused = Reply { status: 400, ..reply.clone() };
    Some(context.refusal(&refused))
}

fn unsafe_link(name: &str) -> Trouble {
    Trouble::new(
        Kind::Failed,
        "unsafe_link",
        Message::new("reach-unsafe-link").with("host", printable(name)),
    )
    .hint(Message::new("reach-unsafe-link-hint"))
}

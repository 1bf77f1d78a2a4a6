//! The device grant with an instance: its own dialect, the embedded instance's
//! links, and the sign-in written down for a later run.

use std::time::Duration;

use data_encoding::BASE64URL_NOPAD;
use serde::Deserialize as _;
use url::Url;

use crate::device_grant::authorization::Authorization;
use crate::device_grant::grant::Question;
use crate::device_grant::{self, IssuedToken};
use crate::error::AppError;
use crate::home::pending;
use crate::http::is_loopback;
use crate::i18n::printable;
use crate::instance::Connector;
use crate::instance::discovery::{Dialect, Endpoints};
use crate::model::{
    Access, Account, Approval, Audience, DeviceCode, Instance, Links, Pending, Poll, Source,
};
use crate::secret::{Secret, base32, random_bytes};
use crate::sign_in::{cli_dialect, revoke};
use crate::time_point::TimePoint;
use crate::wire::{ApprovalCard, Device, User, Via};

/// Asks the instance for a device code, with the code of an `invite` to it that
/// whoever approves joins by.
///
/// # Errors
/// Unreachable; no instance there; an instance that offers no sign-in by code;
/// links that nobody may be sent to.
pub async fn request_code(
    connector: &Connector,
    instance: &Instance,
    device: Device,
    invite: Option<&Secret>,
) -> Result<DeviceCode, AppError> {
    let endpoints = connector.endpoints(instance).await?;
    connector.is_where_it_was(instance, &endpoints)?;
    let http = connector.http()?;
    let may_open = |url: &Url| connector.may_use(instance, url);
    let mut verifier = None;
    let authorization = match &endpoints.dialect {
        Dialect::OAuth(oauth) => {
            let mut fields = vec![
                ("device_name", device.device_name.as_str()),
                ("device_os", &device.device_os),
                ("device_arch", &device.device_arch),
            ];
            // No other server knows what to do with it.
            let invite = invite.filter(|_| endpoints.instance_id.is_some());
            fields.extend(invite.map(|invite| ("crewmesh_invite", invite.expose())));
            // 43 characters, as few as RFC 7636 §4.1 takes.
            let sent = verifier.insert(Secret::new(BASE64URL_NOPAD.encode(&random_bytes::<32>())));
            oauth.grant.authorize(&http, &fields, sent, may_open).await?
        }
        Dialect::Cli => {
            cli_dialect::authorize(&http, &endpoints, &instance.name, &device, may_open).await?
        }
    };
    let mut code = device_code(connector, instance, &endpoints, authorization).await?;
    code.verifier = verifier;
    // Where nothing can be written the sign-in goes on; it only cannot be
    // taken up again.
    if let Ok(claim) = pending::write(connector.env(), &code) {
        connector.hold_claim(&code, claim);
    }
    Ok(code)
}

async fn device_code(
    connector: &Connector,
    instance: &Instance,
    endpoints: &Endpoints,
    authorization: Authorization,
) -> Result<DeviceCode, AppError> {
    let Authorization { device_code, user_code, uri, complete, expires_in, interval, words } =
        authorization;
    let audience = if is_loopback(&uri) { Audience::ThisComputer } else { Audience::Anywhere };
    let links = Links { uri, complete, audience };
    let mut instance = instance.clone();
    instance.id = instance.id.or_else(|| endpoints.instance_id.clone());
    let mut code = DeviceCode {
        instance,
        device_code,
        user_code,
        words,
        foreign: endpoints.foreign || leads_elsewhere(&links, &endpoints.base),
        links,
        deadline: TimePoint::now().after(expires_in),
        interval,
        wait: endpoints.wait,
        idempotency_key: Secret::new(base32().encode(&random_bytes::<20>())),
        verifier: None,
        slow_down_early: connector.env().desktop.wsl,
        approved: None,
        opening: None,
    };
    if code.instance.is_embedded() {
        // Its pages are on a stable port, ours on a private one.
        code.links = connector.embedded_links(&code).await?;
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
    let (mut code, claim) = pending::resume(connector.env(), pending, TimePoint::now())?;
    if code.instance.is_embedded() && code.approved.is_none() {
        // The page comes back with this process, under an address of its own.
        code.links = connector.embedded_links(&code).await?;
    }
    connector.hold_claim(&code, claim);
    Ok(code)
}

/// The code is settled or given up for good: nobody takes it up again.
pub fn drop_pending(connector: &Connector, code: &DeviceCode) {
    if let Some(claim) = connector.release_claim(code) {
        claim.settle();
    }
}

/// An approved sign-in is left before it is kept: its pending file holds the
/// token for a later run. A token that no file holds must not stay alive.
///
/// # Errors
/// When the server could not be told.
pub async fn put_off(connector: &Connector, access: &Access) -> Result<(), AppError> {
    if connector.let_go(&access.token) { Ok(()) } else { revoke(connector, access).await }
}

/// The person does not go on with what an earlier run left. A token that was
/// in its file ends on its server.
pub async fn decline(connector: &Connector, pending: &Pending) {
    if let Some(access) = pending::drop(connector.env(), &pending.id) {
        // Nobody has it any more, also where the server cannot be told.
        let _ = revoke(connector, &access).await;
    }
}

/// Asks once whether the code was approved. With `hold`, asks the server to
/// keep the answer back that long unless something happens; allows it ten
/// seconds more. Never fails: what says nothing about the code is
/// [`device_grant::Poll::Failed`]. A token is written down before it is told of.
pub async fn poll(connector: &Connector, code: &DeviceCode, hold: Option<Duration>) -> Poll {
    let answer = match poll_once(connector, code, hold).await {
        Ok(answer) => answer.map(|issued| approval(&code.instance, issued)),
        Err(error) => Poll::Failed(error),
    };
    if let Poll::Approved(approval) = &answer {
        connector.keep_approval(code, approval);
    }
    answer
}

async fn poll_once(
    connector: &Connector,
    code: &DeviceCode,
    hold: Option<Duration>,
) -> Result<device_grant::Poll<IssuedToken>, AppError> {
    let endpoints = connector.endpoints(&code.instance).await?;
    let http = connector.http()?;
    let question = Question {
        device_code: &code.device_code,
        idempotency_key: &code.idempotency_key,
        verifier: code.verifier.as_ref(),
        hold,
        openings: code.wait.map(|_| code.opening.as_ref().map_or(0, |opening| opening.changes)),
    };
    match &endpoints.dialect {
        Dialect::OAuth(oauth) => Ok(oauth.grant.poll(&http, question).await),
        Dialect::Cli => cli_dialect::poll(&http, &endpoints, &code.instance.name, question).await,
    }
}

/// An approval as a sign-in to this instance.
fn approval(instance: &Instance, issued: IssuedToken) -> Approval {
    let IssuedToken { token, expires_at, user, .. } = issued;
    let user =
        user.and_then(|user| User::deserialize(user).ok()).filter(|user| !user.id.is_empty());
    let account = user.map(|user| Account {
        id: printable(&user.id),
        name: printable(&user.name),
        email: printable(&user.email),
        via: Via::Session,
        token_name: String::new(),
        scopes: Vec::new(),
        expires_at,
    });
    let instance = instance.clone();
    Approval { access: Access { instance, token, expires_at, source: Source::DeviceCode }, account }
}

/// What the approval card says of this code, for answering it in the terminal.
///
/// # Errors
/// As for [`answer`].
pub async fn approval_card(
    connector: &Connector,
    code: &DeviceCode,
) -> Result<ApprovalCard, AppError> {
    connector.embedded_card(code).await
}

/// The owner answers their own code on the embedded instance, in the terminal.
///
/// # Errors
/// Any other instance: there somebody else answers. A code that is settled or
/// over.
pub async fn answer(
    connector: &Connector,
    code: &DeviceCode,
    approve: bool,
) -> Result<(), AppError> {
    connector.answer_embedded(code, approve).await
}

/// Opens a second listener on this network for this one card, so that a phone
/// can answer.
///
/// # Errors
/// Any other instance: its links reach a phone already. No network.
pub async fn open_nearby(connector: &Connector, code: &DeviceCode) -> Result<Links, AppError> {
    connector.embedded_nearby(code).await
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_person_named_beside_the_token_is_printable() {
        let user = json!({"id": "u1", "name": "Ada\u{1b}[2J", "email": "ada@example.org"});
        let issued = |user| {
            let token = Secret::new("cm_session_x");
            IssuedToken { token, expires_at: None, refresh_token: None, user }
        };
        let named = approval(&Instance::local(), issued(Some(user)));
        assert_eq!(named.account.expect("named").name, "Ada");
        assert_eq!(approval(&Instance::local(), issued(None)).account, None);
        let nobody = issued(Some(json!({"id": "", "name": "Ada", "email": ""})));
        assert_eq!(approval(&Instance::local(), nobody).account, None);
    }
}

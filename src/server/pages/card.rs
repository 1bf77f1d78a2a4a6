//! A code that a terminal shows: typed, looked at, approved or denied by
//! whoever is signed in.

use askama::Template;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::http::header::{HeaderName, HeaderValue};
use axum::response::Response;

use super::browser::{Browser, Reply};
use super::form::CsrfForm;
use super::frame::{Frame, KnownAs, Powers, render};
use super::message_page::{MessagePage, Tone};
use super::next;
use super::opening;
use super::words;
use crate::i18n::{Argument, Message, printable};
use crate::server::clock::timestamp;
use crate::server::domain::device_code_state::{Decision, TooLate};
use crate::server::domain::keys::{is_user_code, plain_user_code};
use crate::server::http::extract::query;
use crate::server::operations::DeviceCode;
use crate::server::operations::{Account, Denied, Principal, approvals};
use crate::wire::{
    ApprovalCard, CodeInvite, CodeInviteState, OpeningStep, PUBLIC_CLIENT_ID, Role, StepUp, User,
};

#[derive(Template)]
#[template(path = "enter.html")]
struct EnterPage<'a> {
    page: Frame,
    embedded: bool,
    typed: &'a str,
    fault: bool,
}

#[derive(Template)]
#[template(path = "approve.html")]
struct ApprovePage<'a> {
    page: Frame,
    card: Card,
    account: &'a User,
    action: &'a str,
    csrf: &'a str,
}

/// What the card says of a code, in the words of a page.
struct Card {
    head: String,
    tail: String,
    words: String,
    program: String,
    /// How that is known here; nothing is said of our own.
    known_as: Option<KnownAs>,
    powers: Powers,
    device: String,
    system: String,
    address: String,
    nearness: Option<&'static str>,
    left: String,
    seconds_left: u64,
    joins: Option<Joins>,
}

/// What approving does with the invite that came with a code.
struct Joins {
    mesh: String,
    detail: String,
}

impl Joins {
    fn new(frame: &Frame, invite: CodeInvite) -> Self {
        let detail = match invite.state {
            CodeInviteState::Joins => Message::new(match invite.role {
                Role::Admin => "page-card-joins-admin",
                Role::Member => "page-card-joins-member",
            }),
            CodeInviteState::Joined => Message::new("page-card-joins-already"),
            CodeInviteState::Ended => Message::new("page-card-joins-ended"),
        };
        let mesh = invite.mesh_name;
        let mesh = if mesh.is_empty() { frame.t("page-card-joins-gone").to_string() } else { mesh };
        Self { mesh, detail: frame.say(&detail) }
    }
}

impl Card {
    fn new(frame: &Frame, card: ApprovalCard, browser: &Browser) -> Self {
        let (head, tail) = card.user_code.split_once('-').unwrap_or((&card.user_code, ""));
        let or = |text: String, id| if text.is_empty() { frame.t(id).to_string() } else { text };
        let system: Vec<String> = [&card.device.device_os, &card.device.device_arch]
            .into_iter()
            .map(|part| words::os_name(&printable(part)))
            .filter(|part| !part.is_empty())
            .collect();
        let (address, nearness) = where_from(browser, card.ip.as_deref());
        Self {
            head: head.to_owned(),
            tail: tail.to_owned(),
            words: card.words.clone().unwrap_or_default(),
            program: printable(&card.program),
            known_as: card
                .client_id
                .as_deref()
                .filter(|id| *id != PUBLIC_CLIENT_ID)
                .map(|id| frame.known_as(id)),
            powers: frame.powers(card.scopes.iter().map(String::as_str)),
            device: or(printable(&card.device.device_name), "page-card-device-unnamed"),
            system: or(system.join(" · "), "page-card-system-unknown"),
            address: or(address, "page-card-address-unknown"),
            nearness,
            left: frame.left(card.expires_in),
            seconds_left: card.expires_in,
            joins: card.invite.map(|invite| Joins::new(frame, invite)),
        }
    }

    /// Letter by letter, for somebody who listens.
    fn spelled(&self) -> String {
        let letters: Vec<String> =
            self.head.chars().chain(self.tail.chars()).map(String::from).collect();
        letters.join(" ")
    }

    /// Whether the device asks from somewhere else than the browser.
    fn elsewhere(&self) -> bool {
        self.nearness == Some("page-card-address-other")
    }
}

/// The address of the asking device, and how it lies to the browser's where both
/// are known.
fn where_from(browser: &Browser, asked_from: Option<&str>) -> (String, Option<&'static str>) {
    let Some(ip) = asked_from else { return (String::new(), None) };
    let Some(own) = browser.ip.told() else { return (ip.to_owned(), None) };
    let same = own == ip;
    let id = match (browser.state.is_embedded(), same) {
        (true, true) => "page-card-address-here",
        (true, false) => "page-card-address-there",
        (false, true) => "page-card-address-same",
        (false, false) => "page-card-address-other",
    };
    (ip.to_owned(), Some(id))
}

/// `/d`: the code is typed here, or comes along as `?code=`.
pub(super) async fn enter(mut browser: Browser, request: axum::extract::Request) -> Response {
    let (parts, _) = request.into_parts();
    let typed = query(&parts, "code").unwrap_or_default();
    let embedded = browser.state.is_embedded();
    if !embedded && let Some(code) = read(&typed) {
        return browser.redirect(&format!("/D/{code}"));
    }
    let fault = !typed.trim().is_empty() && !embedded;
    let status = if fault { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    browser.show(|page| render(status, &EnterPage { page, embedded, typed: &typed, fault }))
}

/// `/D/CODE` on the embedded instance: without a ticket it opens nothing.
pub(super) async fn without_ticket(mut browser: Browser) -> Response {
    browser.show(|page| {
        render(StatusCode::OK, &EnterPage { page, embedded: true, typed: "", fault: false })
    })
}

/// `GET /D/CODE`: the card, or what became of the code.
pub(super) async fn look(mut browser: Browser, Path(typed): Path<String>) -> Reply {
    if browser.signed_in.is_none()
        && let Some(typed) = read(&typed)
        && let Some(invite) = next::invite_of_code(&browser, &typed).await?
    {
        return super::invite::look_from_code(&mut browser, &invite, &typed).await;
    }
    let (mut browser, typed, code, by) = find(browser, &typed).await?;
    if let Err(late) = code.approval.may_settle(browser.state.now()) {
        let message = settled(&browser, late, &code, &by.account).await?;
        return Ok(browser.message(&message));
    }
    let csrf = browser.form_token();
    let action = format!("/D/{typed}");
    Ok(show(&mut browser, &code, &typed, &by.account, &action, &csrf).await)
}

/// `POST /D/CODE`: the decision.
pub(super) async fn decide(
    Path(typed): Path<String>,
    CsrfForm { browser, fields }: CsrfForm,
) -> Response {
    let (mut browser, typed, code, by) = match find(browser, &typed).await {
        Ok(found) => found,
        Err(response) => return response,
    };
    let Some(decision) = decision(fields.get("decision")) else {
        return browser.message(&MessagePage::stale());
    };
    match approvals::settle(&browser.state, &by, &code, decision, StepUp::default()).await {
        // What became of it is for the page to tell: told again on a reload,
        // and nothing is sent twice.
        Ok(()) | Err(Denied::TooLate(_)) => browser.redirect(&format!("/D/{typed}")),
        Err(Denied::NotFound(_)) => browser.message(&unknown()),
        Err(denied) => browser.denied(denied),
    }
}

/// Who answers, and the code that they typed.
async fn find(
    mut browser: Browser,
    typed: &str,
) -> Result<(Browser, String, DeviceCode, Principal), Response> {
    let Some(typed) = read(typed) else { return Err(browser.message(&unknown())) };
    let Some(by) = browser.signed_in.clone() else {
        // Signed out, nothing is told of any code but the invite that came with it.
        return Err(browser.redirect(&next::link("/login", &format!("/D/{typed}"))));
    };
    match approvals::find(&browser.state, &by, &typed).await {
        Ok(code) => Ok((browser, typed, code, by)),
        Err(Denied::NotFound(_)) => Err(browser.message(&unknown())),
        Err(Denied::TooMany(wait)) => {
            let now = browser.state.now();
            let millis = i64::try_from(wait.as_millis()).unwrap_or(i64::MAX);
            let when = words::within(timestamp(now), timestamp(now.saturating_add(millis)));
            let (title, text) = ("page-card-slow", "page-card-slow-text");
            let status = StatusCode::TOO_MANY_REQUESTS;
            let slow =
                MessagePage::new(status, Tone::Late, title, text).with("when", when).wait(wait);
            Err(browser.message(&slow))
        }
        Err(denied) => Err(browser.denied(denied)),
    }
}

/// The card of `code`, for `account` to answer at `action`.
pub(super) async fn show(
    browser: &mut Browser,
    code: &DeviceCode,
    user_code: &str,
    account: &Account,
    action: &str,
    csrf: &str,
) -> Response {
    opening::note(browser, user_code, OpeningStep::SignedIn);
    let asker = browser.clone();
    let card = match approvals::card(&browser.state, account, code, user_code).await {
        Ok(card) => card,
        Err(denied) => return browser.denied(denied),
    };
    let account = &account.user();
    browser.show(|page| {
        let card = Card::new(&page, card, &asker);
        // When the code ends the page says so by itself.
        let refresh = HeaderValue::from(card.seconds_left + 1);
        let page = ApprovePage { page, card, account, action, csrf };
        let mut response = render(StatusCode::OK, &page);
        response.headers_mut().insert(HeaderName::from_static("refresh"), refresh);
        response
    })
}

/// What is said of a code that can no longer be answered, to `account`.
pub(super) async fn settled(
    browser: &Browser,
    late: TooLate,
    code: &DeviceCode,
    account: &Account,
) -> Result<MessagePage, Response> {
    let state = &browser.state;
    let is_own = code.account_id.as_deref() == Some(&account.id);
    Ok(match late {
        TooLate::Settled(Decision::Approve) if is_own => {
            let device = printable(&code.device.device_name);
            let device = if device.is_empty() {
                Message::new("page-done-device").into()
            } else {
                Argument::Text(device)
            };
            let invite = browser.allowed(approvals::invite(state, account, code).await)?;
            let (id, mesh) = match invite {
                Some(CodeInvite { state: CodeInviteState::Joined, mesh_name, .. }) => {
                    ("page-done-joined", mesh_name)
                }
                Some(_) => ("page-done-not-joined", String::new()),
                None => ("page-done-detail", String::new()),
            };
            let detail = Message::new(id)
                .with("device", device)
                .with("name", account.name.as_str())
                .with("mesh", mesh);
            let done =
                MessagePage::new(StatusCode::OK, Tone::Good, "page-done-title", "page-done-text")
                    .detail(detail);
            if state.is_embedded() {
                done
            } else {
                done.next("/settings/sessions", "page-done-sessions")
            }
        }
        TooLate::Settled(Decision::Deny) if is_own => {
            MessagePage::new(StatusCode::OK, Tone::Bad, "page-denied-title", "page-denied-text")
                .detail(Message::new("page-denied-detail"))
        }
        TooLate::Settled(_) => {
            let (title, text) = ("page-settled-title", "page-settled-text");
            MessagePage::new(StatusCode::CONFLICT, Tone::Plain, title, text)
        }
        TooLate::Expired => {
            let (title, text) = ("page-expired-title", "page-expired-text");
            let expired = MessagePage::new(StatusCode::GONE, Tone::Late, title, text);
            if state.is_embedded() { expired } else { expired.next("/d", "page-enter-another") }
        }
    })
}

fn unknown() -> MessagePage {
    MessagePage::new(StatusCode::NOT_FOUND, Tone::Plain, "page-unknown-title", "page-unknown-text")
        .next("/d", "page-enter-another")
}

/// What a button says.
pub(super) fn decision(pressed: &str) -> Option<Decision> {
    match pressed {
        "approve" => Some(Decision::Approve),
        "deny" => Some(Decision::Deny),
        _ => None,
    }
}

/// A code as it is looked up; `None` for what cannot be one, so that a slip
/// counts as no guess.
pub(super) fn read(typed: &str) -> Option<String> {
    is_user_code(typed).then(|| plain_user_code(typed))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_a_code_is_no_guess() {
        assert_eq!(read(" wdjb-mjpv ").as_deref(), Some("WDJBMJPV"));
        assert_eq!(read("wdjb mjpv").as_deref(), Some("WDJBMJPV"));
        assert_eq!(read("WDJB-MJP"), None);
        assert_eq!(read("WDJB-MJPA"), None, "no code has a vowel");
        assert_eq!(read("<script>"), None);
    }
}

//! The owner's card on the embedded instance. The ticket in the address shows
//! and settles the one code it was made for, as the owner; it sets no cookie
//! and opens nothing else.
//!
//! The surprising rule: a wrong ticket and a wrong code get the same answer and
//! are not counted. A ticket cannot be guessed, and whoever else can reach
//! this page must not be able to lock the owner out.

use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::Response;
use subtle::ConstantTimeEq;

use super::browser::Browser;
use super::card;
use super::form::Fields;
use super::message_page::{MessagePage, Tone};
use crate::server::approval::{Approver, NotSettled};
use crate::server::store::DeviceCode;
use crate::wire::User;

/// The one code, by its id, whose card a listener serves.
#[derive(Clone, Debug)]
pub(super) struct Only(pub(super) String);

/// What the two parts of the address open.
struct Opened {
    code: DeviceCode,
    user_code: String,
    owner: User,
}

/// `GET /D/CODE/TICKET`: changes nothing.
pub(super) async fn look(
    mut browser: Browser,
    Path((typed, ticket)): Path<(String, String)>,
) -> Response {
    let opened = match open(&browser, &typed, &ticket).await {
        Ok(opened) => opened,
        Err(response) => return response,
    };
    if let Err(late) = opened.code.approval.may_settle(browser.state.now()) {
        let message = card::settled(&browser.state, late, &opened.code, &opened.owner);
        return browser.message(&message);
    }
    let csrf = form_token(&browser, &opened.code);
    let action = browser.here.clone();
    card::show(&mut browser, &opened.code, &opened.user_code, &opened.owner, &action, &csrf)
}

/// `POST /D/CODE/TICKET`: the decision. Answered in place: the page for a
/// phone nearby closes with its code, and could not be asked again.
pub(super) async fn decide(
    mut browser: Browser,
    Path((typed, ticket)): Path<(String, String)>,
    fields: Fields,
) -> Response {
    let opened = match open(&browser, &typed, &ticket).await {
        Ok(opened) => opened,
        Err(response) => return response,
    };
    let expected = form_token(&browser, &opened.code);
    let ours: bool = expected.as_bytes().ct_eq(fields.get("csrf").as_bytes()).into();
    let Some(decision) = card::decision(fields.get("decision")).filter(|_| ours) else {
        return browser.message(&MessagePage::stale());
    };
    let by =
        Approver { account_id: opened.owner.id.clone(), via: "ticket", ip: browser.ip.clone() };
    let late = match browser.state.settle(&opened.code, decision, &by).await {
        Ok(Ok(())) => {
            let mut code = opened.code;
            code.account_id = Some(opened.owner.id.clone());
            let late = crate::server::device_code_state::TooLate::Settled(decision);
            let message = card::settled(&browser.state, late, &code, &opened.owner);
            return browser.message(&message);
        }
        Ok(Err(NotSettled::Late(late))) => late,
        Ok(Err(NotSettled::Unknown)) => return browser.message(&closed()),
        Err(fault) => return browser.fault(&fault),
    };
    // Settled before: by this page pressed twice, or in the terminal.
    let again = open(&browser, &typed, &ticket).await;
    let code = again.map_or(opened.code, |again| again.code);
    let message = card::settled(&browser.state, late, &code, &opened.owner);
    browser.message(&message)
}

/// What a wrong ticket and a wrong code are told.
pub(super) fn closed() -> MessagePage {
    MessagePage::new(StatusCode::NOT_FOUND, Tone::Plain, "page-ticket-title", "page-ticket-text")
}

/// Everywhere else where a phone nearby can look.
pub(super) async fn elsewhere(mut browser: Browser) -> Response {
    browser.message(&closed())
}

async fn open(browser: &Browser, typed: &str, ticket: &str) -> Result<Opened, Response> {
    let state = &browser.state;
    let (Some(user_code), Some(owner)) = (card::read(typed), &state.owner) else {
        return Err(browser.refuse(&closed()));
    };
    let mac = state.keys.user_code_mac(&user_code);
    let found = state.store.device_code_by_mac(&mac, state.now()).await;
    let code = found.map_err(|fault| browser.fault(&fault))?;
    let Some(code) =
        code.filter(|code| browser.may_see(&code.id) && state.keys.ticket_opens(&code.id, ticket))
    else {
        return Err(browser.refuse(&closed()));
    };
    let owner = state.store.account(owner).await.map_err(|fault| browser.fault(&fault))?;
    let Some(owner) = owner else { return Err(browser.refuse(&closed())) };
    Ok(Opened { code, user_code, owner: owner.user() })
}

fn form_token(browser: &Browser, code: &DeviceCode) -> String {
    browser.state.keys.form_token(&format!("owner card {}", code.id)).expose().to_owned()
}

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

use super::browser::Browser;
use super::card;
use super::form::Fields;
use super::message_page::{MessagePage, Tone};
use crate::secret::Secret;
use crate::server::domain::device_code_state::TooLate;
use crate::server::http::csrf;
use crate::server::operations::{Denied, DeviceCode, Principal, approvals};
use crate::wire::StepUp;

/// What the two parts of the address open.
struct OpenedCard {
    code: DeviceCode,
    user_code: String,
    /// The owner, by the ticket.
    by: Principal,
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
        let settled = card::settled(&browser, late, &opened.code, &opened.by.account).await;
        return settled.map_or_else(|response| response, |message| browser.message(&message));
    }
    let csrf = form_token(&browser, &opened.code);
    let action = browser.path_and_query.clone();
    let OpenedCard { code, user_code, by, .. } = opened;
    card::show(&mut browser, &code, &user_code, &by.account, &action, csrf.expose()).await
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
    let csrf_ok = csrf::matches(&form_token(&browser, &opened.code), fields.get("csrf"));
    let Some(decision) = card::decision(fields.get("decision")).filter(|_| csrf_ok) else {
        return browser.message(&MessagePage::stale());
    };
    let OpenedCard { code, by, .. } = opened;
    let owner = by.account.clone();
    let (code, late) =
        match approvals::settle(&browser.state, &by, &code, decision, StepUp::default()).await {
            Ok(()) => {
                let account_id = Some(owner.id.clone());
                (DeviceCode { account_id, ..code }, TooLate::Settled(decision))
            }
            // Settled before: by this page pressed twice, or in the terminal.
            Err(Denied::TooLate(late)) => {
                let reopened = open(&browser, &typed, &ticket).await;
                (reopened.map_or(code, |reopened| reopened.code), late)
            }
            Err(Denied::NotFound(_)) => return browser.message(&invalid_ticket()),
            Err(denied) => return browser.denied(denied),
        };
    let settled = card::settled(&browser, late, &code, &owner).await;
    settled.map_or_else(|response| response, |message| browser.message(&message))
}

/// What a wrong ticket and a wrong code are told.
pub(super) fn invalid_ticket() -> MessagePage {
    MessagePage::new(StatusCode::NOT_FOUND, Tone::Plain, "page-ticket-title", "page-ticket-text")
}

/// Everywhere else where a phone nearby can look.
pub(super) async fn not_found(mut browser: Browser) -> Response {
    browser.message(&invalid_ticket())
}

async fn open(browser: &Browser, typed: &str, ticket: &str) -> Result<OpenedCard, Response> {
    let state = &browser.state;
    let (Some(user_code), Some(owner)) = (card::read(typed), &state.owner) else {
        return Err(browser.refuse(&invalid_ticket()));
    };
    let found = approvals::find_by_ticket(state, owner, &user_code, ticket, browser.ip).await;
    let Some((code, by)) = browser.allowed(found)?.filter(|(code, _)| browser.may_see(&code.id))
    else {
        return Err(browser.refuse(&invalid_ticket()));
    };
    Ok(OpenedCard { code, user_code, by })
}

fn form_token(browser: &Browser, code: &DeviceCode) -> Secret {
    browser.state.keys.form_token(&format!("owner card {}", code.id))
}

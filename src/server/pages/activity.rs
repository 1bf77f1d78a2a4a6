//! What was done: by oneself, and, for whoever runs the instance, by anybody;
//! and who has an account here.

use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;

use super::browser::Browser;
use super::frame::{Frame, Verdict, render};
use super::settings::{hidden, person};
use crate::api::wire::{AccountFacts, AuditEvent};
use crate::server::store::{Page, Whose};

#[derive(Template)]
#[template(path = "audit.html")]
struct AuditPage {
    page: Frame,
    events: Vec<AuditEvent>,
    hidden: u64,
    everybody: bool,
}

#[derive(Template)]
#[template(path = "people.html")]
struct PeoplePage {
    page: Frame,
    people: Vec<AccountFacts>,
    hidden: u64,
}

/// `GET /audit`.
pub(super) async fn own(mut browser: Browser) -> Response {
    let account = match person(&mut browser) {
        Ok(account) => account,
        Err(response) => return response,
    };
    show(&mut browser, Whose::Account(&account.id)).await
}

/// `GET /admin/audit`.
pub(super) async fn everybodys(mut browser: Browser) -> Response {
    match runs_it(&mut browser) {
        Ok(()) => show(&mut browser, Whose::Anybody).await,
        Err(response) => response,
    }
}

async fn show(browser: &mut Browser, whose: Whose<'_>) -> Response {
    match browser.state.store.audit_events(whose, &Page::default()).await {
        Ok(rows) => browser.show(|page| {
            let hidden = hidden(rows.total, rows.data.len());
            let everybody = whose == Whose::Anybody;
            render(StatusCode::OK, &AuditPage { page, events: rows.data, hidden, everybody })
        }),
        Err(fault) => browser.fault(&fault),
    }
}

/// `GET /admin/members`.
pub(super) async fn people(mut browser: Browser) -> Response {
    if let Err(response) = runs_it(&mut browser) {
        return response;
    }
    match browser.state.store.accounts(&Page::default()).await {
        Ok(rows) => browser.show(|page| {
            let hidden = hidden(rows.total, rows.data.len());
            render(StatusCode::OK, &PeoplePage { page, people: rows.data, hidden })
        }),
        Err(fault) => browser.fault(&fault),
    }
}

/// Nobody else learns that there are such pages.
fn runs_it(browser: &mut Browser) -> Result<(), Response> {
    let account = person(browser)?;
    if account.admin { Ok(()) } else { Err(browser.say(&Verdict::missing())) }
}

//! A new password for whoever lost theirs, by the link that `crewmesh serve
//! reset-link` made. It signs nobody in: whoever has the link still says who
//! they are.

use askama::Template;
use axum::extract::{Path, State as Extract};
use axum::http::StatusCode;
use axum::response::Response;

use super::browser::{Browser, Posted};
use super::frame::{Frame, Mood, Verdict, render};
use super::sign_in::{self, password_fault};
use crate::i18n::Message;
use crate::server::passwords::{self, SHORTEST};
use crate::server::resets;
use crate::server::state::State;
use crate::server::store::{Account, Event};

#[derive(Template)]
#[template(path = "reset.html")]
struct ResetPage<'a> {
    page: Frame,
    token: &'a str,
    email: &'a str,
    shortest: usize,
    fault: String,
    csrf: &'a str,
}

/// Whose password the link sets.
async fn account(browser: &mut Browser, token: &str) -> Result<Account, Response> {
    let state = browser.state.clone();
    let found = match resets::account_of(token) {
        Some(id) => state.store.account(id).await.map_err(|fault| browser.fault(&fault))?,
        None => None,
    };
    let opens = |account: &Account| resets::opens(&state.keys, account, token, state.now());
    found.filter(opens).ok_or_else(|| browser.say(&ended()))
}

fn ended() -> Verdict {
    let (title, text) = ("page-reset-ended-title", "page-reset-ended-text");
    Verdict::new(StatusCode::GONE, Mood::Late, title, text).next("/login", "page-login-link")
}

/// `GET /reset/{token}`.
pub(super) async fn look(
    Extract(_): Extract<State>,
    Path(token): Path<String>,
    mut browser: Browser,
) -> Response {
    match account(&mut browser, &token).await {
        Ok(account) => show(&mut browser, &token, &account, StatusCode::OK, None),
        Err(response) => response,
    }
}

fn show(
    browser: &mut Browser,
    token: &str,
    account: &Account,
    status: StatusCode,
    fault: Option<Message>,
) -> Response {
    let csrf = browser.form_token();
    browser.show(|page| {
        let fault = fault.map(|fault| page.say(&fault)).unwrap_or_default();
        let (email, shortest) = (account.email.as_str(), SHORTEST);
        render(status, &ResetPage { page, token, email, shortest, fault, csrf: &csrf })
    })
}

/// `POST /reset/{token}`: signs everything out, tokens excepted.
pub(super) async fn set(
    Path(token): Path<String>,
    Posted { mut browser, mut fields }: Posted,
) -> Response {
    let account = match account(&mut browser, &token).await {
        Ok(account) => account,
        Err(response) => return response,
    };
    let fresh = fields.secret("fresh");
    if let Err(unfit) = passwords::fit(&fresh, &[&account.name, &account.email]) {
        let fault = Some(password_fault(unfit));
        return show(&mut browser, &token, &account, StatusCode::UNPROCESSABLE_ENTITY, fault);
    }
    let hashed = match passwords::hash(fresh).await {
        Ok(hashed) => hashed,
        Err(trouble) => return sign_in::stopped(&browser, &trouble),
    };
    let event = Event::new("auth.password.changed", &account.id, "reset", &account.id)
        .from(browser.ip.as_deref());
    let (store, now) = (&browser.state.store, browser.state.now());
    let before = account.password.as_ref();
    match store.reset_password(&account.id, before, &hashed, &event, now).await {
        Ok(true) => {}
        Ok(false) => return browser.say(&ended()),
        Err(fault) => return browser.fault(&fault),
    }
    if let Err(response) = browser.sign_out().await {
        return response;
    }
    let (title, text) = ("page-password-done-title", "page-password-done-text");
    let done = Verdict::new(StatusCode::OK, Mood::Good, title, text);
    browser.say(&done.next("/login", "page-login-button"))
}

//! A new password for whoever lost theirs, by the link that `crewmesh serve
//! reset-link` made or, where there is a mail server, that was mailed. It signs
//! nobody in: whoever has the link still says who they are.

use askama::Template;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::Response;

use super::browser::{Browser, Reply};
use super::denied::field_error;
use super::form::CsrfForm;
use super::frame::{Frame, render};
use super::message_page::{MessagePage, Tone};
use super::settings::password_changed;
use crate::i18n::{Message, printable};
use crate::server::clock::MINUTE;
use crate::server::operations::{Account, Denied, resets};
use crate::server::passwords::SHORTEST;

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

#[derive(Template)]
#[template(path = "forgot.html")]
struct ForgotPage<'a> {
    page: Frame,
    email: &'a str,
    fault: String,
    csrf: &'a str,
}

/// Whose password the link sets.
async fn account(browser: &mut Browser, token: &str) -> Result<Account, Response> {
    let found = resets::account(&browser.state, token).await;
    found.map_err(|denied| refused(browser, denied))
}

fn refused(browser: &mut Browser, denied: Denied) -> Response {
    match denied {
        Denied::LinkEnded => ended(browser),
        denied => browser.denied(denied),
    }
}

fn ended(browser: &mut Browser) -> Response {
    let closed =
        |text| MessagePage::new(StatusCode::GONE, Tone::Late, "page-reset-ended-title", text);
    let message = if browser.state.mailer.is_some() {
        closed("page-reset-ended-again").next("/reset", "page-forgot-link")
    } else {
        closed("page-reset-ended-text").next("/login", "page-login-link")
    };
    browser.message(&message)
}

/// `GET /reset`.
pub(super) async fn ask(mut browser: Browser) -> Reply {
    if browser.state.mailer.is_none() {
        return Ok(browser.message(&MessagePage::missing()));
    }
    Ok(show_forgot(&mut browser, StatusCode::OK, "", None))
}

fn show_forgot(
    browser: &mut Browser,
    status: StatusCode,
    email: &str,
    fault: Option<&Message>,
) -> Response {
    let csrf = browser.form_token();
    browser.show(|page| {
        let fault = fault.map(|fault| page.say(fault)).unwrap_or_default();
        render(status, &ForgotPage { page, email, fault, csrf: &csrf })
    })
}

/// `POST /reset`.
pub(super) async fn mail(CsrfForm { mut browser, fields }: CsrfForm) -> Reply {
    let email = printable(fields.get("email")).trim().to_owned();
    if let Err(denied) = resets::request(&browser.state, &email, browser.ip).await {
        let Some(fault) = field_error(&denied) else { return Err(browser.denied(denied)) };
        let status = StatusCode::UNPROCESSABLE_ENTITY;
        return Ok(show_forgot(&mut browser, status, &email, Some(&fault)));
    }
    let (title, text) = ("page-forgot-sent-title", "page-forgot-sent-text");
    let sent = MessagePage::new(StatusCode::OK, Tone::Plain, title, text).with("email", email);
    let detail = Message::new("page-forgot-sent-detail").with("minutes", resets::LIFE / MINUTE);
    Ok(browser.message(&sent.detail(detail).next("/login", "page-login-button")))
}

/// `GET /reset/{token}`.
pub(super) async fn look(Path(token): Path<String>, mut browser: Browser) -> Reply {
    let account = account(&mut browser, &token).await?;
    Ok(show(&mut browser, &token, &account, StatusCode::OK, None))
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
    CsrfForm { mut browser, mut fields }: CsrfForm,
) -> Reply {
    let account = account(&mut browser, &token).await?;
    let fresh = fields.secret("fresh");
    let set = resets::set(&browser.state, &account, fresh, browser.ip).await;
    if let Err(denied) = set {
        let Some(fault) = field_error(&denied) else { return Err(refused(&mut browser, denied)) };
        let status = StatusCode::UNPROCESSABLE_ENTITY;
        return Ok(show(&mut browser, &token, &account, status, Some(fault)));
    }
    password_changed(&mut browser).await
}

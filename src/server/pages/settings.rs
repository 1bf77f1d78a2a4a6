//! The password: another one, or the first.

use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;

use super::browser::{Browser, Reply};
use super::denied::field_error;
use super::form::CsrfForm;
use super::frame::{Frame, render};
use super::message_page::{MessagePage, Tone};
use super::session_guard::require_sign_in;
use super::upstream_link;
use crate::i18n::{Message, printable};
use crate::server::operations::{Account, Denied, Principal, login_methods, passwords};
use crate::server::passwords::SHORTEST;

#[derive(Template)]
#[template(path = "password.html")]
struct PasswordPage<'a> {
    page: Frame,
    email: &'a str,
    /// Whether there is one already.
    changes: bool,
    /// Whether there is no address yet to use it with.
    asks_email: bool,
    shortest: usize,
    fault: String,
}

/// `GET /settings/password`.
pub(super) async fn password(mut browser: Browser) -> Reply {
    let (_, account) = may_set(&mut browser).await?;
    Ok(show_password(&mut browser, &account, StatusCode::OK, &account.email, None))
}

/// Whoever is signed in, and their account with its password. Sends whoever has
/// none, and signed in a while ago, to sign in again.
async fn may_set(browser: &mut Browser) -> Result<(Principal, Account), Response> {
    let by = require_sign_in(browser)?;
    let state = browser.state.clone();
    let account = browser.allowed(passwords::account(&state, &by).await)?;
    if passwords::may_set(&state, &by, &account).is_ok() {
        return Ok((by, account));
    }
    let (title, text) = ("page-password-again-title", "page-password-again-text");
    let mut message = MessagePage::new(StatusCode::FORBIDDEN, Tone::Plain, title, text);
    let connected = browser.allowed(login_methods::connected(&state, &by).await)?;
    if let Some(upstream) = connected.into_iter().find_map(|one| one.upstream) {
        let href = upstream_link::href(&upstream.slug, &[("next", "/settings/password")]);
        message = message.next(href, "page-login-button");
    }
    Err(browser.message(&message))
}

fn show_password(
    browser: &mut Browser,
    account: &Account,
    status: StatusCode,
    email: &str,
    fault: Option<Message>,
) -> Response {
    let (changes, asks_email) = (account.password.is_some(), account.email.is_empty());
    browser.show(|page| {
        let fault = fault.map(|fault| page.say(&fault)).unwrap_or_default();
        let shortest = SHORTEST;
        render(status, &PasswordPage { page, email, changes, asks_email, shortest, fault })
    })
}

/// `POST /settings/password`: signs everything out, tokens excepted.
pub(super) async fn change_password(CsrfForm { mut browser, mut fields }: CsrfForm) -> Reply {
    let (by, account) = may_set(&mut browser).await?;
    let state = browser.state.clone();
    let (current, fresh) = (fields.secret("current"), fields.secret("fresh"));
    let mut email = account.email.clone();
    if email.is_empty() {
        printable(fields.get("email")).trim().clone_into(&mut email);
    }
    let changed = if account.password.is_some() {
        passwords::change(&state, &by, current, fresh).await
    } else {
        passwords::set_first(&state, &by, &email, fresh).await
    };
    let fault = match changed {
        Ok(()) => return password_changed(&mut browser).await,
        Err(Denied::WrongPassword) => Message::new("page-password-wrong"),
        Err(Denied::EmailTaken) => Message::new("page-register-taken"),
        Err(denied) => match field_error(&denied) {
            Some(fault) => fault,
            None => return Err(browser.denied(denied)),
        },
    };
    let status = StatusCode::UNPROCESSABLE_ENTITY;
    Ok(show_password(&mut browser, &account, status, &email, Some(fault)))
}

/// Where everything was signed out, the browser is too.
pub(super) async fn password_changed(browser: &mut Browser) -> Reply {
    browser.sign_out().await?;
    let (title, text) = ("page-password-done-title", "page-password-done-text");
    let done = MessagePage::new(StatusCode::OK, Tone::Good, title, text);
    Ok(browser.message(&done.next("/login", "page-login-button")))
}

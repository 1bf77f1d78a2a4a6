//! The password: another one, or the first.
//!
//! The surprising rule: the first is set only by whoever signed in just now. A
//! browser that was left open somewhere has no password to ask for, and must
//! not give an account away by setting one.

use crate::server::domain::audit_action::AuditAction;
use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;

use super::browser::{Browser, Reply};
use super::form::CsrfForm;
use super::frame::{Frame, render};
use super::message_page::{MessagePage, Tone};
use super::register::{is_email, password_fault};
use super::session_guard::require_sign_in;
use super::upstream;
use crate::error::AppError;
use crate::i18n::{Message, printable};
use crate::server::passwords::{self, SHORTEST};
use crate::server::store::{Account, Event};
use crate::server::upstreams::Upstream;

/// Milliseconds for which somebody has signed in just now.
const JUST_NOW: i64 = 10 * 60_000;

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

/// Whoever is signed in, with the password, which a web session's comes
/// without.
async fn whole(browser: &mut Browser) -> Result<Account, Response> {
    let account = require_sign_in(browser)?.account;
    let whole = browser.db(browser.state.store.account(&account.id).await)?;
    Ok(whole.unwrap_or(account))
}

/// `GET /settings/password`.
pub(super) async fn password(mut browser: Browser) -> Reply {
    let account = whole(&mut browser).await?;
    just_signed_in(&mut browser, &account).await?;
    Ok(show_password(&mut browser, &account, StatusCode::OK, &account.email, None))
}

/// Sends whoever has no password, and signed in a while ago, to sign in again.
async fn just_signed_in(browser: &mut Browser, account: &Account) -> Result<(), Response> {
    if account.password.is_some()
        || browser
            .signed_in
            .as_ref()
            .is_some_and(|by| by.signed_in_within(JUST_NOW, browser.state.now()))
    {
        return Ok(());
    }
    let state = browser.state.clone();
    let identities = browser.db(state.store.identities(&account.id).await)?;
    let opens = |way: &&Upstream| identities.iter().any(|one| way.is_way_of(&one.issuer));
    let (title, text) = ("page-password-again-title", "page-password-again-text");
    let mut message = MessagePage::new(StatusCode::FORBIDDEN, Tone::Plain, title, text);
    if let Some(one) = state.config.upstreams.iter().find(opens) {
        let again = upstream::href(&one.slug, &[("next", "/settings/password")]);
        message = message.next(again, "page-login-button");
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
    let account = whole(&mut browser).await?;
    just_signed_in(&mut browser, &account).await?;
    let (current, fresh) = (fields.secret("current"), fields.secret("fresh"));
    browser.allowed(browser.state.may_sign_in(&format!("account {}", account.id)).await)?;
    let mut email = account.email.clone();
    if email.is_empty() {
        printable(fields.get("email")).trim().clone_into(&mut email);
    }
    let no = |browser: &mut Browser, fault: Message| {
        let status = StatusCode::UNPROCESSABLE_ENTITY;
        Ok(show_password(browser, &account, status, &email, Some(fault)))
    };
    if !is_email(&email) {
        return no(&mut browser, Message::new("page-email-fault"));
    }
    if let Err(unfit) = passwords::fit(&fresh, &[&account.name, &email]) {
        return no(&mut browser, password_fault(unfit));
    }
    let stopped = |error: AppError| browser.denied(error.into());
    if account.password.is_some()
        && !passwords::verify(current, account.password.clone()).await.map_err(stopped)?
    {
        // Whoever has the browser is not the person for that: they see it.
        let event = Event::new(AuditAction::SignInFailed, &account.id, "web", &account.id)
            .from(browser.ip.as_deref());
        browser.db(browser.state.store.audit(&event, browser.state.now()).await)?;
        return no(&mut browser, Message::new("page-password-wrong"));
    }
    let hashed = passwords::hash(fresh).await;
    let hashed = hashed.map_err(|error| browser.denied(error.into()))?;
    let event = Event::new(AuditAction::PasswordChanged, &account.id, "web", &account.id)
        .from(browser.ip.as_deref());
    let (store, now) = (&browser.state.store, browser.state.now());
    let before = account.password.as_ref();
    let (done, fault) = if before.is_some() {
        let done = store.change_password(&account.id, before, &hashed, &event, now).await;
        (done, "page-password-wrong")
    } else {
        let done = store.set_first_password(&account.id, &email, &hashed, &event, now).await;
        (done, "page-register-taken")
    };
    if !browser.db(done)? {
        return no(&mut browser, Message::new(fault));
    }
    password_changed(&mut browser).await
}

/// Where everything was signed out, the browser is too.
pub(super) async fn password_changed(browser: &mut Browser) -> Reply {
    browser.sign_out().await?;
    let (title, text) = ("page-password-done-title", "page-password-done-text");
    let done = MessagePage::new(StatusCode::OK, Tone::Good, title, text);
    Ok(browser.message(&done.next("/login", "page-login-button")))
}

//! Whose pages these are, and the password.

use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;

use super::browser::{Browser, Posted};
use super::frame::{Frame, Mood, Verdict, render};
use super::sign_in;
use crate::i18n::Message;
use crate::server::passwords::{self, SHORTEST};
use crate::server::store::{Account, Event};

/// Whoever is signed in, or the way to the sign-in and back.
pub(super) fn person(browser: &mut Browser) -> Result<Account, Response> {
    if let Some(account) = browser.account() {
        return Ok(account.clone());
    }
    let here = browser.here.split('?').next().unwrap_or_default().to_owned();
    Err(browser.go(&sign_in::link("/login", &here)))
}

#[derive(Template)]
#[template(path = "password.html")]
struct PasswordPage<'a> {
    page: Frame,
    email: &'a str,
    shortest: usize,
    fault: String,
}

/// `GET /settings/password`.
pub(super) async fn password(mut browser: Browser) -> Response {
    match person(&mut browser) {
        Ok(account) => show_password(&mut browser, &account, StatusCode::OK, None),
        Err(response) => response,
    }
}

fn show_password(
    browser: &mut Browser,
    account: &Account,
    status: StatusCode,
    fault: Option<Message>,
) -> Response {
    browser.show(|page| {
        let fault = fault.map(|fault| page.say(&fault)).unwrap_or_default();
        let (email, shortest) = (account.email.as_str(), SHORTEST);
        render(status, &PasswordPage { page, email, shortest, fault })
    })
}

/// `POST /settings/password`: signs everything out, tokens excepted.
pub(super) async fn change_password(Posted { mut browser, mut fields }: Posted) -> Response {
    let account = match person(&mut browser) {
        Ok(account) => account,
        Err(response) => return response,
    };
    let (current, fresh) = (fields.secret("current"), fields.secret("fresh"));
    match browser.state.may_sign_in(&format!("account {}", account.id)).await {
        Ok(Ok(())) => {}
        Ok(Err(wait)) => return browser.say(&Verdict::too_fast(wait)),
        Err(fault) => return browser.fault(&fault),
    }
    let unprocessable = StatusCode::UNPROCESSABLE_ENTITY;
    if let Err(unfit) = passwords::fit(&fresh, &[&account.name, &account.email]) {
        let fault = sign_in::password_fault(unfit);
        return show_password(&mut browser, &account, unprocessable, Some(fault));
    }
    match sign_in::check(&browser.state, &account.email, current).await {
        Ok(Ok(_)) => {}
        Ok(Err(_)) => {
            let fault = Message::new("page-password-wrong");
            return show_password(&mut browser, &account, unprocessable, Some(fault));
        }
        Err(trouble) => return sign_in::stopped(&browser, &trouble),
    }
    let hashed = match passwords::hash(fresh).await {
        Ok(hashed) => hashed,
        Err(trouble) => return sign_in::stopped(&browser, &trouble),
    };
    let event = Event::new("auth.password.changed", &account.id, "web", &account.id)
        .from(browser.ip.as_deref());
    let (store, now) = (&browser.state.store, browser.state.now());
    if let Err(fault) = store.change_password(&account.id, &hashed, &event, now).await {
        return browser.fault(&fault);
    }
    if let Err(response) = browser.sign_out().await {
        return response;
    }
    let (title, text) = ("page-password-done-title", "page-password-done-text");
    let done = Verdict::new(StatusCode::OK, Mood::Good, title, text);
    browser.say(&done.next("/login", "page-login-button"))
}

//! A new password for whoever lost theirs, by the link that `crewmesh serve
//! reset-link` made or, where there is a mail server, that was mailed. It signs
//! nobody in: whoever has the link still says who they are.
//!
//! The surprising rule: who asks for a mail gets the same answer at the same
//! speed whether or not there is such an account, because the account is looked
//! up after the answer.

use crate::server::domain::audit_action::AuditAction;
use askama::Template;
use axum::extract::{Path, State as Extract};
use axum::http::StatusCode;
use axum::response::Response;

use super::browser::{Browser, Reply};
use super::form::CsrfForm;
use super::frame::{Frame, render};
use super::message_page::{MessagePage, Tone};
use super::register::{is_email, password_fault};
use super::settings::password_changed;
use crate::i18n::{Message, printable};
use crate::secret::Secret;
use crate::server::operations::resets;
use crate::server::passwords::{self, SHORTEST};
use crate::server::state::State;
use crate::server::store::{Account, DbResult, Event};

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
    let state = browser.state.clone();
    let found = match resets::account_of(token) {
        Some(id) => browser.db(state.store.account(id).await)?,
        None => None,
    };
    let opens = |account: &Account| resets::opens(&state.keys, account, token, state.now());
    found.filter(opens).ok_or_else(|| ended(browser))
}

fn ended(browser: &mut Browser) -> Response {
    let said =
        |text| MessagePage::new(StatusCode::GONE, Tone::Late, "page-reset-ended-title", text);
    let message = if browser.state.mailer.is_some() {
        said("page-reset-ended-again").next("/reset", "page-forgot-link")
    } else {
        said("page-reset-ended-text").next("/login", "page-login-link")
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
    fault: Option<&'static str>,
) -> Response {
    let csrf = browser.form_token();
    browser.show(|page| {
        let fault = fault.map(|id| page.t(id).to_string()).unwrap_or_default();
        render(status, &ForgotPage { page, email, fault, csrf: &csrf })
    })
}

/// `POST /reset`.
pub(super) async fn mail(CsrfForm { mut browser, fields }: CsrfForm) -> Reply {
    if browser.state.mailer.is_none() {
        return Ok(browser.message(&MessagePage::missing()));
    }
    let email = printable(fields.get("email")).trim().to_owned();
    let address = format!("reset {}", browser.ip.as_deref().unwrap_or_default());
    browser.allowed(browser.state.may_sign_in(&address).await)?;
    if !is_email(&email) {
        let (status, fault) = (StatusCode::UNPROCESSABLE_ENTITY, Some("page-email-fault"));
        return Ok(show_forgot(&mut browser, status, &email, fault));
    }
    let (state, to, ip) = (browser.state.clone(), email.clone(), browser.ip.clone());
    tokio::spawn(async move {
        if let Err(fault) = mail_link(&state, &to, ip.as_deref()).await {
            tracing::error!(%fault, "a link for a lost password could not be made");
        }
    });
    let (title, text) = ("page-forgot-sent-title", "page-forgot-sent-text");
    let said = MessagePage::new(StatusCode::OK, Tone::Plain, title, text).with("email", email);
    let detail = Message::new("page-forgot-sent-detail").with("minutes", resets::LIFE / 60_000);
    Ok(browser.message(&said.detail(detail).next("/login", "page-login-button")))
}

/// Mails the link to the account of `email`, where there is one and it was not
/// sent too many already.
async fn mail_link(state: &State, email: &str, ip: Option<&str>) -> DbResult<()> {
    let Some(mailer) = &state.mailer else { return Ok(()) };
    let Some(account) = state.store.account_by_email(email).await? else { return Ok(()) };
    if !state.may_mail_link(&account.id).await? {
        return Ok(());
    }
    let now = state.now();
    let event = Event::new(AuditAction::ResetLinkMade, "", "mail", &account.id).from(ip);
    state.store.audit(&event, now).await?;
    let token = resets::token(&state.keys, &account, now);
    let link = Secret::new(state.page(&format!("/reset/{}", token.expose())));
    let host = state.pages.host_str().unwrap_or_default();
    mailer.reset(&account.email, host, &link, resets::LIFE / 60_000).await;
    Ok(())
}

/// `GET /reset/{token}`.
pub(super) async fn look(
    Extract(_): Extract<State>,
    Path(token): Path<String>,
    mut browser: Browser,
) -> Reply {
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
    if let Err(unfit) = passwords::fit(&fresh, &[&account.name, &account.email]) {
        let (status, fault) = (StatusCode::UNPROCESSABLE_ENTITY, Some(password_fault(unfit)));
        return Ok(show(&mut browser, &token, &account, status, fault));
    }
    let hashed = passwords::hash(fresh).await;
    let hashed = hashed.map_err(|error| browser.denied(error.into()))?;
    let event = Event::new(AuditAction::PasswordChanged, &account.id, "reset", &account.id)
        .from(browser.ip.as_deref());
    let (store, now) = (&browser.state.store, browser.state.now());
    let before = account.password.as_ref();
    if !browser.db(store.change_password(&account.id, before, &hashed, &event, now).await)? {
        return Ok(ended(&mut browser));
    }
    password_changed(&mut browser).await
}

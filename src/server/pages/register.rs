//! Making an account: by whoever may, with a name, an address and a password.
//!
//! The surprising rule: what lets somebody make one is on the way they came (an
//! invite they go on to, the first administrator's link), so that the door is
//! asked again when the form comes back.

use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;

use super::browser::{Browser, Reply};
use super::consent::safe_next;
use super::denied::field_error;
use super::form::CsrfForm;
use super::frame::{Frame, render};
use super::message_page::{MessagePage, Tone};
use super::next::{self, link, purpose};
use super::opening;
use super::upstream_link::{self, UpstreamLink};
use crate::i18n::{Message, printable};
use crate::server::config::SignUp;
use crate::server::domain::invite_code;
use crate::server::http::extract::query;
use crate::server::operations::accounts::{self, Invitation, NewPerson};
use crate::server::operations::{Denied, approvals};
use crate::server::passwords::SHORTEST;

#[derive(Template)]
#[template(path = "register.html")]
struct RegisterPage<'a> {
    page: Frame,
    purpose: String,
    next: &'a str,
    first: &'a str,
    name: &'a str,
    email: &'a str,
    fault: String,
    login: String,
    elsewhere: Vec<UpstreamLink>,
    shortest: usize,
    csrf: &'a str,
}

/// `GET /register`.
pub(super) async fn register(mut browser: Browser, request: axum::extract::Request) -> Reply {
    let (parts, _) = request.into_parts();
    let next = query(&parts, "next").unwrap_or_default();
    let next = safe_next(&mut browser, &next).await;
    let first = query(&parts, "first").unwrap_or_default();
    if browser.signed_in.is_some() {
        return Ok(next::go(&mut browser, &next));
    }
    let admin = require_sign_up(&mut browser, &next, &first).await?;
    opening::note_before(&browser, &next);
    let mut form = RegisterForm { next, first, ..RegisterForm::default() };
    if admin
        && let Some(owner) = browser.allowed(accounts::owner_without_login(&browser.state).await)?
    {
        (form.owner, form.name) = (true, owner.name);
    }
    Ok(show_register(&mut browser, StatusCode::OK, &form, None))
}

/// What somebody wrote into the form.
#[derive(Default)]
struct RegisterForm {
    next: String,
    first: String,
    /// Whether it is the account of whoever had the instance to themselves.
    owner: bool,
    name: String,
    email: String,
}

fn show_register(
    browser: &mut Browser,
    status: StatusCode,
    form: &RegisterForm,
    fault: Option<Message>,
) -> Response {
    browser.path_and_query = link("/register", &form.next);
    let csrf = browser.form_token();
    let with = [("new", "1"), ("next", form.next.as_str()), ("first", form.first.as_str())];
    let elsewhere = upstream_link::all(&browser.state, &with);
    browser.show(|mut page| {
        let fault = fault.map(|fault| page.say(&fault)).unwrap_or_default();
        let purpose = if form.owner {
            page.t("page-register-owner").to_string()
        } else {
            purpose(&page, &form.next)
        };
        if !form.first.is_empty() {
            // The link would lose what lets the first one in.
            page.others.clear();
        }
        let page = RegisterPage {
            page,
            purpose,
            next: &form.next,
            first: &form.first,
            name: &form.name,
            email: &form.email,
            fault,
            login: link("/login", &form.next),
            elsewhere,
            shortest: SHORTEST,
            csrf: &csrf,
        };
        render(status, &page)
    })
}

/// Whether it is the first administrator who may make an account here; the page
/// that says why not, where nobody on the way to `next` may.
pub(super) async fn require_sign_up(
    browser: &mut Browser,
    next: &str,
    first: &str,
) -> Result<bool, Response> {
    let allowed =
        accounts::require_sign_up(&browser.state, &invitation(next, first), browser.ip).await;
    allowed.map_err(|denied| refused(browser, next, denied))
}

/// What lets somebody make an account who goes on to `next`.
fn invitation(next: &str, first: &str) -> Invitation {
    let invite = next.strip_prefix("/i/").map(invite_code::normalize);
    let user_code = next::code_of(next).map(str::to_owned);
    Invitation { invite, user_code, first: first.to_owned() }
}

/// The page that says that no account was made.
fn refused(browser: &mut Browser, next: &str, denied: Denied) -> Response {
    let closed = |title, text| {
        MessagePage::new(StatusCode::FORBIDDEN, Tone::Plain, title, text)
            .next(link("/login", next), "page-login-link")
    };
    let message = match denied {
        Denied::SignUpClosed => closed("page-register-shut-title", "page-register-shut-text"),
        Denied::InviteRequired => closed("page-register-closed-title", "page-register-closed-text"),
        Denied::TooMany(wait) => {
            let (title, text) = ("page-slow-title", "page-register-slow");
            MessagePage::new(StatusCode::TOO_MANY_REQUESTS, Tone::Late, title, text).wait(wait)
        }
        denied => return browser.denied(denied),
    };
    browser.message(&message)
}

/// `POST /register`.
pub(super) async fn sign_up(CsrfForm { mut browser, mut fields }: CsrfForm) -> Reply {
    let password = fields.secret("password");
    let form = RegisterForm {
        next: safe_next(&mut browser, fields.get("next")).await,
        first: fields.get("first").to_owned(),
        owner: false,
        name: printable(fields.get("name")).trim().to_owned(),
        email: printable(fields.get("email")).trim().to_owned(),
    };
    let new = NewPerson { name: form.name.clone(), email: form.email.clone(), password };
    let with = invitation(&form.next, &form.first);
    let created = accounts::create(&browser.state, &with, new, browser.ip).await;
    let (status, fault) = match created {
        Ok(account) => {
            browser.sign_in(&account, None, &form.next).await?;
            return Ok(made_for(&mut browser, &form.next).await);
        }
        Err(Denied::EmailTaken) => (StatusCode::CONFLICT, Message::new("page-register-taken")),
        Err(denied) => match field_error(&denied) {
            Some(fault) => (StatusCode::UNPROCESSABLE_ENTITY, fault),
            None => return Err(refused(&mut browser, &form.next, denied)),
        },
    };
    Ok(show_register(&mut browser, status, &form, Some(fault)))
}

/// On to `next`, with an account that was made on the way there.
pub(super) async fn made_for(browser: &mut Browser, next: &str) -> Response {
    // An invite that let somebody make an account is used by that, so that it
    // makes no more accounts than it lets people in.
    if let (Some(code), Some(by)) = (next.strip_prefix("/i/"), browser.signed_in.clone()) {
        return super::invite::join(browser, code, &by).await;
    }
    // The same of one that came with the code of a terminal.
    if let (Some(user_code), Some(by), SignUp::Invite) =
        (next::code_of(next), browser.signed_in.clone(), browser.state.config.sign_up)
        && let Err(denied) = approvals::join_before(&browser.state, &by, user_code).await
    {
        return browser.denied(denied);
    }
    next::go(browser, next)
}

//! Making an account: by whoever may, with a name, an address and a password.
//!
//! The surprising rule: what lets somebody make one is on the way they came (an
//! invite they go on to, the first administrator's link), so that the door is
//! asked again when the form comes back.

use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;

use super::browser::{Browser, Reply};
use super::form::CsrfForm;
use super::frame::{Frame, render};
use super::message_page::{MessagePage, Tone};
use super::sign_in::{back, link, purpose, way_back};
use super::upstream;
use crate::i18n::{Message, printable};
use crate::secret::Secret;
use crate::server::config::SignUp;
use crate::server::domain::invite_code;
use crate::server::http::extract::query;
use crate::server::operations::Denied;
use crate::server::operations::accounts::FIRST_ADMIN;
use crate::server::passwords::{self, PasswordError, SHORTEST};
use crate::server::state::State;
use crate::server::store::{Account, NewAccount};
use crate::wire::display_name;

/// Characters of the longest address.
const LONGEST_EMAIL: usize = 254;

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
    elsewhere: Vec<upstream::Button>,
    shortest: usize,
    csrf: &'a str,
}

/// Whether somebody on the way to `next` may make an account.
pub(super) fn may_register(state: &State, next: &str) -> bool {
    match state.config.sign_up {
        SignUp::Open => true,
        SignUp::Invite => next.starts_with("/i/"),
        SignUp::Closed => false,
    }
}

/// `GET /register`.
pub(super) async fn register(mut browser: Browser, request: axum::extract::Request) -> Reply {
    let (parts, _) = request.into_parts();
    let next = query(&parts, "next").unwrap_or_default();
    let next = way_back(&mut browser, &next).await;
    let first = query(&parts, "first").unwrap_or_default();
    if browser.signed_in.is_some() {
        return Ok(back(&mut browser, &next));
    }
    let admin = door(&mut browser, &next, &first).await?;
    let mut asked = Asked { next, first, ..Asked::default() };
    if admin && let Some(owner) = browser.db(browser.state.store.owner_without_a_way_in().await)? {
        (asked.owner, asked.name) = (true, owner.name);
    }
    Ok(show_register(&mut browser, StatusCode::OK, &asked, None))
}

/// What somebody wrote into the form.
#[derive(Default)]
struct Asked {
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
    asked: &Asked,
    fault: Option<Message>,
) -> Response {
    browser.here = link("/register", &asked.next);
    let csrf = browser.form_token();
    let with = [("new", "1"), ("next", asked.next.as_str()), ("first", asked.first.as_str())];
    let elsewhere = upstream::buttons(&browser.state, &with);
    browser.show(|mut page| {
        let fault = fault.map(|fault| page.say(&fault)).unwrap_or_default();
        let purpose = if asked.owner {
            page.t("page-register-owner").to_string()
        } else {
            purpose(&page, &asked.next)
        };
        if !asked.first.is_empty() {
            // The link would lose what lets the first one in.
            page.others.clear();
        }
        let page = RegisterPage {
            page,
            purpose,
            next: &asked.next,
            first: &asked.first,
            name: &asked.name,
            email: &asked.email,
            fault,
            login: link("/login", &asked.next),
            elsewhere,
            shortest: SHORTEST,
            csrf: &csrf,
        };
        render(status, &page)
    })
}

/// Whether accounts are made here: by anybody, by whoever holds an invite, by
/// the first administrator with the link that `serve` printed, or not at all.
///
/// Says whether it is the first administrator who stands there: only the link
/// makes one, never the mere claim.
pub(super) async fn door(browser: &mut Browser, next: &str, first: &str) -> Result<bool, Response> {
    if !first.is_empty() {
        let expected = browser.state.keys.form_token(FIRST_ADMIN);
        let taken = browser.db(browser.state.store.has_admin().await)?;
        if expected == Secret::new(first) && !taken {
            return Ok(true);
        }
    }
    let closed = |title, text| MessagePage::new(StatusCode::FORBIDDEN, Tone::Plain, title, text);
    match browser.state.config.sign_up {
        SignUp::Open => Ok(false),
        SignUp::Closed => {
            let message = closed("page-register-shut-title", "page-register-shut-text");
            Err(browser.message(&message.next(link("/login", next), "page-login-link")))
        }
        SignUp::Invite => {
            let code = next.strip_prefix("/i/").map(invite_code::plain);
            if let Some(code) = code {
                let preview = browser.state.store.preview_invite(&code, browser.state.now()).await;
                return match browser.db(preview)? {
                    Ok(_) => Ok(false),
                    Err(why) => Err(browser.message(&super::invite::closed(why))),
                };
            }
            let message = closed("page-register-closed-title", "page-register-closed-text");
            Err(browser.message(&message.next(link("/login", next), "page-login-link")))
        }
    }
}

/// `POST /register`.
pub(super) async fn sign_up(CsrfForm { mut browser, mut fields }: CsrfForm) -> Reply {
    let password = fields.secret("password");
    let asked = Asked {
        next: way_back(&mut browser, fields.get("next")).await,
        first: fields.get("first").to_owned(),
        owner: false,
        name: printable(fields.get("name")).trim().to_owned(),
        email: printable(fields.get("email")).trim().to_owned(),
    };
    let address = format!("new {}", browser.ip.as_deref().unwrap_or_default());
    match browser.state.may_sign_in(&address).await {
        Err(Denied::TooMany(wait)) => {
            let (title, text) = ("page-slow-title", "page-register-slow");
            let slow = MessagePage::new(StatusCode::TOO_MANY_REQUESTS, Tone::Late, title, text);
            return Ok(browser.message(&slow.wait(wait)));
        }
        other => browser.allowed(other)?,
    }
    let admin = door(&mut browser, &asked.next, &asked.first).await?;
    if let Some(fault) = unfit(&asked, &password) {
        let status = StatusCode::UNPROCESSABLE_ENTITY;
        return Ok(show_register(&mut browser, status, &asked, Some(fault)));
    }
    let hashed = passwords::hash(password).await;
    let hashed = hashed.map_err(|error| browser.denied(error.into()))?;
    let (name, email) = (asked.name.clone(), asked.email.clone());
    let new = NewAccount { name, email, password: Some(hashed), admin };
    let (store, now) = (&browser.state.store, browser.state.now());
    let made = if admin {
        store.create_first_admin(&new, now).await
    } else {
        store.create_account(&new, now).await
    };
    let Some(account) = browser.db(made)? else {
        let fault = Some(Message::new("page-register-taken"));
        return Ok(show_register(&mut browser, StatusCode::CONFLICT, &asked, fault));
    };
    browser.sign_in(&account).await?;
    Ok(made_for(&mut browser, &account, &asked.next).await)
}

/// On to `next`, with an account that was made on the way there.
pub(super) async fn made_for(browser: &mut Browser, account: &Account, next: &str) -> Response {
    // An invite that let somebody make an account is used by that, so that it
    // makes no more accounts than it lets people in.
    if let Some(code) = next.strip_prefix("/i/") {
        return super::invite::join(browser, code, account).await;
    }
    back(browser, next)
}

fn unfit(asked: &Asked, password: &Secret) -> Option<Message> {
    if display_name(&asked.name).is_none() {
        return Some(Message::new("page-name-fault"));
    }
    if !is_email(&asked.email) {
        return Some(Message::new("page-email-fault"));
    }
    passwords::fit(password, &[&asked.name, &asked.email]).err().map(password_fault)
}

/// What is said of a password that cannot be taken.
pub(super) fn password_fault(unfit: PasswordError) -> Message {
    match unfit {
        PasswordError::Short => Message::new("page-password-short").with("shortest", shortest()),
        PasswordError::Long => Message::new("page-password-long"),
        PasswordError::Guessable => Message::new("page-password-simple"),
    }
}

fn shortest() -> i64 {
    i64::try_from(SHORTEST).unwrap_or(i64::MAX)
}

/// Something before one `@`, something behind it, no space: only a letter to
/// it would show more.
pub(super) fn is_email(text: &str) -> bool {
    text.len() <= LONGEST_EMAIL
        && !text.contains(char::is_whitespace)
        && text
            .split_once('@')
            .is_some_and(|(user, host)| !user.is_empty() && !host.is_empty() && !host.contains('@'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_has_two_sides() {
        assert!(is_email("a@example.org") && is_email("ñ@ñ"));
        for wrong in ["", "a", "@b", "a@", "a@b@c", "a b@c"] {
            assert!(!is_email(wrong), "{wrong}");
        }
    }
}

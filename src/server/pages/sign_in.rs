//! Signing in by e-mail and password, signing out; and the way back to whatever
//! was asked for first.
//!
//! The surprising rule: an address that has no account is refused in the same
//! words and after the same time as a wrong password.

use crate::server::domain::audit_action::AuditAction;
use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;
use url::form_urlencoded;

use super::browser::{Browser, Reply};
use super::form::CsrfForm;
use super::frame::{Frame, render};
use super::register::may_register;
use super::{card, consent, upstream};
use crate::error::AppError;
use crate::i18n::printable;
use crate::secret::Secret;
use crate::server::counters::Counted;
use crate::server::http::extract::query;
use crate::server::operations::Denied;
use crate::server::passwords::{self, LONGEST};
use crate::server::rate_limits::seconds;
use crate::server::state::State;
use crate::server::store::{Account, Event};
use axum::http::header::RETRY_AFTER;

/// Where one goes after signing in with nothing else in mind.
const AFTER: &str = "/meshes";

#[derive(Template)]
#[template(path = "login.html")]
struct LoginPage<'a> {
    page: Frame,
    purpose: String,
    next: &'a str,
    email: &'a str,
    fault: String,
    register: String,
    elsewhere: Vec<upstream::Button>,
    forgot: bool,
    csrf: &'a str,
}

/// A link to `page` that comes back to `next`.
pub(super) fn link(page: &str, next: &str) -> String {
    if next.is_empty() {
        return page.to_owned();
    }
    let query = form_urlencoded::Serializer::new(String::new()).append_pair("next", next).finish();
    format!("{page}?{query}")
}

/// The way back that `next` names. Where the forms on that way may lead is
/// told to the browser.
pub(super) async fn way_back(browser: &mut Browser, next: &str) -> String {
    let next = stays(next);
    consent::may_lead_to(browser, next).await;
    next.to_owned()
}

/// A way back that stays on this instance; nothing for any other.
pub(super) fn stays(next: &str) -> &str {
    if let Some(query) = consent::query_of(next) {
        // The whole request of a program, as it came.
        let plain = |byte: u8| byte.is_ascii_graphic() && !b"\"#<>\\".contains(&byte);
        return if query.bytes().all(plain) { next } else { "" };
    }
    let known = ["/D/", "/i/", "/settings/", "/meshes", "/machines", "/audit", "/admin/"];
    let plain = next.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"/-".contains(&byte));
    if plain && !next.contains("//") && known.iter().any(|start| next.starts_with(start)) {
        next
    } else {
        ""
    }
}

/// What the sign-in is for.
pub(super) fn purpose(page: &Frame, next: &str) -> String {
    if let Some(code) = next.strip_prefix("/D/").and_then(card::read) {
        return page.t("page-login-purpose-code").text("code", card::shown(&code)).to_string();
    }
    if next.starts_with("/i/") {
        return page.t("page-login-purpose-invite").to_string();
    }
    if consent::query_of(next).is_some() {
        return page.t("page-login-purpose-consent").to_string();
    }
    String::new()
}

/// `GET /login`.
pub(super) async fn login(mut browser: Browser, request: axum::extract::Request) -> Response {
    let (parts, _) = request.into_parts();
    let next = query(&parts, "next").unwrap_or_default();
    let next = way_back(&mut browser, &next).await;
    if browser.signed_in.is_some() {
        return back(&mut browser, &next);
    }
    show_login(&mut browser, StatusCode::OK, &next, "", None)
}

fn show_login(
    browser: &mut Browser,
    status: StatusCode,
    next: &str,
    email: &str,
    fault: Option<&'static str>,
) -> Response {
    browser.here = link("/login", next);
    let register = may_register(&browser.state, next).then(|| link("/register", next));
    let csrf = browser.form_token();
    let forgot = browser.state.mailer.is_some();
    let elsewhere = upstream::buttons(&browser.state, &[("next", next)]);
    browser.show(|page| {
        let fault = fault.map(|id| page.t(id).to_string()).unwrap_or_default();
        let (purpose, register) = (purpose(&page, next), register.unwrap_or_default());
        let page = LoginPage {
            page,
            purpose,
            next,
            email,
            fault,
            register,
            elsewhere,
            forgot,
            csrf: &csrf,
        };
        render(status, &page)
    })
}

/// `POST /login`.
pub(super) async fn sign_in(CsrfForm { mut browser, mut fields }: CsrfForm) -> Reply {
    let password = fields.secret("password");
    let next = way_back(&mut browser, fields.get("next")).await;
    let email = printable(fields.get("email")).trim().to_owned();
    let address = browser.ip.clone().unwrap_or_default();
    let subjects = [format!("account {}", email.to_lowercase()), format!("address {address}")];
    for subject in subjects {
        match browser.state.may_sign_in(&subject).await {
            Err(Denied::TooMany(wait)) => {
                let (status, fault) = (StatusCode::TOO_MANY_REQUESTS, Some("page-login-slow"));
                let mut response = show_login(&mut browser, status, &next, &email, fault);
                response.headers_mut().insert(RETRY_AFTER, seconds(wait).into());
                return Ok(response);
            }
            other => browser.allowed(other)?,
        }
    }
    let checked = check(&browser.state, &email, password).await;
    match checked.map_err(|error| browser.denied(error.into()))? {
        Ok(account) => {
            browser.sign_in(&account).await?;
            Ok(back(&mut browser, &next))
        }
        Err(Wrong(whose)) => {
            browser.state.counters.count(Counted::SignInFailed);
            // Never what was typed: a password lands in that field easily.
            let whose = whose.unwrap_or_default();
            let event = Event::new(AuditAction::SignInFailed, "", "web", &whose)
                .from(browser.ip.as_deref());
            browser.db(browser.state.store.audit(&event, browser.state.now()).await)?;
            let status = StatusCode::UNAUTHORIZED;
            Ok(show_login(&mut browser, status, &next, &email, Some("page-login-fault")))
        }
    }
}

/// E-mail and password do not belong together. Whose account it would have
/// been, where there is one.
pub(super) struct Wrong(Option<String>);

/// The account that `email` and `password` open. Takes as long for an e-mail
/// that nobody has.
pub(super) async fn check(
    state: &State,
    email: &str,
    password: Secret,
) -> Result<Result<Account, Wrong>, AppError> {
    let account = state.store.account_by_email(email).await?;
    let kept = account.as_ref().and_then(|account| account.password.clone());
    // Nobody has one that long: no work, and no way to tell who has an account.
    let possible = password.expose().chars().count() <= LONGEST;
    Ok(match account {
        _ if !possible => Err(Wrong(account.map(|account| account.id))),
        account if !passwords::verify(password, kept).await? => {
            Err(Wrong(account.map(|account| account.id)))
        }
        Some(account) => Ok(account),
        None => Err(Wrong(None)),
    })
}

/// `POST /logout`.
pub(super) async fn sign_out(CsrfForm { mut browser, fields }: CsrfForm) -> Reply {
    let next = way_back(&mut browser, fields.get("next")).await;
    browser.sign_out().await?;
    let to = if next.is_empty() { "/".to_owned() } else { link("/login", &next) };
    Ok(browser.redirect(&to))
}

/// On to `next`, or to where one goes with nothing else in mind.
pub(super) fn back(browser: &mut Browser, next: &str) -> Response {
    browser.redirect(if next.is_empty() { AFTER } else { next })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_way_back_stays_here() {
        for here in [
            "/D/WDJBMJPV",
            "/i/abcde-fghij",
            "/settings/tokens",
            "/meshes",
            "/oauth/authorize?client_id=a&redirect_uri=http%3A%2F%2F127.0.0.1%3A1%2F%3Fx%3D1&state=%22//",
        ] {
            assert_eq!(stays(here), here);
        }
        for away in [
            "//evil.example",
            "/D//evil.example",
            "https://evil.example",
            "/\\evil.example",
            "/logout",
            "/D/..%2f",
            "/meshes?x=1",
            "/oauth/authorize/..?x",
            "/oauth/authorize?\"><script>",
            "/oauth/authorize?a b",
            "/oauth/token?x",
            "",
        ] {
            assert_eq!(stays(away), "", "{away}");
        }
        assert_eq!(link("/login", "/D/WDJBMJPV"), "/login?next=%2FD%2FWDJBMJPV");
    }
}

//! Signing in by e-mail and password, signing out; and the way back to whatever
//! was asked for first.

use askama::Template;
use axum::http::StatusCode;
use axum::http::header::RETRY_AFTER;
use axum::response::Response;
use url::form_urlencoded;

use super::browser::{Browser, Reply};
use super::form::CsrfForm;
use super::frame::{Frame, render};
use super::register::may_register;
use super::{card, consent, upstream};
use crate::i18n::printable;
use crate::server::http::extract::query;
use crate::server::operations::{Denied, passwords};
use crate::server::rate_limits::seconds;

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
    let account = passwords::sign_in(&browser.state, &email, password, browser.ip.as_deref());
    match account.await {
        Ok(account) => {
            browser.sign_in(&account).await?;
            Ok(back(&mut browser, &next))
        }
        Err(Denied::TooMany(wait)) => {
            let (status, fault) = (StatusCode::TOO_MANY_REQUESTS, Some("page-login-slow"));
            let mut response = show_login(&mut browser, status, &next, &email, fault);
            response.headers_mut().insert(RETRY_AFTER, seconds(wait).into());
            Ok(response)
        }
        Err(Denied::WrongPassword) => {
            let (status, fault) = (StatusCode::UNAUTHORIZED, Some("page-login-fault"));
            Ok(show_login(&mut browser, status, &next, &email, fault))
        }
        Err(denied) => Err(browser.denied(denied)),
    }
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

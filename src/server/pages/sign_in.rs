//! Signing in by e-mail and password, and signing out.

use askama::Template;
use axum::http::StatusCode;
use axum::http::header::RETRY_AFTER;

use super::browser::{Browser, Reply};
use super::consent::safe_next;
use super::form::CsrfForm;
use super::frame::{Frame, render};
use super::next::{self, link, may_register, purpose};
use super::opening;
use super::upstream_link::{self, UpstreamLink};
use crate::i18n::printable;
use crate::server::http::extract::query;
use crate::server::operations::{Denied, passwords};
use crate::server::rate_limits::seconds;

#[derive(Template)]
#[template(path = "login.html")]
struct LoginPage<'a> {
    page: Frame,
    purpose: String,
    next: &'a str,
    email: &'a str,
    fault: String,
    register: String,
    elsewhere: Vec<UpstreamLink>,
    forgot: bool,
    csrf: &'a str,
}

/// `GET /login`.
pub(super) async fn login(mut browser: Browser, request: axum::extract::Request) -> Reply {
    let (parts, _) = request.into_parts();
    let next = query(&parts, "next").unwrap_or_default();
    let next = safe_next(&mut browser, &next).await;
    if browser.signed_in.is_some() {
        return Ok(next::go(&mut browser, &next));
    }
    opening::note_before(&browser, &next);
    show_login(&mut browser, StatusCode::OK, &next, "", None).await
}

async fn show_login(
    browser: &mut Browser,
    status: StatusCode,
    next: &str,
    email: &str,
    fault: Option<&'static str>,
) -> Reply {
    browser.path_and_query = link("/login", next);
    let register = may_register(browser, next).await?.then(|| link("/register", next));
    let csrf = browser.form_token();
    let forgot = browser.state.mailer.is_some();
    let elsewhere = upstream_link::all(&browser.state, &[("next", next)]);
    Ok(browser.show(|page| {
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
    }))
}

/// `POST /login`.
pub(super) async fn sign_in(CsrfForm { mut browser, mut fields }: CsrfForm) -> Reply {
    let password = fields.secret("password");
    let next = safe_next(&mut browser, fields.get("next")).await;
    let email = printable(fields.get("email")).trim().to_owned();
    let (ip, device) = (browser.ip, browser.device.as_ref());
    match passwords::sign_in(&browser.state, &email, password, ip, device).await {
        Ok(account) => {
            browser.sign_in(&account, None, &next).await?;
            Ok(next::go(&mut browser, &next))
        }
        Err(Denied::TooMany(wait)) => {
            let (status, fault) = (StatusCode::TOO_MANY_REQUESTS, Some("page-login-slow"));
            let mut response = show_login(&mut browser, status, &next, &email, fault).await?;
            response.headers_mut().insert(RETRY_AFTER, seconds(wait).into());
            Ok(response)
        }
        Err(Denied::WrongPassword) => {
            let (status, fault) = (StatusCode::UNAUTHORIZED, Some("page-login-fault"));
            show_login(&mut browser, status, &next, &email, fault).await
        }
        Err(denied) => Err(browser.denied(denied)),
    }
}

/// `POST /logout`.
pub(super) async fn sign_out(CsrfForm { mut browser, fields }: CsrfForm) -> Reply {
    let next = safe_next(&mut browser, fields.get("next")).await;
    browser.sign_out().await?;
    let to = if next.is_empty() { "/".to_owned() } else { link("/login", &next) };
    Ok(browser.redirect(&to))
}

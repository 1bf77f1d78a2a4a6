//! The code of the second factor, asked for on the way in.

use askama::Template;
use axum::http::StatusCode;
use axum::http::header::RETRY_AFTER;
use axum::response::Response;

use super::browser::{Browser, Reply};
use super::consent::safe_next;
use super::form::CsrfForm;
use super::frame::{Frame, render};
use super::message_page::{MessagePage, Tone};
use super::next::{self, link, purpose};
use crate::secret::Secret;
use crate::server::http::cookie::Cookie;
use crate::server::operations::{Denied, pending_sign_ins};
use crate::server::rate_limits::seconds;

#[derive(Template)]
#[template(path = "code.html")]
struct CodePage<'a> {
    page: Frame,
    purpose: String,
    fault: String,
    csrf: &'a str,
}

/// `GET /login/code`.
pub(super) async fn ask(mut browser: Browser) -> Reply {
    let Some(cookie) = browser.pending.clone() else { return Ok(browser.redirect("/login")) };
    let next = pending(&mut browser, &cookie).await?;
    Ok(show(&mut browser, StatusCode::OK, &next, None))
}

/// Where the sign-in that lacks its code leads.
async fn pending(browser: &mut Browser, cookie: &Secret) -> Result<String, Response> {
    match pending_sign_ins::find(&browser.state, cookie).await {
        Ok(pending) => Ok(safe_next(browser, &pending.next).await),
        Err(denied) => Err(refused(browser, denied)),
    }
}

fn refused(browser: &mut Browser, denied: Denied) -> Response {
    let Denied::SignInEnded(next) = denied else { return browser.denied(denied) };
    browser.keep(Cookie::Pending, "", Some(0));
    let (title, text) = ("page-code-ended-title", "page-code-ended-text");
    let ended = MessagePage::new(StatusCode::GONE, Tone::Late, title, text);
    browser.message(&ended.next(link("/login", next::safe(&next)), "page-login-button"))
}

fn show(
    browser: &mut Browser,
    status: StatusCode,
    next: &str,
    fault: Option<&'static str>,
) -> Response {
    let csrf = browser.form_token();
    browser.show(|page| {
        let fault = fault.map(|id| page.t(id).to_string()).unwrap_or_default();
        let purpose = purpose(&page, next);
        render(status, &CodePage { page, purpose, fault, csrf: &csrf })
    })
}

/// `POST /login/code`.
pub(super) async fn give(CsrfForm { mut browser, mut fields }: CsrfForm) -> Reply {
    let Some(cookie) = browser.pending.clone() else { return Ok(browser.redirect("/login")) };
    let next = pending(&mut browser, &cookie).await?;
    let typed = fields.secret("code");
    let (state, user_agent) = (browser.state.clone(), browser.user_agent.clone());
    let (ip, user_agent) = (browser.ip, user_agent.as_deref());
    match pending_sign_ins::finish(&state, &cookie, &typed, ip, user_agent).await {
        Ok((cookie, by, _)) => {
            browser.enter(&cookie, by).await;
            browser.keep(Cookie::Pending, "", Some(0));
            Ok(next::go(&mut browser, &next))
        }
        Err(Denied::WrongOneTimeCode) => {
            let (status, fault) = (StatusCode::UNAUTHORIZED, Some("page-code-fault"));
            Ok(show(&mut browser, status, &next, fault))
        }
        Err(Denied::TooMany(wait)) => {
            let (status, fault) = (StatusCode::TOO_MANY_REQUESTS, Some("page-code-slow"));
            let mut response = show(&mut browser, status, &next, fault);
            response.headers_mut().insert(RETRY_AFTER, seconds(wait).into());
            Ok(response)
        }
        Err(denied) => Err(refused(&mut browser, denied)),
    }
}

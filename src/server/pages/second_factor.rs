//! The second factor of an account: the app that makes its codes, and the recovery
//! codes for whoever lost that.
//!
//! The surprising rule: what an app is given is kept nowhere until it made a right
//! code. It follows from a cookie, so that a phone that goes to the app and comes
//! back shows the same.

use askama::Template;
use axum::extract::Request;
use axum::http::StatusCode;
use axum::response::Response;
use jiff::Timestamp;

use super::browser::{Browser, Reply};
use super::consent::safe_next;
use super::form::CsrfForm;
use super::frame::{Frame, render};
use super::message_page::MessagePage;
use super::next::link;
use super::qr::Qr;
use super::session_guard::require_sign_in;
use crate::secret::{Secret, random_value};
use crate::server::clock::timestamp;
use crate::server::domain::one_time_code::{address, spelled};
use crate::server::http::cookie::Cookie;
use crate::server::http::extract::query;
use crate::server::operations::{Denied, Principal, SecondFactor, passwords, second_factors};

/// Where it is looked after.
const HERE: &str = "/settings/second-factor";

/// Where one is set up.
const APP: &str = "/settings/second-factor/app";

/// Seconds in which an app is to make its first code.
const SET_UP: i64 = 1_800;

#[derive(Template)]
#[template(path = "second_factor.html")]
struct SecondFactorPage<'a> {
    page: Frame,
    /// What there is.
    factor: Option<Facts>,
    /// Whether the instance asks everybody for one.
    required: bool,
    has_password: bool,
    recent: bool,
    /// Where to set one up.
    app: &'a str,
    /// Where to come back to after another sign-in.
    back: &'a str,
    fault: String,
}

struct Facts {
    since: Timestamp,
    recovery_codes: i64,
}

impl Facts {
    fn of(factor: &SecondFactor) -> Self {
        let (since, recovery_codes) = (timestamp(factor.created_at), factor.recovery_codes);
        Self { since, recovery_codes }
    }
}

#[derive(Template)]
#[template(path = "second_factor_app.html")]
struct AppPage<'a> {
    page: Frame,
    qr: Option<Qr>,
    address: &'a str,
    spelled: &'a str,
    next: &'a str,
    fault: String,
}

#[derive(Template)]
#[template(path = "recovery_codes.html")]
struct RecoveryCodesPage<'a> {
    page: Frame,
    codes: &'a str,
    onward: &'a str,
}

/// Where somebody goes on to who was sent here.
async fn next(browser: &mut Browser, request: Request) -> String {
    let (parts, _) = request.into_parts();
    let next = query(&parts, "next").unwrap_or_default();
    safe_next(browser, &next).await
}

/// `GET /settings/second-factor`.
pub(super) async fn look(mut browser: Browser, request: Request) -> Reply {
    let by = require_sign_in(&mut browser)?;
    let next = next(&mut browser, request).await;
    show(&mut browser, &by, &next, StatusCode::OK, None).await
}

async fn show(
    browser: &mut Browser,
    by: &Principal,
    next: &str,
    status: StatusCode,
    fault: Option<&'static str>,
) -> Reply {
    let state = browser.state.clone();
    let factor = browser.allowed(second_factors::find(&state, by).await)?;
    let account = browser.allowed(passwords::account(&state, by).await)?;
    let recent = browser.is_recent();
    Ok(browser.show(|page| {
        let fault = fault.map(|id| page.t(id).to_string()).unwrap_or_default();
        let page = SecondFactorPage {
            page,
            factor: factor.as_ref().map(Facts::of),
            required: state.config.require_second_factor,
            has_password: account.password.is_some(),
            recent,
            app: &link(APP, next),
            back: if next.is_empty() { HERE } else { next },
            fault,
        };
        render(status, &page)
    }))
}

/// `POST /settings/second-factor`: new recovery codes, or an end to it.
pub(super) async fn change(CsrfForm { mut browser, mut fields }: CsrfForm) -> Reply {
    let by = require_sign_in(&mut browser)?;
    let (state, proof) = (browser.state.clone(), fields.secret("proof"));
    let done = match fields.get("do") {
        "codes" => second_factors::renew_recovery_codes(&state, &by, proof).await.map(Some),
        "remove" => second_factors::remove(&state, &by, proof).await.map(|()| None),
        _ => return Ok(browser.message(&MessagePage::stale())),
    };
    let fault = match done {
        Ok(Some(codes)) => return Ok(show_recovery_codes(&mut browser, &codes, "")),
        // Gone meanwhile is what was wanted, or the end of what was.
        Ok(None) | Err(Denied::NotFound(_)) => return Ok(browser.redirect(HERE)),
        Err(Denied::WrongPassword) => "page-password-wrong",
        Err(Denied::WrongOneTimeCode) => "page-code-fault",
        Err(denied) => return Err(browser.denied(denied)),
    };
    show(&mut browser, &by, "", StatusCode::UNPROCESSABLE_ENTITY, Some(fault)).await
}

/// The codes, which are seen on this page and nowhere afterwards.
fn show_recovery_codes(browser: &mut Browser, codes: &[Secret], next: &str) -> Response {
    let lines: Vec<&str> = codes.iter().map(Secret::expose).collect();
    let lines = Secret::new(lines.join("\n"));
    let onward = if next.is_empty() { HERE } else { next };
    browser.show(|mut page| {
        // The same page in another language would be without them.
        page.others.clear();
        let page = RecoveryCodesPage { page, codes: lines.expose(), onward };
        render(StatusCode::CREATED, &page)
    })
}

/// `GET /settings/second-factor/app`.
pub(super) async fn offer(mut browser: Browser, request: Request) -> Reply {
    let by = require_sign_in(&mut browser)?;
    let next = next(&mut browser, request).await;
    let factor = browser.allowed(second_factors::find(&browser.state, &by).await)?;
    if factor.is_some() || !browser.is_recent() {
        return Ok(browser.redirect(&link(HERE, &next)));
    }
    let seed = match browser.seed.clone() {
        Some(seed) => seed,
        None => random_value(),
    };
    browser.keep(Cookie::Seed, seed.expose(), Some(SET_UP));
    Ok(show_app(&mut browser, &by, &seed, &next, StatusCode::OK, None))
}

fn show_app(
    browser: &mut Browser,
    by: &Principal,
    seed: &Secret,
    next: &str,
    status: StatusCode,
    fault: Option<&'static str>,
) -> Response {
    browser.path_and_query = link(APP, next);
    let shared = second_factors::offered(&browser.state, by, seed);
    let host = browser.state.pages.host_str().unwrap_or_default().to_owned();
    let name = if by.account.email.is_empty() { &by.account.name } else { &by.account.email };
    let (address, spelled) = (address(&shared, &host, name), spelled(&shared));
    browser.show(|page| {
        let page = AppPage {
            fault: fault.map(|id| page.t(id).to_string()).unwrap_or_default(),
            page,
            qr: Qr::of(address.expose()),
            address: address.expose(),
            spelled: spelled.expose(),
            next,
        };
        render(status, &page)
    })
}

/// `POST /settings/second-factor/app`: the first code.
pub(super) async fn set_up(CsrfForm { mut browser, mut fields }: CsrfForm) -> Reply {
    let by = require_sign_in(&mut browser)?;
    let next = safe_next(&mut browser, fields.get("next")).await;
    let Some(seed) = browser.seed.clone() else { return Ok(browser.redirect(&link(APP, &next))) };
    let (state, typed) = (browser.state.clone(), fields.secret("code"));
    match second_factors::set_up(&state, &by, &seed, &typed).await {
        Ok(made) => {
            browser.keep(Cookie::Seed, "", Some(0));
            Ok(match made {
                Some(codes) => show_recovery_codes(&mut browser, &codes, &next),
                None => browser.redirect(&link(HERE, &next)),
            })
        }
        Err(Denied::WrongOneTimeCode) => {
            let (status, fault) = (StatusCode::UNPROCESSABLE_ENTITY, Some("page-second-app-fault"));
            Ok(show_app(&mut browser, &by, &seed, &next, status, fault))
        }
        Err(Denied::SignInTooOld) => Ok(browser.redirect(&link(HERE, &next))),
        Err(denied) => Err(browser.denied(denied)),
    }
}

//! Everybody with an account, for whoever runs the instance: who else runs it, on
//! which plan somebody is, and who lost their second factor.

use askama::Template;
use axum::extract::Path;
use axum::http::StatusCode;

use super::browser::{Browser, Reply};
use super::form::CsrfForm;
use super::frame::{Frame, render};
use super::list::{self, More};
use super::message_page::MessagePage;
use super::session_guard::require_admin;
use crate::server::operations::{Denied, Principal, accounts, second_factors};
use crate::wire::AccountFacts;

/// Where the list is.
const HERE: &str = "/admin/members";

#[derive(Template)]
#[template(path = "people.html")]
struct PeoplePage {
    page: Frame,
    people: Vec<AccountFacts>,
    more: More,
    /// What the plans are called.
    plans: Vec<String>,
    recent: bool,
    /// The id of whoever looks.
    own: String,
    fault: String,
}

/// `GET /admin/members`.
pub(super) async fn people(mut browser: Browser) -> Reply {
    let by = require_admin(&mut browser)?;
    show(&mut browser, &by, StatusCode::OK, None).await
}

async fn show(
    browser: &mut Browser,
    by: &Principal,
    status: StatusCode,
    fault: Option<&'static str>,
) -> Reply {
    let part = list::part(browser, "after");
    let rows = browser.allowed(accounts::list(&browser.state, by, &part).await)?;
    let more = More::of(browser, HERE, "after", "page-people-title", &rows);
    let plans = browser.state.config.plans.0.iter().map(|plan| plan.name.clone()).collect();
    let recent = browser.is_recent();
    Ok(browser.show(|page| {
        let fault = fault.map(|id| page.t(id).to_string()).unwrap_or_default();
        let (people, own) = (rows.data, by.account.id.clone());
        render(status, &PeoplePage { page, people, more, plans, recent, own, fault })
    }))
}

/// `POST /admin/members/ID`: on another plan, another who runs the instance, or
/// without a second factor.
pub(super) async fn change(
    Path(id): Path<String>,
    CsrfForm { mut browser, fields }: CsrfForm,
) -> Reply {
    let by = require_admin(&mut browser)?;
    HERE.clone_into(&mut browser.path_and_query);
    let state = browser.state.clone();
    let changed = match fields.get("do") {
        "admin" => accounts::set_admin(&state, &by, &id, true).await,
        "person" => accounts::set_admin(&state, &by, &id, false).await,
        "second-factor" => second_factors::take_away(&state, &by, &id).await,
        "plan" => accounts::set_plan(&state, &by, &id, fields.get("plan")).await,
        _ => return Ok(browser.message(&MessagePage::stale())),
    };
    let (status, fault) = match changed {
        Ok(()) => return Ok(browser.redirect(HERE)),
        Err(Denied::SignInTooOld) => (StatusCode::FORBIDDEN, None),
        Err(Denied::LastAdmin) => (StatusCode::CONFLICT, Some("page-people-last")),
        Err(denied) => return Err(browser.denied(denied)),
    };
    show(&mut browser, &by, status, fault).await
}

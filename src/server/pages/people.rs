//! Everybody with an account, for whoever runs the instance: who else runs it,
//! and on which plan somebody is. Its one surprising rule: an instance keeps
//! somebody who runs it, and both changes need a sign-in of late.

use crate::server::domain::audit_action::AuditAction;
use askama::Template;
use axum::extract::Path;
use axum::http::StatusCode;

use super::browser::{Browser, Reply};
use super::form::CsrfForm;
use super::frame::{Frame, render};
use super::list::{self, More};
use super::message_page::MessagePage;
use super::session_guard::require_admin;
use crate::server::store::{Event, UnchangedError};
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
    fault: String,
}

/// `GET /admin/members`.
pub(super) async fn people(mut browser: Browser) -> Reply {
    require_admin(&mut browser)?;
    show(&mut browser, StatusCode::OK, None).await
}

async fn show(browser: &mut Browser, status: StatusCode, fault: Option<&'static str>) -> Reply {
    let rows = browser.db(browser.state.store.accounts(&list::part(browser, "after")).await)?;
    let more = More::of(browser, HERE, "after", "page-people-title", &rows);
    let plans = browser.state.config.plans.0.iter().map(|plan| plan.name.clone()).collect();
    let recent = browser.is_recent();
    Ok(browser.show(|page| {
        let fault = fault.map(|id| page.t(id).to_string()).unwrap_or_default();
        render(status, &PeoplePage { page, people: rows.data, more, plans, recent, fault })
    }))
}

/// `POST /admin/members/ID`: on another plan, or another who runs the instance.
pub(super) async fn change(
    Path(id): Path<String>,
    CsrfForm { mut browser, fields }: CsrfForm,
) -> Reply {
    let account = require_admin(&mut browser)?.account;
    HERE.clone_into(&mut browser.here);
    if !browser.is_recent() {
        return show(&mut browser, StatusCode::FORBIDDEN, None).await;
    }
    let event = |action| Event::new(action, &account.id, "web", &id).from(browser.ip.as_deref());
    let (store, now) = (&browser.state.store, browser.state.now());
    let changed = match fields.get("do") {
        "admin" => store.set_admin(&id, true, &event(AuditAction::AdminGiven), now).await,
        "person" => store.set_admin(&id, false, &event(AuditAction::AdminTaken), now).await,
        "plan" => {
            let plan = fields.get("plan");
            if !browser.state.config.plans.0.iter().any(|known| known.name == plan) {
                return Ok(browser.message(&MessagePage::stale()));
            }
            let event = event(AuditAction::PlanChanged).with("name", plan);
            let set = store.set_plan(&id, plan, &event, now).await;
            set.map(|set| if set { Ok(()) } else { Err(UnchangedError::Unknown) })
        }
        _ => return Ok(browser.message(&MessagePage::stale())),
    };
    match browser.db(changed)? {
        Ok(()) => Ok(browser.redirect(HERE)),
        Err(UnchangedError::Unknown) => Ok(browser.message(&MessagePage::missing())),
        Err(UnchangedError::LastAdmin) => {
            show(&mut browser, StatusCode::CONFLICT, Some("page-people-last")).await
        }
    }
}

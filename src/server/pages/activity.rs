//! What was done: by oneself, and, for whoever runs the instance, by anybody.
//! Said in words; the action's own name stands beside them, because that is
//! what scripts and the terminal know it by.

use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;
use jiff::Timestamp;

use super::browser::{Browser, Reply};
use super::frame::{Frame, render};
use super::list::{self, More};
use super::session_guard::{require_admin, require_sign_in};
use super::words;
use crate::i18n::printable;
use crate::server::domain::audit_action::AuditAction;
use crate::server::operations::{Principal, audit};
use crate::wire::AuditEvent;

#[derive(Template)]
#[template(path = "audit.html")]
struct AuditPage {
    page: Frame,
    events: Vec<Row>,
    more: More,
    everybody: bool,
    /// Whether whoever looks runs the instance.
    runs_it: bool,
}

/// One thing that was done.
struct Row {
    action: String,
    /// The id of its words, where there are some.
    text_id: Option<&'static str>,
    /// What it was done to, where that has a name.
    about: String,
    at: Timestamp,
    /// The id of how they came, where there are words for it.
    via: Option<&'static str>,
    ip: String,
    /// Who, where that is not whoever looks.
    who: String,
}

impl Row {
    fn of(event: AuditEvent, who: String) -> Self {
        let meta = |name: &str| event.meta.get(name).and_then(serde_json::Value::as_str);
        let about = meta("name").or_else(|| meta("slug")).unwrap_or_default();
        Self {
            text_id: AuditAction::of(&event.action).map(words::action),
            about: printable(about),
            at: event.ts,
            via: words::via(&event.via),
            ip: event.source_ip.unwrap_or_default(),
            who: printable(&who),
            action: event.action,
        }
    }
}

/// `GET /audit`.
pub(super) async fn own_events(mut browser: Browser) -> Reply {
    let by = require_sign_in(&mut browser)?;
    let rows = audit::own(&browser.state, &by, &list::part(&browser, "after")).await;
    let rows = browser.allowed(rows)?;
    let more = More::of(&browser, "/audit", "after", "page-audit-title", &rows);
    let events = rows.data.into_iter().map(|event| Row::of(event, String::new()));
    Ok(show(&mut browser, &by, events.collect(), more, false))
}

/// `GET /admin/audit`.
pub(super) async fn all_events(mut browser: Browser) -> Reply {
    let by = require_admin(&mut browser)?;
    let rows = audit::everybodys(&browser.state, &by, &list::part(&browser, "after")).await;
    let rows = browser.allowed(rows)?;
    let more = More::of(&browser, "/admin/audit", "after", "page-audit-everybody", &rows);
    let names = browser.allowed(audit::names(&browser.state, &by, &rows.data).await)?;
    let events = rows.data.into_iter().map(|event| {
        let who = names.get(&event.actor).cloned().unwrap_or_default();
        Row::of(event, who)
    });
    Ok(show(&mut browser, &by, events.collect(), more, true))
}

fn show(
    browser: &mut Browser,
    by: &Principal,
    events: Vec<Row>,
    more: More,
    everybody: bool,
) -> Response {
    let runs_it = by.account.admin;
    browser
        .show(|page| render(StatusCode::OK, &AuditPage { page, events, more, everybody, runs_it }))
}

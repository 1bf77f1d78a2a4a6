//! What was done: by oneself, and, for whoever runs the instance, by anybody.
//! Said in words; the action's own name stands beside them, because that is
//! what scripts and the terminal know it by.

use std::collections::BTreeMap;

use askama::Template;
use axum::http::StatusCode;
use jiff::Timestamp;

use super::browser::{Browser, Reply};
use super::frame::{Frame, render};
use super::list::{self, More};
use super::session_guard::{require_admin, require_sign_in};
use super::words;
use crate::i18n::printable;
use crate::server::domain::audit_action::AuditAction;
use crate::server::store::{Account, Whose};
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
    said: Option<&'static str>,
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
            said: AuditAction::of(&event.action).map(words::action),
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
pub(super) async fn own(mut browser: Browser) -> Reply {
    let account = require_sign_in(&mut browser)?.account;
    show(&mut browser, &account, false).await
}

/// `GET /admin/audit`.
pub(super) async fn everybodys(mut browser: Browser) -> Reply {
    let account = require_admin(&mut browser)?.account;
    show(&mut browser, &account, true).await
}

async fn show(browser: &mut Browser, account: &Account, everybody: bool) -> Reply {
    let (whose, here, what) = if everybody {
        (Whose::Anybody, "/admin/audit", "page-audit-everybody")
    } else {
        (Whose::Account(&account.id), "/audit", "page-audit-title")
    };
    let store = browser.state.store.clone();
    let rows = browser.db(store.audit_events(whose, &list::part(browser, "after")).await)?;
    let more = More::of(browser, here, "after", what, &rows);
    let names = match (rows.data.first(), rows.data.last()) {
        (Some(newest), Some(oldest)) if everybody => store.actors(&newest.id, &oldest.id).await,
        _ => Ok(BTreeMap::new()),
    };
    let names = browser.db(names)?;
    let events = rows.data.into_iter().map(|event| {
        let who = names.get(&event.actor).cloned().unwrap_or_default();
        Row::of(event, who)
    });
    let (events, runs_it) = (events.collect(), account.admin);
    Ok(browser
        .show(|page| render(StatusCode::OK, &AuditPage { page, events, more, everybody, runs_it })))
}

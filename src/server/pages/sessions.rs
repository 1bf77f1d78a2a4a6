//! Everything that is signed in as somebody: terminals, browsers, and the end
//! of one or of all of them. The browser that asks is among them and marked.

use crate::server::domain::audit_action::AuditAction;
use askama::Template;
use axum::extract::Path;
use axum::http::StatusCode;

use super::browser::{Browser, Reply};
use super::form::CsrfForm;
use super::frame::{Frame, render};
use super::list::{self, More};
use super::message_page::{MessagePage, Tone};
use super::session_guard::require_sign_in;
use super::words;
use crate::i18n::printable;
use crate::server::clock::timestamp;
use crate::server::store::{Credential, CredentialKind, Event};

/// Where the list is.
const HERE: &str = "/settings/sessions";

/// A row of the list.
struct Row {
    id: String,
    name: String,
    detail: String,
    last_used_at: Option<jiff::Timestamp>,
    expires_at: Option<jiff::Timestamp>,
    this: bool,
}

impl Row {
    fn of(session: Credential) -> Self {
        let ip = session.ip.unwrap_or_default();
        let parts = [words::os_name(&session.os), session.arch, ip];
        let parts: Vec<_> = parts.into_iter().filter(|part| !part.is_empty()).collect();
        Self {
            id: session.id,
            name: printable(&session.name),
            detail: printable(&parts.join(" · ")),
            last_used_at: session.last_used_at.map(timestamp),
            expires_at: session.expires_at.map(timestamp),
            this: false,
        }
    }
}

#[derive(Template)]
#[template(path = "sessions.html")]
struct SessionsPage {
    page: Frame,
    terminals: Vec<Row>,
    more: More,
    browsers: Vec<Row>,
}

/// `GET /settings/sessions`.
pub(super) async fn sessions(mut browser: Browser) -> Reply {
    let account = require_sign_in(&mut browser)?.account;
    let (store, now) = (browser.state.store.clone(), browser.state.now());
    let part = list::part(&browser, "after");
    let rows =
        browser.db(store.credentials(&account.id, CredentialKind::Session, &part, now).await)?;
    let more = More::of(&browser, HERE, "after", "page-sessions-terminals", &rows);
    let terminals = rows.data.into_iter().map(Row::of).collect();
    let browsers = browser.db(store.web_sessions(&account.id, now).await)?;
    let this = browser.session().map(|session| session.id.clone());
    Ok(browser.show(|page| {
        let unknown = page.t("page-sessions-browser-unknown").to_string();
        let browsers = browsers.into_iter().map(|session| Row {
            name: session
                .user_agent
                .as_deref()
                .and_then(words::browser_name)
                .unwrap_or_else(|| unknown.clone()),
            detail: session.ip.unwrap_or_default(),
            last_used_at: Some(timestamp(session.last_used_at)),
            expires_at: Some(timestamp(session.expires_at)),
            this: this.as_deref() == Some(&session.id),
            id: session.id,
        });
        let browsers = browsers.collect();
        render(StatusCode::OK, &SessionsPage { page, terminals, more, browsers })
    }))
}

/// `POST /settings/sessions/ID/revoke`.
pub(super) async fn revoke(
    Path(id): Path<String>,
    CsrfForm { mut browser, .. }: CsrfForm,
) -> Reply {
    let account = require_sign_in(&mut browser)?.account;
    let event = Event::new(AuditAction::SessionRevoked, &account.id, "web", &id)
        .from(browser.ip.as_deref());
    let (store, now) = (&browser.state.store, browser.state.now());
    // Not there any more is what was wanted.
    browser.db(store
        .revoke_credential(&account.id, CredentialKind::Session, &id, &event, now)
        .await)?;
    Ok(browser.redirect(HERE))
}

/// `POST /settings/sessions/browser/ID/revoke`.
pub(super) async fn revoke_browser(
    Path(id): Path<String>,
    CsrfForm { mut browser, .. }: CsrfForm,
) -> Reply {
    let account = require_sign_in(&mut browser)?.account;
    if browser.session().is_some_and(|session| session.id == id) {
        browser.sign_out().await?;
        return Ok(browser.redirect("/"));
    }
    browser.db(browser.state.store.end_web_session(&account.id, &id).await)?;
    Ok(browser.redirect(HERE))
}

/// `POST /settings/sessions/revoke`: all of them, this one too. Access tokens
/// stay.
pub(super) async fn revoke_all(CsrfForm { mut browser, .. }: CsrfForm) -> Reply {
    let account = require_sign_in(&mut browser)?.account;
    let event = Event::new(AuditAction::SessionRevoked, &account.id, "web", &account.id)
        .from(browser.ip.as_deref())
        .with("which", "all");
    let (store, now) = (&browser.state.store, browser.state.now());
    browser.db(store.revoke_sessions(&account.id, &event, now).await)?;
    browser.sign_out().await?;
    let (title, text) = ("page-sessions-ended-title", "page-sessions-ended-text");
    let done = MessagePage::new(StatusCode::OK, Tone::Good, title, text);
    Ok(browser.message(&done.next("/login", "page-login-button")))
}

//! Everything that is signed in as somebody: terminals, browsers, and the end
//! of one or of all of them. The browser that asks is among them and marked.

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
use crate::server::domain::clients::{ClientKind, vouched_by};
use crate::server::operations::{Denied, ListedCredential, sessions};

/// Where the list is.
const HERE: &str = "/settings/sessions";

/// A row of the list.
struct Row {
    id: String,
    name: String,
    /// Whether that is what it was registered as, not what it calls itself.
    registered: bool,
    detail: String,
    last_used_at: Option<jiff::Timestamp>,
    expires_at: Option<jiff::Timestamp>,
    this: bool,
    /// Whether it is an agent's.
    agent: bool,
}

impl Row {
    /// A program of another's is known by its name, our own by the device's; one that
    /// says itself what it is called, by that and whoever vouches for it.
    fn of(listed: ListedCredential) -> Self {
        let ListedCredential { credential: session, program, parent_id } = listed;
        let ip = session.ip.unwrap_or_default();
        // Quoted, so that it passes for none of what comes after it.
        let quoted = |name: &str| format!("“{name}”");
        let kind = ClientKind::of(&session.client_id);
        let (name, device) = match (kind, vouched_by(&session.client_id)) {
            (ClientKind::BuiltIn, _) => (session.name, String::new()),
            (ClientKind::Document, Some(host)) => (quoted(&session.name), host),
            (ClientKind::Dynamic, _) if session.name != program => {
                (quoted(&program), quoted(&session.name))
            }
            (ClientKind::Dynamic, _) => (quoted(&program), String::new()),
            _ if session.name == program => (program, String::new()),
            _ => (program, quoted(&session.name)),
        };
        let parts = [device, words::os_name(&session.os), session.arch, ip];
        let parts: Vec<_> = parts.into_iter().filter(|part| !part.is_empty()).collect();
        Self {
            id: session.id,
            name: printable(&name),
            registered: kind == ClientKind::Service,
            detail: printable(&parts.join(" · ")),
            last_used_at: session.last_used_at.map(timestamp),
            expires_at: session.expires_at.map(timestamp),
            this: false,
            agent: parent_id.is_some(),
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
    let by = require_sign_in(&mut browser)?;
    let part = list::part(&browser, "after");
    let rows = browser.allowed(sessions::list(&browser.state, &by, &part).await)?;
    let more = More::of(&browser, HERE, "after", "page-sessions-terminals", &rows);
    let terminals = rows.data.into_iter().map(Row::of).collect();
    let browsers = browser.allowed(sessions::browsers(&browser.state, &by).await)?;
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
            registered: false,
            agent: false,
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
    let by = require_sign_in(&mut browser)?;
    match sessions::revoke(&browser.state, &by, &id).await {
        // Not there any more is what was wanted.
        Ok(()) | Err(Denied::NotFound(_)) => Ok(browser.redirect(HERE)),
        Err(denied) => Err(browser.denied(denied)),
    }
}

/// `POST /settings/sessions/browser/ID/revoke`.
pub(super) async fn revoke_browser(
    Path(id): Path<String>,
    CsrfForm { mut browser, .. }: CsrfForm,
) -> Reply {
    let by = require_sign_in(&mut browser)?;
    if browser.session().is_some_and(|session| session.id == id) {
        browser.sign_out().await?;
        return Ok(browser.redirect("/"));
    }
    browser.allowed(sessions::end_browser(&browser.state, &by, &id).await)?;
    Ok(browser.redirect(HERE))
}

/// `POST /settings/sessions/revoke`: all of them, this one too. Access tokens
/// stay.
pub(super) async fn revoke_all(CsrfForm { mut browser, .. }: CsrfForm) -> Reply {
    let by = require_sign_in(&mut browser)?;
    browser.allowed(sessions::revoke_all(&browser.state, &by).await)?;
    browser.sign_out().await?;
    let (title, text) = ("page-sessions-ended-title", "page-sessions-ended-text");
    let done = MessagePage::new(StatusCode::OK, Tone::Good, title, text);
    Ok(browser.message(&done.next("/login", "page-login-button")))
}

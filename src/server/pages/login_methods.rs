//! The ways into an account: its password, and the sites that vouch for its
//! owner. The last one stays.

use askama::Template;
use axum::extract::{Path, Request};
use axum::http::StatusCode;

use super::browser::{Browser, Reply};
use super::form::CsrfForm;
use super::frame::{Frame, render};
use super::message_page::{MessagePage, Tone};
use super::session_guard::require_sign_in;
use super::upstream::depart;
use crate::secret::Secret;
use crate::server::clock::timestamp;
use crate::server::http::extract::query;
use crate::server::store::{Attempt, Disconnected, Purpose};

#[derive(Template)]
#[template(path = "ways.html")]
struct WaysPage {
    page: Frame,
    has_password: bool,
    connected: Vec<Connected>,
    open: Vec<Open>,
}

/// A site that vouches for them.
struct Connected {
    id: String,
    title: String,
    label: String,
    last_used_at: Option<jiff::Timestamp>,
}

/// A site that could.
struct Open {
    title: String,
    href: String,
}

/// `GET /settings/ways`.
pub(super) async fn list(mut browser: Browser) -> Reply {
    let account = require_sign_in(&mut browser)?.account;
    let state = browser.state.clone();
    let identities = browser.db(state.store.identities(&account.id).await)?;
    // The account of a web session comes without its password.
    let account = browser.db(state.store.account(&account.id).await)?;
    let has_password = account.is_some_and(|account| account.password.is_some());
    let upstreams = &state.config.upstreams;
    let open = upstreams
        .iter()
        .filter(|upstream| !identities.iter().any(|one| upstream.is_way_of(&one.issuer)))
        .filter_map(|upstream| {
            let slug = &upstream.slug;
            let token = browser.link_token(&wish(slug))?;
            let href = format!("/settings/ways/{slug}/connect?token={token}");
            Some(Open { title: upstream.title.clone(), href })
        })
        .collect();
    let connected = identities.into_iter().map(|one| Connected {
        // One that vouches no more is still shown by its address.
        title: upstreams
            .iter()
            .find(|upstream| upstream.is_way_of(&one.issuer))
            .map_or_else(|| one.issuer.clone(), |upstream| upstream.title.clone()),
        id: one.id,
        label: one.label,
        last_used_at: Some(timestamp(one.last_used_at)),
    });
    let connected = connected.collect();
    Ok(browser
        .show(|page| render(StatusCode::OK, &WaysPage { page, has_password, connected, open })))
}

/// What a link to connect is good for.
fn wish(slug: &str) -> String {
    format!("connect {slug}")
}

/// `GET /settings/ways/UPSTREAM/connect`: only by the link on our own page, so
/// that nobody else's page connects an account of theirs.
pub(super) async fn connect(
    Path(slug): Path<String>,
    mut browser: Browser,
    request: Request,
) -> Reply {
    let (parts, _) = request.into_parts();
    "/settings/ways".clone_into(&mut browser.here);
    let account = require_sign_in(&mut browser)?.account;
    let given = query(&parts, "token").map(Secret::new);
    if given.is_none() || given != browser.link_token(&wish(&slug)).map(Secret::new) {
        return Ok(browser.message(&MessagePage::stale()));
    }
    let purpose = Purpose::Connect(account.id);
    Ok(depart(&mut browser, Attempt { upstream: slug, purpose, next: String::new() }).await)
}

/// `POST /settings/ways/ID/disconnect`.
pub(super) async fn disconnect(
    Path(id): Path<String>,
    CsrfForm { mut browser, .. }: CsrfForm,
) -> Reply {
    let account = require_sign_in(&mut browser)?.account;
    let state = browser.state.clone();
    let opens = |issuer: &str| state.config.upstreams.iter().any(|one| one.is_way_of(issuer));
    let ip = browser.ip.clone();
    let done = state.store.disconnect(&account.id, &id, opens, ip.as_deref(), state.now());
    Ok(match browser.db(done.await)? {
        Disconnected::Done => browser.redirect("/settings/ways"),
        Disconnected::Last => {
            let (title, text) = ("page-ways-last-title", "page-ways-last-text");
            let message = MessagePage::new(StatusCode::CONFLICT, Tone::Plain, title, text)
                .next("/settings/password", "page-password-first-title")
                .other("/settings/ways", "page-ways-title");
            browser.message(&message)
        }
    })
}

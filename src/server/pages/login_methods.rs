//! The ways into an account: its password, and the sites that vouch for its
//! owner. The last one stays.

use askama::Template;
use axum::extract::{Path, Request};
use axum::http::StatusCode;

use super::browser::{Browser, Reply};
use super::form::CsrfForm;
use super::frame::{Frame, render};
use super::message_page::MessagePage;
use super::session_guard::require_sign_in;
use super::upstream::redirect_to_idp;
use super::upstream_link::UpstreamLink;
use crate::secret::Secret;
use crate::server::clock::timestamp;
use crate::server::http::extract::query;
use crate::server::operations::{Attempt, Purpose, login_methods, passwords};
use crate::server::upstreams::Upstream;

#[derive(Template)]
#[template(path = "ways.html")]
struct WaysPage {
    page: Frame,
    has_password: bool,
    connected: Vec<Connected>,
    open: Vec<UpstreamLink>,
}

/// A site that vouches for them.
struct Connected {
    id: String,
    title: String,
    label: String,
    last_used_at: Option<jiff::Timestamp>,
}

/// `GET /settings/ways`.
pub(super) async fn list(mut browser: Browser) -> Reply {
    let by = require_sign_in(&mut browser)?;
    let state = browser.state.clone();
    let all = browser.allowed(login_methods::connected(&state, &by).await)?;
    let account = browser.allowed(passwords::account(&state, &by).await)?;
    let has_password = account.password.is_some();
    let is_connected =
        |upstream: &Upstream| all.iter().any(|one| upstream.accepts_issuer(&one.identity.issuer));
    let open = state.config.upstreams.iter().filter(|upstream| !is_connected(upstream));
    let open = open.filter_map(|upstream| {
        let slug = &upstream.slug;
        let token = browser.link_token(&wish(slug))?;
        let href = format!("/settings/ways/{slug}/connect?token={token}");
        Some(UpstreamLink { title: upstream.title.clone(), href })
    });
    let open = open.collect();
    let connected = all.into_iter().map(|one| Connected {
        // One that vouches no more is still shown by its address.
        title: match one.upstream {
            Some(upstream) => upstream.title.clone(),
            None => one.identity.issuer,
        },
        id: one.identity.id,
        label: one.identity.label,
        last_used_at: Some(timestamp(one.identity.last_used_at)),
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
    "/settings/ways".clone_into(&mut browser.path_and_query);
    let by = require_sign_in(&mut browser)?;
    let token = query(&parts, "token").map(Secret::new);
    if token.is_none() || token != browser.link_token(&wish(&slug)).map(Secret::new) {
        return Ok(browser.message(&MessagePage::stale()));
    }
    let purpose = Purpose::Connect(by.account.id);
    Ok(redirect_to_idp(&mut browser, Attempt { upstream: slug, purpose, next: String::new() })
        .await)
}

/// `POST /settings/ways/ID/disconnect`.
pub(super) async fn disconnect(
    Path(id): Path<String>,
    CsrfForm { mut browser, .. }: CsrfForm,
) -> Reply {
    let by = require_sign_in(&mut browser)?;
    browser.allowed(login_methods::disconnect(&browser.state, &by, &id).await)?;
    Ok(browser.redirect("/settings/ways"))
}

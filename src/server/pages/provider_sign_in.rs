//! Signing in at an AI provider with a code, in a browser: what to type where, and what
//! becomes of it while the page is seen.

use std::time::Duration;

use askama::Template;
use axum::extract::Path;
use axum::http::header::{CONTENT_TYPE, ETAG, IF_NONE_MATCH};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse as _, Response};

use super::browser::{Browser, Reply};
use super::form::CsrfForm;
use super::frame::{Frame, render};
use super::providers::{HERE, not_begun};
use super::session_guard::require_sign_in;
use crate::i18n::{Message, printable};
use crate::provider::spec;
use crate::server::http::prefer::{self, Wait};
use crate::server::operations::{Denied, device_flows};
use crate::wire::{DeviceFlow, DeviceFlowState, NewDeviceFlow};

/// Where one is seen.
const SIGN_IN: &str = "/settings/providers/sign-in";

/// What of the page changes while it is seen.
#[derive(Template)]
#[template(path = "provider_flow.html")]
struct Board<'a> {
    page: &'a Frame,
    flow: &'a DeviceFlow,
    title: String,
    link: &'a str,
    said: String,
    is_pending: bool,
    is_connected: bool,
}

impl<'a> Board<'a> {
    fn of(flow: &'a DeviceFlow, page: &'a Frame) -> Self {
        let title = spec::title(&flow.provider);
        let said = match (flow.state, &flow.connection) {
            (DeviceFlowState::Connected, Some(connection)) => {
                Message::new("page-flow-connected").with("name", spec::called(connection))
            }
            // Forgotten since.
            (DeviceFlowState::Connected, None) => Message::new("page-flow-over"),
            (DeviceFlowState::Pending, _) => match flow.trouble {
                Some(_) => Message::new("page-flow-trouble"),
                None => Message::new("page-flow-waits"),
            },
            (DeviceFlowState::Denied, _) => Message::new("page-flow-denied"),
            (DeviceFlowState::Expired, _) => Message::new("page-flow-expired"),
            (DeviceFlowState::Failed, _) => Message::new("page-flow-failed"),
        };
        Self {
            page,
            said: page.say(&said.with("provider", title.as_str())),
            flow,
            link: flow.verification_uri_complete.as_ref().unwrap_or(&flow.verification_uri),
            title,
            is_pending: flow.state == DeviceFlowState::Pending,
            is_connected: flow.state == DeviceFlowState::Connected,
        }
    }

    fn html(&self) -> String {
        self.render().unwrap_or_default()
    }
}

/// What the board of `flow` is known by.
fn tag(flow: &DeviceFlow) -> String {
    format!("\"{}{}\"", flow.state.word(), if flow.trouble.is_some() { "-trouble" } else { "" })
}

#[derive(Template)]
#[template(path = "provider_sign_in.html")]
struct SignInPage {
    page: Frame,
    id: String,
    title: String,
    tag: String,
    board: String,
}

/// `POST /settings/providers/ID/sign-in`: asks the provider called ID for a code.
pub(super) async fn start(
    Path(provider): Path<String>,
    CsrfForm { mut browser, fields }: CsrfForm,
) -> Reply {
    let by = require_sign_in(&mut browser)?;
    let label = printable(fields.get("label")).trim().to_owned();
    let new = NewDeviceFlow { label };
    let title = spec::title(&provider);
    let why = match device_flows::start(&browser.state, &by, &provider, new).await {
        Ok(flow) => return Ok(browser.redirect(&format!("{SIGN_IN}/{}", flow.id))),
        Err(Denied::ProviderFailed(error)) => {
            Message::new("provider-device-no-code").with("why", error.message)
        }
        Err(Denied::WayNotOffered) => Message::new("provider-device-none"),
        Err(Denied::ConnectionsFull) => Message::new("page-providers-full"),
        Err(denied) => return Err(browser.denied(denied)),
    };
    not_begun(&mut browser, &by, why.with("provider", title).into()).await
}

/// `GET /settings/providers/sign-in/ID`.
pub(super) async fn look(mut browser: Browser, Path(id): Path<String>) -> Reply {
    let by = require_sign_in(&mut browser)?;
    let flow = match device_flows::status(&browser.state, &by, &id, Duration::ZERO).await {
        Ok(flow) => flow,
        Err(Denied::NotFound(_)) => return Ok(browser.redirect(HERE)),
        Err(denied) => return Err(browser.denied(denied)),
    };
    Ok(browser.show(|page| {
        let (board, tag) = (Board::of(&flow, &page).html(), tag(&flow));
        let title = spec::title(&flow.provider);
        render(StatusCode::OK, &SignInPage { page, id, title, tag, board })
    }))
}

/// `GET /settings/providers/sign-in/ID/state`, the part of the page alone. With
/// `If-None-Match` and `Prefer: wait` it is held until it is another.
pub(super) async fn state(
    mut browser: Browser,
    Path(id): Path<String>,
    Wait(wait): Wait,
    headers: HeaderMap,
) -> Reply {
    // Whoever has to sign in first comes back to the page.
    browser.path_and_query = format!("{SIGN_IN}/{id}");
    let by = require_sign_in(&mut browser)?;
    let known = headers.get(IF_NONE_MATCH).and_then(|tag| tag.to_str().ok()).map(str::to_owned);
    let state = browser.state.clone();
    let mut flow = device_flows::status(&state, &by, &id, Duration::ZERO).await;
    if let (Ok(now), Some(limit)) = (&flow, wait)
        && known.as_deref() == Some(&tag(now))
    {
        if now.state == DeviceFlowState::Pending {
            flow = device_flows::status(&state, &by, &id, limit).await;
        } else {
            // It stays so: whoever has it still asks seldom.
            state.wake.hold(&format!("seen {id}")).wait(limit).await;
        }
    }
    let flow = browser.allowed(flow)?;
    let tag = tag(&flow);
    let mut response = if known.as_deref() == Some(&tag) {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        let kind = HeaderValue::from_static("text/html; charset=utf-8");
        let board = Board::of(&flow, &browser.frame()).html();
        ([(CONTENT_TYPE, kind)], board).into_response()
    };
    response.headers_mut().insert(ETAG, etag(&tag)?);
    if let Some(limit) = wait {
        prefer::applied(&mut response, limit);
    }
    Ok(browser.send(response))
}

fn etag(tag: &str) -> Result<HeaderValue, Response> {
    HeaderValue::from_str(tag).map_err(|_| StatusCode::INTERNAL_SERVER_ERROR.into_response())
}

/// `POST /settings/providers/sign-in/ID/stop`.
pub(super) async fn stop(Path(id): Path<String>, CsrfForm { mut browser, .. }: CsrfForm) -> Reply {
    let by = require_sign_in(&mut browser)?;
    // Not there any more is what was wanted.
    match device_flows::remove(&browser.state, &by, &id).await {
        Ok(()) | Err(Denied::NotFound(_)) => Ok(browser.redirect(HERE)),
        Err(denied) => Err(browser.denied(denied)),
    }
}

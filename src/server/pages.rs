//! The pages: made for a phone held in one hand, whole without a script, with
//! nothing from anywhere else.
//!
//! The embedded instance has fewer of them: its one account has no password,
//! so nothing there signs a browser in. What approves is the owner's card,
//! opened by the ticket in its address; [`card_router`] serves that card alone
//! to a phone nearby.

mod activity;
mod at_work;
mod browser;
mod card;
mod consent;
mod content_policy;
mod denied;
mod form;
mod frame;
mod invite;
mod list;
mod login_methods;
mod machines;
mod mesh;
mod mesh_invites;
mod message_page;
mod next;
mod opening;
mod people;
mod provider_redirect;
mod provider_sign_in;
mod providers;
mod qr;
mod register;
mod reset;
mod second_factor;
mod service_clients;
mod session_guard;
mod sessions;
mod settings;
mod sign_in;
mod sign_in_code;
mod ticket;
mod tokens;
mod upstream;
mod upstream_link;
mod words;

use askama::Template;
use axum::http::StatusCode;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, HeaderValue};
use axum::http::request::Parts;
use axum::middleware;
use axum::response::{IntoResponse, Response};
use axum::routing::{any, get, post};
use axum::{Extension, Router};

use self::browser::{Browser, OnlyCode, reads_pages};
use self::frame::{Frame, render};
use self::message_page::MessagePage;
use super::config::SignUp;
use super::operations::DeviceCode;
use super::state::State;

/// The pages of the instance that `state` is of.
pub fn router(state: &State) -> Router<State> {
    let pages = Router::new()
        .route("/", get(landing))
        .route("/d", get(card::enter))
        .route("/cli-auth", get(card::enter))
        .route("/i/{code}", get(invite::look));
    let pages = if state.is_embedded() { owners(pages) } else { everybodys(pages) };
    guarded(pages)
        .route("/mark.svg", get(mark))
        .route("/style.css", get(style))
        .route("/copy.js", get(copy))
        .route("/live.js", get(live))
}

/// The card of `code` and its stylesheet, and nothing else, for a phone on the
/// network. Only its own ticket opens it.
pub fn card_router(state: State, code: &DeviceCode) -> Router {
    let pages = Router::new()
        .route("/D/{code}/{ticket}", get(ticket::look).post(ticket::decide))
        .route("/", any(ticket::not_found))
        .route("/{*path}", any(ticket::not_found));
    guarded(pages)
        .route("/style.css", get(style))
        .layer(Extension(OnlyCode(code.id.clone())))
        .with_state(state)
}

fn owners(pages: Router<State>) -> Router<State> {
    pages
        .route(next::CONSENT_PATH, get(consent::not_here))
        .route("/D/{code}", get(card::without_ticket))
        .route("/d/{code}", get(card::without_ticket))
        .route("/D/{code}/{ticket}", get(ticket::look).post(ticket::decide))
        .route("/d/{code}/{ticket}", get(ticket::look).post(ticket::decide))
}

fn everybodys(pages: Router<State>) -> Router<State> {
    pages
        .route("/D/{code}", get(card::look).post(card::decide))
        .route("/d/{code}", get(card::look).post(card::decide))
        .route(next::CONSENT_PATH, get(consent::look).post(consent::decide))
        .route("/i/{code}", post(invite::accept))
        .route("/joined/{mesh}", get(invite::joined))
        .route("/login", get(sign_in::login).post(sign_in::sign_in))
        .route("/login/code", get(sign_in_code::ask).post(sign_in_code::give))
        .route("/register", get(register::register).post(register::sign_up))
        .route("/login/with/{upstream}", get(upstream::start))
        .route("/login/with/{upstream}/back", get(upstream::back))
        .route("/logout", post(sign_in::sign_out))
        .route("/reset", get(reset::ask).post(reset::mail))
        .route("/reset/{token}", get(reset::look).post(reset::set))
        .route("/meshes", get(mesh::list).post(mesh::create))
        .route("/meshes/{slug}", get(mesh::look))
        .route("/meshes/{slug}/peers", get(at_work::peers))
        .route("/meshes/{slug}/name", post(mesh::rename))
        .route("/meshes/{slug}/remove", post(mesh::remove))
        .route("/meshes/{slug}/invites", post(mesh_invites::create))
        .route("/meshes/{slug}/invites/{id}/revoke", post(mesh_invites::revoke))
        .route("/meshes/{slug}/members/{id}", post(mesh::change_member))
        .route("/audit", get(activity::own_events))
        .route("/admin/members", get(people::people))
        .route("/admin/members/{id}", post(people::change))
        .route("/admin/audit", get(activity::all_events))
        .route("/admin/service-clients", get(service_clients::list).post(service_clients::create))
        .route("/admin/service-clients/{id}", post(service_clients::change))
        .route("/machines", get(machines::list))
        .route("/machines/{id}", post(machines::change))
        .route("/settings/providers", get(providers::list).post(providers::connect))
        .route("/settings/providers/{id}/redirect", post(provider_redirect::start))
        .route("/providers/{id}/callback", get(provider_redirect::back))
        .route("/settings/providers/{id}/sign-in", post(provider_sign_in::start))
        .route("/settings/providers/sign-in/{id}", get(provider_sign_in::look))
        .route("/settings/providers/sign-in/{id}/state", get(provider_sign_in::state))
        .route("/settings/providers/sign-in/{id}/stop", post(provider_sign_in::stop))
        .route("/settings/providers/{id}/disconnect", post(providers::disconnect))
        .route("/settings/tokens", get(tokens::tokens).post(tokens::create))
        .route("/settings/tokens/{id}/revoke", post(tokens::revoke))
        .route("/settings/sessions", get(sessions::sessions))
        .route("/settings/sessions/revoke", post(sessions::revoke_all))
        .route("/settings/sessions/{id}/revoke", post(sessions::revoke))
        .route("/settings/sessions/browser/{id}/revoke", post(sessions::revoke_browser))
        .route("/settings/ways", get(login_methods::list))
        .route("/settings/ways/{upstream}/connect", get(login_methods::connect))
        .route("/settings/ways/{id}/disconnect", post(login_methods::disconnect))
        .route("/settings/second-factor", get(second_factor::look).post(second_factor::change))
        .route("/settings/second-factor/app", get(second_factor::offer).post(second_factor::set_up))
        .route("/settings/password", get(settings::password).post(settings::change_password))
}

fn guarded(pages: Router<State>) -> Router<State> {
    pages.layer(middleware::map_response(async |response| content_policy::apply(response)))
}

#[derive(Template)]
#[template(path = "landing.html")]
struct LandingPage {
    page: Frame,
    embedded: bool,
    sign_up: bool,
}

async fn landing(mut browser: Browser) -> Response {
    let embedded = browser.state.is_embedded();
    let sign_up = browser.state.config.sign_up == SignUp::Open;
    browser.show(|page| render(StatusCode::OK, &LandingPage { page, embedded, sign_up }))
}

/// The page for a request that was refused with `status`; `None` for whoever
/// reads no pages, and for what has none.
pub fn error_page(state: &State, parts: &Parts, status: StatusCode) -> Option<Response> {
    let message = match status {
        StatusCode::NOT_FOUND => MessagePage::missing(),
        StatusCode::FORBIDDEN => MessagePage::foreign(),
        _ => return None,
    };
    reads_pages(&parts.headers)
        .then(|| content_policy::apply(Browser::look(parts, state).message(&message)))
}

async fn style() -> Response {
    asset("text/css; charset=utf-8", frame::CSS)
}

async fn copy() -> Response {
    asset("text/javascript; charset=utf-8", frame::COPY_SCRIPT)
}

async fn live() -> Response {
    asset("text/javascript; charset=utf-8", frame::LIVE_SCRIPT)
}

async fn mark() -> Response {
    asset("image/svg+xml", include_str!("../../assets/pages/mark.svg"))
}

fn asset(kind: &'static str, text: &'static str) -> Response {
    let headers = [
        (CONTENT_TYPE, HeaderValue::from_static(kind)),
        (CACHE_CONTROL, HeaderValue::from_static("public, max-age=3600")),
    ];
    (headers, text).into_response()
}

//! The checks that every request comes through: the Host must be ours (a page of
//! another name that resolves here could read us otherwise), a state change
//! must come from our own pages or from no page, and no answer is ever cached.
//!
//! Programs and people read different answers: under `/api`, at `/mcp` and the
//! OAuth endpoints it is JSON whatever the request accepts, elsewhere it is a page for
//! whoever reads pages.
//!
//! The surprising rule: a page that sends no referrer at all posts its forms
//! with `Origin: null`. Ours therefore allow themselves the referrer within
//! this origin (in their head, below the header that forbids it), and `null`
//! counts only where the browser itself says that it is the same origin.

use std::future::ready;
use std::time::{Duration, Instant};

use axum::extract::{MatchedPath, Request, State as Extract};
use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, HOST, HeaderValue, ORIGIN, PRAGMA, REFERRER_POLICY,
    STRICT_TRANSPORT_SECURITY, USER_AGENT, X_CONTENT_TYPE_OPTIONS,
};
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use futures_util::future::{Either, FutureExt as _};
use url::{Position, Url, form_urlencoded};

use super::api_error::ApiError;
use super::client_ip::behind;
use super::connections::Permit;
use super::listen::Peer;
use crate::http::is_loopback;
use crate::server::domain::client_ip::is_proxy;
use crate::server::domain::resource::MCP_PATH;
use crate::server::state::{State, origin};

/// What is no page runs nothing, shows nothing and is shown in nothing.
const NOTHING_RUNS: HeaderValue =
    HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'");

/// How long browsers come to this host by HTTPS alone (RFC 6797); to others of its
/// domain they may go as they like.
const A_YEAR: HeaderValue = HeaderValue::from_static("max-age=31536000");

/// What tells nobody anything but that we are there.
const PROBES: [&str; 2] = ["/healthz", "/readyz"];

/// The one address under the OAuth endpoints that a browser opens.
const AUTHORIZE: &str = "/oauth/authorize";

/// The target of the line that each request leaves in the log.
pub const REQUESTS: &str = "crewmesh::request";

/// What a request that is refused shows to whoever reads pages; `None` for
/// everybody else, and for what has no page.
pub type ErrorPage = fn(&State, &Parts, StatusCode) -> Option<Response>;

/// What the guard stands before.
#[derive(Clone, Debug)]
pub struct Guarded {
    /// The instance, at the address of this listener.
    pub state: State,
    /// How a refusal looks to a person.
    pub error_page: ErrorPage,
}

/// Checks a request, passes it on, and marks the answer.
///
/// Not an `async fn`, and what is seldom is apart: whatever one of those was
/// ever given is kept beside every poll that is held.
pub fn request_guard(
    Extract(guarded): Extract<Guarded>,
    mut request: Request,
    next: Next,
) -> impl Future<Output = Response> + Send {
    let (method, began) = (method_name(request.method()), Instant::now());
    // The pattern, never the path: codes travel in paths.
    let route = request.extensions().get::<MatchedPath>().cloned();
    // A balancer that asks whether we are there does so for nobody.
    let held = if is_probe(&request) {
        Ok(None)
    } else {
        check(&guarded.state, &request).and_then(|()| know_client(&guarded.state, &mut request))
    };
    let (answer, permit) = match held {
        Ok(permit) => (Either::Left(next.run(request)), permit),
        Err(refusal) => (Either::Right(ready(guarded.refuse(request, refusal))), None),
    };
    let state = guarded.state;
    answer.map(move |mut response| {
        drop(permit);
        let route = route.as_ref().map_or("none", MatchedPath::as_str);
        let (status, headers) = (response.status().as_u16(), response.headers_mut());
        headers.entry(CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
        headers.entry(REFERRER_POLICY).or_insert(HeaderValue::from_static("no-referrer"));
        headers.entry(X_CONTENT_TYPE_OPTIONS).or_insert(HeaderValue::from_static("nosniff"));
        headers.entry(CONTENT_SECURITY_POLICY).or_insert(NOTHING_RUNS);
        if state.is_https() {
            headers.insert(STRICT_TRANSPORT_SECURITY, A_YEAR);
        }
        if is_oauth(route) {
            // RFC 6749 §5.1 asks for it beside Cache-Control.
            headers.insert(PRAGMA, HeaderValue::from_static("no-cache"));
        }
        state.counters.answered(route, status);
        let ms = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
        tracing::info!(target: REQUESTS, method, route, status, ms, "request");
        response
    })
}

impl Guarded {
    /// Answers `request` with `refusal`, or with a page that says the same.
    fn refuse(&self, request: Request, refusal: ApiError) -> Response {
        let (parts, _) = request.into_parts();
        let path = parts.uri.path();
        let has_pages = !is_for_programs(path);
        let page = has_pages.then(|| (self.error_page)(&self.state, &parts, refusal.status));
        page.flatten().unwrap_or_else(|| answer(path, refusal))
    }

    /// Answers a request to an address that there is not.
    pub fn not_found(&self, request: Request) -> Response {
        self.refuse(request, ApiError::not_found("page"))
    }
}

/// Finds out who asks, for everything behind this; where one of our proxies passes
/// it on, the request is counted as long as it is answered, for its connections are
/// everybody's.
fn know_client(state: &State, request: &mut Request) -> Result<Option<Permit>, ApiError> {
    let Some(&Peer(peer)) = request.extensions().get() else { return Ok(None) };
    let client = behind(peer.ip(), request.headers(), &state.config);
    request.extensions_mut().insert(client);
    let passed_on = is_proxy(peer.ip(), &state.config.trusted_proxies);
    let held = match client.known().filter(|_| passed_on) {
        Some(ip) => state.connections.acquire(ip),
        None => Ok(None),
    };
    held.map_err(|_| ApiError::slow_down(Duration::from_secs(1)))
}

/// A method as it is told of: one that somebody made up is not.
fn method_name(method: &Method) -> &'static str {
    let known = ["GET", "POST", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS"];
    known.into_iter().find(|name| *name == method.as_str()).unwrap_or("other")
}

/// What is there, but not for this method. The router adds Allow.
pub async fn method_not_allowed(request: Request) -> Response {
    let path = request.uri().path();
    // OAuth has no word of its own for it.
    let error = if is_oauth(path) { "invalid_request" } else { "method_not_allowed" };
    let status = StatusCode::METHOD_NOT_ALLOWED;
    answer(path, ApiError::new(status, error, "Not with this method."))
}

/// Whether there is nothing at `path` that a person reads.
fn is_for_programs(path: &str) -> bool {
    let folder = ["/api/", "/oauth/", "/.well-known/"].iter().any(|start| path.starts_with(start));
    folder && path != AUTHORIZE || path == MCP_PATH
}

/// `refusal`, in the words of what is at `path`.
fn answer(path: &str, refusal: ApiError) -> Response {
    if is_oauth(path) { refusal.in_oauth() } else { refusal.into_response() }
}

fn is_oauth(path: &str) -> bool {
    path.starts_with("/oauth/")
}

/// By number too, and it learns nothing else.
fn is_probe(request: &Request) -> bool {
    PROBES.contains(&request.uri().path())
}

fn check(state: &State, request: &Request) -> Result<(), ApiError> {
    let base = &state.base;
    let mut hosts = request.headers().get_all(HOST).iter();
    let host = hosts.next().and_then(|value| value.to_str().ok());
    // RFC 9112 §3.2: whoever stands before us may have read the other one.
    if hosts.next().is_some() {
        return Err(ApiError::invalid("The request has two Host headers."));
    }
    // A client that writes the whole address says it there as well.
    let written = request.uri().authority().map(axum::http::uri::Authority::as_str);
    if !host.or(written).is_some_and(|host| is_ours(base, host))
        || written.is_some_and(|written| !is_ours(base, written))
    {
        return Err(ApiError::new(
            StatusCode::MISDIRECTED_REQUEST,
            "wrong_host",
            "This instance goes by another name.",
        ));
    }
    // No name, code or id has a NUL in it, and PostgreSQL takes none in a text.
    // Where people read there is simply no such page, as for what is no text.
    let (path, for_people) = (request.uri().path(), !is_for_programs(request.uri().path()));
    let has_nul =
        request.uri().path_and_query().is_some_and(|target| target.as_str().contains("%00"));
    if for_people && (has_nul || !is_text(path)) {
        return Err(ApiError::not_found("page"));
    }
    if has_nul {
        return Err(ApiError::invalid("The address has a NUL in it."));
    }
    if ["/api/", "/oauth/"].iter().any(|start| request.uri().path().starts_with(start)) {
        require_newer_than(state.config.oldest_client, request.headers())?;
    }
    let changes = !matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS);
    if changes && !comes_from_us(base, request.headers()) {
        return Err(ApiError::new(
            StatusCode::FORBIDDEN,
            "wrong_origin",
            "Another site's page may not do that.",
        ));
    }
    Ok(())
}

/// Whether `path` is UTF-8 where it is percent-encoded.
fn is_text(path: &str) -> bool {
    let is_whole = |text: &str| !text.contains(char::REPLACEMENT_CHARACTER);
    !path.contains('%')
        || form_urlencoded::parse(path.as_bytes())
            .all(|(name, value)| is_whole(&name) && is_whole(&value))
}

/// Refuses a client of ours that says it is older than `oldest`. What does not
/// say is somebody else's, and keeps to the standards.
fn require_newer_than(oldest: [u64; 3], headers: &HeaderMap) -> Result<(), ApiError> {
    let user_agent = headers.get(USER_AGENT).and_then(|value| value.to_str().ok());
    let Some(version) = user_agent.and_then(|name| name.strip_prefix("crewmesh/")) else {
        return Ok(());
    };
    let version = version.split([' ', '-', '+']).next().unwrap_or_default();
    let numbers: Result<Vec<u64>, _> = version.split('.').map(str::parse).collect();
    match numbers {
        Ok(numbers) if numbers.as_slice() < oldest.as_slice() => {
            Err(ApiError::upgrade_required(oldest))
        }
        _ => Ok(()),
    }
}

/// Whether `host` (with a port where it is not the scheme's own) names `base`.
/// A loopback address goes by every name of loopback.
fn is_ours(base: &Url, host: &str) -> bool {
    // As nearly everybody writes it; anything else is read first.
    if host.eq_ignore_ascii_case(&base[Position::BeforeHost..Position::AfterPort]) {
        return true;
    }
    // RFC 9110 §7.2: a name or a number and a port. A URL may have more there, such as
    // an empty name before an `@`, or blanks that are overlooked.
    if !host.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._:[]".contains(&b)) {
        return false;
    }
    let Ok(named) = Url::parse(&format!("{}://{host}/", base.scheme())) else { return false };
    if named.port_or_known_default() != base.port_or_known_default() {
        return false;
    }
    named.host() == base.host() || (is_loopback(base) && is_loopback(&named))
}

fn comes_from_us(base: &Url, headers: &HeaderMap) -> bool {
    let site = headers.get("sec-fetch-site").and_then(|value| value.to_str().ok());
    let Some(from) = headers.get(ORIGIN) else {
        return !matches!(site, Some("cross-site"));
    };
    match from.to_str() {
        Ok("null") => site == Some("same-origin"),
        Ok(text) => Url::parse(text).is_ok_and(|url| {
            origin(&url) == origin(base)
                || (url.scheme() == base.scheme()
                    && is_loopback(&url)
                    && is_loopback(base)
                    && url.port_or_known_default() == base.port_or_known_default())
        }),
        Err(_) => false,
    }
}

#[cfg(test)]
mod tests;

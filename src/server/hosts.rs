//! The door that every request comes through: the Host must be ours (a page of
//! another name that resolves here could read us otherwise), a state change
//! must come from our own pages or from no page, and no answer is ever cached.
//!
//! The surprising rule: a page that sends no referrer at all posts its forms
//! with `Origin: null`. Ours therefore allow themselves the referrer within
//! this origin (in their head, below the header that forbids it), and `null`
//! counts only where the browser itself says that it is the same origin.

use std::time::Instant;

use axum::Json;
use axum::extract::{MatchedPath, Request, State as Extract};
use axum::http::header::{
    CACHE_CONTROL, HOST, HeaderValue, ORIGIN, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{HeaderMap, Method, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use url::{Host, Url};

use super::pages;
use super::refusal::Refusal;
use super::state::{State, origin};

/// What tells nobody anything but that we are there.
const PROBES: [&str; 2] = ["/healthz", "/readyz"];

/// The target of the line that each request leaves in the log.
pub const REQUESTS: &str = "crewmesh::request";

/// Checks a request, passes it on, and marks the answer.
pub async fn door(Extract(state): Extract<State>, request: Request, next: Next) -> Response {
    let (method, began) = (known(request.method()), Instant::now());
    // The pattern, never the path: codes travel in paths.
    let route = request.extensions().get::<MatchedPath>().cloned();
    let mut response = match check(&state.base, &request) {
        Ok(()) => next.run(request).await,
        Err(refusal) if refusal.status == StatusCode::FORBIDDEN => {
            pages::foreign(&state, request).await.unwrap_or_else(|| refusal.into_response())
        }
        Err(refusal) => refusal.into_response(),
    };
    let headers = response.headers_mut();
    headers.entry(CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    headers.entry(REFERRER_POLICY).or_insert(HeaderValue::from_static("no-referrer"));
    headers.entry(X_CONTENT_TYPE_OPTIONS).or_insert(HeaderValue::from_static("nosniff"));
    let (route, status) = (route.as_ref().map_or("none", MatchedPath::as_str), response.status());
    state.counters.answered(route, status.as_u16());
    tracing::info!(
        target: REQUESTS,
        method,
        route,
        status = status.as_u16(),
        ms = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX),
        "request"
    );
    response
}

/// A method as it is told of: one that somebody made up is not.
fn known(method: &Method) -> &'static str {
    let known = ["GET", "POST", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS"];
    known.into_iter().find(|name| *name == method.as_str()).unwrap_or("other")
}

/// What is not there.
pub async fn nothing(state: State, request: Request) -> Response {
    let page = pages::missing(&state, request).await;
    page.unwrap_or_else(|| Refusal::not_found("page").into_response())
}

/// What is there, but not for this method.
pub async fn not_this_way() -> Response {
    Refusal::new(StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed", "Not with this method.")
        .into_response()
}

/// Alive.
pub async fn healthy() -> Json<serde_json::Value> {
    Json(serde_json::json!({ "status": "ok" }))
}

/// Able to answer.
///
/// # Errors
/// 503 when the database is not.
pub async fn ready(Extract(state): Extract<State>) -> Result<Json<serde_json::Value>, StatusCode> {
    match state.store.ping().await {
        Ok(()) => Ok(healthy().await),
        Err(_) => Err(StatusCode::SERVICE_UNAVAILABLE),
    }
}

fn check(base: &Url, request: &Request) -> Result<(), Refusal> {
    // A balancer asks by number whether we are there, and learns nothing else.
    if PROBES.contains(&request.uri().path()) {
        return Ok(());
    }
    let host = request.headers().get(HOST).and_then(|value| value.to_str().ok());
    // A client that writes the whole address says it there as well.
    let written = request.uri().authority().map(axum::http::uri::Authority::as_str);
    if !host.or(written).is_some_and(|host| is_ours(base, host))
        || written.is_some_and(|written| !is_ours(base, written))
    {
        return Err(Refusal::new(
            StatusCode::MISDIRECTED_REQUEST,
            "wrong_host",
            "This instance goes by another name.",
        ));
    }
    let changes = !matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS);
    if changes && !comes_from_us(base, request.headers()) {
        return Err(Refusal::new(
            StatusCode::FORBIDDEN,
            "wrong_origin",
            "Another site's page may not do that.",
        ));
    }
    Ok(())
}

/// Whether `host` (with a port where it is not the scheme's own) names `base`.
/// A loopback address goes by every name of loopback.
fn is_ours(base: &Url, host: &str) -> bool {
    let Ok(named) = Url::parse(&format!("{}://{host}/", base.scheme())) else { return false };
    if !named.username().is_empty() || named.port_or_known_default() != base.port_or_known_default()
    {
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

/// Whether `url` is on this computer.
pub fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name.eq_ignore_ascii_case("localhost"),
        Some(Host::Ipv4(ip)) => ip.is_loopback(),
        Some(Host::Ipv6(ip)) => ip.is_loopback(),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(text: &str) -> Url {
        Url::parse(text).unwrap()
    }

    #[test]
    fn a_host_is_ours_with_its_port() {
        let base = url("https://mesh.example.org");
        for (host, ours) in [
            ("mesh.example.org", true),
            ("MESH.example.org:443", true),
            ("mesh.example.org:8443", false),
            ("evil.example.org", false),
            ("mesh.example.org.evil", false),
            ("a@mesh.example.org", false),
            ("", false),
        ] {
            assert_eq!(is_ours(&base, host), ours, "{host}");
        }
    }

    #[test]
    fn loopback_goes_by_its_own_names_only() {
        let base = url("http://127.0.0.1:7437");
        for host in ["127.0.0.1:7437", "localhost:7437", "[::1]:7437"] {
            assert!(is_ours(&base, host), "{host}");
        }
        for host in ["127.0.0.1", "localhost:80", "rebound.example.org:7437"] {
            assert!(!is_ours(&base, host), "{host}");
        }
    }

    #[test]
    fn another_sites_page_changes_nothing() {
        let base = url("https://mesh.example.org");
        let allowed = |origin: Option<&str>, site: Option<&str>| {
            let mut headers = HeaderMap::new();
            if let Some(origin) = origin {
                headers.insert(ORIGIN, origin.parse().unwrap());
            }
            if let Some(site) = site {
                headers.insert("sec-fetch-site", site.parse().unwrap());
            }
            comes_from_us(&base, &headers)
        };
        assert!(allowed(None, None) && allowed(Some("https://mesh.example.org"), None));
        assert!(allowed(Some("null"), Some("same-origin")));
        assert!(!allowed(Some("null"), Some("cross-site")) && !allowed(Some("null"), None));
        assert!(!allowed(Some("https://mesh.example.org:8443"), None));
        assert!(!allowed(Some("http://mesh.example.org"), None));
        assert!(
            !allowed(Some("https://evil.example.org"), None) && !allowed(None, Some("cross-site"))
        );
    }
}

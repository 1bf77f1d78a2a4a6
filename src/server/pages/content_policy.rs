//! What a page may load and do, said to the browser.

use axum::http::header::{CONTENT_SECURITY_POLICY, HeaderName, HeaderValue, X_FRAME_OPTIONS};
use axum::response::Response;

/// Only what is ours, in nobody's frame.
const POLICY: &str =
    "default-src 'self'; frame-ancestors 'none'; form-action 'self'; base-uri 'none'";

/// The policy of a page whose form leads on to `source`, a source of a
/// Content-Security-Policy.
pub(super) fn leading_to(source: &str) -> Option<HeaderValue> {
    let policy = POLICY.replace("form-action 'self'", &format!("form-action 'self' {source}"));
    HeaderValue::from_str(&policy).ok()
}

/// `response` with what goes with every page, and the policy unless it has one.
pub(super) fn apply(mut response: Response) -> Response {
    let headers = response.headers_mut();
    headers.entry(CONTENT_SECURITY_POLICY).or_insert(HeaderValue::from_static(POLICY));
    headers.insert(X_FRAME_OPTIONS, HeaderValue::from_static("DENY"));
    headers.insert(
        HeaderName::from_static("cross-origin-opener-policy"),
        HeaderValue::from_static("same-origin"),
    );
    response
}

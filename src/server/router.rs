//! Every route of an instance, and the checks that stand before them.

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::StatusCode;
use axum::middleware::from_fn_with_state;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use tower_http::catch_panic::CatchPanicLayer;

use super::http::api_error::ApiError;
use super::http::request_guard::{self, Guarded};
use super::http::routes::Routes;
use super::http::{health, openapi};
use super::state::State;
use super::{api, mcp, oauth, pages};

/// Bytes of the largest body that is read.
const LARGEST_BODY: usize = 64 * 1_024;

/// What programs ask for, each route with what it takes to come by it.
pub fn routes() -> Routes {
    oauth::routes().merge(mcp::routes()).merge(api::routes()).merge(openapi::routes())
}

/// Every route of an instance, with the guard before them.
pub fn router(state: State) -> Router {
    let routes = routes()
        .into_router()
        .merge(served_pages(&state))
        .route("/healthz", get(health::healthy))
        .route("/readyz", get(health::ready))
        .with_state(state.clone());
    guarded(routes, state)
}

/// The pages, where they are served: not on the embedded instance's private
/// listener, which is for its own client.
fn served_pages(state: &State) -> Router<State> {
    if state.base == state.pages { pages::router(state) } else { Router::new() }
}

/// `routes` behind the checks that every request comes through.
pub fn guarded(routes: Router, state: State) -> Router {
    let guarded = Guarded { state, error_page: pages::error_page };
    let fallback = guarded.clone();
    routes
        .fallback(async move |request| fallback.not_found(request))
        .method_not_allowed_fallback(request_guard::method_not_allowed)
        .layer(DefaultBodyLimit::max(LARGEST_BODY))
        .layer(from_fn_with_state(guarded, request_guard::request_guard))
        .layer(CatchPanicLayer::custom(panicked))
}

/// A fault of ours in one request ends that request only.
fn panicked(_: Box<dyn std::any::Any + Send>) -> Response {
    tracing::error!("a request panicked");
    ApiError::new(StatusCode::INTERNAL_SERVER_ERROR, "internal", "The instance failed.")
        .into_response()
}

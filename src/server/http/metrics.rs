//! `/metrics`, for whoever runs the instance.
//!
//! It is not on the listener that people reach: behind a proxy on the same
//! machine every request comes from loopback, so an address proves nothing;
//! only a listener of its own, asked for by name, does.

use axum::Router;
use axum::extract::State as Extract;
use axum::http::header::CONTENT_TYPE;
use axum::response::IntoResponse;
use axum::routing::get;

use super::health;
use crate::server::state::State;

/// What an OpenMetrics text is sent as.
const KIND: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// What the listener for whoever runs the instance serves.
pub fn router(state: State) -> Router {
    Router::new()
        .route("/metrics", get(metrics))
        .route("/healthz", get(health::healthy))
        .route("/readyz", get(health::ready))
        .with_state(state)
}

async fn metrics(Extract(state): Extract<State>) -> impl IntoResponse {
    ([(CONTENT_TYPE, KIND)], state.counters.text(state.wake.held()))
}

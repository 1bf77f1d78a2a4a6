//! Whether an instance is alive, and whether it can answer.

use std::time::Duration;

use axum::Json;
use axum::extract::State as Extract;

use super::api_error::{AWAY, ApiError, ApiResult};
use crate::server::state::State;

/// How long whoever asks whether we can answer waits for that.
const READINESS_TIMEOUT: Duration = Duration::from_secs(1);

/// `GET /healthz`: the process answers.
pub async fn healthy() -> Json<serde_json::Value> {
    Json(serde_json::json!({ "status": "ok" }))
}

/// Able to answer.
///
/// # Errors
/// 503 when the database is not.
pub async fn ready(Extract(state): Extract<State>) -> ApiResult<Json<serde_json::Value>> {
    // A balancer has turned away long before a request gives up.
    match tokio::time::timeout(READINESS_TIMEOUT, state.store.ping()).await {
        Ok(Ok(())) => Ok(healthy().await),
        Ok(Err(_)) | Err(_) => Err(ApiError::unavailable(AWAY)),
    }
}

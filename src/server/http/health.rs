//! Whether an instance is alive, and whether it can answer.

use axum::Json;
use axum::extract::State as Extract;

use super::api_error::{AWAY, ApiError, ApiResult};
use crate::server::state::State;

/// `GET /healthz`: the process answers.
pub async fn healthy() -> Json<serde_json::Value> {
    Json(serde_json::json!({ "status": "ok" }))
}

/// `GET /readyz`: able to answer, which is found out by writing.
///
/// # Errors
/// 503 when the database cannot be written, or the key that the next start needs
/// is gone.
pub async fn ready(Extract(state): Extract<State>) -> ApiResult<Json<serde_json::Value>> {
    let probe = async {
        let written = state.store.probe(state.now()).await;
        written.is_ok() && state.config.has_key()
    };
    if state.readiness.is_ready(probe).await {
        return Ok(healthy().await);
    }
    Err(ApiError::unavailable(AWAY))
}

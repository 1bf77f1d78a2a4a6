//! The end of a token (RFC 7009).

use axum::Json;
use axum::extract::State as Extract;
use axum::http::HeaderMap;
use serde_json::json;

use super::client::client;
use super::error::OAuthError;
use super::form::Form;
use crate::server::http::client_ip::ClientIp;
use crate::server::operations::{authentication, sessions};
use crate::server::state::State;

/// Whoever was given a token may end it; what is renewed ends with either of its
/// tokens. An unknown one is ended already; that
/// a token is another client's is no secret from whoever has it (§2.1).
pub(super) async fn revoke(
    Extract(state): Extract<State>,
    ip: ClientIp,
    headers: HeaderMap,
    form: Result<Form, OAuthError>,
) -> Result<Json<serde_json::Value>, OAuthError> {
    let form = form?;
    let client = client(&state, &form, &headers, ip).await?;
    let token = form
        .secret("token")
        .ok_or_else(|| OAuthError::new("invalid_request", "token is missing."))?;
    if let Some((credential, _)) = authentication::credential(&state, &token, true).await? {
        if credential.client_id != client.id {
            return Err(OAuthError::new(
                "unauthorized_client",
                "That token was given to another client.",
            ));
        }
        sessions::end_by_client(&state, &credential, ip).await?;
    }
    // Of no meaning, but simple-oauth2 takes an empty body for a fault.
    Ok(Json(json!({})))
}

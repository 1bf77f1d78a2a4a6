//! Introspection (RFC 7662): a registered client asks whether a token is good.
//! The surprising rule: a token that is none of the asker's business is
//! answered like one that does not exist (§2.2), never with an error.

use axum::Json;
use axum::extract::State as Extract;
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use serde_json::json;

use super::client::client;
use super::error::OAuthError;
use super::form::Form;
use crate::secret::TokenKind;
use crate::server::domain::resource::{MCP_PATH, Resource};
use crate::server::domain::scopes;
use crate::server::http::client_ip::ClientIp;
use crate::server::operations::authentication;
use crate::server::state::{State, origin};

pub(super) async fn introspect(
    Extract(state): Extract<State>,
    ip: ClientIp,
    headers: HeaderMap,
    form: Result<Form, OAuthError>,
) -> Result<Response, OAuthError> {
    let form = form?;
    let client = client(&state, &form, &headers, ip).await?;
    let Some(registered) = client.service() else {
        // Whoever holds nothing could try tokens here (§2.1).
        let description = "Only a client with a secret may ask that.";
        return Err(OAuthError::invalid_client(&headers, description));
    };
    state.rate_limits.request(&client.id).map_err(OAuthError::too_many)?;
    let token = form
        .secret("token")
        .ok_or_else(|| OAuthError::new("invalid_request", "token is missing."))?;
    let sees_all = scopes::has(&registered.scopes, scopes::TOKEN_INTROSPECT);
    let found = authentication::credential(&state, &token, false).await?;
    let body = match found.filter(|(found, _)| sees_all || found.client_id == client.id) {
        Some((credential, account)) => {
            let mut body = json!({
                "active": true,
                "scope": credential.scopes,
                "client_id": credential.client_id,
                "iat": credential.created_at / 1_000,
                "sub": account.id,
                "iss": origin(&state.base),
            });
            // None of those of RFC 6749 §7.1 where it is shown at no route.
            if TokenKind::of(token.expose()) != Ok(TokenKind::Refresh) {
                body["token_type"] = "Bearer".into();
            }
            if credential.resource == Resource::Mcp {
                body["aud"] = format!("{}{MCP_PATH}", origin(&state.base)).into();
            }
            // Left out where the token never ends.
            if let Some(ends) = credential.expires_at {
                body["exp"] = (ends / 1_000).into();
            }
            body
        }
        None => json!({ "active": false }),
    };
    Ok(([(header::CACHE_CONTROL, "no-store")], Json(body)).into_response())
}

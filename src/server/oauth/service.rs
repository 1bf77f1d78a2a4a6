//! Client credentials (RFC 6749 §4.4): a registered client signs in as itself,
//! for an hour, with no refresh token, because it can simply ask again.

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};

use super::client::Client;
use super::error::OAuthError;
use super::form::Form;
use crate::server::domain::client_ip::ClientIp;
use crate::server::domain::scopes;
use crate::server::operations::service_clients::{self, TOKEN_LIFE};
use crate::server::state::State;
use crate::wire::TokenGrant;

/// A token for `client` itself.
pub(super) async fn grant(
    state: &State,
    client: &Client,
    form: &Form,
    ip: ClientIp,
) -> Result<Response, OAuthError> {
    let Some(registered) = client.service() else {
        return Err(OAuthError::new(
            "unauthorized_client",
            "A client without a secret cannot sign in as itself.",
        ));
    };
    state.rate_limits.request(&client.id).map_err(OAuthError::too_many)?;
    let requested = form.get("scope").unwrap_or_default();
    let scopes = scopes::granted_to_service(requested, &registered.scopes).ok_or_else(|| {
        OAuthError::new("invalid_scope", "This client was not given all of these scopes.")
    })?;
    let resource = client.resource(&state.base, form)?.unwrap_or_default();
    let scopes = resource.scopes(&scopes);
    let granted = service_clients::grant_token(state, registered, &scopes, resource, ip).await?;
    let Some(token) = granted else {
        return Err(OAuthError {
            status: StatusCode::UNAUTHORIZED,
            ..OAuthError::new("invalid_client", "This client was revoked.")
        });
    };
    let grant = TokenGrant {
        access_token: token,
        token_type: "Bearer".to_owned(),
        expires_in: u64::try_from(TOKEN_LIFE / 1_000).ok(),
        refresh_token: None,
        scope: Some(scopes),
        user: None,
    };
    Ok(Json(grant).into_response())
}

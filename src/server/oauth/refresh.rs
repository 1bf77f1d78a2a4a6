//! The refresh token grant (RFC 6749 §6): the next pair for what renews it.

use axum::Json;
use axum::response::{IntoResponse, Response};

use super::client::Client;
use super::code::answer;
use super::error::OAuthError;
use super::form::Form;
use crate::server::domain::client_ip::ClientIp;
use crate::server::domain::scopes;
use crate::server::operations::Denied;
use crate::server::operations::refresh_tokens::{self, Shown};
use crate::server::state::State;

/// The next pair of tokens for the one in `form`. Scopes that it was not granted are
/// passed over: most clients ask for what they asked for at first, whatever of that
/// somebody gave them.
pub(super) async fn grant(
    state: &State,
    client: &Client,
    form: &Form,
    ip: ClientIp,
) -> Result<Response, OAuthError> {
    let no_scope = || OAuthError::new("invalid_scope", "None of these scopes were granted.");
    let token = form
        .secret("refresh_token")
        .ok_or_else(|| OAuthError::new("invalid_request", "refresh_token is missing."))?;
    let scopes = match form.get("scope") {
        Some(asked) if !scopes::names_none(asked) => {
            Some(scopes::known(asked).ok_or_else(no_scope)?)
        }
        _ => None,
    };
    let resource = client.resource(&state.base, form)?;
    let shown = Shown { client_id: client.id.clone(), token, scopes, resource, ip };
    let granted = refresh_tokens::refresh(state, shown).await.map_err(|denied| match denied {
        Denied::NotFound(_) => OAuthError::new(
            "invalid_grant",
            "The token is unknown, used or over, or not for this client.",
        ),
        Denied::MissingScope(_) => no_scope(),
        other => other.into(),
    })?;
    Ok(Json(answer(granted)).into_response())
}

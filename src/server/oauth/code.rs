//! The authorization code grant (RFC 6749 §4.1.3): a code that a browser
//! brought to a client becomes a session.

use axum::Json;
use axum::response::{IntoResponse, Response};

use super::client::Client;
use super::error::OAuthError;
use super::form::Form;
use crate::server::domain::client_ip::ClientIp;
use crate::server::operations::authorization_codes::{self, Shown};
use crate::server::operations::refresh_tokens::Granted;
use crate::server::operations::{Denied, Issued};
use crate::server::state::State;
use crate::wire::TokenGrant;

/// The session that the code in `form` is good for.
pub(super) async fn grant(
    state: &State,
    client: Client,
    form: &Form,
    ip: ClientIp,
) -> Result<Response, OAuthError> {
    let missing = |description| OAuthError::new("invalid_request", description);
    let shown = Shown {
        resource: client.resource(&state.base, form)?,
        client_id: client.id,
        code: form.secret("code").ok_or_else(|| missing("code is missing."))?,
        verifier: form
            .secret("code_verifier")
            .ok_or_else(|| missing("code_verifier is missing."))?,
        redirect_uri: form
            .get("redirect_uri")
            .ok_or_else(|| missing("redirect_uri is missing."))?
            .to_owned(),
        ip,
    };
    let granted =
        authorization_codes::redeem(state, shown).await.map_err(|denied| match denied {
            Denied::NotFound(_) => gone(),
            other => other.into(),
        })?;
    Ok(Json(answer(granted)).into_response())
}

/// What a program is told of what it was given.
pub(super) fn answer(granted: Granted) -> TokenGrant {
    let Issued { access, refresh } = granted.tokens;
    TokenGrant {
        access_token: access,
        token_type: "Bearer".to_owned(),
        // Rounded up: the milliseconds since are ours.
        expires_in: u64::try_from((granted.expires_at - granted.at + 999) / 1_000).ok(),
        refresh_token: refresh,
        scope: Some(granted.scopes),
        user: Some(granted.user),
    }
}

fn gone() -> OAuthError {
    OAuthError::new(
        "invalid_grant",
        "The code is unknown, used or over, or not for this client, address and verifier.",
    )
}

//! Dynamic client registration (RFC 7591 §3): a program that nobody knows gets a
//! client id, and nothing else with it. Lenient about everything but where a
//! browser is sent: what else a client says of itself is left out or replaced
//! (§3.2.1), and it is told what holds.

use axum::Json;
use axum::body::Bytes;
use axum::extract::{FromRequest as _, Request, State as Extract};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use super::authorize::RESPONSE_TYPE;
use super::error::OAuthError;
use super::metadata::{AUTHORIZATION_CODE, REFRESH_TOKEN};
use crate::server::http::client_ip::ClientIp;
use crate::server::operations::clients::{self, Registration, Unregistered};
use crate::server::state::State;
use crate::wire::DEVICE_CODE_GRANT;

pub(super) async fn register(
    Extract(state): Extract<State>,
    ip: ClientIp,
    request: Request,
) -> Result<Response, OAuthError> {
    let asked = asked(request, &state).await?;
    let (id, client) = clients::register(&state, asked, ip).await.map_err(|why| match why {
        Unregistered::Off => OAuthError {
            status: StatusCode::NOT_FOUND,
            ..OAuthError::new("not_found", "Programs do not register themselves on this instance.")
        },
        Unregistered::Redirect => OAuthError::new(
            "invalid_redirect_uri",
            "redirect_uris are 1 to 10: https, or http on 127.0.0.1, [::1] or localhost.",
        ),
        Unregistered::Denied(denied) => denied.into(),
    })?;
    let mut grants = vec![AUTHORIZATION_CODE, DEVICE_CODE_GRANT];
    grants.extend(client.refreshes.then_some(REFRESH_TOKEN));
    let mut body = json!({
        "client_id": id,
        "client_id_issued_at": state.now() / 1_000,
        "redirect_uris": client.redirect_uris,
        "grant_types": grants,
        "response_types": [RESPONSE_TYPE],
        "token_endpoint_auth_method": "none",
    });
    if !client.name.is_empty() {
        body["client_name"] = client.name.into();
    }
    Ok((StatusCode::CREATED, Json(body)).into_response())
}

/// What the program says of itself.
async fn asked(request: Request, state: &State) -> Result<Registration, OAuthError> {
    let no_metadata = |description| OAuthError::new("invalid_client_metadata", description);
    let bytes = Bytes::from_request(request, state).await.map_err(|fault| OAuthError {
        status: match fault.status() {
            StatusCode::PAYLOAD_TOO_LARGE => StatusCode::PAYLOAD_TOO_LARGE,
            _ => StatusCode::BAD_REQUEST,
        },
        ..no_metadata("The body could not be read.")
    })?;
    let said = serde_json::from_slice::<Value>(&bytes).ok().filter(Value::is_object);
    let said = said.ok_or_else(|| no_metadata("The body is no JSON object."))?;
    Ok(Registration {
        name: said["client_name"].as_str().unwrap_or_default().to_owned(),
        redirect_uris: texts(&said["redirect_uris"]),
        refreshes: refreshes(&said),
    })
}

/// Whether a program with this metadata renews its token: one that names no grants
/// leaves that to us.
pub(super) fn refreshes(metadata: &Value) -> bool {
    let grants = texts(&metadata["grant_types"]);
    grants.is_empty() || grants.iter().any(|grant| grant == REFRESH_TOKEN)
}

/// The texts of a list; what is none there stands for one that is wrong.
fn texts(list: &Value) -> Vec<String> {
    let list = list.as_array().into_iter().flatten();
    list.map(|text| text.as_str().unwrap_or_default().to_owned()).collect()
}

//! Device authorization (RFC 8628 §3.1): a pair of codes for a device that
//! asks to be signed in.

use axum::Json;
use axum::extract::State as Extract;
use axum::http::HeaderMap;

use super::client::{client, unknown};
use super::error::OAuthError;
use super::form::Form;
use crate::server::domain::device_code_state::LIFE;
use crate::server::domain::keys::plain_user_code;
use crate::server::http::client_ip::ClientIp;
use crate::server::operations::device_codes::{Asked, begin};
use crate::server::operations::invites;
use crate::server::state::State;
use crate::wire::{Device, DeviceAuthorization};

/// Seconds between polls that clients are told.
const INTERVAL: u64 = 5;

pub(super) async fn authorize(
    Extract(state): Extract<State>,
    ip: ClientIp,
    headers: HeaderMap,
    form: Result<Form, OAuthError>,
) -> Result<Json<DeviceAuthorization>, OAuthError> {
    let form = form?;
    let client = client(&state, &form, &headers, ip).await?.described(&state, ip).await?;
    let client = client.ok_or_else(|| unknown(&headers))?;
    let resource = client.resource(&state.base, &form)?.unwrap_or_default();
    let requested = form.get("scope").unwrap_or_default();
    let (scopes, refreshes) =
        (client.person_scopes(requested, resource)?, client.refreshes(requested));
    state.may_ask(&ip.counted()).await?;
    // Its code goes no further than here.
    let invite_id = match form.secret("crewmesh_invite") {
        Some(code) => Some(invites::id_of(&state, code.expose()).await?),
        None => None,
    };
    let field = |name: &str| form.get(name).unwrap_or_default().to_owned();
    let device = Device {
        device_name: field("device_name"),
        device_os: field("device_os"),
        device_arch: field("device_arch"),
    };
    let client_name = client.name().to_owned();
    let asked = Asked { client_id: client.id, client_name, scopes, resource, refreshes, invite_id };
    let codes = begin(&state, asked, device, ip)
        .await?
        .ok_or_else(|| OAuthError::unavailable("No code is free; try again."))?;
    Ok(Json(DeviceAuthorization {
        verification_uri: state.page("/d"),
        // Upper case and path-shaped: a QR code holds it in far fewer modules.
        verification_uri_complete: state
            .page(&format!("/D/{}", plain_user_code(&codes.user_code)))
            .to_ascii_uppercase(),
        device_code: codes.device_code,
        user_code: codes.user_code,
        expires_in: u64::try_from(LIFE / 1_000).unwrap_or_default(),
        interval: INTERVAL,
        crewmesh_words: codes.words,
    }))
}

//! Device authorization (RFC 8628 §3.1): a pair of codes for a device that
//! asks to be signed in. Shared with the CLI routes.

use axum::Json;
use axum::extract::State as Extract;
use axum::http::HeaderMap;

use super::{Form, OAuthError, client};
use crate::i18n::printable;
use crate::secret::Secret;
use crate::server::counters::Counted;
use crate::server::domain::device_code_state::LIFE;
use crate::server::domain::keys::{plain_user_code, shown_user_code};
use crate::server::http::extract::ClientIp;
use crate::server::state::State;
use crate::server::store::{self, DbError, NewDeviceCode};
use crate::wire::{Device, DeviceAuthorization};

/// Seconds between polls that clients are told.
const INTERVAL: u64 = 5;

/// The longest name of a device, in characters.
const LONGEST: usize = 80;

/// How often a user code that is in use is drawn again.
const DRAWS: usize = 8;

/// A pair of codes.
#[derive(Debug)]
pub(crate) struct Asked {
    /// Opaque.
    pub(crate) id: String,
    /// What the device polls with.
    pub(crate) device_code: Secret,
    /// What the person types, with its dash.
    pub(crate) user_code: String,
}

/// Makes a pair of codes for `device`; `None` in the unlikely case that no
/// free user code was drawn.
pub(crate) async fn begin(
    state: &State,
    client_id: String,
    scopes: String,
    device: Device,
    ip: Option<String>,
) -> Result<Option<Asked>, DbError> {
    let device = Device {
        device_name: clean(&device.device_name).unwrap_or_else(|| client_id.clone()),
        device_os: clean(&device.device_os).unwrap_or_default(),
        device_arch: clean(&device.device_arch).unwrap_or_default(),
    };
    let new = NewDeviceCode { client_id, scopes, device, ip };
    for _ in 0..DRAWS {
        let device_code = store::generate(state.now());
        let user_code = state.keys.user_code(&device_code);
        let mac = state.keys.user_code_mac(&user_code);
        let made = state.store.create_device_code(&device_code, &mac, &new, state.now()).await?;
        if let Some(id) = made {
            state.counters.count(Counted::CodeIssued);
            return Ok(Some(Asked { id, device_code, user_code: shown_user_code(&user_code) }));
        }
    }
    Ok(None)
}

fn clean(text: &str) -> Option<String> {
    let text: String = printable(text).trim().chars().take(LONGEST).collect();
    (!text.is_empty()).then_some(text)
}

pub(super) async fn authorize(
    Extract(state): Extract<State>,
    ClientIp(ip): ClientIp,
    headers: HeaderMap,
    form: Result<Form, OAuthError>,
) -> Result<Json<DeviceAuthorization>, OAuthError> {
    let form = form?;
    let client = client(&state, &form, &headers, ip.as_deref()).await?;
    let scopes = client.asks_of_people(form.get("scope").unwrap_or_default())?;
    let address = ip.as_deref().unwrap_or("unknown");
    state.may_ask(address).await?;
    let given = |name: &str| form.get(name).unwrap_or_default().to_owned();
    let device = Device {
        device_name: match given("device_name") {
            nothing if nothing.is_empty() => client.name().to_owned(),
            name => name,
        },
        device_os: given("device_os"),
        device_arch: given("device_arch"),
    };
    let asked = begin(&state, client.id, scopes, device, ip)
        .await?
        .ok_or_else(|| OAuthError::unavailable("No code is free; try again."))?;
    Ok(Json(DeviceAuthorization {
        verification_uri: state.page("/d"),
        // Upper case and path-shaped: a QR code holds it in far fewer modules.
        verification_uri_complete: state
            .page(&format!("/D/{}", plain_user_code(&asked.user_code)))
            .to_ascii_uppercase(),
        device_code: asked.device_code,
        user_code: asked.user_code,
        expires_in: u64::try_from(LIFE / 1_000).unwrap_or_default(),
        interval: INTERVAL,
    }))
}

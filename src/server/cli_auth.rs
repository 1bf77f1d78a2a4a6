//! The device-code routes in the older dialect, over the same state machine:
//! the device code travels in the path, an answer is a status, and a poll may
//! come once a second. Approving and denying live here too, for a person: a
//! signed-in device's token, or a web session with the token of its forms.

use axum::extract::{FromRequestParts, State as Extract};
use axum::http::header::{AUTHORIZATION, RETRY_AFTER};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde_json::json;

use super::api_error::{ApiError, ApiResult};
use super::approval::{Approver, NoCode, NotSettled};
use super::caller::{Body, ClientIp, Path, Principal, address};
use super::device_code_state::{CLAIM, Decision, LIFE, TooLate, Verdict};
use super::oauth::{begin, claim, key_of};
use super::pages::person;
use super::poll_rate;
use super::rate_limits::GuessKey;
use super::scopes;
use super::state::{State, timestamp};
use super::store::{DeviceCode, storage_key};
use crate::secret::Secret;
use crate::wire::{ApprovalCard, Device, PUBLIC_CLIENT_ID};

/// Seconds between polls that these clients are told.
const INTERVAL: f64 = 1.5;

/// The CLI routes.
pub fn routes() -> Router<State> {
    Router::new()
        .route("/api/auth/cli/device-code", post(ask))
        .route("/api/auth/cli/device-code/{code}", get(poll))
        .route("/api/auth/cli/device-code/{code}/card", get(card))
        .route("/api/auth/cli/device-code/{code}/approve", post(approve))
        .route("/api/auth/cli/device-code/{code}/deny", post(deny))
}

async fn ask(
    Extract(state): Extract<State>,
    ClientIp(ip): ClientIp,
    Body(device): Body<Device>,
) -> ApiResult<Response> {
    let address = ip.as_deref().unwrap_or("unknown");
    state.may_ask(address).await?.map_err(ApiError::slow_down)?;
    let client = PUBLIC_CLIENT_ID.to_owned();
    let asked = begin(&state, client, String::new(), device, ip)
        .await?
        .ok_or_else(|| ApiError::unavailable("No code is free."))?;
    let body = json!({
        "id": asked.id,
        "device_code": asked.device_code.expose(),
        "user_code": asked.user_code,
        "expires_at": timestamp(state.now() + LIFE),
        "expires_in": LIFE / 1_000,
        "verification_url": state.page("/d"),
        "interval": INTERVAL,
    });
    Ok((StatusCode::CREATED, Json(body)).into_response())
}

async fn poll(
    Extract(state): Extract<State>,
    Path(device_code): Path<String>,
    headers: HeaderMap,
    ClientIp(ip): ClientIp,
) -> ApiResult<Response> {
    let device_code = Secret::new(device_code);
    let key = key_of(&headers)
        .map_err(|()| ApiError::invalid("An Idempotency-Key is 1 to 255 printable characters."))?;
    let name = storage_key(&device_code);
    let now = state.now();
    let early =
        state.poll_rates.arrive(&name, now + LIFE + CLAIM, now, poll_rate::CLI, false).is_err();
    let Some(code) = state.store.device_code(&device_code, now).await? else {
        state.poll_rates.forget(&name);
        let address = ip.as_deref().unwrap_or("unknown");
        state.rate_limits.request(address).map_err(ApiError::slow_down)?;
        return Err(ApiError::not_found("device code"));
    };
    let body = match claim(&state, &code, &device_code, key.as_ref()).await? {
        Ok(claimed) => json!({
            "id": code.id,
            "status": "approved",
            "token": claimed.token.expose(),
            "user": claimed.user,
            "expires_at": timestamp(claimed.expires_at),
        }),
        Err(Verdict::Pending) if early => {
            let body = json!({
                "slow_down": true,
                "error": "slow_down",
                "message": "Ask once a second at most.",
            });
            let early = (StatusCode::TOO_MANY_REQUESTS, [(RETRY_AFTER, "1")], Json(body));
            return Ok(early.into_response());
        }
        Err(Verdict::Pending) => json!({ "id": code.id, "status": "pending" }),
        Err(Verdict::Denied) => json!({ "id": code.id, "status": "denied" }),
        Err(Verdict::Expired) => json!({ "id": code.id, "status": "expired" }),
        Err(Verdict::AlreadyClaimed | Verdict::Mint | Verdict::Repeat) => json!({
            "id": code.id,
            "status": "approved",
            "token": null,
            "already_claimed": true,
        }),
    };
    Ok(Json(body).into_response())
}

/// Whoever may decide about a code: a person at a second terminal that is
/// signed in, or in a browser, on one of our own pages.
struct Person {
    by: Approver,
    /// The device's token; none in a browser.
    principal: Option<Principal>,
}

impl FromRequestParts<State> for Person {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &State) -> ApiResult<Self> {
        if parts.headers.contains_key(AUTHORIZATION) {
            let principal = Principal::from_request_parts(parts, state).await?;
            principal.require_session()?;
            let by = Approver {
                account_id: principal.account.id.clone(),
                via: principal.via(),
                ip: principal.ip.clone(),
            };
            return Ok(Self { by, principal: Some(principal) });
        }
        let Some((session, account, own)) = person(parts, state).await? else {
            return Err(ApiError::unauthorized());
        };
        state.rate_limits.request(&session.id).map_err(ApiError::slow_down)?;
        if !own {
            return Err(ApiError::new(
                StatusCode::FORBIDDEN,
                "csrf_required",
                "The request lacks the token of the page's forms.",
            ));
        }
        let ip = address(parts, &state.config);
        Ok(Self { by: Approver { account_id: account.id, via: "web", ip }, principal: None })
    }
}

/// The code that a person typed.
async fn typed(state: &State, by: &Approver, user_code: &str) -> ApiResult<DeviceCode> {
    let guesser = GuessKey::new(Some(&by.account_id), by.ip.as_deref());
    match state.typed_code(user_code, &guesser).await? {
        Ok(code) => Ok(code),
        Err(NoCode::Unknown) => Err(ApiError::not_found("code")),
        Err(NoCode::Wait(wait)) => Err(ApiError::slow_down(wait)),
    }
}

async fn card(
    Extract(state): Extract<State>,
    Person { by, .. }: Person,
    Path(user_code): Path<String>,
) -> ApiResult<Json<ApprovalCard>> {
    let code = typed(&state, &by, &user_code).await?;
    code.approval.may_settle(state.now()).map_err(late)?;
    Ok(Json(state.card(&code, &user_code)))
}

async fn approve(
    state: Extract<State>,
    person: Person,
    path: Path<String>,
) -> ApiResult<Json<serde_json::Value>> {
    settle(state, person, path, Decision::Approve).await
}

async fn deny(
    state: Extract<State>,
    person: Person,
    path: Path<String>,
) -> ApiResult<Json<serde_json::Value>> {
    settle(state, person, path, Decision::Deny).await
}

async fn settle(
    Extract(state): Extract<State>,
    person: Person,
    Path(user_code): Path<String>,
    decision: Decision,
) -> ApiResult<Json<serde_json::Value>> {
    let Person { by, principal } = person;
    let code = typed(&state, &by, &user_code).await?;
    if let (Decision::Approve, Some(principal)) = (decision, &principal) {
        may_give(principal, &code)?;
    }
    match state.settle(&code, decision, &by).await? {
        Ok(()) => {
            let status = match decision {
                Decision::Approve => "approved",
                Decision::Deny => "denied",
            };
            Ok(Json(json!({ "id": code.id, "status": status })))
        }
        Err(NotSettled::Unknown) => Err(ApiError::not_found("code")),
        Err(NotSettled::Late(why)) => Err(late(why)),
    }
}

/// Refuses to approve more than the approving session may do itself: one that
/// a person gave less would else take the rest.
fn may_give(principal: &Principal, code: &DeviceCode) -> ApiResult<()> {
    principal.require_scope(scopes::TOKEN_MANAGE)?;
    let given = scopes::granted(&code.scopes, &scopes::of_account(principal.account.admin));
    given.split_ascii_whitespace().try_for_each(|scope| principal.require_scope(scope))
}

fn late(why: TooLate) -> ApiError {
    match why {
        TooLate::Settled(_) => ApiError::new(
            StatusCode::CONFLICT,
            "already_settled",
            "That code was approved or denied before.",
        ),
        TooLate::Expired => ApiError::new(StatusCode::GONE, "expired", "That code has expired."),
    }
}

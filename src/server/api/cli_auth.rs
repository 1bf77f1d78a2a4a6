//! The device-code routes in the older dialect, over the same state machine:
//! the device code travels in the path, an answer is a status, and a poll may
//! come once a second. Approving and denying live here too, for a person: a
//! signed-in device's token, or a web session with the token of its forms.

use std::convert::Infallible;

use axum::Json;
use axum::extract::{FromRequestParts, State as Extract};
use axum::http::header::RETRY_AFTER;
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use serde_json::json;

use super::listing::listing;
use crate::secret::Secret;
use crate::server::clock::timestamp;
use crate::server::domain::device_code_state::{CLAIM, Decision, LIFE, PollOutcome};
use crate::server::domain::resource::Resource;
use crate::server::domain::{poll_rate, scopes};
use crate::server::http::api_error::{ApiError, ApiResult};
use crate::server::http::client_ip::ClientIp;
use crate::server::http::extract::{self, Body, Paging, Path, SentByPerson, idempotency_key};
use crate::server::http::routes::Access::{Person, Public};
use crate::server::http::routes::Routes;
use crate::server::operations::device_codes::Asked;
use crate::server::operations::storage_key;
use crate::server::operations::{Denied, Principal, approvals, device_codes};
use crate::server::state::State;
use crate::wire::{ApprovalCard, Device, Listing, Opening, PUBLIC_CLIENT_ID, StepUp, WaitingCode};

/// Seconds between polls that these clients are told.
const INTERVAL: f64 = 1.5;

pub fn routes() -> Routes {
    Routes::default()
        .post("/api/auth/cli/device-code", Public, ask)
        .get("/api/auth/cli/device-code/{code}", Public, poll)
        .get("/api/auth/cli/device-codes", Person, waiting)
        .get("/api/auth/cli/device-code/{code}/card", Person, card)
        .post("/api/auth/cli/device-code/{code}/approve", Person, approve)
        .post("/api/auth/cli/device-code/{code}/deny", Person, deny)
}

async fn ask(
    Extract(state): Extract<State>,
    ip: ClientIp,
    Body(device): Body<Device>,
) -> ApiResult<Response> {
    state.may_ask(&ip.counted()).await?;
    let asked = Asked {
        client_id: PUBLIC_CLIENT_ID.to_owned(),
        client_name: PUBLIC_CLIENT_ID.to_owned(),
        scopes: scopes::of_dialect(),
        resource: Resource::Instance,
        refreshes: false,
        invite_id: None,
    };
    let codes = device_codes::begin(&state, asked, device, ip)
        .await?
        .ok_or_else(|| ApiError::unavailable("No code is free."))?;
    let body = json!({
        "id": codes.id,
        "device_code": codes.device_code.expose(),
        "user_code": codes.user_code,
        "expires_at": timestamp(state.now() + LIFE),
        "expires_in": LIFE / 1_000,
        "verification_url": state.page("/d"),
        "interval": INTERVAL,
        "crewmesh_words": codes.words,
    });
    Ok((StatusCode::CREATED, Json(body)).into_response())
}

async fn poll(
    Extract(state): Extract<State>,
    Path(device_code): Path<String>,
    Known(known): Known,
    headers: HeaderMap,
    ip: ClientIp,
) -> ApiResult<Response> {
    let device_code = Secret::new(device_code);
    let key = idempotency_key(&headers)?;
    let name = storage_key(&device_code);
    let now = state.now();
    let early =
        state.poll_rates.arrive(&name, now + LIFE + CLAIM, now, poll_rate::CLI, false).is_err();
    let Some(code) = device_codes::find(&state, &device_code).await? else {
        state.poll_rates.forget(&name);
        state.rate_limits.request(&ip.counted()).map_err(ApiError::slow_down)?;
        return Err(ApiError::not_found("device code"));
    };
    let body = match device_codes::claim(&state, &code, &device_code, key.as_ref()).await? {
        Ok(claimed) => json!({
            "id": code.id,
            "status": "approved",
            "token": claimed.tokens.access.expose(),
            "user": claimed.user,
            "expires_at": timestamp(claimed.expires_at),
        }),
        Err(PollOutcome::Pending) if early => {
            let body = json!({
                "slow_down": true,
                "error": "slow_down",
                "message": "Ask once a second at most.",
            });
            let early = (StatusCode::TOO_MANY_REQUESTS, [(RETRY_AFTER, "1")], Json(body));
            return Ok(early.into_response());
        }
        Err(PollOutcome::Pending) => {
            let mut body = json!({ "id": code.id, "status": "pending" });
            let news = |opening: &Opening| known.is_some_and(|known| opening.changes > known);
            if let Some(opening) = code.opening.filter(news) {
                body["crewmesh_opened"] = json!(opening);
            }
            body
        }
        Err(PollOutcome::Denied) => json!({ "id": code.id, "status": "denied" }),
        Err(PollOutcome::Expired) => json!({ "id": code.id, "status": "expired" }),
        Err(PollOutcome::AlreadyClaimed | PollOutcome::Mint | PollOutcome::Repeat) => json!({
            "id": code.id,
            "status": "approved",
            "token": null,
            "already_claimed": true,
        }),
    };
    Ok(Json(body).into_response())
}

/// How many changes of the code's page the client knows, where it asks to be told
/// of them: `?crewmesh_opened=`.
struct Known(Option<u32>);

impl FromRequestParts<State> for Known {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &State) -> Result<Self, Infallible> {
        Ok(Self(extract::query(parts, "crewmesh_opened").and_then(|known| known.parse().ok())))
    }
}

async fn waiting(
    Extract(state): Extract<State>,
    extract::Person(by): extract::Person,
    Paging(page): Paging,
) -> ApiResult<Json<Listing<WaitingCode>>> {
    Ok(listing(approvals::waiting(&state, &by, &page).await?))
}

async fn card(
    Extract(state): Extract<State>,
    extract::Person(by): extract::Person,
    Path(user_code): Path<String>,
) -> ApiResult<Json<ApprovalCard>> {
    let code = approvals::find(&state, &by, &user_code).await?;
    code.approval.may_settle(state.now()).map_err(Denied::TooLate)?;
    Ok(Json(approvals::card(&state, &by.account, &code, &user_code).await?))
}

async fn approve(
    state: Extract<State>,
    path: Path<String>,
    SentByPerson(by, sent): SentByPerson<StepUp>,
) -> ApiResult<Json<serde_json::Value>> {
    settle(state, by, path, Decision::Approve, sent.unwrap_or_default()).await
}

async fn deny(
    state: Extract<State>,
    extract::Person(by): extract::Person,
    path: Path<String>,
) -> ApiResult<Json<serde_json::Value>> {
    settle(state, by, path, Decision::Deny, StepUp::default()).await
}

async fn settle(
    Extract(state): Extract<State>,
    by: Principal,
    Path(user_code): Path<String>,
    decision: Decision,
    step_up: StepUp,
) -> ApiResult<Json<serde_json::Value>> {
    let code = approvals::find(&state, &by, &user_code).await?;
    approvals::settle(&state, &by, &code, decision, step_up).await?;
    let status = match decision {
        Decision::Approve => "approved",
        Decision::Deny => "denied",
    };
    Ok(Json(json!({ "id": code.id, "status": status })))
}

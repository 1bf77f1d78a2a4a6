//! Signing in at a provider by device code: where that can be done, begin, look, give up.

use std::time::Duration;

use axum::Json;
use axum::extract::State as Extract;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};

use crate::server::api::listing::listing;
use crate::server::domain::scopes::PROVIDER_USE;
use crate::server::http::api_error::ApiResult;
use crate::server::http::extract::{Paging, Path, SentBy};
use crate::server::http::prefer::{self, Wait};
use crate::server::http::routes::Access::Scope;
use crate::server::http::routes::Routes;
use crate::server::operations::{Principal, device_flows};
use crate::server::state::State;
use crate::wire::{DeviceFlow, DeviceFlowOffer, Listing, NewDeviceFlow};

pub(super) fn routes() -> Routes {
    Routes::default()
        .get("/api/device-flow", Scope(PROVIDER_USE), offers)
        .post("/api/device-flow/{provider}/start", Scope(PROVIDER_USE), start)
        .get("/api/device-flow/status/{id}", Scope(PROVIDER_USE), status)
        .delete("/api/device-flow/{id}", Scope(PROVIDER_USE), remove)
}

async fn offers(
    Extract(state): Extract<State>,
    _: Principal,
    Paging(page): Paging,
) -> ApiResult<Json<Listing<DeviceFlowOffer>>> {
    Ok(listing(device_flows::offers(&state, &page)?))
}

async fn start(
    Extract(state): Extract<State>,
    Path(provider): Path<String>,
    SentBy(by, new): SentBy<NewDeviceFlow>,
) -> ApiResult<(StatusCode, Json<DeviceFlow>)> {
    let flow = device_flows::start(&state, &by, &provider, new).await?;
    Ok((StatusCode::CREATED, Json(flow)))
}

async fn status(
    Extract(state): Extract<State>,
    by: Principal,
    Path(id): Path<String>,
    Wait(limit): Wait,
) -> ApiResult<Response> {
    let flow = device_flows::status(&state, &by, &id, limit.unwrap_or(Duration::ZERO)).await?;
    let mut response = Json(flow).into_response();
    if let Some(limit) = limit {
        prefer::applied(&mut response, limit);
    }
    Ok(response)
}

async fn remove(
    Extract(state): Extract<State>,
    by: Principal,
    Path(id): Path<String>,
) -> ApiResult<StatusCode> {
    device_flows::remove(&state, &by, &id).await?;
    Ok(StatusCode::NO_CONTENT)
}

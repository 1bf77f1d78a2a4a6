//! Machines: list, get or create, rename and locate, remove.

use axum::Json;
use axum::extract::State as Extract;
use axum::http::StatusCode;
use axum::http::request::Parts;

use crate::server::api::listing::listing;
use crate::server::domain::scopes::{MACHINE_READ, MACHINE_WRITE};
use crate::server::http::api_error::ApiResult;
use crate::server::http::extract::{Paging, Path, SentBy, query};
use crate::server::http::routes::Access::Scope;
use crate::server::http::routes::Routes;
use crate::server::operations::{Principal, machines};
use crate::server::state::State;
use crate::wire::{Listing, Machine, MachineChange, NewMachine};

pub(super) fn routes() -> Routes {
    Routes::default()
        .get("/api/my/machines", Scope(MACHINE_READ), list)
        .post("/api/my/machines", Scope(MACHINE_WRITE), register)
        .patch("/api/my/machines/{id}", Scope(MACHINE_WRITE), change)
        .delete("/api/my/machines/{id}", Scope(MACHINE_WRITE), remove)
}

async fn list(
    Extract(state): Extract<State>,
    by: Principal,
    Paging(page): Paging,
    parts: Parts,
) -> ApiResult<Json<Listing<Machine>>> {
    let anchor = query(&parts, "anchor");
    Ok(listing(machines::list(&state, &by, anchor.as_deref(), &page).await?))
}

async fn register(
    Extract(state): Extract<State>,
    SentBy(by, new): SentBy<NewMachine>,
) -> ApiResult<(StatusCode, Json<Machine>)> {
    let (machine, is_new) = machines::register(&state, &by, new).await?;
    Ok((if is_new { StatusCode::CREATED } else { StatusCode::OK }, Json(machine)))
}

async fn change(
    Extract(state): Extract<State>,
    Path(id): Path<String>,
    SentBy(by, change): SentBy<MachineChange>,
) -> ApiResult<Json<Machine>> {
    Ok(Json(machines::change(&state, &by, &id, change).await?))
}

async fn remove(
    Extract(state): Extract<State>,
    by: Principal,
    Path(id): Path<String>,
) -> ApiResult<StatusCode> {
    machines::remove(&state, &by, &id).await?;
    Ok(StatusCode::NO_CONTENT)
}

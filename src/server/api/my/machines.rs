//! Machines: list, get or create, rename and locate, remove.

use crate::server::domain::audit_action::AuditAction;
use axum::Json;
use axum::extract::State as Extract;
use axum::http::StatusCode;
use axum::http::request::Parts;

use super::names::{name, slug};
use crate::i18n::printable;
use crate::server::api::listing::listing;
use crate::server::http::api_error::{ApiError, ApiResult};
use crate::server::http::extract::{Body, Paging, Path, query};
use crate::server::operations::Principal;
use crate::server::state::State;
use crate::server::store::{Event, Registration};
use crate::wire::{Listing, Machine, MachineChange, NewMachine};

pub(super) async fn list(
    Extract(state): Extract<State>,
    principal: Principal,
    Paging(page): Paging,
    parts: Parts,
) -> ApiResult<Json<Listing<Machine>>> {
    let anchor = query(&parts, "anchor");
    Ok(listing(state.store.machines(&principal.account.id, anchor.as_deref(), &page).await?))
}

pub(super) async fn register(
    Extract(state): Extract<State>,
    principal: Principal,
    Body(mut new): Body<NewMachine>,
) -> ApiResult<(StatusCode, Json<Machine>)> {
    let is_anchor = new.anchor.len() == 64
        && new.anchor.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
    if !is_anchor {
        return Err(ApiError::invalid("anchor is 64 lower-case hexadecimal digits."));
    }
    new.name = name(&new.name)?;
    new.location = new.location.map(zone).transpose()?;
    new.os = short(&new.os);
    new.arch = short(&new.arch);
    let slug = slug(new.slug.as_deref(), &new.name, "machine")?;
    let event = |id: &str| {
        Event::new(AuditAction::MachineRegistered, &principal.account.id, principal.via(), id)
            .from(principal.ip.as_deref())
            .with("name", &new.name)
    };
    let now = state.now();
    match state.store.register_machine(&principal.account.id, &new, &slug, event, now).await? {
        Registration::Made(machine) => Ok((StatusCode::CREATED, Json(machine))),
        Registration::Adopted(machine) => Ok((StatusCode::OK, Json(machine))),
        Registration::SlugTaken(free) => Err(ApiError::slug_taken(free)),
        Registration::Full(full) => Err(ApiError::plan_required(&full)),
    }
}

pub(super) async fn change(
    Extract(state): Extract<State>,
    principal: Principal,
    Path(id): Path<String>,
    Body(mut change): Body<MachineChange>,
) -> ApiResult<Json<Machine>> {
    change.name = change.name.map(|given| name(&given)).transpose()?;
    change.location = change.location.map(zone).transpose()?;
    let mut event =
        Event::new(AuditAction::MachineChanged, &principal.account.id, principal.via(), &id)
            .from(principal.ip.as_deref());
    for (what, value) in [("name", &change.name), ("location", &change.location)] {
        if let Some(value) = value {
            event = event.with(what, value);
        }
    }
    let now = state.now();
    let changed =
        state.store.change_machine(&principal.account.id, &id, &change, &event, now).await?;
    changed.map(Json).ok_or_else(|| ApiError::not_found("machine"))
}

pub(super) async fn remove(
    Extract(state): Extract<State>,
    principal: Principal,
    Path(id): Path<String>,
) -> ApiResult<StatusCode> {
    let event =
        Event::new(AuditAction::MachineRemoved, &principal.account.id, principal.via(), &id)
            .from(principal.ip.as_deref());
    if state.store.remove_machine(&principal.account.id, &id, &event, state.now()).await? {
        return Ok(StatusCode::NO_CONTENT);
    }
    Err(ApiError::not_found("machine"))
}

/// A zone key as Electricity Maps writes them: `DE`, `US-CAL-CISO`. Which ones
/// exist is the client's table; new ones must not need a new server.
fn zone(key: String) -> ApiResult<String> {
    let shaped = (2..=24).contains(&key.len())
        && !key.starts_with('-')
        && !key.ends_with('-')
        && key.bytes().all(|b| matches!(b, b'A'..=b'Z' | b'0'..=b'9' | b'-'));
    if shaped { Ok(key) } else { Err(ApiError::invalid("location is a zone key such as DE.")) }
}

fn short(text: &str) -> String {
    printable(text).chars().take(32).collect()
}

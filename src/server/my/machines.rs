//! Machines: list, get or create, rename and locate, remove.

use axum::Json;
use axum::extract::State as Extract;
use axum::http::StatusCode;
use axum::http::request::Parts;

use super::meshes::slug;
use super::{listing, name};
use crate::i18n::printable;
use crate::server::caller::{Actor, Body, Paging, Path, query};
use crate::server::refusal::{Answer, Refusal};
use crate::server::scopes::{MACHINE_READ, MACHINE_WRITE};
use crate::server::state::State;
use crate::server::store::{Event, Registration};
use crate::wire::{Listing, Machine, MachineChange, NewMachine};

pub(super) async fn list(
    Extract(state): Extract<State>,
    actor: Actor,
    Paging(page): Paging,
    parts: Parts,
) -> Answer<Json<Listing<Machine>>> {
    actor.may(MACHINE_READ)?;
    let anchor = query(&parts, "anchor");
    Ok(listing(state.store.machines(&actor.account.id, anchor.as_deref(), &page).await?))
}

pub(super) async fn register(
    Extract(state): Extract<State>,
    actor: Actor,
    Body(mut new): Body<NewMachine>,
) -> Answer<(StatusCode, Json<Machine>)> {
    actor.may(MACHINE_WRITE)?;
    let is_anchor = new.anchor.len() == 64
        && new.anchor.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
    if !is_anchor {
        return Err(Refusal::invalid("anchor is 64 lower-case hexadecimal digits."));
    }
    new.name = name(&new.name)?;
    new.location = new.location.map(zone).transpose()?;
    new.os = short(&new.os);
    new.arch = short(&new.arch);
    let slug = slug(new.slug.as_deref(), &new.name, "machine")?;
    let event = |id: &str| {
        Event::new("machine.registered", &actor.account.id, actor.via(), id)
            .from(actor.ip.as_deref())
            .with("name", &new.name)
    };
    let now = state.now();
    match state.store.register_machine(&actor.account.id, &new, &slug, event, now).await? {
        Registration::Made(machine) => Ok((StatusCode::CREATED, Json(machine))),
        Registration::Adopted(machine) => Ok((StatusCode::OK, Json(machine))),
        Registration::SlugTaken(free) => Err(Refusal::slug_taken(free)),
        Registration::Full(full) => Err(Refusal::plan_required(&full)),
    }
}

pub(super) async fn change(
    Extract(state): Extract<State>,
    actor: Actor,
    Path(id): Path<String>,
    Body(mut change): Body<MachineChange>,
) -> Answer<Json<Machine>> {
    actor.may(MACHINE_WRITE)?;
    change.name = change.name.map(|given| name(&given)).transpose()?;
    change.location = change.location.map(zone).transpose()?;
    let mut event = Event::new("machine.changed", &actor.account.id, actor.via(), &id)
        .from(actor.ip.as_deref());
    for (what, value) in [("name", &change.name), ("location", &change.location)] {
        if let Some(value) = value {
            event = event.with(what, value);
        }
    }
    let now = state.now();
    let changed = state.store.change_machine(&actor.account.id, &id, &change, &event, now).await?;
    changed.map(Json).ok_or_else(|| Refusal::not_found("machine"))
}

pub(super) async fn remove(
    Extract(state): Extract<State>,
    actor: Actor,
    Path(id): Path<String>,
) -> Answer<StatusCode> {
    actor.may(MACHINE_WRITE)?;
    let event = Event::new("machine.removed", &actor.account.id, actor.via(), &id)
        .from(actor.ip.as_deref());
    if state.store.remove_machine(&actor.account.id, &id, &event, state.now()).await? {
        return Ok(StatusCode::NO_CONTENT);
    }
    Err(Refusal::not_found("machine"))
}

/// A zone key as Electricity Maps writes them: `DE`, `US-CAL-CISO`. Which ones
/// exist is the client's table; new ones must not need a new server.
fn zone(key: String) -> Answer<String> {
    let shaped = (2..=24).contains(&key.len())
        && !key.starts_with('-')
        && !key.ends_with('-')
        && key.bytes().all(|b| matches!(b, b'A'..=b'Z' | b'0'..=b'9' | b'-'));
    if shaped { Ok(key) } else { Err(Refusal::invalid("location is a zone key such as DE.")) }
}

fn short(text: &str) -> String {
    printable(text).chars().take(32).collect()
}

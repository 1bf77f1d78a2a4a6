//! Machines: one for each account and anchor, found again rather than doubled. A
//! slug is never changed: it was frozen when the machine was first named.

use super::names::{name, slug};
use super::{Denied, Invalid, Named, Principal};
use crate::i18n::printable;
use crate::server::domain::audit_action::AuditAction;
use crate::server::domain::plans::Bound;
use crate::server::state::State;
use crate::server::store::{Page, Rows, machines, plans};
use crate::wire::{Machine, MachineChange, NewMachine};

/// What a machine is called where there is none.
const NOUN: &str = "machine";

/// The machines of `by`'s account, oldest first; `anchor` says which one asks.
pub async fn list(
    state: &State,
    by: &Principal,
    anchor: Option<&str>,
    page: &Page,
) -> Result<Rows<Machine>, Denied> {
    Ok(state.store.machines(&by.account.id, anchor, page).await?)
}

/// Gets or makes the machine with this anchor; says too whether it was made. A
/// slug that was asked for is taken as it is or refused; a derived one gets a
/// number.
///
/// # Errors
/// When it is not as it should be, [`Denied::SlugTaken`], [`Denied::PlanFull`].
pub async fn register(
    state: &State,
    by: &Principal,
    mut new: NewMachine,
) -> Result<(Machine, bool), Denied> {
    let is_hex = new.anchor.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
    if new.anchor.len() != 64 || !is_hex {
        return Err(Invalid::Anchor.into());
    }
    new.name = name(&new.name, Named::Machine)?;
    new.location = new.location.map(zone).transpose()?;
    new.os = short(&new.os);
    new.arch = short(&new.arch);
    let mut slug = slug(new.slug.as_deref(), &new.name, NOUN)?;
    let (shared, now) = (state.clone(), state.now());
    state
        .write_as(by, async move |tx, by| {
            let account = &by.account.id;
            if let Some(machine) = machines::adopt(tx, account, &new, now).await? {
                return Ok((machine, false));
            }
            plans::require_room(tx, &shared.config.plans, Bound::Machines, account).await?;
            if machines::is_taken(tx, account, &slug).await? {
                let free = machines::free(tx, account, &slug).await?;
                if new.slug.is_some() {
                    return Err(Denied::SlugTaken(free));
                }
                slug = free;
            }
            let made = machines::create(tx, account, new, slug, now).await?;
            let event = by.event(AuditAction::MachineRegistered, &made.id);
            event.with("name", &made.name).write(tx, now).await?;
            Ok((made, true))
        })
        .await
}

/// Changes name and location.
///
/// # Errors
/// When there is no such machine, or they cannot be one.
pub async fn change(
    state: &State,
    by: &Principal,
    id: &str,
    mut change: MachineChange,
) -> Result<Machine, Denied> {
    change.name = change.name.map(|given| name(&given, Named::Machine)).transpose()?;
    change.location = change.location.map(zone).transpose()?;
    let (id, now) = (id.to_owned(), state.now());
    state
        .write_as(by, async move |tx, by| {
            let changed = machines::change(tx, &by.account.id, &id, &change, now).await?;
            let machine = changed.ok_or(Denied::NotFound(NOUN))?;
            let mut event = by.event(AuditAction::MachineChanged, &id);
            for (what, value) in [("name", change.name), ("location", change.location)] {
                if let Some(value) = value {
                    event = event.with(what, &value);
                }
            }
            event.write(tx, now).await?;
            Ok(machine)
        })
        .await
}

/// Forgets a machine.
///
/// # Errors
/// When there is no such machine.
pub async fn remove(state: &State, by: &Principal, id: &str) -> Result<(), Denied> {
    let (id, now) = (id.to_owned(), state.now());
    state
        .write_as(by, async move |tx, by| {
            if !machines::remove(tx, &by.account.id, &id).await? {
                return Err(Denied::NotFound(NOUN));
            }
            Ok(by.event(AuditAction::MachineRemoved, &id).write(tx, now).await?)
        })
        .await
}

/// A zone key as Electricity Maps writes them: `DE`, `US-CAL-CISO`. Which ones
/// exist is the client's table; new ones must not need a new server.
fn zone(key: String) -> Result<String, Invalid> {
    let shaped = (2..=24).contains(&key.len())
        && !key.starts_with('-')
        && !key.ends_with('-')
        && key.bytes().all(|b| matches!(b, b'A'..=b'Z' | b'0'..=b'9' | b'-'));
    if shaped { Ok(key) } else { Err(Invalid::Zone) }
}

fn short(text: &str) -> String {
    printable(text).chars().take(32).collect()
}

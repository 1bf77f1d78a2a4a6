//! Who is in a mesh. Every member sees the others; an administrator changes
//! and removes them; and anybody may leave, which is removing oneself.

use axum::Json;
use axum::extract::State as Extract;
use axum::http::StatusCode;

use super::listing;
use super::meshes::{joined, led};
use crate::server::caller::{Actor, Body, Paging, Path};
use crate::server::refusal::{Answer, Refusal};
use crate::server::scopes::{MESH_READ, MESH_WRITE};
use crate::server::state::State;
use crate::server::store::{Event, Unchanged};
use crate::wire::{Listing, Member, MemberChange};

pub(super) async fn list(
    Extract(state): Extract<State>,
    actor: Actor,
    Path(mesh): Path<String>,
    Paging(page): Paging,
) -> Answer<Json<Listing<Member>>> {
    actor.may(MESH_READ)?;
    let mesh = joined(&state, &actor, &mesh).await?;
    Ok(listing(state.store.members(&mesh.id, &page).await?))
}

pub(super) async fn change(
    Extract(state): Extract<State>,
    actor: Actor,
    Path((mesh, member)): Path<(String, String)>,
    Body(change): Body<MemberChange>,
) -> Answer<Json<Member>> {
    actor.may(MESH_WRITE)?;
    let mesh = led(&state, &actor, &mesh).await?;
    let event = Event::new("mesh.member.changed", &actor.account.id, actor.via(), &member)
        .from(actor.ip.as_deref())
        .with("mesh", &mesh.id)
        .with("role", change.role.word());
    let now = state.now();
    let changed = state.store.change_member(&mesh.id, &member, change.role, &event, now).await?;
    changed.map(Json).map_err(refused)
}

pub(super) async fn remove(
    Extract(state): Extract<State>,
    actor: Actor,
    Path((mesh, member)): Path<(String, String)>,
) -> Answer<StatusCode> {
    actor.may(MESH_WRITE)?;
    let leaves = member == actor.account.id;
    let mesh = if leaves {
        joined(&state, &actor, &mesh).await?
    } else {
        led(&state, &actor, &mesh).await?
    };
    let action = if leaves { "mesh.left" } else { "mesh.member.removed" };
    let event = Event::new(action, &actor.account.id, actor.via(), &member)
        .from(actor.ip.as_deref())
        .with("mesh", &mesh.id);
    let removed = state.store.remove_member(&mesh.id, &member, &event, state.now()).await?;
    removed.map(|()| StatusCode::NO_CONTENT).map_err(refused)
}

fn refused(why: Unchanged) -> Refusal {
    match why {
        Unchanged::Unknown => Refusal::not_found("member"),
        Unchanged::LastAdmin => Refusal::new(
            StatusCode::CONFLICT,
            "last_admin",
            "A mesh keeps at least one administrator.",
        )
        .hint("Make somebody else an administrator first, or remove the mesh."),
    }
}

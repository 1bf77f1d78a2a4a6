//! Meshes: list, create, show, rename, remove. What changes a mesh is for its
//! administrators ([`led`]).

use axum::Json;
use axum::extract::State as Extract;
use axum::http::StatusCode;

use super::{listing, name};
use crate::secret::random_bytes;
use crate::server::caller::{Actor, Body, Paging, Path};
use crate::server::refusal::{Answer, Refusal};
use crate::server::scopes::{MESH_READ, MESH_WRITE};
use crate::server::state::State;
use crate::server::store::{Event, NotMade};
use crate::slug::{is_slug, slugify};
use crate::wire::{Listing, Mesh, MeshChange, NewMesh, Role};

pub(super) async fn list(
    Extract(state): Extract<State>,
    actor: Actor,
    Paging(page): Paging,
) -> Answer<Json<Listing<Mesh>>> {
    actor.may(MESH_READ)?;
    Ok(listing(state.store.meshes(&actor.account.id, &page).await?))
}

pub(super) async fn show(
    Extract(state): Extract<State>,
    actor: Actor,
    Path(id): Path<String>,
) -> Answer<Json<Mesh>> {
    actor.may(MESH_READ)?;
    joined(&state, &actor, &id).await.map(Json)
}

pub(super) async fn create(
    Extract(state): Extract<State>,
    actor: Actor,
    Body(new): Body<NewMesh>,
) -> Answer<(StatusCode, Json<Mesh>)> {
    actor.may(MESH_WRITE)?;
    let name = name(&new.name)?;
    let slug = slug(new.slug.as_deref(), &name, "mesh")?;
    let event = |id: &str| {
        Event::new("mesh.created", &actor.account.id, actor.via(), id)
            .from(actor.ip.as_deref())
            .with("slug", &slug)
    };
    let made = state.store.create_mesh(&actor.account.id, &name, &slug, event, state.now()).await?;
    made.map(|mesh| (StatusCode::CREATED, Json(mesh))).map_err(|why| match why {
        NotMade::Taken(free) => Refusal::slug_taken(free),
        NotMade::Full(full) => Refusal::plan_required(&full),
    })
}

pub(super) async fn change(
    Extract(state): Extract<State>,
    actor: Actor,
    Path(id): Path<String>,
    Body(change): Body<MeshChange>,
) -> Answer<Json<Mesh>> {
    actor.may(MESH_WRITE)?;
    let mut mesh = led(&state, &actor, &id).await?;
    mesh.name = name(&change.name)?;
    let event = Event::new("mesh.renamed", &actor.account.id, actor.via(), &mesh.id)
        .from(actor.ip.as_deref())
        .with("name", &mesh.name);
    state.store.rename_mesh(&mesh.id, &mesh.name, &event, state.now()).await?;
    Ok(Json(mesh))
}

pub(super) async fn remove(
    Extract(state): Extract<State>,
    actor: Actor,
    Path(id): Path<String>,
) -> Answer<StatusCode> {
    actor.may(MESH_WRITE)?;
    let mesh = led(&state, &actor, &id).await?;
    let event = Event::new("mesh.removed", &actor.account.id, actor.via(), &mesh.id)
        .from(actor.ip.as_deref())
        .with("slug", &mesh.slug);
    if state.store.remove_mesh(&mesh.id, &event, state.now()).await? {
        return Ok(StatusCode::NO_CONTENT);
    }
    Err(Refusal::not_found("mesh"))
}

/// The mesh, if whoever asks is in it.
pub(super) async fn joined(state: &State, actor: &Actor, id: &str) -> Answer<Mesh> {
    let mesh = state.store.mesh(&actor.account.id, id).await?;
    mesh.ok_or_else(|| Refusal::not_found("mesh"))
}

/// The mesh, if whoever asks is an administrator of it.
pub(super) async fn led(state: &State, actor: &Actor, id: &str) -> Answer<Mesh> {
    let mesh = joined(state, actor, id).await?;
    if mesh.role == Role::Admin {
        return Ok(mesh);
    }
    Err(Refusal::not_an_admin())
}

/// The slug that was asked for, or the one the name gives; a name with nothing
/// of it left gets `kind` and eight random digits.
pub(super) fn slug(asked: Option<&str>, name: &str, kind: &str) -> Answer<String> {
    match asked {
        Some(slug) if is_slug(slug) => Ok(slug.to_owned()),
        Some(_) => Err(Refusal::invalid(
            "A slug is 1 to 63 lower-case letters and digits, with single dashes between.",
        )),
        None => {
            let slug = slugify(name);
            if !slug.is_empty() {
                return Ok(slug);
            }
            Ok(format!("{kind}-{}", data_encoding::HEXLOWER.encode(&random_bytes::<4>())))
        }
    }
}

//! Meshes: made by anybody, seen by their members, changed and removed by their
//! administrators. A mesh that gets another name keeps its slug, because links
//! and settings name it.

use super::names::{name, slug};
use super::{Denied, Named, Principal};
use crate::server::clock::timestamp;
use crate::server::domain::audit_action::AuditAction;
use crate::server::domain::news::PeerAddress;
use crate::server::domain::plans::Bound;
use crate::server::state::State;
use crate::server::store::{Page, Rows, Tx, meshes, new_id, plans};
use crate::wire::{Mesh, Role};

/// What a mesh is called where there is none.
pub(super) const NOUN: &str = "mesh";

/// The meshes that `by` is in, oldest first.
pub async fn list(state: &State, by: &Principal, page: &Page) -> Result<Rows<Mesh>, Denied> {
    Ok(state.store.meshes(&by.account.id, page).await?)
}

/// The mesh with this id, if `by` is in it.
///
/// # Errors
/// [`Denied::NotFound`], to everybody else too.
pub async fn find(state: &State, by: &Principal, id: &str) -> Result<Mesh, Denied> {
    state.store.mesh(&by.account.id, id).await?.ok_or(Denied::NotFound(NOUN))
}

/// Refuses whoever is not in the mesh with this id.
///
/// # Errors
/// [`Denied::NotFound`].
pub(super) async fn require_seat(state: &State, by: &Principal, id: &str) -> Result<(), Denied> {
    let has_seat = state.store.has_seat(id, &by.account.id).await?;
    has_seat.then_some(()).ok_or(Denied::NotFound(NOUN))
}

/// By what the peer with the id `peer` is addressed in the mesh with this id, if it
/// lives and is `by`'s.
///
/// # Errors
/// [`Denied::NotFound`].
pub(super) async fn own_peer(
    state: &State,
    by: &Principal,
    id: &str,
    peer: &str,
) -> Result<PeerAddress, Denied> {
    let found = state.store.own_peer(id, &by.account.id, peer, state.now()).await?;
    found.ok_or(Denied::NotFound(NOUN))?.ok_or(Denied::NotFound("peer"))
}

/// The mesh with this slug, if `by` is in it.
///
/// # Errors
/// [`Denied::NotFound`], to everybody else too.
pub async fn find_by_slug(state: &State, by: &Principal, slug: &str) -> Result<Mesh, Denied> {
    state.store.mesh_by_slug(&by.account.id, slug).await?.ok_or(Denied::NotFound(NOUN))
}

/// The mesh with this id, if `by` is an administrator of it.
///
/// # Errors
/// [`Denied::NotFound`], [`Denied::NotMeshAdmin`].
pub(super) async fn find_as_admin(state: &State, by: &Principal, id: &str) -> Result<Mesh, Denied> {
    find(state, by, id).await.and_then(as_admin)
}

/// The same inside a transaction, which locks the mesh: nobody changes who is in
/// it, or what they may do there, meanwhile.
///
/// # Errors
/// [`Denied::NotFound`], [`Denied::NotMeshAdmin`].
pub(super) async fn require_mesh_admin(
    tx: &mut Tx,
    by: &Principal,
    id: &str,
) -> Result<Mesh, Denied> {
    require_member(tx, by, id).await.and_then(as_admin)
}

/// The mesh with this id, which is locked, if `by` is in it.
///
/// # Errors
/// [`Denied::NotFound`].
pub(super) async fn require_member(tx: &mut Tx, by: &Principal, id: &str) -> Result<Mesh, Denied> {
    meshes::lock(tx, id).await?;
    meshes::seen(tx, &by.account.id, id).await?.ok_or(Denied::NotFound(NOUN))
}

/// `mesh` as somebody found it, if they are an administrator of it.
///
/// # Errors
/// [`Denied::NotMeshAdmin`].
pub(super) fn as_admin(mesh: Mesh) -> Result<Mesh, Denied> {
    if mesh.role == Role::Admin { Ok(mesh) } else { Err(Denied::NotMeshAdmin) }
}

/// Makes a mesh whose first administrator `by` is. Its slug is what was `asked`
/// for, or derived from its name.
///
/// # Errors
/// When name or slug cannot be one, [`Denied::SlugTaken`], [`Denied::PlanFull`].
pub async fn create(
    state: &State,
    by: &Principal,
    given: &str,
    asked: Option<&str>,
) -> Result<Mesh, Denied> {
    let now = state.now();
    let name = name(given, Named::Mesh)?;
    let slug = slug(asked, &name, NOUN)?;
    let (id, created_at) = (new_id(now), timestamp(now));
    let mesh = Mesh { id, name, slug, role: Role::Admin, member_count: 1, created_at };
    let shared = state.clone();
    state
        .write_as(by, async move |tx, by| {
            let account = &by.account.id;
            plans::require_room(tx, &shared.config.plans, Bound::Meshes, account).await?;
            if !meshes::create(tx, &mesh, account, now).await? {
                return Err(Denied::SlugTaken(meshes::free(tx, &mesh.slug).await?));
            }
            let event = by.event(AuditAction::MeshCreated, &mesh.id).with("slug", &mesh.slug);
            event.write(tx, now).await?;
            Ok(mesh)
        })
        .await
}

/// Gives a mesh another name.
pub async fn rename(state: &State, by: &Principal, id: &str, given: &str) -> Result<Mesh, Denied> {
    find_as_admin(state, by, id).await?;
    let (id, name, now) = (id.to_owned(), name(given, Named::Mesh)?, state.now());
    state
        .write_as(by, async move |tx, by| {
            let mut mesh = require_mesh_admin(tx, &by, &id).await?;
            meshes::rename(tx, &id, &name).await?;
            by.event(AuditAction::MeshRenamed, &id).with("name", &name).write(tx, now).await?;
            mesh.name = name;
            Ok(mesh)
        })
        .await
}

/// Removes a mesh with its memberships and its invites.
pub async fn remove(state: &State, by: &Principal, id: &str) -> Result<(), Denied> {
    let (id, now) = (id.to_owned(), state.now());
    state
        .write_as(by, async move |tx, by| {
            let mesh = require_mesh_admin(tx, &by, &id).await?;
            meshes::remove(tx, &id).await?;
            let event = by.event(AuditAction::MeshRemoved, &id).with("slug", &mesh.slug);
            Ok(event.write(tx, now).await?)
        })
        .await
}

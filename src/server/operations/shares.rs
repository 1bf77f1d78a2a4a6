//! Sharing connections in a mesh: an administrator of it lets its members start agents with
//! an account of their own. Members are given what opens it for each start, and see nothing
//! else of it. It ends with the sharing, or once whoever shares it is out of the mesh.

use super::meshes::{require_member, require_mesh_admin};
use super::{Denied, Invalid, Principal, meshes};
use crate::server::domain::audit_action::AuditAction;
use crate::server::state::State;
use crate::server::store::shares::masked;
use crate::server::store::{Page, Rows, connections, shares};
use crate::wire::{Connection, MOST_A_DAY, NewShare, Role, Share};

/// What is shared in a mesh that `by` is in, oldest first.
///
/// # Errors
/// [`Denied::NotFound`].
pub async fn list(
    state: &State,
    by: &Principal,
    mesh: &str,
    page: &Page,
) -> Result<Rows<Share>, Denied> {
    let mesh = meshes::find(state, by, mesh).await?;
    Ok(state.store.shares(&mesh.id, &by.account.id, page, state.now()).await?)
}

/// Shares a connection of `by`'s in a mesh, or with another limit; says too whether it is
/// new.
///
/// # Errors
/// When it is not `by`'s to do, there is no such connection, or the limit can be none.
pub async fn share(
    state: &State,
    by: &Principal,
    mesh: &str,
    new: NewShare,
) -> Result<(Share, bool), Denied> {
    by.require_session()?;
    if new.daily.is_some_and(|daily| !(1..=MOST_A_DAY).contains(&daily)) {
        return Err(Invalid::Daily.into());
    }
    let (mesh, now) = (mesh.to_owned(), state.now());
    state
        .write_as(by, async move |tx, by| {
            require_mesh_admin(tx, &by, &mesh).await?;
            let account = &by.account;
            let kept = connections::find_id(tx, &account.id, &new.connection).await?;
            let connection = kept.ok_or(Denied::NotFound("connection"))?.connection;
            let is_new = shares::insert(tx, &mesh, &connection.id, new.daily, now).await?;
            let event = by.event(AuditAction::ProviderShared, &connection.id);
            let mut event = event.with("provider", &connection.provider).with("mesh", &mesh);
            if let Some(daily) = new.daily {
                event = event.with("daily", &daily.to_string());
            }
            event.write(tx, now).await?;
            let used = shares::used(tx, &mesh, &connection.id, &account.id, now).await?;
            let share = Share {
                connection: masked(connection, account.name.clone()),
                daily: new.daily,
                used_today: u32::try_from(used).unwrap_or(u32::MAX),
                yours: true,
            };
            Ok((share, is_new))
        })
        .await
}

/// Ends the sharing of a connection in a mesh: whoever shares it may, and the mesh's
/// administrators.
///
/// # Errors
/// When it is not `by`'s to do, or it is not shared there.
pub async fn unshare(
    state: &State,
    by: &Principal,
    mesh: &str,
    connection: &str,
) -> Result<(), Denied> {
    by.require_session()?;
    let (mesh, id, now) = (mesh.to_owned(), connection.to_owned(), state.now());
    state
        .write_as(by, async move |tx, by| {
            let seen = require_member(tx, &by, &mesh).await?;
            let sharer = shares::sharer(tx, &mesh, &id).await?;
            let sharer = sharer.ok_or(Denied::NotFound("connection"))?;
            if sharer != by.account.id && seen.role != Role::Admin {
                return Err(Denied::NotMeshAdmin);
            }
            shares::remove(tx, &mesh, &id).await?;
            let event = by.event(AuditAction::ProviderUnshared, &id).with("mesh", &mesh);
            event.write(tx, now).await?;
            Ok(())
        })
        .await
}

/// `connections` of `by`'s, each with the meshes it is shared in.
///
/// # Errors
/// The database's.
pub(super) async fn with_meshes(
    state: &State,
    by: &Principal,
    connections: Rows<Connection>,
) -> Result<Rows<Connection>, Denied> {
    let mut shared = state.store.shared_in(&by.account.id).await?;
    Ok(connections
        .map(|one| Connection { shared_in: shared.remove(&one.id).unwrap_or_default(), ..one }))
}

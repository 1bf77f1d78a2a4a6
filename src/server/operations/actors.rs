//! Who does something in a mesh: a peer of the person, or the person themselves. What
//! others see is a name that is theirs alone there.

use super::{Denied, Principal};
use crate::server::denied::DeniedInMesh;
use crate::server::store::tasks::TaskActor;
use crate::server::store::{Tx, members, meshes, peers};
use crate::slug::slugify;

/// What a mesh is called where there is none.
const NOUN: &str = "mesh";

/// `by` as others in `mesh` see them, who acts as the peer with the id `peer` or by
/// themselves. Nobody takes them out of the mesh before the transaction ends.
///
/// # Errors
/// [`Denied::NotFound`] where they are not in it, or have no such live peer there.
pub(super) async fn actor(
    tx: &mut Tx,
    by: &Principal,
    mesh: &str,
    peer: Option<&str>,
    now: i64,
) -> Result<TaskActor, Denied> {
    let account = &by.account.id;
    require_seat(tx, by, mesh).await?;
    let name = if let Some(id) = peer {
        let live = peers::live(tx, id, now).await?;
        let own = live.filter(|peer| peer.account_id == *account && peer.mesh_id == mesh);
        own.ok_or(Denied::NotFound("peer"))?.name
    } else {
        let wanted = wanted(&by.account.name);
        peers::name(tx, mesh, account, &wanted, None, now).await?
    };
    let peer_id = peer.map(str::to_owned);
    Ok(TaskActor { account_id: account.clone(), name, peer_id })
}

/// Refuses whoever is not in `mesh`; nobody takes them out of it before the
/// transaction ends.
///
/// # Errors
/// [`Denied::NotFound`].
pub(super) async fn require_seat(tx: &mut Tx, by: &Principal, mesh: &str) -> Result<(), Denied> {
    let seat = meshes::seat(tx, &by.account.id, mesh).await?;
    seat.ok_or(Denied::NotFound(NOUN))
}

/// Refuses whom an administrator of `mesh` has blocked there.
///
/// # Errors
/// [`DeniedInMesh::Blocked`].
pub(super) async fn require_unblocked(
    tx: &mut Tx,
    by: &Principal,
    mesh: &str,
) -> Result<(), Denied> {
    if members::is_blocked(tx, mesh, &by.account.id).await? {
        return Err(DeniedInMesh::Blocked.into());
    }
    Ok(())
}

/// The name that messages to whoever is called `name` are addressed to, if it is
/// free.
pub(super) fn wanted(name: &str) -> String {
    let slug = slugify(name);
    if slug.is_empty() { "peer".to_owned() } else { slug }
}

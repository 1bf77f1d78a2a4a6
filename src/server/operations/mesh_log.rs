//! What happened in a mesh, for its members.

use super::{Denied, Principal, meshes};
use crate::server::domain::news::Listener;
use crate::server::mesh_wake::MeshWait;
use crate::server::state::State;
use crate::wire::{LARGEST_PAGE, MeshLog};

/// What happened in a mesh after number `after`.
///
/// # Errors
/// [`Denied::NotFound`].
pub async fn list(
    state: &State,
    by: &Principal,
    mesh: &str,
    after: i64,
) -> Result<MeshLog, Denied> {
    meshes::require_seat(state, by, mesh).await?;
    let data = state.store.mesh_events(mesh, after, i64::from(LARGEST_PAGE)).await?;
    let last = data.last().map_or(after, |event| event.number);
    let newest = state.store.last_number(mesh).await?;
    Ok(MeshLog { data, last, newest })
}

/// The number of the last that happened there.
pub async fn last(state: &State, mesh: &str) -> Result<i64, Denied> {
    Ok(state.store.last_number(mesh).await?)
}

/// Waits for something to happen in `mesh` from now on.
pub fn wait(state: &State, mesh: &str) -> MeshWait {
    state.mesh_wake.wait_in(mesh, Listener::Log)
}

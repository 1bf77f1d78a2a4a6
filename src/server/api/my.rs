//! `/api/my`: what belongs to whoever asks.

mod account;
mod connections;
mod in_mesh;
mod invites;
mod machines;
mod members;
mod mesh_log;
mod meshes;
mod messages;
mod peers;
mod sessions;
mod shares;
mod tasks;
mod tokens;

use crate::server::http::routes::Routes;

pub fn routes() -> Routes {
    account::routes()
        .merge(meshes::routes())
        .merge(members::routes())
        .merge(peers::routes())
        .merge(messages::routes())
        .merge(tasks::routes())
        .merge(mesh_log::routes())
        .merge(invites::routes())
        .merge(machines::routes())
        .merge(connections::routes())
        .merge(shares::routes())
        .merge(sessions::routes())
        .merge(tokens::routes())
}

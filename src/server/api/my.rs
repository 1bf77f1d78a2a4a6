//! `/api/my`: what belongs to whoever asks.

mod account;
mod invites;
mod machines;
mod members;
mod meshes;
mod sessions;
mod tokens;

use crate::server::http::routes::Routes;

pub fn routes() -> Routes {
    account::routes()
        .merge(meshes::routes())
        .merge(members::routes())
        .merge(invites::routes())
        .merge(machines::routes())
        .merge(sessions::routes())
        .merge(tokens::routes())
}

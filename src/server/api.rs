//! The JSON API: what a request says, the operation it asks for, the answer.

pub mod admin;
pub mod cli_auth;
pub mod device_flows;
pub mod invites;
pub mod my;

mod listing;

use super::http::routes::Routes;

/// The routes of the JSON API.
pub fn routes() -> Routes {
    cli_auth::routes()
        .merge(my::routes())
        .merge(device_flows::routes())
        .merge(admin::routes())
        .merge(invites::routes())
}

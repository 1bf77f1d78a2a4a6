//! The instance server: identity, meshes, machines and pages, on one database.
//!
//! [`Server::start`] runs one for others; [`embedded::Embedded`] is the one
//! built into a command for the person at the keyboard. Both are the same
//! routes over the same [`state::State`].

pub mod approvals;
pub mod config;
pub mod embedded;
pub mod keys;
pub mod limits;
pub mod pace;
pub mod state;
pub mod store;
pub mod wake;

use std::net::SocketAddr;

use url::Url;

pub use self::config::{Config, Database, Limits, SignUp};
use crate::secret::Secret;
use crate::trouble::Trouble;

/// Starts instances.
#[derive(Debug)]
pub struct Server;

/// An instance that runs. Dropping it stops listening; [`Running::stop`] also
/// answers what is held.
#[derive(Debug)]
pub struct Running {
    address: SocketAddr,
    base: Url,
    admin_link: Option<Secret>,
    state: state::State,
}

impl Server {
    /// Starts an instance.
    ///
    /// # Errors
    /// When the database, the key or the address cannot be used, or when it
    /// would serve sign-ins in the clear off loopback.
    // The listener comes with the routes.
    #[allow(clippy::unused_async)]
    pub async fn start(_config: Config) -> Result<Running, Trouble> {
        Err(Trouble::internal("the instance server is not built yet"))
    }
}

impl Running {
    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Where people reach it.
    pub fn base_url(&self) -> &Url {
        &self.base
    }

    /// The one-time link for the first administrator, while there is none.
    pub fn admin_link(&self) -> Option<&Secret> {
        self.admin_link.as_ref()
    }

    /// What its routes are given.
    pub fn state(&self) -> &state::State {
        &self.state
    }

    /// Answers held polls with `authorization_pending`, finishes what is under
    /// way, and stops.
    // The listener comes with the routes.
    #[allow(clippy::unused_async)]
    pub async fn stop(self) {}
}

//! Running an instance for a team.

use std::net::SocketAddr;

use clap::{Args, ValueEnum};
use url::Url;

use super::say;
use crate::credentials::Credentials;
use crate::i18n::{Catalog, Message};
use crate::secret::Secret;
use crate::server::Server;
use crate::server::config::{Config, Database, SignUp};
use crate::surroundings::Surroundings;
use crate::trouble::Trouble;

/// Run an instance for a team
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  crewmesh serve
  crewmesh serve --listen 0.0.0.0:7437 --public-url https://mesh.example.org
  crewmesh serve --database postgres://crewmesh@db.example.org/crewmesh?sslmode=verify-full

A PostgreSQL password belongs in PGPASSWORD, in ~/.pgpass, or in a whole address
in CREWMESH_DATABASE, where no list of processes shows it. Every node is given
the same CREWMESH_INSTANCE_KEY.")]
pub(crate) struct Serve {
    /// Where to listen
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:7437")]
    listen: SocketAddr,
    /// The address people reach it by; required off loopback
    #[arg(long, value_name = "URL")]
    public_url: Option<Url>,
    /// Where everything is kept: an SQLite file, or a postgres:// address for
    /// several nodes
    #[arg(long, value_name = "PATH|URL")]
    database: Option<String>,
    /// The most connections to the database (SQLite 4, PostgreSQL 16)
    #[arg(long, value_name = "COUNT")]
    connections: Option<u32>,
    /// Who may make an account
    #[arg(long, value_name = "WHO")]
    sign_up: Option<Who>,
    /// Serve plain HTTP off loopback all the same
    #[arg(long)]
    insecure_http: bool,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Who {
    Open,
    Invite,
    Closed,
}

/// Serves until SIGINT or SIGTERM, then answers what is held and stops.
pub(super) fn run(serve: &Serve, here: &Surroundings, catalog: &Catalog) -> Result<u8, Trouble> {
    let database =
        match serve.database.as_deref().or_else(|| here.variables.get("CREWMESH_DATABASE")) {
            Some(text) => Database::parse(text),
            None => Database::in_home(Credentials::new(here).home()?.path()),
        };
    let mut config = Config::new(serve.listen, database);
    config.public_url.clone_from(&serve.public_url);
    config.connections = serve.connections;
    config.insecure_http = serve.insecure_http;
    config.key = here.variables.get("CREWMESH_INSTANCE_KEY").map(Secret::new);
    if let Some(who) = serve.sign_up {
        config.sign_up = match who {
            Who::Open => SignUp::Open,
            Who::Invite => SignUp::Invite,
            Who::Closed => SignUp::Closed,
        };
    }
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(Trouble::internal)?;
    runtime.block_on(async {
        // Before anybody is told that it serves: whoever reads that may stop it
        // at once.
        let stopped = stopped()?;
        let running = Server::start(config).await?;
        say(catalog, &Message::new("serve-serving").with("url", running.base_url().as_str()));
        if let Some(link) = running.admin_link() {
            // Printed once, by the command that made it.
            say(catalog, &Message::new("serve-first-admin").with("link", link.expose()));
        }
        stopped.await;
        running.stop().await;
        Ok(0)
    })
}

/// Comes when whoever runs the instance, or the system, wants it to stop.
#[cfg(unix)]
fn stopped() -> Result<impl Future<Output = ()>, Trouble> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut terminated = signal(SignalKind::terminate()).map_err(Trouble::internal)?;
    let mut interrupted = signal(SignalKind::interrupt()).map_err(Trouble::internal)?;
    Ok(async move {
        tokio::select! {
            _ = interrupted.recv() => {}
            _ = terminated.recv() => {}
        }
    })
}

#[cfg(not(unix))]
fn stopped() -> Result<impl Future<Output = ()>, Trouble> {
    Ok(async {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    })
}

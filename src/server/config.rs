//! What an instance is told before it starts. Everything that differs between
//! `crewmesh serve` and the embedded instance is a value in here; nothing
//! below reads the environment.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::time::Duration;

use url::Url;

use super::state::Clock;
use crate::secret::Secret;

/// How an instance is to run.
#[derive(Clone, Debug)]
pub struct Config {
    /// Where to listen; port 0 takes a free one.
    pub listen: SocketAddr,
    /// The address people reach it by, scheme and authority only. Required off
    /// loopback. Issuer and links come from here, never from a Host header.
    pub public_url: Option<Url>,
    /// Where everything is kept.
    pub database: Database,
    /// The most connections to it; `None` is what suits it. All nodes together
    /// must stay below PostgreSQL's `max_connections`.
    pub connections: Option<u32>,
    /// The instance key in lower-case hex (32 bytes), where it is not the 0600
    /// file beside the database (`CREWMESH_INSTANCE_KEY`).
    pub key: Option<Secret>,
    /// Who may make an account.
    pub sign_up: SignUp,
    /// Serve plain HTTP off loopback all the same.
    pub insecure_http: bool,
    /// Whose `X-Forwarded-For` is believed: our own proxies.
    pub trusted_proxies: Vec<IpAddr>,
    /// The longest hold of a poll; below the proxy's own limit.
    pub longest_hold: Duration,
    /// How much is let through.
    pub limits: Limits,
    /// What time it is.
    pub clock: Clock,
}

impl Config {
    /// A server at `listen` on `database`, everything else as documented:
    /// sign-up open on loopback and by invite elsewhere.
    pub fn new(listen: SocketAddr, database: Database) -> Self {
        let sign_up = if listen.ip().is_loopback() { SignUp::Open } else { SignUp::Invite };
        Self {
            listen,
            public_url: None,
            database,
            connections: None,
            key: None,
            sign_up,
            insecure_http: false,
            trusted_proxies: Vec::new(),
            longest_hold: Duration::from_secs(25),
            limits: Limits::default(),
            clock: Clock::default(),
        }
    }

    /// On loopback, on a free port, in memory: for tests.
    pub fn in_memory() -> Self {
        Self::new(SocketAddr::new(Ipv4Addr::LOCALHOST.into(), 0), Database::Memory)
    }
}

/// Where an instance keeps what it knows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Database {
    /// One SQLite file; several processes may share it.
    Sqlite(PathBuf),
    /// Gone with the process.
    Memory,
    /// A PostgreSQL URL, for several nodes.
    Postgres(Secret),
}

impl Database {
    /// The file that the embedded instance keeps in `home`, and that
    /// `crewmesh serve` opens too, so that `local` can become a team's.
    pub fn in_home(home: &Path) -> Self {
        Self::Sqlite(home.join("instance.db"))
    }

    /// Whether its key lies beside it.
    pub fn has_key_file(&self) -> bool {
        matches!(self, Self::Sqlite(path) if path.with_extension("key").exists())
    }

    /// Reads `--database`: `postgres://…`, `sqlite:PATH`, or a path.
    pub fn parse(text: &str) -> Self {
        if text.starts_with("postgres://") || text.starts_with("postgresql://") {
            return Self::Postgres(Secret::new(text));
        }
        let path = text.strip_prefix("sqlite://").or_else(|| text.strip_prefix("sqlite:"));
        Self::Sqlite(PathBuf::from(path.unwrap_or(text)))
    }
}

/// Who may make an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SignUp {
    /// Anybody who reaches the page.
    Open,
    /// Whoever holds an invite.
    Invite,
    /// Nobody.
    Closed,
}

impl SignUp {
    /// As the metadata says it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Invite => "invite",
            Self::Closed => "closed",
        }
    }
}

/// How many of a thing are let through in a minute. Beyond it: 429 with
/// Retry-After.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Device authorizations, per network address.
    pub device_authorizations: u32,
    /// Sign-ins by password, per account and network address.
    pub sign_ins: u32,
    /// Anything else, per credential; without one, per network address.
    pub requests: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self { device_authorizations: 30, sign_ins: 10, requests: 600 }
    }
}

//! The instance server: identity, meshes, machines and pages, on one database.
//!
//! [`Server::start`] runs one for others; [`embedded::Embedded`] is the one
//! built into a command for the person at the keyboard. Both are the same
//! routes ([`router`]) over the same [`state::State`].
//!
//! From the top: `api`, `mcp`, `pages` and `oauth` read a request, ask for an
//! operation and write the answer; `http` is what stands before them;
//! `operations` is what can be done, with its rules; `domain` the rules that
//! touch nothing; `store` the tables on `db`, the one door to a database. The rest is the ground they stand on.

pub mod embedded;
mod instance;
pub mod network;
mod start;

pub mod router;

pub mod api;
pub mod mcp;
pub mod oauth;
pub mod pages;

pub mod http;

pub mod operations;

pub mod state;

pub mod client_documents;
pub mod heartbeats;
pub mod mail;
pub mod passwords;
pub mod providers;
pub mod rate_limits;
pub mod readiness;
pub mod upstreams;
pub mod uses_noted;
pub mod vault;
pub mod watch;

pub mod mesh_wake;
pub mod wake;

pub mod store;

mod key_file;

pub mod denied;

pub mod db;

pub mod config;

pub mod clock;
pub mod counters;
pub mod domain;

pub use self::config::{Config, Database, Limits, SignUp};
pub use self::instance::{Running, Server, public_url};

//! The mesh for a code agent, by the Model Context Protocol: what it can do there as
//! tools, what it can look at as resources, how it begins as prompts. Both eras of
//! the protocol are served: revisions up to 2025-11-25, which begin with
//! `initialize`, and 2026-07-28, which asks `server/discover`.
//!
//! This is the one module that knows rmcp (3.11). What the tools stand on is a
//! [`Workplace`]: a client of an instance, or the instance itself.

mod handler;
#[cfg(feature = "server")]
mod http;
mod prompts;
mod pushed;
mod resources;
mod stdio;
mod subscriptions;
mod tools;
mod workplace;

pub use self::handler::Handler;
#[cfg(feature = "server")]
pub use self::http::answer;
pub use self::pushed::pushed;
pub use self::stdio::{serve, serve_stdio};
#[cfg(feature = "server")]
pub use self::workplace::LONGEST_WAIT;
pub use self::workplace::{Seen, Sight, Whoami, Workplace};

//! crewmesh signs a person in from a bare terminal, puts this machine into
//! their mesh, and starts their code agent there as that person.
//!
//! A tour, in reading order. Arrows run down this list only: what a room needs
//! stands below it, and `tests/tour.rs` holds the rooms to that.

// A command: what was asked for, and what is said in the end.
pub mod cli;

// What the wizard wants done, done; and the loop with its three front ends:
// cells, lines, nobody.
pub mod runner;

pub mod run;

// Pages as lines and pages on the whole screen; and the desktop beside them.
pub mod plain;

pub mod desktop;

pub mod terminal;

// The wizard: pure. What happened goes in, what is to be done comes out.
pub mod wizard;

// Identity: signing in, to which server, where that is kept, and the folder
// it is kept in.
pub mod sign_in;

pub mod instance;

pub mod credentials;

pub mod home;

// The instance server.
#[cfg(feature = "server")]
pub mod server;

// The mesh as tools for a code agent.
pub mod mcp;

// Connecting an account at an AI provider, for whoever asks the person.
pub mod connect;

// This machine and its agents.
pub mod agent;

pub mod machine;

// AI providers: what is known of each, and what a person brings of one.
pub mod provider;

// What a person types or pastes, read.
pub mod input;

// What everything above talks in: the nouns, signing in with a code at any
// server, the client of an instance's API, how a request goes out, and what
// goes over the wire.
pub mod model;

pub mod device_grant;

pub mod api;

pub mod http;

pub mod wire;

// What this process can know about where it runs, read once.
pub mod environment;

// A message in words, an error, a point in time, a secret, what is sealed, a slug; a
// lock on a file, and a file that is one.
pub mod error;

pub mod i18n;
pub mod locked_file;
pub mod regular_file;
pub mod sealed;
pub mod secret;
pub mod slug;
pub mod time_point;

// Fixtures that unit tests and tests/ share name the crate from outside.
#[cfg(test)]
extern crate self as crewmesh;

// And so do the inputs that parsers are tried with.
#[cfg(test)]
#[allow(dead_code, reason = "shared with tests/, which use the rest")]
#[path = "../tests/support/cases.rs"]
mod cases;

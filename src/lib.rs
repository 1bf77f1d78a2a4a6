//! crewmesh signs a person in from a bare terminal, puts this machine into
//! their mesh, and starts their code agent there as that person.
//!
//! A tour, in reading order. Arrows run down this list only.

// What runs, and where.
pub mod cli;
pub mod surroundings;

// The wizard: pure. What happened goes in, what is to be done comes out.
pub mod wizard;

// Its two front ends and its hands.
pub mod plain;
pub mod reach;
pub mod run;
pub mod runner;
pub mod terminal;

// Identity.
pub mod api;
pub mod credentials;
pub mod instance;
pub mod sign_in;

// This machine and its agents.
pub mod agent;
pub mod machine;

// The instance server.
#[cfg(feature = "server")]
pub mod server;

// What everything above talks in.
pub mod i18n;
pub mod locked;
pub mod model;
pub mod moment;
pub mod secret;
pub mod trouble;

// Fixtures that unit tests and tests/ share name the crate from outside.
#[cfg(test)]
extern crate self as crewmesh;

//! Every integration test is a module of this one binary: each further
//! binary would cost seconds of linking.

#[allow(dead_code, reason = "the ground is laid before everything stands on it")]
mod support;

#[cfg(all(unix, feature = "server"))]
mod agents;
mod cli;
mod client;
mod flows;
mod fuzz;
#[cfg(feature = "server")]
mod interop;
#[cfg(unix)]
mod journeys;
mod pages;
#[cfg(feature = "server")]
mod pages_web;
mod saved_sign_ins;
#[cfg(feature = "server")]
mod server;
mod tour;

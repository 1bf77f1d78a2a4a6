//! Journeys of a person: the real program in a real terminal against a real
//! instance. Few, long, and each ends by asking whether the terminal is whole.

#[cfg(feature = "server")]
mod connecting;
#[cfg(feature = "server")]
mod every_screen;
#[cfg(feature = "server")]
mod failures;
mod harness;
#[cfg(feature = "server")]
mod invalid_input;
#[cfg(feature = "server")]
mod launching;
#[cfg(feature = "server")]
mod network;
#[cfg(feature = "server")]
mod phone;
#[cfg(feature = "server")]
mod signing_in;
#[cfg(feature = "server")]
mod steps;
#[cfg(feature = "server")]
mod terminals;

#[cfg(feature = "server")]
use steps::{WAITING, approve, at_home, browse, browse_as, code, row};

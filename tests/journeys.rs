//! Journeys of a person: the real program in a real terminal against a real
//! instance. Few, long, and each ends by asking whether the terminal is whole.

mod ground;
#[cfg(feature = "server")]
mod launching;

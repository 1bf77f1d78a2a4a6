//! The rules of the device grant (RFC 8628) as a client keeps them with any
//! server: what a reply means, and when the next question may be asked. Pure:
//! no network, no clock. Surprising rule: a verdict is an OAuth error body,
//! whatever the HTTP status around it, and nothing else ends the waiting; HTML
//! with a 403 on it is the network's trouble, not the person's refusal.

pub mod authorization;
mod pacing;
mod verdict;

pub use pacing::{Ask, Pacing, Step, Verdict};
pub use verdict::{cli_status, token_reply};

#[cfg(test)]
mod tests;

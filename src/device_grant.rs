//! The device grant (RFC 8628) as a client uses it with any server: asking for
//! a code, asking whether it was approved, and when the next question may be
//! asked. A [`Grant`] knows endpoints, a client and a scope, and nothing of
//! instances. Surprising rule: a verdict is an OAuth error body, whatever the
//! HTTP status around it, and nothing else ends the waiting; HTML with a 403 on
//! it is the network's trouble, not the person's refusal.

pub mod authorization;
pub mod grant;
mod pacing;
mod poll;
pub(crate) mod token_reply;

pub use grant::{Endpoints, Grant};
pub use pacing::{Ask, Pace, Pacing, Step, Verdict, backoff};
pub use poll::{IssuedToken, Poll};

#[cfg(test)]
mod tests;

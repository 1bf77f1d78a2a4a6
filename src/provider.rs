//! AI providers: [`spec`] is what is known of each, [`registry`] what whoever runs this
//! says otherwise, [`credential`] tells what somebody pasted, [`verify`] asks the provider about it, [`model_server`] a server of the
//! person's own, [`redirect`] by a browser that
//! comes back, [`renewal`] for what follows on what it gave out, which [`claims`] reads,
//! [`vendor`] for what a program of the provider's own signs in by.

pub mod claims;
pub mod credential;
pub mod model_server;
pub mod redirect;
pub mod registry;
pub mod renewal;
pub mod spec;
pub mod vendor;
mod verdict;
pub mod verify;

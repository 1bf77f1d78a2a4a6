//! Signing in to an instance: by device code, as a service client, and whose
//! token one is. Surprising rule: a device code is written to disk before it is
//! shown, so that no approval can find nobody listening.

mod cli_dialect;
mod device_code;
mod identity;
pub mod known_instances;
pub mod service_client;

pub use device_code::{
    answer, approval_card, decline, drop_pending, open_nearby, poll, put_off, request_code, resume,
};
pub use identity::{identify, revoke};

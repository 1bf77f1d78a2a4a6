//! The rules of an instance that touch nothing: no database, no network, no
//! clock of their own.

pub mod audit_action;
pub mod client_ip;
pub mod clients;
pub mod code_words;
pub mod device_code_state;
pub mod invite_code;
pub mod keys;
pub mod news;
pub mod one_time_code;
pub mod opening;
pub mod plans;
pub mod poll_rate;
pub mod public_addresses;
pub mod refresh_token_state;
pub mod resource;
pub mod scopes;
pub mod systems;
pub mod vault;

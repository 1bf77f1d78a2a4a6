//! The client's side of an instance's API.

pub mod wire;

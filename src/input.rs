//! What a person types or pastes, read: an address, an invite, a token. Pure:
//! nothing is asked and nothing is kept.

pub mod address;
pub mod invite;
pub mod peel;
pub mod token;

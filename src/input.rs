//! What a person types or pastes, read: an address, an invite, a
//! token, another device's code. Pure: nothing is asked and nothing is kept.

pub mod address;
pub mod invite;
pub mod pasted;
pub mod peel;
pub mod token;
pub mod user_code;

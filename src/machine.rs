//! This computer as the account knows it.

pub mod slug;

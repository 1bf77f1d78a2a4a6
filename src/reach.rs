//! The desktop around us, best effort and honest about it.

pub mod browser;
pub mod clipboard;

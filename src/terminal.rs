//! The full screen.

pub mod theme;

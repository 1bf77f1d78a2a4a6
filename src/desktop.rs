//! The desktop around us: its clipboard, its browser. Best effort, and honest
//! about what came of it.

pub mod browser;
pub mod clipboard;

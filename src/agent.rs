//! Agents on this machine: [`detect`] finds them.

pub mod detect;

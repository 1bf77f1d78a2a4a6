//! Agents on this machine: [`detect`] finds them, [`plan`] says what one is
//! given, [`hand_off`] becomes it.

pub mod detect;
pub mod hand_off;
pub mod plan;

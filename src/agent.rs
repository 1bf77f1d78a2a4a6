//! Agents on this machine, and becoming one. [`detect`] finds them, [`plan`]
//! says what is to be started, [`hand_off`] starts it.

pub mod detect;
pub mod hand_off;
pub mod plan;

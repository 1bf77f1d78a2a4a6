//! Agents on this machine: [`spec`] is what is known of each, [`detect`] finds
//! them, [`version`] asks which is installed, [`prepare`] decides what one is started
//! with, [`hand_off`] becomes it; [`by_hand`] is what its person has to do first.

pub mod by_hand;
pub mod detect;
pub mod hand_off;
mod inject;
pub mod prepare;
mod push;
mod shell;
pub mod spec;
pub mod version;

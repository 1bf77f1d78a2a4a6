//! The wizard: a pure function from what happened to what is to be done.
//! No IO, no clock, no async, no environment in here or below.
//!
//! It keeps the screens somebody walked through, what is known, and which
//! answers are still awaited. Its one surprising rule: an answer whose
//! question is no longer awaited changes nothing on screen, in one place
//! ([`Wizard::update`]); but a token that arrives so is revoked, not dropped.

pub mod effect;
pub mod event;
pub mod known;
pub mod page;
pub mod screens;

use crate::moment::Moment;
use effect::Command;
use event::Event;
use known::Known;
use page::Page;
use screens::{AnyScreen, Screen};

/// The walk so far.
#[derive(Clone, Debug, PartialEq)]
pub struct Wizard {
    known: Known,
    screens: Vec<AnyScreen>,
}

impl Wizard {
    /// Begins the walk at `first`.
    pub fn start(known: Known, first: AnyScreen, now: Moment) -> (Self, Vec<Command>) {
        let _ = now;
        (Self { known, screens: vec![first] }, Vec::new())
    }

    /// One thing happened: what is to be done?
    pub fn update(&mut self, now: Moment, event: Event) -> Vec<Command> {
        let _ = (now, event);
        Vec::new()
    }

    /// What is to be seen now.
    pub fn page(&self, now: Moment) -> Page {
        match self.screens.last() {
            Some(screen) => screen.page(&self.known, now),
            None => Page::new(None),
        }
    }

    /// What is known.
    pub fn known(&self) -> &Known {
        &self.known
    }
}

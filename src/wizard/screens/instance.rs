//! Which instance.

use crate::moment::Moment;
use crate::wizard::event::Event;
use crate::wizard::keymap::Keys;
use crate::wizard::known::{Known};
use crate::wizard::page::Page;
use crate::wizard::screens::{Next, Screen};
use crate::wizard::words::say;

/// Which instance.
#[derive(Clone, Debug, PartialEq)]
pub struct Instances { first: bool, }

impl Instances {
/// Chosen from another screen, and back to it.
pub fn new() -> Self { Self { first: false } }
/// The first screen, where none can be assumed.
pub fn first() -> Self { Self { first: true } }
}

impl Screen for Instances {
    fn open(&mut self, _: &Known, _: Moment) -> Next {
        Next::Stay
    }
    fn on(&mut self, _: Event, _: &Known, _: Moment) -> Next {
        Next::Stay
    }
    fn keys(&self, _: &Known, _: Moment) -> Keys {
        Keys::default()
    }
    fn page(&self, _: &Known, _: Moment) -> Page {
        Page::new(say("title-instance"))
    }
}

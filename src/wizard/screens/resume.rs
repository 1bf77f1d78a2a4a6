//! A sign-in that was begun before and can go on.

use crate::moment::Moment;
use crate::wizard::event::Event;
use crate::wizard::keymap::Keys;
use crate::wizard::known::{Pending, Known};
use crate::wizard::page::Page;
use crate::wizard::screens::{Next, Screen};
use crate::wizard::words::say;

/// A sign-in that was begun before and can go on.
#[derive(Clone, Debug, PartialEq)]
pub struct Resume { pending: Pending, }

impl Resume {
/// For this one.
pub fn new(pending: Pending) -> Self { Self { pending } }
}

impl Screen for Resume {
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
        Page::new(say("title-resume"))
    }
}

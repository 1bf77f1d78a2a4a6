//! After the sign-in: what belongs to the account is found.

use crate::moment::Moment;
use crate::wizard::event::Event;
use crate::wizard::keymap::Keys;
use crate::wizard::known::{Known};
use crate::wizard::page::Page;
use crate::wizard::screens::{Next, Screen};
use crate::wizard::words::say;

/// After the sign-in: what belongs to the account is found.
#[derive(Clone, Debug, PartialEq)]
pub struct Status { begun: bool, }

impl Status {
/// Nothing found yet.
pub fn new() -> Self { Self { begun: false } }
/// Right after a sign-in, which took the place of an earlier one or not.
pub fn after_sign_in(replaced: bool) -> Self { Self { begun: replaced } }
}

impl Screen for Status {
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
        Page::new(say("title-status"))
    }
}

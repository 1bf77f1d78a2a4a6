//! Joining with an invite.

use crate::moment::Moment;
use crate::wizard::event::Event;
use crate::wizard::keymap::Keys;
use crate::wizard::known::{Known};
use crate::wizard::page::Page;
use crate::wizard::screens::{Next, Screen};
use crate::wizard::words::say;

/// Joining with an invite.
#[derive(Clone, Debug, PartialEq)]
pub struct Join { field: crate::wizard::text_field::TextField, }

impl Join {
/// Empty.
pub fn new() -> Self { Self { field: crate::wizard::text_field::TextField::new() } }
/// With a link or a code that was given.
pub fn with(invite: &crate::secret::Secret) -> Self { let mut new = Self::new(); new.field.paste(invite); new }
}

impl Screen for Join {
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
        Page::new(say("title-invite"))
    }
}

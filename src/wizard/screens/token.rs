//! Pasting an access token.

use crate::moment::Moment;
use crate::wizard::event::Event;
use crate::wizard::keymap::Keys;
use crate::wizard::known::{Known};
use crate::wizard::page::Page;
use crate::wizard::screens::{Next, Screen};
use crate::wizard::words::say;

/// Pasting an access token.
#[derive(Clone, Debug, PartialEq)]
pub struct Token { field: crate::wizard::text_field::TextField, }

impl Token {
/// Empty.
pub fn new() -> Self { Self { field: crate::wizard::text_field::TextField::masked() } }
/// With what was pasted.
pub fn with(token: &crate::secret::Secret) -> Self { let mut new = Self::new(); new.field.paste(token); new }
}

impl Screen for Token {
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
        Page::new(say("title-token"))
    }
}

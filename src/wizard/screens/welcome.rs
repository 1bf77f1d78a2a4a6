//! The first screen: the ways in.

use crate::moment::Moment;
use crate::wizard::event::Event;
use crate::wizard::keymap::Keys;
use crate::wizard::known::Known;
use crate::wizard::page::{Block, Page};
use crate::wizard::screens::{Next, Screen};

/// The ways in.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Welcome {
    cursor: usize,
}

impl Screen for Welcome {
    fn open(&mut self, _: &Known, _: Moment) -> Next {
        Next::Stay
    }

    fn on(&mut self, _: Event, _: &Known, _: Moment) -> Next {
        self.cursor = 0;
        Next::Stay
    }

    fn keys(&self, _: &Known, _: Moment) -> Keys {
        Keys::default()
    }

    fn page(&self, _: &Known, _: Moment) -> Page {
        Page::new(None).block(Block::Art)
    }
}

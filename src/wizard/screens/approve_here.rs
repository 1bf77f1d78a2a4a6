//! The approval card in the terminal.

use crate::moment::Moment;
use crate::wizard::event::Event;
use crate::wizard::keymap::Keys;
use crate::wizard::known::{DeviceCode, Known};
use crate::wizard::page::Page;
use crate::wizard::screens::{Next, Screen};
use crate::wizard::words::say;

/// The approval card in the terminal.
#[derive(Clone, Debug, PartialEq)]
pub struct ApproveHere { code: Box<DeviceCode>, }

impl ApproveHere {
/// For this code.
pub fn new(code: Box<DeviceCode>) -> Self { Self { code } }
}

impl Screen for ApproveHere {
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
        Page::new(say("title-approve_here"))
    }
}

//! Signing in with a code on this or any other device.

use crate::moment::Moment;
use crate::wizard::event::Event;
use crate::wizard::keymap::Keys;
use crate::wizard::known::{Pending, Known};
use crate::wizard::page::Page;
use crate::wizard::screens::{Next, Screen};
use crate::wizard::words::say;

/// Signing in with a code on this or any other device.
#[derive(Clone, Debug, PartialEq)]
pub struct SignIn { resumed: Option<Pending>, }

impl SignIn {
/// With a new code.
pub fn new() -> Self { Self { resumed: None } }
/// With the code of an earlier run.
pub fn resume(pending: Pending) -> Self { Self { resumed: Some(pending) } }
}

impl Screen for SignIn {
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
        Page::new(say("title-device_code"))
    }
}

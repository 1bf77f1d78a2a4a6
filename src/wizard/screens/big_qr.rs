//! The QR code alone.

use crate::moment::Moment;
use crate::wizard::event::Event;
use crate::wizard::keymap::Keys;
use crate::wizard::known::{DeviceCode, Known};
use crate::wizard::page::Page;
use crate::wizard::screens::{Next, Screen};
use crate::wizard::words::say;

/// The QR code alone.
#[derive(Clone, Debug, PartialEq)]
pub struct BigQr { code: Box<DeviceCode>, }

impl BigQr {
/// Of this code.
pub fn new(code: Box<DeviceCode>) -> Self { Self { code } }
}

impl Screen for BigQr {
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
        Page::new(say("title-big_qr"))
    }
}

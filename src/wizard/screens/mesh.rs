//! Picking a mesh.

use crate::moment::Moment;
use crate::wizard::event::Event;
use crate::wizard::keymap::Keys;
use crate::wizard::known::{Known};
use crate::wizard::page::Page;
use crate::wizard::screens::{Next, Screen};
use crate::wizard::words::say;

/// Picking a mesh.
#[derive(Clone, Debug, PartialEq)]
pub struct Meshes { cursor: usize, }

impl Meshes {
/// From the top.
pub fn new() -> Self { Self { cursor: 0 } }
}

impl Screen for Meshes {
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
        Page::new(say("title-mesh"))
    }
}

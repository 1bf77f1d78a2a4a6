//! The QR code alone, as large as the window allows, with the code to compare.

use crate::time_point::TimePoint;
use crate::wizard::keymap::Keys;
use crate::wizard::page::{Block, Page};
use crate::wizard::screen::Screen;
use crate::wizard::state::{DeviceCode, WizardState};
use crate::wizard::words::{countdown, say, verbatim};

#[derive(Clone, Debug, PartialEq)]
pub struct BigQr {
    code: Box<DeviceCode>,
}

impl BigQr {
    pub(super) fn new(code: Box<DeviceCode>) -> Self {
        Self { code }
    }
}

impl Screen for BigQr {
    fn keys(&self, _: &WizardState, _: TimePoint) -> Keys {
        Keys::default()
    }

    fn page(&self, state: &WizardState, now: TimePoint) -> Page {
        let mut page = Page::new(say("title-sign-in"));
        (page.corner, page.wake) = countdown(self.code.deadline, state, now);
        if let Some(content) = &self.code.links.complete {
            page.blocks.push(Block::Qr {
                content: content.clone(),
                caption: Some(verbatim(&self.code.user_code)),
                alone: true,
            });
        }
        page
    }
}

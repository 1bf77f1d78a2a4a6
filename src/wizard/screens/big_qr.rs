//! A QR code alone, as large as the window allows, with the code to compare.

use crate::time_point::TimePoint;
use crate::wizard::keymap::Keys;
use crate::wizard::next::LargeQr;
use crate::wizard::page::{Block, Page};
use crate::wizard::screen::Screen;
use crate::wizard::state::WizardState;
use crate::wizard::words::{countdown, verbatim};

#[derive(Clone, Debug, PartialEq)]
pub struct BigQr {
    qr: LargeQr,
}

impl BigQr {
    pub(super) fn new(qr: LargeQr) -> Self {
        Self { qr }
    }
}

impl Screen for BigQr {
    fn keys(&self, _: &WizardState, _: TimePoint) -> Keys {
        Keys::default()
    }

    fn page(&self, state: &WizardState, now: TimePoint) -> Page {
        let LargeQr { title, content, user_code, deadline } = &self.qr;
        let mut page = Page::new(title.clone());
        (page.corner, page.wake) = countdown(*deadline, state, now);
        page.blocks.push(Block::Qr {
            content: content.clone(),
            caption: Some(verbatim(user_code)),
            alone: true,
        });
        page
    }
}

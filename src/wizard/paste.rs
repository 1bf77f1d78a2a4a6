//! One paste box, on every page: what is recognised leads to the screen that it
//! belongs to, unless the screen that is seen reads it itself. What is nothing
//! we know goes where somebody types; elsewhere that is said.

use super::Wizard;
use super::effect::Command;
use super::event::Event;
use super::next::{Next, To};
use super::screen::Screen as _;
use crate::input::pasted::{self, Pasted};
use crate::secret::Secret;
use crate::time_point::TimePoint;

impl Wizard {
    /// Takes what was pasted where it belongs.
    pub(super) fn paste(&mut self, text: Secret, now: TimePoint, commands: &mut Vec<Command>) {
        let Some(top) = self.stack.len().checked_sub(1) else { return };
        let screen = &self.stack[top].screen;
        let leads = pasted::recognise(text.expose())
            .filter(|pasted| !screen.takes(pasted, &text, &self.state));
        self.unknown_paste = false;
        if let Some(pasted) = leads {
            return self.follow(top, Next::open(to(pasted)), now, commands);
        }
        self.dispatch(Event::Paste(text), now, commands);
        // Where it went into a field it is somebody's text.
        let top = self.stack.last();
        self.unknown_paste = top.is_some_and(|top| !top.screen.page(&self.state, now).has_field());
    }
}

/// The page that it belongs to.
fn to(pasted: Pasted) -> To {
    match pasted {
        Pasted::Token(token) => To::Token(Some(token)),
        Pasted::Invite(invite) => To::Join(Some(invite)),
        Pasted::UserCode(code) => To::ApproveCode(code),
        Pasted::Address(address) => To::SignInAt(address),
    }
}

//! The name that peers see. Prefilled, never a forced question; an empty field
//! means the account's own name again.

use crate::input::pasted::Pasted;
use crate::secret::Secret;
use crate::time_point::TimePoint;
use crate::wire::LONGEST_NAME;
use crate::wizard::draft;
use crate::wizard::event::Event;
use crate::wizard::forms::TextForm;
use crate::wizard::keymap::Keys;
use crate::wizard::next::Next;
use crate::wizard::page::{Block, Page};
use crate::wizard::screen::Screen;
use crate::wizard::state::{Fact, WizardState};
use crate::wizard::words::{say, verbatim};

/// The name in the mesh.
#[derive(Clone, Debug, PartialEq)]
pub struct DisplayName(TextForm);

impl DisplayName {
    /// With the name as it is.
    pub(super) fn new() -> Self {
        Self(TextForm::new(LONGEST_NAME))
    }
}

fn account(state: &WizardState) -> &str {
    state.account.as_ref().map_or("", |account| account.name.as_str())
}

impl Screen for DisplayName {
    fn open(&mut self, state: &WizardState, _: TimePoint) -> Next {
        self.0.begin(&draft::name(state));
        Next::stay()
    }

    fn on(&mut self, event: Event, state: &WizardState, _: TimePoint) -> Next {
        let Some(name) = self.0.on(event) else { return Next::stay() };
        let name = if name.is_empty() { account(state).to_owned() } else { name };
        Next::back().learn(Fact::Name(name))
    }

    fn takes(&self, pasted: &Pasted, _: &Secret, _: &WizardState) -> bool {
        !pasted.is_certain()
    }

    fn keys(&self, _: &WizardState, _: TimePoint) -> Keys {
        TextForm::keys()
    }

    fn page(&self, state: &WizardState, _: TimePoint) -> Page {
        let placeholder = verbatim(account(state));
        let field = self.0.block(say("name-label"), placeholder, "name-note", "name-too-long");
        Page::new(say("title-name")).block(Block::text(say("name-question"))).block(field)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::secret::Secret;
    use crate::wizard::event::Key;
    use crate::wizard::testing::{ENTER, account, at, at_launch};

    const CLEAR: Event = Event::Key(Key::ctrl('u'));

    fn learned(name: &str) -> Next {
        Next::back().learn(Fact::Name(name.into()))
    }

    #[test]
    fn it_is_there_already_and_can_be_another() {
        let state = at_launch();
        let mut screen = DisplayName::new();
        screen.open(&state, at(0));
        assert_eq!(screen.clone().on(ENTER, &state, at(1)), learned(&account().name));
        screen.on(CLEAR, &state, at(1));
        // Nothing is the account's own name, never an empty one.
        assert_eq!(screen.clone().on(ENTER, &state, at(1)), learned(&account().name));
        screen.on(Event::Paste(Secret::new(" Ada \n")), &state, at(2));
        assert_eq!(screen.on(ENTER, &state, at(3)), learned("Ada"));
    }

    #[test]
    fn more_than_the_server_takes_is_not_taken() {
        let state = at_launch();
        let mut screen = DisplayName::new();
        screen.on(Event::Paste(Secret::new("x".repeat(LONGEST_NAME + 1))), &state, at(0));
        assert_eq!(screen.on(ENTER, &state, at(1)), Next::stay());
    }
}

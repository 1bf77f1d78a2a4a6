//! The name that peers see. Prefilled, never a forced question; its one
//! surprising rule: an empty field means the account's own name again.

use crate::moment::Moment;
use crate::wire::LONGEST_NAME;
use crate::wizard::draft;
use crate::wizard::event::{Event, Key};
use crate::wizard::keymap::{ENTER, Keymap, Keys};
use crate::wizard::next::Next;
use crate::wizard::page::{Block, Page, Tone};
use crate::wizard::screen::Screen;
use crate::wizard::state::{Fact, WizardState};
use crate::wizard::text_field::TextField;
use crate::wizard::words::{own, say};

/// The name in the mesh.
#[derive(Clone, Debug, PartialEq)]
pub struct DisplayName {
    field: TextField,
    begun: bool,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Action {
    Take,
}

impl Default for DisplayName {
    fn default() -> Self {
        Self::new()
    }
}

impl DisplayName {
    /// With the name as it is.
    pub fn new() -> Self {
        Self { field: TextField::of_words(), begun: false }
    }

    fn keymap() -> Keymap<Action> {
        Keymap::new().key(ENTER, Action::Take, "key-continue")
    }

    fn is_too_long(&self) -> bool {
        self.field.trimmed().chars().count() > LONGEST_NAME
    }

    fn pressed(&mut self, key: Key, state: &WizardState) -> Next {
        match Self::keymap().find(key) {
            Some(Action::Take) if self.is_too_long() => Next::stay(),
            Some(Action::Take) => {
                let name =
                    if self.field.is_empty() { account(state) } else { self.field.trimmed() };
                Next::back().learn(Fact::Name(name.to_owned()))
            }
            None => {
                self.field.on(key);
                Next::stay()
            }
        }
    }
}

fn account(state: &WizardState) -> &str {
    state.account.as_ref().map_or("", |account| account.name.as_str())
}

impl Screen for DisplayName {
    fn open(&mut self, state: &WizardState, _: Moment) -> Next {
        if !self.begun {
            self.begun = true;
            self.field.set(&draft::name(state));
        }
        Next::stay()
    }

    fn on(&mut self, event: Event, state: &WizardState, _: Moment) -> Next {
        match event {
            Event::Key(key) => self.pressed(key, state),
            Event::Paste(pasted) => {
                self.field.paste(&pasted);
                Next::stay()
            }
            Event::Reply(..) | Event::Tick | Event::Leave(_) => Next::stay(),
        }
    }

    fn keys(&self, _: &WizardState, _: Moment) -> Keys {
        Self::keymap().keys()
    }

    fn page(&self, state: &WizardState, _: Moment) -> Page {
        let field = self.field.shown(say("name-label"), true).placeholder(own(account(state)));
        let field = if self.is_too_long() {
            field.note(Tone::Bad, say("name-too-long"))
        } else {
            field.note(Tone::Dim, say("name-note"))
        };
        Page::new(say("title-name")).block(Block::Field(field))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::secret::Secret;
    use crate::wizard::event::KeyCode;
    use crate::wizard::testing::{account, at, at_launch};

    const ENTER: Event = Event::Key(Key::plain(KeyCode::Enter));
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

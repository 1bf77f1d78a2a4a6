//! The free tag that peers see beside the name. Optional: an empty field
//! clears it.

use crate::moment::Moment;
use crate::wizard::event::{Event, Key};
use crate::wizard::keymap::{ENTER, Keymap, Keys};
use crate::wizard::next::Next;
use crate::wizard::page::{Block, Page, Tone};
use crate::wizard::screen::Screen;
use crate::wizard::state::{Fact, WizardState};
use crate::wizard::text_field::TextField;
use crate::wizard::words::say;

/// The longest tag, in characters: it stands beside a name.
/// Characters of the longest tag.
pub const LONGEST: usize = 40;

/// The role tag.
#[derive(Clone, Debug, PartialEq)]
pub struct RoleTag {
    field: TextField,
    begun: bool,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Action {
    Take,
}

impl Default for RoleTag {
    fn default() -> Self {
        Self::new()
    }
}

impl RoleTag {
    /// With the tag as it is.
    pub fn new() -> Self {
        Self { field: TextField::of_words(), begun: false }
    }

    fn keymap() -> Keymap<Action> {
        Keymap::new().key(ENTER, Action::Take, "key-continue")
    }

    fn is_too_long(&self) -> bool {
        self.field.trimmed().chars().count() > LONGEST
    }

    fn pressed(&mut self, key: Key) -> Next {
        match Self::keymap().find(key) {
            Some(Action::Take) if self.is_too_long() => Next::stay(),
            Some(Action::Take) => {
                let role = (!self.field.is_empty()).then(|| self.field.trimmed().to_owned());
                Next::back().learn(Fact::Role(role))
            }
            None => {
                self.field.on(key);
                Next::stay()
            }
        }
    }
}

impl Screen for RoleTag {
    fn open(&mut self, state: &WizardState, _: Moment) -> Next {
        if !self.begun {
            self.begun = true;
            self.field.set(state.role.as_deref().unwrap_or_default());
        }
        Next::stay()
    }

    fn on(&mut self, event: Event, _: &WizardState, _: Moment) -> Next {
        match event {
            Event::Key(key) => self.pressed(key),
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

    fn page(&self, _: &WizardState, _: Moment) -> Page {
        let field = self.field.shown(say("role-label"), true).placeholder(say("role-example"));
        let field = if self.is_too_long() {
            field.note(Tone::Bad, say("role-too-long"))
        } else {
            field.note(Tone::Dim, say("role-note"))
        };
        Page::new(say("title-role")).block(Block::Field(field))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::secret::Secret;
    use crate::wizard::event::KeyCode;
    use crate::wizard::testing::{at, at_launch};

    const ENTER: Event = Event::Key(Key::plain(KeyCode::Enter));

    #[test]
    fn nothing_clears_it() {
        let state = WizardState { role: Some("reviewer".into()), ..at_launch() };
        let mut screen = RoleTag::new();
        screen.open(&state, at(0));
        let same = Next::back().learn(Fact::Role(Some("reviewer".into())));
        assert_eq!(screen.clone().on(ENTER, &state, at(1)), same);
        screen.on(Event::Key(Key::ctrl('u')), &state, at(1));
        assert_eq!(screen.on(ENTER, &state, at(1)), Next::back().learn(Fact::Role(None)));
    }

    #[test]
    fn a_tag_is_short() {
        let mut screen = RoleTag::new();
        screen.on(Event::Paste(Secret::new("x".repeat(LONGEST + 1))), &at_launch(), at(0));
        assert_eq!(screen.on(ENTER, &at_launch(), at(1)), Next::stay());
    }
}

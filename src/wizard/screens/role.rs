//! The free tag that peers see beside the name. Optional: an empty field
//! clears it.

use crate::input::pasted::Pasted;
use crate::secret::Secret;
use crate::time_point::TimePoint;
use crate::wizard::event::Event;
use crate::wizard::forms::TextForm;
use crate::wizard::keymap::Keys;
use crate::wizard::next::Next;
use crate::wizard::page::{Block, Page};
use crate::wizard::screen::Screen;
use crate::wizard::state::{Fact, WizardState};
use crate::wizard::words::say;

/// Characters of the longest tag: it stands beside a name.
pub const LONGEST: usize = 40;

#[derive(Clone, Debug, PartialEq)]
pub struct RoleTag(TextForm);

impl RoleTag {
    /// With the tag as it is.
    pub(super) fn new() -> Self {
        Self(TextForm::new(LONGEST))
    }
}

impl Screen for RoleTag {
    fn open(&mut self, state: &WizardState, _: TimePoint) -> Next {
        self.0.begin(state.role.as_deref().unwrap_or_default());
        Next::stay()
    }

    fn on(&mut self, event: Event, _: &WizardState, _: TimePoint) -> Next {
        let Some(role) = self.0.on(event) else { return Next::stay() };
        Next::back().learn(Fact::Role(Some(role).filter(|role| !role.is_empty())))
    }

    fn takes(&self, pasted: &Pasted, _: &Secret, _: &WizardState) -> bool {
        !pasted.is_certain()
    }

    fn keys(&self, _: &WizardState, _: TimePoint) -> Keys {
        TextForm::keys()
    }

    fn page(&self, _: &WizardState, _: TimePoint) -> Page {
        let example = say("role-example");
        let field = self.0.block(say("role-label"), example, "role-note", "role-too-long");
        Page::new(say("title-role")).block(Block::text(say("role-question"))).block(field)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::secret::Secret;
    use crate::wizard::event::Key;
    use crate::wizard::testing::{ENTER, at, at_launch};

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

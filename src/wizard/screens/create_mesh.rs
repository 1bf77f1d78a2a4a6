//! Naming a mesh, and the short name by which commands and links know it. It is
//! made when the launch goes on, so nothing is left behind by whoever does not.

use crate::input::pasted::Pasted;
use crate::secret::Secret;
use crate::time_point::TimePoint;
use crate::wire::NewMesh;
use crate::wizard::event::Key;
use crate::wizard::keymap::{ENTER, Keymap, Keys};
use crate::wizard::list::{Move, choice, moved};
use crate::wizard::naming::{Naming, Part};
use crate::wizard::next::Next;
use crate::wizard::page::{Block, Choices, Page};
use crate::wizard::screen::Screen;
use crate::wizard::state::{Fact, WizardState};
use crate::wizard::words::say;

/// Naming a mesh to be.
#[derive(Clone, Debug, PartialEq)]
pub struct CreateMesh {
    naming: Naming,
    line: usize,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Action {
    Move(Move),
    Choose,
}

/// A line that the cursor can be on, top to bottom.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Line {
    Part(Part),
    Continue,
}

const LINES: [Line; 3] = [Line::Part(Part::Name), Line::Part(Part::Slug), Line::Continue];

impl CreateMesh {
    /// With a name to begin with, which may be empty; one that was named so
    /// before keeps the short name it had.
    pub(super) fn new(new: &NewMesh) -> Self {
        Self { naming: Naming::new(&new.name, new.slug.as_deref()), line: 0 }
    }

    fn keymap() -> Keymap<Action> {
        Keymap::new().lines(Action::Move).key(ENTER, Action::Choose, "key-continue")
    }

    fn part(&self) -> Option<Part> {
        match LINES[self.line] {
            Line::Part(part) => Some(part),
            Line::Continue => None,
        }
    }
}

impl Screen for CreateMesh {
    fn on_key(&mut self, key: Key, _: &WizardState, _: TimePoint) -> Next {
        match (Self::keymap().find(key), self.part()) {
            (Some(Action::Move(how)), _) => self.line = moved(self.line, LINES.len(), how),
            (Some(Action::Choose), _) if self.naming.settle() => {
                let (name, slug) = (self.naming.name().to_owned(), self.naming.slug());
                return Next::back().learn(Fact::NewMesh(NewMesh { name, slug }));
            }
            (Some(Action::Choose), _) => self.line = 0,
            (None, Some(part)) => {
                self.naming.key(part, key);
            }
            (None, None) => {}
        }
        Next::stay()
    }

    fn takes(&self, pasted: &Pasted, _: &Secret, _: &WizardState) -> bool {
        !pasted.is_certain()
    }

    fn on_paste(&mut self, pasted: &Secret, _: &WizardState) -> Next {
        self.naming.paste(self.part().unwrap_or(Part::Name), pasted);
        Next::stay()
    }

    fn keys(&self, _: &WizardState, _: TimePoint) -> Keys {
        Self::keymap().keys()
    }

    fn page(&self, _: &WizardState, _: TimePoint) -> Page {
        let mut page = Page::new(say("title-create-mesh"));
        page.blocks.push(Block::text(say("create-mesh-question")));
        page.blocks.extend(self.naming.blocks(self.part(), say("create-mesh-example")));
        let items = vec![choice(say("create-mesh-continue"))];
        let cursor = self.part().is_none().then_some(0);
        page.blocks.push(Block::Choices(Choices { items, cursor, numbered: false }));
        page
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wizard::event::{Event, KeyCode};
    use crate::wizard::testing::{DOWN, ENTER, UP, at, signed_in};

    fn named(name: &str, slug: &str) -> Next {
        let mesh = NewMesh { name: name.into(), slug: Some(slug.into()) };
        Next::back().learn(Fact::NewMesh(mesh))
    }

    fn screen(name: &str) -> CreateMesh {
        CreateMesh::new(&NewMesh { name: name.into(), slug: None })
    }

    #[test]
    fn a_name_is_all_it_takes_and_nothing_is_made_yet() {
        let state = signed_in();
        let mut screen = screen("");
        screen.on(Event::Paste(Secret::new("Platform team")), &state, at(0));
        assert_eq!(screen.on(ENTER, &state, at(0)), named("Platform team", "platform-team"));
    }

    #[test]
    fn letters_go_where_the_cursor_is() {
        let state = signed_in();
        let mut screen = screen("Ops");
        let key = |screen: &mut CreateMesh, c| {
            screen.on(Event::Key(Key::char(c)), &state, at(0));
        };
        screen.on(DOWN, &state, at(0));
        key(&mut screen, '7');
        screen.on(DOWN, &state, at(0));
        key(&mut screen, 'x');
        assert_eq!(screen.on(ENTER, &state, at(0)), named("Ops", "ops7"));
        screen.on(UP, &state, at(0));
        screen.on(Event::Key(Key::plain(KeyCode::BackTab)), &state, at(0));
        key(&mut screen, '!');
        assert_eq!(screen.on(ENTER, &state, at(0)), named("Ops!", "ops7"));
    }

    #[test]
    fn nothing_goes_on_without_a_name() {
        let state = signed_in();
        let mut screen = screen("");
        screen.on(UP, &state, at(0));
        assert_eq!(screen.on(ENTER, &state, at(0)), Next::stay());
        assert_eq!(LINES[screen.line], Line::Part(Part::Name));
    }
}

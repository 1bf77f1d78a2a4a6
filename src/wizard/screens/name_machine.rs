//! Naming this machine, and where it stands. It is put into the account when the
//! launch goes on, so nothing is left behind by whoever does not.

use crate::i18n::{Message, Words};
use crate::input::pasted::Pasted;
use crate::machine::location;
use crate::secret::Secret;
use crate::time_point::TimePoint;
use crate::wizard::draft;
use crate::wizard::event::Key;
use crate::wizard::keymap::{ENTER, Keymap, Keys};
use crate::wizard::list::{Move, choice, moved};
use crate::wizard::naming::{Naming, Part};
use crate::wizard::next::{Next, To};
use crate::wizard::page::{Block, Choices, Mark, Page, Row, Tone};
use crate::wizard::screen::Screen;
use crate::wizard::state::{Fact, Location, MachineName, WizardState};
use crate::wizard::words::{say, verbatim};

/// Naming this machine.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct NameMachine {
    /// `None` before the screen was entered.
    naming: Option<Naming>,
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
    Place,
    Continue,
}

const LINES: [Line; 4] =
    [Line::Part(Part::Name), Line::Part(Part::Slug), Line::Place, Line::Continue];

/// Where among them the place is.
const PLACE: usize = 2;

impl NameMachine {
    /// With the name the person gave before or asked for, else the host's.
    pub(super) fn new() -> Self {
        Self::default()
    }

    fn keymap(&self) -> Keymap<Action> {
        let does = if self.line == PLACE { "key-change" } else { "key-continue" };
        Keymap::new().lines(Action::Move).key(ENTER, Action::Choose, does)
    }

    fn part(&self) -> Option<Part> {
        match LINES[self.line] {
            Line::Part(part) => Some(part),
            Line::Place | Line::Continue => None,
        }
    }

    /// On, unless something is missing: then there.
    fn go_on(&mut self, state: &WizardState) -> Next {
        let Some(naming) = &mut self.naming else { return Next::stay() };
        if !naming.settle() {
            self.line = 0;
            return Next::stay();
        }
        let Some(place) = draft::place(state) else {
            self.line = PLACE;
            return Next::stay();
        };
        let name = MachineName { name: naming.name().to_owned(), slug: naming.slug() };
        Next::back().learn(Fact::MachineName(name)).learn(Fact::Location(place))
    }
}

/// Where it stands as things are, and why that is thought.
fn place(state: &WizardState) -> (Mark, Words) {
    let named = |key: &str| {
        let name = location::zone(key).map_or("", |zone| zone.name(state.language));
        verbatim(format!("{key}  {name}").trim_end())
    };
    match (&state.location, &state.host.zone) {
        (Some(Location::Zone(key)), _) => (Mark::Done, named(key)),
        (Some(Location::Later), _) => (Mark::Done, say("place-later")),
        (None, Some(guess)) => {
            let id = if guess.from.contains('/') { "place-from-time-zone" } else { "place-from" };
            let from = Message::new(id)
                .with("place", named(&guess.key))
                .with("from", verbatim(&guess.from));
            (Mark::Done, from.into())
        }
        (None, None) => (Mark::Now, say("place-choose")),
    }
}

impl Screen for NameMachine {
    fn open(&mut self, state: &WizardState, _: TimePoint) -> Next {
        if self.naming.is_none() {
            let given = state.machine_name.as_ref();
            let asked = state.flags.machine.as_deref().unwrap_or(state.host.short_hostname());
            let name = given.map_or(asked, |given| &given.name);
            let slug = given.and_then(|given| given.slug.as_deref());
            self.naming = Some(Naming::new(name, slug));
        } else if self.line == PLACE && state.location.is_some() {
            // Chosen above: on to the next.
            self.line += 1;
        }
        Next::stay()
    }

    fn on_key(&mut self, key: Key, state: &WizardState, _: TimePoint) -> Next {
        match (self.keymap().find(key), self.part()) {
            (Some(Action::Move(how)), _) => self.line = moved(self.line, LINES.len(), how),
            (Some(Action::Choose), _) if self.line == PLACE => return Next::open(To::Places),
            (Some(Action::Choose), _) => return self.go_on(state),
            (None, Some(part)) => {
                if let Some(naming) = &mut self.naming {
                    naming.key(part, key);
                }
            }
            (None, None) => {}
        }
        Next::stay()
    }

    fn takes(&self, pasted: &Pasted, _: &Secret, _: &WizardState) -> bool {
        !pasted.is_certain()
    }

    fn on_paste(&mut self, pasted: &Secret, _: &WizardState) -> Next {
        let part = self.part().unwrap_or(Part::Name);
        if let Some(naming) = &mut self.naming {
            naming.paste(part, pasted);
        }
        Next::stay()
    }

    fn keys(&self, _: &WizardState, _: TimePoint) -> Keys {
        self.keymap().keys()
    }

    fn page(&self, state: &WizardState, _: TimePoint) -> Page {
        let mut page = Page::new(say("title-machine-name"));
        page.blocks.extend(draft::gone_machine(state).map(|gone| Block::toned(Tone::Tip, gone)));
        page.blocks.push(Block::text(say("machine-name-question")));
        if let Some(naming) = &self.naming {
            page.blocks.extend(naming.blocks(self.part(), say("machine-name-example")));
        }
        let (mark, value) = place(state);
        let row = Row::new(mark, say("machine-place")).value(value);
        page.blocks.push(Block::Rows(vec![Row { chosen: self.line == PLACE, ..row }]));
        let items = vec![choice(say("machine-name-continue"))];
        let cursor = (LINES[self.line] == Line::Continue).then_some(0);
        page.blocks.push(Block::Choices(Choices { items, cursor, numbered: false }));
        page
    }
}

#[cfg(test)]
mod tests;

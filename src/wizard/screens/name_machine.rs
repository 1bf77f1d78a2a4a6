//! Naming this machine, and where it stands. The instance may know it after
//! all. Then it keeps the name it has there, and that is said before going on.

use crate::error::AppError;
use crate::i18n::Message;
use crate::machine::location;
use crate::secret::Secret;
use crate::time_point::TimePoint;
use crate::wizard::effect::Effect;
use crate::wizard::event::{Key, Reply};
use crate::wizard::keymap::{ENTER, Keymap, Keys, TAB};
use crate::wizard::list::{Move, answers, choice, choice_with, moved};
use crate::wizard::naming::Naming;
use crate::wizard::next::{Next, To};
use crate::wizard::page::{Block, Choice, Mark, Page, Row};
use crate::wizard::screen::Screen;
use crate::wizard::state::{Fact, Location, Machine, WizardState};
use crate::wizard::words::{error, say, verbatim};

/// Naming this machine.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct NameMachine {
    /// `None` before the screen was entered.
    naming: Option<Naming>,
    cursor: usize,
    stage: Stage,
}

#[derive(Clone, Debug, Default, PartialEq)]
enum Stage {
    #[default]
    Typing,
    Registering,
    /// It was known; now it is told where it stands.
    Locating(Machine),
    /// It was known, and keeps its name.
    Adopted(Machine, Option<AppError>),
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Action {
    Move(Move),
    Choose,
    OtherField,
    GoOn,
}

#[derive(Clone, Debug, PartialEq)]
enum Entry {
    Zone(String),
    Another,
    Later,
}

impl NameMachine {
    /// With the name the person asked for, else the host's.
    pub(super) fn new() -> Self {
        Self::default()
    }

    fn keymap(&self) -> Keymap<Action> {
        match (&self.stage, &self.naming) {
            (Stage::Typing, Some(naming)) => {
                let does =
                    if naming.offered().is_some() { "key-take-slug" } else { "key-continue" };
                Keymap::new().list_beside_field(Action::Move).key(ENTER, Action::Choose, does).key(
                    TAB,
                    Action::OtherField,
                    naming.other_field_hint(),
                )
            }
            (Stage::Adopted(..), _) => Keymap::new().key(ENTER, Action::GoOn, "key-continue"),
            _ => Keymap::new(),
        }
    }

    fn entries(state: &WizardState) -> Vec<Entry> {
        let guess = state.host.zone.as_ref().map(|zone| zone.key.clone());
        let zone = match &state.location {
            Some(Location::Zone(key)) => Some(key.clone()),
            Some(Location::Later) | None => guess,
        };
        let mut entries: Vec<Entry> = zone.into_iter().map(Entry::Zone).collect();
        entries.extend([Entry::Another, Entry::Later]);
        entries
    }

    fn register(&mut self, location: Location, state: &WizardState) -> Next {
        let (Some(naming), Some(access)) = (&mut self.naming, state.access.clone()) else {
            return Next::stay();
        };
        if !naming.settle() {
            return Next::stay();
        }
        self.stage = Stage::Registering;
        let zone = match &location {
            Location::Zone(key) => Some(key.clone()),
            Location::Later => None,
        };
        let (name, slug) = (naming.name().to_owned(), naming.slug());
        let register = Effect::RegisterMachine { access, name, slug, location: zone };
        Next::ask(register).learn(Fact::Location(location))
    }

    fn registered(&mut self, machine: Machine, state: &WizardState) -> Next {
        let as_asked = self.naming.as_ref().is_some_and(|naming| {
            machine.name == naming.name() && naming.slug().is_none_or(|slug| slug == machine.slug)
        });
        // A guess moves nothing; what the person chose does.
        let guess = state.host.zone.as_ref().map(|zone| &zone.key);
        let moves = match (&state.location, &machine.location) {
            (Some(Location::Zone(said)), None) => Some(said),
            (Some(Location::Zone(said)), Some(stands)) => {
                Some(said).filter(|said| *said != stands && guess != Some(said))
            }
            _ => None,
        };
        match (moves, &state.access) {
            (Some(zone), Some(access)) => {
                let (access, location) = (access.clone(), zone.clone());
                let locate =
                    Effect::LocateMachine { access, machine: machine.id.clone(), location };
                self.stage = Stage::Locating(machine.clone());
                Next::ask(locate).learn(Fact::Machine(machine))
            }
            _ if as_asked => Next::back().learn_all(facts(machine)),
            _ => self.adopt(machine, None),
        }
    }

    fn adopt(&mut self, machine: Machine, error: Option<AppError>) -> Next {
        self.stage = Stage::Adopted(machine.clone(), error);
        Next::stay().learn_all(facts(machine))
    }
}

/// What is learned with a machine; where it stands counts for it from now on.
fn facts(machine: Machine) -> Vec<Fact> {
    let place = machine.location.clone().map(|key| Fact::Location(Location::Zone(key)));
    [Some(Fact::Machine(machine)), place].into_iter().flatten().collect()
}

fn item(entry: &Entry, state: &WizardState) -> Choice {
    let guess = state.host.zone.as_ref();
    match entry {
        Entry::Later => choice_with(say("place-later"), say("place-later-detail")),
        Entry::Another if guess.is_none() && state.location.is_none() => {
            choice(say("place-choose"))
        }
        Entry::Another => choice(say("place-another")),
        Entry::Zone(key) => {
            let name = location::zone(key).map_or("", |zone| zone.name(state.language));
            let label = verbatim(format!("{key}  {name}").trim_end());
            match guess.filter(|guess| guess.key == *key) {
                Some(guess) if guess.from.contains('/') => {
                    let zone = verbatim(&guess.from);
                    choice_with(label, Message::new("place-from-time-zone").with("zone", zone))
                }
                Some(guess) => {
                    let from = verbatim(&guess.from);
                    choice_with(label, Message::new("place-from").with("variable", from))
                }
                None => choice(label),
            }
        }
    }
}

impl Screen for NameMachine {
    fn open(&mut self, state: &WizardState, _: TimePoint) -> Next {
        if self.naming.is_none() {
            let asked = state.flags.machine.as_deref();
            self.naming = Some(Naming::new(asked.unwrap_or(state.host.short_hostname())));
        }
        self.cursor = match state.location {
            Some(Location::Later) => Self::entries(state).len() - 1,
            _ => 0,
        };
        Next::stay()
    }

    fn on_key(&mut self, key: Key, state: &WizardState, _: TimePoint) -> Next {
        let entries = Self::entries(state);
        match (self.keymap().find(key), &mut self.naming) {
            (Some(Action::Move(how)), _) => self.cursor = moved(self.cursor, entries.len(), how),
            (Some(Action::OtherField), Some(naming)) => naming.other_field(),
            (Some(Action::Choose), _) => {
                return match entries.into_iter().nth(self.cursor) {
                    Some(Entry::Zone(key)) => self.register(Location::Zone(key), state),
                    Some(Entry::Later) => self.register(Location::Later, state),
                    Some(Entry::Another) => Next::open(To::Places),
                    None => Next::stay(),
                };
            }
            (Some(Action::GoOn), _) => return Next::back(),
            (None, Some(naming)) if self.stage == Stage::Typing => {
                naming.key(key);
            }
            (None | Some(Action::OtherField), _) => {}
        }
        Next::stay()
    }

    fn on_paste(&mut self, pasted: &Secret, _: &WizardState) -> Next {
        if let (Some(naming), Stage::Typing) = (&mut self.naming, &self.stage) {
            naming.paste(pasted);
        }
        Next::stay()
    }

    fn on_reply(&mut self, reply: Reply, state: &WizardState, _: TimePoint) -> Next {
        let Reply::Machine(answer) = reply else { return Next::stay() };
        match (answer, self.stage.clone()) {
            (Ok(machine), Stage::Locating(_)) => self.adopt(machine, None),
            (Err(what), Stage::Locating(machine)) => self.adopt(machine, Some(what)),
            (Ok(machine), _) => self.registered(machine, state),
            (Err(what), Stage::Registering) => {
                self.stage = Stage::Typing;
                if let Some(naming) = &mut self.naming {
                    naming.refuse(what);
                }
                Next::stay()
            }
            (Err(_), _) => Next::stay(),
        }
    }

    fn keys(&self, _: &WizardState, _: TimePoint) -> Keys {
        self.keymap().keys()
    }

    /// Back to what was typed, as long as nothing has come of it.
    fn close_inner(&mut self) -> bool {
        let asking = self.stage == Stage::Registering;
        if asking {
            self.stage = Stage::Typing;
        }
        asking
    }

    fn page(&self, state: &WizardState, _: TimePoint) -> Page {
        let mut page = Page::new(say("title-machine-name"));
        let working = |id, name: &str| Row::new(Mark::Now, say(id)).value(verbatim(name));
        let name = self.naming.as_ref().map(Naming::name).unwrap_or_default();
        match &self.stage {
            Stage::Typing => {
                page.blocks.push(Block::text(say("machine-name-question")));
                if let Some(naming) = &self.naming {
                    page.blocks.extend(naming.blocks(say("machine-name-example")));
                    page.blocks.extend(naming.error());
                }
                page.blocks.push(Block::text(say("place-where")));
                let items = Self::entries(state).iter().map(|entry| item(entry, state)).collect();
                page.blocks.push(answers(items, self.cursor));
            }
            Stage::Registering => {
                page.blocks.push(Block::Rows(vec![working("machine-registering", name)]));
            }
            Stage::Locating(machine) => {
                page.blocks.push(Block::Rows(vec![working("place-sending", &machine.name)]));
            }
            Stage::Adopted(machine, what) => {
                page.blocks.push(Block::text(say("machine-adopted")));
                let place = machine.location.as_ref();
                let place = place.map(|key| location::name_of(key, state.language));
                page.blocks.push(Block::facts(vec![
                    (say("naming-name"), verbatim(&machine.name)),
                    (say("naming-slug"), verbatim(&machine.slug)),
                    (say("machine-place"), place.unwrap_or_else(|| say("machine-place-unset"))),
                ]));
                page.blocks.extend(what.iter().flat_map(error));
            }
        }
        page
    }
}

#[cfg(test)]
mod tests;

//! Naming this machine, and where it stands. Its one surprising rule: the
//! instance may know it after all. Then it keeps the name it has there, and
//! that is said before going on.

use crate::i18n::Message;
use crate::machine::location;
use crate::moment::Moment;
use crate::trouble::Trouble;
use crate::wizard::effect::Effect;
use crate::wizard::event::{Event, Key, Reply};
use crate::wizard::keymap::{ENTER, Keymap, Keys, TAB};
use crate::wizard::known::{Fact, Known, Location, Machine};
use crate::wizard::list::{Move, choice, choice_with, choices, moved};
use crate::wizard::naming::Naming;
use crate::wizard::page::{Block, Choice, Mark, Page, Row};
use crate::wizard::screens::{Next, Screen, location::Places};
use crate::wizard::words::{own, say, trouble};

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
    Adopted(Machine, Option<Trouble>),
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Action {
    Move(Move),
    Choose,
    OtherField,
    GoOn,
}

#[derive(Clone, Debug, PartialEq)]
enum Spot {
    Zone(String),
    Another,
    Later,
}

impl NameMachine {
    /// With the name the person asked for, else the host's.
    pub fn new() -> Self {
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

    fn spots(known: &Known) -> Vec<Spot> {
        let guess = known.here.zone.as_ref().map(|zone| zone.key.clone());
        let zone = match &known.location {
            Some(Location::Zone(key)) => Some(key.clone()),
            Some(Location::Later) | None => guess,
        };
        let mut spots: Vec<Spot> = zone.into_iter().map(Spot::Zone).collect();
        spots.extend([Spot::Another, Spot::Later]);
        spots
    }

    fn pressed(&mut self, key: Key, known: &Known) -> Next {
        let spots = Self::spots(known);
        match (self.keymap().find(key), &mut self.naming) {
            (Some(Action::Move(how)), _) => self.cursor = moved(self.cursor, spots.len(), how),
            (Some(Action::OtherField), Some(naming)) => naming.other_field(),
            (Some(Action::Choose), _) => {
                return match spots.into_iter().nth(self.cursor) {
                    Some(Spot::Zone(key)) => self.register(Location::Zone(key), known),
                    Some(Spot::Later) => self.register(Location::Later, known),
                    Some(Spot::Another) => Next::Go(Places::new().into()),
                    None => Next::Stay,
                };
            }
            (Some(Action::GoOn), _) => return Next::Back,
            (None, Some(naming)) if self.stage == Stage::Typing => {
                naming.key(key);
            }
            (None | Some(Action::OtherField), _) => {}
        }
        Next::Stay
    }

    fn register(&mut self, location: Location, known: &Known) -> Next {
        let (Some(naming), Some(access)) = (&mut self.naming, known.access.clone()) else {
            return Next::Stay;
        };
        if !naming.settle() {
            return Next::Stay;
        }
        self.stage = Stage::Registering;
        let zone = match &location {
            Location::Zone(key) => Some(key.clone()),
            Location::Later => None,
        };
        let (name, slug) = (naming.name().to_owned(), naming.slug());
        let register = Effect::RegisterMachine { access, name, slug, location: zone };
        Next::learn(Fact::Location(location), Next::ask(register))
    }

    fn replied(&mut self, answer: Result<Machine, Trouble>, known: &Known) -> Next {
        match (answer, self.stage.clone()) {
            (Ok(machine), Stage::Locating(_)) => self.adopt(machine, None),
            (Err(what), Stage::Locating(machine)) => self.adopt(machine, Some(what)),
            (Ok(machine), _) => self.registered(machine, known),
            (Err(what), Stage::Registering) => {
                self.stage = Stage::Typing;
                if let Some(naming) = &mut self.naming {
                    naming.refuse(what);
                }
                Next::Stay
            }
            (Err(_), _) => Next::Stay,
        }
    }

    fn registered(&mut self, machine: Machine, known: &Known) -> Next {
        let as_asked = self.naming.as_ref().is_some_and(|naming| {
            machine.name == naming.name() && naming.slug().is_none_or(|slug| slug == machine.slug)
        });
        // A guess moves nothing; what the person chose does.
        let guess = known.here.zone.as_ref().map(|zone| &zone.key);
        let moves = match (&known.location, &machine.location) {
            (Some(Location::Zone(said)), None) => Some(said),
            (Some(Location::Zone(said)), Some(stands)) => {
                Some(said).filter(|said| *said != stands && guess != Some(said))
            }
            _ => None,
        };
        match (moves, &known.access) {
            (Some(zone), Some(access)) => {
                let (access, location) = (access.clone(), zone.clone());
                let locate = Effect::LocateMachine { access, machine: machine.id.clone(), location };
                self.stage = Stage::Locating(machine.clone());
                Next::learn(Fact::Machine(machine), Next::ask(locate))
            }
            _ if as_asked => Next::Learn(facts(machine), Box::new(Next::Back)),
            _ => self.adopt(machine, None),
        }
    }

    fn adopt(&mut self, machine: Machine, trouble: Option<Trouble>) -> Next {
        self.stage = Stage::Adopted(machine.clone(), trouble);
        Next::Learn(facts(machine), Box::new(Next::Stay))
    }
}

/// What is learned with a machine; where it stands counts for it from now on.
fn facts(machine: Machine) -> Vec<Fact> {
    let place = machine.location.clone().map(|key| Fact::Location(Location::Zone(key)));
    [Some(Fact::Machine(machine)), place].into_iter().flatten().collect()
}

fn item(spot: &Spot, known: &Known) -> Choice {
    let guess = known.here.zone.as_ref();
    match spot {
        Spot::Later => choice_with(say("place-later"), say("place-later-detail")),
        Spot::Another if guess.is_none() && known.location.is_none() => choice(say("place-choose")),
        Spot::Another => choice(say("place-another")),
        Spot::Zone(key) => {
            let name = location::zone(key).map_or("", |zone| zone.name(known.language));
            let label = own(format!("{key}  {name}").trim_end());
            match guess.filter(|guess| guess.key == *key) {
                Some(guess) if guess.from.contains('/') => {
                    let zone = own(&guess.from);
                    choice_with(label, Message::new("place-from-time-zone").with("zone", zone))
                }
                Some(guess) => {
                    let from = own(&guess.from);
                    choice_with(label, Message::new("place-from").with("variable", from))
                }
                None => choice(label),
            }
        }
    }
}

impl Screen for NameMachine {
    fn open(&mut self, known: &Known, _: Moment) -> Next {
        if self.naming.is_none() {
            let asked = known.flags.machine.as_deref();
            self.naming = Some(Naming::new(asked.unwrap_or(known.here.host_alone())));
        }
        self.cursor = match known.location {
            Some(Location::Later) => Self::spots(known).len() - 1,
            _ => 0,
        };
        Next::Stay
    }

    fn on(&mut self, event: Event, known: &Known, _: Moment) -> Next {
        match event {
            Event::Key(key) => self.pressed(key, known),
            Event::Paste(pasted) => {
                if let (Some(naming), Stage::Typing) = (&mut self.naming, &self.stage) {
                    naming.paste(&pasted);
                }
                Next::Stay
            }
            Event::Reply(_, Reply::Machine(answer)) => self.replied(answer, known),
            Event::Reply(..) | Event::Tick | Event::Leave(_) => Next::Stay,
        }
    }

    fn keys(&self, _: &Known, _: Moment) -> Keys {
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

    fn page(&self, known: &Known, _: Moment) -> Page {
        let mut page = Page::new(say("title-machine-name"));
        let working = |id, name: &str| Row::new(Mark::Now, say(id)).value(own(name));
        let name = self.naming.as_ref().map(Naming::name).unwrap_or_default();
        match &self.stage {
            Stage::Typing => {
                page.blocks.push(Block::text(say("machine-name-question")));
                if let Some(naming) = &self.naming {
                    page.blocks.extend(naming.blocks(say("machine-name-example")));
                    page.blocks.extend(naming.trouble());
                }
                page.blocks.push(Block::text(say("place-where")));
                let items = Self::spots(known).iter().map(|spot| item(spot, known)).collect();
                page.blocks.push(choices(items, self.cursor));
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
                let place = place.map(|key| location::called(key, known.language));
                page.blocks.push(Block::facts(vec![
                    (say("naming-name"), own(&machine.name)),
                    (say("naming-slug"), own(&machine.slug)),
                    (say("machine-place"), place.unwrap_or_else(|| say("machine-place-unset"))),
                ]));
                page.blocks.extend(what.iter().flat_map(trouble));
            }
        }
        page
    }
}

#[cfg(test)]
mod tests;

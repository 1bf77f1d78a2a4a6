//! Picking a machine: this one, as the account knows it or to be named, beside
//! the account's others. The others can be looked at and not picked. Agents
//! start where somebody types crewmesh, so choosing another machine says where
//! to go instead.

use crate::error::AppError;
use crate::i18n::{Message, Words};
use crate::machine::location;
use crate::time_point::TimePoint;
use crate::wizard::draft;
use crate::wizard::effect::Effect;
use crate::wizard::event::{Key, Reply};
use crate::wizard::keymap::{Keymap, Keys, ListAction};
use crate::wizard::list::{choice, choice_with, choices, moved};
use crate::wizard::next::{Next, To};
use crate::wizard::page::{Block, Choice, Page, Tone};
use crate::wizard::screen::Screen;
use crate::wizard::state::{Fact, Liveness, Machine, WizardState};
use crate::wizard::words::{ago, error, instance_corner, say, verbatim};

/// Picking a machine.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Machines {
    cursor: usize,
    /// The person went on to name this machine.
    naming: bool,
    /// One that was chosen and is not this one.
    elsewhere: Option<String>,
    /// Why they could not be listed.
    error: Option<AppError>,
}

#[derive(Clone, Debug, PartialEq)]
enum Entry {
    This(Machine),
    Place(Machine),
    Name,
    Again,
    Other(Machine),
}

impl Machines {
    pub(super) fn new() -> Self {
        Self::default()
    }

    fn keymap() -> Keymap<ListAction> {
        Keymap::of_list()
    }

    fn entries(&self, state: &WizardState) -> Vec<Entry> {
        let mut entries: Vec<Entry> = Vec::new();
        match &state.machine {
            Some(this) => entries.extend([Entry::This(this.clone()), Entry::Place(this.clone())]),
            // It may be known after all: that is found out first.
            None if state.machines.is_none() && self.error.is_some() => {
                entries.extend([Entry::Again, Entry::Name]);
            }
            None => entries.push(Entry::Name),
        }
        let mut others = others(state);
        others.sort_by_key(|machine| crate::i18n::folded(&machine.name));
        entries.extend(others.into_iter().cloned().map(Entry::Other));
        entries
    }

    fn list(&mut self, state: &WizardState) -> Next {
        self.error = None;
        match &state.access {
            Some(access) => Next::ask(Effect::ListMachines(access.clone())),
            None => Next::stay(),
        }
    }

    fn choose(&mut self, entry: Entry, state: &WizardState) -> Next {
        self.elsewhere = None;
        match entry {
            Entry::This(machine) => Next::back().learn(Fact::Machine(machine)),
            Entry::Place(_) => Next::open(To::Places),
            Entry::Name => {
                self.naming = true;
                Next::open(To::NameMachine)
            }
            Entry::Again => self.list(state),
            Entry::Other(machine) => {
                self.elsewhere = Some(machine.name);
                Next::stay()
            }
        }
    }
}

fn name_at_once() -> Next {
    Next::replace(To::NameMachine)
}

/// The account's machines but this one.
fn others(state: &WizardState) -> Vec<&Machine> {
    let this = state.machine.as_ref().map(|this| &this.id);
    let other = |machine: &&Machine| !machine.this && Some(&machine.id) != this;
    state.machines.iter().flatten().filter(other).collect()
}

fn item(entry: &Entry, state: &WizardState, now: TimePoint) -> Choice {
    match entry {
        Entry::This(machine) => choice_with(verbatim(&machine.name), say("machine-this-known")),
        Entry::Place(machine) => {
            let place = match &machine.location {
                Some(key) => location::name_of(key, state.language),
                None => say("machine-place-unset"),
            };
            choice_with(say("machine-place"), place)
        }
        Entry::Name => choice_with(say("machine-to-name"), say("machine-to-name-detail")),
        Entry::Again => choice(say("machine-again")),
        Entry::Other(machine) => choice_with(verbatim(&machine.name), liveness(machine, now)),
    }
}

fn liveness(machine: &Machine, now: TimePoint) -> Words {
    let liveness = say(match machine.liveness {
        Liveness::Online => return say("machine-online"),
        Liveness::Offline => "machine-offline",
        Liveness::Unknown => "machine-unknown",
    });
    match machine.last_seen_at {
        Some(seen) => Message::new("machine-last-used")
            .with("state", liveness)
            .with("ago", ago(seen, now))
            .into(),
        None => liveness,
    }
}

impl Screen for Machines {
    fn open(&mut self, state: &WizardState, _: TimePoint) -> Next {
        self.elsewhere = None;
        if std::mem::take(&mut self.naming) && draft::machine(state).is_settled() {
            return Next::back();
        }
        match &state.machines {
            None if self.error.is_none() => self.list(state),
            Some(machines) if machines.is_empty() && state.machine.is_none() => name_at_once(),
            _ => Next::stay(),
        }
    }

    fn on_key(&mut self, key: Key, state: &WizardState, _: TimePoint) -> Next {
        let entries = self.entries(state);
        match Self::keymap().find(key) {
            Some(ListAction::Move(how)) => {
                self.cursor = moved(self.cursor, entries.len(), how);
                self.elsewhere = None;
                Next::stay()
            }
            Some(ListAction::Choose) => {
                let at = self.cursor.min(entries.len().saturating_sub(1));
                entries.into_iter().nth(at).map_or(Next::stay(), |entry| self.choose(entry, state))
            }
            None => Next::stay(),
        }
    }

    fn on_reply(&mut self, reply: Reply, _: &WizardState, _: TimePoint) -> Next {
        match reply {
            Reply::Machines(Ok(machines)) => {
                self.cursor = 0;
                // With nothing to pick from there is nothing to ask; but
                // whoever is naming already is not disturbed.
                let only_name = machines.is_empty() && !self.naming;
                let next = if only_name { name_at_once() } else { Next::stay() };
                next.learn(Fact::Machines(machines))
            }
            Reply::Machines(Err(what)) => {
                self.error = Some(what);
                Next::stay()
            }
            _ => Next::stay(),
        }
    }

    fn keys(&self, _: &WizardState, _: TimePoint) -> Keys {
        Self::keymap().keys()
    }

    fn page(&self, state: &WizardState, now: TimePoint) -> Page {
        let mut page = Page::new(say("title-machine"));
        page.corner = instance_corner(state);
        page.blocks.extend(draft::gone_machine(state).map(|gone| Block::toned(Tone::Tip, gone)));
        page.blocks.push(Block::text(say("machine-which")));
        if state.machines.is_none() && self.error.is_none() {
            page.blocks.push(Block::toned(Tone::Dim, say("machine-looking")));
        }
        page.blocks.extend(self.error.iter().flat_map(error));
        let items = self.entries(state).iter().map(|entry| item(entry, state, now)).collect();
        page.blocks.push(choices(items, self.cursor));
        if let Some(name) = &self.elsewhere {
            let elsewhere_note = Message::new("machine-elsewhere").with("machine", verbatim(name));
            page.blocks.push(Block::toned(Tone::Tip, elsewhere_note));
        }
        page
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wizard::effect::Attempt;
    use crate::wizard::event::{Event, KeyCode};
    use crate::wizard::testing::{
        ENTER, access, at, at_launch, machine, signed_in, time, unreachable,
    };

    const END: Event = Event::Key(Key::plain(KeyCode::End));

    fn reply(answer: Result<Vec<Machine>, AppError>) -> Event {
        Event::Reply(Attempt(1), Reply::Machines(answer))
    }

    fn learned(machines: &[Machine], then: Next) -> Next {
        then.learn(Fact::Machines(machines.to_vec()))
    }

    #[test]
    fn this_machine_is_taken_under_the_name_it_has() {
        let this = machine("radiology-3", true);
        let state = WizardState { machine: Some(this.clone()), ..at_launch() };
        let mut screen = Machines::new();
        assert_eq!(screen.open(&state, at(0)), Next::stay());
        assert_eq!(screen.on(ENTER, &state, at(0)), Next::back().learn(Fact::Machine(this)));
    }

    #[test]
    fn another_machine_says_where_to_go() {
        let state = at_launch();
        let mut screen = Machines::new();
        screen.open(&state, at(0));
        screen.on(END, &state, at(0));
        assert_eq!(screen.on(ENTER, &state, at(0)), Next::stay());
        assert_eq!(screen.elsewhere.as_deref(), Some("build box"));
    }

    #[test]
    fn with_nothing_to_pick_from_it_is_named_at_once() {
        let mut screen = Machines::new();
        let state = signed_in();
        assert_eq!(screen.open(&state, at(0)), Next::ask(Effect::ListMachines(access())));
        let next = screen.on(reply(Ok(vec![])), &state, at(1));
        assert_eq!(next, learned(&[], name_at_once()));
        let state = WizardState { machines: Some(vec![]), ..state };
        assert_eq!(Machines::new().open(&state, at(1)), name_at_once());
    }

    #[test]
    fn whoever_names_it_already_is_not_disturbed_by_the_list() {
        let state = signed_in();
        let mut screen = Machines::new();
        screen.open(&state, at(0));
        assert_eq!(screen.on(ENTER, &state, at(0)), Next::open(To::NameMachine));
        assert_eq!(screen.on(reply(Ok(vec![])), &state, at(1)), learned(&[], Next::stay()));
    }

    #[test]
    fn named_above_it_is_picked() {
        let mut state = at_launch();
        let mut screen = Machines::new();
        screen.open(&state, at(0));
        screen.on(ENTER, &state, at(0));
        assert_eq!(screen.clone().open(&state, at(1)), Next::stay());
        state.machine = Some(machine("radiology-3", true));
        assert_eq!(screen.open(&state, at(1)), Next::back());
    }

    #[test]
    fn trouble_is_a_line_and_asked_again() {
        let state = signed_in();
        let mut screen = Machines::new();
        screen.open(&state, at(0));
        assert_eq!(screen.on(reply(Err(unreachable())), &state, at(1)), Next::stay());
        assert_eq!(screen.entries(&state), [Entry::Again, Entry::Name]);
        assert_eq!(screen.on(ENTER, &state, at(2)), Next::ask(Effect::ListMachines(access())));
    }

    #[test]
    fn how_another_stands_is_said() {
        let mut other = machine("build-box", false);
        assert_eq!(liveness(&other, at(0)), say("machine-offline"));
        other.last_seen_at = Some(time("2026-01-01T00:00:00Z"));
        let Words::Message(said) = liveness(&other, at(0)) else { panic!("a message") };
        assert_eq!(said.id, "machine-last-used");
        other.liveness = Liveness::Online;
        assert_eq!(liveness(&other, at(0)), say("machine-online"));
    }
}

//! Where this machine stands: a country or a finer zone, found while typing, or
//! set later. With nothing typed only the zones around the likely place are
//! listed; four hundred lines help nobody.

use crate::error::AppError;
use crate::i18n::Message;
use crate::input::pasted::Pasted;
use crate::machine::location::{Zone, find, name_of, parse, zone, zones};
use crate::secret::Secret;
use crate::time_point::TimePoint;
use crate::wizard::effect::Effect;
use crate::wizard::event::{Key, Reply};
use crate::wizard::keymap::Keys;
use crate::wizard::list::{choice, choice_with};
use crate::wizard::next::Next;
use crate::wizard::page::{Block, Choice, Mark, Page, Row};
use crate::wizard::picker::Picker;
use crate::wizard::screen::Screen;
use crate::wizard::state::{Fact, Location, WizardState};
use crate::wizard::words::{error, say, verbatim};

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Places {
    picker: Picker,
    /// The zone that is being sent to the instance.
    sending: Option<String>,
    /// Why it could not be.
    error: Option<AppError>,
}

#[derive(Clone, Debug, PartialEq)]
enum Entry {
    Zone(&'static Zone),
    /// In the shape of a key and not in our table: grids are added faster.
    Unlisted(String),
    Later,
    /// It has a place already, which nothing here takes away.
    Keep(String),
}

impl Places {
    pub(super) fn new() -> Self {
        Self::default()
    }

    /// The place known or guessed, around which the list begins.
    fn likely(state: &WizardState) -> Option<String> {
        let chosen = match &state.location {
            Some(Location::Zone(key)) => Some(key.clone()),
            Some(Location::Later) | None => None,
        };
        let guess = state.host.zone.as_ref().map(|zone| zone.key.clone());
        known_location(state).map(ToOwned::to_owned).or(chosen).or(guess)
    }

    fn entries(&self, state: &WizardState) -> Vec<Entry> {
        let query = self.picker.query();
        let found = if query.is_empty() {
            let likely = Self::likely(state);
            let around = likely.as_deref().and_then(zone).map(Zone::country);
            zones().iter().filter(|zone| Some(zone.country()) == around).collect()
        } else {
            find(query)
        };
        let mut entries: Vec<Entry> = found.into_iter().map(Entry::Zone).collect();
        if entries.is_empty()
            && let Ok((key, None)) = parse(query)
        {
            entries.push(Entry::Unlisted(key));
        }
        // Enter over a place that nobody knows does not set it later.
        if query.is_empty() || !entries.is_empty() {
            match known_location(state) {
                None => entries.push(Entry::Later),
                Some(key) if entries.iter().any(|entry| entry.has_key(key)) => {}
                Some(key) => entries.push(Entry::Keep(key.to_owned())),
            }
        }
        entries
    }

    fn choose(&mut self, entry: Entry, state: &WizardState) -> Next {
        match entry {
            Entry::Zone(zone) => self.relocate(zone.key.to_owned(), state),
            Entry::Unlisted(key) => self.relocate(key, state),
            Entry::Later => Next::back().learn(Fact::Location(Location::Later)),
            Entry::Keep(key) => Next::back().learn(Fact::Location(Location::Zone(key))),
        }
    }

    /// A machine that the account knows is moved there as well.
    fn relocate(&mut self, key: String, state: &WizardState) -> Next {
        let elsewhere =
            state.machine.as_ref().filter(|machine| machine.location.as_ref() != Some(&key));
        if let (Some(machine), Some(access)) = (elsewhere, &state.access) {
            self.error = None;
            self.sending = Some(key.clone());
            let (access, machine) = (access.clone(), machine.id.clone());
            return Next::ask(Effect::LocateMachine { access, machine, location: key });
        }
        Next::back().learn(Fact::Location(Location::Zone(key)))
    }
}

impl Entry {
    fn has_key(&self, key: &str) -> bool {
        matches!(self, Self::Zone(zone) if zone.key == key)
    }
}

/// Where the account knows this machine to stand.
fn known_location(state: &WizardState) -> Option<&str> {
    state.machine.as_ref()?.location.as_deref()
}

/// `alone` is whether nothing was typed: then there is room for a reason.
fn item(entry: &Entry, state: &WizardState, alone: bool) -> Choice {
    let language = state.language;
    match entry {
        Entry::Later if !alone => choice(say("place-later")),
        Entry::Later => choice_with(say("place-later"), say("place-later-detail")),
        Entry::Keep(key) => choice_with(say("place-keep"), name_of(key, language)),
        Entry::Unlisted(key) => choice_with(verbatim(key), say("place-unlisted")),
        Entry::Zone(zone) => {
            let guessed = state.host.zone.as_ref().is_some_and(|guess| guess.key == zone.key);
            let detail = if known_location(state) == Some(zone.key) {
                Message::new("place-now").with("zone", zone.key).into()
            } else if guessed {
                Message::new("place-guessed").with("zone", zone.key).into()
            } else {
                verbatim(zone.key)
            };
            choice_with(verbatim(zone.name(language)), detail)
        }
    }
}

impl Screen for Places {
    fn open(&mut self, state: &WizardState, _: TimePoint) -> Next {
        let likely = Self::likely(state);
        let entries = self.entries(state);
        let is_likely = |entry: &Entry| likely.as_deref().is_some_and(|key| entry.has_key(key));
        self.picker.set_cursor(entries.iter().position(is_likely).unwrap_or(0));
        Next::stay()
    }

    fn on_key(&mut self, key: Key, state: &WizardState, _: TimePoint) -> Next {
        if self.sending.is_some() {
            return Next::stay();
        }
        let entries = self.entries(state);
        match self.picker.key(key, entries.len()).and_then(|at| entries.into_iter().nth(at)) {
            Some(entry) => self.choose(entry, state),
            None => Next::stay(),
        }
    }

    fn takes(&self, pasted: &Pasted, _: &Secret, _: &WizardState) -> bool {
        !pasted.is_certain()
    }

    fn on_paste(&mut self, pasted: &Secret, _: &WizardState) -> Next {
        if self.sending.is_none() {
            self.picker.paste(pasted);
        }
        Next::stay()
    }

    fn on_reply(&mut self, reply: Reply, _: &WizardState, _: TimePoint) -> Next {
        match reply {
            Reply::Machine(Ok(machine)) => {
                let key = machine.location.clone().or(self.sending.clone());
                let place = key.map(|key| Fact::Location(Location::Zone(key)));
                Next::back().learn(Fact::Machine(machine)).learn_all(place)
            }
            Reply::Machine(Err(what)) if self.sending.is_some() => {
                self.sending = None;
                self.error = Some(what);
                Next::stay()
            }
            _ => Next::stay(),
        }
    }

    fn keys(&self, _: &WizardState, _: TimePoint) -> Keys {
        if self.sending.is_some() { Keys::default() } else { Picker::keys() }
    }

    /// Back to the list. A change that is made all the same is taken: it is
    /// so.
    fn close_inner(&mut self) -> bool {
        self.sending.take().is_some()
    }

    fn page(&self, state: &WizardState, _: TimePoint) -> Page {
        let mut page = Page::new(say("title-place"));
        if let Some(key) = &self.sending {
            let row = Row::new(Mark::Now, say("place-sending")).value(verbatim(key));
            return page.block(Block::Rows(vec![row]));
        }
        page.blocks.push(Block::text(say("place-where")));
        let entries = self.entries(state);
        let alone = self.picker.query().is_empty();
        let items = entries.iter().map(|entry| item(entry, state, alone)).collect();
        page.blocks.extend(self.picker.blocks(say("place-filter"), say("place-hint"), items));
        if entries.is_empty() {
            let none = Message::new("place-none-fits").with("text", verbatim(self.picker.query()));
            page.blocks.pop();
            page.blocks.push(Block::text(none));
        }
        page.blocks.extend(self.error.iter().flat_map(error));
        page
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wizard::effect::Attempt;
    use crate::wizard::event::Event;
    use crate::wizard::state::Machine;
    use crate::wizard::testing::{ENTER, UP, access, at, machine, signed_in, unreachable};

    fn in_zone(key: &str) -> Fact {
        Fact::Location(Location::Zone(key.into()))
    }

    fn opened(state: &WizardState) -> Places {
        let mut screen = Places::new();
        assert_eq!(screen.open(state, at(0)), Next::stay());
        screen
    }

    fn paste(screen: &mut Places, text: &str, state: &WizardState) {
        assert_eq!(screen.on(Event::Paste(Secret::new(text)), state, at(0)), Next::stay());
    }

    fn reply(answer: Result<Machine, AppError>) -> Event {
        Event::Reply(Attempt(1), Reply::Machine(answer))
    }

    #[test]
    fn the_likely_place_comes_first_and_later_last() {
        let state = signed_in();
        let mut screen = opened(&state);
        assert_eq!(screen.clone().on(ENTER, &state, at(0)), Next::back().learn(in_zone("DE")));
        screen.on(UP, &state, at(0));
        let later = Next::back().learn(Fact::Location(Location::Later));
        assert_eq!(screen.on(ENTER, &state, at(0)), later);
    }

    #[test]
    fn a_place_is_found_by_country_city_or_key_in_any_language() {
        let state = signed_in();
        for (typed, key) in [
            ("españa", "ES"),
            ("Spain", "ES"),
            ("madrid", "ES"),
            ("us-cal-ciso", "US-CAL-CISO"),
            ("kyushu", "JP-KY"),
            ("us-new-grid", "US-NEW-GRID"),
        ] {
            let mut screen = opened(&state);
            paste(&mut screen, typed, &state);
            let next = screen.on(ENTER, &state, at(0));
            assert_eq!(next, Next::back().learn(in_zone(key)), "{typed}");
        }
    }

    #[test]
    fn a_place_that_nobody_knows_is_not_set_later() {
        let state = signed_in();
        let mut screen = opened(&state);
        paste(&mut screen, "Mordor", &state);
        assert_eq!(screen.on(ENTER, &state, at(0)), Next::stay());
    }

    #[test]
    fn where_nothing_is_known_nothing_is_listed() {
        let mut state = signed_in();
        state.host.zone = None;
        assert_eq!(opened(&state).entries(&state), [Entry::Later]);
    }

    #[test]
    fn a_machine_that_is_known_is_moved_on_the_instance_too() {
        let this = machine("radiology-3", true);
        let state = WizardState { machine: Some(this.clone()), ..signed_in() };
        let mut screen = opened(&state);
        // Where it stands already there is nothing to send.
        assert_eq!(screen.clone().on(ENTER, &state, at(0)), Next::back().learn(in_zone("DE")));
        paste(&mut screen, "FR", &state);
        let ask = Next::ask(Effect::LocateMachine {
            access: access(),
            machine: this.id.clone(),
            location: "FR".into(),
        });
        assert_eq!(screen.on(ENTER, &state, at(0)), ask);
        assert_eq!(screen.on(reply(Err(unreachable())), &state, at(1)), Next::stay());
        assert_eq!(screen.on(ENTER, &state, at(2)), ask);
        let moved = Machine { location: Some("FR".into()), ..this };
        assert_eq!(
            screen.on(reply(Ok(moved.clone())), &state, at(3)),
            Next::back().learn(Fact::Machine(moved)).learn(in_zone("FR"))
        );
    }
}

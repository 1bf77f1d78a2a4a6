//! The first screen, on every machine: the ways in. Where the team is comes
//! after it, and only where nothing said so before.

use crate::i18n::{Language, Message};
use crate::model::Instance;
use crate::time_point::TimePoint;
use crate::wizard::effect::{Effect, Exit};
use crate::wizard::event::{Key, Reply};
use crate::wizard::keymap::{ENTER, Keymap, Keys};
use crate::wizard::list::{Move, choice, choice_with, choices, moved};
use crate::wizard::next::{Next, To};
use crate::wizard::page::{Block, Choice, Page, Tone};
use crate::wizard::screen::Screen;
use crate::wizard::state::{Fact, Pending, WizardState};
use crate::wizard::words::{instance, instance_corner, say, verbatim};

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Welcome {
    cursor: usize,
    /// A sign-in begun before was looked for.
    looked: bool,
    /// The person has done something: nothing opens by itself any more.
    touched: bool,
    /// A sign-in was expected here and is not kept any more.
    signed_out: bool,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Action {
    Move(Move),
    Choose,
    Instance,
    Language,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Entry {
    Resume,
    /// To the instance in use.
    SignIn,
    /// Wherever the team is.
    Team,
    ThisComputer,
    Token,
    Join,
    CreateAccount,
    Exit,
}

impl Welcome {
    /// Where somebody was signed in as far as we knew, and is not.
    pub(super) fn signed_out() -> Self {
        Self { signed_out: true, ..Self::default() }
    }

    fn keymap() -> Keymap<Action> {
        Keymap::new()
            .list(Action::Move)
            .key(ENTER, Action::Choose, "key-continue")
            .quiet(&[Key::char('i')], Action::Instance, "key-instance")
            .key(&[Key::char('l')], Action::Language, "key-language")
    }

    fn entries(state: &WizardState, now: TimePoint) -> Vec<Entry> {
        let is_team = state.instance.as_ref().is_some_and(|used| !used.is_embedded());
        let entries = [
            (Entry::Resume, alive(state, now).is_some()),
            (Entry::SignIn, is_team),
            (Entry::Team, true),
            (Entry::ThisComputer, state.host.has_embedded),
            (Entry::Token, true),
            (Entry::Join, true),
            (Entry::CreateAccount, true),
            (Entry::Exit, true),
        ];
        entries.into_iter().filter(|(_, applies)| *applies).map(|(entry, _)| entry).collect()
    }

    /// What Enter does unless somebody moves: going on, else where it was last
    /// time, else what takes one click here.
    fn preselected(state: &WizardState, now: TimePoint) -> usize {
        let is_embedded = state.instance.as_ref().is_some_and(Instance::is_embedded);
        let one_click = state.instance.is_none() && state.host.can_open_browser;
        let entries = Self::entries(state, now);
        let this = |entry: &Entry| *entry == Entry::ThisComputer;
        let at = if is_embedded || one_click { entries.iter().position(this) } else { None };
        at.filter(|_| entries.first() != Some(&Entry::Resume)).unwrap_or(0)
    }

    fn choose(&self, state: &WizardState, now: TimePoint) -> Next {
        match (Self::entries(state, now).get(self.cursor), alive(state, now)) {
            (Some(Entry::Resume), Some(pending)) => Next::open(To::Resume(pending.clone())),
            (Some(Entry::SignIn), _) => Next::open(To::SignIn),
            (Some(Entry::Team), _) => Next::open(To::Team),
            (Some(Entry::ThisComputer), _) => Next::open(To::SignInTo(this_computer(state))),
            (Some(Entry::Token), _) => Next::open(To::Token(None)),
            (Some(Entry::Join), _) => Next::open(To::Join(None)),
            (Some(Entry::CreateAccount), _) => Next::open(To::CreateAccount),
            (Some(Entry::Exit), _) => Next::exit(Exit::Cancelled),
            (Some(Entry::Resume) | None, _) => Next::stay(),
        }
    }
}

/// The embedded instance, with the sign-in that may be kept for it.
fn this_computer(state: &WizardState) -> Instance {
    let known = state.instances.iter().find(|known| known.is_embedded());
    known.cloned().unwrap_or_else(Instance::local)
}

fn alive(state: &WizardState, now: TimePoint) -> Option<&Pending> {
    state.pending.as_ref().filter(|pending| !now.is_past(pending.deadline))
}

impl Screen for Welcome {
    fn open(&mut self, state: &WizardState, now: TimePoint) -> Next {
        if self.looked {
            // Said once; by now the instance may be another one.
            self.signed_out = false;
            return Next::stay();
        }
        self.looked = true;
        self.cursor = Self::preselected(state, now);
        Next::ask(Effect::FindPending)
    }

    fn on_key(&mut self, key: Key, state: &WizardState, now: TimePoint) -> Next {
        self.touched = true;
        match Self::keymap().find(key) {
            Some(Action::Move(how)) => {
                self.cursor = moved(self.cursor, Self::entries(state, now).len(), how);
                Next::stay()
            }
            Some(Action::Choose) => self.choose(state, now),
            Some(Action::Instance) => Next::open(To::Instances),
            Some(Action::Language) => {
                let at = Language::ALL.iter().position(|known| *known == state.language);
                let next = at.map_or(0, |at| (at + 1) % Language::ALL.len());
                let language = Language::ALL[next];
                let keep = Next::ask(Effect::KeepLanguage(language));
                keep.learn(Fact::Language(language))
            }
            None => Next::stay(),
        }
    }

    fn on_reply(&mut self, reply: Reply, state: &WizardState, now: TimePoint) -> Next {
        let Reply::Pending(Some(pending)) = reply else { return Next::stay() };
        let next = if self.touched {
            // A line came in above: the cursor stays on what it was on.
            self.cursor += usize::from(alive(state, now).is_none());
            Next::stay()
        } else if state.instance.as_ref().is_some_and(|used| used.place != pending.instance.place) {
            // Another instance is meant than the one it belongs to: offered, and
            // no more.
            self.cursor = 0;
            Next::stay()
        } else {
            Next::open(To::Resume(pending.clone()))
        };
        next.learn(Fact::Pending(pending))
    }

    fn keys(&self, _: &WizardState, _: TimePoint) -> Keys {
        Self::keymap().keys()
    }

    fn page(&self, state: &WizardState, now: TimePoint) -> Page {
        let mut page = Page::new(None).block(Block::Art).block(Block::text(say("welcome-intro")));
        page.corner = instance_corner(state);
        let items = Self::entries(state, now).into_iter().map(|entry| item(entry, state, now));
        page.blocks.push(choices(items.collect(), self.cursor));
        if self.signed_out {
            page.blocks.push(Block::toned(Tone::Tip, say("welcome-signed-out")));
        }
        page.blocks.push(Block::toned(Tone::Dim, say("welcome-paste")));
        // The offer to go on ends with its code.
        page.wake = alive(state, now).map(|pending| pending.deadline);
        page
    }
}

fn item(entry: Entry, state: &WizardState, now: TimePoint) -> Choice {
    match entry {
        Entry::Resume => {
            let pending = alive(state, now);
            let left = pending.map(|pending| now.until(pending.deadline));
            let minutes = left.map_or(0, |left| left.as_secs().div_ceil(60));
            let code = pending.map(|pending| pending.user_code.clone());
            let detail = if pending.is_some_and(|pending| pending.approved) {
                Message::new("resume-approved-detail")
            } else {
                Message::new("welcome-resume-detail")
                    .with("code", verbatim(&code.unwrap_or_default()))
                    .with("minutes", i64::try_from(minutes).unwrap_or_default())
            };
            choice_with(say("welcome-resume"), detail)
        }
        Entry::SignIn => {
            let used = state.instance.as_ref().map_or(verbatim(""), instance);
            let label = Message::new("welcome-sign-in-to").with("instance", used);
            choice_with(label, say("welcome-team-detail"))
        }
        Entry::Team if state.instance.as_ref().is_some_and(|used| !used.is_embedded()) => {
            choice(say("welcome-other-team"))
        }
        Entry::Team => choice_with(say("welcome-team"), say("welcome-team-detail")),
        Entry::ThisComputer => choice_with(say("instance-local"), say("instance-local-detail")),
        Entry::Token => choice_with(say("welcome-token"), verbatim("cm_pat_…")),
        Entry::Join => choice_with(say("welcome-join"), say("welcome-join-detail")),
        Entry::CreateAccount => choice_with(say("welcome-create"), say("welcome-create-detail")),
        Entry::Exit => choice(say("welcome-exit")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wizard::event::{Event, KeyCode};
    use crate::wizard::testing::{ENTER, at, first_run, first_run_remote, pending};

    fn shown(state: &WizardState) -> Welcome {
        let mut welcome = Welcome::default();
        welcome.open(state, at(0));
        welcome
    }

    #[test]
    fn the_cursor_stands_on_what_takes_least_here() {
        let chosen = |state: &WizardState| shown(state).choose(state, at(0));
        let mut nothing = WizardState { instance: None, ..first_run() };
        nothing.host.can_open_browser = false;
        assert_eq!(chosen(&nothing), Next::open(To::Team));
        nothing.host.can_open_browser = true;
        assert_eq!(chosen(&nothing), Next::open(To::SignInTo(Instance::local())));
        nothing.host.has_embedded = false;
        assert_eq!(chosen(&nothing), Next::open(To::Team));
        assert_eq!(chosen(&first_run()), Next::open(To::SignInTo(Instance::local())));
        assert_eq!(chosen(&first_run_remote()), Next::open(To::SignIn));
    }

    #[test]
    fn a_sign_in_left_unfinished_is_offered_first_unless_somebody_is_busy() {
        let state = first_run_remote();
        let found = |welcome: &mut Welcome| {
            let reply = Reply::Pending(Some(pending()));
            welcome.on(Event::Reply(crate::wizard::effect::Attempt(1), reply), &state, at(0))
        };
        assert_eq!(
            found(&mut Welcome::default()),
            Next::open(To::Resume(pending())).learn(Fact::Pending(pending()))
        );
        let mut busy = shown(&state);
        busy.on(Event::Key(Key::plain(KeyCode::Down)), &state, at(0));
        assert_eq!(found(&mut busy), Next::stay().learn(Fact::Pending(pending())));
        let state = WizardState { pending: Some(pending()), ..state };
        assert_eq!(busy.on(ENTER, &state, at(0)), Next::open(To::Team));
    }

    #[test]
    fn a_sign_in_to_another_instance_than_was_meant_is_offered_and_no_more() {
        let state = first_run();
        let elsewhere = Pending { instance: crate::wizard::testing::remote(), ..pending() };
        let mut welcome = shown(&state);
        let reply = Reply::Pending(Some(elsewhere.clone()));
        let found = welcome.on(crate::wizard::testing::reply(reply), &state, at(0));
        assert_eq!(found, Next::stay().learn(Fact::Pending(elsewhere.clone())));
        let state = WizardState { pending: Some(elsewhere.clone()), ..state };
        assert_eq!(welcome.on(ENTER, &state, at(0)), Next::open(To::Resume(elsewhere)));
    }

    #[test]
    fn the_language_goes_round() {
        let state = first_run();
        assert_eq!(
            Welcome::default().on(Event::Key(Key::char('l')), &state, at(0)),
            Next::ask(Effect::KeepLanguage(Language::ALL[1]))
                .learn(Fact::Language(Language::ALL[1]))
        );
    }
}

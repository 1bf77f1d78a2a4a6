//! The first screen: the ways in. Something pasted here is recognised and taken
//! where it belongs, so nobody has to choose first.

use crate::i18n::{Language, Message};
use crate::input::peel::peel;
use crate::secret::{Secret, TokenFault, TokenKind};
use crate::time_point::TimePoint;
use crate::wizard::effect::{Effect, Exit};
use crate::wizard::event::{Key, Reply};
use crate::wizard::keymap::{ENTER, Keymap, Keys};
use crate::wizard::list::{Move, choice, choice_with, choices, moved};
use crate::wizard::next::{Next, To};
use crate::wizard::page::{Block, Choice, Page, Tone};
use crate::wizard::screen::Screen;
use crate::wizard::state::{Fact, Pending, WizardState};
use crate::wizard::words::{instance_corner, say, verbatim};

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Welcome {
    cursor: usize,
    /// A sign-in begun before was looked for.
    looked: bool,
    /// The person has done something: nothing opens by itself any more.
    touched: bool,
    /// What was pasted is nothing we know.
    unknown_paste: bool,
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
    SignIn,
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
            .key(&[Key::char('i')], Action::Instance, "key-instance")
            .key(&[Key::char('l')], Action::Language, "key-language")
    }

    fn entries(state: &WizardState, now: TimePoint) -> Vec<Entry> {
        let mut entries = Vec::new();
        if alive(state, now).is_some() {
            entries.push(Entry::Resume);
        }
        entries.extend([
            Entry::SignIn,
            Entry::Token,
            Entry::Join,
            Entry::CreateAccount,
            Entry::Exit,
        ]);
        entries
    }

    fn choose(&self, state: &WizardState, now: TimePoint) -> Next {
        match (Self::entries(state, now).get(self.cursor), alive(state, now)) {
            (Some(Entry::Resume), Some(pending)) => Next::open(To::Resume(pending.clone())),
            (Some(Entry::SignIn), _) => Next::open(To::SignIn),
            (Some(Entry::Token), _) => Next::open(To::Token(None)),
            (Some(Entry::Join), _) => Next::open(To::Join(None)),
            (Some(Entry::CreateAccount), _) => Next::open(To::CreateAccount),
            (Some(Entry::Exit), _) => Next::exit(Exit::Cancelled),
            (Some(Entry::Resume) | None, _) => Next::stay(),
        }
    }
}

enum Pasted {
    Token,
    Invite,
}

/// A token that is cut short is still meant as one.
fn recognised(text: &str) -> Option<Pasted> {
    if TokenKind::of(text) != Err(TokenFault::NotOurs) {
        Some(Pasted::Token)
    } else if crate::input::invite::parse(text).is_ok() {
        Some(Pasted::Invite)
    } else {
        None
    }
}

fn alive(state: &WizardState, now: TimePoint) -> Option<&Pending> {
    state.pending.as_ref().filter(|pending| !now.is_past(pending.deadline))
}

impl Screen for Welcome {
    fn open(&mut self, _: &WizardState, _: TimePoint) -> Next {
        self.unknown_paste = false;
        if self.looked {
            // Said once; by now the instance may be another one.
            self.signed_out = false;
            return Next::stay();
        }
        self.looked = true;
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

    fn on_paste(&mut self, pasted: &Secret, _: &WizardState) -> Next {
        self.touched = true;
        match recognised(peel(pasted.expose())) {
            Some(Pasted::Token) => Next::open(To::Token(Some(pasted.clone()))),
            Some(Pasted::Invite) => Next::open(To::Join(Some(pasted.clone()))),
            None => {
                self.unknown_paste = true;
                Next::stay()
            }
        }
    }

    fn on_reply(&mut self, reply: Reply, state: &WizardState, now: TimePoint) -> Next {
        let Reply::Pending(Some(pending)) = reply else { return Next::stay() };
        let next = if self.touched {
            // A line came in above: the cursor stays on what it was on.
            self.cursor += usize::from(alive(state, now).is_none());
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
        if self.unknown_paste {
            page.blocks.push(Block::toned(Tone::Tip, say("welcome-unknown-paste")));
        }
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
        Entry::SignIn => choice_with(say("welcome-sign-in"), say("welcome-sign-in-detail")),
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
    use crate::wizard::testing::{ENTER, at, first_run, pending, token};

    #[test]
    fn what_is_pasted_is_taken_where_it_belongs() {
        let state = first_run();
        let pasted = Event::Paste(token());
        assert_eq!(
            Welcome::default().on(pasted, &state, at(0)),
            Next::open(To::Token(Some(token())))
        );
        let mut welcome = Welcome::default();
        let nonsense = Event::Paste(Secret::new("what is this?"));
        assert_eq!(welcome.on(nonsense, &state, at(0)), Next::stay());
        assert!(welcome.unknown_paste);
    }

    #[test]
    fn a_sign_in_left_unfinished_is_offered_first_unless_somebody_is_busy() {
        let state = first_run();
        let found = |welcome: &mut Welcome| {
            let reply = Reply::Pending(Some(pending()));
            welcome.on(Event::Reply(crate::wizard::effect::Attempt(1), reply), &state, at(0))
        };
        assert_eq!(
            found(&mut Welcome::default()),
            Next::open(To::Resume(pending())).learn(Fact::Pending(pending()))
        );
        let mut busy = Welcome::default();
        busy.on(Event::Key(Key::plain(KeyCode::Down)), &state, at(0));
        assert_eq!(found(&mut busy), Next::stay().learn(Fact::Pending(pending())));
        let state = WizardState { pending: Some(pending()), ..state };
        assert_eq!(busy.on(ENTER, &state, at(0)), Next::open(To::Token(None)));
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

//! Creating an account. The instance's own page makes it, so this only finds
//! out whether it would, and then leads to the sign-in whose code brings the
//! person back. Where accounts are not made for everybody that is said here,
//! not by a page on another device.

use crate::error::AppError;
use crate::i18n::Message;
use crate::model::{Instance, SignUp};
use crate::time_point::TimePoint;
use crate::wizard::effect::Effect;
use crate::wizard::event::{Key, Reply};
use crate::wizard::keymap::{ENTER, Keymap, Keys};
use crate::wizard::list::{Move, choice, choices, moved};
use crate::wizard::next::{Next, To};
use crate::wizard::page::{Block, Mark, Page, Row, Tone};
use crate::wizard::screen::Screen;
use crate::wizard::state::WizardState;
use crate::wizard::words::{error, instance, instance_corner, say};

/// Creating an account.
#[derive(Clone, Debug, PartialEq)]
pub struct CreateAccount {
    /// Where, as it was when it was asked.
    target: Option<Instance>,
    /// Where was asked, because no instance was in use.
    asked_where: bool,
    stage: Stage,
}

#[derive(Clone, Debug, PartialEq)]
enum Stage {
    /// The instance is asked who may make one.
    Asking,
    Failed(AppError),
    /// Nobody makes one just so, and what can be done instead.
    Refused(Refused, usize),
}

/// Why no account is made.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Refused {
    /// The embedded instance has one, the person's own.
    Own,
    ByInvite,
    Closed,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Action {
    Move(Move),
    Choose,
    Again,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Entry {
    Join,
    SignIn,
    Elsewhere,
}

impl Refused {
    fn entries(self) -> &'static [Entry] {
        match self {
            Self::Own => &[Entry::Elsewhere, Entry::SignIn],
            Self::ByInvite => &[Entry::Join, Entry::SignIn, Entry::Elsewhere],
            Self::Closed => &[Entry::SignIn, Entry::Elsewhere],
        }
    }
}

impl CreateAccount {
    pub(super) fn new() -> Self {
        Self { target: None, asked_where: false, stage: Stage::Asking }
    }

    fn ask(&mut self, instance: Instance) -> Next {
        self.target = Some(instance.clone());
        if instance.is_embedded() {
            self.stage = Stage::Refused(Refused::Own, 0);
            return Next::stay();
        }
        self.stage = Stage::Asking;
        Next::restart(vec![Effect::AskSignUp(instance)])
    }

    fn keymap(&self) -> Keymap<Action> {
        match &self.stage {
            Stage::Asking => Keymap::new(),
            Stage::Failed(_) => Keymap::new().key(ENTER, Action::Again, "key-try-again"),
            Stage::Refused(..) => {
                Keymap::new().list(Action::Move).key(ENTER, Action::Choose, "key-continue")
            }
        }
    }
}

impl Screen for CreateAccount {
    fn open(&mut self, state: &WizardState, _: TimePoint) -> Next {
        match &state.instance {
            Some(used) if self.target.as_ref().is_none_or(|target| target.place != used.place) => {
                self.ask(used.clone())
            }
            Some(_) => Next::stay(),
            // Left without one: the person went back.
            None if std::mem::replace(&mut self.asked_where, true) => Next::back(),
            None => Next::open(To::InstanceForInput),
        }
    }

    fn on_key(&mut self, key: Key, _: &WizardState, _: TimePoint) -> Next {
        match (self.keymap().find(key), &mut self.stage) {
            (Some(Action::Again), _) => {
                self.target.clone().map_or(Next::stay(), |instance| self.ask(instance))
            }
            (Some(Action::Move(how)), Stage::Refused(why, cursor)) => {
                *cursor = moved(*cursor, why.entries().len(), how);
                Next::stay()
            }
            (Some(Action::Choose), Stage::Refused(why, cursor)) => match why.entries().get(*cursor)
            {
                Some(Entry::Join) => Next::replace(To::Join(None)),
                Some(Entry::SignIn) => Next::replace(To::SignIn),
                Some(Entry::Elsewhere) => Next::open(To::Instances),
                None => Next::stay(),
            },
            _ => Next::stay(),
        }
    }

    fn on_reply(&mut self, reply: Reply, _: &WizardState, _: TimePoint) -> Next {
        let Reply::SignUp(answer) = reply else { return Next::stay() };
        self.stage = match answer {
            // Where nothing is said the page itself has the last word.
            Ok(None | Some(SignUp::Open)) => return Next::replace(To::SignUp),
            Ok(Some(SignUp::Invite)) => Stage::Refused(Refused::ByInvite, 0),
            Ok(Some(SignUp::Closed)) => Stage::Refused(Refused::Closed, 0),
            Err(what) => Stage::Failed(what),
        };
        Next::stay()
    }

    fn keys(&self, _: &WizardState, _: TimePoint) -> Keys {
        self.keymap().keys()
    }

    fn page(&self, state: &WizardState, _: TimePoint) -> Page {
        let mut page = Page::new(say("title-sign-up"));
        page.corner = instance_corner(state);
        let Some(target) = &self.target else { return page };
        let message = |id| Message::new(id).with("instance", instance(target));
        let row = |mark| Block::Rows(vec![Row::new(mark, message("sign-up-asking"))]);
        match &self.stage {
            Stage::Asking => page.blocks.push(row(Mark::Now)),
            Stage::Failed(what) => {
                page.blocks.push(row(Mark::Failed));
                page.blocks.extend(error(what));
            }
            Stage::Refused(why, cursor) => {
                let (what, hint) = match why {
                    Refused::Own => ("sign-up-own", None),
                    Refused::ByInvite => ("sign-up-by-invite", Some("sign-up-by-invite-hint")),
                    Refused::Closed => ("sign-up-closed", Some("sign-up-closed-hint")),
                };
                page.blocks.push(match why {
                    Refused::Own => Block::text(say(what)),
                    _ => Block::toned(Tone::Bad, message(what)),
                });
                page.blocks.extend(hint.map(|hint| Block::toned(Tone::Tip, say(hint))));
                let items = why.entries().iter().map(|entry| {
                    choice(say(match entry {
                        Entry::Join => "sign-up-join",
                        Entry::SignIn if *why == Refused::Own => "sign-up-here",
                        Entry::SignIn => "sign-up-sign-in",
                        Entry::Elsewhere => "sign-up-elsewhere",
                    }))
                });
                page.blocks.push(choices(items.collect(), *cursor));
            }
        }
        page
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wizard::effect::Attempt;
    use crate::wizard::event::Event;
    use crate::wizard::testing::{ENTER, at, first_run, first_run_remote, remote, unreachable};

    fn told(answer: Result<Option<SignUp>, AppError>) -> (CreateAccount, Next) {
        let state = first_run_remote();
        let mut screen = CreateAccount::new();
        let asks = Next::restart(vec![Effect::AskSignUp(remote())]);
        assert_eq!(screen.open(&state, at(0)), asks);
        let next = screen.on(Event::Reply(Attempt(1), Reply::SignUp(answer)), &state, at(1));
        (screen, next)
    }

    #[test]
    fn the_page_that_makes_accounts_leads_back_through_the_same_code() {
        for answer in [None, Some(SignUp::Open)] {
            assert_eq!(told(Ok(answer)).1, Next::replace(To::SignUp));
        }
    }

    #[test]
    fn where_none_is_made_that_is_said_and_what_to_do_instead() {
        let (mut screen, next) = told(Ok(Some(SignUp::Invite)));
        assert_eq!(next, Next::stay());
        let state = first_run_remote();
        assert_eq!(screen.on(ENTER, &state, at(2)), Next::replace(To::Join(None)));
        let (mut screen, _) = told(Ok(Some(SignUp::Closed)));
        assert_eq!(screen.on(ENTER, &state, at(2)), Next::replace(To::SignIn));
    }

    #[test]
    fn trouble_can_be_tried_again() {
        let (mut screen, next) = told(Err(unreachable()));
        assert_eq!(next, Next::stay());
        let again = screen.on(ENTER, &first_run_remote(), at(2));
        assert_eq!(again, Next::restart(vec![Effect::AskSignUp(remote())]));
    }

    #[test]
    fn the_embedded_instance_has_the_person_s_account_already() {
        let mut screen = CreateAccount::new();
        assert_eq!(screen.open(&first_run(), at(0)), Next::stay());
        let elsewhere = Next::open(To::Instances);
        assert_eq!(screen.on(ENTER, &first_run(), at(1)), elsewhere);
        // Another one was chosen there.
        let asks = Next::restart(vec![Effect::AskSignUp(remote())]);
        assert_eq!(screen.open(&first_run_remote(), at(2)), asks);
    }
}

//! A sign-in that was begun before and whose code still lives: go on with it?

use crate::i18n::Message;
use crate::time_point::TimePoint;
use crate::wizard::effect::Effect;
use crate::wizard::event::Key;
use crate::wizard::keymap::{Keymap, Keys, ListAction};
use crate::wizard::list::{choice, choice_with, choices, moved};
use crate::wizard::next::{Next, To};
use crate::wizard::page::{Block, Page, Tone};
use crate::wizard::screen::Screen;
use crate::wizard::state::{Fact, Pending, WizardState};
use crate::wizard::words::{countdown, instance, say, verbatim};

/// The offer to go on.
#[derive(Clone, Debug, PartialEq)]
pub struct Resume {
    pending: Pending,
    cursor: usize,
}

impl Resume {
    pub(super) fn new(pending: Pending) -> Self {
        Self { pending, cursor: 0 }
    }

    fn keymap() -> Keymap<ListAction> {
        Keymap::of_list()
    }

    /// Where somebody goes who does not go on with it.
    fn afresh(state: &WizardState) -> Next {
        if state.instance.is_some() && state.flags.sign_in_only {
            Next::start_over(To::SignIn)
        } else {
            Next::start_over(To::Welcome)
        }
    }
}

impl Screen for Resume {
    fn on_key(&mut self, key: Key, state: &WizardState, now: TimePoint) -> Next {
        let expired = now.is_past(self.pending.deadline);
        match Self::keymap().find(key) {
            Some(ListAction::Move(how)) => {
                self.cursor = moved(self.cursor, 2, how);
                Next::stay()
            }
            Some(ListAction::Choose) if self.cursor == 0 && !expired => {
                Next::replace(To::ResumeSignIn(self.pending.clone()))
                    .learn(Fact::NoPending)
                    .learn(Fact::Instance(self.pending.instance.clone()))
            }
            Some(ListAction::Choose) => Self::afresh(state)
                .detach(Effect::DeclinePending(self.pending.clone()))
                .learn(Fact::NoPending),
            None => Next::stay(),
        }
    }

    fn keys(&self, _: &WizardState, _: TimePoint) -> Keys {
        Self::keymap().keys()
    }

    fn page(&self, state: &WizardState, now: TimePoint) -> Page {
        let mut page = Page::new(say("title-sign-in"));
        let left = now.until(self.pending.deadline);
        let items = if left.is_zero() {
            page.blocks.push(Block::toned(Tone::Tip, say("resume-expired")));
            vec![choice(say("resume-afresh"))]
        } else {
            let (question, detail) = if self.pending.approved {
                ("resume-approved", "resume-approved-detail")
            } else {
                (page.corner, page.wake) = countdown(self.pending.deadline, state, now);
                ("resume-question", "resume-go-on-detail")
            };
            let what = Message::new(question)
                .with("instance", instance(&self.pending.instance))
                .with("code", verbatim(&self.pending.user_code));
            page.blocks.push(Block::text(what));
            vec![choice_with(say("resume-go-on"), say(detail)), choice(say("resume-afresh"))]
        };
        page.blocks.push(choices(items, self.cursor));
        page
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wizard::event::{Event, Key, KeyCode};
    use crate::wizard::testing::{ENTER, at, first_run_remote, pending};

    #[test]
    fn going_on_takes_the_code_up_again() {
        let state = first_run_remote();
        assert_eq!(
            Resume::new(pending()).on(ENTER, &state, at(0)),
            Next::replace(To::ResumeSignIn(pending()))
                .learn(Fact::NoPending)
                .learn(Fact::Instance(pending().instance))
        );
    }

    #[test]
    fn beginning_afresh_declines_it_and_so_does_the_end_of_its_code() {
        let state = first_run_remote();
        let declined = Next::start_over(To::Welcome)
            .detach(Effect::DeclinePending(pending()))
            .learn(Fact::NoPending);
        let mut resume = Resume::new(pending());
        resume.on(Event::Key(Key::plain(KeyCode::Down)), &state, at(0));
        assert_eq!(resume.on(ENTER, &state, at(0)), declined);
        assert_eq!(Resume::new(pending()).on(ENTER, &state, at(433)), declined);
    }
}

//! The approval card in the terminal: the owner of the embedded instance
//! answers the code that this very process asked for. The cursor stands on No,
//! and no flag moves it.

use crate::api::scopes::{Powers, in_a_line};
use crate::error::AppError;
use crate::i18n::{Message, Words};
use crate::time_point::TimePoint;
use crate::wire::{ApprovalCard, CodeInvite, CodeInviteState, Role};
use crate::wizard::effect::Effect;
use crate::wizard::event::{Key, Reply};
use crate::wizard::keymap::{ENTER, Keymap, Keys, ListAction};
use crate::wizard::list::{answers, choice, moved};
use crate::wizard::next::Next;
use crate::wizard::page::{Block, Page, Tone};
use crate::wizard::screen::Screen;
use crate::wizard::state::{DeviceCode, WizardState};
use crate::wizard::words::{countdown, error, say, verbatim};

/// The approval card in the terminal.
#[derive(Clone, Debug, PartialEq)]
pub struct ApproveHere {
    code: Box<DeviceCode>,
    card: Option<ApprovalCard>,
    error: Option<AppError>,
    cursor: usize,
    /// The answer is on its way.
    sent: bool,
}

/// Deny first: it is where the cursor stands.
pub(super) const ANSWERS: [(&str, bool); 2] = [("card-deny", false), ("card-approve", true)];

/// Whether the answer under the cursor lets the device in.
pub(super) fn says_yes(cursor: usize) -> bool {
    ANSWERS.get(cursor).is_some_and(|(_, approve)| *approve)
}

impl ApproveHere {
    pub(super) fn new(code: Box<DeviceCode>) -> Self {
        Self { code, card: None, error: None, cursor: 0, sent: false }
    }

    fn keymap(&self) -> Keymap<ListAction> {
        if self.sent {
            Keymap::new()
        } else if self.card.is_some() {
            Keymap::of_list()
        } else {
            Keymap::new().key_if(self.error.is_some(), ENTER, ListAction::Choose, "key-try-again")
        }
    }

    fn look(&mut self) -> Next {
        self.error = None;
        Next::ask(Effect::LookAtCard(self.code.clone()))
    }
}

impl Screen for ApproveHere {
    fn open(&mut self, _: &WizardState, _: TimePoint) -> Next {
        self.look()
    }

    fn on_key(&mut self, key: Key, _: &WizardState, _: TimePoint) -> Next {
        match self.keymap().find(key) {
            Some(ListAction::Move(how)) => self.cursor = moved(self.cursor, ANSWERS.len(), how),
            Some(ListAction::Choose) if self.card.is_none() => return self.look(),
            Some(ListAction::Choose) => {
                let approve = says_yes(self.cursor);
                self.sent = true;
                self.error = None;
                return Next::ask(Effect::Settle { code: self.code.clone(), approve });
            }
            None => {}
        }
        Next::stay()
    }

    fn on_reply(&mut self, reply: Reply, _: &WizardState, _: TimePoint) -> Next {
        match reply {
            Reply::Card(Ok(card)) => self.card = Some(card),
            // The sign-in below hears of the answer by its own poll.
            Reply::Settled(Ok(())) => return Next::back(),
            Reply::Card(Err(what)) | Reply::Settled(Err(what)) => {
                self.sent = false;
                self.error = Some(what);
            }
            _ => {}
        }
        Next::stay()
    }

    fn keys(&self, _: &WizardState, _: TimePoint) -> Keys {
        self.keymap().keys()
    }

    fn page(&self, state: &WizardState, now: TimePoint) -> Page {
        let mut page = Page::new(say("title-approve-here"));
        (page.corner, page.wake) = countdown(self.code.deadline, state, now);
        page.blocks.push(Block::Code(self.code.user_code.clone()));
        if let Some(card) = &self.card {
            // Both screens that the words are for are this one.
            page.blocks.extend(about(&ApprovalCard { words: None, ..card.clone() }));
            if self.sent {
                page.blocks.push(Block::toned(Tone::Dim, say("card-sending")));
                return page;
            }
            page.blocks.push(Block::toned(Tone::Tip, say("card-only-you")));
            let items = ANSWERS.iter().map(|(id, _)| choice(say(id))).collect();
            page.blocks.push(answers(items, self.cursor));
            page.consent = Some(says_yes(self.cursor));
        } else if self.error.is_none() {
            page.blocks.push(Block::toned(Tone::Dim, say("card-looking")));
        }
        if let Some(what) = &self.error {
            page.blocks.extend(error(what));
        }
        page
    }
}

/// Who asks, and for what.
pub(super) fn about(card: &ApprovalCard) -> Vec<Block> {
    let Powers { near, far } = Powers::of(card.scopes.iter().map(String::as_str));
    let told = |id, what: Words| Message::new(id).with("what", what);
    let near = in_a_line(near).map(|near| Block::toned(Tone::Dim, told("card-may", near)));
    let far = in_a_line(far).map(|far| Block::text(told("card-may-also", far)));
    [Block::facts(facts(card))].into_iter().chain(near).chain(far).collect()
}

/// The asking device, as the page shows it too.
fn facts(card: &ApprovalCard) -> Vec<(Words, Words)> {
    let device = &card.device;
    let system = format!("{} {}", device.device_os, device.device_arch);
    let known = |label, value: &str| (!value.is_empty()).then(|| (say(label), verbatim(value)));
    let mut facts = Vec::from_iter(known("card-words", card.words.as_deref().unwrap_or_default()));
    facts.push((say("card-device"), verbatim(&device.device_name)));
    facts.extend(known("card-system", system.trim()));
    facts.extend(known("card-address", card.ip.as_deref().unwrap_or_default()));
    facts.extend(card.invite.as_ref().map(|invite| (say("card-joins"), joins(invite))));
    facts
}

/// What approving does with the invite that came with the code.
fn joins(invite: &CodeInvite) -> Words {
    let role = match invite.role {
        Role::Admin => "role-admin",
        Role::Member => "role-member",
    };
    let id = match invite.state {
        CodeInviteState::Joins => "card-joins-as",
        CodeInviteState::Joined => "card-joins-already",
        CodeInviteState::Ended => "card-joins-ended",
    };
    Message::new(id).with("mesh", invite.mesh_name.as_str()).with("role", Message::new(role)).into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wizard::testing::{
        DOWN, ENTER, approval_card, at, first_run, local_code, reply, unreachable,
    };

    fn shown() -> ApproveHere {
        let mut screen = ApproveHere::new(Box::new(local_code()));
        let card = approval_card();
        screen.on(reply(Reply::Card(Ok(card))), &first_run(), at(0));
        screen
    }

    #[test]
    fn enter_denies_unless_somebody_moved_to_approve() {
        let state = first_run();
        let settle = |approve| Next::ask(Effect::Settle { code: Box::new(local_code()), approve });
        assert_eq!(shown().on(ENTER, &state, at(0)), settle(false));
        let mut screen = shown();
        screen.on(DOWN, &state, at(0));
        assert_eq!(screen.on(ENTER, &state, at(0)), settle(true));
        assert_eq!(screen.on(ENTER, &state, at(0)), Next::stay(), "one answer is on its way");
        assert_eq!(screen.on(reply(Reply::Settled(Ok(()))), &state, at(1)), Next::back());
    }

    #[test]
    fn an_answer_that_did_not_arrive_can_be_given_again() {
        let state = first_run();
        let mut screen = shown();
        screen.on(ENTER, &state, at(0));
        screen.on(reply(Reply::Settled(Err(unreachable()))), &state, at(1));
        assert!(!screen.on(ENTER, &state, at(2)).effects.is_empty());
    }

    #[test]
    fn nothing_can_be_approved_before_the_card_is_read() {
        let state = first_run();
        let mut screen = ApproveHere::new(Box::new(local_code()));
        assert_eq!(screen.on(ENTER, &state, at(0)), Next::stay());
    }
}

//! The approval card of a code that another device shows, for whoever is signed
//! in here. The cursor stands on No and no flag moves it; where the instance asks
//! for it, a password and a code of the second factor are typed before the answer
//! counts.

use super::approve_here::{ANSWERS, about, says_yes};
use crate::error::AppError;
use crate::http::address;
use crate::i18n::{Message, Words};
use crate::input::address::is_at;
use crate::input::pasted::Pasted;
use crate::input::user_code::UserCode;
use crate::model::Access;
use crate::secret::{Secret, is_session};
use crate::time_point::TimePoint;
use crate::wire::{ApprovalCard, StepUp};
use crate::wizard::effect::Effect;
use crate::wizard::event::{Key, Reply};
use crate::wizard::keymap::{ENTER, Keymap, Keys, ListAction};
use crate::wizard::list::{answers, choice, moved};
use crate::wizard::next::{Next, To};
use crate::wizard::page::{Block, Page, Tone};
use crate::wizard::screen::Screen;
use crate::wizard::state::{Fact, WizardState};
use crate::wizard::text_field::TextField;
use crate::wizard::words::{error, instance, instance_corner, say, verbatim};

/// The card of another device's code.
#[derive(Clone, Debug, PartialEq)]
pub struct ApproveCode {
    user_code: UserCode,
    card: Option<ApprovalCard>,
    step_up: StepUp,
    stage: Stage,
}

#[derive(Clone, Debug, PartialEq)]
enum Stage {
    /// Nobody is signed in here, or not as a person, or somewhere else: nothing
    /// can be answered.
    NotHere(Words),
    Looking,
    Failed(AppError),
    /// The card is read.
    Deciding {
        cursor: usize,
        error: Option<AppError>,
    },
    /// The instance wants to know that its owner is there.
    Proving {
        proof: Proof,
        field: TextField,
        error: Option<AppError>,
    },
    Settling {
        approve: bool,
    },
    Settled {
        approve: bool,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Proof {
    Password,
    OneTimeCode,
}

impl Proof {
    /// What the instance asks for by this refusal.
    fn asked_by(refusal: &AppError) -> Option<Self> {
        match refusal.code.as_str() {
            "password_required" | "wrong_password" => Some(Self::Password),
            "one_time_code_required" | "wrong_one_time_code" => Some(Self::OneTimeCode),
            _ => None,
        }
    }
}

impl ApproveCode {
    pub(super) fn new(user_code: UserCode) -> Self {
        Self { user_code, card: None, step_up: StepUp::default(), stage: Stage::Looking }
    }

    fn keymap(&self, state: &WizardState) -> Keymap<ListAction> {
        match self.stage {
            Stage::Deciding { .. } => Keymap::of_list(),
            Stage::NotHere(_) if state.access.is_none() => {
                Keymap::new().key(ENTER, ListAction::Choose, "key-sign-in")
            }
            Stage::Failed(_) => Keymap::new().key(ENTER, ListAction::Choose, "key-try-again"),
            Stage::Proving { .. } | Stage::Settled { .. } | Stage::NotHere(_) => {
                Keymap::new().key(ENTER, ListAction::Choose, "key-continue")
            }
            Stage::Looking | Stage::Settling { .. } => Keymap::new(),
        }
    }

    fn look(&mut self, state: &WizardState) -> Next {
        let Some(access) = state.access.clone() else {
            self.stage = Stage::NotHere(say("approve-code-signed-out"));
            return Next::stay();
        };
        if let Some(host) =
            self.user_code.host.as_ref().filter(|host| !is_at(&access.instance, host))
        {
            let elsewhere = Message::new("approve-code-elsewhere")
                .with("host", verbatim(&address(host)))
                .with("instance", instance(&access.instance));
            self.stage = Stage::NotHere(elsewhere.into());
            return Next::stay();
        }
        if !is_session(&access.token) {
            self.stage = Stage::NotHere(say("approve-code-by-token"));
            return Next::stay();
        }
        self.stage = Stage::Looking;
        Next::ask(Effect::LookAtCode { access, user_code: self.user_code.code.clone() })
    }

    fn settle(&mut self, approve: bool, access: Access) -> Next {
        self.stage = Stage::Settling { approve };
        let (user_code, step_up) = (self.user_code.code.clone(), self.step_up.clone());
        Next::ask(Effect::SettleCode { access, user_code, approve, step_up })
    }

    fn deciding(&mut self, error: Option<AppError>) -> Next {
        self.stage = Stage::Deciding { cursor: 0, error };
        Next::stay()
    }
}

impl Screen for ApproveCode {
    fn open(&mut self, state: &WizardState, _: TimePoint) -> Next {
        if self.card.is_none() { self.look(state) } else { Next::stay() }
    }

    fn on_key(&mut self, key: Key, state: &WizardState, _: TimePoint) -> Next {
        let action = self.keymap(state).find(key);
        let access = state.access.clone();
        match (&mut self.stage, action, access) {
            (Stage::Failed(_), Some(_), _) => self.look(state),
            // Its card opens once somebody is.
            (Stage::NotHere(_), Some(_), None) => {
                Next::replace(To::Welcome).learn(Fact::ToApprove(Some(self.user_code.clone())))
            }
            (Stage::NotHere(_) | Stage::Settled { .. }, Some(_), _) => Next::back(),
            (Stage::Deciding { cursor, .. }, Some(ListAction::Move(how)), _) => {
                *cursor = moved(*cursor, ANSWERS.len(), how);
                Next::stay()
            }
            (Stage::Deciding { cursor, .. }, Some(ListAction::Choose), Some(access)) => {
                let approve = says_yes(*cursor);
                self.settle(approve, access)
            }
            (Stage::Proving { proof, field, .. }, Some(_), Some(access)) if !field.is_empty() => {
                let typed = Some(Secret::new(field.text()));
                match proof {
                    Proof::Password => self.step_up.password = typed,
                    Proof::OneTimeCode => self.step_up.one_time_code = typed,
                }
                self.settle(true, access)
            }
            (Stage::Proving { field, error, .. }, None, _) => {
                if field.on(key) {
                    *error = None;
                }
                Next::stay()
            }
            _ => Next::stay(),
        }
    }

    /// What is pasted where a password is asked for is nothing else.
    fn takes(&self, _: &Pasted, _: &Secret, _: &WizardState) -> bool {
        matches!(self.stage, Stage::Proving { .. })
    }

    fn on_paste(&mut self, pasted: &Secret, _: &WizardState) -> Next {
        if let Stage::Proving { field, error, .. } = &mut self.stage {
            field.paste(pasted);
            *error = None;
        }
        Next::stay()
    }

    fn on_reply(&mut self, reply: Reply, _: &WizardState, _: TimePoint) -> Next {
        match (reply, &self.stage) {
            (Reply::Card(Ok(card)), Stage::Looking) => {
                self.card = Some(card);
                self.deciding(None)
            }
            (Reply::Card(Err(what)), Stage::Looking) => {
                self.stage = Stage::Failed(what);
                Next::stay()
            }
            (Reply::Settled(Ok(())), Stage::Settling { approve }) => {
                self.stage = Stage::Settled { approve: *approve };
                Next::stay()
            }
            (Reply::Settled(Err(what)), Stage::Settling { .. }) => {
                let Some(proof) = Proof::asked_by(&what) else { return self.deciding(Some(what)) };
                // What was asked for is no fault the first time.
                let error = Some(what).filter(|what| what.code.starts_with("wrong"));
                self.stage = Stage::Proving { proof, field: TextField::masked(), error };
                Next::stay()
            }
            _ => Next::stay(),
        }
    }

    fn keys(&self, state: &WizardState, _: TimePoint) -> Keys {
        self.keymap(state).keys()
    }

    /// An answer that is on its way may have arrived: it is not taken back.
    fn close_inner(&mut self) -> bool {
        let inner = matches!(self.stage, Stage::Proving { .. });
        if inner {
            self.step_up = StepUp::default();
            self.deciding(None);
        }
        inner
    }

    fn page(&self, state: &WizardState, _: TimePoint) -> Page {
        let mut page = Page::new(say("title-approve-code"));
        page.corner = instance_corner(state);
        page.consent = match &self.stage {
            Stage::Deciding { cursor, .. } => Some(says_yes(*cursor)),
            Stage::Proving { .. } => Some(true),
            _ => None,
        };
        let blocks = &mut page.blocks;
        blocks.push(Block::Code(self.user_code.code.clone()));
        match &self.stage {
            Stage::NotHere(why) => {
                blocks.push(Block::text(say("approve-code-what")));
                blocks.push(Block::toned(Tone::Tip, why.clone()));
            }
            Stage::Looking => blocks.push(Block::toned(Tone::Dim, say("card-looking"))),
            Stage::Failed(what) => blocks.extend(error(what)),
            Stage::Deciding { cursor, error: what } => {
                blocks.extend(self.card.iter().flat_map(about));
                blocks.push(Block::toned(Tone::Tip, say("card-only-you")));
                blocks.extend(what.iter().flat_map(error));
                let items = ANSWERS.iter().map(|(id, _)| choice(say(id))).collect();
                blocks.push(answers(items, *cursor));
            }
            Stage::Proving { proof, field, error: what } => {
                let label = match proof {
                    Proof::Password => "approve-code-password",
                    Proof::OneTimeCode => "approve-code-one-time",
                };
                let owner = state.account.as_ref().map(crate::wizard::words::person);
                blocks.extend(self.card.iter().flat_map(about));
                blocks.extend(owner.map(|owner| {
                    Block::text(Message::new("approve-code-prove").with("person", owner))
                }));
                blocks.push(Block::Field(field.shown(say(label), true)));
                blocks.extend(what.iter().flat_map(error));
            }
            Stage::Settling { .. } => {
                blocks.push(Block::toned(Tone::Dim, say("card-sending")));
            }
            Stage::Settled { approve } => {
                let (tone, said) = if *approve {
                    (Tone::Good, "approve-code-approved")
                } else {
                    (Tone::Plain, "approve-code-denied")
                };
                blocks.push(Block::toned(tone, say(said)));
            }
        }
        page
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::ErrorKind;
    use crate::model::Source;
    use crate::secret::TokenKind;
    use crate::wizard::event::Event;
    use crate::wizard::testing::{
        DOWN, ENTER, access, approval_card, at, reply, signed_in, token, unreachable,
    };

    const CODE: &str = "WDJB-MJPV";

    fn code() -> UserCode {
        UserCode { code: CODE.into(), host: None }
    }

    fn settles(approve: bool, step_up: StepUp) -> Next {
        let user_code = CODE.to_owned();
        Next::ask(Effect::SettleCode { access: access(), user_code, approve, step_up })
    }

    fn refused(code: &str) -> Event {
        let what = AppError::new(ErrorKind::NotAllowed, code, say("test-rejected"));
        reply(Reply::Settled(Err(what)))
    }

    fn read(state: &WizardState) -> ApproveCode {
        let mut screen = ApproveCode::new(code());
        let look = Effect::LookAtCode { access: access(), user_code: CODE.into() };
        assert_eq!(screen.open(state, at(0)), Next::ask(look));
        screen.on(reply(Reply::Card(Ok(approval_card()))), state, at(0));
        screen
    }

    #[test]
    fn enter_denies_unless_somebody_moved_to_approve() {
        let state = signed_in();
        assert_eq!(read(&state).on(ENTER, &state, at(1)), settles(false, StepUp::default()));
        let mut screen = read(&state);
        screen.on(DOWN, &state, at(1));
        assert_eq!(screen.on(ENTER, &state, at(1)), settles(true, StepUp::default()));
        assert_eq!(screen.on(ENTER, &state, at(1)), Next::stay(), "one answer is on its way");
        screen.on(reply(Reply::Settled(Ok(()))), &state, at(2));
        assert_eq!(screen.on(ENTER, &state, at(3)), Next::back());
    }

    #[test]
    fn what_the_instance_asks_for_is_typed_and_sent_with_the_answer() {
        let state = signed_in();
        let mut screen = read(&state);
        screen.on(DOWN, &state, at(1));
        screen.on(ENTER, &state, at(1));
        screen.on(refused("password_required"), &state, at(2));
        assert_eq!(screen.on(ENTER, &state, at(2)), Next::stay(), "nothing is no password");
        screen.on(Event::Paste(Secret::new("hunter2")), &state, at(2));
        let password = Some(Secret::new("hunter2"));
        let with_password = StepUp { password: password.clone(), ..StepUp::default() };
        assert_eq!(screen.on(ENTER, &state, at(2)), settles(true, with_password));
        screen.on(refused("one_time_code_required"), &state, at(3));
        screen.on(Event::Paste(Secret::new("123456")), &state, at(3));
        let both = StepUp { password, one_time_code: Some(Secret::new("123456")) };
        assert_eq!(screen.on(ENTER, &state, at(3)), settles(true, both));
        // Walking away from it forgets what was typed.
        screen.on(refused("wrong_one_time_code"), &state, at(4));
        assert!(screen.close_inner());
        assert_eq!(screen.step_up, StepUp::default());
        assert!(!screen.close_inner());
    }

    #[test]
    fn only_a_person_who_is_signed_in_answers() {
        let mut state = WizardState { access: None, ..signed_in() };
        let mut screen = ApproveCode::new(code());
        assert_eq!(screen.open(&state, at(0)), Next::stay());
        let kept = Next::replace(To::Welcome).learn(Fact::ToApprove(Some(code())));
        assert_eq!(screen.on(ENTER, &state, at(0)), kept, "its card opens after the sign-in");
        assert_eq!(crate::secret::TokenKind::of(token().expose()), Ok(TokenKind::PersonalAccess));
        state.access = Some(Access { token: token(), source: Source::Pasted, ..access() });
        let mut screen = ApproveCode::new(code());
        assert_eq!(screen.open(&state, at(0)), Next::stay());
        assert_eq!(screen.on(ENTER, &state, at(0)), Next::back());
    }

    #[test]
    fn another_instances_code_is_not_asked_about_here() {
        let host = Some("https://b.example/".parse().expect("a URL"));
        let mut screen = ApproveCode::new(UserCode { host, ..code() });
        assert_eq!(screen.open(&signed_in(), at(0)), Next::stay());
        assert!(matches!(screen.stage, Stage::NotHere(_)));
        let host = Some("https://mesh.example.org/".parse().expect("a URL"));
        let mut screen = ApproveCode::new(UserCode { host, ..code() });
        assert!(!screen.open(&signed_in(), at(0)).effects.is_empty());
    }

    #[test]
    fn what_is_pasted_for_a_password_is_nothing_else() {
        let state = signed_in();
        let mut screen = read(&state);
        let address = Pasted::Address("correct.horse".into());
        let text = Secret::new("correct.horse");
        assert!(!screen.takes(&address, &text, &state));
        screen.on(DOWN, &state, at(1));
        screen.on(ENTER, &state, at(1));
        screen.on(refused("password_required"), &state, at(2));
        assert!(screen.takes(&address, &text, &state));
    }

    #[test]
    fn trouble_can_be_tried_again() {
        let state = signed_in();
        let mut screen = ApproveCode::new(code());
        screen.open(&state, at(0));
        screen.on(reply(Reply::Card(Err(unreachable()))), &state, at(1));
        assert!(!screen.on(ENTER, &state, at(2)).effects.is_empty());
        let mut screen = read(&state);
        screen.on(ENTER, &state, at(1));
        screen.on(reply(Reply::Settled(Err(unreachable()))), &state, at(2));
        assert_eq!(screen.on(ENTER, &state, at(3)), settles(false, StepUp::default()));
    }
}

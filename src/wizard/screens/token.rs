//! Pasting an access token. The kind is recognised while it is typed, whose it
//! is comes from the server, and only then is it kept. A token that
//! was refused stays in the field, so that nothing has to be pasted twice. One
//! that may not do what comes next is said to be so before it is kept.

mod rights;

use crate::error::AppError;
use crate::i18n::{Message, Words};
use crate::input::peel::peel;
use crate::input::token::{token_fault_words, token_kind_words};
use crate::model::{Access, Account, Source};
use crate::secret::{Secret, TokenFault, TokenKind};
use crate::time_point::TimePoint;
use crate::wizard::effect::Effect;
use crate::wizard::event::{Key, Reply};
use crate::wizard::keymap::{ENTER, Keymap, Keys, ListAction};
use crate::wizard::list::moved;
use crate::wizard::next::{Next, To};
use crate::wizard::page::{Block, Mark, Page, Row, Tone};
use crate::wizard::save_session::SaveStep;
use crate::wizard::screen::Screen;
use crate::wizard::state::{Fact, WizardState};
use crate::wizard::text_field::TextField;
use crate::wizard::words::{
    error, instance, instance_corner, place_in_short, say, token_end, verbatim,
};

/// Pasting an access token.
#[derive(Clone, Debug, PartialEq)]
pub struct Token {
    field: TextField,
    stage: Stage,
}

#[derive(Clone, Debug, PartialEq)]
enum Stage {
    Typing {
        error: Option<AppError>,
        insisted: bool,
    },
    /// No instance is in use yet: one is being chosen.
    Choosing,
    Checking(Access),
    /// It lacks rights: another one, or this all the same?
    Lacking {
        access: Access,
        account: Account,
        cursor: usize,
    },
    Saving(SaveStep),
}

impl Token {
    /// An empty field, or with what was pasted elsewhere.
    pub(super) fn new(token: Option<&Secret>) -> Self {
        let mut field = TextField::masked();
        if let Some(token) = token {
            field.paste(token);
        }
        Self { field, stage: Stage::Typing { error: None, insisted: false } }
    }

    /// The token in the field, without what came along with it.
    fn typed(&self) -> &str {
        peel(self.field.text())
    }

    fn keymap(&self) -> Keymap<ListAction> {
        match self.stage {
            Stage::Typing { error: Some(_), .. } => {
                Keymap::new().key(ENTER, ListAction::Choose, "key-try-again")
            }
            Stage::Typing { .. } => Keymap::new().key(ENTER, ListAction::Choose, "key-continue"),
            Stage::Lacking { .. } => Keymap::of_list(),
            Stage::Choosing | Stage::Checking(_) | Stage::Saving(_) => Keymap::new(),
        }
    }

    fn check(&mut self, state: &WizardState) -> Next {
        if TokenKind::of(self.typed()).is_err() {
            self.stage = Stage::Typing { error: None, insisted: true };
            return Next::stay();
        }
        let Some(instance) = state.instance.clone() else {
            self.stage = Stage::Choosing;
            return Next::open(To::InstanceForInput);
        };
        let access = Access {
            instance,
            token: Secret::new(self.typed()),
            expires_at: None,
            source: Source::Pasted,
        };
        self.stage = Stage::Checking(access.clone());
        Next::ask(Effect::identify(access))
    }

    fn save(&mut self, access: Access, account: Account, state: &WizardState) -> Next {
        let (step, next) = SaveStep::begin(access, account, state);
        self.stage = Stage::Saving(step);
        next
    }

    /// What is said below the field while somebody types.
    fn recognised(&self, insisted: bool) -> Option<(Tone, Words)> {
        let text = self.typed();
        match TokenKind::of(text) {
            // The row below says it.
            Ok(_) => None,
            Err(_) if self.field.is_empty() && !insisted => None,
            // Every token begins so: nothing is wrong yet.
            Err(TokenFault::NotOurs) if !insisted && begins_like_one(text) => None,
            Err(TokenFault::CutShort { kind, .. }) if !insisted => {
                Some((Tone::Dim, token_kind_words(kind).into()))
            }
            Err(fault) => Some((Tone::Bad, token_fault_words(text, fault).into())),
        }
    }

    fn table(&self, state: &WizardState) -> Vec<Row> {
        let checked = match &self.stage {
            Stage::Typing { error: Some(_), .. } | Stage::Lacking { .. } => Mark::Failed,
            Stage::Typing { .. } | Stage::Choosing => Mark::Later,
            Stage::Checking(_) => Mark::Now,
            Stage::Saving(_) => Mark::Done,
        };
        let recognised = match TokenKind::of(self.typed()) {
            Ok(kind) => Row::new(Mark::Done, say("row-recognised")).value(token_kind_words(kind)),
            // The field is where it goes on.
            Err(_) => Row::new(Mark::Later, say("row-recognised")),
        };
        let mut checked = Row::new(checked, say("row-checked"));
        checked.value = state.instance.as_ref().map(instance);
        let mut rows = vec![recognised, checked];
        if let Stage::Saving(step) = &self.stage {
            let account = step.account();
            let owner = crate::wizard::words::person(account);
            rows.push(Row::new(Mark::Done, say("row-belongs")).value(owner));
            if !account.token_name.is_empty() {
                let name = Row::new(Mark::Done, say("row-token-name"));
                rows.push(name.value(verbatim(&account.token_name)));
            }
            let ends = token_end(account);
            rows.push(Row::new(Mark::Done, say("row-token-ends")).value(ends));
            rows.push(step.row(state));
        } else {
            rows.push(Row::new(Mark::Later, say("row-belongs")));
            let mut save = Row::new(Mark::Later, say("row-save"));
            save.value = place_in_short(state);
            rows.push(save);
        }
        rows
    }
}

/// Whether `text` is the beginning of what a token begins with.
fn begins_like_one(text: &str) -> bool {
    TokenKind::ALL.iter().any(|kind| kind.prefix().starts_with(text))
}

impl Screen for Token {
    fn open(&mut self, state: &WizardState, _: TimePoint) -> Next {
        // Back from choosing an instance, with one or without.
        if self.stage == Stage::Choosing {
            self.stage = Stage::Typing { error: None, insisted: false };
            if state.instance.is_some() {
                return self.check(state);
            }
        }
        let mut next = if state.flags.headless { self.check(state) } else { Next::stay() };
        next.effects.extend(state.store.is_none().then_some(Effect::ProbeStore));
        next
    }

    fn on_key(&mut self, key: Key, state: &WizardState, _: TimePoint) -> Next {
        if let Stage::Saving(step) = &mut self.stage {
            return step.key(key, state);
        }
        match (self.keymap().find(key), &mut self.stage) {
            (Some(ListAction::Move(how)), Stage::Lacking { cursor, .. }) => {
                *cursor = moved(*cursor, 2, how);
                Next::stay()
            }
            (Some(ListAction::Choose), Stage::Lacking { cursor: 0, .. }) => {
                *self = Self::new(None);
                Next::stay()
            }
            (Some(ListAction::Choose), Stage::Lacking { access, account, .. }) => {
                let (access, account) = (access.clone(), account.clone());
                self.save(access, account, state)
            }
            (Some(_), _) => self.check(state),
            (None, _) => {
                if matches!(self.stage, Stage::Typing { .. }) && self.field.on(key) {
                    self.stage = Stage::Typing { error: None, insisted: false };
                }
                Next::stay()
            }
        }
    }

    fn on_paste(&mut self, pasted: &Secret, _: &WizardState) -> Next {
        if matches!(self.stage, Stage::Typing { .. }) {
            self.field.paste(pasted);
            self.stage = Stage::Typing { error: None, insisted: false };
        }
        Next::stay()
    }

    fn on_reply(&mut self, reply: Reply, state: &WizardState, _: TimePoint) -> Next {
        if let Stage::Saving(step) = &mut self.stage
            && let Some(next) = step.reply(&reply, state)
        {
            return next;
        }
        match (reply, &mut self.stage) {
            (Reply::Store(found), _) => Next::proceed().learn(Fact::Store(found)),
            (Reply::Account(Ok(account)), Stage::Checking(access)) => {
                let access = Access { expires_at: account.expires_at, ..access.clone() };
                // Whoever gives one to a command knows what for.
                if rights::missing(&account).is_empty() || state.flags.headless {
                    return self.save(access, account, state);
                }
                self.stage = Stage::Lacking { access, account, cursor: 0 };
                Next::stay()
            }
            (Reply::Account(Err(mut what)), Stage::Checking(_)) => {
                if what.is_rejection() {
                    what.hint = Some(Message::new("keep-token-hint").into());
                }
                self.stage = Stage::Typing { error: Some(what), insisted: false };
                Next::stay()
            }
            _ => Next::stay(),
        }
    }

    fn proceed(&mut self, state: &WizardState, _: TimePoint) -> Next {
        match &mut self.stage {
            Stage::Saving(step) => step.place_known(state),
            _ => Next::stay(),
        }
    }

    fn keys(&self, state: &WizardState, _: TimePoint) -> Keys {
        match &self.stage {
            Stage::Saving(step) => step.keys(state),
            _ => self.keymap().keys(),
        }
    }

    /// A check under way is taken back first, with the token still there.
    fn close_inner(&mut self) -> bool {
        let checking = matches!(self.stage, Stage::Checking(_) | Stage::Lacking { .. });
        if checking {
            self.stage = Stage::Typing { error: None, insisted: false };
        }
        checking
    }

    fn error(&self) -> Option<&AppError> {
        match &self.stage {
            Stage::Typing { error, .. } => error.as_ref(),
            Stage::Saving(step) => step.error(),
            Stage::Choosing | Stage::Checking(_) | Stage::Lacking { .. } => None,
        }
    }

    fn leave(&self, _: bool) -> Vec<Effect> {
        match &self.stage {
            Stage::Saving(step) => step.leave(),
            _ => Vec::new(),
        }
    }

    fn page(&self, state: &WizardState, _: TimePoint) -> Page {
        let mut page = Page::new(say("title-token"));
        page.corner = instance_corner(state);
        if let Stage::Typing { insisted, .. } = self.stage {
            let mut field =
                self.field.shown(say("token-label"), true).placeholder(verbatim("cm_pat_…"));
            if let Some((tone, words)) = self.recognised(insisted) {
                field = field.note(tone, words);
            }
            page.blocks.push(Block::text(say("token-question")));
            page.blocks.push(Block::Field(field));
            page.blocks.extend(rights::made_at(state));
        }
        page.blocks.push(Block::Rows(self.table(state)));
        match &self.stage {
            Stage::Typing { error: Some(what), .. } => {
                let mut what = what.clone();
                if what.is_rejection() {
                    what.message = Message::new("token-rejected")
                        .with("instance", state.instance.as_ref().map_or(verbatim(""), instance))
                        .into();
                }
                page.blocks.extend(error(&what));
            }
            Stage::Lacking { account, cursor, .. } => {
                page.blocks.extend(rights::blocks(account, *cursor));
            }
            Stage::Saving(step) => page.blocks.extend(step.blocks(state)),
            _ => {}
        }
        page
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::ErrorKind;
    use crate::model::{StorePlace, StoreState};
    use crate::wizard::event::{Event, KeyCode};
    use crate::wizard::testing::{ENTER, account, at, first_run_remote, rejected, reply, token};

    fn state() -> WizardState {
        WizardState { store: Some(StoreState::Keyring), ..first_run_remote() }
    }

    fn access() -> Access {
        let instance = state().instance.expect("an instance");
        Access { instance, token: token(), expires_at: None, source: Source::Pasted }
    }

    #[test]
    fn a_token_is_checked_before_it_is_kept() {
        let mut screen = Token::new(Some(&token()));
        let next = screen.on(ENTER, &state(), at(0));
        assert_eq!(next, Next::ask(Effect::identify(access())));
        let next = screen.on(reply(Reply::Account(Ok(account()))), &state(), at(1));
        let access = Access { expires_at: account().expires_at, ..access() };
        let place = StorePlace::Keyring;
        assert_eq!(next, Next::ask(Effect::Save { access, account: account(), place, ask: false }));
        // Others may use a pasted token: leaving does not end it.
        assert_eq!(screen.leave(true), []);
    }

    #[test]
    fn what_is_no_token_is_never_sent_and_says_what_was_expected() {
        for text in ["ghp_abc", "cm_pat_abc", "", "cm_pat_ABC"] {
            let mut screen = Token::new(Some(&Secret::new(text)));
            assert_eq!(screen.on(ENTER, &state(), at(0)), Next::stay(), "{text}");
            assert!(matches!(screen.recognised(true), Some((Tone::Bad, _))), "{text}");
        }
        assert_eq!(Token::new(Some(&Secret::new("cm_p"))).recognised(false), None);
    }

    #[test]
    fn what_came_along_with_a_token_is_not_sent_and_a_file_of_ours_is_no_rejection() {
        let pasted = format!("“{}”;\n", token().expose());
        let mut screen = Token::new(Some(&Secret::new(pasted)));
        assert_eq!(screen.on(ENTER, &state(), at(0)), Next::ask(Effect::identify(access())));
        let hint = Message::new("keep-auth-corrupt-hint");
        let damaged = AppError::new(ErrorKind::NotSignedIn, "auth_corrupt", say("test-rejected"));
        let damaged = damaged.hint(hint.clone());
        screen.on(reply(Reply::Account(Err(damaged))), &state(), at(1));
        assert_eq!(screen.error().and_then(|error| error.hint.clone()), Some(hint.into()));
    }

    #[test]
    fn a_token_that_lacks_rights_is_kept_only_by_whoever_wants_it_so() {
        let mut narrow = crate::model::Account { via: crate::model::Via::Pat, ..account() };
        narrow.scopes = ["profile:read", "mesh:read", "mesh:write"].map(str::to_owned).to_vec();
        let lacking = |state: &WizardState| {
            let mut screen = Token::new(Some(&token()));
            screen.on(ENTER, state, at(0));
            let next = screen.on(reply(Reply::Account(Ok(narrow.clone()))), state, at(1));
            (screen, next)
        };
        let (mut screen, next) = lacking(&state());
        assert_eq!(next, Next::stay());
        let missing: Vec<_> =
            rights::missing(&narrow).into_iter().map(|(scope, _)| scope).collect();
        assert_eq!(missing, ["machine:read", "machine:write"]);
        let mut other = screen.clone();
        assert_eq!(other.on(ENTER, &state(), at(2)), Next::stay());
        assert!(other.field.is_empty(), "another one");
        screen.on(Event::Key(Key::plain(KeyCode::Down)), &state(), at(2));
        let next = screen.on(ENTER, &state(), at(3));
        assert!(matches!(next.effects[..], [Effect::Save { .. }]), "{next:?}");
        // A command was given it on purpose.
        let mut headless = state();
        headless.flags.headless = true;
        assert!(matches!(lacking(&headless).1.effects[..], [Effect::Save { .. }]));
        // Nothing is said of rights that nobody told.
        narrow.scopes.clear();
        assert_eq!(rights::missing(&narrow), []);
    }

    #[test]
    fn a_refused_token_stays_in_the_field() {
        let mut screen = Token::new(Some(&token()));
        screen.on(ENTER, &state(), at(0));
        screen.on(reply(Reply::Account(Err(rejected()))), &state(), at(1));
        assert_eq!(screen.field.trimmed(), token().expose());
        assert_eq!(screen.on(ENTER, &state(), at(2)), Next::ask(Effect::identify(access())));
    }

    #[test]
    fn esc_takes_a_check_back_and_its_late_answer_changes_nothing() {
        let mut screen = Token::new(Some(&token()));
        screen.on(ENTER, &state(), at(0));
        assert!(screen.close_inner());
        let before = screen.clone();
        screen.on(reply(Reply::Account(Ok(account()))), &state(), at(1));
        assert_eq!(screen, before);
        assert!(!screen.close_inner());
    }
}

//! Saving a sign-in, the same after a code and after a pasted token: save it,
//! and if that fails offer another place. Nothing in here can drop the token.
//! It is saved, held for this run, or, when the person walks away from a failed
//! save, put off for a later one. Where signing in is all that was asked for there is no run to
//! hold it for.

use crate::error::{AppError, ErrorKind};
use crate::i18n::{Message, Words};
use crate::model::{Access, Account, Source, StorePlace, StoreState, Via};
use crate::secret::is_session;
use crate::wizard::effect::{Effect, Exit};
use crate::wizard::event::{Key, Reply, SavedSession};
use crate::wizard::keymap::{ENTER, Keymap};
use crate::wizard::list::{Move, choice, choices, moved};
use crate::wizard::next::{Next, To};
use crate::wizard::page::{Block, Mark, Row, Tone};
use crate::wizard::state::{Fact, WizardState};
use crate::wizard::words::{
    can_change_place, error, keyring_reason, person, place, place_in_short, say, token_end,
    verbatim, why_in_file,
};

/// A sign-in on its way to where it is kept.
#[derive(Clone, Debug, PartialEq)]
pub struct SaveStep {
    access: Access,
    account: Account,
    stage: Stage,
    /// Why the keyring did not take it.
    refused: Option<Message>,
}

#[derive(Clone, Debug, PartialEq)]
enum Stage {
    /// The keyring has not said yet whether it can.
    Looking,
    Saving(StorePlace),
    /// The keyring wants its owner's permission, and they were told.
    Asking,
    Failed {
        place: StorePlace,
        error: AppError,
        cursor: usize,
    },
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Action {
    Move(Move),
    Choose,
    File,
}

/// What can be done after a save that failed.
#[derive(Clone, Debug, PartialEq)]
enum Entry {
    Place(StorePlace),
    SetAside,
}

impl SaveStep {
    /// Begins to keep it, or waits to be told where that is possible.
    pub fn begin(access: Access, account: Account, state: &WizardState) -> (Self, Next) {
        let mut step = Self { access, account, stage: Stage::Looking, refused: None };
        let next = step.place_known(state);
        (step, next)
    }

    pub fn account(&self) -> &Account {
        &self.account
    }

    /// The keyring has answered, or the person chose.
    pub fn place_known(&mut self, state: &WizardState) -> Next {
        match (&self.stage, place(state)) {
            (Stage::Looking, Some(StorePlace::Memory)) if is_last_step(state) => {
                self.stage =
                    Stage::Failed { place: StorePlace::File, error: no_store(state), cursor: 0 };
                Next::stay()
            }
            (Stage::Looking, Some(place)) => Next::ask(self.save(place)),
            _ => Next::stay(),
        }
    }

    fn save(&mut self, place: StorePlace) -> Effect {
        self.stage = Stage::Saving(place.clone());
        self.effect(place, false)
    }

    fn effect(&self, place: StorePlace, ask: bool) -> Effect {
        let (access, account) = (self.access.clone(), self.account.clone());
        Effect::Save { access, account, place, ask }
    }

    /// Why it could not be kept.
    pub fn error(&self) -> Option<&AppError> {
        match &self.stage {
            Stage::Failed { error, .. } => Some(error),
            _ => None,
        }
    }

    /// A key or an answer; `None` when it was not for this.
    pub fn reply(&mut self, reply: &Reply, state: &WizardState) -> Option<Next> {
        match (reply, &self.stage) {
            (Reply::Saved(Ok(saved)), _) => Some(self.saved(saved, state)),
            (Reply::Saved(Err(error)), Stage::Saving(StorePlace::Keyring))
                if error.code == "keyring_asks" && !state.flags.unattended =>
            {
                self.stage = Stage::Asking;
                Some(Next::ask(self.effect(StorePlace::Keyring, true)))
            }
            (Reply::Saved(Err(error)), Stage::Asking | Stage::Saving(_)) => {
                Some(self.not_saved(error, state))
            }
            (Reply::SetAside(Ok(_)), Stage::Failed { place, .. }) => {
                let place = place.clone();
                Some(Next::ask(self.save(place)))
            }
            (Reply::SetAside(Err(other)), Stage::Failed { place, .. }) => {
                let (place, error) = (place.clone(), other.clone());
                self.stage = Stage::Failed { place, error, cursor: 0 };
                Some(Next::stay())
            }
            _ => None,
        }
    }

    fn not_saved(&mut self, error: &AppError, state: &WizardState) -> Next {
        let place = match &self.stage {
            Stage::Saving(place) => place.clone(),
            _ => StorePlace::Keyring,
        };
        if place == StorePlace::Keyring {
            self.refused = keyring_reason(error);
        }
        // Nobody is asked where else: there is the file.
        if state.flags.headless && error.code.starts_with("keyring_") {
            return Next::ask(self.save(StorePlace::File));
        }
        self.stage = Stage::Failed { place, error: error.clone(), cursor: 0 };
        Next::stay()
    }

    /// Signed in. An earlier session on the same instance ends: it was this
    /// machine's, and nobody could tell the two apart. One that is still what
    /// is kept lives on.
    fn saved(&self, saved: &SavedSession, state: &WizardState) -> Next {
        let old = saved.earlier.as_ref().or(state.access.as_ref()).filter(|old| {
            saved.place != StorePlace::Memory
                && old.instance.place == self.access.instance.place
                && old.token != self.access.token
                && old.source == Source::Stored
                && is_session(&old.token)
        });
        let next = if is_last_step(state) {
            Next::exit(if old.is_some() { Exit::Replaced } else { Exit::Done })
        } else {
            Next::start_over(To::Status)
        };
        next.learn(Fact::SignedIn(self.access.clone(), self.account.clone()))
            .learn_all(self.receipt(&saved.place, state).map(Fact::Receipt))
            .learn_all(old.map(|_| Fact::Receipt(say("status-replaced"))))
            .detach_all(old.cloned().map(Effect::Revoke))
    }

    /// Who signed in, where that is kept and why there; of a token that somebody
    /// made also which, and its end.
    fn receipt(&self, place: &StorePlace, state: &WizardState) -> impl Iterator<Item = Words> {
        let why = self.refused.clone().or_else(|| why_in_file(state));
        let why = why.filter(|_| *place == StorePlace::File);
        let who = Message::new(match (place, &why) {
            (StorePlace::Keyring, _) => "receipt-keyring",
            (StorePlace::Memory, _) => "receipt-memory",
            (StorePlace::File, Some(_)) => "receipt-file-because",
            (StorePlace::File, None) => "receipt-file",
        });
        let mut who = who.with("person", person(&self.account));
        if let Some(because) = why {
            who = who.with("because", because);
        }
        let token = (self.account.via != Via::Session).then(|| {
            Message::new("receipt-token")
                .with("name", verbatim(&self.account.token_name))
                .with("end", token_end(&self.account))
        });
        [Some(who), token].into_iter().flatten().map(Words::from)
    }

    fn keymap(&self, state: &WizardState) -> Keymap<Action> {
        match &self.stage {
            Stage::Failed { .. } => {
                Keymap::new().list(Action::Move).key(ENTER, Action::Choose, "key-continue")
            }
            Stage::Saving(_) | Stage::Asking => Keymap::new().key_if(
                self.stage != Stage::Saving(StorePlace::File) && can_change_place(state),
                &[Key::char('k')],
                Action::File,
                "key-keep-in-file",
            ),
            Stage::Looking => Keymap::new(),
        }
    }

    /// The keys that do something now.
    pub fn keys(&self, state: &WizardState) -> crate::wizard::keymap::Keys {
        self.keymap(state).keys()
    }

    pub fn key(&mut self, key: Key, state: &WizardState) -> Next {
        let action = self.keymap(state).find(key);
        let entries = self.entries(state);
        match (action, &mut self.stage) {
            (Some(Action::Move(how)), Stage::Failed { cursor, .. }) => {
                *cursor = moved(*cursor, entries.len(), how);
                Next::stay()
            }
            (Some(Action::Choose), Stage::Failed { cursor, .. }) => match entries.get(*cursor) {
                Some(Entry::Place(place)) => Next::ask(self.save(place.clone())),
                Some(Entry::SetAside) => Next::ask(Effect::SetAside),
                None => Next::stay(),
            },
            // The keyring's own question may stand unanswered behind this: its
            // late answer no longer decides.
            (Some(Action::File), Stage::Saving(_) | Stage::Asking) => {
                let save = self.save(StorePlace::File);
                Next::restart(vec![save]).learn(Fact::PreferFile(true))
            }
            _ => Next::stay(),
        }
    }

    fn entries(&self, state: &WizardState) -> Vec<Entry> {
        let Stage::Failed { place, error, .. } = &self.stage else { return Vec::new() };
        let mut entries = Vec::new();
        if error.code == "auth_corrupt" {
            entries.push(Entry::SetAside);
        }
        if *place == StorePlace::Keyring && error.code != "not_kept" {
            entries.push(Entry::Place(StorePlace::File));
        }
        entries.push(Entry::Place(place.clone()));
        if *place == StorePlace::File && can_change_place(state) {
            entries.push(Entry::Place(StorePlace::Keyring));
        }
        if !is_last_step(state) {
            entries.push(Entry::Place(StorePlace::Memory));
        }
        entries
    }

    /// The row of the sign-in's table.
    pub fn row(&self, state: &WizardState) -> Row {
        let mark = match self.stage {
            Stage::Looking | Stage::Saving(_) | Stage::Asking => Mark::Now,
            Stage::Failed { .. } => Mark::Failed,
        };
        let mut row = Row::new(mark, say("row-save"));
        row.value = place_in_short(state).filter(|_| mark == Mark::Now);
        row
    }

    /// What is said and asked below the table.
    pub fn blocks(&self, state: &WizardState) -> Vec<Block> {
        let belongs = Message::new("token-belongs").with("person", person(&self.account));
        let mut blocks = Vec::new();
        match &self.stage {
            Stage::Looking | Stage::Saving(_) => {}
            Stage::Asking => blocks.push(Block::toned(Tone::Tip, say("keyring-asks"))),
            Stage::Failed { place, error: what, cursor } => {
                blocks.push(Block::text(belongs));
                blocks.extend(error(what));
                blocks.push(Block::text(say("keeping-nothing-lost")));
                let items = self.entries(state).into_iter().map(|entry| {
                    choice(say(match entry {
                        Entry::SetAside => "keeping-set-aside",
                        Entry::Place(again) if again == *place => "keeping-again",
                        Entry::Place(StorePlace::File) => "keeping-file",
                        Entry::Place(StorePlace::Keyring) => "keeping-keyring",
                        Entry::Place(StorePlace::Memory) => "keeping-memory",
                    }))
                });
                blocks.push(choices(items.collect(), *cursor));
            }
        }
        blocks
    }

    /// The person walks away. A save that is on its way goes on; a token that
    /// is kept nowhere is put off, unless it was pasted: whoever has it may
    /// paste it again.
    pub fn leave(&self) -> Vec<Effect> {
        match self.stage {
            Stage::Looking | Stage::Failed { .. } if self.access.source == Source::DeviceCode => {
                vec![Effect::PutOff(self.access.clone())]
            }
            _ => Vec::new(),
        }
    }
}

/// Whether nothing comes after the sign-in.
fn is_last_step(state: &WizardState) -> bool {
    state.flags.sign_in_only && state.invite.is_none()
}

/// There is no place for it, and why.
fn no_store(state: &WizardState) -> AppError {
    if let Some(StoreState::Nowhere { because }) = &state.store
        && because.id == "keep-keyring-forced"
    {
        let message = Message::new("keep-nothing-kept").with("because", because.clone());
        return AppError::new(ErrorKind::Failed, "not_kept", message);
    }
    let mut message = Message::new("login-not-kept");
    if let Some(StoreState::Nowhere { because }) = &state.store {
        message = message.with("why", because.clone());
    }
    AppError::new(ErrorKind::Failed, "not_kept", message).hint(Message::new("login-not-kept-hint"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wizard::event::KeyCode;
    use crate::wizard::next::Go;
    use crate::wizard::testing::{access, account, first_run_remote, unreachable};

    fn save(place: StorePlace) -> Effect {
        Effect::Save { access: access(), account: account(), place, ask: false }
    }

    #[test]
    fn a_save_that_fails_offers_another_place_and_keeps_the_token() {
        let state = WizardState { store: Some(StoreState::Keyring), ..first_run_remote() };
        let (mut step, next) = SaveStep::begin(access(), account(), &state);
        assert_eq!(next, Next::ask(save(StorePlace::Keyring)));
        let failed = step.reply(&Reply::Saved(Err(unreachable())), &state);
        assert_eq!(failed, Some(Next::stay()));
        assert_eq!(step.leave(), [Effect::PutOff(access())]);
        let next = step.key(Key::plain(KeyCode::Enter), &state);
        assert_eq!(next, Next::ask(save(StorePlace::File)));
        assert_eq!(step.leave(), []);
        step.reply(&Reply::Saved(Err(unreachable())), &state);
        step.key(Key::plain(KeyCode::Up), &state);
        let next = step.key(Key::plain(KeyCode::Enter), &state);
        assert_eq!(next, Next::ask(save(StorePlace::Memory)));
    }

    #[test]
    fn it_waits_for_the_keyring_to_answer() {
        let mut state = first_run_remote();
        let (mut step, next) = SaveStep::begin(access(), account(), &state);
        assert_eq!(next, Next::stay());
        state.store = Some(StoreState::KeyringLocked);
        assert_eq!(step.place_known(&state), Next::ask(save(StorePlace::Keyring)));
        assert_eq!(
            step.key(Key::char('k'), &state),
            Next::restart(vec![save(StorePlace::File)]).learn(Fact::PreferFile(true))
        );
    }

    fn refused(code: &str, because: &'static str) -> Reply {
        let message = Message::new("keep-keyring-not-taken").with("because", Message::new(because));
        Reply::Saved(Err(AppError::new(ErrorKind::Failed, code, message)))
    }

    #[test]
    fn a_keyring_that_asks_is_told_of_and_waited_for_and_a_no_is_called_one() {
        let state = WizardState { store: Some(StoreState::Keyring), ..first_run_remote() };
        let (mut step, _) = SaveStep::begin(access(), account(), &state);
        let asks = refused("keyring_asks", "keep-keyring-asks");
        let waits = Effect::Save {
            access: access(),
            account: account(),
            place: StorePlace::Keyring,
            ask: true,
        };
        assert_eq!(step.reply(&asks, &state), Some(Next::ask(waits)));
        let told = Block::toned(Tone::Tip, say("keyring-asks"));
        assert!(step.blocks(&state).contains(&told));
        // Whoever does not want to wait for it goes on with a file.
        assert_eq!(
            step.clone().key(Key::char('k'), &state),
            Next::restart(vec![save(StorePlace::File)]).learn(Fact::PreferFile(true))
        );
        let no = refused("keyring_denied", "keep-keyring-denied");
        assert_eq!(step.reply(&no, &state), Some(Next::stay()));
        assert!(step.error().is_some_and(|error| error.code == "keyring_denied"));
        assert_eq!(step.key(Key::plain(KeyCode::Enter), &state), Next::ask(save(StorePlace::File)));
        let next = step.reply(&Reply::Saved(Ok(StorePlace::File.into())), &state).expect("kept");
        let receipt = Message::new("receipt-file-because")
            .with("person", person(&account()))
            .with("because", Message::new("keep-keyring-denied"));
        assert!(next.facts.contains(&Fact::Receipt(receipt.into())), "{next:?}");
    }

    #[test]
    fn where_nobody_is_a_keyring_that_asks_is_passed_over() {
        let mut state = WizardState { store: Some(StoreState::Keyring), ..first_run_remote() };
        (state.flags.headless, state.flags.unattended) = (true, true);
        let (mut step, _) = SaveStep::begin(access(), account(), &state);
        let asks = refused("keyring_asks", "keep-keyring-asks");
        assert_eq!(step.reply(&asks, &state), Some(Next::ask(save(StorePlace::File))));
    }

    #[test]
    fn what_the_environment_forbids_is_not_offered() {
        let mut state = WizardState { store: Some(StoreState::Keyring), ..first_run_remote() };
        state.flags.sign_in_only = true;
        let (mut step, _) = SaveStep::begin(access(), account(), &state);
        step.reply(&refused("not_kept", "keep-keyring-forced"), &state);
        assert_eq!(step.entries(&state), [Entry::Place(StorePlace::Keyring)]);
    }

    #[test]
    fn where_signing_in_is_all_it_is_kept_or_the_person_decides() {
        let because = Message::new("keep-read-only").with("path", "/home/ada/.crewmesh");
        let mut state =
            WizardState { store: Some(StoreState::Nowhere { because }), ..first_run_remote() };
        state.flags.sign_in_only = true;
        let (mut step, next) = SaveStep::begin(access(), account(), &state);
        assert_eq!(next, Next::stay());
        assert_eq!(step.entries(&state), [Entry::Place(StorePlace::File)]);
        assert_eq!(step.leave(), [Effect::PutOff(access())]);
        let next = step.key(Key::plain(KeyCode::Enter), &state);
        assert_eq!(next, Next::ask(save(StorePlace::File)));
    }

    #[test]
    fn a_session_that_is_still_kept_lives_on_beside_one_for_this_run() {
        let mut state = first_run_remote();
        let token = crate::secret::Secret::token_from(crate::secret::TokenKind::Session, &[9; 32]);
        state.access = Some(Access { token, source: Source::Stored, ..access() });
        let (mut step, _) = SaveStep::begin(access(), account(), &state);
        let next = step.reply(&Reply::Saved(Ok(StorePlace::Memory.into())), &state);
        let next = next.expect("kept");
        assert_eq!((next.detached, next.go), (vec![], Go::StartOver(To::Status)));
    }

    #[test]
    fn the_session_before_ends_once_the_new_one_is_kept() {
        let mut state = WizardState { store: Some(StoreState::Keyring), ..first_run_remote() };
        state.flags.sign_in_only = true;
        let token = crate::secret::Secret::token_from(crate::secret::TokenKind::Session, &[9; 32]);
        let old = Access { token, source: Source::Stored, ..access() };
        // What the store held in that moment counts, whatever is known.
        let (mut step, _) = SaveStep::begin(access(), account(), &state);
        let saved = SavedSession { earlier: Some(old.clone()), ..StorePlace::File.into() };
        let next = step.reply(&Reply::Saved(Ok(saved)), &state).expect("kept");
        assert_eq!(next.detached, [Effect::Revoke(old.clone())]);
        state.access = Some(old.clone());
        let (mut step, _) = SaveStep::begin(access(), account(), &state);
        assert_eq!(
            step.reply(&Reply::Saved(Ok(StorePlace::Keyring.into())), &state),
            Some(
                Next::exit(Exit::Replaced)
                    .detach(Effect::Revoke(old))
                    .learn(Fact::SignedIn(access(), account()))
                    .learn(Fact::Receipt(
                        Message::new("receipt-keyring").with("person", person(&account())).into()
                    ))
                    .learn(Fact::Receipt(say("status-replaced")))
            )
        );
    }
}

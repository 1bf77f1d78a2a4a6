//! Which instance: one that is known, another by its address, or the one in
//! this computer. Where none is known there is nothing to list: the page is one
//! field. What follows depends on what it was asked for ([`Purpose`]).

use crate::error::{AppError, ErrorKind};
use crate::i18n::Message;
use crate::input::address;
use crate::input::pasted::{self, Pasted};
use crate::model::{Instance, Place};
use crate::secret::Secret;
use crate::time_point::TimePoint;
use crate::wizard::effect::Effect;
use crate::wizard::event::{Key, Reply};
use crate::wizard::keymap::{ENTER, Keymap, Keys, ListAction};
use crate::wizard::list::{answers, choice, choice_with, choices, moved};
use crate::wizard::next::{Next, To};
use crate::wizard::page::{Block, Choice, Mark, Page, Row, Tone};
use crate::wizard::screen::Screen;
use crate::wizard::state::{Fact, WizardState};
use crate::wizard::text_field::TextField;
use crate::wizard::words::{error, instance, keyring_question, say, verbatim};

/// Picking an instance, or naming another.
#[derive(Clone, Debug, PartialEq)]
pub struct Instances {
    purpose: Purpose,
    /// Looked at as soon as the screen is entered.
    given: Option<Given>,
    /// There is a list behind the field.
    lists: bool,
    cursor: usize,
    field: TextField,
    stage: Stage,
}

/// What an instance is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Purpose {
    /// Another than the one in use, from another screen.
    Change,
    /// Signing in there: that takes this screen's place.
    SignIn,
    /// Something given waits for the answer: it is what goes on, with the
    /// sign-in there or without.
    Input,
}

/// What was said elsewhere already.
#[derive(Clone, Debug, PartialEq)]
enum Given {
    Instance(Instance),
    Address,
}

#[derive(Clone, Debug, PartialEq)]
enum Stage {
    Listing(Option<AppError>),
    Typing(Option<AppError>),
    /// Looked at over the network, or its kept sign-in is.
    Asking(Instance),
    /// The keyring asks its owner.
    Unlocking(Instance, &'static str),
    /// Only plain http: does the person allow it? The cursor stands on No.
    Http(Instance, usize),
}

#[derive(Clone, Debug, PartialEq)]
enum Entry {
    Use(Instance),
    Address,
}

impl Instances {
    fn with(purpose: Purpose) -> Self {
        let (field, stage) = (TextField::new(), Stage::Listing(None));
        Self { purpose, given: None, lists: false, cursor: 0, field, stage }
    }

    /// Another than the one in use.
    pub(super) fn new() -> Self {
        Self::with(Purpose::Change)
    }

    /// Where the person's team is, to sign in there.
    pub(super) fn team() -> Self {
        Self::with(Purpose::SignIn)
    }

    /// This one was chosen, to sign in there.
    pub(super) fn chosen_already(instance: Instance) -> Self {
        Self { given: Some(Given::Instance(instance)), ..Self::team() }
    }

    /// This address was pasted elsewhere, to sign in there.
    pub(super) fn at(address: &str) -> Self {
        Self { given: Some(Given::Address), field: TextField::new().with(address), ..Self::team() }
    }

    /// Asked for something that was given and belongs to one of them.
    pub(super) fn for_input() -> Self {
        Self::with(Purpose::Input)
    }

    /// Where a team is, the embedded one is not among the answers.
    fn entries(&self, state: &WizardState) -> Vec<Entry> {
        let others = state.instances.iter().filter(|instance| !instance.is_embedded());
        let mut entries: Vec<Entry> = others.cloned().map(Entry::Use).collect();
        entries.push(Entry::Address);
        if state.host.has_embedded && self.purpose == Purpose::Change {
            let embedded = state.instances.iter().find(|instance| instance.is_embedded());
            entries.push(Entry::Use(embedded.cloned().unwrap_or_else(Instance::local)));
        }
        entries
    }

    /// Whether there is nothing to choose from but another address.
    fn is_one_field(&self, state: &WizardState) -> bool {
        self.entries(state) == [Entry::Address]
    }

    fn use_it(&mut self, chosen: Instance) -> Next {
        if chosen.signed_in && self.purpose != Purpose::Input {
            self.stage = Stage::Asking(chosen.clone());
            return Next::ask(Effect::TakeUp(chosen));
        }
        self.chosen(chosen)
    }

    /// A sign-in follows where that was asked for, else what it was asked from.
    fn chosen(&self, chosen: Instance) -> Next {
        let next = match self.purpose {
            Purpose::SignIn => Next::replace(To::SignIn),
            Purpose::Change | Purpose::Input => Next::back(),
        };
        next.learn(Fact::Instance(chosen))
    }

    fn keymap(&self) -> Keymap<ListAction> {
        match &self.stage {
            Stage::Listing(_) | Stage::Http(..) => Keymap::of_list(),
            Stage::Typing(what) => {
                let does = if what.is_some() { "key-try-again" } else { "key-continue" };
                Keymap::new().key(ENTER, ListAction::Choose, does)
            }
            Stage::Asking(_) | Stage::Unlocking(..) => Keymap::new(),
        }
    }

    fn find(&mut self) -> Next {
        match address::parse(self.field.trimmed()) {
            Ok(named) => {
                self.stage = Stage::Asking(named);
                Next::ask(Effect::FindInstance(self.field.trimmed().to_owned()))
            }
            Err(what) => {
                self.stage = Stage::Typing(Some(what));
                Next::stay()
            }
        }
    }

    fn item(entry: &Entry) -> Choice {
        match entry {
            Entry::Address => choice(say("instance-address")),
            Entry::Use(chosen) => {
                let detail = match &chosen.place {
                    Place::Embedded => say("instance-local-detail"),
                    Place::At(_) if chosen.signed_in => say("instance-signed-in"),
                    Place::At(url) => verbatim(url.as_str()),
                };
                let label = match &chosen.place {
                    Place::Embedded => say("instance-local"),
                    Place::At(_) => instance(chosen),
                };
                choice_with(label, detail)
            }
        }
    }
}

impl Screen for Instances {
    fn open(&mut self, state: &WizardState, _: TimePoint) -> Next {
        match self.given.take() {
            Some(Given::Instance(instance)) => self.use_it(instance),
            Some(Given::Address) => self.find(),
            None => {
                self.lists = !self.is_one_field(state);
                if self.stage == Stage::Listing(None) && !self.lists {
                    self.stage = Stage::Typing(None);
                }
                Next::stay()
            }
        }
    }

    fn on_key(&mut self, key: Key, state: &WizardState, _: TimePoint) -> Next {
        let action = self.keymap().find(key);
        let count = self.entries(state).len();
        match (&mut self.stage, action) {
            (Stage::Listing(_), Some(ListAction::Move(how))) => {
                self.cursor = moved(self.cursor, count, how);
                Next::stay()
            }
            (Stage::Listing(_), Some(ListAction::Choose)) => {
                match self.entries(state).into_iter().nth(self.cursor) {
                    Some(Entry::Use(chosen)) => self.use_it(chosen),
                    Some(Entry::Address) => {
                        self.stage = Stage::Typing(None);
                        Next::stay()
                    }
                    None => Next::stay(),
                }
            }
            (Stage::Typing(_), Some(ListAction::Choose)) => self.find(),
            (Stage::Typing(what), None) => {
                if self.field.on(key) {
                    *what = None;
                }
                Next::stay()
            }
            (Stage::Http(_, cursor), Some(ListAction::Move(how))) => {
                *cursor = moved(*cursor, 2, how);
                Next::stay()
            }
            (Stage::Http(named, cursor), Some(ListAction::Choose)) => {
                if *cursor == 0 {
                    self.stage = Stage::Typing(None);
                    return Next::stay();
                }
                let allow = Effect::AllowHttp(named.clone());
                self.find().detach(allow)
            }
            _ => Next::stay(),
        }
    }

    fn takes(&self, pasted: &Pasted, _: &Secret, _: &WizardState) -> bool {
        matches!(pasted, Pasted::Address(_))
    }

    fn on_paste(&mut self, pasted: &Secret, _: &WizardState) -> Next {
        // An address pasted over the list is meant as one, and a whole one takes
        // the place of whatever stood there.
        if matches!(self.stage, Stage::Listing(_)) {
            self.stage = Stage::Typing(None);
        }
        if matches!(self.stage, Stage::Typing(_)) {
            match pasted::recognise(pasted.expose()) {
                Some(Pasted::Address(address)) => self.field.set(&address),
                _ => self.field.paste(pasted),
            }
            self.stage = Stage::Typing(None);
        }
        Next::stay()
    }

    fn on_reply(&mut self, reply: Reply, _: &WizardState, _: TimePoint) -> Next {
        let (Stage::Asking(asked) | Stage::Unlocking(asked, _)) = &self.stage else {
            return Next::stay();
        };
        match reply {
            Reply::SignIn(Err(what)) if keyring_question(&what).is_some() => {
                if let Stage::Unlocking(..) = self.stage {
                    self.stage = Stage::Listing(Some(what));
                    return Next::stay();
                }
                let asked = asked.clone();
                let question = keyring_question(&what).unwrap_or_default();
                self.stage = Stage::Unlocking(asked.clone(), question);
                Next::ask(Effect::Unlock(asked))
            }
            Reply::Instance(Ok(found)) => self.use_it(found),
            Reply::Instance(Err(what)) if what.code == "http_not_allowed" => {
                self.stage = Stage::Http(asked.clone(), 0);
                Next::stay()
            }
            Reply::Instance(Err(what)) => {
                self.stage = Stage::Typing(Some(what));
                Next::stay()
            }
            Reply::SignIn(Ok(Some((access, account)))) => Next::start_over(To::Status)
                .learn(Fact::Instance(asked.clone()))
                .learn(Fact::SignedIn(access, account)),
            Reply::SignIn(Ok(None)) => self.chosen(asked.clone()),
            // Rejected, or never given by its keyring: it can be made anew there.
            Reply::SignIn(Err(what)) if what.kind == ErrorKind::NotSignedIn => {
                let asked = Instance { signed_in: false, ..asked.clone() };
                self.chosen(asked)
            }
            Reply::SignIn(Err(what)) => {
                self.stage = Stage::Listing(Some(what));
                Next::stay()
            }
            _ => Next::stay(),
        }
    }

    fn keys(&self, _: &WizardState, _: TimePoint) -> Keys {
        self.keymap().keys()
    }

    fn close_inner(&mut self) -> bool {
        let behind = match self.stage {
            Stage::Listing(_) => None,
            Stage::Asking(_) | Stage::Unlocking(..) | Stage::Http(..) if !self.field.is_empty() => {
                Some(Stage::Typing(None))
            }
            _ => self.lists.then_some(Stage::Listing(None)),
        };
        let inner = behind.is_some();
        self.stage = behind.unwrap_or(self.stage.clone());
        inner
    }

    fn page(&self, state: &WizardState, _: TimePoint) -> Page {
        let (title, question) = match self.purpose {
            Purpose::Change => ("title-instance", "instance-which"),
            Purpose::SignIn => ("title-sign-in", "instance-team"),
            Purpose::Input => ("title-instance", "instance-of-input"),
        };
        let mut page = Page::new(say(title));
        match &self.stage {
            Stage::Listing(what) => {
                page.blocks.push(Block::text(say(question)));
                let items = self.entries(state).iter().map(Self::item).collect();
                page.blocks.push(choices(items, self.cursor));
                page.blocks.extend(what.iter().flat_map(error));
            }
            Stage::Typing(what) => {
                let field = self.field.shown(say("instance-address-label"), true);
                page.blocks.push(Block::text(say(question)));
                page.blocks.push(Block::Field(field.placeholder(verbatim("mesh.example.org"))));
                match what {
                    Some(what) => page.blocks.extend(error(what)),
                    None => page.blocks.push(Block::toned(Tone::Dim, say("instance-who-knows"))),
                }
            }
            Stage::Asking(asked) => {
                let row = Row::new(Mark::Now, say("row-look-at")).value(instance(asked));
                page.blocks.push(Block::Rows(vec![row]));
            }
            Stage::Unlocking(asked, question) => {
                let row = Row::new(Mark::Now, say("row-look-at")).value(instance(asked));
                page.blocks.push(Block::Rows(vec![row]));
                page.blocks.push(Block::toned(Tone::Tip, say(question)));
            }
            Stage::Http(asked, cursor) => {
                let risk = Message::new("instance-http").with("instance", instance(asked));
                page.blocks.push(Block::toned(Tone::Bad, risk));
                let items = vec![choice(say("instance-http-no")), choice(say("instance-http-yes"))];
                page.blocks.push(answers(items, *cursor));
                page.consent = Some(*cursor == 1);
            }
        }
        page
    }
}

#[cfg(test)]
mod tests;

//! Which instance: one that is known, another by its address, or the one in
//! this computer. Where nobody here can see a browser (over SSH, without a
//! display) the team's instance leads, because the page of the embedded one
//! would open where nobody looks.

use crate::error::{AppError, ErrorKind};
use crate::i18n::Message;
use crate::input::address;
use crate::model::{Instance, Place};
use crate::secret::Secret;
use crate::time_point::TimePoint;
use crate::wizard::effect::Effect;
use crate::wizard::event::{Key, Reply};
use crate::wizard::keymap::{ENTER, Keymap, Keys, ListAction};
use crate::wizard::list::{choice, choice_with, choices, moved};
use crate::wizard::next::{Next, To};
use crate::wizard::page::{Block, Choice, Mark, Page, Row, Tone};
use crate::wizard::screen::Screen;
use crate::wizard::state::{Fact, WizardState};
use crate::wizard::text_field::TextField;
use crate::wizard::words::{error, instance, say, verbatim};

/// Picking an instance, or naming another.
#[derive(Clone, Debug, PartialEq)]
pub struct Instances {
    /// Nothing was chosen before: what follows takes this screen's place.
    first: bool,
    /// Something given waits for the answer: it is what goes on, with the
    /// sign-in there or without.
    waited_for: bool,
    cursor: usize,
    field: TextField,
    stage: Stage,
}

#[derive(Clone, Debug, PartialEq)]
enum Stage {
    Listing(Option<AppError>),
    Typing(Option<AppError>),
    /// Looked at over the network, or its kept sign-in is.
    Asking(Instance),
    /// The keyring asks its owner.
    Unlocking(Instance),
    /// Only plain http: does the person allow it? The cursor stands on No.
    Http(Instance, usize),
}

#[derive(Clone, Debug, PartialEq)]
enum Entry {
    Use(Instance),
    Address,
}

impl Instances {
    /// Asked for from another screen.
    pub(super) fn new() -> Self {
        let stage = Stage::Listing(None);
        Self { first: false, waited_for: false, cursor: 0, field: TextField::new(), stage }
    }

    /// The first question of all.
    pub(super) fn first() -> Self {
        Self { first: true, ..Self::new() }
    }

    /// Asked for something that was given and belongs to one of them.
    pub(super) fn for_input() -> Self {
        Self { waited_for: true, ..Self::new() }
    }

    fn entries(state: &WizardState) -> Vec<Entry> {
        let others = state.instances.iter().filter(|instance| !instance.is_embedded());
        let mut entries: Vec<Entry> = others.cloned().map(Entry::Use).collect();
        entries.push(Entry::Address);
        if state.host.has_embedded {
            let embedded = state.instances.iter().find(|instance| instance.is_embedded());
            let embedded = Entry::Use(embedded.cloned().unwrap_or_else(Instance::local));
            let at = if state.host.can_open_browser { 0 } else { entries.len() };
            entries.insert(at, embedded);
        }
        entries
    }

    fn use_it(&mut self, chosen: Instance, state: &WizardState) -> Next {
        if chosen.signed_in && !self.waited_for {
            self.stage = Stage::Asking(chosen.clone());
            return Next::ask(Effect::TakeUp(chosen));
        }
        self.chosen(chosen, state)
    }

    /// The first question is followed by what was asked for; a later one by
    /// where it was asked from.
    fn chosen(&self, chosen: Instance, state: &WizardState) -> Next {
        let next = match (self.first, state.flags.sign_in_only) {
            (false, _) => Next::back(),
            (true, true) => Next::replace(To::SignIn),
            (true, false) => Next::replace(To::Welcome),
        };
        next.learn(Fact::Instance(chosen))
    }

    fn keymap(&self) -> Keymap<ListAction> {
        match &self.stage {
            Stage::Listing(_) | Stage::Http(..) => Keymap::of_list(),
            Stage::Typing(_) => Keymap::new().key(ENTER, ListAction::Choose, "key-continue"),
            Stage::Asking(_) | Stage::Unlocking(_) => Keymap::new(),
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
    fn on_key(&mut self, key: Key, state: &WizardState, _: TimePoint) -> Next {
        let action = self.keymap().find(key);
        match (&mut self.stage, action) {
            (Stage::Listing(_), Some(ListAction::Move(how))) => {
                self.cursor = moved(self.cursor, Self::entries(state).len(), how);
                Next::stay()
            }
            (Stage::Listing(_), Some(ListAction::Choose)) => {
                match Self::entries(state).into_iter().nth(self.cursor) {
                    Some(Entry::Use(chosen)) => self.use_it(chosen, state),
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

    fn on_paste(&mut self, pasted: &Secret, _: &WizardState) -> Next {
        // An address pasted over the list is meant as one.
        if matches!(self.stage, Stage::Listing(_)) {
            self.stage = Stage::Typing(None);
        }
        if matches!(self.stage, Stage::Typing(_)) {
            self.field.paste(pasted);
        }
        Next::stay()
    }

    fn on_reply(&mut self, reply: Reply, state: &WizardState, _: TimePoint) -> Next {
        let (Stage::Asking(asked) | Stage::Unlocking(asked)) = &self.stage else {
            return Next::stay();
        };
        match reply {
            Reply::SignIn(Err(what)) if what.code == "keyring_locked" => {
                if let Stage::Unlocking(_) = self.stage {
                    self.stage = Stage::Listing(Some(what));
                    return Next::stay();
                }
                let asked = asked.clone();
                self.stage = Stage::Unlocking(asked.clone());
                Next::ask(Effect::Unlock(asked))
            }
            Reply::Instance(Ok(found)) => self.use_it(found, state),
            Reply::Instance(Err(what)) if what.code == "http_not_allowed" => {
                self.stage = Stage::Http(asked.clone(), 0);
                Next::stay()
            }
            Reply::Instance(Err(what)) => {
                self.stage = Stage::Typing(Some(what));
                Next::stay()
            }
            Reply::SignIn(Ok(Some((access, account)))) => {
                Next::start_over(To::Status { replaced: false })
                    .learn(Fact::Instance(asked.clone()))
                    .learn(Fact::SignedIn(access, account))
            }
            Reply::SignIn(Ok(None)) => self.chosen(asked.clone(), state),
            // Rejected, or never given by its keyring: it can be made anew there.
            Reply::SignIn(Err(what)) if what.kind == ErrorKind::NotSignedIn => {
                let asked = Instance { signed_in: false, ..asked.clone() };
                self.chosen(asked, state)
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
        let inner = !matches!(self.stage, Stage::Listing(_));
        if inner {
            self.stage = match self.stage {
                Stage::Asking(_) | Stage::Http(..) if !self.field.is_empty() => Stage::Typing(None),
                _ => Stage::Listing(None),
            };
        }
        inner
    }

    fn page(&self, state: &WizardState, _: TimePoint) -> Page {
        let mut page = Page::new(say("title-instance"));
        match &self.stage {
            Stage::Listing(what) => {
                page.blocks.push(Block::text(say("instance-which")));
                let items = Self::entries(state).iter().map(Self::item).collect();
                page.blocks.push(choices(items, self.cursor));
                if self.first && !state.host.can_open_browser && state.host.has_embedded {
                    page.blocks.push(Block::toned(Tone::Tip, say("instance-why")));
                }
                page.blocks.extend(what.iter().flat_map(error));
            }
            Stage::Typing(what) => {
                let field = self.field.shown(say("instance-address-label"), true);
                page.blocks.push(Block::text(say("instance-which")));
                page.blocks.push(Block::Field(field.placeholder(verbatim("mesh.example.org"))));
                page.blocks.extend(what.iter().flat_map(error));
            }
            Stage::Asking(asked) => {
                let row = Row::new(Mark::Now, say("row-look-at")).value(instance(asked));
                page.blocks.push(Block::Rows(vec![row]));
            }
            Stage::Unlocking(asked) => {
                let row = Row::new(Mark::Now, say("row-look-at")).value(instance(asked));
                page.blocks.push(Block::Rows(vec![row]));
                page.blocks.push(Block::toned(Tone::Tip, say("keyring-unlock")));
            }
            Stage::Http(asked, cursor) => {
                let risk = Message::new("instance-http").with("instance", instance(asked));
                page.blocks.push(Block::toned(Tone::Bad, risk));
                let items = vec![choice(say("instance-http-no")), choice(say("instance-http-yes"))];
                page.blocks.push(choices(items, *cursor));
            }
        }
        page
    }
}

#[cfg(test)]
mod tests;

//! A model server of the person's own: its address, and a key if it wants one.

use crate::connect::ProviderHere;
use crate::error::AppError;
use crate::i18n::Message;
use crate::input::pasted::Pasted;
use crate::secret::Secret;
use crate::time_point::TimePoint;
use crate::wizard::connect_step::ConnectStep;
use crate::wizard::effect::Brings;
use crate::wizard::event::{Key, Reply};
use crate::wizard::keymap::{ENTER, Keymap, Keys, ListAction};
use crate::wizard::list::{choice, choices, moved};
use crate::wizard::next::Next;
use crate::wizard::page::{Block, Page, Tone};
use crate::wizard::screen::Screen;
use crate::wizard::state::WizardState;
use crate::wizard::text_field::TextField;
use crate::wizard::words::{instance_corner, say, verbatim};

/// The address of a model server.
#[derive(Clone, Debug, PartialEq)]
pub struct ModelServer {
    provider: Box<ProviderHere>,
    address: TextField,
    /// Once it said that it wants one.
    key: Option<TextField>,
    /// It has several: which do agents ask for? And where the cursor stands.
    models: Option<(Vec<String>, usize)>,
    step: ConnectStep,
}

impl ModelServer {
    /// With where one usually is in the field.
    pub(super) fn new(provider: Box<ProviderHere>) -> Self {
        let usual = provider.endpoint.as_deref().unwrap_or_default();
        let address = TextField::new().with(usual);
        Self { provider, address, key: None, models: None, step: ConnectStep::default() }
    }

    fn keymap(&self) -> Keymap<ListAction> {
        let choose = |does| Keymap::new().key(ENTER, ListAction::Choose, does);
        match self.step.error() {
            _ if self.step.is_asking() => Keymap::new(),
            _ if self.models.is_some() => Keymap::of_list(),
            None => choose("key-continue"),
            Some(_) => choose("key-try-again"),
        }
    }

    /// The field that keys go to.
    fn field(&mut self) -> &mut TextField {
        self.key.as_mut().unwrap_or(&mut self.address)
    }

    fn ask(&mut self, state: &WizardState, model: Option<String>) -> Next {
        let key = self.key.as_ref().filter(|field| !field.is_empty());
        let brings = Brings::Server {
            address: self.address.trimmed().to_owned(),
            key: key.map(|field| Secret::new(field.text())),
            model,
        };
        self.models = None;
        self.step.ask(&self.provider, brings, state)
    }
}

impl Screen for ModelServer {
    fn on_key(&mut self, key: Key, state: &WizardState, _: TimePoint) -> Next {
        match (self.keymap().find(key), &mut self.models) {
            (Some(ListAction::Move(how)), Some((all, cursor))) => {
                *cursor = moved(*cursor, all.len(), how);
            }
            (Some(_), Some((all, cursor))) => {
                let model = all.get(*cursor).cloned();
                return self.ask(state, model);
            }
            (Some(_), None) => return self.ask(state, None),
            (None, Some(_)) => {}
            (None, None) => {
                if !self.step.is_asking() && self.field().on(key) {
                    self.step.clear();
                }
            }
        }
        Next::stay()
    }

    // An address that is pasted here is no instance's.
    fn takes(&self, _: &Pasted, _: &Secret, _: &WizardState) -> bool {
        true
    }

    fn on_paste(&mut self, pasted: &Secret, _: &WizardState) -> Next {
        if !self.step.is_asking() && self.models.is_none() {
            self.field().paste(pasted);
            self.step.clear();
        }
        Next::stay()
    }

    fn on_reply(&mut self, reply: Reply, _: &WizardState, _: TimePoint) -> Next {
        match reply {
            Reply::Models(all) => {
                self.step.clear();
                self.models = Some((all, 0));
                Next::stay()
            }
            // Asked for, it is no fault.
            Reply::Connected(Err(what)) if what.code == "key_wanted" && self.key.is_none() => {
                self.step.clear();
                self.key = Some(TextField::masked());
                Next::stay()
            }
            reply => self.step.reply(reply),
        }
    }

    fn close_inner(&mut self) -> bool {
        // One after the other: what is asked, the models, the key.
        self.step.clear() || self.models.take().is_some() || self.key.take().is_some()
    }

    fn gives_up_inner(&self) -> bool {
        true
    }

    fn keys(&self, _: &WizardState, _: TimePoint) -> Keys {
        self.keymap().keys()
    }

    fn error(&self) -> Option<&AppError> {
        self.step.error()
    }

    fn page(&self, state: &WizardState, _: TimePoint) -> Page {
        let mut page = Page::new(say("title-providers"));
        page.corner = instance_corner(state);
        let at = verbatim(self.address.trimmed());
        let question = match &self.key {
            _ if self.models.is_some() => Message::new("models-ask"),
            None => {
                let title = verbatim(&self.provider.title);
                Message::new("model-server-question").with("provider", title)
            }
            Some(_) => Message::new("model-server-key-question").with("address", at.clone()),
        };
        page.blocks.push(Block::text(question));
        if self.step.is_asking() {
            let asking = Message::new("model-server-asking").with("address", at);
            return page.block(Block::toned(Tone::Dim, asking));
        }
        if let Some((all, cursor)) = &self.models {
            let items = all.iter().map(|name| choice(verbatim(name))).collect();
            return page.block(choices(items, *cursor));
        }
        let field = match &self.key {
            None => self
                .address
                .shown(say("model-server-label"), true)
                .placeholder(verbatim("http://127.0.0.1:8000")),
            Some(key) => key.shown(say("provider-key-label"), true),
        };
        page.blocks.push(Block::Field(field));
        page.blocks.extend(self.step.blocks(&self.provider, state));
        page
    }
}

//! A model server of the person's own: its address, and a key if it wants one.

use crate::connect::ProviderHere;
use crate::error::AppError;
use crate::i18n::Message;
use crate::input::pasted::Pasted;
use crate::secret::Secret;
use crate::time_point::TimePoint;
use crate::wizard::effect::{Brings, Effect};
use crate::wizard::event::{Key, Reply};
use crate::wizard::keymap::{ENTER, Keymap, Keys, ListAction};
use crate::wizard::list::{choice, choices, moved};
use crate::wizard::next::Next;
use crate::wizard::page::{Block, Page, Tone};
use crate::wizard::screen::Screen;
use crate::wizard::state::{Fact, WizardState};
use crate::wizard::text_field::TextField;
use crate::wizard::words::{error_here, instance_corner, say, takes_place, verbatim};

/// The address of a model server.
#[derive(Clone, Debug, PartialEq)]
pub struct ModelServer {
    provider: Box<ProviderHere>,
    address: TextField,
    /// Once it said that it wants one.
    key: Option<TextField>,
    stage: Stage,
}

#[derive(Clone, Debug, PartialEq)]
enum Stage {
    Typing {
        error: Option<AppError>,
    },
    Asking,
    /// It has several: which do agents ask for?
    Models {
        all: Vec<String>,
        cursor: usize,
    },
}

impl ModelServer {
    /// With where one usually is in the field.
    pub(super) fn new(provider: Box<ProviderHere>) -> Self {
        let usual = provider.endpoint.as_deref().unwrap_or_default();
        let address = TextField::new().with(usual);
        Self { provider, address, key: None, stage: Stage::Typing { error: None } }
    }

    fn keymap(&self) -> Keymap<ListAction> {
        let choose = |does| Keymap::new().key(ENTER, ListAction::Choose, does);
        match &self.stage {
            Stage::Typing { error: None } => choose("key-continue"),
            Stage::Typing { error: Some(_) } => choose("key-try-again"),
            Stage::Asking => Keymap::new(),
            Stage::Models { .. } => Keymap::of_list(),
        }
    }

    /// The field that keys go to.
    fn field(&mut self) -> &mut TextField {
        self.key.as_mut().unwrap_or(&mut self.address)
    }

    fn ask(&mut self, state: &WizardState, model: Option<String>) -> Next {
        let Some(access) = state.access.clone() else { return Next::back() };
        self.stage = Stage::Asking;
        let key = self.key.as_ref().filter(|field| !field.is_empty());
        let brings = Brings::Server {
            address: self.address.trimmed().to_owned(),
            key: key.map(|field| Secret::new(field.text())),
            model,
        };
        let provider = self.provider.name.clone();
        Next::ask(Effect::Connect { access, provider, brings })
    }
}

impl Screen for ModelServer {
    fn on_key(&mut self, key: Key, state: &WizardState, _: TimePoint) -> Next {
        match (self.keymap().find(key), &mut self.stage) {
            (Some(ListAction::Move(how)), Stage::Models { all, cursor }) => {
                *cursor = moved(*cursor, all.len(), how);
                return Next::stay();
            }
            (Some(_), Stage::Models { all, cursor }) => {
                let model = all.get(*cursor).cloned();
                return self.ask(state, model);
            }
            (Some(_), _) => return self.ask(state, None),
            (None, _) => {}
        }
        if matches!(self.stage, Stage::Typing { .. }) && self.field().on(key) {
            self.stage = Stage::Typing { error: None };
        }
        Next::stay()
    }

    // An address that is pasted here is no instance's.
    fn takes(&self, _: &Pasted, _: &Secret, _: &WizardState) -> bool {
        true
    }

    fn on_paste(&mut self, pasted: &Secret, _: &WizardState) -> Next {
        if matches!(self.stage, Stage::Typing { .. }) {
            self.field().paste(pasted);
            self.stage = Stage::Typing { error: None };
        }
        Next::stay()
    }

    fn on_reply(&mut self, reply: Reply, _: &WizardState, _: TimePoint) -> Next {
        match reply {
            Reply::Connected(Ok((connection, said))) => {
                Next::back().learn(Fact::Connected(connection, said.into()))
            }
            Reply::Models(all) => {
                self.stage = Stage::Models { all, cursor: 0 };
                Next::stay()
            }
            Reply::Connected(Err(what)) => {
                // Asked for, it is no fault.
                let is_news = what.code == "key_wanted" && self.key.is_none();
                if is_news {
                    self.key = Some(TextField::masked());
                }
                self.stage = Stage::Typing { error: Some(what).filter(|_| !is_news) };
                Next::stay()
            }
            _ => Next::stay(),
        }
    }

    fn close_inner(&mut self) -> bool {
        let is_asking = !matches!(self.stage, Stage::Typing { .. });
        let has_key = self.key.is_some();
        self.stage = Stage::Typing { error: None };
        if !is_asking {
            self.key = None;
        }
        is_asking || has_key
    }

    fn gives_up_inner(&self) -> bool {
        true
    }

    fn keys(&self, _: &WizardState, _: TimePoint) -> Keys {
        self.keymap().keys()
    }

    fn error(&self) -> Option<&AppError> {
        match &self.stage {
            Stage::Typing { error } => error.as_ref(),
            Stage::Asking | Stage::Models { .. } => None,
        }
    }

    fn page(&self, state: &WizardState, _: TimePoint) -> Page {
        let mut page = Page::new(say("title-providers"));
        page.corner = instance_corner(state);
        let at = verbatim(self.address.trimmed());
        let question = match &self.key {
            _ if matches!(self.stage, Stage::Models { .. }) => Message::new("models-ask"),
            None => {
                let title = verbatim(&self.provider.title);
                Message::new("model-server-question").with("provider", title)
            }
            Some(_) => Message::new("model-server-key-question").with("address", at.clone()),
        };
        page.blocks.push(Block::text(question));
        match &self.stage {
            Stage::Typing { error: what } => {
                let field = match &self.key {
                    None => self
                        .address
                        .shown(say("model-server-label"), true)
                        .placeholder(verbatim("http://127.0.0.1:8000")),
                    Some(key) => key.shown(say("provider-key-label"), true),
                };
                page.blocks.push(Block::Field(field));
                page.blocks.extend(what.iter().flat_map(error_here));
                if what.is_none() {
                    page.blocks.extend(takes_place(state, &self.provider.name));
                }
            }
            Stage::Models { all, cursor } => {
                let items = all.iter().map(|name| choice(verbatim(name))).collect();
                page.blocks.push(choices(items, *cursor));
            }
            Stage::Asking => {
                let asking = Message::new("model-server-asking").with("address", at);
                page.blocks.push(Block::toned(Tone::Dim, asking));
            }
        }
        page
    }
}

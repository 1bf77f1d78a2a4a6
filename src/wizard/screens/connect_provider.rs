//! How a provider is to be connected, of the ways there are here. What takes the terminal
//! itself, a program of the vendor's or a browser that comes back, ends the walk for as
//! long as that takes.

use crate::connect::ProviderHere;
use crate::error::AppError;
use crate::i18n::Message;
use crate::time_point::TimePoint;
use crate::wire::Way;
use crate::wizard::effect::{Brings, Effect, Exit};
use crate::wizard::event::{Key, Reply};
use crate::wizard::keymap::{Keymap, Keys, ListAction};
use crate::wizard::list::{choice, choices, moved};
use crate::wizard::next::{Next, To};
use crate::wizard::page::{Block, Page, Tone};
use crate::wizard::screen::Screen;
use crate::wizard::state::{Fact, WizardState};
use crate::wizard::words::{error_here, instance_corner, say, takes_place, verbatim};

/// The ways to connect a provider.
#[derive(Clone, Debug, PartialEq)]
pub struct ConnectProvider {
    provider: Box<ProviderHere>,
    cursor: usize,
    stage: Stage,
}

#[derive(Clone, Debug, PartialEq)]
enum Stage {
    Choosing {
        error: Option<AppError>,
    },
    /// What is set here is taken.
    Taking,
}

impl ConnectProvider {
    pub(super) fn new(provider: Box<ProviderHere>) -> Self {
        Self { provider, cursor: 0, stage: Stage::Choosing { error: None } }
    }

    fn keymap(&self) -> Keymap<ListAction> {
        match self.stage {
            Stage::Choosing { .. } => Keymap::of_list(),
            Stage::Taking => Keymap::new(),
        }
    }

    fn choose(&mut self, state: &WizardState) -> Next {
        let Some(chosen) = self.provider.ways.get(self.cursor) else { return Next::stay() };
        match chosen.way {
            Way::Device => Next::open(To::ProviderCode(self.provider.clone())),
            Way::Token => Next::open(To::ProviderKey(self.provider.clone())),
            Way::Endpoint => Next::open(To::ModelServer(self.provider.clone())),
            way @ (Way::Vendor | Way::Redirect) => {
                Next::exit(Exit::Connect { provider: self.provider.name.clone(), way })
            }
            Way::Import => {
                let Some(access) = state.access.clone() else { return Next::back() };
                self.stage = Stage::Taking;
                let provider = self.provider.name.clone();
                Next::ask(Effect::Connect { access, provider, brings: Brings::SetHere })
            }
        }
    }
}

impl Screen for ConnectProvider {
    fn open(&mut self, state: &WizardState, _: TimePoint) -> Next {
        if state.connected.is_some() { Next::back() } else { Next::stay() }
    }

    fn on_key(&mut self, key: Key, state: &WizardState, _: TimePoint) -> Next {
        match self.keymap().find(key) {
            Some(ListAction::Move(how)) => {
                self.cursor = moved(self.cursor, self.provider.ways.len(), how);
                Next::stay()
            }
            Some(ListAction::Choose) => self.choose(state),
            None => Next::stay(),
        }
    }

    fn on_reply(&mut self, reply: Reply, _: &WizardState, _: TimePoint) -> Next {
        match reply {
            Reply::Connected(Ok((connection, said))) => {
                Next::back().learn(Fact::Connected(connection, said.into()))
            }
            Reply::Connected(Err(what)) => {
                self.stage = Stage::Choosing { error: Some(what) };
                Next::stay()
            }
            _ => Next::stay(),
        }
    }

    fn close_inner(&mut self) -> bool {
        let is_taking = self.stage == Stage::Taking;
        if is_taking {
            self.stage = Stage::Choosing { error: None };
        }
        is_taking
    }

    fn gives_up_inner(&self) -> bool {
        true
    }

    fn keys(&self, _: &WizardState, _: TimePoint) -> Keys {
        self.keymap().keys()
    }

    fn error(&self) -> Option<&AppError> {
        match &self.stage {
            Stage::Choosing { error } => error.as_ref(),
            Stage::Taking => None,
        }
    }

    fn page(&self, state: &WizardState, _: TimePoint) -> Page {
        let mut page = Page::new(say("title-providers"));
        page.corner = instance_corner(state);
        let title = verbatim(&self.provider.title);
        page.blocks
            .push(Block::text(Message::new("provider-ways").with("provider", title.clone())));
        match &self.stage {
            Stage::Choosing { error: what } => {
                let items = self.provider.ways.iter().map(|one| choice(one.said.clone()));
                page.blocks.push(choices(items.collect(), self.cursor));
                page.blocks.extend(what.iter().flat_map(error_here));
                if what.is_none() {
                    page.blocks.extend(takes_place(state, &self.provider.name));
                }
                let missing = self.provider.missing.clone();
                page.blocks.extend(missing.map(|words| Block::toned(Tone::Dim, words)));
            }
            Stage::Taking => {
                let checking = Message::new("provider-checking").with("provider", title);
                page.blocks.push(Block::toned(Tone::Dim, checking));
            }
        }
        page
    }
}

//! How a provider is to be connected, of the ways there are here. What takes the terminal
//! itself, a program of the vendor's or a browser that comes back, ends the walk for as
//! long as that takes.

use crate::connect::ProviderHere;
use crate::error::AppError;
use crate::i18n::Message;
use crate::time_point::TimePoint;
use crate::wire::Way;
use crate::wizard::connect_step::ConnectStep;
use crate::wizard::effect::{Brings, Exit};
use crate::wizard::event::{Key, Reply};
use crate::wizard::keymap::{Keymap, Keys, ListAction};
use crate::wizard::list::{choice, choices, moved};
use crate::wizard::next::{Next, To};
use crate::wizard::page::{Block, Page, Tone};
use crate::wizard::screen::Screen;
use crate::wizard::state::WizardState;
use crate::wizard::words::{instance_corner, say, verbatim};

/// The ways to connect a provider.
#[derive(Clone, Debug, PartialEq)]
pub struct ConnectProvider {
    provider: Box<ProviderHere>,
    cursor: usize,
    /// What is set here, being taken.
    step: ConnectStep,
}

impl ConnectProvider {
    pub(super) fn new(provider: Box<ProviderHere>) -> Self {
        Self { provider, cursor: 0, step: ConnectStep::default() }
    }

    fn keymap(&self) -> Keymap<ListAction> {
        if self.step.is_asking() { Keymap::new() } else { Keymap::of_list() }
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
            Way::Import => match chosen.kept_in.clone() {
                Some(kept_in) => self.step.ask(&self.provider, Brings::Here(kept_in), state),
                None => Next::stay(),
            },
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
        self.step.reply(reply)
    }

    fn close_inner(&mut self) -> bool {
        self.step.is_asking() && self.step.clear()
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
        let title = verbatim(&self.provider.title);
        page.blocks
            .push(Block::text(Message::new("provider-ways").with("provider", title.clone())));
        if self.step.is_asking() {
            let checking = Message::new("provider-checking").with("provider", title);
            return page.block(Block::toned(Tone::Dim, checking));
        }
        let items = self.provider.ways.iter().map(|one| choice(one.said.clone()));
        page.blocks.push(choices(items.collect(), self.cursor));
        page.blocks.extend(self.step.blocks(&self.provider, state));
        let missing = self.provider.missing.clone();
        page.blocks.extend(missing.map(|words| Block::toned(Tone::Dim, words)));
        page
    }
}

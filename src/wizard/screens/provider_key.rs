//! Pasting a provider's key. The provider is asked about it before it is kept; one that was
//! refused stays in the field.

use url::Url;

use crate::connect::ProviderHere;
use crate::error::AppError;
use crate::i18n::Message;
use crate::input::pasted::Pasted;
use crate::secret::Secret;
use crate::time_point::TimePoint;
use crate::wizard::connect_step::ConnectStep;
use crate::wizard::effect::Brings;
use crate::wizard::event::{Key, Reply};
use crate::wizard::keymap::{ENTER, Keymap, Keys};
use crate::wizard::next::Next;
use crate::wizard::page::{Block, Page, Tone};
use crate::wizard::screen::Screen;
use crate::wizard::state::WizardState;
use crate::wizard::text_field::TextField;
use crate::wizard::words::{instance_corner, say, verbatim};

/// Pasting a key.
#[derive(Clone, Debug, PartialEq)]
pub struct ProviderKey {
    provider: Box<ProviderHere>,
    field: TextField,
    step: ConnectStep,
}

impl ProviderKey {
    pub(super) fn new(provider: Box<ProviderHere>) -> Self {
        Self { provider, field: TextField::masked(), step: ConnectStep::default() }
    }

    fn keymap(&self) -> Keymap<()> {
        match self.step.error() {
            _ if self.step.is_asking() => Keymap::new(),
            None => Keymap::new().key(ENTER, (), "key-continue"),
            Some(_) => Keymap::new().key(ENTER, (), "key-try-again"),
        }
    }

    fn check(&mut self, state: &WizardState) -> Next {
        let brings = Brings::Key(Secret::new(self.field.text()));
        self.step.ask(&self.provider, brings, state)
    }
}

impl Screen for ProviderKey {
    fn on_key(&mut self, key: Key, state: &WizardState, _: TimePoint) -> Next {
        if self.keymap().find(key).is_some() {
            return self.check(state);
        }
        if !self.step.is_asking() && self.field.on(key) {
            self.step.clear();
        }
        Next::stay()
    }

    // What is certainly ours is told to be so here, where it was meant as a key.
    fn takes(&self, _: &Pasted, _: &Secret, _: &WizardState) -> bool {
        true
    }

    fn on_paste(&mut self, pasted: &Secret, _: &WizardState) -> Next {
        if !self.step.is_asking() {
            self.field.paste(pasted);
            self.step.clear();
        }
        Next::stay()
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
        let question = Message::new("provider-key-question").with("provider", title.clone());
        page.blocks.push(Block::text(question));
        if self.step.is_asking() {
            let checking = Message::new("provider-checking").with("provider", title);
            return page.block(Block::toned(Tone::Dim, checking));
        }
        page.blocks.push(Block::Field(self.field.shown(say("provider-key-label"), true)));
        page.blocks.extend(self.step.blocks(&self.provider, state));
        // The words of a refusal name the page already.
        let keys = self.provider.keys.as_ref().filter(|_| self.step.error().is_none());
        if let Some(target) = keys.and_then(|keys| Url::parse(keys).ok()) {
            page.blocks.push(Block::toned(Tone::Dim, say("provider-key-made")));
            page.blocks.push(Block::Link { shown: target.to_string(), target });
        }
        page
    }
}

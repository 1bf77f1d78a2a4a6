//! Pasting a provider's key. The provider is asked about it before it is kept; one that was
//! refused stays in the field.

use url::Url;

use crate::connect::ProviderHere;
use crate::error::AppError;
use crate::i18n::Message;
use crate::input::pasted::Pasted;
use crate::secret::Secret;
use crate::time_point::TimePoint;
use crate::wizard::effect::{Brings, Effect};
use crate::wizard::event::{Key, Reply};
use crate::wizard::keymap::{ENTER, Keymap, Keys};
use crate::wizard::next::Next;
use crate::wizard::page::{Block, Page, Tone};
use crate::wizard::screen::Screen;
use crate::wizard::state::{Fact, WizardState};
use crate::wizard::text_field::TextField;
use crate::wizard::words::{error_here, instance_corner, say, takes_place, verbatim};

/// Pasting a key.
#[derive(Clone, Debug, PartialEq)]
pub struct ProviderKey {
    provider: Box<ProviderHere>,
    field: TextField,
    stage: Stage,
}

#[derive(Clone, Debug, PartialEq)]
enum Stage {
    Typing { error: Option<AppError> },
    Checking,
}

impl ProviderKey {
    pub(super) fn new(provider: Box<ProviderHere>) -> Self {
        Self { provider, field: TextField::masked(), stage: Stage::Typing { error: None } }
    }

    fn keymap(&self) -> Keymap<()> {
        match &self.stage {
            Stage::Typing { error: None } => Keymap::new().key(ENTER, (), "key-continue"),
            Stage::Typing { error: Some(_) } => Keymap::new().key(ENTER, (), "key-try-again"),
            Stage::Checking => Keymap::new(),
        }
    }

    fn check(&mut self, state: &WizardState) -> Next {
        let Some(access) = state.access.clone() else { return Next::back() };
        self.stage = Stage::Checking;
        let provider = self.provider.name.clone();
        let brings = Brings::Key(Secret::new(self.field.text()));
        Next::ask(Effect::Connect { access, provider, brings })
    }
}

impl Screen for ProviderKey {
    fn on_key(&mut self, key: Key, state: &WizardState, _: TimePoint) -> Next {
        if self.keymap().find(key).is_some() {
            return self.check(state);
        }
        if matches!(self.stage, Stage::Typing { .. }) && self.field.on(key) {
            self.stage = Stage::Typing { error: None };
        }
        Next::stay()
    }

    // What is certainly ours is told to be so here, where it was meant as a key.
    fn takes(&self, _: &Pasted, _: &Secret, _: &WizardState) -> bool {
        true
    }

    fn on_paste(&mut self, pasted: &Secret, _: &WizardState) -> Next {
        if matches!(self.stage, Stage::Typing { .. }) {
            self.field.paste(pasted);
            self.stage = Stage::Typing { error: None };
        }
        Next::stay()
    }

    fn on_reply(&mut self, reply: Reply, _: &WizardState, _: TimePoint) -> Next {
        match reply {
            Reply::Connected(Ok((connection, said))) => {
                Next::back().learn(Fact::Connected(connection, said.into()))
            }
            Reply::Connected(Err(what)) => {
                self.stage = Stage::Typing { error: Some(what) };
                Next::stay()
            }
            _ => Next::stay(),
        }
    }

    fn close_inner(&mut self) -> bool {
        let is_checking = self.stage == Stage::Checking;
        if is_checking {
            self.stage = Stage::Typing { error: None };
        }
        is_checking
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
            Stage::Checking => None,
        }
    }

    fn page(&self, state: &WizardState, _: TimePoint) -> Page {
        let mut page = Page::new(say("title-providers"));
        page.corner = instance_corner(state);
        let title = verbatim(&self.provider.title);
        let question = Message::new("provider-key-question").with("provider", title.clone());
        page.blocks.push(Block::text(question));
        match &self.stage {
            Stage::Typing { error: what } => {
                let label = Message::new("provider-key-label");
                page.blocks.push(Block::Field(self.field.shown(label, true)));
                page.blocks.extend(what.iter().flat_map(error_here));
                if what.is_none() {
                    page.blocks.extend(takes_place(state, &self.provider.name));
                }
                // The words of a refusal name the page already.
                let page_of_keys = self.provider.keys.as_ref().filter(|_| what.is_none());
                if let Some(target) = page_of_keys.and_then(|keys| Url::parse(keys).ok()) {
                    page.blocks.push(Block::toned(Tone::Dim, say("provider-key-made")));
                    page.blocks.push(Block::Link { shown: target.to_string(), target });
                }
            }
            Stage::Checking => {
                let checking = Message::new("provider-checking").with("provider", title);
                page.blocks.push(Block::toned(Tone::Dim, checking));
            }
        }
        page
    }
}

//! The AI providers: which are connected, and which can be. Those that the agent on the
//! card works with come first.

use crate::agent::prepare;
use crate::connect::ProviderHere;
use crate::error::AppError;
use crate::i18n::{Message, Words};
use crate::provider::spec;
use crate::secret::is_session;
use crate::time_point::TimePoint;
use crate::wire::{Connection, Way};
use crate::wizard::draft;
use crate::wizard::effect::Effect;
use crate::wizard::event::{Key, Reply};
use crate::wizard::keymap::{ENTER, Keymap, Keys, ListAction};
use crate::wizard::list::{choice, choice_with, choices, moved};
use crate::wizard::next::{Next, To};
use crate::wizard::page::{Block, Choice, Page, Tone};
use crate::wizard::screen::Screen;
use crate::wizard::state::{Fact, WizardState};
use crate::wizard::words::{error, instance_corner, say, verbatim};

/// What is connected, and what can be.
#[derive(Clone, Debug, PartialEq)]
pub struct Providers {
    stage: Stage,
    cursor: usize,
}

#[derive(Clone, Debug, PartialEq)]
enum Stage {
    Looking,
    Failed(AppError),
    Known(Vec<ProviderHere>),
}

impl Providers {
    pub(super) fn new() -> Self {
        Self { stage: Stage::Looking, cursor: 0 }
    }

    fn look(&mut self, state: &WizardState) -> Next {
        let Some(access) = state.access.clone() else { return Next::back() };
        self.stage = Stage::Looking;
        Next::restart(vec![Effect::ListProviders(access)])
    }

    fn keymap(&self) -> Keymap<ListAction> {
        match &self.stage {
            Stage::Looking => Keymap::new(),
            Stage::Failed(_) => Keymap::new().key(ENTER, ListAction::Choose, "key-try-again"),
            Stage::Known(_) => Keymap::of_list(),
        }
    }
}

/// Where a provider that was chosen leads: where there is one way alone, there.
fn way_to(provider: ProviderHere) -> To {
    let only = match provider.ways.as_slice() {
        [only] => Some(only.way),
        _ => None,
    };
    let provider = Box::new(provider);
    match only {
        Some(Way::Token) if provider.missing.is_none() => To::ProviderKey(provider),
        Some(Way::Endpoint) => To::ModelServer(provider),
        _ => To::ConnectProvider(provider),
    }
}

/// What is said of a provider beside its name.
fn line(provider: &ProviderHere, state: &WizardState, agent: Option<&str>) -> Choice {
    let mut label = verbatim(&provider.title);
    let is_its = |one: &&Connection| one.provider == provider.name;
    let own: Vec<_> = state.connections.iter().flatten().filter(is_its).collect();
    let good: Vec<_> = own.iter().filter(|one| one.revoked_at.is_none()).collect();
    let detail: Words = match (good.as_slice(), own.is_empty(), agent) {
        ([_, ..], ..) => {
            // Where there is no room for more, that is seen.
            label = Message::new("providers-one-connected").with("provider", label).into();
            let named: Vec<_> = good.iter().map(|one| spec::told_apart(one)).collect();
            let named = verbatim(&named.join("; "));
            Message::new("providers-connected").with("what", named).into()
        }
        ([], false, _) => say("provider-revoked"),
        ([], true, Some(agent)) => {
            Message::new("providers-for-agent").with("agent", verbatim(agent)).into()
        }
        ([], true, None) => return choice(label),
    };
    choice_with(label, detail)
}

/// Whether whoever is here may connect anything: a token never does.
fn may_connect(state: &WizardState) -> bool {
    state.access.as_ref().is_some_and(|access| is_session(&access.token))
}

/// The agent on the card, and the providers it is made for.
fn made_for(state: &WizardState) -> (Option<String>, Vec<String>) {
    let agent = draft::agent(state).map(|agent| agent.name);
    let root = state.host.is_root;
    let made_for = agent.iter().flat_map(|agent| prepare::providers_of(agent, root)).collect();
    (agent, made_for)
}

impl Screen for Providers {
    fn open(&mut self, state: &WizardState, _: TimePoint) -> Next {
        // What was to be connected is: the card says so.
        if state.connected.is_some() {
            return Next::back();
        }
        match self.stage {
            Stage::Known(_) => {
                let access = state.access.clone();
                access.map_or(Next::back(), |access| Next::ask(Effect::ListProviders(access)))
            }
            Stage::Looking | Stage::Failed(_) => self.look(state),
        }
    }

    fn on_key(&mut self, key: Key, state: &WizardState, _: TimePoint) -> Next {
        match (self.keymap().find(key), &self.stage) {
            (Some(ListAction::Move(how)), Stage::Known(all)) => {
                self.cursor = moved(self.cursor, all.len(), how);
                Next::stay()
            }
            (Some(ListAction::Choose), Stage::Known(_)) if !may_connect(state) => Next::stay(),
            (Some(ListAction::Choose), Stage::Known(all)) => {
                all.get(self.cursor).map_or(Next::stay(), |one| Next::open(way_to(one.clone())))
            }
            (Some(ListAction::Choose), Stage::Failed(_)) => self.look(state),
            _ => Next::stay(),
        }
    }

    fn on_reply(&mut self, reply: Reply, state: &WizardState, _: TimePoint) -> Next {
        match reply {
            Reply::Providers(Ok((mut all, connections))) => {
                let (_, first) = made_for(state);
                let place = |one: &ProviderHere| first.iter().position(|name| *name == one.name);
                all.sort_by_key(|one| place(one).unwrap_or(usize::MAX));
                self.stage = Stage::Known(all);
                Next::stay().learn(Fact::Connections(connections))
            }
            // What was known goes on being shown.
            Reply::Providers(Err(_)) if matches!(self.stage, Stage::Known(_)) => Next::stay(),
            Reply::Providers(Err(what)) => {
                self.stage = Stage::Failed(what);
                Next::stay()
            }
            _ => Next::stay(),
        }
    }

    fn keys(&self, _: &WizardState, _: TimePoint) -> Keys {
        self.keymap().keys()
    }

    fn error(&self) -> Option<&AppError> {
        match &self.stage {
            Stage::Failed(what) => Some(what),
            Stage::Looking | Stage::Known(_) => None,
        }
    }

    fn page(&self, state: &WizardState, _: TimePoint) -> Page {
        let mut page = Page::new(say("title-providers"));
        page.corner = instance_corner(state);
        match &self.stage {
            Stage::Looking => page.block(Block::toned(Tone::Dim, say("providers-looking"))),
            Stage::Failed(what) => {
                page.blocks.extend(error(what));
                page
            }
            Stage::Known(all) => {
                let (agent, first) = made_for(state);
                let items = all.iter().map(|one| {
                    let agent = agent.as_deref().filter(|_| first.contains(&one.name));
                    line(one, state, agent)
                });
                page.blocks.push(Block::text(say("providers-question")));
                page.blocks.push(choices(items.collect(), self.cursor));
                if !may_connect(state) {
                    page.blocks.push(Block::toned(Tone::Tip, say("providers-token")));
                }
                page
            }
        }
    }
}

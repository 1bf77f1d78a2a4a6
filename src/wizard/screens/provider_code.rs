//! Signing in at a provider with a device code (RFC 8628). The instance asks for it and
//! polls; its answer is held, so that what was decided there is seen here at once.

use std::time::Duration;

use url::Url;

use crate::connect::{self, ProviderHere};
use crate::error::{AppError, ErrorKind};
use crate::i18n::{Message, Words};
use crate::provider::spec;
use crate::secret::Secret;
use crate::time_point::TimePoint;
use crate::wire::{DeviceFlow, DeviceFlowState};
use crate::wizard::effect::{Effect, ProviderFlow};
use crate::wizard::event::{Key, Reply};
use crate::wizard::keymap::{ENTER, Keymap, Keys};
use crate::wizard::next::{LargeQr, Next, To};
use crate::wizard::page::{Block, Mark, Page, Row, Tone};
use crate::wizard::screen::Screen;
use crate::wizard::state::{Fact, WizardState};
use crate::wizard::words::{copied, countdown, error, instance_corner, say, verbatim};

/// How long it is waited before an instance that does not answer is asked again.
const PAUSE: Duration = Duration::from_secs(2);

/// A sign-in at a provider.
#[derive(Clone, Debug, PartialEq)]
pub struct ProviderCode {
    provider: Box<ProviderHere>,
    stage: Stage,
    /// What is being copied.
    copying: &'static str,
    /// What came of the last key.
    note: Option<(Tone, Words)>,
}

#[derive(Clone, Debug, PartialEq)]
enum Stage {
    Asking,
    Waiting {
        flow: Box<ProviderFlow>,
        /// Why the instance could not be asked last.
        trouble: Option<AppError>,
    },
    Over(AppError),
    Done,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Action {
    Again,
    CopyCode,
    CopyLink,
    OpenBrowser,
    BigQr,
    Plain,
}

impl ProviderCode {
    pub(super) fn new(provider: Box<ProviderHere>) -> Self {
        Self { provider, stage: Stage::Asking, copying: "code", note: None }
    }

    fn keymap(&self, state: &WizardState) -> Keymap<Action> {
        let key = |c: char| [Key::char(c)];
        match &self.stage {
            Stage::Asking | Stage::Done => Keymap::new(),
            Stage::Waiting { .. } => Keymap::new()
                .key(&key('c'), Action::CopyCode, "key-copy-code")
                .key(&key('u'), Action::CopyLink, "key-copy-link")
                .key_if(
                    state.host.can_open_browser,
                    &key('o'),
                    Action::OpenBrowser,
                    "key-open-browser",
                )
                .key_if(state.host.draws_qr, &key('f'), Action::BigQr, "key-big-qr")
                .key(&key('p'), Action::Plain, "key-plain"),
            Stage::Over(_) => Keymap::new().key(ENTER, Action::Again, "key-new-code"),
        }
    }

    fn ask(&mut self, state: &WizardState) -> Next {
        let Some(access) = state.access.clone() else { return Next::back() };
        (self.stage, self.note) = (Stage::Asking, None);
        let provider = self.provider.name.clone();
        Next::restart(vec![Effect::StartProviderFlow { access, provider }])
    }

    /// Where it stands, or that nobody knows.
    fn learn(&mut self, answer: Result<Box<ProviderFlow>, AppError>, now: TimePoint) -> Next {
        let title = self.provider.title.as_str();
        let (error, before) = match (answer, &self.stage) {
            (Ok(known), _) => return self.stands(known),
            (Err(error), Stage::Waiting { flow, .. }) => (error, flow.clone()),
            (Err(error), _) => {
                let error = connect::no_device_code(&self.provider.name, title, error);
                self.stage = Stage::Over(error);
                return Next::stay();
            }
        };
        // The code goes on: whichever node is asked next goes on with it.
        if error.kind == ErrorKind::Unreachable && !now.is_past(before.deadline) {
            let again = wait(&before, PAUSE);
            self.stage = Stage::Waiting { flow: before, trouble: Some(error) };
            return again;
        }
        let is_gone = error.kind == ErrorKind::NotFound;
        self.stage = Stage::Over(if is_gone { connect::device_replaced() } else { error });
        Next::uncover()
    }

    fn stands(&mut self, known: Box<ProviderFlow>) -> Next {
        let ProviderFlow { flow, .. } = &*known;
        match (flow.state, &flow.connection) {
            (DeviceFlowState::Pending, _) => {
                let again = wait(&known, Duration::ZERO);
                self.stage = Stage::Waiting { flow: known, trouble: None };
                again
            }
            (DeviceFlowState::Connected, Some(connection)) => {
                let said = match connection.verified_at {
                    Some(_) => "provider-connected",
                    None => connect::UNVERIFIED,
                };
                let said = Message::new(said).with("what", verbatim(&spec::called(connection)));
                let connected = Fact::Connected(Box::new(connection.clone()), said.into());
                self.stage = Stage::Done;
                Next::back().learn(connected)
            }
            _ => {
                let ended = connect::device_ended(&self.provider.title, flow.clone());
                self.stage = Stage::Over(ended);
                Next::uncover()
            }
        }
    }

    fn waiting(&self, page: &mut Page, flow: &DeviceFlow, trouble: Option<&AppError>) {
        let blocks = &mut page.blocks;
        blocks.push(Block::text(say("sign-in-open")));
        if let Some(target) = link(flow) {
            blocks.push(Block::Link { shown: flow.verification_uri.clone(), target });
        }
        blocks.push(Block::text(say("sign-in-enter")));
        blocks.push(Block::Code(flow.user_code.clone()));
        blocks.push(Block::Qr { content: in_qr(flow).to_owned(), caption: None, alone: false });
        let title = verbatim(&self.provider.title);
        blocks.push(Block::Rows(vec![
            Row::new(Mark::Done, say("row-code")),
            Row::new(Mark::Now, Message::new("row-provider-waits").with("provider", title.clone())),
            Row::new(Mark::Later, say("row-provider-kept")),
        ]));
        let odd = || {
            let words = Message::new("provider-device-trouble").with("provider", title.clone());
            flow.trouble.as_ref().map(|_| (Tone::Bad, words.into()))
        };
        let away = || {
            let words = Message::new("provider-code-away").with("what", trouble?.message.clone());
            Some((Tone::Bad, words.into()))
        };
        page.notice = away().or_else(odd).or_else(|| self.note.clone());
    }
}

/// The link that needs no typing, where there is one.
fn in_qr(flow: &DeviceFlow) -> &str {
    flow.verification_uri_complete.as_deref().unwrap_or(&flow.verification_uri)
}

fn link(flow: &DeviceFlow) -> Option<Url> {
    Url::parse(in_qr(flow)).ok()
}

fn wait(known: &ProviderFlow, after: Duration) -> Next {
    let ProviderFlow { access, flow, .. } = known;
    Next::ask(Effect::AwaitProviderFlow { access: access.clone(), id: flow.id.clone(), after })
}

impl Screen for ProviderCode {
    fn open(&mut self, state: &WizardState, _: TimePoint) -> Next {
        // Back from the code that stood alone.
        if self.stage == Stage::Asking { self.ask(state) } else { Next::stay() }
    }

    fn on_key(&mut self, key: Key, state: &WizardState, _: TimePoint) -> Next {
        let Some(action) = self.keymap(state).find(key) else { return Next::stay() };
        let Stage::Waiting { flow, .. } = &self.stage else { return self.ask(state) };
        let ProviderFlow { flow, deadline, .. } = &**flow;
        match action {
            Action::CopyCode => {
                let copy = Effect::Copy(Secret::new(flow.user_code.as_str()));
                self.copying = "code";
                Next::ask(copy)
            }
            Action::CopyLink => {
                let copy = Effect::Copy(Secret::new(in_qr(flow)));
                self.copying = "link";
                Next::ask(copy)
            }
            Action::OpenBrowser => {
                link(flow).map_or(Next::stay(), |link| Next::ask(Effect::Open(link)))
            }
            Action::BigQr => Next::open(To::BigQr(Box::new(LargeQr {
                title: say("title-providers"),
                content: in_qr(flow).to_owned(),
                user_code: flow.user_code.clone(),
                deadline: *deadline,
            }))),
            Action::Plain => Next::plain(),
            Action::Again => Next::stay(),
        }
    }

    fn on_reply(&mut self, reply: Reply, _: &WizardState, now: TimePoint) -> Next {
        match reply {
            Reply::ProviderFlow(answer) => self.learn(answer, now),
            Reply::Copied(answer) => {
                self.note = Some(match answer {
                    Ok(clipboard) => (Tone::Good, copied(self.copying, clipboard)),
                    Err(what) => (Tone::Bad, what.message),
                });
                Next::stay()
            }
            Reply::Opened(answer) => {
                self.note = Some(match answer {
                    Ok(()) => (Tone::Dim, say("browser-opened")),
                    Err(what) => (Tone::Tip, what.message),
                });
                Next::stay()
            }
            _ => Next::stay(),
        }
    }

    fn keys(&self, state: &WizardState, _: TimePoint) -> Keys {
        self.keymap(state).keys()
    }

    fn error(&self) -> Option<&AppError> {
        match &self.stage {
            Stage::Over(what) => Some(what),
            Stage::Waiting { trouble, .. } => trouble.as_ref(),
            Stage::Asking | Stage::Done => None,
        }
    }

    fn leave(&self, _: bool) -> Vec<Effect> {
        match &self.stage {
            Stage::Waiting { flow, .. } => {
                let (access, id) = (flow.access.clone(), flow.flow.id.clone());
                vec![Effect::DropProviderFlow { access, id }]
            }
            Stage::Asking | Stage::Over(_) | Stage::Done => Vec::new(),
        }
    }

    fn page(&self, state: &WizardState, now: TimePoint) -> Page {
        let mut page = Page::new(say("title-providers"));
        page.corner = instance_corner(state);
        match &self.stage {
            Stage::Asking => {
                page.blocks.push(Block::Rows(vec![Row::new(Mark::Now, say("row-asking"))]));
            }
            Stage::Waiting { flow, trouble } => {
                (page.corner, page.wake) = countdown(flow.deadline, state, now);
                self.waiting(&mut page, &flow.flow, trouble.as_ref());
            }
            Stage::Over(what) => page.blocks.extend(error(what)),
            Stage::Done => {}
        }
        page
    }
}

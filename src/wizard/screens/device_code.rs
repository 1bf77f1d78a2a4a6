//! Signing in with a code on this or any other device (RFC 8628).
//!
//! The screen says where the code stands and decides, with [`Pacing`], when it
//! is asked for again. The pending file goes only when the sign-in is kept,
//! refused or over, so a machine that dies between the approval and the save
//! loses nothing.

mod keys;
mod view;

use std::time::Duration;

use url::Url;

use crate::device_grant::{Ask, Pacing, Step, Verdict};
use crate::error::AppError;
use crate::i18n::Words;
use crate::model::{Access, Account, Approval, Audience, DeviceCode, Links, Poll, Source};
use crate::time_point::TimePoint;
use crate::wire::ApprovalCard;
use crate::wizard::effect::{Effect, Exit};
use crate::wizard::event::{Key, Reply};
use crate::wizard::identify::{Identified, IdentifyStep};
use crate::wizard::keymap::Keys;
use crate::wizard::next::{Next, To};
use crate::wizard::page::{Page, Tone};
use crate::wizard::save_session::SaveStep;
use crate::wizard::screen::Screen;
use crate::wizard::state::{Fact, Pending, WizardState};
use crate::wizard::words::{copied, say};

/// Signing in with a code on this or any other device.
#[derive(Clone, Debug, PartialEq)]
pub struct SignIn {
    resumed: Option<Pending>,
    stage: SignInStage,
    /// What the last key did, or what failed beside the way.
    note: Option<(Tone, Words)>,
    /// What was copied last.
    copying: &'static str,
    /// A browser opened by itself already: once, and never again.
    opened: bool,
    /// When whoever waits with nobody at the screen waits no longer.
    until: Option<TimePoint>,
    /// The page is to make an account first.
    sign_up: bool,
}

#[derive(Clone, Debug, PartialEq)]
enum SignInStage {
    /// Nothing was asked for yet.
    Fresh,
    /// The code was asked for.
    Asking,
    /// There is none, and why.
    NoCode(AppError),
    /// Waiting for the approval.
    Waiting {
        code: Box<DeviceCode>,
        pacing: Pacing,
        /// The network's trouble, and when it is tried again.
        error: Option<(AppError, TimePoint)>,
        /// What the card says of it, where the person approves on this page.
        card: Card,
        /// Their yes is on its way.
        settling: bool,
    },
    /// Approved; asking who it was.
    Identifying { code: Box<DeviceCode>, step: IdentifyStep },
    /// Approved; the session is being saved.
    Saving { code: Box<DeviceCode>, step: SaveStep },
    /// Over without a sign-in.
    Over { code: Box<DeviceCode>, verdict: Verdict },
}

/// The card of the code, where the person answers on this page.
#[derive(Clone, Debug, PartialEq)]
enum Card {
    Looking,
    Failed(AppError),
    Read {
        card: Box<ApprovalCard>,
        /// Since when it stands there.
        since: TimePoint,
    },
}

/// Nobody has read a card sooner: a key that was held or pressed twice approves
/// nothing.
const READ: Duration = Duration::from_millis(500);

impl SignIn {
    /// With a new code.
    pub(super) fn new() -> Self {
        Self {
            resumed: None,
            stage: SignInStage::Fresh,
            note: None,
            copying: "code",
            opened: false,
            until: None,
            sign_up: false,
        }
    }

    /// For somebody without an account: the same code, but the browser is sent
    /// to the sign-up page, which leads back to it.
    pub(super) fn sign_up() -> Self {
        Self { sign_up: true, ..Self::new() }
    }

    /// With the code of an earlier run.
    pub(super) fn resume(pending: Pending) -> Self {
        Self { resumed: Some(pending), ..Self::new() }
    }

    /// Asks for a code, new or taken up again.
    fn ask(&mut self, state: &WizardState) -> Next {
        let Some(instance) = state.instance.clone() else {
            return Next::replace(To::Welcome);
        };
        self.stage = SignInStage::Asking;
        self.note = None;
        let invite = state.invite.as_ref();
        let invite = invite.filter(|invite| invite.instance.place == instance.place);
        let invite = invite.map(|invite| invite.code.clone());
        let code = match self.resumed.take() {
            Some(pending) => Effect::Resume(pending),
            None => Effect::AskDeviceCode(instance, invite),
        };
        let mut effects = vec![code];
        if state.store.is_none() {
            effects.push(Effect::ProbeStore);
        }
        Next::restart(effects)
    }

    fn code_came(&mut self, code: Box<DeviceCode>, state: &WizardState, now: TimePoint) -> Next {
        if state.flags.start_only {
            return Next::exit(Exit::Started(code));
        }
        let wait = state.flags.wait.map(|wait| now.after(wait));
        self.until = state.flags.headless.then(|| wait.unwrap_or(code.deadline));
        if let Some(approval) = code.approved.clone() {
            return self.approved(code, approval, state, now);
        }
        let pacing = Pacing::new(&*code, now);
        let mut effects = vec![poll(&code, pacing.first())];
        if state.host.can_open_browser
            && !state.flags.no_browser
            && !self.opened
            && let Some(link) = link_to_open(self.sign_up, &code.links)
        {
            self.opened = true;
            effects.push(Effect::Open(link));
        }
        if is_approved_here(&code, state) {
            effects.push(Effect::LookAtCard(code.clone()));
        }
        self.stage = SignInStage::Waiting {
            code,
            pacing,
            error: None,
            card: Card::Looking,
            settling: false,
        };
        Next::ask_all(effects)
    }

    fn polled(&mut self, answer: Poll, state: &WizardState, now: TimePoint) -> Next {
        let SignInStage::Waiting { code, pacing, error, .. } = &mut self.stage else {
            return Next::stay();
        };
        let step = pacing.after(&answer, now);
        match (step, answer) {
            (_, Poll::Approved(approval)) => {
                let code = code.clone();
                self.approved(code, approval, state, now)
            }
            (Step::Ask(ask), answer) => {
                *error = None;
                match answer {
                    Poll::Failed(what) => {
                        *error = Some((what, now.after(ask.after)));
                        self.note = None;
                    }
                    Poll::Opened(opening) => code.opening = Some(opening),
                    _ => {}
                }
                Next::ask(poll(code, ask))
            }
            (Step::Stop(verdict), _) => {
                let code = code.clone();
                let drop = Effect::DropPending(code.clone());
                self.stage = SignInStage::Over { code, verdict };
                // Whatever covers the page is about a code that is over.
                Next::uncover().detach(drop)
            }
        }
    }

    fn approved(
        &mut self,
        code: Box<DeviceCode>,
        Approval { access, account }: Approval,
        state: &WizardState,
        now: TimePoint,
    ) -> Next {
        let access = Access { source: Source::DeviceCode, ..access };
        // A script is told what the server says of it.
        if let Some(account) = account.clone().filter(|_| !state.flags.headless) {
            return self.save(code, access, account, state);
        }
        let (step, ask) = IdentifyStep::begin(access, account, self.until, now);
        self.stage = SignInStage::Identifying { code, step };
        Next::ask(ask)
    }

    fn save(
        &mut self,
        code: Box<DeviceCode>,
        access: Access,
        account: Account,
        state: &WizardState,
    ) -> Next {
        let (step, next) = SaveStep::begin(access, account, state);
        self.stage = SignInStage::Saving { code, step };
        next
    }

    /// What is known of the owner by now, and what follows from that.
    fn identified(
        &mut self,
        happened: impl FnOnce(&mut IdentifyStep) -> Identified,
        state: &WizardState,
    ) -> Next {
        let SignInStage::Identifying { code, step } = &mut self.stage else {
            return Next::stay();
        };
        match happened(step) {
            Identified::Account(account) => {
                let (code, access) = (code.clone(), step.access().clone());
                self.save(code, access, account, state)
            }
            Identified::Ask(ask) => Next::ask(ask),
            Identified::Rejected(what) => {
                let drop = Effect::DropPending(code.clone());
                self.stage = SignInStage::NoCode(what);
                Next::stay().detach(drop)
            }
            Identified::Unknown => Next::restart(Vec::new()),
            Identified::Nothing => Next::stay(),
        }
    }

    /// Whether Enter approves the code on this page: what the card says has stood
    /// there for somebody to read.
    fn approves_here(&self, code: &DeviceCode, state: &WizardState, now: TimePoint) -> bool {
        let SignInStage::Waiting { card: Card::Read { since, .. }, settling: false, .. } =
            &self.stage
        else {
            return false;
        };
        is_out_of_sight(code, state) && now.is_past(since.after(READ))
    }
}

/// Whether a browser that opens here is one the person sees.
fn opens_here(state: &WizardState) -> bool {
    state.host.can_open_browser
}

/// Whether the person answers on this page rather than in a browser: the code is
/// of the embedded instance, whose owner they are, and no browser opens here.
fn is_approved_here(code: &DeviceCode, state: &WizardState) -> bool {
    code.instance.is_embedded() && !opens_here(state) && !state.flags.headless
}

/// Whether the page of the code is one that nobody here can see: the embedded
/// instance's, on a computer whose browser is somewhere else.
fn is_out_of_sight(code: &DeviceCode, state: &WizardState) -> bool {
    is_approved_here(code, state) && code.links.audience == Audience::ThisComputer
}

/// The link a browser is sent to.
fn link_to_open(sign_up: bool, links: &Links) -> Option<Url> {
    let sign_up = if sign_up { sign_up_link(links) } else { None };
    sign_up.or_else(|| link_with_code(links))
}

/// The line that brings the page of the embedded instance to the computer in
/// front of the person: `ssh -L 7437:127.0.0.1:7437 alejandro@radiology-3`.
fn tunnel(state: &WizardState, links: &Links) -> String {
    let port = links.uri.port_or_known_default().unwrap_or(80);
    let host = &state.host;
    format!("ssh -L {port}:127.0.0.1:{port} {}@{}", host.user, host.hostname)
}

impl Screen for SignIn {
    fn open(&mut self, state: &WizardState, _: TimePoint) -> Next {
        if self.stage == SignInStage::Fresh { self.ask(state) } else { Next::stay() }
    }

    fn on_key(&mut self, key: Key, state: &WizardState, now: TimePoint) -> Next {
        self.pressed(key, state, now)
    }

    fn on_tick(&mut self, state: &WizardState, now: TimePoint) -> Next {
        self.identified(|step| step.tick(now), state)
    }

    fn on_reply(&mut self, reply: Reply, state: &WizardState, now: TimePoint) -> Next {
        if let SignInStage::Saving { code, step } = &mut self.stage
            && let Some(next) = step.reply(&reply, state)
        {
            if matches!(reply, Reply::Saved(Ok(_))) {
                return next.detach(Effect::DropPending(code.clone()));
            }
            return next;
        }
        match reply {
            Reply::Store(store) => Next::proceed().learn(Fact::Store(store)),
            Reply::Code(Ok(code)) => self.code_came(code, state, now),
            Reply::Code(Err(error)) | Reply::Moved(Err(error)) => {
                self.stage = SignInStage::NoCode(error);
                Next::stay()
            }
            Reply::Poll(answer) => self.polled(answer, state, now),
            Reply::Moved(Ok(())) => self.ask(state),
            Reply::Account(answer) => self.identified(|step| step.answered(answer, now), state),
            Reply::Card(answer) => {
                if let SignInStage::Waiting { card, .. } = &mut self.stage {
                    *card = match answer {
                        Ok(read) => Card::Read { card: Box::new(read), since: now },
                        Err(error) => Card::Failed(error),
                    };
                }
                Next::stay()
            }
            // That it was approved is heard by the poll.
            Reply::Settled(Err(error)) => {
                if let SignInStage::Waiting { settling, .. } = &mut self.stage {
                    *settling = false;
                    self.note = Some((Tone::Bad, error.message));
                }
                Next::stay()
            }
            Reply::Nearby(answer) => {
                let SignInStage::Waiting { code, .. } = &mut self.stage else {
                    return Next::stay();
                };
                match answer {
                    Ok(links) => {
                        code.links = links;
                        self.note = None;
                    }
                    Err(error) => self.note = Some((Tone::Bad, error.message)),
                }
                Next::stay()
            }
            Reply::Copied(answer) => {
                self.note = Some(match answer {
                    Ok(clipboard) => (Tone::Good, copied(self.copying, clipboard)),
                    Err(error) => (Tone::Bad, error.message),
                });
                Next::stay()
            }
            Reply::Opened(answer) => {
                self.note = Some(match answer {
                    Ok(()) => (Tone::Dim, say("browser-opened")),
                    Err(error) => (Tone::Tip, error.message),
                });
                Next::stay()
            }
            _ => Next::stay(),
        }
    }

    fn proceed(&mut self, state: &WizardState, _: TimePoint) -> Next {
        match &mut self.stage {
            SignInStage::Saving { step, .. } => step.place_known(state),
            _ => Next::stay(),
        }
    }

    fn keys(&self, state: &WizardState, now: TimePoint) -> Keys {
        match &self.stage {
            SignInStage::Saving { step, .. } => step.keys(state),
            _ => self.keymap(state, now).keys(),
        }
    }

    fn page(&self, state: &WizardState, now: TimePoint) -> Page {
        self.view(state, now)
    }

    fn error(&self) -> Option<&AppError> {
        match &self.stage {
            SignInStage::NoCode(error) => Some(error),
            SignInStage::Identifying { step, .. } => step.error(),
            SignInStage::Saving { step, .. } => step.error(),
            _ => None,
        }
    }

    fn given_up(&self) -> Exit {
        match &self.stage {
            SignInStage::Over { verdict, .. } => Exit::Over(*verdict),
            _ => Exit::Cancelled,
        }
    }

    fn leave(&self, _: bool) -> Vec<Effect> {
        match &self.stage {
            SignInStage::Identifying { step, .. } => vec![Effect::PutOff(step.access().clone())],
            SignInStage::Saving { step, .. } => step.leave(),
            _ => Vec::new(),
        }
    }
}

fn poll(code: &DeviceCode, ask: Ask) -> Effect {
    Effect::Poll { code: Box::new(code.clone()), after: ask.after, hold: ask.hold }
}

/// The link that has the code in it, where there is one.
fn link_with_code(links: &Links) -> Option<Url> {
    match &links.complete {
        Some(complete) => Url::parse(complete).ok(),
        None => Some(links.uri.clone()),
    }
}

/// The sign-up page that comes back to the code: known of our own instances,
/// whose links are told by their shape.
fn sign_up_link(links: &Links) -> Option<Url> {
    let mut link = Url::parse(links.complete.as_deref()?).ok()?;
    let back = link.path().to_owned();
    let code = back.strip_prefix("/D/").or_else(|| back.strip_prefix("/d/"))?;
    if code.is_empty() || !code.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        return None;
    }
    link.set_path("/register");
    link.query_pairs_mut().append_pair("next", &format!("/D/{code}"));
    Some(link)
}

#[cfg(test)]
mod tests;

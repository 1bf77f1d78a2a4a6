//! The wizard: a pure function from what happened to what is to be done.
//! No IO, no clock, no async, no environment in here or below.
//!
//! It keeps the screens somebody walked through, what is known, and which
//! answers are still awaited. An answer whose question is no longer awaited
//! changes nothing on screen, in one place ([`Wizard::update`]); but a token
//! that arrives so is put off for a later run, not dropped.

mod connect_step;
pub mod draft;
pub mod effect;
pub mod event;
mod facts;
pub mod forms;
mod global_keys;
pub mod identify;

pub mod keymap;
pub mod list;
pub mod naming;
pub mod next;
pub mod page;
mod paste;
pub mod picker;
pub mod save_session;
pub mod screen;
pub mod screens;
mod start;
pub mod state;
#[cfg(test)]
#[path = "../tests/support/fixtures.rs"]
pub(crate) mod testing;
pub mod text_field;
mod view;
pub mod words;

use crate::error::{AppError, ErrorKind};
use crate::i18n::Words;
use crate::model::{Access, Approval, Poll, Source};
use crate::secret::is_session;
use crate::time_point::TimePoint;
use crate::wire::Connection;
use effect::{Attempt, Command, Effect, Exit};
use event::{Event, Reply};
use next::{Go, Next, To};
use screen::Screen;
use screens::AnyScreen;
use state::{Fact, WizardState};

/// The walk so far.
#[derive(Clone, Debug, PartialEq)]
pub struct Wizard {
    state: WizardState,
    /// The way here; the last one is seen.
    stack: Vec<Visit>,
    /// The number of the next attempt.
    next: u64,
    /// Asked by a visit that is over: nothing of it is shown any more, but a
    /// token among the answers must not be left alive unseen.
    detached: Vec<(Attempt, LateReply)>,
    /// All keys of the page are listed over it, this one looked at.
    help: Option<usize>,
    /// What was pasted last is nothing we know.
    unknown_paste: bool,
    /// All that the page asks is seen.
    sees_whole: bool,
    /// The walk is over; nothing happens any more.
    over: bool,
}

/// A screen somebody is on, or will come back to.
#[derive(Clone, Debug, PartialEq)]
struct Visit {
    screen: AnyScreen,
    awaited: Vec<Awaited>,
}

/// An answer a screen waits for.
#[derive(Clone, Debug, PartialEq)]
struct Awaited {
    attempt: Attempt,
    outlives: bool,
    late_reply: Option<LateReply>,
    /// Who is to answer at once, and since when.
    asked: Option<(Words, TimePoint)>,
}

/// What is done with a late answer.
#[derive(Clone, Debug, PartialEq)]
enum LateReply {
    /// A token in it is put off.
    Poll,
    /// If this could not be kept, it is put off.
    Save(Access),
}

impl Wizard {
    /// Begins the walk at `first`.
    pub fn start(
        state: WizardState,
        first: impl Into<AnyScreen>,
        now: TimePoint,
    ) -> (Self, Vec<Command>) {
        let mut wizard = Self {
            state,
            stack: Vec::new(),
            next: 1,
            detached: Vec::new(),
            help: None,
            unknown_paste: false,
            sees_whole: true,
            over: false,
        };
        let mut commands = Vec::new();
        wizard.enter(first.into(), now, &mut commands);
        (wizard, commands)
    }

    /// The screen a walk begins with, from what is known.
    pub fn first_screen(state: &WizardState, now: TimePoint) -> To {
        start::first_screen(state, now)
    }

    /// Goes on at the launch card, with what is known: something was connected outside, or
    /// this came of it.
    pub fn go_on(
        mut state: WizardState,
        connected: Result<(Connection, Words), AppError>,
        now: TimePoint,
    ) -> (Self, Vec<Command>) {
        let error = match connected {
            Ok((connection, said)) => {
                state.apply(Fact::Connected(Box::new(connection), said));
                None
            }
            // Whoever stopped it knows.
            Err(what) => (what.kind != ErrorKind::Interrupted).then_some(what),
        };
        Self::start(state, To::LaunchAgain(error), now)
    }

    /// One thing happened: what is to be done?
    pub fn update(&mut self, now: TimePoint, event: Event) -> Vec<Command> {
        let mut commands = Vec::new();
        if self.over {
            return commands;
        }
        match event {
            Event::Leave(exit) => self.exit(exit, &mut commands),
            Event::Reply(attempt, reply) => self.answer(attempt, reply, now, &mut commands),
            Event::Key(key) => {
                self.unknown_paste = false;
                self.key(key, now, &mut commands);
            }
            Event::Paste(_) if self.help.is_some() => {}
            Event::Paste(text) => self.paste(text, now, &mut commands),
            Event::Tick => self.dispatch(event, now, &mut commands),
        }
        commands
    }

    /// Told before each look at the page: whether a QR code can be drawn.
    pub fn draws_qr(&mut self, draws: bool) {
        self.state.host.draws_qr = draws;
    }

    /// Told before each look at the page: whether all that it asks is seen. If
    /// not, Enter says yes to nothing ([`Page::consent`](page::Page::consent)).
    pub fn sees_whole(&mut self, whole: bool) {
        self.sees_whole = whole;
    }

    pub fn state(&self) -> &WizardState {
        &self.state
    }

    /// Whether an answer is still to come; if not, only a person can go on.
    pub fn is_waiting(&self) -> bool {
        self.stack.iter().any(|visit| !visit.awaited.is_empty())
    }

    /// What the screen that is seen could not do.
    pub fn error(&self) -> Option<&AppError> {
        self.stack.last().and_then(|visit| visit.screen.error())
    }

    /// How the walk ends when the person goes back from the screen that is seen.
    pub fn given_up(&self) -> Exit {
        self.stack.last().map_or(Exit::Cancelled, |visit| visit.screen.given_up())
    }

    /// The name of the screen that is seen.
    pub fn screen(&self) -> &'static str {
        self.stack.last().map_or("", |visit| visit.screen.name())
    }

    fn dispatch(&mut self, event: Event, now: TimePoint, commands: &mut Vec<Command>) {
        if let Some(top) = self.stack.len().checked_sub(1) {
            let next = self.stack[top].screen.on(event, &self.state, now);
            self.follow(top, next, now, commands);
        }
    }

    /// The one place where late answers end.
    fn answer(
        &mut self,
        attempt: Attempt,
        reply: Reply,
        now: TimePoint,
        commands: &mut Vec<Command>,
    ) {
        if let Some(index) = self.detached.iter().position(|(asked, _)| *asked == attempt) {
            let late_reply = self.detached.swap_remove(index).1;
            let unseen = match (late_reply, reply) {
                (LateReply::Poll, Reply::Poll(Poll::Approved(Approval { access, .. }))) => {
                    Some(Effect::PutOff(access))
                }
                // A pasted token is not ours to end: other machines may use it.
                (LateReply::Save(access), Reply::Saved(Err(_))) => {
                    (access.source == Source::DeviceCode).then_some(Effect::PutOff(access))
                }
                // It took the place of a session that nobody has any more.
                (LateReply::Save(access), Reply::Saved(Ok(saved))) => saved
                    .earlier
                    .filter(|old| old.token != access.token && is_session(&old.token))
                    .map(Effect::Revoke),
                _ => None,
            };
            self.detach(unseen.into_iter().collect(), commands);
            return;
        }
        let place = self.stack.iter().enumerate().find_map(|(visit, at)| {
            let index = at.awaited.iter().position(|awaited| awaited.attempt == attempt)?;
            Some((visit, index))
        });
        if let Some((visit, index)) = place {
            self.stack[visit].awaited.remove(index);
            let rejected = reply.rejection().cloned();
            let event = Event::Reply(attempt, reply);
            let screen = &mut self.stack[visit].screen;
            let next = screen.on(event, &self.state, now);
            let knows = matches!(screen, AnyScreen::Status(_) | AnyScreen::Join(_));
            self.follow(visit, next, now, commands);
            // Whatever was being done, nothing goes on without a new sign-in.
            if let Some(what) = rejected.filter(|_| !knows) {
                self.follow(visit, Next::open(To::Rejected(what)), now, commands);
            }
        }
    }

    /// What the screen at `visit` decided. A screen that is covered by another
    /// and goes somewhere takes what covers it away.
    fn follow(&mut self, visit: usize, next: Next, now: TimePoint, commands: &mut Vec<Command>) {
        let Next { facts, detached, effects, go } = next;
        let chooses_instance = facts.iter().any(|fact| matches!(fact, Fact::Instance(_)));
        for fact in facts {
            self.state.apply(fact);
        }
        self.detach(detached, commands);
        if go == Go::Restart {
            self.forget(visit, commands);
        }
        self.begin(visit, effects, now, commands);
        match go {
            Go::Stay | Go::Restart => {}
            Go::Proceed => {
                let next = self.stack[visit].screen.proceed(&self.state, now);
                self.follow(visit, next, now, commands);
            }
            Go::Uncover => self.leave_from(visit + 1, commands),
            Go::Open(to) => {
                self.leave_from(visit + 1, commands);
                self.enter(to.into(), now, commands);
            }
            Go::Replace(to) => {
                self.leave_from(visit, commands);
                self.enter(to.into(), now, commands);
            }
            Go::StartOver(to) => {
                self.leave_from(0, commands);
                self.enter(to.into(), now, commands);
            }
            Go::Back => {
                let given_up = self.stack[visit].screen.given_up();
                self.leave_from(visit, commands);
                match self.stack.len().checked_sub(1) {
                    Some(top) => {
                        let needs_account = self.stack[top].screen.shows_receipt();
                        if needs_account && !chooses_instance {
                            self.state.restore();
                        }
                        let next = self.stack[top].screen.open(&self.state, now);
                        self.follow(top, next, now, commands);
                    }
                    None => self.exit(given_up, commands),
                }
            }
            Go::Plain => commands.push(Command::Plain),
            Go::Exit(exit) => self.exit(exit, commands),
        }
    }

    fn enter(&mut self, screen: AnyScreen, now: TimePoint, commands: &mut Vec<Command>) {
        self.help = None;
        self.stack.push(Visit { screen, awaited: Vec::new() });
        let top = self.stack.len() - 1;
        let next = self.stack[top].screen.open(&self.state, now);
        self.follow(top, next, now, commands);
    }

    /// Ends the stack from `first` up, the latest first.
    fn leave_from(&mut self, first: usize, commands: &mut Vec<Command>) {
        while self.stack.len() > first {
            self.help = None;
            let last = self.stack.len() - 1;
            self.forget(last, commands);
            if let Some(visit) = self.stack.pop() {
                self.detach(visit.screen.leave(false), commands);
            }
        }
    }

    /// Nothing that this visit asked for is awaited any more.
    fn forget(&mut self, visit: usize, commands: &mut Vec<Command>) {
        for awaited in std::mem::take(&mut self.stack[visit].awaited) {
            if !awaited.outlives {
                commands.push(Command::Forget(awaited.attempt));
            }
            if let Some(late_reply) = awaited.late_reply {
                self.detached.push((awaited.attempt, late_reply));
            }
        }
    }

    fn begin(
        &mut self,
        visit: usize,
        effects: Vec<Effect>,
        now: TimePoint,
        commands: &mut Vec<Command>,
    ) {
        for effect in effects {
            let attempt = self.number();
            if effect.is_answered() {
                let late_reply = match &effect {
                    Effect::Poll { .. } => Some(LateReply::Poll),
                    Effect::Save { access, .. } => Some(LateReply::Save(access.clone())),
                    _ => None,
                };
                let outlives = effect.outlives_its_screen();
                let asked = effect.asks().map(|who| (who, now));
                let awaited = Awaited { attempt, outlives, late_reply, asked };
                self.stack[visit].awaited.push(awaited);
            }
            commands.push(Command::Start(attempt, effect));
        }
    }

    /// Done for a screen that is gone: nobody awaits the answers.
    fn detach(&mut self, effects: Vec<Effect>, commands: &mut Vec<Command>) {
        for effect in effects {
            let attempt = self.number();
            commands.push(Command::Start(attempt, effect));
        }
    }

    fn exit(&mut self, exit: Exit, commands: &mut Vec<Command>) {
        for visit in std::mem::take(&mut self.stack).into_iter().rev() {
            self.detach(visit.screen.leave(true), commands);
            self.stack.insert(0, visit);
        }
        self.over = true;
        commands.push(Command::Exit(exit));
    }

    fn number(&mut self) -> Attempt {
        let number = Attempt(self.next);
        self.next += 1;
        number
    }
}

//! The loop that ties the wizard to a front end and to whoever executes its
//! effects: show the page if it changed, wait for the next thing, update, start
//! what is to be done.
//!
//! The first frame is drawn before anything else exists: the effect runner
//! (runtime, HTTP client, keyring, embedded server) is made by a closure that is
//! called only when somebody can already read the page.

mod event_source;
mod front_end;
mod headless;
mod plain;
mod terminal;
mod wake_timer;

use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use crate::environment::Environment;
use crate::error::{AppError, ErrorKind};
use crate::i18n::Message;
use crate::plain::Lines;
use crate::terminal::signals::{
    buffer_signals, can_be_continued, restore_defaults, suspend, suspend_group,
};
use crate::terminal::theme::TerminalStyle;
use crate::terminal::{give_back, watch_for_panics};
use crate::time_point::TimePoint;
use crate::wizard::Wizard;
use crate::wizard::effect::{Command, Exit};
use crate::wizard::event::Event;
use crate::wizard::page::Page;
use event_source::{EventSource, LoopEvent};
use front_end::FrontEnd;
pub use front_end::{EffectRunner, EventSender, Events};
pub use headless::Script;

/// How long what must not be left half done may take after the end.
const GRACE: Duration = Duration::from_secs(5);

/// Walks through the wizard on the whole screen.
///
/// Gives the exit together with what the wizard knew by then.
///
/// # Errors
/// When the terminal cannot be taken, when `runner` cannot be made, or when
/// something panicked; the terminal is given back in every case.
pub fn full_screen<R: EffectRunner>(
    wizard: Wizard,
    commands: Vec<Command>,
    env: &Environment,
    style: TerminalStyle,
    runner: impl FnOnce(EventSender) -> Result<R, AppError>,
) -> Result<(Exit, Wizard), AppError> {
    buffer_signals().map_err(no_terminal)?;
    let front = terminal::FullScreen::take(style, wizard.state().language).map_err(no_terminal)?;
    let ended = begin(front, wizard, commands, Some((env, style)), runner);
    Ok((ended.exit?, ended.wizard))
}

/// Walks through the wizard as plain lines: questions on stdout (or stderr,
/// as `style` says), answers from stdin.
///
/// # Errors
/// As [`full_screen`], and when stdin ends where an answer is needed.
pub fn plain<R: EffectRunner>(
    wizard: Wizard,
    commands: Vec<Command>,
    env: &Environment,
    style: TerminalStyle,
    runner: impl FnOnce(EventSender) -> Result<R, AppError>,
) -> Result<(Exit, Wizard), AppError> {
    buffer_signals().map_err(no_terminal)?;
    let front = Lines::new(env, style);
    let ended = begin(front, wizard, commands, Some((env, style)), runner);
    Ok((ended.exit?, ended.wizard))
}

/// Walks through the wizard with nobody to ask.
///
/// Gives the exit together with what the wizard knew by then.
///
/// # Errors
/// As [`full_screen`]; the trouble on a page, or [`Script::needs_person`] where
/// there is none; [`Script::time_limit`].
pub fn headless<R: EffectRunner>(
    wizard: Wizard,
    commands: Vec<Command>,
    script: &mut dyn Script,
    runner: impl FnOnce(EventSender) -> Result<R, AppError>,
) -> Result<(Exit, Wizard), AppError> {
    buffer_signals().map_err(no_terminal)?;
    let front = headless::Headless::new(&mut *script);
    let ended = begin(front, wizard, commands, None, runner);
    // What was let go of at the end may have come to nothing.
    for event in ended.late {
        if let Event::Reply(_, reply) = event {
            script.replied(&reply);
        }
    }
    Ok((ended.exit?, ended.wizard))
}

/// How a walk ended.
struct Ended {
    exit: Result<Exit, AppError>,
    wizard: Wizard,
    /// What came after that.
    late: Vec<Event>,
}

/// Shows the first page, makes the runner, loops, and cleans up. `plain` is
/// what lines are made of, where the person may go on in lines.
fn begin<F: FrontEnd, R: EffectRunner>(
    mut front: F,
    mut wizard: Wizard,
    mut commands: Vec<Command>,
    plain: Option<(&Environment, TerminalStyle)>,
    runner: impl FnOnce(EventSender) -> Result<R, AppError>,
) -> Ended {
    watch_for_panics();
    let (mut made, mut source) = (None, None);
    let whole = AssertUnwindSafe(|| {
        let page = page(&front, &mut wizard);
        front.show(&page, &wizard).map_err(no_terminal)?;
        let (sender, events) = EventSender::pair();
        let source = source.insert(EventSource::new(events).map_err(no_terminal)?);
        let runner = made.insert(runner(sender)?);
        let mut exit = event_loop(&mut front, &mut wizard, &mut commands, runner, source)?;
        // Nothing of ours reads keys or holds the screen from here on.
        drop(front);
        if let (None, Some((env, style))) = (&exit, plain) {
            let mut lines = Lines::new(env, style);
            while exit.is_none() {
                exit = event_loop(&mut lines, &mut wizard, &mut commands, runner, source)?;
            }
        }
        Ok(exit.unwrap_or(Exit::Cancelled))
    });
    let exit = catch_unwind(whole);
    give_back();
    if let Some(runner) = made {
        runner.finish(GRACE);
    }
    restore_defaults();
    let late = source.map_or_else(Vec::new, EventSource::remaining);
    Ended { exit: exit.unwrap_or_else(|_| Err(panicked())), wizard, late }
}

/// The loop. `None` when the person wants to go on in plain lines.
fn event_loop<F: FrontEnd, R: EffectRunner>(
    front: &mut F,
    wizard: &mut Wizard,
    commands: &mut Vec<Command>,
    runner: &mut R,
    source: &mut EventSource,
) -> Result<Option<Exit>, AppError> {
    loop {
        let mut due = std::mem::take(commands).into_iter();
        while let Some(command) = due.next() {
            match command {
                Command::Exit(exit) => return Ok(Some(exit)),
                Command::Plain => {
                    *commands = due.collect();
                    return Ok(None);
                }
                command => runner.execute(command),
            }
        }
        let page = page(front, wizard);
        let event = match front.show(&page, wizard) {
            // Nobody can see us any more.
            Err(_) => LoopEvent::Event(Event::Leave(Exit::HungUp)),
            Ok(()) => match front.input_closed() {
                Some(error) => {
                    let last = wizard.update(TimePoint::now(), Event::Leave(Exit::HungUp));
                    last.into_iter().filter(is_for_runner).for_each(|last| runner.execute(last));
                    return Err(error);
                }
                None => source.next(front, page.wake),
            },
        };
        match event {
            LoopEvent::Event(event) => {
                if let Event::Reply(_, reply) = &event {
                    front.replied(reply);
                }
                *commands = wizard.update(TimePoint::now(), event);
            }
            LoopEvent::Redraw => front.redraw(),
            // A terminal that takes nothing more takes no page either.
            LoopEvent::Report(report) => drop(front.answered(report)),
            LoopEvent::Panicked => return Err(panicked()),
            LoopEvent::Continued => front.reacquire().map_err(no_terminal)?,
            LoopEvent::Stopped { by_key: true } if !can_be_continued() => {}
            LoopEvent::Stopped { by_key } => {
                front.leave_alone();
                give_back();
                if by_key {
                    suspend_group();
                } else {
                    suspend();
                }
                // A stop may take hold of this thread a little later than of
                // another: whatever this one did until then would be done to
                // a terminal the shell has. It rests until told to go on.
                match source.rest() {
                    LoopEvent::Event(event) => *commands = wizard.update(TimePoint::now(), event),
                    LoopEvent::Panicked => return Err(panicked()),
                    _ => front.reacquire().map_err(no_terminal)?,
                }
            }
        }
    }
}

/// The page to show, which offers what this front end can draw; the wizard is told
/// whether all that it asks is seen.
fn page<F: FrontEnd>(front: &F, wizard: &mut Wizard) -> Page {
    let now = TimePoint::now();
    let page = wizard.page(now);
    let page = match front.draws_qr(&page) {
        Some(draws) if draws != wizard.state().host.draws_qr => {
            wizard.draws_qr(draws);
            wizard.page(now)
        }
        _ => page,
    };
    wizard.sees_whole(front.sees_whole(&page, wizard.state().language));
    page
}

fn is_for_runner(command: &Command) -> bool {
    !matches!(command, Command::Exit(_) | Command::Plain)
}

fn no_terminal(fault: io::Error) -> AppError {
    let message = Message::new("trouble-terminal").with("what", fault.to_string());
    AppError::new(ErrorKind::Internal, "terminal", message)
        .hint(Message::new("trouble-terminal-hint"))
}

fn panicked() -> AppError {
    AppError::new(ErrorKind::Internal, "panicked", Message::new("trouble-panicked"))
        .hint(Message::new("trouble-panicked-hint"))
}

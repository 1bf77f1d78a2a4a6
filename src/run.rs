//! The loop that ties the wizard to a front end and to its hands: draw if the
//! page changed, wait for the next thing, update, start what is to be done.
//!
//! Its one surprising rule: the first frame is drawn before anything else
//! exists. The hands (runtime, HTTP client, keyring, embedded server) are made
//! by a closure that is called only when somebody can already read the page.

mod alarm;
mod outside;

use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use crate::environment::Environment;
use crate::error::{AppError, ErrorKind};
use crate::i18n::Message;
use crate::moment::Moment;
use crate::plain::Lines;
use crate::terminal::keys::{Input, Keyboard};
use crate::terminal::signals::{can_be_continued, let_go, note, stop, stop_group};
use crate::terminal::theme::Look;
use crate::terminal::{Terminal, give_back, watch_for_panics};
use crate::wizard::Wizard;
use crate::wizard::effect::{Attempt, Command, Exit};
use crate::wizard::event::{Event, Reply};
use crate::wizard::page::Page;
use outside::{Happened, Outside};

/// How long what must not be left half done may take after the end.
const GRACE: Duration = Duration::from_secs(5);

/// Where tasks put their answers. Cheap to clone; usable from any thread.
#[derive(Clone, Debug)]
pub struct EventSender(UnboundedSender<Event>);

/// The other end of an [`EventSender`]: the loop's, or a test's.
pub type Events = UnboundedReceiver<Event>;

impl EventSender {
    /// A sender and where what it sends comes out.
    pub fn pair() -> (Self, Events) {
        let (sender, events) = unbounded_channel();
        (Self(sender), events)
    }

    /// Answers the question with this number. Nobody listening any more is no
    /// fault: the walk is over.
    pub fn reply(&self, attempt: Attempt, reply: Reply) {
        self.send(Event::Reply(attempt, reply));
    }

    /// Says that something happened.
    pub fn send(&self, event: Event) {
        let _ = self.0.send(event);
    }
}

/// What carries out the wizard's commands. Called from the loop's own thread,
/// never inside an asynchronous runtime, so it may have one of its own.
pub trait Hands {
    /// Begins what is commanded and returns at once; answers go to the sender
    /// the hands were made with. [`Command::Exit`] and [`Command::Plain`]
    /// never get here.
    fn carry_out(&mut self, command: Command);

    /// The walk is over and the terminal given back: lets what must not be
    /// left half done (a save, a revocation) finish, for at most `grace`.
    fn finish(self, grace: Duration);
}

/// One of the two ways a person sees pages and answers them.
pub(crate) trait Front {
    /// Shows the wizard's page, if it looks otherwise than before.
    fn show(&mut self, page: &Page, wizard: &Wizard) -> io::Result<()>;

    /// What the person does next. Nothing is lost when the wait is given up.
    fn input(&mut self) -> impl Future<Output = Input>;

    /// Somebody else had the terminal.
    fn take_again(&mut self) -> io::Result<()>;

    /// The window has another size.
    fn resized(&mut self) {}

    /// Whether the QR code of `page`, if it has one, can be drawn alone; lines
    /// draw nothing.
    fn draws_qr(&self, _: &Page) -> Option<bool> {
        Some(false)
    }

    /// An answer is needed, and why there can be none any more.
    fn at_a_loss(&self) -> Option<AppError> {
        None
    }
}

struct FullScreen {
    // Dropped in this order: the keyboard is closed before the screen is left.
    keyboard: Option<Keyboard>,
    terminal: Terminal,
}

impl Front for FullScreen {
    fn show(&mut self, page: &Page, wizard: &Wizard) -> io::Result<()> {
        self.terminal.draw(page, wizard.state().language)
    }

    async fn input(&mut self) -> Input {
        // Opened when first waited for: not before the first frame is drawn.
        let keyboard = match &mut self.keyboard {
            Some(keyboard) => keyboard,
            none => {
                let Some(keyboard) = Keyboard::open() else {
                    return Input::Event(Event::Leave(Exit::HungUp));
                };
                let keyboard = none.insert(keyboard);
                // Only from here on is a new size told.
                if self.terminal.has_other_size() {
                    return Input::Resized;
                }
                keyboard
            }
        };
        keyboard.next().await
    }

    fn take_again(&mut self) -> io::Result<()> {
        self.terminal.take_again()
    }

    fn resized(&mut self) {
        self.terminal.measure();
    }

    fn draws_qr(&self, page: &Page) -> Option<bool> {
        self.terminal.draws_qr(page)
    }
}

impl Front for Lines {
    fn show(&mut self, page: &Page, wizard: &Wizard) -> io::Result<()> {
        self.show(page, wizard)
    }

    async fn input(&mut self) -> Input {
        self.input().await
    }

    fn take_again(&mut self) -> io::Result<()> {
        self.take_again()
    }

    fn at_a_loss(&self) -> Option<AppError> {
        self.at_a_loss()
    }
}

/// Walks through the wizard on the whole screen.
///
/// # Errors
/// When the terminal cannot be taken, when `hands` cannot be made, or when
/// something panicked; the terminal is given back in every case.
pub fn full_screen<H: Hands>(
    wizard: Wizard,
    commands: Vec<Command>,
    env: &Environment,
    look: Look,
    hands: impl FnOnce(EventSender) -> Result<H, AppError>,
) -> Result<Exit, AppError> {
    note().map_err(no_terminal)?;
    let terminal = Terminal::take(look, wizard.state().language).map_err(no_terminal)?;
    let front = FullScreen { keyboard: None, terminal };
    begin(front, Walk { wizard, commands }, env, look, hands)
}

/// Walks through the wizard as plain lines: questions on stdout (or stderr,
/// as `look` says), answers from stdin.
///
/// # Errors
/// As [`full_screen`], and when stdin ends where an answer is needed.
pub fn plain<H: Hands>(
    wizard: Wizard,
    commands: Vec<Command>,
    env: &Environment,
    look: Look,
    hands: impl FnOnce(EventSender) -> Result<H, AppError>,
) -> Result<Exit, AppError> {
    note().map_err(no_terminal)?;
    begin(Lines::new(env, look), Walk { wizard, commands }, env, look, hands)
}

/// How far the person has come, and what is still to be started.
struct Walk {
    wizard: Wizard,
    commands: Vec<Command>,
}

fn begin<F: Front, H: Hands>(
    mut front: F,
    mut walk: Walk,
    env: &Environment,
    look: Look,
    hands: impl FnOnce(EventSender) -> Result<H, AppError>,
) -> Result<Exit, AppError> {
    watch_for_panics();
    let mut made = None;
    let whole = AssertUnwindSafe(|| {
        let page = page(&front, &mut walk.wizard);
        front.show(&page, &walk.wizard).map_err(no_terminal)?;
        let (sender, events) = EventSender::pair();
        let mut outside = Outside::new(events).map_err(no_terminal)?;
        let hands = made.insert(hands(sender)?);
        let mut ended = go(&mut front, &mut walk, hands, &mut outside)?;
        // Nothing of ours reads keys or holds the screen from here on.
        drop(front);
        let mut lines = Lines::new(env, look);
        while ended.is_none() {
            ended = go(&mut lines, &mut walk, hands, &mut outside)?;
        }
        Ok(ended.unwrap_or(Exit::Cancelled))
    });
    let ended = catch_unwind(whole);
    give_back();
    if let Some(hands) = made {
        hands.finish(GRACE);
    }
    let_go();
    ended.unwrap_or_else(|_| Err(broken()))
}

/// The loop. `None` when the person wants to go on in plain lines.
fn go<F: Front, H: Hands>(
    front: &mut F,
    walk: &mut Walk,
    hands: &mut H,
    outside: &mut Outside,
) -> Result<Option<Exit>, AppError> {
    let wizard = &mut walk.wizard;
    loop {
        let mut commands = std::mem::take(&mut walk.commands).into_iter();
        while let Some(command) = commands.next() {
            match command {
                Command::Exit(exit) => return Ok(Some(exit)),
                Command::Plain => {
                    walk.commands = commands.collect();
                    return Ok(None);
                }
                command => hands.carry_out(command),
            }
        }
        let page = page(front, wizard);
        let happened = match front.show(&page, wizard) {
            // Nobody can see us any more.
            Err(_) => Happened::Event(Event::Leave(Exit::HungUp)),
            Ok(()) => match front.at_a_loss() {
                Some(error) => {
                    let last = wizard.update(Moment::now(), Event::Leave(Exit::HungUp));
                    last.into_iter().filter(is_for_hands).for_each(|last| hands.carry_out(last));
                    return Err(error);
                }
                None => outside.next(front, page.wake),
            },
        };
        match happened {
            Happened::Event(event) => walk.commands = wizard.update(Moment::now(), event),
            Happened::Resized => front.resized(),
            Happened::Broken => return Err(broken()),
            Happened::Continued => front.take_again().map_err(no_terminal)?,
            Happened::Stopped { by_key: true } if !can_be_continued() => {}
            Happened::Stopped { by_key } => {
                give_back();
                if by_key {
                    stop_group();
                } else {
                    stop();
                }
                // A stop may take hold of this thread a little later than of
                // another: whatever this one did until then would be done to
                // a terminal the shell has. It rests until told to go on.
                match outside.rest() {
                    Happened::Event(event) => walk.commands = wizard.update(Moment::now(), event),
                    Happened::Broken => return Err(broken()),
                    _ => front.take_again().map_err(no_terminal)?,
                }
            }
        }
    }
}

/// The page to show, which offers what this front end can draw.
fn page<F: Front>(front: &F, wizard: &mut Wizard) -> Page {
    let now = Moment::now();
    let page = wizard.page(now);
    match front.draws_qr(&page) {
        Some(draws) if draws != wizard.state().host.draws_qr => {
            wizard.draws_qr(draws);
            wizard.page(now)
        }
        _ => page,
    }
}

fn is_for_hands(command: &Command) -> bool {
    !matches!(command, Command::Exit(_) | Command::Plain)
}

fn no_terminal(fault: io::Error) -> AppError {
    let message = Message::new("trouble-terminal").with("what", fault.to_string());
    AppError::new(ErrorKind::Internal, "terminal", message)
        .hint(Message::new("trouble-terminal-hint"))
}

fn broken() -> AppError {
    AppError::new(ErrorKind::Internal, "panicked", Message::new("trouble-panicked"))
        .hint(Message::new("trouble-panicked-hint"))
}

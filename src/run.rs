//! The loop that ties the wizard to a front end and to its hands: draw if the
//! page changed, wait for the next thing, update, start what is to be done.
//!
//! Its one surprising rule: the first frame is drawn before anything else
//! exists. The hands (runtime, HTTP client, keyring, embedded server) are made
//! by a closure that is called only when somebody can already read the page.

use std::time::Duration;

use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use crate::surroundings::Surroundings;
use crate::terminal::theme::Look;
use crate::trouble::Trouble;
use crate::wizard::Wizard;
use crate::wizard::effect::{Attempt, Command, Exit};
use crate::wizard::event::{Event, Reply};

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

/// Walks through the wizard on the whole screen.
///
/// # Errors
/// When the terminal cannot be taken or drawn on, when `hands` cannot be made,
/// or when something panicked; the terminal is given back in every case.
pub fn full_screen<H: Hands>(
    wizard: Wizard,
    commands: Vec<Command>,
    here: &Surroundings,
    look: Look,
    hands: impl FnOnce(EventSender) -> Result<H, Trouble>,
) -> Result<Exit, Trouble> {
    let _ = (wizard, commands, here, look);
    let _ = hands(EventSender::pair().0)?;
    Err(Trouble::internal("the full screen is not there yet"))
}

/// Walks through the wizard as plain lines: questions on stdout (or stderr,
/// as `look` says), answers from stdin.
///
/// # Errors
/// As [`full_screen`], and when stdin ends where an answer is needed.
pub fn plain<H: Hands>(
    wizard: Wizard,
    commands: Vec<Command>,
    here: &Surroundings,
    look: Look,
    hands: impl FnOnce(EventSender) -> Result<H, Trouble>,
) -> Result<Exit, Trouble> {
    let _ = (wizard, commands, here, look);
    let _ = hands(EventSender::pair().0)?;
    Err(Trouble::internal("plain mode is not there yet"))
}

//! What the loop is given: a front end to show pages and hear a person, and
//! somebody to execute the wizard's effects.

use std::io;
use std::time::Duration;

use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use crate::error::AppError;
use crate::i18n::Language;
use crate::terminal::keys::Input;
use crate::terminal::parser::Report;
use crate::wizard::Wizard;
use crate::wizard::effect::{Attempt, Command};
use crate::wizard::event::{Event, Reply};
use crate::wizard::page::Page;

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

/// What executes the wizard's commands. Called from the loop's own thread,
/// never inside an asynchronous runtime, so it may have one of its own.
pub trait EffectRunner {
    /// Begins what is commanded and returns at once; answers go to the sender
    /// the runner was made with. [`Command::Exit`] and [`Command::Plain`]
    /// never get here.
    fn execute(&mut self, command: Command);

    /// The walk is over and the terminal given back: lets what must not be
    /// left half done (a save, a revocation) finish, for at most `grace`.
    fn finish(self, grace: Duration);
}

/// One of the ways in which pages are shown and answered.
pub(crate) trait FrontEnd {
    /// Shows the wizard's page, if it looks otherwise than before.
    fn show(&mut self, page: &Page, wizard: &Wizard) -> io::Result<()>;

    /// What the person does next. Nothing is lost when the wait is given up.
    fn input(&mut self) -> impl Future<Output = Input>;

    /// Somebody else will have the terminal: what it was asked and has not answered
    /// yet must not be answered to them.
    fn leave_alone(&mut self) {}

    /// Somebody else had the terminal.
    fn reacquire(&mut self) -> io::Result<()> {
        Ok(())
    }

    /// The window has another size, or does not show what it should.
    fn redraw(&mut self) {}

    /// The terminal answered.
    fn answered(&mut self, _: Report) -> io::Result<()> {
        Ok(())
    }

    /// Whether the QR code of `page`, if it has one, can be drawn alone; only
    /// the full screen draws any.
    fn draws_qr(&self, _: &Page) -> Option<bool> {
        Some(false)
    }

    /// Whether all that `page` asks is seen; lines are read one after the other.
    fn sees_whole(&self, _: &Page, _: Language) -> bool {
        true
    }

    /// An answer is needed, and why there can be none any more.
    fn input_closed(&self) -> Option<AppError> {
        None
    }

    /// A task answered; the wizard is told next.
    fn replied(&mut self, _: &Reply) {}
}

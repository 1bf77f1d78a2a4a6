//! Pages that nobody sees: a command walks through the wizard with what it was
//! given. Where a page needs a person the walk ends, with the trouble that
//! stands on the page or with what should have been given.

use std::io;
use std::time::Duration;

use tokio::time::{Instant, sleep_until};

use super::front_end::FrontEnd;
use crate::error::AppError;
use crate::model::Poll;
use crate::terminal::keys::Input;
use crate::wizard::Wizard;
use crate::wizard::event::Reply;
use crate::wizard::page::Page;

/// The command on whose behalf nobody is asked.
pub trait Script {
    /// A task answered: for whatever is to be told of it at once.
    fn replied(&mut self, reply: &Reply);

    /// The wizard waits for a person: why that is the end.
    fn needs_person(&self, wizard: &Wizard) -> AppError;

    /// How long a device code is waited for, and what is said after that.
    fn time_limit(&self) -> Option<(Duration, AppError)> {
        None
    }
}

/// No front end at all.
pub(super) struct Headless<'a> {
    script: &'a mut dyn Script,
    /// When waiting ends, and how.
    deadline: Option<(Instant, AppError)>,
    ended: Option<AppError>,
}

impl<'a> Headless<'a> {
    pub fn new(script: &'a mut dyn Script) -> Self {
        Self { script, deadline: None, ended: None }
    }
}

impl FrontEnd for Headless<'_> {
    fn show(&mut self, _: &Page, wizard: &Wizard) -> io::Result<()> {
        let timed_out = self.deadline.as_ref().filter(|(deadline, _)| *deadline <= Instant::now());
        let error = timed_out.map(|(_, error)| error);
        self.ended = match error.or_else(|| wizard.error().filter(|_| !wizard.is_waiting())) {
            Some(error) => Some(error.clone()),
            None if wizard.is_waiting() => None,
            None => Some(self.script.needs_person(wizard)),
        };
        Ok(())
    }

    async fn input(&mut self) -> Input {
        match &self.deadline {
            Some((deadline, _)) => sleep_until(*deadline).await,
            None => std::future::pending().await,
        }
        // Looked at again, the page is found to have waited long enough.
        Input::Redraw
    }

    fn input_closed(&self) -> Option<AppError> {
        self.ended.clone()
    }

    fn replied(&mut self, reply: &Reply) {
        self.script.replied(reply);
        match reply {
            Reply::Code(Ok(_)) => {
                self.deadline =
                    self.script.time_limit().map(|(limit, error)| (Instant::now() + limit, error));
            }
            // What was approved is kept, however long that takes.
            Reply::Poll(Poll::Approved(_)) => self.deadline = None,
            _ => {}
        }
    }
}

//! Waiting: for the person, for answers, for the page's time, for the system.
//! One thread, woken by nothing else.

use std::io;

use tokio::runtime::{Builder, Runtime};

use super::alarm::Alarm;
use super::{Events, Front};
use crate::moment::Moment;
use crate::terminal::BROKEN;
use crate::terminal::keys::Input;
use crate::terminal::signals::{Signals, Told};
use crate::wizard::effect::Exit;
use crate::wizard::event::{Event, Key};

/// What comes from outside, of every sort.
#[derive(Debug)]
pub struct Outside {
    /// The loop's own, on its own thread: small, and no task of the hands can
    /// hold it up.
    runtime: Runtime,
    signals: Signals,
    alarm: Alarm,
    events: Events,
}

/// What ended a wait.
#[derive(Debug)]
pub enum Happened {
    /// For the wizard.
    Event(Event),
    /// The page is to be looked at again.
    Resized,
    /// The shell is to have the terminal.
    Stopped {
        /// The person pressed Ctrl+Z, which the shell has not seen.
        by_key: bool,
    },
    /// The terminal is ours again.
    Continued,
    /// Something panicked.
    Broken,
}

impl Outside {
    /// Begins to listen.
    ///
    /// # Errors
    /// When the system gives no runtime, no signals or no timer.
    pub fn new(events: Events) -> io::Result<Self> {
        let runtime = Builder::new_current_thread().enable_all().build()?;
        let (signals, alarm) =
            runtime.block_on(async { io::Result::Ok((Signals::listen()?, Alarm::new()?)) })?;
        Ok(Self { runtime, signals, alarm, events })
    }

    /// Waits, while the terminal is not ours, for nothing but what ends that:
    /// going on, or leaving.
    pub fn rest(&mut self) -> Happened {
        let Self { runtime, signals, .. } = self;
        runtime.block_on(async {
            loop {
                let told = tokio::select! {
                    biased;
                    () = BROKEN.notified() => return Happened::Broken,
                    told = signals.next() => told,
                };
                if told != Told::Stop {
                    return happened(told);
                }
            }
        })
    }

    /// Waits for the next thing, until `wake` at most.
    pub fn next<F: Front>(&mut self, front: &mut F, wake: Option<Moment>) -> Happened {
        let Self { runtime, signals, alarm, events } = self;
        runtime.block_on(async {
            // In this order: what ends the walk before what goes on with it.
            tokio::select! {
                biased;
                () = BROKEN.notified() => Happened::Broken,
                told = signals.next() => happened(told),
                input = front.input() => match input {
                    Input::Event(event) => Happened::Event(event),
                    Input::Resized => Happened::Resized,
                    Input::Stop => Happened::Stopped { by_key: true },
                },
                Some(event) = events.recv() => Happened::Event(event),
                () = alarm.rings(wake) => Happened::Event(Event::Tick),
            }
        })
    }
}

/// What the system said, as the loop knows it.
fn happened(told: Told) -> Happened {
    match told {
        Told::HangUp => Happened::Event(Event::Leave(Exit::HungUp)),
        Told::Terminate => Happened::Event(Event::Leave(Exit::Terminated)),
        Told::Interrupt => Happened::Event(Event::Key(Key::ctrl('c'))),
        Told::Stop => Happened::Stopped { by_key: false },
        Told::Continue => Happened::Continued,
    }
}

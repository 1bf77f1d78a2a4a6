//! Waiting: for the person, for answers, for the page's time, for the system.
//! One thread, woken by nothing else.

use std::io;

use tokio::runtime::{Builder, Runtime};

use super::front_end::{Events, FrontEnd};
use super::wake_timer::WakeTimer;
use crate::terminal::PANICKED;
use crate::terminal::keys::Input;
use crate::terminal::parser::Report;
use crate::terminal::signals::{Signal, Signals};
use crate::time_point::TimePoint;
use crate::wizard::effect::Exit;
use crate::wizard::event::{Event, Key};

/// What comes from outside, of every sort.
#[derive(Debug)]
pub struct EventSource {
    /// The loop's own, on its own thread: small, and no task of the hands can
    /// hold it up.
    runtime: Runtime,
    signals: Signals,
    timer: WakeTimer,
    events: Events,
}

/// What ended a wait.
#[derive(Debug)]
pub enum LoopEvent {
    /// For the wizard.
    Event(Event),
    /// The page is to be looked at again.
    Redraw,
    /// The terminal answered.
    Report(Report),
    /// The shell is to have the terminal.
    Stopped {
        /// The person pressed Ctrl+Z, which the shell has not seen.
        by_key: bool,
    },
    /// The terminal is ours again.
    Continued,
    Panicked,
}

impl EventSource {
    /// Begins to listen.
    ///
    /// # Errors
    /// When the system gives no runtime, no signals or no timer.
    pub fn new(events: Events) -> io::Result<Self> {
        let runtime = Builder::new_current_thread().enable_all().build()?;
        let (signals, timer) =
            runtime.block_on(async { io::Result::Ok((Signals::listen()?, WakeTimer::new()?)) })?;
        Ok(Self { runtime, signals, timer, events })
    }

    /// Waits, while the terminal is not ours, for nothing but what ends that:
    /// going on, or leaving.
    pub fn rest(&mut self) -> LoopEvent {
        let Self { runtime, signals, .. } = self;
        runtime.block_on(async {
            loop {
                let signal = tokio::select! {
                    biased;
                    () = PANICKED.notified() => return LoopEvent::Panicked,
                    signal = signals.next() => signal,
                };
                if signal != Signal::Stop {
                    return of_signal(signal);
                }
            }
        })
    }

    /// What came and was not waited for any more.
    pub fn remaining(mut self) -> Vec<Event> {
        std::iter::from_fn(|| self.events.try_recv().ok()).collect()
    }

    /// Waits for the next thing, until `wake` at most.
    pub fn next<F: FrontEnd>(&mut self, front: &mut F, wake: Option<TimePoint>) -> LoopEvent {
        let Self { runtime, signals, timer, events } = self;
        runtime.block_on(async {
            // In this order: what ends the walk before what goes on with it.
            tokio::select! {
                biased;
                () = PANICKED.notified() => LoopEvent::Panicked,
                signal = signals.next() => of_signal(signal),
                input = front.input() => match input {
                    Input::Event(event) => LoopEvent::Event(event),
                    Input::Redraw => LoopEvent::Redraw,
                    Input::Report(report) => LoopEvent::Report(report),
                    Input::Stop => LoopEvent::Stopped { by_key: true },
                },
                Some(event) = events.recv() => LoopEvent::Event(event),
                () = timer.rings(wake) => LoopEvent::Event(Event::Tick),
            }
        })
    }
}

/// What the system said, as the loop knows it.
fn of_signal(signal: Signal) -> LoopEvent {
    match signal {
        Signal::HangUp => LoopEvent::Event(Event::Leave(Exit::HungUp)),
        Signal::Terminate => LoopEvent::Event(Event::Leave(Exit::Terminated)),
        Signal::Interrupt => LoopEvent::Event(Event::Key(Key::ctrl('c'))),
        Signal::Stop => LoopEvent::Stopped { by_key: false },
        Signal::Continue => LoopEvent::Continued,
    }
}

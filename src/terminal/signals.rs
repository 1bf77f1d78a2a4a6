//! What the system tells this process while it has the terminal. All of it is
//! an event like any other, so that the terminal is given back by the loop and
//! not by a handler that may interrupt anything.

use std::io;

/// Something the system said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Told {
    /// SIGTERM, SIGHUP: leave.
    Leave,
    /// SIGINT: as Ctrl+C.
    Interrupt,
    /// SIGTSTP: let the shell have the terminal until further notice.
    Stop,
    /// SIGCONT: the terminal is ours again, in an unknown state.
    Continue,
}

#[cfg(unix)]
pub use unix::{Signals, can_be_continued, stop, stop_group};

#[cfg(unix)]
mod unix {
    use rustix::process::{self, Signal as Number};
    use tokio::signal::unix::{Signal, SignalKind, signal};

    use super::{Told, io};

    /// The signals that are listened to, from its making on.
    #[derive(Debug)]
    pub struct Signals {
        terminate: Signal,
        hang_up: Signal,
        interrupt: Signal,
        stop: Signal,
        go_on: Signal,
    }

    impl Signals {
        /// Listens. Must be called inside the runtime that will wait.
        ///
        /// # Errors
        /// When the system refuses.
        pub fn listen() -> io::Result<Self> {
            let kind = |number: Number| signal(SignalKind::from_raw(number.as_raw()));
            Ok(Self {
                terminate: kind(Number::TERM)?,
                hang_up: kind(Number::HUP)?,
                interrupt: kind(Number::INT)?,
                stop: kind(Number::TSTP)?,
                go_on: kind(Number::CONT)?,
            })
        }

        /// The next one.
        pub async fn next(&mut self) -> Told {
            tokio::select! {
                _ = self.terminate.recv() => Told::Leave,
                _ = self.hang_up.recv() => Told::Leave,
                _ = self.interrupt.recv() => Told::Interrupt,
                _ = self.stop.recv() => Told::Stop,
                _ = self.go_on.recv() => Told::Continue,
            }
        }
    }

    /// Stops this process, and comes back when it is continued. SIGSTOP,
    /// because SIGTSTP is caught by now.
    pub fn stop() {
        let _ = process::kill_process(process::getpid(), Number::STOP);
    }

    /// Stops everything that was started together with us, as Ctrl+Z does
    /// outside raw mode, and comes back when it is continued.
    pub fn stop_group() {
        let _ = process::kill_current_process_group(Number::STOP);
    }

    /// Whether there is a shell that could continue us: an interactive one
    /// gives what it starts a process group of its own. Without one a stop
    /// would be for ever.
    pub fn can_be_continued() -> bool {
        process::getsid(None).is_ok_and(|session| session != process::getpgrp())
    }
}

#[cfg(not(unix))]
pub use elsewhere::{Signals, can_be_continued, stop, stop_group};

#[cfg(not(unix))]
mod elsewhere {
    use super::{Told, io};

    /// The signals that are listened to, from its making on.
    #[derive(Debug)]
    pub struct Signals(tokio::signal::windows::CtrlC, tokio::signal::windows::CtrlClose);

    impl Signals {
        /// Listens. Must be called inside the runtime that will wait.
        ///
        /// # Errors
        /// When the system refuses.
        pub fn listen() -> io::Result<Self> {
            Ok(Self(tokio::signal::windows::ctrl_c()?, tokio::signal::windows::ctrl_close()?))
        }

        /// The next one.
        pub async fn next(&mut self) -> Told {
            tokio::select! {
                _ = self.0.recv() => Told::Interrupt,
                _ = self.1.recv() => Told::Leave,
            }
        }
    }

    /// There is no such thing here.
    pub fn stop() {}

    /// There is no such thing here.
    pub fn stop_group() {}

    /// There is no such thing here.
    pub fn can_be_continued() -> bool {
        false
    }
}

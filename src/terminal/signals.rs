//! What the system tells this process while it has the terminal. All of it is
//! an event like any other, so that the terminal is given back by the loop and
//! not by a handler that may interrupt anything.
//!
//! They are listened to twice. From before the terminal is taken, a flag notes
//! what comes while there is no loop yet ([`buffer_signals`]); the loop looks at
//! it once and then hears for itself ([`Signals`]). When the walk is over, each
//! does again what it does by default ([`restore_defaults`]).
//!
//! A terminal can go without a signal: only the head of the session is told,
//! and it need not pass that on. So the line itself is listened to as well.
//! Who reads keys does not notice: crossterm reads nothing from a dead line,
//! again and again, for ever.

use std::io;

/// Something the system said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signal {
    /// SIGTERM: leave.
    Terminate,
    /// SIGHUP, or none: the terminal is gone.
    HangUp,
    /// SIGINT: as Ctrl+C.
    Interrupt,
    /// SIGTSTP: let the shell have the terminal until further notice.
    Stop,
    /// SIGCONT: the terminal is ours again, in an unknown state.
    Continue,
}

#[cfg(unix)]
pub use unix::{
    Signals, buffer_signals, can_be_continued, in_order, is_terminal_gone, restore_defaults,
    suspend, suspend_group,
};

#[cfg(unix)]
mod unix {
    use std::io::IsTerminal as _;
    use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
    use std::sync::{Arc, Once, OnceLock};
    use std::time::Duration;

    use rustix::event::{PollFd, PollFlags, Timespec, poll};
    use rustix::process::{self, Signal as Number};
    use signal_hook::flag::{register_conditional_default, register_usize};
    use tokio::signal::unix::{Signal as Listener, SignalKind, signal};

    use tokio::sync::Notify;

    use super::{Signal, io};
    use crate::error::ErrorKind;

    /// Told when the terminal at stdin is gone.
    static TERMINAL_GONE: Notify = Notify::const_new();

    /// How long a process whose terminal is gone may take to end in order.
    const EXIT_TIMEOUT: Duration = Duration::from_secs(10);

    /// Whether the terminal at stdin is gone: to be asked before anything is
    /// read from it.
    pub fn is_terminal_gone() -> bool {
        let stdin = io::stdin();
        let mut line = [PollFd::new(&stdin, PollFlags::empty())];
        let now = Timespec::default();
        poll(&mut line, Some(&now)).is_ok()
            && line[0].revents().intersects(PollFlags::HUP | PollFlags::ERR)
    }

    /// Waits for the terminal's end on a thread of its own, which nothing else
    /// ever wakes. Once for the whole process: the line is the same.
    fn watch_hangup() -> io::Result<()> {
        static WATCHING: Once = Once::new();
        // What is piped in ends before it is read, and that is no hang-up.
        if !io::stdin().is_terminal() {
            return Ok(());
        }
        let mut started = Ok(());
        WATCHING.call_once(|| {
            let wait = || {
                let stdin = io::stdin();
                let mut line = [PollFd::new(&stdin, PollFlags::empty())];
                while poll(&mut line, None) == Err(rustix::io::Errno::INTR) {}
                if line[0].revents().intersects(PollFlags::HUP | PollFlags::ERR) {
                    TERMINAL_GONE.notify_one();
                    // Whoever is still here then reads from the dead line.
                    std::thread::sleep(EXIT_TIMEOUT);
                    std::process::exit(ErrorKind::HungUp.exit_code().into());
                }
            };
            let thread = std::thread::Builder::new().name("line".into()).stack_size(64 * 1024);
            started = thread.spawn(wait).map(drop);
        });
        started
    }

    /// What came before there was a loop, and whether the walk is over.
    struct Pending {
        came: Arc<AtomicUsize>,
        over: Arc<AtomicBool>,
        /// The same for SIGTSTP: after a walk the shell stops us as it stops anybody.
        stops: Arc<AtomicBool>,
    }

    static PENDING: OnceLock<Pending> = OnceLock::new();

    const ALL: [(Number, Signal); 4] = [
        (Number::TERM, Signal::Terminate),
        (Number::HUP, Signal::HangUp),
        (Number::INT, Signal::Interrupt),
        (Number::TSTP, Signal::Stop),
    ];

    /// From now on what the system says is noted.
    pub fn buffer_signals() -> io::Result<()> {
        let mut registered = Ok(());
        let noted = PENDING.get_or_init(|| {
            let noted =
                Pending { came: Arc::default(), over: Arc::default(), stops: Arc::default() };
            registered = ALL.iter().enumerate().try_for_each(|(at, (number, signal))| {
                let number = number.as_raw();
                register_usize(number, Arc::clone(&noted.came), at + 1)?;
                let is_stop = *signal == Signal::Stop;
                let by_default = if is_stop { &noted.stops } else { &noted.over };
                register_conditional_default(number, Arc::clone(by_default)).map(|_| ())
            });
            noted
        });
        noted.over.store(false, Ordering::SeqCst);
        noted.stops.store(false, Ordering::SeqCst);
        noted.came.store(0, Ordering::SeqCst);
        registered
    }

    /// The walk is over: from now on each signal does what it does by default.
    pub fn restore_defaults() {
        if let Some(noted) = PENDING.get() {
            noted.over.store(true, Ordering::SeqCst);
            noted.stops.store(true, Ordering::SeqCst);
        }
    }

    /// As long as this is kept, no signal does what it does by default: whoever makes it
    /// listens, and ends what goes on in order.
    #[derive(Debug)]
    pub struct InOrder {
        was_over: bool,
    }

    /// See [`InOrder`].
    pub fn in_order() -> InOrder {
        let over = PENDING.get().map(|noted| noted.over.swap(false, Ordering::SeqCst));
        InOrder { was_over: over == Some(true) }
    }

    impl Drop for InOrder {
        fn drop(&mut self) {
            if self.was_over {
                restore_defaults();
            }
        }
    }

    /// What was noted, once.
    fn take_pending() -> Option<Signal> {
        let at = PENDING.get()?.came.swap(0, Ordering::SeqCst);
        ALL.get(at.checked_sub(1)?).map(|(_, signal)| *signal)
    }

    /// The signals that are listened to, from its making on.
    #[derive(Debug)]
    pub struct Signals {
        terminate: Listener,
        hang_up: Listener,
        interrupt: Listener,
        stop: Listener,
        go_on: Listener,
        noted: Option<Signal>,
    }

    impl Signals {
        /// Listens. Must be called inside the runtime that will wait.
        pub fn listen() -> io::Result<Self> {
            watch_hangup()?;
            let kind = |number: Number| signal(SignalKind::from_raw(number.as_raw()));
            Ok(Self {
                terminate: kind(Number::TERM)?,
                hang_up: kind(Number::HUP)?,
                interrupt: kind(Number::INT)?,
                stop: kind(Number::TSTP)?,
                go_on: kind(Number::CONT)?,
                noted: take_pending(),
            })
        }

        pub async fn next(&mut self) -> Signal {
            if let Some(signal) = self.noted.take() {
                return signal;
            }
            let signal = tokio::select! {
                biased;
                _ = self.terminate.recv() => Signal::Terminate,
                _ = self.hang_up.recv() => Signal::HangUp,
                () = TERMINAL_GONE.notified() => Signal::HangUp,
                _ = self.interrupt.recv() => Signal::Interrupt,
                _ = self.stop.recv() => Signal::Stop,
                _ = self.go_on.recv() => Signal::Continue,
            };
            if signal != Signal::Stop {
                return signal;
            }
            // Whoever stops us now, after somebody let us go on, stops us for
            // good: a stop that was taken back before it was heard is none.
            tokio::select! {
                biased;
                _ = self.go_on.recv() => Signal::Continue,
                () = std::future::ready(()) => Signal::Stop,
            }
        }
    }

    /// Stops this process, and comes back when it is continued. SIGSTOP,
    /// because SIGTSTP is caught by now.
    pub fn suspend() {
        let _ = process::kill_process(process::getpid(), Number::STOP);
    }

    /// Stops everything that was started together with us, as Ctrl+Z does
    /// outside raw mode, and comes back when it is continued.
    pub fn suspend_group() {
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
pub use elsewhere::{
    Signals, buffer_signals, can_be_continued, in_order, is_terminal_gone, restore_defaults,
    suspend, suspend_group,
};

#[cfg(not(unix))]
mod elsewhere {
    use super::{Signal, io};

    /// A console that is closed says so itself.
    pub fn is_terminal_gone() -> bool {
        false
    }

    /// The signals that are listened to, from its making on.
    #[derive(Debug)]
    pub struct Signals(tokio::signal::windows::CtrlC, tokio::signal::windows::CtrlClose);

    impl Signals {
        /// Listens. Must be called inside the runtime that will wait.
        pub fn listen() -> io::Result<Self> {
            Ok(Self(tokio::signal::windows::ctrl_c()?, tokio::signal::windows::ctrl_close()?))
        }

        pub async fn next(&mut self) -> Signal {
            tokio::select! {
                _ = self.0.recv() => Signal::Interrupt,
                _ = self.1.recv() => Signal::HangUp,
            }
        }
    }

    /// There is no such thing here.
    pub fn buffer_signals() -> io::Result<()> {
        Ok(())
    }

    /// There is no such thing here.
    pub fn restore_defaults() {}

    /// There is no such thing here.
    #[derive(Debug)]
    pub struct InOrder;

    /// There is no such thing here.
    pub fn in_order() -> InOrder {
        InOrder
    }

    /// There is no such thing here.
    pub fn suspend() {}

    /// There is no such thing here.
    pub fn suspend_group() {}

    /// There is no such thing here.
    pub fn can_be_continued() -> bool {
        false
    }
}

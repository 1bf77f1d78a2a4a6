//! Reading from the terminal: what it sends, and that its window has another
//! size. Nothing is read while nobody waits, so what is typed after the end is
//! left for the agent.

#[cfg(not(unix))]
pub use elsewhere::Tty;
#[cfg(unix)]
pub use unix::{Tty, swallow_answers};

#[cfg(unix)]
mod unix {
    use std::io;
    use std::os::fd::AsFd as _;
    use std::pin::Pin;
    use std::task::{Context, Poll, ready};
    use std::time::{Duration, Instant};

    use crossterm::event::Event as RawEvent;
    use rustix::event::{PollFd, PollFlags, Timespec, poll};
    use tokio::net::unix::pipe::Receiver;
    use tokio::signal::unix::{Signal, SignalKind, signal};
    use tokio::time::{Sleep, sleep};

    use crate::terminal::parser::{Parser, Sent};
    use crate::terminal::probe::Probe;
    use crate::terminal::signals::is_terminal_gone;

    /// A line read at once is read at once.
    const PIECE: usize = 4096;

    /// The terminal at stdin.
    pub struct Tty {
        /// Waited for as any other end of a pipe is.
        line: Receiver,
        resized: Signal,
        parser: Parser,
        /// When the rest of what has begun is waited for no longer.
        patience: Option<Pin<Box<Sleep>>>,
    }

    impl Tty {
        /// To be opened inside the runtime that will wait.
        pub fn open() -> io::Result<Self> {
            let line = io::stdin().as_fd().try_clone_to_owned()?;
            Ok(Self {
                line: Receiver::from_owned_fd_unchecked(line)?,
                resized: signal(SignalKind::window_change())?,
                parser: Parser::default(),
                patience: None,
            })
        }

        /// The next thing; `None` when the terminal is gone.
        pub fn poll_next(&mut self, context: &mut Context<'_>) -> Poll<Option<Sent>> {
            loop {
                if let Some(sent) = self.parser.take() {
                    return Poll::Ready(Some(sent));
                }
                if self.resized.poll_recv(context).is_ready() {
                    return Poll::Ready(Some(Sent::Event(RawEvent::Resize(0, 0))));
                }
                match self.line.poll_read_ready(context) {
                    Poll::Ready(Err(_)) => return Poll::Ready(None),
                    Poll::Ready(Ok(())) => {
                        if is_terminal_gone() {
                            return Poll::Ready(None);
                        }
                        // Read only where something is: the line is one with
                        // stdout, and may not be made one that does not wait.
                        let parser = &mut self.parser;
                        let read = self.line.try_io(|| {
                            if !has_input(Duration::ZERO) {
                                return Err(io::ErrorKind::WouldBlock.into());
                            }
                            Ok(read_into(parser))
                        });
                        match read {
                            Ok(true) if self.parser.is_interrupted() => {}
                            Ok(true) => self.patience = None,
                            Ok(false) => return Poll::Ready(None),
                            Err(_) => {}
                        }
                    }
                    Poll::Pending => {
                        let Some(patience) = self.parser.patience() else { return Poll::Pending };
                        let rest = self.patience.get_or_insert_with(|| Box::pin(sleep(patience)));
                        ready!(rest.as_mut().poll(context));
                        self.patience = None;
                        self.parser.give_up();
                    }
                }
            }
        }

        /// What was read and is not whole yet.
        pub fn into_parser(self) -> Parser {
            self.parser
        }
    }

    /// Whether there is something to read within this time.
    fn has_input(within: Duration) -> bool {
        let stdin = io::stdin();
        let mut line = [PollFd::new(&stdin, PollFlags::IN)];
        let within = Timespec::try_from(within).unwrap_or_default();
        poll(&mut line, Some(&within)).is_ok() && line[0].revents().contains(PollFlags::IN)
    }

    /// Whether anything could be read, of what is there by now.
    fn read_into(parser: &mut Parser) -> bool {
        let mut piece = [0; PIECE];
        match rustix::io::read(io::stdin(), &mut piece) {
            Ok(0) => false,
            Ok(count) => {
                parser.feed(&piece[..count]);
                true
            }
            Err(fault) => fault == rustix::io::Errno::INTR || fault == rustix::io::Errno::AGAIN,
        }
    }

    /// Takes answers off the line that were asked for a moment ago and are on
    /// their way still: whoever reads next asked for nothing.
    pub fn swallow_answers(mut parser: Parser, asked: &mut Probe) {
        while let Some(deadline) = asked.deadline() {
            while let Some(sent) = parser.take() {
                if let Sent::Report(report) = sent {
                    asked.answer(report);
                }
            }
            let left = deadline.saturating_duration_since(Instant::now());
            let reads = asked.deadline().is_some() && !left.is_zero() && !is_terminal_gone();
            if !reads || !has_input(left) || !read_into(&mut parser) {
                return;
            }
        }
    }
}

#[cfg(not(unix))]
mod elsewhere {
    use std::io;
    use std::task::{Context, Poll};
    use std::time::Duration;

    use crossterm::event::{self, EventStream};
    use futures_util::StreamExt as _;

    use crate::terminal::parser::Sent;

    /// The console.
    pub struct Tty(EventStream);

    impl Tty {
        /// The first question opens what the stream then reads, or says that
        /// there is nothing.
        pub fn open() -> io::Result<Self> {
            event::poll(Duration::ZERO)?;
            Ok(Self(EventStream::new()))
        }

        /// The next thing; `None` when the console is gone.
        pub fn poll_next(&mut self, context: &mut Context<'_>) -> Poll<Option<Sent>> {
            self.0.poll_next_unpin(context).map(|event| Some(Sent::Event(event?.ok()?)))
        }
    }
}

//! A program in a terminal of its own, from which all goes on to the person's and back:
//! what it shows can be read along, and Ctrl+C ends it whatever it makes of keys.

use std::io;
use std::process::{Command, ExitStatus};

/// How it ended.
#[derive(Clone, Copy, Debug)]
pub struct Ended {
    pub status: ExitStatus,
    /// The person stopped it.
    pub is_stopped: bool,
}

#[cfg(unix)]
pub use unix::run;

#[cfg(unix)]
mod unix {
    use std::collections::VecDeque;
    use std::fs::File;
    use std::io::{IsTerminal as _, Read as _, Write};
    use std::os::fd::{AsFd as _, OwnedFd};
    use std::os::unix::process::CommandExt as _;
    use std::process::Child;
    use std::time::{Duration, Instant};

    use rustix::event::{PollFd, PollFlags, Timespec, poll};
    use rustix::fs::{Mode, OFlags, fcntl_getfl, fcntl_setfl};
    use rustix::io::{Errno, FdFlags, fcntl_setfd};
    use rustix::process::{Pid, Signal, kill_process_group};
    use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
    use rustix::termios::{
        LocalModes, OptionalActions, Winsize, tcgetattr, tcgetwinsize, tcsetattr, tcsetwinsize,
    };

    use super::{Command, Ended, io};
    use crate::terminal::{give_back, set_right, take_raw};

    /// Ctrl+C as a terminal sends it, and as one does that was asked for more (kitty's
    /// keyboard protocol).
    const CTRL_C: [&[u8]; 2] = [b"\x03", b"\x1b[99;5u"];

    /// Whether it is over, and how large the window is, is looked at so often.
    const LOOK: Timespec = Timespec { tv_sec: 0, tv_nsec: 200_000_000 };

    /// How long its last words are waited for, where something that it started goes on
    /// with others.
    const LAST_WORDS: Duration = Duration::from_millis(500);

    /// The most that waits for a program which does not read, in bytes: more is no key.
    const UNREAD: usize = 1024 * 1024;

    /// Runs `command`, telling `started` its process, which leads a group of its own, and
    /// `hear` all that it shows. Blocks until it ends. What it shows goes to stderr where
    /// stdout is `ours` alone, or no terminal.
    ///
    /// # Errors
    /// When there is no terminal here or for it, or it does not start.
    pub fn run(
        mut command: Command,
        ours: bool,
        started: impl FnOnce(u32),
        mut hear: impl FnMut(&[u8]),
    ) -> io::Result<Ended> {
        let (own, theirs) = pair()?;
        let window = tcgetwinsize(io::stdin())?;
        tcsetwinsize(&theirs, window)?;
        command.stdin(theirs.try_clone()?).stdout(theirs.try_clone()?).stderr(theirs);
        let mut child = command.process_group(0).spawn()?;
        // Our copies of its end go with that, so that the last of its own is seen to go.
        drop(command);
        started(child.id());
        let mut out: Box<dyn Write> = if ours || !io::stdout().is_terminal() {
            Box::new(io::stderr())
        } else {
            Box::new(io::stdout())
        };
        let mut show = |bytes: &[u8]| {
            hear(bytes);
            out.write_all(bytes).and_then(|()| out.flush())
        };
        let relayed =
            take_raw().and_then(|()| relay(File::from(own), &mut child, window, &mut show));
        give_back();
        if !relayed.as_ref().is_ok_and(|ended| ended.status.success()) {
            set_right();
        }
        relayed.inspect_err(|_| {
            // Nobody would see it any more.
            let _ = kill_process_group(Pid::from_child(&child), Signal::KILL);
            let _ = child.wait();
        })
    }

    /// Passes everything on, both ways, until it ends.
    fn relay(
        mut own: File,
        child: &mut Child,
        mut window: Winsize,
        show: &mut impl FnMut(&[u8]) -> io::Result<()>,
    ) -> io::Result<Ended> {
        // A program that does not read must not be in the way of Ctrl+C.
        fcntl_setfl(&own, fcntl_getfl(&own)? | OFlags::NONBLOCK)?;
        let stdin = io::stdin();
        // Whether anybody has the other end open still.
        let (mut is_shown, mut is_typed) = (true, true);
        let (mut is_stopped, mut ended) = (false, None);
        let mut unread = VecDeque::new();
        loop {
            let mut wanted = PollFlags::empty();
            wanted.set(PollFlags::IN, is_shown);
            wanted.set(PollFlags::OUT, !unread.is_empty());
            let mut lines = vec![PollFd::new(&own, wanted)];
            if is_typed {
                lines.push(PollFd::new(&stdin, PollFlags::IN));
            }
            let polled = poll(&mut lines, Some(&LOOK));
            let ready: Vec<_> = lines.iter().map(PollFd::revents).collect();
            if polled == Err(Errno::INTR) {
                continue;
            }
            polled?;
            let mut bytes = [0; 4096];
            let shows = is_shown && ready[0].intersects(PollFlags::IN | PollFlags::HUP);
            if shows {
                match own.read(&mut bytes) {
                    Err(fault) if passes(&fault) => {}
                    // A terminal that nobody has open any more is an error to read.
                    Ok(0) | Err(_) => is_shown = false,
                    Ok(read) => show(&bytes[..read])?,
                }
            }
            if ready.get(1).is_some_and(|ready| !ready.is_empty()) {
                let read = rustix::io::read(stdin.as_fd(), &mut bytes).unwrap_or_default();
                is_typed = read > 0;
                let typed = &bytes[..read];
                let pressed =
                    |key: &&[u8]| typed.windows(key.len()).filter(|part| part == key).count();
                let times: usize = CTRL_C.iter().map(pressed).sum();
                if times > 0 && ended.is_none() {
                    // Who does not go when asked goes the second time.
                    let how = if is_stopped || times > 1 { Signal::KILL } else { Signal::TERM };
                    is_stopped = true;
                    let _ = kill_process_group(Pid::from_child(child), how);
                } else if times == 0 && unread.len() < UNREAD {
                    unread.extend(typed);
                }
            }
            while !unread.is_empty() {
                match own.write(unread.make_contiguous()) {
                    Ok(taken) => drop(unread.drain(..taken)),
                    Err(fault) if passes(&fault) => break,
                    // It has gone, and is found to have.
                    Err(_) => unread.clear(),
                }
            }
            // What it showed last is passed on first.
            if let Some((status, at)) = ended {
                let at: Instant = at;
                if !shows || at.elapsed() > LAST_WORDS {
                    return Ok(Ended { status, is_stopped });
                }
            }
            if ended.is_none() {
                ended = child.try_wait()?.map(|status| (status, Instant::now()));
                keep_up(&own, &mut window)?;
            }
            if !is_shown {
                std::thread::sleep(Duration::from_millis(20));
            }
        }
    }

    /// Tells it of a window that has another size now, and takes the keys again where a
    /// shell had the terminal meanwhile.
    fn keep_up(own: &File, window: &mut Winsize) -> io::Result<()> {
        let stdin = io::stdin();
        let now = tcgetwinsize(&stdin)?;
        if (now.ws_col, now.ws_row) != (window.ws_col, window.ws_row) {
            tcsetwinsize(own, now)?;
            *window = now;
        }
        let mut modes = tcgetattr(&stdin)?;
        if modes.local_modes.contains(LocalModes::ICANON) {
            modes.make_raw();
            tcsetattr(&stdin, OptionalActions::Now, &modes)?;
        }
        Ok(())
    }

    /// Whether the same can be tried again.
    fn passes(fault: &io::Error) -> bool {
        matches!(fault.kind(), io::ErrorKind::Interrupted | io::ErrorKind::WouldBlock)
    }

    /// Both ends of a new terminal: ours, and what a program is given.
    fn pair() -> io::Result<(OwnedFd, OwnedFd)> {
        let own = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY)?;
        fcntl_setfd(&own, FdFlags::CLOEXEC)?;
        grantpt(&own)?;
        unlockpt(&own)?;
        let name = ptsname(&own, Vec::new())?;
        let flags = OFlags::RDWR | OFlags::NOCTTY | OFlags::CLOEXEC;
        Ok((own, rustix::fs::open(&*name, flags, Mode::empty())?))
    }
}

/// There are no such terminals here.
#[cfg(not(unix))]
pub fn run(_: Command, _: bool, _: impl FnOnce(u32), _: impl FnMut(&[u8])) -> io::Result<Ended> {
    Err(io::ErrorKind::Unsupported.into())
}

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
    use std::fs::File;
    use std::io::{Read as _, Write as _};
    use std::os::fd::{AsFd as _, OwnedFd};
    use std::process::Child;
    use std::time::Duration;

    use rustix::event::{PollFd, PollFlags, Timespec, poll};
    use rustix::fs::{Mode, OFlags};
    use rustix::io::{Errno, FdFlags, fcntl_setfd};
    use rustix::process::{Pid, Signal, kill_process};
    use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
    use rustix::termios::{tcgetwinsize, tcsetwinsize};

    use super::{Command, Ended, io};
    use crate::terminal::{give_back, take_raw};

    /// Ctrl+C as a terminal sends it, and as one does that was asked for more (kitty's
    /// keyboard protocol).
    const CTRL_C: [&[u8]; 2] = [b"\x03", b"\x1b[99;5u"];

    /// Whether it is over is looked at so often, where it left the terminal to a child.
    const LOOK: Timespec = Timespec { tv_sec: 0, tv_nsec: 200_000_000 };

    /// Runs `command`, telling `started` its process, and `hear` all that it shows.
    /// Blocks until it ends.
    ///
    /// # Errors
    /// When there is no terminal here or for it, or it does not start.
    pub fn run(
        mut command: Command,
        started: impl FnOnce(u32),
        mut hear: impl FnMut(&[u8]),
    ) -> io::Result<Ended> {
        let (own, theirs) = pair()?;
        let stdin = io::stdin();
        tcsetwinsize(&theirs, tcgetwinsize(&stdin)?)?;
        command.stdin(theirs.try_clone()?).stdout(theirs.try_clone()?).stderr(theirs);
        let mut child = command.spawn()?;
        // Our copies of its end go with that, so that the last of its own is seen to go.
        drop(command);
        started(child.id());
        let relayed = take_raw().and_then(|()| relay(File::from(own), &mut child, &mut hear));
        give_back();
        relayed.inspect_err(|_| {
            // Nobody would see it any more.
            let _ = child.kill();
            let _ = child.wait();
        })
    }

    /// Passes everything on, both ways, until it ends.
    fn relay(mut own: File, child: &mut Child, hear: &mut impl FnMut(&[u8])) -> io::Result<Ended> {
        let stdin = io::stdin();
        // Whether anybody has the other end open still.
        let (mut is_shown, mut is_typed) = (true, true);
        let (mut is_stopped, mut ended) = (false, None);
        loop {
            let mut lines =
                vec![PollFd::new(&own, if is_shown { PollFlags::IN } else { PollFlags::empty() })];
            if is_typed {
                lines.push(PollFd::new(&stdin, PollFlags::IN));
            }
            let polled = poll(&mut lines, Some(&LOOK));
            let ready: Vec<_> = lines.iter().map(|line| !line.revents().is_empty()).collect();
            if polled == Err(Errno::INTR) {
                continue;
            }
            polled?;
            let mut bytes = [0; 4096];
            let shows = is_shown && ready[0];
            if shows {
                match own.read(&mut bytes) {
                    Err(fault) if fault.kind() == io::ErrorKind::Interrupted => {}
                    // A terminal that nobody has open any more is an error to read.
                    Ok(0) | Err(_) => is_shown = false,
                    Ok(read) => {
                        hear(&bytes[..read]);
                        let mut out = io::stdout();
                        out.write_all(&bytes[..read]).and_then(|()| out.flush())?;
                    }
                }
            }
            if ready.get(1) == Some(&true) {
                let read = rustix::io::read(stdin.as_fd(), &mut bytes).unwrap_or_default();
                is_typed = read > 0;
                let typed = &bytes[..read];
                let pressed =
                    |key: &&[u8]| typed.windows(key.len()).filter(|part| part == key).count();
                let times: usize = CTRL_C.iter().map(pressed).sum();
                if times > 0 {
                    // Who does not go when asked goes the second time.
                    let how = if is_stopped || times > 1 { Signal::KILL } else { Signal::TERM };
                    is_stopped = true;
                    let _ = kill_process(Pid::from_child(child), how);
                } else if own.write_all(typed).is_err() {
                    // It has gone, and is found to have.
                    is_typed = false;
                }
            }
            // What it showed last is passed on first.
            if let Some(status) = ended.filter(|_| !shows) {
                return Ok(Ended { status, is_stopped });
            }
            ended = child.try_wait()?;
            if !is_shown {
                std::thread::sleep(Duration::from_millis(20));
            }
        }
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
pub fn run(_: Command, _: impl FnOnce(u32), _: impl FnMut(&[u8])) -> io::Result<Ended> {
    Err(io::ErrorKind::Unsupported.into())
}

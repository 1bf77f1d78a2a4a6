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
        // Its ends of the terminal go with it.
        drop(command);
        let pid = Pid::from_child(&child);
        started(child.id());
        take_raw()?;
        let (mut is_stopped, mut is_read) = (false, true);
        let mut own = File::from(own);
        let status = loop {
            let mut lines = vec![PollFd::new(&own, PollFlags::IN)];
            if is_read {
                lines.push(PollFd::new(&stdin, PollFlags::IN));
            }
            let some = match poll(&mut lines, Some(&LOOK)) {
                Err(Errno::INTR) => continue,
                polled => polled? > 0,
            };
            let ready: Vec<_> = lines.iter().map(|line| !line.revents().is_empty()).collect();
            let mut bytes = [0; 4096];
            if ready[0] {
                // A terminal that nobody has open any more is an error to read.
                match own.read(&mut bytes) {
                    Ok(0) | Err(_) => break child.wait()?,
                    Ok(read) => {
                        hear(&bytes[..read]);
                        let mut out = io::stdout();
                        out.write_all(&bytes[..read]).and_then(|()| out.flush())?;
                    }
                }
            }
            if ready.get(1) == Some(&true) {
                let read = rustix::io::read(stdin.as_fd(), &mut bytes).unwrap_or_default();
                is_read = read > 0;
                let typed = &bytes[..read];
                if CTRL_C.iter().any(|key| typed.windows(key.len()).any(|part| part == *key)) {
                    is_stopped = true;
                    let _ = kill_process(pid, Signal::TERM);
                } else {
                    own.write_all(typed)?;
                }
            }
            if !some && let Some(status) = child.try_wait()? {
                break status;
            }
        };
        give_back();
        Ok(Ended { status, is_stopped })
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

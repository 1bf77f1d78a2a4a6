//! Beside an agent that is given no server of ours, so that it is seen in its mesh all
//! the same: a process of its own, which says that the agent lives for as long as it
//! does. A launch starts it just before it becomes the agent.
//!
//! It stands apart, so that nobody who ends, stops or closes something ends it by the
//! way: without a terminal, in a session of its own, and nobody's child. For that it
//! starts itself a second time and ends; the launch waits for this end alone.

use std::ffi::OsString;

use super::context::CommandContext;
use super::globals::Globals;
use super::mcp::seen_during;
use crate::agent::prepare::Spawn;
use crate::environment::Environment;
use crate::environment::children::again;
use crate::error::AppError;
use crate::home::folder::Folder;
use crate::home::sessions;
use crate::i18n::{Catalog, Language};

/// How it is asked for: this, the number of the agent's process, and [`APART`].
const NAME: &str = "companion";
const APART: &str = "apart";

/// The companion of a process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Companion {
    process: i32,
    is_apart: bool,
}

/// The companion that is asked for by `arguments`, if one is.
pub(super) fn asked_for(arguments: impl Iterator<Item = OsString>) -> Option<Companion> {
    // Never more than three are looked at: the rest may be long.
    let words = arguments.take(4).map(OsString::into_string).collect::<Result<Vec<_>, _>>().ok()?;
    let words: Vec<_> = words.iter().map(String::as_str).collect();
    let (process, is_apart) = match words[..] {
        [NAME, process] => (process, false),
        [NAME, process, APART] => (process, true),
        _ => return None,
    };
    Some(Companion { process: process.parse().ok()?, is_apart })
}

/// Starts the companion of what this process is about to become. An agent without one
/// is seen by nobody, and works.
pub(super) fn begin(spawn: &Spawn, env: &Environment) {
    // Elsewhere no process becomes another.
    let Some(program) = env.program.as_ref().filter(|_| cfg!(unix)) else { return };
    let mut command = again(program);
    command.args([NAME, &std::process::id().to_string()]);
    command.envs(spawn.env.iter().map(|(name, value)| (name, value.expose())));
    let _ = command.status();
}

impl Companion {
    /// Stands apart first, and then by the agent.
    ///
    /// # Errors
    /// When it cannot be started again, or the agent's mesh is not to be had.
    pub(super) fn run(self, env: &Environment) -> Result<u8, AppError> {
        if !self.is_apart {
            let Some(program) = &env.program else { return Ok(0) };
            let mut second = again(program);
            second.args([NAME, &self.process.to_string(), APART]);
            second.spawn().map_err(AppError::internal)?;
            return Ok(0);
        }
        #[cfg(unix)]
        {
            let _ = rustix::process::setsid();
            // Whoever wants to take a disk away finds nobody there.
            let _ = std::env::set_current_dir("/");
        }
        let context = CommandContext::new(&Globals::none(), env, Catalog::new(Language::ENGLISH));
        let done = seen_during(&context, end_of(self.process));
        let session = env.variables.get("CREWMESH_SESSION");
        if let (Some(home), Some(session)) = (Folder::in_order(env), session) {
            sessions::remove(home.path(), session);
        }
        done
    }
}

/// Comes when a process has ended.
#[cfg(unix)]
async fn end_of(process: i32) {
    let (ended, end) = tokio::sync::oneshot::channel();
    std::thread::spawn(move || {
        wait_for(process);
        let _ = ended.send(());
    });
    let _ = end.await;
}

/// Waits for the end of a process that is not our child.
#[cfg(unix)]
fn wait_for(process: i32) {
    #[cfg(target_os = "linux")]
    {
        use rustix::event::{PollFd, PollFlags, poll};
        use rustix::process::{Pid, PidfdFlags, pidfd_open};
        let handle = Pid::from_raw(process).map(|own| pidfd_open(own, PidfdFlags::empty()));
        if let Some(Ok(handle)) = handle {
            let mut end = [PollFd::new(&handle, PollFlags::IN)];
            let waited = std::iter::repeat_with(|| poll(&mut end, None))
                .find(|waited| *waited != Err(rustix::io::Errno::INTR));
            // Where it cannot be waited for, it is looked after.
            if waited.is_some_and(|waited| waited.is_ok()) {
                return;
            }
        }
    }
    while sessions::is_alive(process) {
        std::thread::sleep(std::time::Duration::from_secs(1));
    }
}

#[cfg(not(unix))]
async fn end_of(_: i32) {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_else_asks_for_one() {
        let asked = |words: &[&str]| asked_for(words.iter().map(OsString::from));
        let first = Companion { process: 7, is_apart: false };
        assert_eq!(asked(&["companion", "7"]), Some(first));
        assert_eq!(
            asked(&["companion", "7", "apart"]),
            Some(Companion { is_apart: true, ..first })
        );
        for other in [&[][..], &["companion"], &["companion", "x"], &["launch", "7"]] {
            assert_eq!(asked(other), None);
        }
        assert_eq!(asked(&["companion", "7", "apart", "x"]), None);
    }
}

//! Beside each agent: a process of its own, which a launch starts just before it becomes
//! the agent. When the agent has ended, however it did, this says so in its mesh, ends
//! the sign-in that was begun for it, and wipes its private folder. Of an agent that is
//! given no server of ours it says for as long as it lives that it does.
//!
//! It stands apart, so that nobody who ends, stops or closes something ends it by the
//! way: without a terminal, in a session of its own, and nobody's child. For that it
//! starts itself a second time and ends; the launch waits for this end alone.

use std::ffi::OsString;
use std::path::Path;

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

/// How it is asked for: this, the number of the agent's process, what it does until that
/// ends, and [`APART`].
const NAME: &str = "companion";
const APART: &str = "apart";

/// The companion of a process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Companion {
    process: i32,
    until_then: UntilThen,
    is_apart: bool,
}

/// What it does until the agent ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum UntilThen {
    /// Nothing: a server of ours does.
    Rests,
    /// Says that it lives.
    Speaks,
}

impl UntilThen {
    fn word(self) -> &'static str {
        match self {
            Self::Rests => "rests",
            Self::Speaks => "speaks",
        }
    }
}

/// The companion that is asked for by `arguments`, if one is.
pub(super) fn asked_for(arguments: impl Iterator<Item = OsString>) -> Option<Companion> {
    // Never more than five are looked at: the rest may be long.
    let words = arguments.take(5).map(OsString::into_string).collect::<Result<Vec<_>, _>>().ok()?;
    let words: Vec<_> = words.iter().map(String::as_str).collect();
    let (process, until_then, is_apart) = match words[..] {
        [NAME, process, until_then] => (process, until_then, false),
        [NAME, process, until_then, APART] => (process, until_then, true),
        _ => return None,
    };
    let both = [UntilThen::Rests, UntilThen::Speaks];
    let until_then = both.into_iter().find(|one| one.word() == until_then)?;
    Some(Companion { process: process.parse().ok()?, until_then, is_apart })
}

/// Starts the companion of what this process is about to become. An agent without one
/// works all the same.
pub(super) fn begin(spawn: &Spawn, env: &Environment) {
    // Elsewhere no process becomes another.
    let Some(program) = env.program.as_ref().filter(|_| cfg!(unix)) else { return };
    let mut command = again(program);
    let until_then = if spawn.has_server { UntilThen::Rests } else { UntilThen::Speaks };
    command.args([NAME, &std::process::id().to_string(), until_then.word()]);
    // What opens an account is the agent's alone.
    let ours = spawn.env.iter().filter(|(name, _)| name.starts_with("CREWMESH_"));
    command.envs(ours.map(|(name, value)| (name, value.expose())));
    let _ = command.status();
}

impl Companion {
    /// Stands apart first, and then by the agent.
    ///
    /// # Errors
    /// When it cannot be started again, or the agent's mesh is not to be had.
    pub(super) fn run(self, env: &Environment) -> Result<u8, AppError> {
        let home = Folder::in_order(env);
        let session = env.variables.get("CREWMESH_SESSION");
        let folder = home.as_ref().zip(session);
        let folder = folder.and_then(|(home, session)| sessions::find(home.path(), session));
        if !self.is_apart {
            let Some(program) = &env.program else { return Ok(0) };
            let mut second = again(program);
            second.args([NAME, &self.process.to_string(), self.until_then.word(), APART]);
            second.spawn().map_err(AppError::internal)?;
            // Before the launch goes on: the agent's server looks for it.
            if let Some(folder) = &folder {
                sessions::accompany(folder);
            }
            return Ok(0);
        }
        #[cfg(unix)]
        {
            let _ = rustix::process::setsid();
            // Whoever wants to take a disk away finds nobody there.
            let _ = std::env::set_current_dir("/");
        }
        let context =
            || CommandContext::new(&Globals::none(), env, Catalog::new(Language::ENGLISH));
        let mut done = Ok(0);
        match self.until_then {
            UntilThen::Rests => wait_for(self.process),
            UntilThen::Speaks => done = seen_during(&context(), end_of(self.process)),
        }
        if let Some(folder) = folder {
            end_what_was_begun(&context(), &folder);
            let _ = std::fs::remove_dir_all(folder);
        }
        done
    }
}

/// Says goodbye for an agent whose server could not, and ends its sign-ins.
fn end_what_was_begun(context: &CommandContext, folder: &Path) {
    let begun = || context.credentials.agent_sign_ins().unwrap_or_default();
    let seen = sessions::seen_in(folder);
    if begun().is_empty() && seen.is_none() {
        return;
    }
    let session = context.env.variables.get("CREWMESH_SESSION").unwrap_or_default();
    // Whoever cannot be reached misses it before long, and the sign-ins end in a day.
    let _ = context.online(async |connector| {
        if let Some(mesh) = seen {
            let _ = context.sign_in(connector).await?.client.end_peer(&mesh, session).await;
        }
        for access in begun() {
            let _ = connector.client(&access).await?.revoke_current().await;
        }
        Ok(())
    });
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
#[cfg(not(unix))]
fn wait_for(_: i32) {}

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
        let first = Companion { process: 7, until_then: UntilThen::Rests, is_apart: false };
        assert_eq!(asked(&["companion", "7", "rests"]), Some(first));
        let until_then = UntilThen::Speaks;
        assert_eq!(
            asked(&["companion", "7", "speaks", "apart"]),
            Some(Companion { is_apart: true, until_then, ..first })
        );
        for other in [
            &[][..],
            &["companion"],
            &["companion", "7"],
            &["companion", "x", "rests"],
            &["companion", "7", "sings"],
            &["launch", "7", "rests"],
            &["companion", "7", "rests", "apart", "x"],
        ] {
            assert_eq!(asked(other), None, "{other:?}");
        }
    }
}

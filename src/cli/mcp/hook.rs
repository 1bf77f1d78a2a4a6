//! What an agent runs when something happens to it, to be given what others wrote:
//! `crewmesh mcp hook`. It says that in the way agents read, and nothing where there is
//! nothing, or nobody to be asked: no agent waits for it, or fails because of it.
//!
//! Its command is the same in every launch, as an agent may ask its person about one
//! that it does not know; so what differs it finds in its environment.

use std::io::{self, Read as _, Write as _};
use std::time::Duration;

use clap::Args;
use serde_json::json;

#[cfg(unix)]
use super::push::{HAVE, LOOK, WAIT, socket};
use crate::agent::spec::Moment;
use crate::environment::Environment;

/// How long a hook that does not wait may take.
const LIMIT: Duration = Duration::from_millis(900);

/// The exit code by which an agent at rest is woken.
const WAKES: u8 = 2;

/// As an agent is given it.
#[derive(Args, Debug)]
pub(super) struct Hook {
    /// What the agent is at
    #[arg(value_parser = moment)]
    moment: Moment,
    /// What it calls that
    event: String,
    /// NAME=VALUE: nothing is done where that is not in the environment
    #[arg(long, value_name = "NAME=VALUE")]
    only: Option<String>,
}

fn moment(word: &str) -> Result<Moment, String> {
    Moment::of(word).ok_or_else(|| "rest|stop|work|plain".to_owned())
}

/// Runs it: the exit code.
pub(super) fn run(hook: &Hook, env: &Environment) -> u8 {
    // Whoever writes into a pipe that nobody reads may take that for a fault.
    std::thread::spawn(|| io::copy(&mut io::stdin(), &mut io::sink()));
    if !hook.only.as_deref().is_none_or(|only| holds(only, env)) {
        return 0;
    }
    asked(hook, env).unwrap_or(0)
}

/// Whether `NAME=VALUE` is so.
fn holds(only: &str, env: &Environment) -> bool {
    only.split_once('=').is_some_and(|(name, value)| env.variables.get(name) == Some(value))
}

/// Asks, and says what is given: the exit code, if anything is.
#[cfg(unix)]
fn asked(hook: &Hook, env: &Environment) -> Option<u8> {
    let mut stream = std::os::unix::net::UnixStream::connect(socket(env)?).ok()?;
    let waits = hook.moment == Moment::Rest;
    stream.set_write_timeout(Some(LIMIT)).ok()?;
    stream.set_read_timeout((!waits).then_some(LIMIT)).ok()?;
    writeln!(stream, "{}", if waits { WAIT } else { LOOK }).ok()?;
    let mut words = String::new();
    stream.read_to_string(&mut words).ok()?;
    if words.is_empty() {
        return None;
    }
    let code = if waits {
        io::stderr().write_all(words.as_bytes()).ok()?;
        WAKES
    } else {
        let mut out = io::stdout();
        out.write_all(answer(hook, &words).as_bytes()).and_then(|()| out.flush()).ok()?;
        0
    };
    let _ = writeln!(stream, "{HAVE}");
    Some(code)
}

#[cfg(not(unix))]
fn asked(_: &Hook, _: &Environment) -> Option<u8> {
    None
}

/// As Claude Code began it, and others read it too.
fn answer(hook: &Hook, words: &str) -> String {
    match hook.moment {
        Moment::Stop => json!({ "decision": "block", "reason": words }),
        Moment::Plain => json!({ "additionalContext": words }),
        Moment::Rest | Moment::Work => json!({ "hookSpecificOutput": {
            "hookEventName": hook.event, "additionalContext": words,
        } }),
    }
    .to_string()
}

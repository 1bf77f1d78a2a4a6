//! Which version of an agent is installed, as its program says it.
//!
//! Its one surprising rule: an answer is kept for a day and only for the file
//! that gave it. Asking takes some agents five seconds, so nothing waits for
//! it; and what a version manager puts in a program's place stays the same
//! file when the version changes.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, UNIX_EPOCH};

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use tokio::io::{AsyncRead, AsyncReadExt as _};
use tokio::process::{Child, Command};

use super::spec::{self, Stream, VersionQuery};
use crate::environment::Environment;
use crate::environment::children::tool;
use crate::i18n::printable;
use crate::model::Agent;
use crate::regular_file;

/// No answer kept here comes near this many bytes.
const LARGEST_FILE: u64 = 64 * 1024;

/// How long an agent may take; the slowest that was measured took 4.7 s.
const QUERY_TIMEOUT: Duration = Duration::from_secs(15);

/// How long an answer is true.
const CACHE_LIFETIME: SignedDuration = SignedDuration::from_hours(24);

/// The longest answer that is read, in bytes.
const LONGEST_ANSWER: u64 = 4096;

/// The longest version, in characters.
const LONGEST_VERSION: usize = 30;

/// What a program said when it was asked.
#[derive(Debug, Deserialize, Serialize)]
struct Answer {
    program: ProgramFile,
    asked_at: Timestamp,
    /// `None` where it said nothing that is a version.
    version: Option<String>,
}

/// What changes when another program is installed.
#[derive(Debug, Deserialize, PartialEq, Serialize)]
struct ProgramFile {
    path: PathBuf,
    size: u64,
    /// Milliseconds since 1970.
    modified: u128,
}

impl ProgramFile {
    fn at(program: &Path) -> Option<Self> {
        // A link's target: installing another version often moves the link.
        let path = fs::canonicalize(program).ok()?;
        let facts = fs::metadata(&path).ok()?;
        let modified = facts.modified().ok()?.duration_since(UNIX_EPOCH).ok()?.as_millis();
        Some(Self { path, size: facts.len(), modified })
    }
}

/// Whether there is a question for the agent of this name. A command that is
/// not known is never started to find out what it is.
pub fn can_be_asked(name: &str) -> bool {
    spec::names().any(|known| known == name)
}

/// The version that `agent` said the last time, if that is still true. `folder`
/// is where [`ask`] keeps it.
pub fn cached(folder: &Path, agent: &Agent) -> Option<String> {
    read_cache(folder, agent)?.version
}

/// Asks `agent` for its version, unless it was asked lately; keeps the answer
/// in `folder`. `None` where it is not one that can be asked or gave no version
/// in time.
pub async fn ask(env: &Environment, folder: Option<&Path>, agent: &Agent) -> Option<String> {
    if let Some(answer) = folder.and_then(|folder| read_cache(folder, agent)) {
        return answer.version;
    }
    let query = spec::find(&agent.name)?.version;
    let program = ProgramFile::at(&agent.program)?;
    let printed = tokio::time::timeout(QUERY_TIMEOUT, run(env, &agent.program, &query)).await;
    let version = printed.ok().flatten().and_then(|printed| parse_version(&printed, &query.before));
    if let Some(folder) = folder {
        let answer = Answer { program, asked_at: Timestamp::now(), version: version.clone() };
        // Not kept only means asked again.
        let _ = write_cache(folder, agent, &answer);
    }
    version
}

fn read_cache(folder: &Path, agent: &Agent) -> Option<Answer> {
    let answer: Answer =
        serde_json::from_slice(&regular_file::read(&cache_file(folder, agent), LARGEST_FILE).ok()?)
            .ok()?;
    let age = Timestamp::now().duration_since(answer.asked_at);
    let is_fresh = age >= SignedDuration::ZERO && age < CACHE_LIFETIME;
    (is_fresh && Some(&answer.program) == ProgramFile::at(&agent.program).as_ref())
        .then_some(answer)
}

fn write_cache(folder: &Path, agent: &Agent, answer: &Answer) -> std::io::Result<()> {
    let mut temporary = tempfile::NamedTempFile::new_in(folder)?;
    temporary.write_all(&serde_json::to_vec(answer)?)?;
    temporary.persist(cache_file(folder, agent))?;
    Ok(())
}

fn cache_file(folder: &Path, agent: &Agent) -> PathBuf {
    folder.join(format!("version-of-{}.json", agent.name))
}

/// What the program writes where its answer stands.
async fn run(env: &Environment, program: &Path, query: &VersionQuery) -> Option<String> {
    let mut command = Command::from(tool(env, program));
    command.args(&query.args).envs(&query.env).kill_on_drop(true);
    // What lies in the working directory may be somebody else's.
    if let Some(home) = &env.user_home {
        command.current_dir(home);
    }
    #[cfg(unix)]
    command.process_group(0);
    match query.stream {
        Stream::Stdout => command.stdout(Stdio::piped()),
        Stream::Stderr => command.stderr(Stdio::piped()),
    };
    let mut child = KilledOnDrop(command.spawn().ok()?);
    let printed = match query.stream {
        Stream::Stdout => read_output(child.0.stdout.take()?).await,
        Stream::Stderr => read_output(child.0.stderr.take()?).await,
    };
    child.0.wait().await.ok()?;
    printed
}

async fn read_output(stream: impl AsyncRead + Unpin) -> Option<String> {
    let mut bytes = Vec::new();
    stream.take(LONGEST_ANSWER).read_to_end(&mut bytes).await.ok()?;
    Some(String::from_utf8_lossy(&bytes).into_owned())
}

/// The version on the first line on which one stands after `before`.
fn parse_version(printed: &str, before: &str) -> Option<String> {
    let after = printed.lines().find_map(|line| {
        let after = line.trim().strip_prefix(before)?;
        after.starts_with(|c: char| c.is_ascii_digit()).then_some(after)
    })?;
    let version = printable(after.split_whitespace().next()?.trim_end_matches('.'));
    (version.chars().count() <= LONGEST_VERSION).then_some(version)
}

/// A program that is ended with everything it started where nobody waits for
/// it any more: this process may become the agent, and its children with it.
struct KilledOnDrop(Child);

impl Drop for KilledOnDrop {
    fn drop(&mut self) {
        #[cfg(unix)]
        if let Some(pid) = self.0.id()
            && let Ok(pid) = i32::try_from(pid)
            && let Some(pid) = rustix::process::Pid::from_raw(pid)
        {
            use rustix::process::{Signal, WaitOptions, kill_process_group, waitpid};
            let _ = kill_process_group(pid, Signal::KILL);
            let _ = waitpid(Some(pid), WaitOptions::empty());
        }
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use crate::environment::Variables;

    /// Written by another: what we have open ourselves is open in whatever
    /// another test starts just then, and cannot be started.
    fn claude(folder: &Path, script: &str) -> Agent {
        let program = folder.join("claude");
        let write = ["-c", "printf '#!/bin/sh\\n%s\\n' \"$2\" >\"$1\" && chmod 755 \"$1\"", "sh"];
        let mut shell = std::process::Command::new("/bin/sh");
        assert!(shell.args(write).arg(&program).arg(script).status().expect("a shell").success());
        Agent { name: "claude".into(), program, version: None }
    }

    async fn asked(folder: &Path, agent: &Agent) -> Option<String> {
        ask(&Environment::of(Variables::default()), Some(folder), agent).await
    }

    #[test]
    fn a_version_stands_at_the_start_of_a_line_after_what_is_known() {
        for (printed, before, version) in [
            ("2.1.332 (Claude Code)\n", "", Some("2.1.332")),
            ("codex-cli 0.171.0\n", "codex-cli ", Some("0.171.0")),
            (
                "a warning\nGitHub Copilot CLI 1.0.102.\nRun …\n",
                "GitHub Copilot CLI ",
                Some("1.0.102"),
            ),
            ("gemini: not found\n", "", None),
            ("", "", None),
        ] {
            assert_eq!(parse_version(printed, before).as_deref(), version, "{printed:?}");
        }
    }

    #[tokio::test]
    async fn an_answer_is_kept_for_the_file_that_gave_it() {
        let folder = tempfile::tempdir().unwrap();
        let count = folder.path().join("count");
        let script = |version: &str| format!("echo x >> '{}'\necho {version}", count.display());
        let asked_times = || fs::read_to_string(&count).unwrap_or_default().lines().count();
        let agent = claude(folder.path(), &script("1.2.3"));
        assert_eq!(cached(folder.path(), &agent), None);
        for _ in 0..2 {
            assert_eq!(asked(folder.path(), &agent).await.as_deref(), Some("1.2.3"));
        }
        assert_eq!((cached(folder.path(), &agent).as_deref(), asked_times()), (Some("1.2.3"), 1));
        let agent = claude(folder.path(), &script("1.10.0"));
        assert_eq!(cached(folder.path(), &agent), None);
        assert_eq!(asked(folder.path(), &agent).await.as_deref(), Some("1.10.0"));
        // One that says nothing is not asked again at once either.
        let agent = claude(folder.path(), &script("nothing"));
        for _ in 0..2 {
            assert_eq!(asked(folder.path(), &agent).await, None);
        }
        assert_eq!(asked_times(), 3);
    }

    #[tokio::test]
    async fn a_command_of_the_persons_own_is_not_started() {
        let folder = tempfile::tempdir().unwrap();
        let agent = Agent { name: "deploy".into(), ..claude(folder.path(), "echo 1.2.3") };
        assert!(!can_be_asked("deploy") && !can_be_asked("shell"));
        assert_eq!(asked(folder.path(), &agent).await, None);
    }

    #[tokio::test]
    async fn nothing_goes_on_when_nobody_waits_any_more() {
        let folder = tempfile::tempdir().unwrap();
        let started = folder.path().join("started");
        let script = format!(
            "sleep 1000 &\necho $! > '{0}.new'; mv '{0}.new' '{0}'\nwait",
            started.display()
        );
        let agent = claude(folder.path(), &script);
        let folder_path = folder.path().to_owned();
        let task = tokio::spawn(async move { asked(&folder_path, &agent).await });
        let below = loop {
            if let Ok(pid) = fs::read_to_string(&started) {
                break pid.trim().parse().expect("a process id");
            }
            tokio::task::yield_now().await;
        };
        task.abort();
        assert!(task.await.expect_err("aborted").is_cancelled());
        let below = rustix::process::Pid::from_raw(below).expect("a process id");
        // Whoever takes it over takes note of its end in their own time.
        let state = || fs::read_to_string(format!("/proc/{}/stat", below.as_raw_nonzero()));
        while state().is_ok_and(|state| !state.contains(") Z ")) {
            tokio::task::yield_now().await;
        }
    }
}

//! Opening a link where the person sees it.
//!
//! Its one surprising rule: a browser that draws in a terminal is never
//! started. It would draw over the code that it is meant to confirm.

use std::io;
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread;

use url::Url;

use crate::environment::{Environment, programs};
use crate::error::{AppError, ErrorKind};
use crate::i18n::Message;

const TEXT_BROWSERS: &[&str] =
    &["browsh", "carbonyl", "elinks", "links", "links2", "lynx", "w3m", "www-browser"];

/// Starts a browser on `url`. Blocks for as long as starting takes: not for
/// the thread that draws.
///
/// # Errors
/// When no browser can be started that the person would see.
pub fn open(env: &Environment, url: &Url) -> Result<(), AppError> {
    if !matches!(url.scheme(), "https" | "http") || !env.can_open_browser() {
        return Err(no_browser());
    }
    let started = match env.variables.get("BROWSER") {
        Some(named) => {
            let named = commands(named, url);
            named.iter().find_map(|words| start(env, words).ok()).ok_or(None)
        }
        None => open::that_detached(url.as_str()).map_err(Some),
    };
    started.map_err(|fault| match fault {
        None => no_browser(),
        Some(fault) => {
            let what = Message::new("browser-failed").with("what", fault.to_string());
            AppError::new(ErrorKind::Failed, "browser_failed", what).hint(hint())
        }
    })
}

fn no_browser() -> AppError {
    AppError::new(ErrorKind::Failed, "no_browser", Message::new("browser-none")).hint(hint())
}

fn hint() -> Message {
    Message::new("browser-hint")
}

/// What `BROWSER` names, a colon between two: each a command with `%s` for
/// the address, or with the address after it.
fn commands(named: &str, url: &Url) -> Vec<Vec<String>> {
    let command = |text: &str| {
        let mut words: Vec<String> =
            text.split_whitespace().map(|word| word.replace("%s", url.as_str())).collect();
        if !text.contains("%s") {
            words.push(url.to_string());
        }
        words
    };
    let is_graphical = |text: &&str| {
        let program = text.split_whitespace().next().unwrap_or_default();
        let name =
            Path::new(program).file_stem().and_then(|name| name.to_str()).unwrap_or_default();
        !name.is_empty() && !TEXT_BROWSERS.contains(&name)
    };
    named.split(':').filter(is_graphical).map(command).collect()
}

/// Starts it with nothing of our terminal.
fn start(env: &Environment, words: &[String]) -> io::Result<()> {
    let Some((program, arguments)) = words.split_first() else {
        return Err(io::ErrorKind::NotFound.into());
    };
    let program = if Path::new(program).is_absolute() {
        program.into()
    } else {
        programs::find(env, program).ok_or(io::ErrorKind::NotFound)?
    };
    let mut command = Command::new(program);
    command.args(arguments).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    #[cfg(unix)]
    std::os::unix::process::CommandExt::process_group(&mut command, 0);
    let mut child = command.spawn()?;
    // Somebody must take note of its end.
    thread::spawn(move || child.wait());
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url() -> Url {
        "https://mesh.example.org/d".parse().unwrap()
    }

    #[test]
    fn a_browser_in_a_terminal_is_passed_over() {
        assert_eq!(
            commands("w3m:/usr/bin/lynx -x:firefox --new %s:chromium", &url()),
            [
                vec!["firefox", "--new", "https://mesh.example.org/d"],
                vec!["chromium", "https://mesh.example.org/d"],
            ]
        );
    }

    #[test]
    fn over_ssh_none_is_started() {
        let env = Environment::of(
            [("SSH_CONNECTION", "a b c d"), ("DISPLAY", ":0")].into_iter().collect(),
        );
        assert_eq!(open(&env, &url()).unwrap_err().code, "no_browser");
        let env = Environment::of([("BROWSER", "w3m"), ("PATH", "/bin")].into_iter().collect());
        assert_eq!(open(&env, &url()).unwrap_err().code, "no_browser");
    }

    #[cfg(unix)]
    #[test]
    fn what_browser_names_is_started_with_the_address() {
        let folder = tempfile::tempdir().unwrap();
        let pipe = folder.path().join("heard");
        rustix::fs::mknodat(
            rustix::fs::CWD,
            &pipe,
            rustix::fs::FileType::Fifo,
            rustix::fs::Mode::RUSR | rustix::fs::Mode::WUSR,
            0,
        )
        .unwrap();
        let program = folder.path().join("firefox");
        let script = format!("#!/bin/sh\necho on our screen\necho \"$1\" > '{}'\n", pipe.display());
        // Written by another: what we have open ourselves is open in whatever
        // another test starts just then, and cannot be started.
        let write = ["-c", "printf %s \"$2\" >\"$1\" && chmod 755 \"$1\"", "sh"];
        let written = Command::new("/bin/sh").args(write).arg(&program).arg(&script).status();
        assert!(written.unwrap().success());
        let path = folder.path().to_str().unwrap();
        let env =
            Environment::of([("BROWSER", "lynx:firefox"), ("PATH", path)].into_iter().collect());
        open(&env, &url()).unwrap();
        assert_eq!(std::fs::read_to_string(&pipe).unwrap(), "https://mesh.example.org/d\n");
    }
}

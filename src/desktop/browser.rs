//! Opening a link where the person sees it.
//!
//! Its one surprising rule: a browser that draws in a terminal is never
//! started. It would draw over the code that it is meant to confirm.

use std::io;
use std::path::Path;
use std::process::Command;
use std::thread;
use std::time::Duration;

use url::Url;

use crate::environment::Environment;
use crate::environment::children::{bare, tool};
use crate::environment::programs::{self, is_program};
use crate::error::{AppError, ErrorKind};
use crate::i18n::Message;

const TEXT_BROWSERS: &[&str] =
    &["browsh", "carbonyl", "elinks", "links", "links2", "lynx", "w3m", "www-browser"];

/// How often, and how far apart, it is looked whether a browser gave up at once:
/// for a quarter of a second, as long as one without a display takes.
const LOOKS: u32 = 10;
const BETWEEN_LOOKS: Duration = Duration::from_millis(25);

/// Starts a browser on `url`. Blocks for as long as starting takes: not for
/// the thread that draws.
///
/// # Errors
/// When no browser can be started that the person would see.
pub fn open(env: &Environment, url: &Url) -> Result<(), AppError> {
    if !matches!(url.scheme(), "https" | "http") || !env.can_open_browser() {
        return Err(no_browser());
    }
    let mut fault = None;
    let commands: Vec<_> = match env.variables.get("BROWSER") {
        Some(named) => {
            command_lines(named).iter().filter_map(|words| command(env, words, url)).collect()
        }
        None => open::commands(url.as_str()).into_iter().map(|it| bare(env, it)).collect(),
    };
    for command in commands {
        match start(command) {
            Ok(()) => return Ok(()),
            // The rest say the same in other words.
            Err(what) => fault = fault.or(Some(what)),
        }
    }
    Err(match fault.filter(|_| !env.variables.has("BROWSER")) {
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

/// What `BROWSER` names: one program, whatever is in its path; else commands,
/// a colon between two, each read as a shell would read it.
fn command_lines(named: &str) -> Vec<Vec<String>> {
    if is_program(Path::new(named)) {
        return vec![vec![named.to_owned()]];
    }
    split_outside_quotes(named).into_iter().filter_map(shlex::split).collect()
}

/// The command, with the address for `%s`, or after it.
fn command(env: &Environment, words: &[String], url: &Url) -> Option<Command> {
    let (program, arguments) = words.split_first()?;
    let name = Path::new(program).file_stem()?.to_str()?;
    if TEXT_BROWSERS.contains(&name) {
        return None;
    }
    let program = if Path::new(program).is_absolute() {
        program.into()
    } else {
        programs::find(env, program)?
    };
    let mut command = tool(env, program);
    command.args(arguments.iter().map(|word| word.replace("%s", url.as_str())));
    if !arguments.iter().any(|word| word.contains("%s")) {
        command.arg(url.as_str());
    }
    Some(command)
}

/// The parts between colons; one within quotes is no end.
fn split_outside_quotes(named: &str) -> Vec<&str> {
    let (mut parts, mut begin, mut quote, mut escaped) = (Vec::new(), 0, None, false);
    for (at, c) in named.char_indices() {
        match (c, quote) {
            _ if escaped => escaped = false,
            ('\\', None | Some('"')) => escaped = true,
            ('"' | '\'', None) => quote = Some(c),
            (c, Some(open)) if c == open => quote = None,
            (':', None) => {
                parts.push(&named[begin..at]);
                begin = at + 1;
            }
            _ => {}
        }
    }
    parts.push(&named[begin..]);
    parts
}

/// Starts it with nothing of our terminal, and looks for a moment whether it
/// gives up at once.
fn start(mut command: Command) -> io::Result<()> {
    #[cfg(unix)]
    std::os::unix::process::CommandExt::process_group(&mut command, 0);
    let mut child = command.spawn()?;
    for _ in 0..LOOKS {
        match child.try_wait()? {
            Some(status) if status.success() => return Ok(()),
            Some(status) => return Err(io::Error::other(status.to_string())),
            None => thread::sleep(BETWEEN_LOOKS),
        }
    }
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
        let env = Environment::of([("A", "b")].into_iter().collect());
        let lines = command_lines("w3m:/usr/bin/lynx -x:/x/firefox --new %s:/x/chromium");
        let commands: Vec<_> =
            lines.iter().filter_map(|words| command(&env, words, &url())).collect();
        let words = |at: usize| -> Vec<&str> {
            let command: &Command = &commands[at];
            let all = std::iter::once(command.get_program()).chain(command.get_args());
            all.map(|word| word.to_str().expect("text")).collect()
        };
        assert_eq!(commands.len(), 2);
        assert_eq!(words(0), ["/x/firefox", "--new", "https://mesh.example.org/d"]);
        assert_eq!(words(1), ["/x/chromium", "https://mesh.example.org/d"]);
    }

    #[test]
    fn a_command_is_read_as_a_shell_reads_it() {
        let read =
            |named: &str, words: &[&str]| assert_eq!(command_lines(named), [words], "{named}");
        read(r#""/c/Program Files/firefox.exe""#, &["/c/Program Files/firefox.exe"]);
        read(r"/c/Program\ Files/firefox.exe %s", &["/c/Program Files/firefox.exe", "%s"]);
        read(r#"/x/open "%s""#, &["/x/open", "%s"]);
        read(r#"open --at "a:b""#, &["open", "--at", "a:b"]);
        assert_eq!(command_lines("one:'two three'"), [["one"], ["two three"]]);
        assert!(command_lines("'open").is_empty(), "a quote that does not end");
    }

    #[cfg(unix)]
    #[test]
    fn a_program_is_taken_whole_whatever_its_path_holds() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        let program = folder.path().join("Program Files: it's");
        std::fs::write(&program, "").unwrap();
        std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755)).unwrap();
        let named = program.to_str().unwrap();
        assert_eq!(command_lines(named), [[named]]);
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

//! Copying: the desktop's clipboard where there is a desktop on this side of
//! the wire, else the terminal's, else tmux's.
//!
//! Its one surprising rule: on X11 and Wayland it is the copying program that
//! hands the text out when somebody pastes, and what it had is gone when it
//! ends. So the text is given to a program that stays (wl-copy, xclip, xsel)
//! where one is; else it is lent for as long as we run, and sent to the
//! terminal as well.

use std::fmt::Write as _;
use std::io::Write as _;
use std::process::{Command, Stdio};
use std::sync::{Mutex, PoisonError};

use data_encoding::BASE64;

use crate::environment::children::tool;
use crate::environment::{Environment, programs};
use crate::error::{AppError, ErrorKind};
use crate::i18n::Message;
use crate::model::Clipboard;
use crate::secret::Secret;
use crate::terminal;

static DESKTOP: Mutex<Option<arboard::Clipboard>> = Mutex::new(None);

/// Copies `text` to the clipboard the person would paste from, and says which
/// one may honestly be named. Blocks for as long as the desktop takes: not for
/// the thread that draws.
///
/// # Errors
/// When nothing took the text.
pub fn copy(env: &Environment, text: &Secret) -> Result<Clipboard, AppError> {
    if env.desktop.display && !env.desktop.ssh {
        let keeps_itself = cfg!(any(target_os = "macos", windows));
        if (keeps_itself && to_desktop(text)) || to_keeper(env, text) {
            return Ok(Clipboard::Desktop);
        }
        if to_desktop(text) {
            if has_clipboard(env) {
                let _ = terminal::send(sequence(env, text).as_bytes());
            }
            return Ok(Clipboard::Lent);
        }
    }
    let to_tmux = env.desktop.tmux && to_tmux(env, text);
    if has_clipboard(env) && terminal::send(sequence(env, text).as_bytes()).is_ok() {
        return Ok(if to_tmux { Clipboard::Tmux } else { Clipboard::Terminal });
    }
    if to_tmux {
        return Ok(Clipboard::Tmux);
    }
    Err(AppError::new(ErrorKind::Failed, "no_clipboard", Message::new("clipboard-none"))
        .hint(Message::new("clipboard-none-hint")))
}

fn to_desktop(text: &Secret) -> bool {
    let mut desktop = DESKTOP.lock().unwrap_or_else(PoisonError::into_inner);
    if desktop.is_none() {
        *desktop = arboard::Clipboard::new().ok();
    }
    let copied =
        desktop.as_mut().is_some_and(|clipboard| clipboard.set_text(text.expose()).is_ok());
    if !copied {
        // A desktop that went away may come back.
        *desktop = None;
    }
    copied
}

/// A terminal that would take OSC 52 for what it is, or ignore it.
fn has_clipboard(env: &Environment) -> bool {
    let term = env.variables.get("TERM").unwrap_or_default();
    env.terminals.stdout && !matches!(term, "dumb" | "linux")
}

/// OSC 52, wrapped where a multiplexer would keep it to itself.
fn sequence(env: &Environment, text: &Secret) -> String {
    let mut sequence = String::new();
    let _ = write!(sequence, "\x1b]52;c;{}\x07", BASE64.encode(text.expose().as_bytes()));
    // tmux takes it as it is; GNU screen passes on only what is wrapped.
    if env.variables.has("STY") && !env.desktop.tmux {
        return format!("\x1bP{sequence}\x1b\\");
    }
    sequence
}

/// A program that keeps what is copied when we are gone, of the desktop's kind.
fn to_keeper(env: &Environment, text: &Secret) -> bool {
    const WAYLAND: &[&[&str]] = &[&["wl-copy"]];
    const X11: &[&[&str]] = &[&["xclip", "-selection", "clipboard"], &["xsel", "-b", "-i"]];
    let display = [("WAYLAND_DISPLAY", WAYLAND), ("DISPLAY", X11)];
    let mut keepers = display.iter().filter(|(display, _)| env.variables.has(display));
    keepers.any(|(_, keepers)| {
        keepers.iter().any(|words| {
            let Some((name, arguments)) = words.split_first() else { return false };
            programs::find(env, name)
                .is_some_and(|program| takes(tool(env, program).args(arguments), text))
        })
    })
}

/// tmux's own buffer; `-w` also hands it to the terminal outside.
fn to_tmux(env: &Environment, text: &Secret) -> bool {
    let Some(tmux) = programs::find(env, "tmux") else { return false };
    [&["load-buffer", "-w", "-"][..], &["load-buffer", "-"]]
        .into_iter()
        .any(|arguments| takes(tool(env, &tmux).args(arguments), text))
}

/// Whether a program took the text: through stdin, because arguments are seen
/// by everybody on the machine. In a group of its own, so that what stays of
/// it does not go with our terminal.
fn takes(command: &mut Command, text: &Secret) -> bool {
    #[cfg(unix)]
    std::os::unix::process::CommandExt::process_group(command, 0);
    let Ok(mut child) = command.stdin(Stdio::piped()).spawn() else { return false };
    let written = child
        .stdin
        .take()
        .is_some_and(|mut stdin| stdin.write_all(text.expose().as_bytes()).is_ok());
    child.wait().is_ok_and(|status| status.success()) && written
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(pairs: &[(&str, &str)]) -> Environment {
        Environment::of(pairs.iter().copied().collect())
    }

    #[test]
    fn the_sequence_holds_the_text_and_nothing_else() {
        let text = Secret::new("WDJB-MJPV");
        assert_eq!(sequence(&of(&[]), &text), "\x1b]52;c;V0RKQi1NSlBW\x07");
        let in_screen = sequence(&of(&[("STY", "1.x")]), &text);
        assert_eq!(in_screen, "\x1bP\x1b]52;c;V0RKQi1NSlBW\x07\x1b\\");
    }

    #[test]
    fn where_nothing_takes_it_nothing_is_claimed() {
        let fault = copy(&of(&[("TERM", "dumb")]), &Secret::new("x")).unwrap_err();
        assert_eq!(fault.code, "no_clipboard");
        let mut env = of(&[("TERM", "linux")]);
        env.terminals.stdout = true;
        assert!(copy(&env, &Secret::new("x")).is_err());
    }

    /// A program that keeps what is copied, written by another: see the tests of
    /// the browser.
    #[cfg(unix)]
    #[test]
    fn what_is_copied_is_given_to_a_program_that_stays() {
        for (display, name) in [("DISPLAY", "xclip"), ("WAYLAND_DISPLAY", "wl-copy")] {
            let folder = tempfile::tempdir().unwrap();
            let (program, kept) = (folder.path().join(name), folder.path().join("kept"));
            let script = format!("#!/bin/sh\n/bin/cat > '{}'\n", kept.display());
            let write = ["-c", "printf %s \"$2\" >\"$1\" && chmod 755 \"$1\"", "sh"];
            let written = Command::new("/bin/sh").args(write).arg(&program).arg(&script).status();
            assert!(written.unwrap().success());
            let path = folder.path().to_str().unwrap();
            let env = of(&[(display, "nowhere"), ("PATH", path)]);
            assert_eq!(copy(&env, &Secret::new("WDJB-MJPV")), Ok(Clipboard::Desktop));
            assert_eq!(std::fs::read_to_string(&kept).unwrap(), "WDJB-MJPV");
            // At the far end of a wire the desktop is somebody else's.
            let far = of(&[(display, "nowhere"), ("PATH", path), ("SSH_CONNECTION", "a b c d")]);
            assert!(copy(&far, &Secret::new("x")).is_err());
        }
    }
}

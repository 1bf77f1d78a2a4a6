//! Copying: the desktop's clipboard where there is a desktop on this side of
//! the wire, else the terminal's, else tmux's.
//!
//! Its one surprising rule: the desktop's clipboard is opened once and kept.
//! On X11 and Wayland it is the copying program that hands the text out when
//! somebody pastes.

use std::fmt::Write as _;
use std::io::Write as _;
use std::process::Stdio;
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
    if env.desktop.display && !env.desktop.ssh && to_desktop(text) {
        return Ok(Clipboard::Desktop);
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

/// tmux's own buffer; `-w` also hands it to the terminal outside. Through
/// stdin, because arguments are seen by everybody on the machine.
fn to_tmux(env: &Environment, text: &Secret) -> bool {
    let Some(tmux) = programs::find(env, "tmux") else { return false };
    [&["load-buffer", "-w", "-"][..], &["load-buffer", "-"]].into_iter().any(|arguments| {
        let child = tool(env, &tmux).args(arguments).stdin(Stdio::piped()).spawn();
        child.is_ok_and(|mut child| {
            let written = child
                .stdin
                .take()
                .is_some_and(|mut stdin| stdin.write_all(text.expose().as_bytes()).is_ok());
            child.wait().is_ok_and(|status| status.success()) && written
        })
    })
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
}

//! Keys as they come from the terminal, as the wizard knows them.
//!
//! Two rules. A key is told once, when it is pressed: Windows and some
//! terminals also tell that it was released. And keys that arrive in one burst
//! are a paste, even where the terminal marks none: a pasted token presses no
//! shortcuts, and a line break in it submits nothing.

use std::collections::VecDeque;
use std::future::poll_fn;
use std::io::{self, IsTerminal as _};
use std::task::Poll;
use std::time::Duration;

use crossterm::event::{Event as RawEvent, KeyCode as Code, KeyEventKind, KeyModifiers};

use crate::secret::Secret;
use crate::terminal::parser::{Report, Sent};
use crate::terminal::signals::is_terminal_gone;
use crate::terminal::tty::Tty;
use crate::wizard::effect::Exit;
use crate::wizard::event::{Event, Key, KeyCode};

/// So many characters at once are no typing.
const BURST: usize = 4;

/// A paste that comes in pieces is one as long as no more time than this lies
/// between them.
const QUIET: Duration = Duration::from_millis(15);

/// What came from the terminal.
#[derive(Clone, Debug, PartialEq)]
pub enum Input {
    /// For the wizard.
    Event(Event),
    /// All is to be looked at again: the window has another size, or Ctrl+L.
    Redraw,
    /// Ctrl+Z: the person wants their shell.
    Stop,
    /// The terminal answered.
    Report(Report),
}

/// The keyboard. Reads stdin for as long as it exists: dropped before anybody
/// else may type to another program.
pub struct Keyboard {
    tty: Tty,
    /// Told by the terminal and not yet looked at.
    fresh: Vec<Sent>,
    ready: VecDeque<Input>,
}

impl std::fmt::Debug for Keyboard {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Keyboard").finish_non_exhaustive()
    }
}

impl Keyboard {
    /// Begins to read, inside the runtime that will wait. `None` when the
    /// terminal is gone by now: then there is nothing to read.
    pub fn open() -> Option<Self> {
        let is_readable = io::stdin().is_terminal() && !is_terminal_gone();
        let tty = is_readable.then(Tty::open)?.ok()?;
        Some(Self { tty, fresh: Vec::new(), ready: VecDeque::new() })
    }

    /// The next thing. Nothing is lost when the wait is given up.
    pub async fn next(&mut self) -> Input {
        loop {
            if let Some(input) = self.ready.pop_front() {
                return input;
            }
            if self.fresh.is_empty() {
                match poll_fn(|context| self.tty.poll_next(context)).await {
                    Some(sent) => self.fresh.push(sent),
                    // Nobody will ever type again.
                    None => return Input::Event(Event::Leave(Exit::HungUp)),
                }
            }
            while let Some(sent) = self.at_once().await {
                self.fresh.push(sent);
            }
            if self.fresh.iter().filter_map(letter).count() >= BURST {
                while let Ok(Some(sent)) =
                    tokio::time::timeout(QUIET, poll_fn(|context| self.tty.poll_next(context)))
                        .await
                {
                    self.fresh.push(sent);
                }
            }
            self.ready.extend(inputs(std::mem::take(&mut self.fresh)));
        }
    }

    /// What is there already.
    async fn at_once(&mut self) -> Option<Sent> {
        poll_fn(|context| match self.tty.poll_next(context) {
            Poll::Ready(sent) => Poll::Ready(sent),
            Poll::Pending => Poll::Ready(None),
        })
        .await
    }

    /// Reads no more; what was read and is not whole yet.
    #[cfg(unix)]
    pub fn close(self) -> crate::terminal::parser::Parser {
        self.tty.into_parser()
    }
}

/// What arrived at once, as the wizard knows it.
pub fn inputs(sent: Vec<Sent>) -> Vec<Input> {
    let mut inputs = Vec::new();
    let mut run: Vec<Sent> = Vec::new();
    for sent in sent {
        match sent {
            // Typed around it, and one run all the same.
            Sent::Report(report) => inputs.push(Input::Report(report)),
            sent if letter(&sent).is_some() => run.push(sent),
            Sent::Event(event) if !is_release(&event) => {
                inputs.extend(settle(&mut run));
                inputs.extend(input(event));
            }
            Sent::Event(_) => {}
        }
    }
    inputs.extend(settle(&mut run));
    inputs
}

/// A run of letters: a paste, or so many keys.
fn settle(run: &mut Vec<Sent>) -> Vec<Input> {
    let run = std::mem::take(run);
    let letters = run.iter().filter_map(letter).filter(|letter| *letter != '\n').count();
    if letters >= BURST {
        let text: String = run.iter().filter_map(letter).collect();
        return vec![Input::Event(Event::Paste(Secret::new(text)))];
    }
    let event = |sent| match sent {
        Sent::Event(event) => input(event),
        Sent::Report(_) => None,
    };
    run.into_iter().filter_map(event).collect()
}

/// The character that this would be in a paste.
fn letter(sent: &Sent) -> Option<char> {
    let Sent::Event(RawEvent::Key(key)) = sent else { return None };
    if key.kind == KeyEventKind::Release {
        return None;
    }
    let bare = key.modifiers.difference(KeyModifiers::SHIFT).is_empty();
    match key.code {
        Code::Char(c) if bare || is_alt_graph(key.modifiers) => Some(c),
        Code::Char('j') if key.modifiers == KeyModifiers::CONTROL => Some('\n'),
        Code::Enter if bare => Some('\n'),
        Code::Tab if bare => Some('\t'),
        _ => None,
    }
}

fn is_release(raw: &RawEvent) -> bool {
    matches!(raw, RawEvent::Key(key) if key.kind == KeyEventKind::Release)
}

/// AltGr, which Windows tells as both.
fn is_alt_graph(modifiers: KeyModifiers) -> bool {
    cfg!(windows) && modifiers.contains(KeyModifiers::CONTROL | KeyModifiers::ALT)
}

fn input(raw: RawEvent) -> Option<Input> {
    match raw {
        RawEvent::Paste(text) => Some(Input::Event(Event::Paste(Secret::new(text)))),
        RawEvent::Resize(..) => Some(Input::Redraw),
        RawEvent::Key(key) if key.kind != KeyEventKind::Release => {
            let pressed = pressed(key.code, key.modifiers)?;
            Some(match pressed {
                stop if stop == Key::ctrl('z') => Input::Stop,
                // Pressed by whoever sees something else there, and sent by
                // dtach when it is attached to another terminal.
                redraw if redraw == Key::ctrl('l') => Input::Redraw,
                pressed => Input::Event(Event::Key(pressed)),
            })
        }
        _ => None,
    }
}

fn pressed(code: Code, modifiers: KeyModifiers) -> Option<Key> {
    let alt_graph = is_alt_graph(modifiers);
    let ctrl = modifiers.contains(KeyModifiers::CONTROL) && !alt_graph;
    let alt = modifiers.contains(KeyModifiers::ALT) && !alt_graph;
    let code = match code {
        // A line feed is what some terminals send for Enter.
        Code::Char('j') if ctrl && !alt => return Some(Key::plain(KeyCode::Enter)),
        Code::Char(c) if ctrl => KeyCode::Char(c.to_ascii_lowercase()),
        Code::Char(c) => KeyCode::Char(c),
        Code::Enter => KeyCode::Enter,
        Code::Esc => KeyCode::Esc,
        Code::Up => KeyCode::Up,
        Code::Down => KeyCode::Down,
        Code::Left => KeyCode::Left,
        Code::Right => KeyCode::Right,
        Code::Tab if modifiers.contains(KeyModifiers::SHIFT) => KeyCode::BackTab,
        Code::Tab => KeyCode::Tab,
        Code::BackTab => KeyCode::BackTab,
        Code::Backspace => KeyCode::Backspace,
        Code::Delete => KeyCode::Delete,
        Code::Home => KeyCode::Home,
        Code::End => KeyCode::End,
        Code::PageUp => KeyCode::PageUp,
        Code::PageDown => KeyCode::PageDown,
        Code::F(number) => KeyCode::F(number),
        _ => return None,
    };
    Some(Key { code, ctrl, alt })
}

#[cfg(test)]
mod tests {
    use crossterm::event::KeyEvent;

    use super::*;

    fn typed(text: &str) -> Vec<Sent> {
        let key = |c| match c {
            '\n' => KeyEvent::new(Code::Enter, KeyModifiers::NONE),
            c => KeyEvent::new(Code::Char(c), KeyModifiers::NONE),
        };
        text.chars().map(|c| Sent::Event(RawEvent::Key(key(c)))).collect()
    }

    fn key(code: KeyCode) -> Input {
        Input::Event(Event::Key(Key::plain(code)))
    }

    fn paste(text: &str) -> Input {
        Input::Event(Event::Paste(Secret::new(text)))
    }

    #[test]
    fn a_burst_is_a_paste_and_submits_nothing() {
        assert_eq!(inputs(typed("cm_pat_q\n")), [paste("cm_pat_q\n")]);
        assert_eq!(inputs(typed("one\ntwo\n")), [paste("one\ntwo\n")]);
    }

    #[test]
    fn a_few_keys_at_once_are_keys() {
        assert_eq!(
            inputs(typed("cu\n")),
            [key(KeyCode::Char('c')), key(KeyCode::Char('u')), key(KeyCode::Enter)]
        );
        assert_eq!(inputs(typed("\n\n\n\n\n")).len(), 5, "a held Enter is no text");
    }

    #[test]
    fn a_released_key_is_not_told() {
        let mut raw = typed("c");
        let mut release = KeyEvent::new(Code::Char('c'), KeyModifiers::NONE);
        release.kind = KeyEventKind::Release;
        raw.push(Sent::Event(RawEvent::Key(release)));
        assert_eq!(inputs(raw), [key(KeyCode::Char('c'))]);
    }

    #[test]
    fn a_key_after_a_paste_is_a_key() {
        let mut raw = typed("abcdef");
        raw.push(Sent::Event(RawEvent::Key(KeyEvent::new(Code::Esc, KeyModifiers::NONE))));
        assert_eq!(inputs(raw), [paste("abcdef"), key(KeyCode::Esc)]);
    }

    #[test]
    fn ctrl_z_is_for_the_shell_and_a_line_feed_is_enter() {
        let ctrl = |c| {
            let key = KeyEvent::new(Code::Char(c), KeyModifiers::CONTROL);
            vec![Sent::Event(RawEvent::Key(key))]
        };
        assert_eq!(inputs(ctrl('z')), [Input::Stop]);
        assert_eq!(inputs(ctrl('j')), [key(KeyCode::Enter)]);
        assert_eq!(inputs(ctrl('C')), [Input::Event(Event::Key(Key::ctrl('c')))]);
        assert_eq!(inputs(ctrl('l')), [Input::Redraw]);
        assert_eq!(inputs(vec![Sent::Event(RawEvent::Resize(1, 1))]), [Input::Redraw]);
        assert_eq!(inputs(vec![Sent::Event(RawEvent::Paste("a\nb".into()))]), [paste("a\nb")]);
    }

    #[test]
    fn an_answer_amid_a_paste_parts_nothing() {
        let mut sent = typed("cm_pat_q");
        sent.insert(3, Sent::Report(Report::Cursor(3, 2)));
        assert_eq!(inputs(sent), [Input::Report(Report::Cursor(3, 2)), paste("cm_pat_q")]);
    }
}

//! Questions that a command asks a person: on stderr, one line each, answered
//! by one line of stdin. Where nobody can answer nothing is asked, and the
//! command says at once what to give instead.

use std::io::{self, Write};

use super::context::{CommandContext, interruption};
use super::output::Lines;
use crate::error::{AppError, ErrorKind};
use crate::i18n::{Message, printable};
use crate::plain::reader::{self, Line};
use crate::plain::{in_columns, window_columns};
use crate::secret::Secret;
use crate::terminal;
use crate::wire;

/// What is answered where a number is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Number {
    /// From 1 on.
    Picked(usize),
    /// Enter alone.
    Open,
    /// The end of the input: nothing is taken for granted.
    End,
}

impl Number {
    /// The place in a list, of which the first is taken where it is left open.
    ///
    /// # Errors
    /// Exit code 130 at the end of the input.
    pub fn or_first(self) -> Result<usize, AppError> {
        match self {
            Self::Picked(number) => Ok(number - 1),
            Self::Open => Ok(0),
            Self::End => Err(interruption(ErrorKind::Interrupted)),
        }
    }
}

impl CommandContext {
    /// Somebody reads our questions and can type answers.
    pub fn can_ask(&self) -> bool {
        let terminals = self.env.terminals;
        terminals.stdin && (terminals.stderr || (terminals.stdout && !self.out.is_json()))
    }

    /// Yes or no; `-y` and Enter both take the default that is shown.
    ///
    /// # Errors
    /// Exit code 3 where nobody can answer and nothing was taken for granted:
    /// `instead` names what to give.
    pub async fn confirm(
        &self,
        question: &Message,
        default: bool,
        instead: &'static str,
    ) -> Result<bool, AppError> {
        if self.yes {
            return Ok(default);
        }
        self.confirm_in_person(question, default, instead).await
    }

    /// The same for what must be a person's own decision: `-y` does not count.
    ///
    /// # Errors
    /// As for [`CommandContext::confirm`].
    pub async fn confirm_in_person(
        &self,
        question: &Message,
        default: bool,
        instead: &'static str,
    ) -> Result<bool, AppError> {
        if !self.can_ask() {
            return Err(nobody_to_ask(instead));
        }
        let choices = if default { "ask-yes-by-default" } else { "ask-no-by-default" };
        let choices = self.out.catalog().say(&Message::new(choices));
        let question = self.out.catalog().say(question);
        loop {
            self.prompt(&self.in_window(&format!("{question} {choices}")));
            let Line::Text(line) = self.line().await? else {
                // The end of input is no yes.
                self.prompt("\n");
                return Ok(false);
            };
            match line.expose().trim().to_lowercase().as_str() {
                "" => return Ok(default),
                "y" | "yes" | "s" | "si" | "sí" => return Ok(true),
                "n" | "no" => return Ok(false),
                _ => {}
            }
        }
    }

    /// One of the numbers from 1 to `last`, or none.
    ///
    /// # Errors
    /// When the input cannot be read.
    pub async fn number_up_to(&self, last: usize, question: &Message) -> Result<Number, AppError> {
        let question = self.out.catalog().say(question);
        loop {
            self.prompt(&self.in_window(&question));
            let Line::Text(line) = self.line().await? else {
                self.prompt("\n");
                return Ok(Number::End);
            };
            let typed = line.expose().trim();
            if typed.is_empty() {
                return Ok(Number::Open);
            }
            if let Some(number) = typed.parse().ok().filter(|number| (1..=last).contains(number)) {
                return Ok(Number::Picked(number));
            }
        }
    }

    /// A line that is not shown while it is typed.
    ///
    /// # Errors
    /// When the terminal would show it.
    pub async fn hidden(&self, question: &Message) -> Result<Secret, AppError> {
        if self.env.terminals.stdin {
            // First: what is pasted at once must not be seen either.
            terminal::disable_echo(false).map_err(AppError::internal)?;
            self.prompt(&self.in_window(&self.out.catalog().say(question)));
        }
        let line = self.line_out_of_sight().await;
        terminal::give_back();
        match line? {
            Line::Text(line) => Ok(line),
            Line::End => Ok(Secret::default()),
        }
    }

    /// What a question is about, where the question will be.
    pub fn show(&self, lines: impl FnOnce(&mut Lines<'_>)) {
        let columns = self.env.terminals.stderr.then(window_columns).flatten();
        self.prompt(&self.out.lines_in(columns, lines));
    }

    /// The next line, hidden again after whoever sits there was somewhere else.
    #[cfg(unix)]
    async fn line_out_of_sight(&self) -> Result<Line, AppError> {
        use tokio::signal::unix::{SignalKind, signal};
        let goes_on = SignalKind::from_raw(rustix::process::Signal::CONT.as_raw());
        let Ok(mut continued) = signal(goes_on) else { return self.line().await };
        let mut line = std::pin::pin!(self.line());
        loop {
            tokio::select! {
                line = &mut line => return line,
                Some(()) = continued.recv() => terminal::disable_echo_again(),
            }
        }
    }

    #[cfg(not(unix))]
    async fn line_out_of_sight(&self) -> Result<Line, AppError> {
        self.line().await
    }

    async fn line(&self) -> Result<Line, AppError> {
        tokio::task::spawn_blocking(reader::read).await.map_err(AppError::internal)
    }

    /// A question broken between words, with a blank before its answer.
    fn in_window(&self, question: &str) -> String {
        let columns = self.env.terminals.stderr.then(window_columns).flatten();
        let lines = columns.map(|columns| in_columns(question, columns.saturating_sub(1)));
        lines.map_or_else(|| question.to_owned(), |lines| lines.join("\n")) + " "
    }

    fn prompt(&self, text: &str) {
        let written = if self.env.terminals.stderr {
            io::stderr().write_all(text.as_bytes())
        } else {
            io::stdout().write_all(text.as_bytes()).and_then(|()| io::stdout().flush())
        };
        // Nobody reads it: then the end of input answers.
        let _ = written;
    }
}

/// What a thing is called by whoever typed it, for a sentence of ours.
pub(super) fn typed(text: &str) -> String {
    printable(text).chars().take(200).collect()
}

/// The name somebody gives a thing, as it will be kept.
///
/// # Errors
/// Exit code 3 where it is none, before anybody is asked.
pub(super) fn display_name(text: &str) -> Result<String, AppError> {
    wire::display_name(text).ok_or_else(|| {
        AppError::new(ErrorKind::BadArguments, "name_malformed", Message::new("name-malformed"))
    })
}

/// Nobody can answer here; `instead` says what to give.
pub(super) fn nobody_to_ask(instead: &'static str) -> AppError {
    AppError::new(ErrorKind::BadArguments, "nobody_to_ask", Message::new("login-nobody-to-ask"))
        .hint(Message::new(instead))
}

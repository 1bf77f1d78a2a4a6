//! The second front end: the same pages as lines, the same answers by typing.
//! For screen readers, dumb terminals, pipes, and whoever likes it.
//!
//! Nothing is ever written over: what changed is said on a new line, once. From
//! a pipe a line is read only when the page needs an answer, and never more
//! than that line, so that a script's answers meet their questions and what
//! follows is left for the agent.

mod answer;
mod parts;
pub(crate) mod reader;
mod transcript;

use std::collections::VecDeque;
use std::io::{self, Write};

use crate::environment::Environment;
use crate::error::{AppError, ErrorKind};
use crate::i18n::{Catalog, Language, Message};
use crate::terminal::glyphs::for_terminal;
use crate::terminal::keys::Input;
use crate::terminal::line::width;
use crate::terminal::theme::TerminalStyle;
use crate::terminal::{disable_echo, give_back};
use crate::time_point::TimePoint;
use crate::wizard::Wizard;
use crate::wizard::effect::Exit;
use crate::wizard::event::Event;
use crate::wizard::page::Page;
use answer::{Answer, Question};
use reader::{Line, Reader};
use transcript::Transcript;

/// Pages as lines.
pub struct Lines {
    out: Box<dyn Write>,
    reader: Reader,
    /// Somebody types; else it is a pipe.
    typed: bool,
    catalog: Catalog,
    /// What an answer comes down to, key by key.
    queue: VecDeque<Input>,
    transcript: Transcript,
    question: Option<Question>,
    /// The cursor stands behind a question.
    prompted: bool,
    /// That something is waited for was said of this page.
    told_to_wait: bool,
    /// The lines are read in a window, which has so many columns.
    columns: fn() -> Option<usize>,
    /// There will be no more answers.
    ended: bool,
}

impl std::fmt::Debug for Lines {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Lines").field("ended", &self.ended).finish_non_exhaustive()
    }
}

impl Lines {
    /// Lines to where the person reads, from where they type.
    pub fn new(env: &Environment, look: TerminalStyle) -> Self {
        let out: Box<dyn Write> =
            if look.aside { Box::new(io::stderr()) } else { Box::new(io::stdout()) };
        let shown = if look.aside { env.terminals.stderr } else { env.terminals.stdout };
        let mut lines = Self::with(out, Reader::stdin(), env.terminals.stdin);
        if shown {
            lines.columns = window_columns;
        }
        lines
    }

    fn with(out: Box<dyn Write>, reader: Reader, typed: bool) -> Self {
        Self {
            out,
            reader,
            typed,
            catalog: Catalog::new(Language::ENGLISH),
            queue: VecDeque::new(),
            transcript: Transcript::default(),
            question: None,
            prompted: false,
            told_to_wait: false,
            columns: || None,
            ended: false,
        }
    }

    fn say(&mut self, lines: &[String]) -> io::Result<()> {
        if lines.is_empty() {
            return Ok(());
        }
        if std::mem::take(&mut self.prompted) {
            writeln!(self.out)?;
        }
        let columns = (self.columns)();
        for line in lines {
            let line = for_terminal(line);
            match columns {
                Some(columns) => {
                    for part in in_columns(&line, columns) {
                        writeln!(self.out, "{part}")?;
                    }
                }
                None => writeln!(self.out, "{line}")?,
            }
        }
        self.out.flush()
    }

    /// Asks, unless the question already stands there.
    fn prompt(&mut self) -> io::Result<()> {
        let Some(question) = &self.question else { return Ok(()) };
        let reads = question.needed || self.typed;
        if self.ended || !reads {
            return Ok(());
        }
        if question.masked {
            disable_echo(true)?;
        } else {
            give_back();
        }
        // Read aloud, the same words after each row would hide what is new.
        if !self.prompted && (question.needed || !self.told_to_wait) {
            // While something is waited for whoever types is asked nothing, and
            // can answer all the same.
            let prompt = if question.needed {
                question.prompt(&self.catalog)
            } else {
                self.catalog.say(&Message::new("plain-waiting"))
            };
            self.told_to_wait = !question.needed;
            let prompt = for_terminal(&prompt);
            let mut parts = match (self.columns)() {
                // The cursor stands behind it.
                Some(columns) => in_columns(&prompt, columns.saturating_sub(1)),
                None => vec![prompt.into_owned()],
            };
            let last = parts.pop().unwrap_or_default();
            for part in parts {
                writeln!(self.out, "{part}")?;
            }
            write!(self.out, "{last} ")?;
            if self.typed {
                self.prompted = true;
            } else {
                writeln!(self.out)?;
            }
            self.out.flush()?;
        }
        self.reader.ask();
        Ok(())
    }

    /// What somebody typed, as keys; or said at once and asked again.
    fn answered(&mut self, line: Line) -> io::Result<()> {
        (self.prompted, self.told_to_wait) = (false, false);
        let Line::Text(text) = line else {
            self.ended = true;
            return Ok(());
        };
        let Some(question) = &self.question else { return Ok(()) };
        match question.read(&text, &self.catalog) {
            Answer::Inputs(inputs) => {
                self.transcript.answered();
                self.queue.extend(inputs);
                Ok(())
            }
            Answer::Say(lines) => self.say(&lines),
            Answer::Again => {
                self.transcript = Transcript::default();
                Ok(())
            }
        }
    }
}

/// All that is said of a page when it is seen for the first time, question
/// included: for looking at pages without a wizard.
pub fn whole(page: &Page, catalog: &Catalog) -> String {
    let question = Question::without_wizard(page);
    let mut lines = Transcript::default().next(page, &question, catalog);
    lines.push(question.prompt(catalog));
    lines.join("\n")
}

impl Lines {
    /// Says the wizard's page, as far as it is new, and asks what it asks.
    pub(crate) fn show(&mut self, page: &Page, wizard: &Wizard) -> io::Result<()> {
        // Half an answer is no page to speak of.
        if !self.queue.is_empty() {
            return Ok(());
        }
        let language = wizard.state().language;
        if self.catalog.language() != language {
            self.catalog = Catalog::new(language);
        }
        let question = Question::of(page, wizard, TimePoint::now());
        let lines = self.transcript.next(page, &question, &self.catalog);
        self.told_to_wait &= !self.transcript.is_new;
        self.question = Some(question);
        self.say(&lines)?;
        self.prompt()
    }

    /// What the person does next. Nothing is lost when the wait is given up.
    pub(crate) async fn input(&mut self) -> Input {
        loop {
            if let Some(input) = self.queue.pop_front() {
                return input;
            }
            if self.ended {
                return std::future::pending().await;
            }
            let line = self.reader.line().await;
            if self.answered(line).is_err() {
                return Input::Event(Event::Leave(Exit::HungUp));
            }
            if self.queue.is_empty() {
                // Nothing for the wizard, but the question is to be asked again.
                return Input::Redraw;
            }
        }
    }

    /// Somebody else had the terminal.
    pub(crate) fn reacquire(&mut self) -> io::Result<()> {
        // Whatever the shell has said stands below the question: once more.
        (self.prompted, self.told_to_wait) = (false, false);
        self.prompt()
    }

    /// An answer is needed, and why there can be none any more.
    pub(crate) fn input_closed(&self) -> Option<AppError> {
        let needed = self.question.as_ref().is_some_and(|question| question.needed);
        (self.ended && needed && self.queue.is_empty()).then(|| {
            AppError::new(ErrorKind::Failed, "input_ended", Message::new("trouble-input-ended"))
                .hint(Message::new("trouble-input-ended-hint"))
        })
    }
}

impl Drop for Lines {
    fn drop(&mut self) {
        give_back();
        // What is said next is no answer to a question nobody had to answer.
        if self.prompted && self.question.as_ref().is_some_and(|question| !question.needed) {
            let _ = writeln!(self.out);
        }
    }
}

/// The columns of the window, where it says.
pub(crate) fn window_columns() -> Option<usize> {
    let (columns, _) = crossterm::terminal::size().ok()?;
    (columns > 0).then_some(columns.into())
}

/// A line in a window of so many columns: broken between words and never in
/// one, further lines below the beginning of its text. What is longer than the
/// window, such as a link, is left to the terminal, which keeps it whole when
/// it is copied; and so is a command that ends the line.
pub(crate) fn in_columns(line: &str, columns: usize) -> Vec<String> {
    let text = line.trim_start();
    if width(line) <= columns || text.is_empty() {
        return vec![line.to_owned()];
    }
    let blanks = line.len() - text.len();
    // Behind a number, as in a list.
    let number = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(0);
    let gap = text[number..].len() - text[number..].trim_start().len();
    let lead = blanks + if number > 0 && gap > 1 { number + gap } else { 0 };
    let indent = " ".repeat(lead.min(columns / 2));
    let mut lines = vec![line[..lead].to_owned()];
    let mut is_first = true;
    for word in words(&line[lead..]) {
        let used = lines.last().map_or(0, |last| width(last));
        if !is_first && used + 1 + width(word) > columns {
            lines.push(indent.clone());
            is_first = true;
        }
        if let Some(last) = lines.last_mut() {
            if !is_first {
                last.push(' ');
            }
            last.push_str(word);
        }
        is_first = false;
    }
    lines
}

/// The words of `text`; a command of ours that ends it is one.
fn words(text: &str) -> Vec<&str> {
    let command = text.find(": crewmesh ").map(|at| text.split_at(at + 2));
    let (sentence, command) = command.map_or((text, None), |(one, other)| (one, Some(other)));
    sentence.split_whitespace().chain(command.map(str::trim_end)).collect()
}

#[cfg(test)]
mod tests;

//! What a command says, and where: the answer on stdout, as lines for a person
//! or as exactly one JSON object; everything else (notes, questions, troubles)
//! on stderr. A reader who went away (`| head`) is no fault, so nothing here
//! fails for want of somebody to tell; a full disk is.

use std::io::{self, IsTerminal, Write};

use jiff::Timestamp;
use serde_json::Value;
use unicode_width::UnicodeWidthStr;

use super::json;
use crate::error::{AppError, ErrorKind};
use crate::i18n::{Catalog, Message, Words};
use crate::plain::{in_columns, window_columns};
use crate::terminal::glyphs::for_terminal;
use crate::terminal::line::wrap;

/// Where a command's words go, in which language and form.
#[derive(Debug)]
pub(super) struct Output {
    catalog: Catalog,
    json: bool,
}

impl Output {
    pub fn new(catalog: Catalog, json: bool) -> Self {
        Self { catalog, json }
    }

    pub fn catalog(&self) -> &Catalog {
        &self.catalog
    }

    pub fn is_json(&self) -> bool {
        self.json
    }

    /// A line beside the answer: what was repaired, ignored, fallen back to.
    pub fn note(&self, message: &Message) {
        self.notes(columns_of(&io::stderr()), |lines| {
            lines.say(message);
        });
    }

    /// Lines beside the answer, broken between words in a window of so many columns.
    pub fn notes(&self, columns: Option<usize>, lines: impl FnOnce(&mut Lines<'_>)) {
        let text = self.lines_in(columns, lines);
        let _ = io::stderr().write_all(for_terminal(&text).as_bytes());
    }

    /// The answer, in the form that was asked for. A `status` of `ok` is put
    /// before the object's own members.
    ///
    /// # Errors
    /// When stdout did not take it although somebody reads: a full disk.
    pub fn answer(
        &self,
        object: Value,
        lines: impl FnOnce(&mut Lines<'_>),
    ) -> Result<(), AppError> {
        taken(self.answer_or_fail(object, lines))
    }

    /// What was asked for in between was not wanted.
    ///
    /// # Errors
    /// As [`Output::answer`].
    pub fn unchanged(&self, object: Value) -> Result<(), AppError> {
        self.answer(object, |lines| {
            lines.say(&Message::new("nothing-changed"));
        })
    }

    /// The same for an answer that is whole and yet bad news: the object then
    /// has the trouble's members too.
    pub fn answer_with(
        &self,
        mut object: Value,
        error: Option<&AppError>,
        lines: impl FnOnce(&mut Lines<'_>),
    ) -> Result<(), AppError> {
        if let (Some(error), Value::Object(members)) = (error, &mut object)
            && let Value::Object(fault) = failed(error, &self.catalog)
        {
            members.extend(fault);
        }
        self.answer(object, lines)
    }

    /// The same, for what is seen only once and must not be lost.
    ///
    /// # Errors
    /// When stdout did not take it.
    pub fn answer_or_fail(
        &self,
        object: Value,
        lines: impl FnOnce(&mut Lines<'_>),
    ) -> io::Result<()> {
        let text = if self.json {
            json::text(&succeeded(object)) + "\n"
        } else {
            for_terminal(&self.lines_in(columns_of(&io::stdout()), lines)).into_owned()
        };
        let mut out = io::stdout();
        out.write_all(text.as_bytes())?;
        out.flush()
    }

    /// Lines put together, for somewhere else than the answer.
    pub fn lines(&self, lines: impl FnOnce(&mut Lines<'_>)) -> String {
        self.lines_in(None, lines)
    }

    /// The same, broken between words in a window of so many columns.
    pub fn lines_in(&self, columns: Option<usize>, lines: impl FnOnce(&mut Lines<'_>)) -> String {
        let mut text = Lines { catalog: &self.catalog, columns, text: String::new() };
        lines(&mut text);
        text.text
    }

    /// A text that is for a program, as it is; in JSON it is the member `name`.
    ///
    /// # Errors
    /// As for [`Output::answer`].
    pub fn text(&self, name: &str, text: &str) -> Result<(), AppError> {
        self.answer(serde_json::json!({ name: text }), |lines| lines.text.push_str(text))
    }

    /// What went wrong: in words on stderr, and where JSON was asked for as the
    /// one object on stdout.
    pub fn error(&self, error: &AppError) {
        let message = self.catalog.words(&error.message);
        let hint = error.hint.as_ref().map(|hint| self.catalog.words(hint));
        self.notes(columns_of(&io::stderr()), |lines| {
            lines.folded(&format!("✘ {message}"));
            if let Some(hint) = hint {
                lines.folded(&format!("  {hint}"));
            }
        });
        if self.json {
            let _ = writeln!(io::stdout(), "{}", json::text(&failed(error, &self.catalog)));
        }
    }

    /// A time as people read it here: the day, in UTC.
    pub fn day(time: Timestamp) -> String {
        time.strftime("%Y-%m-%d").to_string()
    }
}

/// One line for a person.
pub(super) fn say(catalog: &Catalog, message: &Message) {
    let mut lines = Lines { catalog, columns: columns_of(&io::stdout()), text: String::new() };
    lines.say(message);
    let _ = io::stdout().write_all(for_terminal(&lines.text).as_bytes());
}

/// How wide the window is in which `stream` is read, if it is.
fn columns_of(stream: &impl IsTerminal) -> Option<usize> {
    stream.is_terminal().then(window_columns).flatten()
}

/// A reader who went away has what they wanted; anything else is told.
fn taken(written: io::Result<()>) -> Result<(), AppError> {
    match written {
        Err(fault) if fault.kind() != io::ErrorKind::BrokenPipe => {
            let message = Message::new("answer-not-written").with("what", fault.to_string());
            Err(AppError::new(ErrorKind::Failed, "not_written", message))
        }
        _ => Ok(()),
    }
}

/// An error as the object a script reads.
pub(super) fn failed(error: &AppError, catalog: &Catalog) -> Value {
    let mut object = serde_json::json!({
        "code": error.code,
        "message": catalog.words(&error.message),
        "hint": error.hint.as_ref().map(|hint| catalog.words(hint)),
    });
    if let Some(suggestion) = &error.suggestion {
        object["suggestion"] = Value::from(suggestion.as_str());
    }
    serde_json::json!({
        "status": "error",
        "error": object,
        "exit_code": error.kind.exit_code(),
    })
}

fn succeeded(object: Value) -> Value {
    let mut whole = serde_json::Map::new();
    whole.insert("status".to_owned(), Value::from("ok"));
    if let Value::Object(members) = object {
        whole.extend(members);
    }
    Value::Object(whole)
}

/// What is known of one thing is broken into no fewer columns.
const LEAST_VALUE: usize = 12;

/// The lines of an answer.
#[derive(Debug)]
pub(super) struct Lines<'a> {
    catalog: &'a Catalog,
    /// Where they are read in a window: how wide it is.
    columns: Option<usize>,
    text: String,
}

impl Lines<'_> {
    /// One line of ours.
    pub fn say(&mut self, message: &Message) -> &mut Self {
        let line = self.catalog.say(message);
        self.folded(&line)
    }

    /// One line of words, broken where the window is narrower.
    fn folded(&mut self, line: &str) -> &mut Self {
        // A message of ours may be several.
        for line in line.lines() {
            match self.columns {
                Some(columns) => in_columns(line, columns).iter().for_each(|part| {
                    self.raw(part);
                }),
                None => {
                    self.raw(line);
                }
            }
        }
        self
    }

    /// One line that is shown as it is: a link, a token.
    pub fn raw(&mut self, line: &str) -> &mut Self {
        self.text.push_str(line);
        self.text.push('\n');
        self
    }

    /// A list under its headings, in columns; nothing at all for no rows.
    pub fn table(&mut self, headings: &[&'static str], rows: &[Vec<Words>]) -> &mut Self {
        if rows.is_empty() {
            return self;
        }
        let headings = headings.iter().map(|id| self.catalog.say(&Message::new(id))).collect();
        let rows = rows
            .iter()
            .map(|row| row.iter().map(|cell| self.catalog.words(cell).into_owned()).collect());
        let all: Vec<Vec<String>> = std::iter::once(headings).chain(rows).collect();
        let wide = widths(&all).iter().map(|width| width + 2).sum::<usize>();
        // Two blanks at the end are not written.
        if self.columns.is_some_and(|columns| wide > columns + 2) {
            return self.one_below_the_other(&all);
        }
        self.in_columns(&all, "")
    }

    /// A list for which the window is too narrow: each row's first cell, and what else is
    /// in it below, by name.
    fn one_below_the_other(&mut self, rows: &[Vec<String>]) -> &mut Self {
        let Some((headings, rows)) = rows.split_first() else { return self };
        for row in rows {
            self.folded(row.first().map_or("", String::as_str));
            let named = headings.iter().zip(row).skip(1).filter(|(_, cell)| !cell.is_empty());
            let facts: Vec<_> = named.map(|(name, cell)| (name.clone(), cell.clone())).collect();
            self.named(facts);
        }
        self
    }

    /// What is known of one thing: a name and a value on each line.
    pub fn facts(&mut self, facts: &[(&'static str, Words)]) -> &mut Self {
        let named = |(id, value): &(&'static str, Words)| {
            (self.catalog.say(&Message::new(id)), self.catalog.words(value).into_owned())
        };
        self.named(facts.iter().map(named).collect())
    }

    fn named(&mut self, facts: Vec<(String, String)>) -> &mut Self {
        let column = facts.iter().map(|(name, _)| name.width()).max().unwrap_or_default();
        let room = self.columns.map_or(usize::MAX, |columns| columns.saturating_sub(column + 4));
        let mut rows = Vec::new();
        for (name, value) in facts {
            // A command is copied, and whole only where the terminal breaks it.
            let room = if value.starts_with("crewmesh ") { usize::MAX } else { room };
            let mut parts = wrap(&value, room.max(LEAST_VALUE)).into_iter();
            rows.push(vec![name, parts.next().unwrap_or_default()]);
            rows.extend(parts.map(|part| vec![String::new(), part]));
        }
        self.in_columns(&rows, "  ")
    }

    fn in_columns(&mut self, rows: &[Vec<String>], before: &str) -> &mut Self {
        let widths = widths(rows);
        for row in rows {
            let mut line = before.to_owned();
            for (cell, width) in row.iter().zip(&widths) {
                line.push_str(cell);
                line.extend(std::iter::repeat_n(' ', width - cell.width() + 2));
            }
            self.raw(line.trim_end());
        }
        self
    }
}

/// How wide each column is.
fn widths(rows: &[Vec<String>]) -> Vec<usize> {
    let count = rows.iter().map(Vec::len).max().unwrap_or_default();
    let widest =
        |at: usize| rows.iter().filter_map(move |row| row.get(at)).map(|cell| cell.width());
    (0..count).map(|at| widest(at).max().unwrap_or_default()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::i18n::Language;

    #[test]
    fn a_list_in_a_narrow_window_is_read_row_by_row() {
        let output = Output::new(Catalog::new(Language::ENGLISH), false);
        let rows = [
            vec![Words::verbatim("anas-mesh"), Words::verbatim("administrator")],
            vec![Words::verbatim("b"), Words::verbatim("")],
        ];
        let list = |columns| {
            output.lines_in(columns, |lines| {
                lines.table(&["column-mesh", "column-role"], &rows);
            })
        };
        assert_eq!(list(Some(22)), "anas-mesh\n  ROLE  administrator\nb\n");
        assert_eq!(list(Some(40)), list(None));
    }

    #[test]
    fn what_is_long_is_broken_between_words_below_its_beginning() {
        let output = Output::new(Catalog::new(Language::ENGLISH), false);
        let facts = [
            ("card-fact-code", Words::verbatim("WDJB")),
            ("card-fact-may", Words::verbatim("see your name and e-mail")),
        ];
        let card = |columns| {
            output.lines_in(columns, |lines| {
                lines.facts(&facts).say(&Message::new("nothing-changed"));
            })
        };
        let narrow = card(Some(24));
        assert!(
            narrow.starts_with("  code    WDJB\n  it may  see your name\n          and e-mail\n"),
            "{narrow}"
        );
        assert!(narrow.lines().all(|line| line.width() <= 24), "{narrow}");
        assert_eq!(card(None).lines().count(), 3);
    }

    #[test]
    fn columns_line_up_whatever_the_letters_are() {
        let catalog = Catalog::new(Language::ENGLISH);
        let mut lines = Lines { catalog: &catalog, columns: None, text: String::new() };
        let words = |text: &str| Words::verbatim(text);
        lines.table(
            &["column-mesh", "column-role"],
            &[vec![words("東京"), words("a")], vec![words("Ana"), words("b")]],
        );
        let text = lines.text;
        let column = |line: &str| {
            let last = line.split_whitespace().last().expect("two columns");
            line[..line.rfind(last).expect("it is there")].width()
        };
        let columns: Vec<_> = text.lines().map(column).collect();
        assert_eq!(columns.len(), 3, "{text}");
        assert!(columns.iter().all(|at| *at == columns[0]), "{text}");
    }

    #[test]
    fn a_trouble_is_one_object_with_every_member() {
        let catalog = Catalog::new(Language::ENGLISH);
        let mut error =
            AppError::new(ErrorKind::AlreadyExists, "slug_taken", Words::verbatim("Taken"));
        error.suggestion = Some("team-2".into());
        let object = failed(&error, &catalog);
        assert_eq!(object["status"], "error");
        assert_eq!(object["exit_code"], 6);
        assert_eq!(object["error"]["hint"], Value::Null);
        assert_eq!(object["error"]["suggestion"], "team-2");
    }
}

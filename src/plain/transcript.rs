//! A page as lines, and what of it was said already.

use crate::i18n::{Catalog, Message, Words};
use crate::plain::answer::Question;
use crate::plain::parts::field;
use crate::wizard::page::{Block, Corner, Mark, Page, Row, Shown};
use crate::wizard::words::whole_seconds;

/// What was said last.
#[derive(Debug, Default)]
pub struct Transcript {
    title: Option<String>,
    lines: Vec<String>,
    others: String,
    /// The page was another than the one before it.
    pub is_new: bool,
    /// How much of the countdown was said: 0 at first, then 5 min, 1 min, 10 s.
    counted: Option<u8>,
}

impl Transcript {
    /// An answer was given: a page that then looks the same has nothing to say
    /// but its question.
    pub fn answered(&mut self) {
        self.others.clear();
    }

    /// What is to be said now: all of a new page, the new lines of one that
    /// was said already.
    pub fn next(&mut self, page: &Page, question: &Question, catalog: &Catalog) -> Vec<String> {
        let title = title(page, catalog);
        let lines = lines(page, question, catalog);
        let mut saying = Vec::new();
        self.is_new = self.title.as_ref() != Some(&title);
        if self.is_new {
            self.counted = None;
            if self.title.is_some() {
                saying.push(String::new());
            }
            saying.push(title.clone());
            saying.extend(lines.iter().cloned());
        } else {
            let mut before = self.lines.clone();
            for line in &lines {
                // A line that can no longer be chosen has lost its number only.
                match before.iter().position(|say| say == line || without_number(say) == line) {
                    Some(at) => drop(before.remove(at)),
                    None => saying.push(line.clone()),
                }
            }
            // A list that was narrowed has no new lines, but another order.
            if saying.is_empty() && lines.len() < self.lines.len() {
                saying.clone_from(&lines);
            }
        }
        saying.extend(self.countdown(page, catalog));
        let others = question.others(catalog);
        if self.others != others && (self.title.as_ref() != Some(&title) || !self.others.is_empty())
        {
            saying.push(others.clone());
        }
        self.others = others;
        self.title = Some(title);
        self.lines = lines;
        saying
    }

    fn countdown(&mut self, page: &Page, catalog: &Catalog) -> Option<String> {
        let Some(Corner::Remaining(left)) = page.corner else { return None };
        let seconds = whole_seconds(left);
        let stage = match seconds {
            0..=10 => 3,
            11..=60 => 2,
            61..=300 => 1,
            _ => 0,
        };
        if self.counted.is_some_and(|counted| counted >= stage) {
            return None;
        }
        self.counted = Some(stage);
        let number = |count: u64| i64::try_from(count).unwrap_or(i64::MAX);
        let message = if stage == 3 {
            Message::new("expires-seconds").with("seconds", number(seconds))
        } else {
            Message::new("expires-minutes").with("minutes", number(seconds.div_ceil(60)))
        };
        Some(catalog.say(&message))
    }
}

fn without_number(line: &str) -> &str {
    line.trim_start().trim_start_matches(|c: char| c.is_ascii_digit()).trim_start()
}

fn title(page: &Page, catalog: &Catalog) -> String {
    let mut parts = vec!["crewmesh".to_owned()];
    parts.extend(page.title.as_ref().map(|words| catalog.words(words).into_owned()));
    if let Some(Corner::Words(words)) = &page.corner {
        parts.push(catalog.words(words).into_owned());
    }
    parts.join(" · ")
}

/// A page as lines, without its title, its countdown and its question.
pub fn lines(page: &Page, question: &Question, catalog: &Catalog) -> Vec<String> {
    let say = |words: &Words| catalog.words(words).into_owned();
    let numbered = |block: usize, item: usize, text: String| match question.number((block, item)) {
        Some(number) => format!("{number:>3}  {text}"),
        None => text,
    };
    let mut lines = Vec::new();
    for (number, block) in page.blocks.iter().enumerate() {
        match block {
            Block::Art | Block::Gap => {}
            Block::Text { words, .. } => lines.extend(say(words).lines().map(ToOwned::to_owned)),
            Block::Code(code) => lines.push(code.clone()),
            Block::Link { shown, .. } => lines.push(shown.clone()),
            // A picture is no line; what it says stands in the link.
            Block::Qr { caption, .. } => lines.extend(caption.as_ref().map(say)),
            // What the cursor leads to from a field, Enter leads to at once.
            Block::Choices(choices)
                if choices.cursor.is_none() && question.number((number, 0)).is_none() => {}
            Block::Choices(choices) => {
                for (at, item) in choices.items.iter().enumerate() {
                    let detail = item.detail.as_ref().map(|words| format!(" ({})", say(words)));
                    let text = format!("{}{}", say(&item.label), detail.unwrap_or_default());
                    lines.push(numbered(number, at, text));
                }
            }
            Block::Field(own) => {
                let asked = field(page).is_some_and(|asked| asked == own);
                let note = own.note.as_ref().map(|(_, words)| say(words));
                match (&own.shown, &own.placeholder) {
                    // Another field of the same page: what stands in it.
                    (Shown::Clear(text), _) if !asked && !text.is_empty() => {
                        let note = note.map(|note| format!(" ({note})")).unwrap_or_default();
                        lines.push(format!("{}: {text}{note}", say(&own.label)));
                    }
                    _ if !asked => {}
                    (_, words) => {
                        lines.extend(words.as_ref().map(|words| format!("({})", say(words))));
                        lines.extend(note);
                    }
                }
            }
            Block::Rows(rows) => {
                let rows = rows.iter().enumerate();
                lines.extend(rows.map(|(at, own)| numbered(number, at, row(own, catalog))));
            }
            Block::Facts { facts, .. } => {
                let fact = |(name, fact): &(Words, Words)| format!("{}: {}", say(name), say(fact));
                lines.extend(facts.iter().map(fact));
            }
        }
    }
    if let Some((_, words)) = &page.notice {
        lines.extend(say(words).lines().map(ToOwned::to_owned));
    }
    lines
}

/// A sign says nothing to an ear: how a row stands is a word.
fn row(row: &Row, catalog: &Catalog) -> String {
    let id = match row.mark {
        Mark::Done => "plain-done",
        Mark::Now => "plain-now",
        Mark::Later => "plain-later",
        Mark::Optional => "plain-optional",
        Mark::Failed => "plain-failed",
    };
    let stands = catalog.say(&Message::new(id));
    let label = catalog.words(&row.label);
    match row.value.as_ref().map(|value| catalog.words(value)) {
        Some(value) if value == stands => format!("{label}: {value}"),
        Some(value) => format!("{label}: {value} ({stands})"),
        None => format!("{label}: {stands}"),
    }
}

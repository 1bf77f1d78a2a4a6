//! A window too small for a page: one question and one key.

use crate::i18n::Words;
use crate::terminal::blocks::BlockLayout;
use crate::terminal::line::{Line, space, toned, width, wrap};
use crate::terminal::speech::Speech;
use crate::terminal::theme::TerminalStyle;
use crate::wizard::page::{Block, Page, Tone};

/// The question and the key that answers it, on one line where that is wide
/// enough, else on as many as there are.
pub fn minimal(
    page: &Page,
    catalog: Speech<'_>,
    look: TerminalStyle,
    (columns, rows): (usize, usize),
) -> Vec<Line> {
    let layout = BlockLayout { catalog, look, room: columns.max(1) };
    let questions = questions(page, layout);
    let key = page
        .hints
        .iter()
        .find(|hint| !matches!(hint.does.id, "key-choose" | "key-more"))
        .map(|hint| (catalog.words(&hint.keys).into_owned(), catalog.say(&hint.does)))
        .map_or(String::new(), |(keys, does)| format!("{keys} {does}"));
    let question = questions.join("  ");
    if width(&question) + 2 + width(&key) <= columns {
        let spans = vec![toned(question, Tone::Strong), space(2), toned(key, Tone::Dim)];
        return vec![Line::of(spans)];
    }
    let lines = |parts: Vec<String>, tone: Tone| {
        parts.into_iter().map(move |part| Line::of(vec![toned(part, tone)]))
    };
    // The question may take all rows but one; the first row is always its.
    let parts = questions.iter().flat_map(|part| wrap(part, columns)).collect();
    let mut all: Vec<Line> = lines(parts, Tone::Strong).collect();
    all.truncate(rows.saturating_sub(1).max(1));
    all.extend(lines(wrap(&key, columns), Tone::Dim));
    all.truncate(rows);
    all
}

/// What the page asks, in as few words as it has: a code and what Enter would
/// say to it, or what Enter would take, or what is typed into, or its words.
fn questions(page: &Page, layout: BlockLayout<'_>) -> Vec<String> {
    let say = |words: &Words| layout.catalog.words(words).into_owned();
    let chosen = |words: &Words| format!("{} {}", layout.look.cursor(), say(words));
    let of = |block: &Block| match block {
        Block::Code(code) => Some((4, code.clone())),
        Block::Choices(choices) => Some((3, chosen(&choices.items.get(choices.cursor?)?.label))),
        Block::Rows(rows) => Some((3, chosen(&rows.iter().find(|row| row.chosen)?.label))),
        Block::Field(field) if field.cursor.is_some() => Some((2, say(&field.label))),
        Block::Text { words, tone } if *tone != Tone::Dim => Some((1, say(words))),
        _ => None,
    };
    let found: Vec<(u8, String)> = page.blocks.iter().filter_map(of).collect();
    let first = |weight: u8| found.iter().find(|(own, _)| *own == weight).map(|(_, text)| text);
    let questions: Vec<String> = match first(4) {
        Some(code) => std::iter::once(code).chain(first(3)).cloned().collect(),
        None => [3, 2, 1].into_iter().find_map(first).into_iter().cloned().collect(),
    };
    if !questions.is_empty() {
        return questions;
    }
    vec![page.title.as_ref().map_or_else(|| "crewmesh".to_owned(), say)]
}

//! A window too small for a page: one question and one key.

use crate::i18n::{Catalog, Words};
use crate::terminal::blocks::Setter;
use crate::terminal::line::{Line, fold, space, toned, width, wrap};
use crate::terminal::theme::Look;
use crate::wizard::page::{Block, Page, Tone};

/// The question and the key that answers it, on one line where that is wide
/// enough, else on as many as there are.
pub fn least(
    page: &Page,
    catalog: &Catalog,
    look: Look,
    (columns, rows): (usize, usize),
) -> Vec<Line> {
    let setter = Setter { catalog, look, room: columns.max(1) };
    let question = question(page, setter);
    let key = page
        .hints
        .iter()
        .map(|hint| (catalog.words(&hint.keys).into_owned(), catalog.say(&hint.does)))
        .find(|(keys, _)| !keys.contains('↑'))
        .map_or(String::new(), |(keys, does)| format!("{keys} {does}"));
    if width(&question) + 2 + width(&key) <= columns {
        let spans = vec![toned(question, Tone::Strong), space(2), toned(key, Tone::Dim)];
        return vec![Line::of(spans)];
    }
    let lines = |parts: Vec<String>, tone: Tone| {
        parts.into_iter().map(move |part| Line::of(vec![toned(part, tone)]))
    };
    // The question may take all rows but one; the first row is always its.
    let mut all: Vec<Line> = lines(wrap(&question, columns), Tone::Strong).collect();
    all.truncate(rows.saturating_sub(1).max(1));
    all.extend(lines(fold(&key, columns), Tone::Dim));
    all.truncate(rows);
    all
}

/// What the page asks, in as few words as it has.
fn question(page: &Page, setter: Setter<'_>) -> String {
    let said = |words: &Words| setter.catalog.words(words).into_owned();
    let of = |block: &Block| match block {
        Block::Code(code) => Some((4, code.clone())),
        Block::Field(field) if field.cursor.is_some() => Some((3, said(&field.label))),
        Block::Choices(choices) => {
            let item = choices.items.get(choices.cursor?)?;
            Some((2, format!("{} {}", setter.look.cursor(), said(&item.label))))
        }
        Block::Rows(rows) => {
            let row = rows.iter().find(|row| row.chosen)?;
            Some((2, format!("{} {}", setter.look.cursor(), said(&row.label))))
        }
        Block::Text { words, tone } if *tone != Tone::Dim => Some((1, said(words))),
        _ => None,
    };
    let mut found: Option<(u8, String)> = None;
    for candidate in page.blocks.iter().filter_map(of) {
        if found.as_ref().is_none_or(|(weight, _)| candidate.0 > *weight) {
            found = Some(candidate);
        }
    }
    let title = || page.title.as_ref().map_or_else(|| "crewmesh".to_owned(), said);
    found.map_or_else(title, |(_, text)| text)
}

//! The blocks of a page as lines of a given width: what stands where, before
//! anything gives way. A QR code is not drawn here, because whether and where
//! it fits is decided over the whole page (see [`crate::terminal::fit`]).

use std::mem::discriminant;

use unicode_segmentation::UnicodeSegmentation;

use crate::i18n::Words;
use crate::terminal::line::{
    DropPriority, Focus, Line, Span, cut, fold, space, span, toned, width, wrap,
};
use crate::terminal::speech::Speech;
use crate::terminal::theme::{Role, TerminalStyle};
use crate::wizard::page::{Block, Choices, Field, Mark, Page, Row, Shown, Tone};

const LOGO: &str = include_str!("../../assets/logo.txt");

/// Columns of the sign before a choice, a row, a field.
const GUTTER: usize = 2;

/// The fewest that what a choice means is broken into, beside it.
const DETAIL_COLUMNS: usize = 30;

/// Columns of the digit that takes a choice.
const DIGIT: usize = 3;

/// What turns blocks into lines: the words, the look, and the width there is.
#[derive(Clone, Copy)]
pub struct BlockLayout<'a> {
    pub catalog: Speech<'a>,
    /// Says how they look.
    pub look: TerminalStyle,
    /// The columns there are for a line.
    pub room: usize,
}

impl BlockLayout<'_> {
    /// All blocks but the QR code, set apart from each other. In the place of
    /// the code stand the lines that `qr` has for it.
    pub fn body(&self, page: &Page, qr: &[Line]) -> Vec<Line> {
        let mut lines: Vec<Line> = Vec::new();
        let mut last: Option<&Block> = None;
        let mut gap = false;
        let labels = page.blocks.iter().filter_map(|block| match block {
            Block::Field(field) => Some(width(&self.catalog.words(&field.label))),
            _ => None,
        });
        let several = labels.clone().count() > 1;
        let labelled = labels.max().filter(|_| several);
        let listed = page.blocks.iter().any(|block| match block {
            Block::Choices(choices) => choices.cursor.is_some_and(|at| at < choices.items.len()),
            Block::Rows(rows) => rows.iter().any(|row| row.chosen),
            _ => false,
        });
        for (number, block) in page.blocks.iter().enumerate() {
            if *block == Block::Gap {
                gap = true;
                continue;
            }
            let mut block_lines = match block {
                Block::Qr { .. } => qr.to_vec(),
                Block::Field(field) => self.field(field, labelled, listed, number),
                // A receipt: told above what is asked now, and seen already.
                Block::Text { words, tone: Tone::Good } if listed => {
                    let lines = self.paragraph(words, Tone::Good, number).into_iter();
                    lines.map(|line| line.keep(DropPriority::Dim(number))).collect()
                }
                other => self.block(other, number),
            };
            if block_lines.is_empty() {
                continue;
            }
            let art = matches!(last, Some(Block::Art));
            if let Some(before) = last {
                let is_code = |block: &Block| matches!(block, Block::Code(_));
                if gap || discriminant(before) != discriminant(block) {
                    lines.push(Line::blank(if art {
                        DropPriority::Art
                    } else {
                        DropPriority::Blank
                    }));
                }
                if is_code(before) || is_code(block) {
                    lines.push(Line::blank(DropPriority::Air));
                }
            }
            lines.append(&mut block_lines);
            last = Some(block);
            gap = false;
        }
        lines
    }

    fn block(&self, block: &Block, number: usize) -> Vec<Line> {
        match block {
            Block::Art => self.art(),
            Block::Text { words, tone } => self.paragraph(words, *tone, number),
            Block::Code(code) => {
                let code = toned(code.clone(), Tone::Strong);
                let indent = (self.room / 10).min(self.room.saturating_sub(width(&code.text)));
                vec![Line::of(vec![space(indent), code]).focus(Focus::Code)]
            }
            Block::Link { shown, target } => {
                let role = Role::Link(target.to_string());
                fold(shown, self.room)
                    .into_iter()
                    .map(|part| Line::text(part, role.clone()))
                    .collect()
            }
            Block::Choices(choices) => self.choices(choices, number),
            Block::Rows(rows) => self.rows(rows, number),
            Block::Facts { facts, at } => self.facts(facts, *at, number),
            Block::Field(_) | Block::Qr { .. } | Block::Gap => Vec::new(),
        }
    }

    fn art(&self) -> Vec<Line> {
        let wide = LOGO.lines().map(width).max().unwrap_or(0);
        if !self.look.draws_signs() || wide > self.room {
            return Vec::new();
        }
        LOGO.lines()
            .map(|line| Line::text(line, Role::Tone(Tone::Tip)).keep(DropPriority::Art))
            .collect()
    }

    /// Words as wrapped lines. They give way together: dim ones soon, what is
    /// strong or went wrong never.
    pub fn paragraph(&self, words: &Words, tone: Tone, number: usize) -> Vec<Line> {
        let keep = match tone {
            Tone::Dim => DropPriority::Dim(number),
            Tone::Plain => DropPriority::Beside(number),
            Tone::Tip => DropPriority::Warning(number),
            Tone::Strong | Tone::Good | Tone::Bad => DropPriority::Firm,
        };
        let text = self.catalog.words(words);
        let line = |part| Line::text(part, Role::Tone(tone)).keep(keep);
        text.lines().flat_map(|line| wrap(line, self.room)).map(line).collect()
    }

    fn choices(&self, choices: &Choices, number: usize) -> Vec<Line> {
        let say = |words: &Words| self.catalog.words(words).into_owned();
        let items: Vec<(String, Option<String>)> = choices
            .items
            .iter()
            .map(|item| (say(&item.label), item.detail.as_ref().map(say)))
            .collect();
        // Details stand in a column of their own where each fits on its line.
        let with_detail =
            || items.iter().filter_map(|(label, detail)| Some((label, detail.as_ref()?)));
        let widest = with_detail().map(|(label, _)| width(label)).max().unwrap_or(0);
        let longest = with_detail().map(|(_, detail)| width(detail)).max().unwrap_or(0);
        let digits = if choices.numbered { DIGIT } else { 0 };
        let left = self.room.saturating_sub(GUTTER + digits + longest);
        let column = if left > widest {
            Some((widest + 4).min(left))
        } else {
            // Where only some do not, those are broken within it.
            let begins = widest + 2;
            Some(begins).filter(|begins| GUTTER + digits + begins + DETAIL_COLUMNS <= self.room)
        };
        let mut lines = Vec::new();
        for (at, (label, detail)) in items.iter().enumerate() {
            let chosen = choices.cursor == Some(at);
            let tone = if chosen { Tone::Strong } else { Tone::Plain };
            let mut parts = wrap(label, self.room.saturating_sub(GUTTER + digits)).into_iter();
            let first = parts.next().unwrap_or_default();
            let mut line = Line::of(vec![self.sign(chosen)]);
            if choices.numbered {
                let digit = if at < 9 { (at + 1).to_string() } else { String::new() };
                line.spans.push(toned(format!("{digit:<DIGIT$}"), Tone::Dim));
            }
            line.spans.push(toned(first, tone));
            let mut below = Vec::new();
            match (detail, column) {
                (Some(detail), Some(column)) => {
                    let begins = GUTTER + digits + column;
                    let mut parts = wrap(detail, self.room.saturating_sub(begins)).into_iter();
                    line.spans.push(space(column.saturating_sub(width(label))));
                    line.spans.push(toned(parts.next().unwrap_or_default(), Tone::Dim));
                    below = parts
                        .map(|part| {
                            Line::of(vec![space(begins), toned(part, Tone::Dim)])
                                .keep(DropPriority::Dim(number))
                        })
                        .collect();
                }
                (Some(detail), None) => {
                    let parts = wrap(detail, self.room.saturating_sub(2 * GUTTER + digits));
                    below = parts
                        .into_iter()
                        .map(|part| {
                            Line::of(vec![space(2 * GUTTER + digits), toned(part, Tone::Dim)])
                                .keep(DropPriority::Dim(number))
                        })
                        .collect();
                }
                (None, _) => {}
            }
            let mut item_lines = vec![line];
            item_lines.extend(
                parts.map(|part| Line::of(vec![space(GUTTER + digits), toned(part, tone)])),
            );
            item_lines.append(&mut below);
            for line in &mut item_lines {
                line.item = Some((number, at));
                line.focus = chosen.then_some(Focus::Cursor);
            }
            lines.append(&mut item_lines);
        }
        lines
    }

    fn sign(&self, chosen: bool) -> Span {
        if chosen { toned(format!("{} ", self.look.cursor()), Tone::Tip) } else { space(GUTTER) }
    }

    /// The label of a field that is alone on its page is left to the question
    /// above it; `labelled` is the widest label where there are several. Where
    /// Enter takes the chosen one of a list (`listed`) the sign is that one's,
    /// and the cursor alone says where letters go.
    fn field(
        &self,
        field: &Field,
        labelled: Option<usize>,
        listed: bool,
        number: usize,
    ) -> Vec<Line> {
        let mut line = Line::of(vec![self.sign(field.cursor.is_some() && !listed)]);
        if let Some(column) = labelled {
            let label = self.catalog.words(&field.label);
            let gap = space(column + 3 - width(&label));
            line.spans.push(toned(label, Tone::Dim));
            line.spans.push(gap);
        }
        let taken = line.width();
        let room = self.room.saturating_sub(taken + 1).max(1);
        let shown = match &field.shown {
            Shown::Clear(text) => text.clone(),
            Shown::Masked(dots, end) => {
                format!("{}{}", self.look.dot().repeat(*dots), end.expose())
            }
        };
        if shown.is_empty()
            && let Some(words) = &field.placeholder
        {
            line.spans.push(toned(cut(&self.catalog.words(words), room), Tone::Dim));
            line.caret = field.cursor.map(|_| taken);
        } else {
            let (text, before) = window(&shown, field.cursor.unwrap_or(0), room);
            line.spans.push(toned(text, Tone::Strong));
            line.caret = field.cursor.map(|_| taken + before);
        }
        line.focus = field.cursor.map(|_| Focus::Caret);
        let mut lines = vec![line];
        if let Some((tone, words)) = &field.note {
            let inner = BlockLayout { room: self.room.saturating_sub(GUTTER), ..*self };
            lines.extend(inner.paragraph(words, *tone, number).into_iter().map(|mut line| {
                line.spans.insert(0, space(GUTTER));
                line
            }));
        }
        lines
    }

    /// Rows that all have a value, or can be opened, are a table: label, mark,
    /// value. Others begin with their mark; their values stand in a column of
    /// their own where each fits on its line, else beside or below its label.
    fn rows(&self, rows: &[Row], number: usize) -> Vec<Line> {
        let table = rows.iter().all(|row| row.value.is_some()) && rows.len() > 1;
        let label = |row: &Row| self.catalog.words(&row.label).into_owned();
        let column = rows.iter().map(|row| width(&label(row))).max().unwrap_or(0);
        let value_of =
            |row: &Row| row.value.as_ref().map(|words| self.catalog.words(words).into_owned());
        let valued = || rows.iter().filter_map(|row| Some((width(&label(row)), value_of(row)?)));
        let begins = valued().map(|(label, _)| label).max().unwrap_or(0) + 2;
        let longest = valued().map(|(_, value)| width(&value)).max().unwrap_or(0);
        let mut lines = Vec::new();
        for (at, row) in rows.iter().enumerate() {
            let (sign, role) = self.look.mark(row.mark);
            let tone = match row.mark {
                _ if row.chosen => Tone::Strong,
                Mark::Later | Mark::Optional => Tone::Dim,
                Mark::Failed => Tone::Bad,
                Mark::Done | Mark::Now => Tone::Plain,
            };
            let value = value_of(row);
            let mut row_lines = if table {
                let lead = vec![
                    self.sign(row.chosen),
                    toned(label(row), if row.chosen { Tone::Strong } else { Tone::Dim }),
                    space(column + 3 - width(&label(row))),
                    span(sign, role),
                    space(2),
                ];
                self.hanging(lead, &value.unwrap_or_default(), tone)
            } else {
                let gutter = if rows.iter().any(|row| row.chosen) {
                    self.sign(row.chosen)
                } else {
                    space(0)
                };
                let lead = vec![gutter, span(sign, role), space(1)];
                let taken: usize = lead.iter().map(|span| width(&span.text)).sum();
                let before = row.instead_of.as_ref().map(|words| self.catalog.words(words));
                let lines = before.map(|before| self.hanging(lead.clone(), &before, tone).len());
                let mut row_lines = self.hanging(lead, &label(row), tone);
                if let Some(lines) = lines {
                    self.keep_to(lines, &mut row_lines);
                }
                let beside = taken + begins + longest <= self.room;
                match (value, row_lines.last_mut()) {
                    (Some(value), Some(line)) if beside => {
                        let gap = (taken + begins).saturating_sub(line.width());
                        line.spans.extend([space(gap), toned(value, Tone::Dim)]);
                    }
                    // In a narrow window each takes as few lines as it can.
                    (Some(value), Some(line)) if line.width() + 2 + width(&value) <= self.room => {
                        line.spans.extend([space(2), toned(value, Tone::Dim)]);
                    }
                    (Some(value), _) => {
                        row_lines.extend(self.hanging(vec![space(taken)], &value, Tone::Dim));
                    }
                    (None, _) => {}
                }
                row_lines
            };
            let focus = if row.chosen {
                Some(Focus::Cursor)
            } else {
                matches!(row.mark, Mark::Now | Mark::Failed).then_some(Focus::Status)
            };
            for line in &mut row_lines {
                line.item = Some((number, at));
                line.focus = focus;
            }
            lines.append(&mut row_lines);
        }
        lines
    }

    /// As many lines as there are to be: what is longer is cut there.
    fn keep_to(&self, count: usize, lines: &mut Vec<Line>) {
        let is_cut = lines.len() > count;
        lines.resize_with(count, || Line::blank(DropPriority::Firm));
        if let Some(end) = lines.last_mut().filter(|_| is_cut) {
            let taken = end.width();
            if let Some(last) = end.spans.last_mut() {
                let room = self.room.saturating_sub(taken - width(&last.text));
                last.text = cut(&format!("{} …", last.text), room);
            }
        }
    }

    /// Where one is looked at the others scroll around it, else they give way.
    fn facts(&self, facts: &[(Words, Words)], at: Option<usize>, number: usize) -> Vec<Line> {
        let say = |words: &Words| self.catalog.words(words).into_owned();
        let column = facts.iter().map(|(name, _)| width(&say(name))).max().unwrap_or(0);
        let lines = |(index, (name, fact)): (usize, &(Words, Words))| {
            let gap = space(column + 3 - width(&say(name)));
            let looked_at = at == Some(index);
            let tone = if looked_at { Tone::Strong } else { Tone::Plain };
            let mut lines = self.hanging(vec![toned(say(name), Tone::Dim), gap], &say(fact), tone);
            for line in &mut lines {
                if at.is_some() {
                    line.item = Some((number, index));
                    line.focus = looked_at.then_some(Focus::Cursor);
                } else {
                    line.keep = DropPriority::Beside(number);
                }
            }
            lines
        };
        facts.iter().enumerate().flat_map(lines).collect()
    }

    /// `text` after `lead`, its further lines below its beginning; where that
    /// leaves hardly any room, below the lead's.
    pub fn hanging(&self, lead: Vec<Span>, text: &str, tone: Tone) -> Vec<Line> {
        let taken: usize = lead.iter().map(|span| width(&span.text)).sum();
        let room = self.room.saturating_sub(taken);
        let longest = text.split_whitespace().map(width).max().unwrap_or(0);
        if room < 12 && room < longest {
            let parts = wrap(text, self.room.saturating_sub(2 * GUTTER)).into_iter();
            let below = parts.map(|part| Line::of(vec![space(2 * GUTTER), toned(part, tone)]));
            return std::iter::once(Line::of(lead)).chain(below).collect();
        }
        let mut parts = wrap(text, room).into_iter();
        let mut first = lead;
        first.push(toned(parts.next().unwrap_or_default(), tone));
        let rest = parts.map(|part| Line::of(vec![space(taken), toned(part, tone)]));
        std::iter::once(Line::of(first)).chain(rest).collect()
    }
}

/// The part of `text` that is seen in `room` cells with the cursor in it, and
/// the cells before the cursor.
fn window(text: &str, cursor: usize, room: usize) -> (String, usize) {
    let clusters: Vec<&str> = text.graphemes(true).collect();
    let cursor = cursor.min(clusters.len());
    let cells = |part: &[&str]| part.iter().map(|cluster| width(cluster)).sum::<usize>();
    // Measured from the cursor outwards: a text may be a million letters long,
    // and only what is seen is looked at. The cursor itself needs a cell behind
    // the text.
    let (mut start, mut used) = (cursor, 0);
    while start > 0 && used + width(clusters[start - 1]) < room {
        start -= 1;
        used += width(clusters[start]);
    }
    let mut end = cursor;
    while end < clusters.len() && used + width(clusters[end]) <= room {
        used += width(clusters[end]);
        end += 1;
    }
    let mut shown: Vec<&str> = clusters[start..end].to_vec();
    // What is not seen is hinted at, where a sign takes no cursor's place.
    if start > 0 && cursor > start && width(shown[0]) == 1 {
        shown[0] = "…";
    }
    if end < clusters.len() && cursor < end.saturating_sub(1) && width(shown[shown.len() - 1]) == 1
    {
        let last = shown.len() - 1;
        shown[last] = "…";
    }
    (shown.concat(), cells(&clusters[start..cursor]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_text_is_seen_around_its_cursor() {
        assert_eq!(window("abc", 3, 5), ("abc".into(), 3));
        assert_eq!(window("abcdefgh", 8, 5), ("…fgh".into(), 4));
        assert_eq!(window("abcdefgh", 0, 5), ("abcd…".into(), 0));
        assert_eq!(window("医院医院", 4, 5), ("医院".into(), 4));
        // At once, however long it is.
        let long = "a".repeat(1_000_000);
        assert_eq!(window(&long, 1_000_000, 5), ("…aaa".into(), 4));
        assert_eq!(window(&long, 0, 5), ("aaaa…".into(), 0));
    }
}

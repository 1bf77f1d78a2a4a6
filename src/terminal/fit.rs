//! How a page fits a window: what stands beside what, and what gives way when
//! there are more lines than rows. The order is art, blank lines, dim text,
//! the QR code, the title; the code, links, choices, fields, rows and hints
//! never go, lists scroll around their cursor instead. Where even that is too
//! much, whole paragraphs beside what is asked go, the last first.
//!
//! A QR code that would not be whole is not there, and when it goes, what had
//! given way for it comes back.

use crate::i18n::{Catalog, Message, Words};
use crate::terminal::blocks::{BlockLayout, Speech};
use crate::terminal::header_footer::{footer_within, title};
use crate::terminal::line::{DropPriority, Focus, Line, space};
use crate::terminal::minimal::minimal;
use crate::terminal::qr::Qr;
use crate::terminal::shrink::{self, around_focus, order, scroll, shrink};
use crate::terminal::theme::TerminalStyle;
use crate::wizard::page::{Block, Page, Tone};

/// Content is no wider than this in a window wider than [`FULL_WIDTH_COLUMNS`].
const TEXT_COLUMNS: usize = 72;
const FULL_WIDTH_COLUMNS: usize = 100;

/// A page takes this many rows of a taller window, more if it needs them.
const CARD_ROWS: usize = 24;

/// Art is for windows with this many rows.
const ART_ROWS: usize = 30;

/// In a window with fewer rows hints take no more than half of them.
const SHORT_ROWS: usize = 12;

/// A list with more items than this is long.
const LONG_LIST: usize = 10;

/// Text beside a QR code is no narrower than this, and this far from it.
const BESIDE_QR_COLUMNS: usize = 26;
const GAP_COLUMNS: usize = 3;

/// Below this a page is one question and one key.
const MIN_SIZE: (usize, usize) = (24, 6);

/// A line and where it begins: column and row.
pub type Placed = (usize, usize, Line);

/// Where everything of `page` stands in a window of `columns` and `rows`.
pub fn fit(
    page: &Page,
    catalog: &Catalog,
    look: TerminalStyle,
    columns: usize,
    rows: usize,
) -> Vec<Placed> {
    let catalog = Speech::new(catalog, look);
    if columns < MIN_SIZE.0 || rows < MIN_SIZE.1 {
        let lines = minimal(page, catalog, look, (columns, rows)).into_iter().enumerate();
        return lines.map(|(row, line)| (0, row, line)).collect();
    }
    let (room, left) = measure(columns);
    let layout = BlockLayout { catalog, look, room };
    // However many hints there are, something is left to see.
    let most = if rows < SHORT_ROWS { rows / 2 } else { rows - rows / 4 };
    let footer = footer_within(&page.hints, layout, most);
    let window = Window { page, layout, rows, above: rows.saturating_sub(footer.len()) };
    let mut placed = window.text();
    // A page keeps its place in a tall window whatever stands on it.
    let bottom = placed.iter().map(|(_, y, _)| y + 1).max().unwrap_or(0);
    let card = (bottom + footer.len()).max(CARD_ROWS).min(rows);
    let begins = card.saturating_sub(footer.len());
    let last = footer.into_iter().enumerate().map(|(row, line)| (0, begins + row, line));
    placed.extend(last.filter(|(_, y, _)| *y < rows));
    for (x, y, _) in &mut placed {
        *x += left;
        *y += (rows - card) / 3;
    }
    placed
}

/// Columns of the content, and where they begin.
fn measure(columns: usize) -> (usize, usize) {
    match columns {
        ..30 => (columns, 0),
        30..50 => (columns - 2, 1),
        50..=FULL_WIDTH_COLUMNS => (columns - 4, 2),
        _ => (TEXT_COLUMNS, (columns - TEXT_COLUMNS) / 2),
    }
}

/// Whether the QR code of `page`, if it has one, can be drawn alone in a window
/// of this size: all it needs beside itself is the row with the keys.
pub fn draws_qr(page: &Page, look: TerminalStyle, columns: usize, rows: usize) -> Option<bool> {
    let content = page.blocks.iter().find_map(|block| match block {
        Block::Qr { content, .. } => Some(content),
        _ => None,
    })?;
    let qr = Qr::of(content).filter(|_| look.draws_signs());
    let (wide, tall) = qr.map_or((usize::MAX, usize::MAX), |qr| qr.cells(2));
    Some(columns >= MIN_SIZE.0 && wide <= measure(columns).0 && tall < rows)
}

struct Window<'a> {
    page: &'a Page,
    layout: BlockLayout<'a>,
    rows: usize,
    /// Rows above the footer.
    above: usize,
}

impl Window<'_> {
    /// Everything but the footer.
    fn text(&self) -> Vec<Placed> {
        let Some((content, caption, alone)) =
            self.page.blocks.iter().find_map(|block| match block {
                Block::Qr { content, caption, alone } => Some((content, caption.as_ref(), *alone)),
                _ => None,
            })
        else {
            return self.without_qr(&[]);
        };
        let qr = Qr::of(content).filter(|_| self.layout.look.draws_signs());
        if let Some(qr) = &qr {
            let last = if alone { DropPriority::Title } else { DropPriority::Dim(0) };
            for last in [DropPriority::Air, last] {
                for quiet in [4, 2] {
                    let found = if alone || !self.has_room_beside(qr, quiet) {
                        self.qr_below(qr, quiet, caption, alone, last)
                    } else {
                        self.qr_beside(qr, quiet, caption, last)
                    };
                    if let Some(placed) = found {
                        return placed;
                    }
                }
            }
        }
        let mut line =
            self.layout.paragraph(&self.missing(qr.as_ref(), alone), Tone::Dim, usize::MAX);
        if alone {
            for line in &mut line {
                line.keep = DropPriority::Firm;
            }
        }
        self.without_qr(&line)
    }

    /// Title, body, and the blank lines around it; `qr` stands in the code's
    /// place.
    fn lines(&self, layout: BlockLayout<'_>, qr: &[Line]) -> Vec<Line> {
        let mut lines = vec![title(self.page, self.layout), Line::blank(DropPriority::Blank)];
        lines.extend(layout.body(self.page, qr));
        lines.push(Line::blank(DropPriority::Blank));
        if self.rows < ART_ROWS {
            lines.retain(|line| line.keep != DropPriority::Art);
        }
        // A long list scrolls before anything else goes.
        scroll(&mut lines, self.above, LONG_LIST);
        lines
    }

    fn without_qr(&self, instead: &[Line]) -> Vec<Placed> {
        let mut lines = self.lines(self.layout, instead);
        let order = order(&lines, DropPriority::Title);
        shrink(&mut lines, self.above, &order);
        // Where somebody types, the chosen line must be near.
        let typing = lines.iter().any(|line| line.focus == Some(Focus::Caret));
        let at_least = if typing { 1 } else { 3 };
        let mut scrolled = lines.clone();
        scroll(&mut scrolled, self.above, at_least);
        // Less to read beside it, and what is asked is seen whole. A page that
        // only tells keeps its beginning.
        if scrolled.len() > self.above && lines.iter().any(|line| line.focus.is_some()) {
            let order = shrink::order(&lines, DropPriority::Beside(usize::MAX));
            shrink(&mut lines, self.above, &order);
            scroll(&mut lines, self.above, at_least);
        } else {
            lines = scrolled;
        }
        stacked(around_focus(lines, self.above.max(1)))
    }

    fn has_room_beside(&self, qr: &Qr, quiet: usize) -> bool {
        qr.cells(quiet).0 + GAP_COLUMNS + BESIDE_QR_COLUMNS <= self.layout.room
    }

    /// The code to the right of the text, if both fit whole.
    fn qr_beside(
        &self,
        qr: &Qr,
        quiet: usize,
        caption: Option<&Words>,
        last: DropPriority,
    ) -> Option<Vec<Placed>> {
        let (columns, tall) = qr.cells(quiet);
        let beside = BlockLayout { room: self.layout.room - columns - GAP_COLUMNS, ..self.layout };
        let mut lines = self.lines(beside, &[]);
        let order = order(&lines, last);
        shrink(&mut lines, self.above, &order);
        let first = 1 + usize::from(lines.get(1).is_some_and(|line| line.spans.is_empty()));
        if lines.len() > self.above || first + tall > self.above {
            return None;
        }
        let below = BlockLayout { room: columns, ..self.layout };
        let caption = caption.map(|words| below.paragraph(words, Tone::Dim, 0)).unwrap_or_default();
        // The caption goes before the code does, but not for a wider border.
        let fits = first + tall + caption.len() <= self.above;
        if !fits && last == DropPriority::Air {
            return None;
        }
        let mut drawn = qr.lines(quiet);
        drawn.extend(caption.into_iter().filter(|_| fits));
        let x = self.layout.room - columns;
        let mut placed = stacked(lines);
        placed.extend(drawn.into_iter().enumerate().map(|(row, line)| (x, first + row, line)));
        Some(placed)
    }

    /// The code in its place among the text, if both fit whole.
    fn qr_below(
        &self,
        qr: &Qr,
        quiet: usize,
        caption: Option<&Words>,
        alone: bool,
        last: DropPriority,
    ) -> Option<Vec<Placed>> {
        let columns = qr.cells(quiet).0;
        if columns > self.layout.room {
            return None;
        }
        let indent = if alone { (self.layout.room - columns) / 2 } else { 0 };
        let below = BlockLayout { room: columns, ..self.layout };
        let mut drawn = qr.lines(quiet);
        drawn.extend(
            caption.map(|words| below.paragraph(words, Tone::Dim, usize::MAX)).unwrap_or_default(),
        );
        for line in &mut drawn {
            line.spans.insert(0, space(indent));
            line.focus = Some(Focus::Status);
        }
        let mut lines = self.lines(self.layout, &drawn);
        let order = order(&lines, last);
        shrink(&mut lines, self.above, &order);
        (lines.len() <= self.above).then(|| stacked(lines))
    }

    /// Why there is no code to see.
    fn missing(&self, qr: Option<&Qr>, alone: bool) -> Words {
        let Some(qr) = qr else { return Message::new("qr-no-signs").into() };
        let (columns, tall) = qr.cells(2);
        let number = |count: usize| i64::try_from(count).unwrap_or(i64::MAX);
        if columns > self.layout.room {
            let missing = number(columns - self.layout.room);
            return Message::new("qr-needs-columns").with("columns", missing).into();
        }
        // What must stay: the title, and the code beside or among the rest.
        let least = if alone {
            tall
        } else if self.has_room_beside(qr, 2) {
            let beside =
                BlockLayout { room: self.layout.room - columns - GAP_COLUMNS, ..self.layout };
            1 + tall.max(firm(&beside.body(self.page, &[])))
        } else {
            1 + firm(&self.layout.body(self.page, &qr.lines(2)))
        };
        let missing = number(least.saturating_sub(self.above).max(1));
        Message::new("qr-needs-rows").with("rows", missing).into()
    }
}

fn firm(lines: &[Line]) -> usize {
    lines.iter().filter(|line| line.keep > DropPriority::Title).count()
}

fn stacked(lines: Vec<Line>) -> Vec<Placed> {
    lines.into_iter().enumerate().map(|(row, line)| (0, row, line)).collect()
}

//! How a page fits a window: what stands beside what, and what gives way when
//! there are more lines than rows. The order is art, blank lines, dim text,
//! the QR code, the title; the code, links, choices, fields, rows and hints
//! never go, lists scroll around their cursor instead. Where even that is too
//! much, whole paragraphs beside what is asked go, the last first; then, beside
//! a code, the rows that nothing is waited for.
//!
//! A QR code that would not be whole is not there, and when it goes, what had
//! given way for it comes back.

mod without_qr;

use crate::i18n::{Catalog, Message, Words};
use crate::terminal::blocks::BlockLayout;
use crate::terminal::header_footer::{footer, message, title};
use crate::terminal::line::{DropPriority, Focus, Line, space};
use crate::terminal::minimal::minimal;
use crate::terminal::place::{MIN_SIZE, Rows, measure};
use crate::terminal::qr::{Form, Qr};
use crate::terminal::shrink::{order, scroll, shrink};
use crate::terminal::speech::Speech;
use crate::terminal::theme::TerminalStyle;
use crate::wizard::page::{Block, Page, Tone};

/// Art is for windows with this many rows.
const ART_ROWS: usize = 30;

/// A list with more items than this is long.
const LONG_LIST: usize = 10;

/// Text beside a QR code is no narrower than this, and this far from it.
const BESIDE_QR_COLUMNS: usize = 26;
const GAP_COLUMNS: usize = 3;

/// Nor wider beside one that is drawn large.
const BESIDE_LARGE_COLUMNS: usize = 44;

/// Text that is shorter than the code beside it by more rows stands in the middle.
const MUCH_TALLER: usize = 4;

/// What is typed into and a code have a page of their own down to this size.
const LEAST: (usize, usize) = (12, 3);

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
    if is_too_small(page, columns, rows) {
        let lines = minimal(page, catalog, look, (columns, rows)).into_iter().enumerate();
        return lines.map(|(row, line)| (0, row, line)).collect();
    }
    let (room, left) = measure(columns);
    let layout = BlockLayout { catalog, look, room };
    let division = divide(page, layout, rows, !page.hints.is_empty());
    let window = Window { page, layout, columns, rows, division };
    let Laid { mut placed, room: laid } = window.text();
    // Where all is seen there is no more of it.
    let is_more = placed.iter().any(|placed| placed.2.more != (false, false));
    let mut hints = page.hints.clone();
    hints.retain(|hint| is_more || hint.does.id != "key-more");
    let footer = footer(&hints, layout, columns - left);
    // What is drawn larger than the rest takes more of the window.
    let shift = (laid - room) / 2;
    let left = left.saturating_sub(shift);
    let bottom = placed.iter().filter(|placed| !placed.2.spans.is_empty()).map(|it| it.1 + 1).max();
    let (top, footer_row) = division.place(page, bottom.unwrap_or(0));
    let notice = page.notice.as_ref().map(|notice| message(notice, division.notice, layout));
    let notice = notice.unwrap_or_default().into_iter();
    let begins = footer_row.saturating_sub(notice.len());
    placed.extend(notice.enumerate().map(|(row, line)| (0, begins + row, line)));
    placed.extend(footer.map(|line| (0, footer_row, line)));
    for (x, y, _) in &mut placed {
        *x += left;
        *y += top;
    }
    placed.retain(|(_, y, _)| *y < rows);
    placed
}

/// Whether a window has room for no more than one question and one key. A page is
/// worth its place in nearly any where something is typed, which must be seen, or
/// where there is a code with where it goes.
fn is_too_small(page: &Page, columns: usize, rows: usize) -> bool {
    let least = if page.has_field() || has_code(page) { LEAST } else { MIN_SIZE };
    columns < least.0 || rows < least.1
}

fn has_code(page: &Page) -> bool {
    page.blocks.iter().any(|block| matches!(block, Block::Code(_)))
}

fn divide(page: &Page, layout: BlockLayout<'_>, rows: usize, has_footer: bool) -> Rows {
    let notice = page.notice.as_ref().map(|notice| message(notice, usize::MAX, layout).len());
    Rows::of(page, rows, has_footer, notice.unwrap_or_default())
}

/// Whether all that `page` asks, every word and fact beside its lists, is seen in
/// a window of this size.
pub fn shows_all(
    page: &Page,
    catalog: &Catalog,
    look: TerminalStyle,
    columns: usize,
    rows: usize,
) -> bool {
    if is_too_small(page, columns, rows) {
        return false;
    }
    let layout =
        BlockLayout { catalog: Speech::new(catalog, look), look, room: measure(columns).0 };
    let division = divide(page, layout, rows, !page.hints.is_empty());
    let window = Window { page, layout, columns, rows, division };
    let is_asked = |line: &&Line| {
        line.item.is_none() && line.keep > DropPriority::Title && !line.spans.is_empty()
    };
    let seen = window.text().placed;
    let seen = seen.iter().map(|(_, _, line)| line).filter(is_asked).count();
    seen == layout.body(page, &[]).iter().filter(is_asked).count()
}

/// Whether the QR code of `page`, if it has one, can be drawn alone in a window
/// of this size: all it needs beside itself is the row with the keys.
pub fn draws_qr(page: &Page, look: TerminalStyle, columns: usize, rows: usize) -> Option<bool> {
    let content = page.blocks.iter().find_map(|block| match block {
        Block::Qr { content, .. } => Some(content),
        _ => None,
    })?;
    let qr = Qr::of(content);
    let fits = |form: &Form| {
        let cells = qr.as_ref().map(|qr| qr.cells(*form, 2));
        cells.is_some_and(|(wide, tall)| wide <= alone_room(columns) && tall < rows)
    };
    Some(columns >= MIN_SIZE.0 && Form::of(look).iter().any(fits))
}

/// Columns for a code that is alone.
fn alone_room(columns: usize) -> usize {
    measure(columns).0
}

/// Lines in their places, and the columns they were laid out for.
struct Laid {
    placed: Vec<Placed>,
    room: usize,
}

struct Window<'a> {
    page: &'a Page,
    layout: BlockLayout<'a>,
    columns: usize,
    rows: usize,
    division: Rows,
}

impl Window<'_> {
    /// Everything but the footer.
    fn text(&self) -> Laid {
        let laid = |placed| Laid { placed, room: self.layout.room };
        let Some((content, caption, alone)) =
            self.page.blocks.iter().find_map(|block| match block {
                Block::Qr { content, caption, alone } => Some((content, caption.as_ref(), *alone)),
                _ => None,
            })
        else {
            return laid(self.without_qr(&[]));
        };
        let forms = Form::of(self.layout.look);
        let qr = Qr::of(content).filter(|_| !forms.is_empty());
        for form in forms {
            let Some(qr) = &qr else { break };
            if let Some(large) = self.large(qr, *form, caption, alone) {
                return large;
            }
            // Among the text one that takes most of the page is for those who
            // can have no other.
            if !alone && *form == Form::Blanks && forms.len() > 1 {
                continue;
            }
            let last = if alone { DropPriority::Title } else { DropPriority::Dim(0) };
            for last in [DropPriority::Air, last] {
                for quiet in [4, 2] {
                    let cells = (*form, quiet);
                    let found = if alone || !self.has_room_beside(qr, cells) {
                        self.qr_below(qr, cells, caption, alone, last)
                    } else {
                        self.qr_beside(qr, cells, caption, last)
                    };
                    if let Some(placed) = found {
                        return laid(placed);
                    }
                }
            }
        }
        let mut line =
            self.layout.paragraph(&self.missing(qr.as_ref(), alone), Tone::Dim, usize::MAX);
        if alone {
            let caption = caption.map(|words| self.layout.paragraph(words, Tone::Strong, 0));
            line.extend(caption.unwrap_or_default());
            for line in &mut line {
                line.keep = DropPriority::Firm;
            }
        }
        laid(self.without_qr(&line))
    }

    /// Two columns a module, beside the text, where the window has room for
    /// both: wider than a page is otherwise.
    fn large(&self, qr: &Qr, form: Form, caption: Option<&Words>, alone: bool) -> Option<Laid> {
        if alone || form != Form::Blanks {
            return None;
        }
        [4, 2].into_iter().find_map(|quiet| {
            let wide = qr.cells(form, quiet).0 + GAP_COLUMNS;
            let beside = self.columns.checked_sub(wide + 4)?.min(BESIDE_LARGE_COLUMNS);
            let room = wide + beside;
            if beside < BESIDE_QR_COLUMNS || room < self.layout.room {
                return None;
            }
            let window = Window { layout: BlockLayout { room, ..self.layout }, ..*self };
            let placed = window.qr_beside(qr, (form, quiet), caption, DropPriority::Air)?;
            Some(Laid { placed, room })
        })
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
        scroll(&mut lines, self.division.above, LONG_LIST);
        lines
    }

    fn has_room_beside(&self, qr: &Qr, (form, quiet): (Form, usize)) -> bool {
        qr.cells(form, quiet).0 + GAP_COLUMNS + BESIDE_QR_COLUMNS <= self.layout.room
    }

    /// The code to the right of the text, if both fit whole.
    fn qr_beside(
        &self,
        qr: &Qr,
        (form, quiet): (Form, usize),
        caption: Option<&Words>,
        last: DropPriority,
    ) -> Option<Vec<Placed>> {
        let (columns, tall) = qr.cells(form, quiet);
        let beside = BlockLayout { room: self.layout.room - columns - GAP_COLUMNS, ..self.layout };
        let mut lines = self.lines(beside, &[]);
        let order = order(&lines, last);
        shrink(&mut lines, self.division.above, &order);
        let first = 1 + usize::from(lines.get(1).is_some_and(|line| line.spans.is_empty()));
        if lines.len() > self.division.above || first + tall > self.division.above {
            return None;
        }
        let below = BlockLayout { room: columns, ..self.layout };
        let caption = caption.map(|words| below.paragraph(words, Tone::Dim, 0)).unwrap_or_default();
        // The caption goes before the code does, but not for a wider border.
        let fits = first + tall + caption.len() <= self.division.above;
        if !fits && last == DropPriority::Air {
            return None;
        }
        let mut drawn = qr.lines(form, quiet);
        drawn.extend(caption.into_iter().filter(|_| fits));
        let x = self.layout.room - columns;
        let down = beside_middle(&lines[first..], tall);
        let mut placed = stacked(lines);
        for (_, y, _) in placed.iter_mut().skip(first) {
            *y += down;
        }
        placed.extend(drawn.into_iter().enumerate().map(|(row, line)| (x, first + row, line)));
        Some(placed)
    }

    /// The code in its place among the text, if both fit whole.
    fn qr_below(
        &self,
        qr: &Qr,
        (form, quiet): (Form, usize),
        caption: Option<&Words>,
        alone: bool,
        last: DropPriority,
    ) -> Option<Vec<Placed>> {
        let columns = qr.cells(form, quiet).0;
        if columns > self.layout.room {
            return None;
        }
        let indent = if alone { (self.layout.room - columns) / 2 } else { 0 };
        let below = BlockLayout { room: columns, ..self.layout };
        let mut drawn = qr.lines(form, quiet);
        drawn.extend(
            caption.map(|words| below.paragraph(words, Tone::Dim, usize::MAX)).unwrap_or_default(),
        );
        for line in &mut drawn {
            line.spans.insert(0, space(indent));
            line.focus = Some(Focus::Status);
        }
        let mut lines = self.lines(self.layout, &drawn);
        let order = order(&lines, last);
        shrink(&mut lines, self.division.above, &order);
        (lines.len() <= self.division.above).then(|| stacked(lines))
    }

    /// Why there is no code to see.
    fn missing(&self, qr: Option<&Qr>, alone: bool) -> Words {
        // The form that takes the least.
        let form = Form::of(self.layout.look).last();
        let (Some(qr), Some(form)) = (qr, form) else {
            return Message::new("qr-no-signs").into();
        };
        let (columns, tall) = qr.cells(*form, 2);
        let number = |count: usize| i64::try_from(count).unwrap_or(i64::MAX);
        if columns > self.layout.room {
            let missing = number(columns - self.layout.room);
            return Message::new("qr-needs-columns").with("columns", missing).into();
        }
        // What must stay: the title, and the code beside or among the rest.
        let least = if alone {
            tall
        } else if self.has_room_beside(qr, (*form, 2)) {
            let beside =
                BlockLayout { room: self.layout.room - columns - GAP_COLUMNS, ..self.layout };
            1 + tall.max(firm(&beside.body(self.page, &[])))
        } else {
            1 + firm(&self.layout.body(self.page, &qr.lines(*form, 2)))
        };
        let missing = number(least.saturating_sub(self.division.above).max(1));
        Message::new("qr-needs-rows").with("rows", missing).into()
    }
}

/// How far down `lines` stand beside a code that is so much taller than they are:
/// their code in its middle, so that nothing moves it that is said further down.
fn beside_middle(lines: &[Line], tall: usize) -> usize {
    let text = lines.iter().rposition(|line| !line.spans.is_empty()).map_or(0, |last| last + 1);
    let Some(room) = tall.checked_sub(text).filter(|room| *room > MUCH_TALLER) else { return 0 };
    let code = lines.iter().position(|line| line.focus == Some(Focus::Code));
    code.map_or(room / 2, |code| (tall / 2).saturating_sub(code).min(room))
}

fn firm(lines: &[Line]) -> usize {
    lines.iter().filter(|line| line.keep > DropPriority::Title).count()
}

fn stacked(lines: Vec<Line>) -> Vec<Placed> {
    lines.into_iter().enumerate().map(|(row, line)| (0, row, line)).collect()
}

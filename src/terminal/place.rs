//! The rows of a window: what is above the row of keys, what is kept free for a
//! message, and where a page stands in a window that is larger than it.

use crate::wizard::page::{Block, Mark, Page, Tone};

/// Content is no wider than this in a window wider than [`FULL_WIDTH_COLUMNS`].
const TEXT_COLUMNS: usize = 72;
const FULL_WIDTH_COLUMNS: usize = 100;

/// A window with no more rows is filled from its first to its last.
const CARD_ROWS: usize = 24;

/// With so many rows a message has two of its own, with fewer one; below that
/// it takes the rows of others.
const TWO_NOTICE_ROWS: usize = 22;
const ONE_NOTICE_ROW: usize = 16;

/// A window with fewer has no row for the keys of a page that needs them all.
const FOOTER_ROWS: usize = 4;

/// Below this a page is one question and one key.
pub const MIN_SIZE: (usize, usize) = (24, 6);

/// Columns of the content, and where they begin.
pub fn measure(columns: usize) -> (usize, usize) {
    match columns {
        ..30 => (columns, 0),
        30..50 => (columns - 2, 1),
        50..=FULL_WIDTH_COLUMNS => (columns - 4, 2),
        _ => (TEXT_COLUMNS, (columns - TEXT_COLUMNS) / 2),
    }
}

/// How the rows of a window are divided.
#[derive(Clone, Copy, Debug)]
pub struct Rows {
    window: usize,
    /// For everything but messages and keys.
    pub above: usize,
    /// For a message, whether there is one or not.
    pub notice: usize,
    /// Those of them that others have while there is none.
    pub lent: usize,
    footer: usize,
}

impl Rows {
    /// For `page`, whose message has `notice` lines.
    pub fn of(page: &Page, rows: usize, has_footer: bool, notice: usize) -> Self {
        let footer = usize::from(has_footer && rows >= FOOTER_ROWS);
        let alone = page.blocks.iter().any(|block| matches!(block, Block::Qr { alone: true, .. }));
        let notice = match rows {
            _ if alone => notice.min(1),
            TWO_NOTICE_ROWS.. => 2,
            ONE_NOTICE_ROW.. => 1,
            // What is told beside the way takes no row of others.
            _ if matches!(page.notice, Some((Tone::Dim, _))) => 0,
            MIN_NOTICE_ROWS.. => notice.min(2),
            // What went wrong is never kept back.
            _ if matches!(page.notice, Some((Tone::Bad, _))) => 1,
            _ => 0,
        };
        let lent = if rows < ONE_NOTICE_ROW { notice } else { 0 };
        Self { window: rows, above: rows.saturating_sub(footer + notice), notice, lent, footer }
    }

    /// The same where nobody has lent a row to a message.
    #[must_use]
    pub fn taken_back(self) -> Self {
        Self { above: self.above + self.lent, lent: 0, ..self }
    }

    /// Where the page begins, and the row of its keys, counted from there. Its
    /// text ends at `bottom`.
    pub fn place(self, page: &Page, bottom: usize) -> (usize, usize) {
        let card = (bottom + self.notice + self.footer).min(self.window);
        let is_over = is_over(page) && self.notice > 0;
        if self.window <= CARD_ROWS && !is_over {
            return (0, self.window.saturating_sub(self.footer));
        }
        // Where somebody types, a list may become shorter with each letter:
        // what is typed stays where it is.
        let stands = if page.has_field() { card.max(CARD_ROWS) } else { card };
        let top = self.window.saturating_sub(stands) / 2;
        (top, card.saturating_sub(self.footer))
    }
}

const MIN_NOTICE_ROWS: usize = 8;

/// Whether a page says no more than what came of something: then its few lines
/// and its keys stand together, in the middle.
fn is_over(page: &Page) -> bool {
    let came_of_it =
        |block: &Block| matches!(block, Block::Text { tone: Tone::Bad | Tone::Good, .. });
    let only_tells = |block: &Block| match block {
        Block::Text { .. } | Block::Code(_) | Block::Gap => true,
        Block::Rows(rows) => rows.iter().all(|row| !row.chosen && row.mark != Mark::Now),
        _ => false,
    };
    page.blocks.iter().any(came_of_it) && page.blocks.iter().all(only_tells)
}

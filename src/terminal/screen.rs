//! What is written to the terminal: the cells that changed since the last
//! time, and nothing when none did. All of a frame goes out in one write.
//!
//! Written by hand rather than through a ready-made backend for two reasons:
//! a hyperlink must be opened and closed around its cells and written again
//! when only its target changed, and ready-made ones end every frame, even an
//! empty one, with resets.

use std::fmt::Write as _;
use std::io::{self, Write};

use ratatui::buffer::Cell;
use ratatui::style::{Color, Modifier};
use unicode_width::UnicodeWidthStr;

use crate::terminal::draw::Canvas;
use crate::terminal::link;

/// A terminal's screen as we left it.
#[derive(Debug)]
pub struct Screen<W> {
    out: W,
    /// `None` when what is there is not known: at the start, after somebody
    /// else had the terminal, after the window changed.
    shown: Option<Canvas>,
    synchronized: bool,
}

impl<W: Write> Screen<W> {
    /// A screen of which nothing is known.
    pub fn new(out: W) -> Self {
        Self { out, shown: None, synchronized: false }
    }

    /// The terminal can hold a frame back until it is whole.
    pub fn synchronize(&mut self, synchronized: bool) {
        self.synchronized = synchronized;
    }

    /// Whatever is there now is not what we left.
    pub fn forget(&mut self) {
        self.shown = None;
    }

    pub fn out(&mut self) -> &mut W {
        &mut self.out
    }

    /// Makes the terminal show `next`.
    pub fn show(&mut self, next: Canvas) -> io::Result<()> {
        let mut frame = Frame::default();
        let known = self.shown.take().filter(|shown| shown.cells.area == next.cells.area);
        let shown = known.unwrap_or_else(|| {
            frame.bytes.push_str("\x1b[0m\x1b[2J\x1b[?25l");
            Canvas::empty(next.cells.area.width, next.cells.area.height)
        });
        frame.changes(&shown, &next);
        if !frame.bytes.is_empty() {
            if self.synchronized && frame.bytes.len() > LARGE {
                frame.bytes.insert_str(0, "\x1b[?2026h");
                frame.bytes.push_str("\x1b[?2026l");
            }
            self.out.write_all(frame.bytes.as_bytes())?;
            self.out.flush()?;
        }
        self.shown = Some(next);
        Ok(())
    }

    /// Writes what `question` has for a row, from 1, and then that row's first
    /// `columns` again: in one write, so that nothing is seen of it. Nothing
    /// where nothing is shown, or has no room for it. Never in the first row: what F3
    /// sends with Shift, Alt or Ctrl is the same as where the cursor is in that.
    pub fn ask(&mut self, columns: u16, question: impl FnOnce(u16) -> String) -> io::Result<()> {
        let Some(shown) = self.shown.as_ref() else { return Ok(()) };
        let area = shown.cells.area;
        if area.width < columns || area.height < 2 {
            return Ok(());
        }
        // A row that is blank there is the one that is missed least.
        let is_blank = |y: &u16| (0..columns).all(|x| shown.cells[(x, *y)] == Cell::default());
        let y = (1..area.height).find(is_blank).unwrap_or(1);
        let mut frame = Frame { bytes: question(y + 1), ..Frame::default() };
        let row = (0..columns).map(|x| (x, y, &shown.cells[(x, y)])).collect();
        frame.cells(row, shown);
        frame.caret(shown);
        self.out.write_all(frame.bytes.as_bytes())?;
        self.out.flush()
    }
}

/// A frame of more bytes is held back until it is whole; a tick is not.
const LARGE: usize = 200;

/// The bytes that lead from one canvas to the next.
#[derive(Debug, Default)]
struct Frame {
    bytes: String,
    style: Style,
    link: Option<String>,
    /// Where the next symbol would go by itself.
    at: Option<(u16, u16)>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Style {
    ink: Color,
    paper: Color,
    modifier: Modifier,
}

impl Frame {
    fn changes(&mut self, shown: &Canvas, next: &Canvas) {
        let cells: Vec<(u16, u16, &Cell)> = changed(shown, next);
        let moved = shown.caret != next.caret;
        if cells.is_empty() && !moved {
            return;
        }
        if shown.caret.is_some() {
            self.bytes.push_str("\x1b[?25l");
        }
        self.cells(cells, next);
        self.caret(next);
    }

    fn cells(&mut self, cells: Vec<(u16, u16, &Cell)>, next: &Canvas) {
        for (x, y, cell) in cells {
            if self.at != Some((x, y)) {
                let _ = write!(self.bytes, "\x1b[{};{}H", y + 1, x + 1);
            }
            self.link(next.target(next.cells.index_of(x, y)));
            self.style(Style { ink: cell.fg, paper: cell.bg, modifier: cell.modifier });
            if !is_plain(cell) {
                // Whatever lies under all its columns goes first.
                let blanks = usize::from(columns(cell));
                let _ = write!(self.bytes, "{:blanks$}\x1b[{};{}H", "", y + 1, x + 1);
            }
            self.bytes.push_str(cell.symbol());
            // Where the cursor is after anything else is for the terminal to
            // know: the place is said again.
            self.at = is_plain(cell).then_some((x + 1, y));
        }
        self.link(None);
        self.style(Style::default());
    }

    fn caret(&mut self, next: &Canvas) {
        if let Some((x, y)) = next.caret {
            let _ = write!(self.bytes, "\x1b[{};{}H\x1b[?25h", y + 1, x + 1);
        }
    }

    fn link(&mut self, target: Option<&str>) {
        if self.link.as_deref() != target {
            if self.link.is_some() {
                self.bytes.push_str(link::CLOSE);
            }
            self.link = target.map(ToOwned::to_owned);
            if let Some(target) = target {
                self.bytes.push_str(&link::open(target));
            }
        }
    }

    fn style(&mut self, style: Style) {
        if self.style == style {
            return;
        }
        self.bytes.push_str("\x1b[0");
        for (modifier, number) in
            [(Modifier::BOLD, 1), (Modifier::DIM, 2), (Modifier::UNDERLINED, 4)]
        {
            if style.modifier.contains(modifier) {
                let _ = write!(self.bytes, ";{number}");
            }
        }
        self.color(style.ink, 30);
        self.color(style.paper, 40);
        self.bytes.push('m');
        self.style = style;
    }

    /// `base` is 30 for ink and 40 for paper. The theme uses these colours
    /// only; another would be a fault of ours that a test of the theme finds.
    fn color(&mut self, color: Color, base: u8) {
        let number = match color {
            Color::Black => 0,
            Color::Red => 1,
            Color::Green => 2,
            Color::Yellow => 3,
            Color::Blue => 4,
            Color::Magenta => 5,
            Color::Cyan => 6,
            Color::Gray => 7,
            Color::Indexed(number) => {
                let _ = write!(self.bytes, ";{};5;{number}", base + 8);
                return;
            }
            _ => return,
        };
        let _ = write!(self.bytes, ";{}", base + number);
    }
}

/// A gap of unchanged cells that is no wider is written again: a move costs as
/// much, and blanks that were written are blanks when somebody copies them.
const GAP: u16 = 5;

/// The cells that look or lead otherwise than before, in reading order, and
/// short gaps between them.
fn changed<'a>(shown: &Canvas, next: &'a Canvas) -> Vec<(u16, u16, &'a Cell)> {
    let area = next.cells.area;
    let mut cells = Vec::new();
    for y in 0..area.height {
        let mut x = 0;
        let mut last: Option<u16> = None;
        // Terminals do not agree on how wide some clusters are: what follows
        // one may have been drawn over.
        let mut doubtful = false;
        while x < area.width {
            let cell = &next.cells[(x, y)];
            let index = next.cells.index_of(x, y);
            let same = shown.cells[(x, y)] == *cell && shown.target(index) == next.target(index);
            let wide = columns(cell);
            if !same || doubtful {
                if let Some(last) = last.filter(|last| x - last - 1 <= GAP) {
                    let gap: Vec<u16> = (last + 1..x).collect();
                    let plain = |x: &u16| is_plain(&next.cells[(*x, y)]);
                    if is_plain(&next.cells[(last, y)]) && gap.iter().all(plain) {
                        cells.extend(gap.into_iter().map(|x| (x, y, &next.cells[(x, y)])));
                    }
                }
                cells.push((x, y, cell));
                last = Some(x);
                doubtful = !is_plain(cell) && cell.symbol().chars().count() > 1;
            }
            x += wide;
        }
    }
    cells
}

/// Columns of a cell's symbol.
fn columns(cell: &Cell) -> u16 {
    u16::try_from(cell.symbol().width()).unwrap_or(1).max(1)
}

/// One character in one column: every terminal agrees on it.
fn is_plain(cell: &Cell) -> bool {
    columns(cell) == 1 && cell.symbol().chars().count() == 1
}

//! A page as cells: the lines of [`crate::terminal::fit`] put into a buffer,
//! with the links that lie over them.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::i18n::Catalog;
use crate::terminal::consent::readable;
use crate::terminal::fit::fit;
use crate::terminal::line::{Line, width};
use crate::terminal::theme::{Role, TerminalStyle};
use crate::wizard::page::{Page, Tone};

/// What is to be seen: cells, the links over them, the cursor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Canvas {
    /// Symbols and styles.
    pub cells: Buffer,
    /// For each cell, in the buffer's order, the link it is part of.
    pub links: Vec<Option<usize>>,
    /// What the links lead to.
    pub targets: Vec<String>,
    /// Where the cursor is seen, if it is.
    pub caret: Option<(u16, u16)>,
}

impl Canvas {
    /// Nothing, in this size.
    pub fn empty(columns: u16, rows: u16) -> Self {
        let cells = Buffer::empty(Rect::new(0, 0, columns, rows));
        let links = vec![None; cells.content().len()];
        Self { cells, links, targets: Vec::new(), caret: None }
    }

    /// `page` in a window of this size; what asks for consent whole or not at all.
    pub fn of(
        page: &Page,
        catalog: &Catalog,
        look: TerminalStyle,
        columns: u16,
        rows: u16,
    ) -> Self {
        let mut canvas = Self::empty(columns, rows);
        let (wide, tall) = (columns.into(), rows.into());
        let page = &*readable(page, catalog, look, wide, tall);
        for (x, y, line) in fit(page, catalog, look, wide, tall) {
            if let (Ok(x), Ok(y)) = (u16::try_from(x), u16::try_from(y)) {
                canvas.line(x, y, &line, look);
            }
        }
        canvas
    }

    fn line(&mut self, left: u16, y: u16, line: &Line, look: TerminalStyle) {
        let area = self.cells.area;
        if y >= area.height || left >= area.width {
            return;
        }
        let mut x = left;
        for span in &line.spans {
            let room = usize::from(area.width.saturating_sub(x));
            if room == 0 {
                break;
            }
            let text = look.charset.in_place(&span.text);
            let (next, _) = self.cells.set_stringn(x, y, text, room, look.style(&span.role));
            if let (Role::Link(target), true) = (&span.role, look.hyperlinks) {
                let number = self.number(target);
                for x in x..next {
                    let cell = self.cells.index_of(x, y);
                    self.links[cell] = Some(number);
                }
            }
            x = next;
        }
        let (up, down) = look.more();
        let more = match line.more {
            (false, false) => String::new(),
            (true, false) => up.to_owned(),
            (false, true) => down.to_owned(),
            (true, true) => format!("{up}{down}"),
        };
        let at = usize::from(area.width).saturating_sub(usize::from(left) + width(&more));
        if let (false, Ok(at)) = (more.is_empty(), u16::try_from(at)) {
            let style = look.style(&Role::Tone(Tone::Dim));
            self.cells.set_string(at.max(x.min(area.width - 1)), y, more, style);
        }
        if let Some(caret) = line.caret.and_then(|caret| u16::try_from(caret).ok()) {
            self.caret = Some(((left + caret).min(area.width - 1), y));
        }
    }

    fn number(&mut self, target: &str) -> usize {
        let known = self.targets.iter().position(|own| own == target);
        known.unwrap_or_else(|| {
            self.targets.push(target.to_owned());
            self.targets.len() - 1
        })
    }

    /// What the cell is part of.
    pub fn target(&self, cell: usize) -> Option<&str> {
        self.links.get(cell).copied().flatten().map(|link| self.targets[link].as_str())
    }

    /// The rows as text, blanks at their ends cut off.
    pub fn text(&self) -> String {
        let area = self.cells.area;
        let row = |y: u16| {
            let mut text = String::new();
            let mut x = 0;
            while x < area.width {
                let symbol = self.cells[(x, y)].symbol();
                text.push_str(symbol);
                x += u16::try_from(width(symbol)).unwrap_or(1).max(1);
            }
            text.trim_end().to_owned()
        };
        (0..area.height).map(row).collect::<Vec<_>>().join("\n")
    }
}

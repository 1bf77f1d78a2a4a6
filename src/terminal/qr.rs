//! A QR code as terminal cells, light modules drawn white on black whatever the
//! terminal's own colours are, because on default colours no decoder reads it.
//!
//! There are two ways. Two blanks a module, in colours, need no glyph, no width
//! and no font without gaps: a camera reads them wherever there are colours.
//! Half a cell a module takes a quarter of the room.

use std::fmt::Write as _;

use qrcode::{Color as Module, EcLevel, QrCode};

use crate::terminal::line::{Line, Span, span};
use crate::terminal::theme::{QR_BLACK, QR_WHITE, Role, TerminalStyle};

/// Light modules around a code (ISO/IEC 18004 wants four; every camera takes two).
const QUIET: usize = 2;

/// How modules become cells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// Two blanks a module.
    Blanks,
    /// Half a cell a module.
    Halves,
}

impl Form {
    /// The ways in which this terminal can show a code, the better one first.
    pub fn of(look: TerminalStyle) -> &'static [Self] {
        match (look.paper, look.draws_signs()) {
            (false, _) => &[],
            (true, false) => &[Self::Blanks],
            (true, true) => &[Self::Blanks, Self::Halves],
        }
    }
}

/// A code that can be drawn.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Qr {
    /// Modules on a side, without quiet zone.
    side: usize,
    /// Row by row, true for dark.
    dark: Vec<bool>,
}

/// `content` as text with colours, in the best way for which a window of so many columns
/// and rows has room; `None` where there is none.
pub fn in_window(
    content: &str,
    look: TerminalStyle,
    columns: usize,
    rows: usize,
) -> Option<String> {
    let qr = Qr::of(content)?;
    let fits = |form: &&Form| {
        let (wide, high) = qr.cells(**form, QUIET);
        wide <= columns && high <= rows
    };
    let form = Form::of(look).iter().find(fits)?;
    let mut text = String::new();
    for line in qr.lines(*form, QUIET) {
        for span in &line.spans {
            let (front, back) = match span.role {
                Role::Module { light: true } => (QR_BLACK, QR_WHITE),
                _ => (QR_WHITE, QR_BLACK),
            };
            let _ = write!(text, "\u{1b}[38;5;{front};48;5;{back}m{}", span.text);
        }
        text.push_str("\u{1b}[0m\n");
    }
    Some(text)
}

impl Qr {
    /// The smallest code that holds `content`, with as much error correction
    /// as that size allows; `None` when no size holds it.
    pub fn of(content: &str) -> Option<Self> {
        let smallest = QrCode::with_error_correction_level(content, EcLevel::L).ok()?;
        let strongest = [EcLevel::H, EcLevel::Q, EcLevel::M]
            .into_iter()
            .find_map(|level| QrCode::with_version(content, smallest.version(), level).ok());
        let code = strongest.unwrap_or(smallest);
        Some(Self {
            side: code.width(),
            dark: code.into_colors().into_iter().map(|module| module == Module::Dark).collect(),
        })
    }

    /// Columns and rows it takes with a quiet zone of this many modules.
    pub fn cells(&self, form: Form, quiet: usize) -> (usize, usize) {
        let side = self.side + 2 * quiet;
        match form {
            Form::Blanks => (2 * side, side),
            Form::Halves => (side, side.div_ceil(2)),
        }
    }

    /// Drawn with a quiet zone of this many modules.
    pub fn lines(&self, form: Form, quiet: usize) -> Vec<Line> {
        match form {
            Form::Blanks => self.blanks(quiet),
            Form::Halves => self.halves(quiet),
        }
    }

    fn blanks(&self, quiet: usize) -> Vec<Line> {
        let side = self.side + 2 * quiet;
        (0..side)
            .map(|y| {
                let mut spans: Vec<Span> = Vec::new();
                for x in 0..side {
                    let role = Role::Module { light: !self.is_dark(x, y, quiet) };
                    match spans.last_mut() {
                        Some(run) if run.role == role => run.text.push_str("  "),
                        _ => spans.push(span("  ", role)),
                    }
                }
                Line::of(spans)
            })
            .collect()
    }

    fn halves(&self, quiet: usize) -> Vec<Line> {
        let (columns, rows) = self.cells(Form::Halves, quiet);
        // What lies beyond an odd last row is quiet too.
        let light = |x: usize, y: usize| !self.is_dark(x, y, quiet);
        (0..rows)
            .map(|row| {
                let cells =
                    (0..columns).map(|x| match (light(x, 2 * row), light(x, 2 * row + 1)) {
                        (true, true) => '█',
                        (true, false) => '▀',
                        (false, true) => '▄',
                        (false, false) => ' ',
                    });
                Line::text(cells.collect::<String>(), Role::Qr)
            })
            .collect()
    }

    fn is_dark(&self, x: usize, y: usize, quiet: usize) -> bool {
        let inside = |at: usize| at.checked_sub(quiet).filter(|at| *at < self.side);
        match (inside(x), inside(y)) {
            (Some(x), Some(y)) => self.dark[y * self.side + x],
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_of_28_characters_is_33_by_17_cells() {
        let host = "crewmesh.hospital.example.or";
        assert_eq!(host.len(), 28);
        let link = format!("HTTPS://{}/D/WDJBMJPV", host.to_uppercase());
        let qr = Qr::of(&link).unwrap();
        for (form, quiet, cells) in [
            (Form::Halves, 4, (33, 17)),
            (Form::Halves, 2, (29, 15)),
            (Form::Blanks, 4, (66, 33)),
            (Form::Blanks, 2, (58, 29)),
        ] {
            assert_eq!(qr.cells(form, quiet), cells);
            let lines = qr.lines(form, quiet);
            assert_eq!(lines.len(), cells.1);
            assert!(lines.iter().all(|line| line.width() == cells.0));
        }
        // 33 modules are odd: the half row beyond them is as white as the rest.
        let last = &qr.lines(Form::Halves, 4)[16].spans[0].text;
        assert_eq!(*last, "█".repeat(33));
    }

    #[test]
    fn what_no_code_holds_is_not_drawn() {
        assert_eq!(Qr::of(&"x".repeat(5_000)), None);
    }
}

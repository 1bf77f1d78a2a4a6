//! A QR code as terminal cells: two modules to a cell, light ones drawn white
//! on black whatever the terminal's own colours are, because on default
//! colours no decoder reads it.

use qrcode::{Color as Module, EcLevel, QrCode};

use crate::terminal::line::Line;
use crate::terminal::theme::Role;

/// A code that can be drawn.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Qr {
    /// Modules on a side, without quiet zone.
    side: usize,
    /// Row by row, true for dark.
    dark: Vec<bool>,
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
    pub fn cells(&self, quiet: usize) -> (usize, usize) {
        let side = self.side + 2 * quiet;
        (side, side.div_ceil(2))
    }

    /// Drawn with a quiet zone of this many modules.
    pub fn lines(&self, quiet: usize) -> Vec<Line> {
        let (columns, rows) = self.cells(quiet);
        let light = |x: usize, y: usize| y < columns && !self.is_dark(x, y, quiet);
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
        assert_eq!(qr.cells(4), (33, 17));
        assert_eq!(qr.cells(2), (29, 15));
        assert_eq!(qr.lines(4).len(), 17);
        assert!(qr.lines(4).iter().all(|line| line.width() == 33));
    }

    #[test]
    fn what_no_code_holds_is_not_drawn() {
        assert_eq!(Qr::of(&"x".repeat(5_000)), None);
    }
}

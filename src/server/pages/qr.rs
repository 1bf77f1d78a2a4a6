//! A QR code as a picture inside a page, dark on light whatever the page's own
//! colours are.

use std::fmt::Write as _;

use qrcode::{Color, EcLevel, QrCode};

/// Modules around it that stay light.
const QUIET: usize = 4;

/// A picture for a template.
pub(super) struct Qr {
    /// Modules on a side, with the quiet zone.
    pub(super) side: usize,
    /// Its dark modules, as the `d` of an SVG path.
    pub(super) path: String,
}

impl Qr {
    /// Of `content`; `None` when no code holds it.
    pub(super) fn of(content: &str) -> Option<Self> {
        let code = QrCode::with_error_correction_level(content, EcLevel::M).ok()?;
        let width = code.width();
        let colors = code.to_colors();
        let mut path = String::new();
        for (y, row) in colors.chunks(width).enumerate() {
            for (x, color) in row.iter().enumerate() {
                if *color == Color::Dark {
                    let _ = write!(path, "M{} {}h1v1h-1z", x + QUIET, y + QUIET);
                }
            }
        }
        Some(Self { side: width + 2 * QUIET, path })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_shows_what_it_was_made_of() {
        let text = format!("otpauth://totp/mesh.example.org:ana?secret={}", "A".repeat(32));
        let qr = Qr::of(&text).unwrap();
        // Each module as eight pixels, as a camera would see them.
        let mut dark = vec![vec![false; qr.side]; qr.side];
        for module in qr.path.split("h1v1h-1z").filter_map(|part| part.strip_prefix('M')) {
            let (x, y) = module.split_once(' ').unwrap();
            dark[y.parse::<usize>().unwrap()][x.parse::<usize>().unwrap()] = true;
        }
        let side = qr.side * 8;
        let mut image = rqrr::PreparedImage::prepare_from_greyscale(side, side, |x, y| {
            if dark[y / 8][x / 8] { 0 } else { 255 }
        });
        let (_, read) = image.detect_grids()[0].decode().unwrap();
        assert_eq!(read, text);
    }

    #[test]
    fn what_no_code_holds_is_not_drawn() {
        assert!(Qr::of(&"x".repeat(5_000)).is_none());
    }
}

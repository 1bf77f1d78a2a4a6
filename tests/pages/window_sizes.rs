//! What must never go, at every size; the QR code read back from its cells.

use std::collections::HashSet;

use crewmesh::i18n::{Catalog, Language};
use crewmesh::terminal::draw::Canvas;
use crewmesh::terminal::fit::draws_qr;
use crewmesh::terminal::theme::TerminalStyle;
use crewmesh::wizard::page::{Block, Page};
use ratatui::style::Color;

use super::{drawn, renderers};
use crate::support::qr;

/// Every size that is a page, small ones closely.
fn sizes() -> impl Iterator<Item = (u16, u16)> {
    let columns = (24..60).chain([72, 80, 100, 101, 112, 140, 250]);
    columns.flat_map(|columns| (6..30).chain([45, 100]).map(move |rows| (columns, rows)))
}

/// The text of a canvas without breaks and blanks: a wrapped link is whole.
fn run_together(canvas: &Canvas) -> String {
    canvas.text().split_whitespace().collect()
}

#[test]
fn the_code_never_goes_and_is_never_broken() {
    let page = renderers::sign_in(587);
    for (columns, rows) in (1..30).flat_map(|columns| (1..8).map(move |rows| (columns, rows))) {
        let canvas = drawn(&page, columns, rows);
        if columns >= 9 {
            assert!(canvas.text().contains("WDJB-MJPV"), "{columns}×{rows}\n{}", canvas.text());
        }
    }
    for (columns, rows) in sizes() {
        let canvas = drawn(&page, columns, rows);
        assert!(canvas.text().contains("WDJB-MJPV"), "{columns}×{rows}\n{}", canvas.text());
    }
}

#[test]
fn link_rows_and_hints_are_there_wherever_there_are_rows_for_them() {
    let page = renderers::sign_in(587);
    for (columns, rows) in sizes().filter(|(_, rows)| *rows >= 18) {
        let canvas = drawn(&page, columns, rows);
        let text = run_together(&canvas);
        if !canvas.text().contains('█') {
            assert!(
                text.contains("https://crewmesh.hospital.example.or/d"),
                "{columns}×{rows}\n{}",
                canvas.text()
            );
        }
        let linked = canvas.links.iter().filter(|link| link.is_some()).count();
        assert_eq!(linked, 38, "{columns}×{rows}\n{}", canvas.text());
        for hint in ["ccopycode", "ucopylink", "escback"] {
            assert!(text.contains(hint), "{columns}×{rows}\n{}", canvas.text());
        }
    }
}

#[test]
fn the_chosen_line_of_a_list_is_always_seen() {
    // In the middle at every size; at the ends, where scrolling begins and
    // stops, for each way a page is laid out.
    let widths = [24, 29, 30, 49, 50, 100, 101];
    for cursor in [30, 0, 1, 58, 59] {
        let page = renderers::meshes(cursor);
        for (columns, rows) in
            sizes().filter(|(columns, _)| cursor == 30 || widths.contains(columns))
        {
            let canvas = drawn(&page, columns, rows);
            let chosen = format!("▸ Mesh {cursor}");
            assert!(canvas.text().contains(&chosen), "{columns}×{rows}\n{}", canvas.text());
        }
    }
}

#[test]
fn nothing_gives_way_while_there_is_room() {
    for (_, page) in renderers::all() {
        let small = drawn(&page, 80, 24).text();
        let hints = page.hints.len();
        assert!(hints > 0 && small.lines().count() == 24);
    }
    let page = drawn(&renderers::welcome(), 40, 12).text();
    for choice in ["Sign in", "Paste an access token", "Join", "Create an account", "Exit"] {
        assert!(page.contains(choice), "{page}");
    }
}

#[test]
fn no_row_is_ever_too_long_and_no_page_panics() {
    for (_, page) in renderers::all() {
        for (columns, rows) in (0..26).flat_map(|columns| (0..9).map(move |rows| (columns, rows))) {
            let text = drawn(&page, columns, rows).text();
            assert!(text.lines().count() <= usize::from(rows));
        }
    }
}

/// The modules of the QR code in a canvas, read as a camera would: by what
/// each half of a cell shines like.
fn modules(canvas: &Canvas) -> Option<Vec<Vec<bool>>> {
    let area = canvas.cells.area;
    let is_qr = |x: u16, y: u16| canvas.cells[(x, y)].bg == Color::Indexed(16);
    let all = || (0..area.height).flat_map(|y| (0..area.width).map(move |x| (x, y)));
    let cells: Vec<(u16, u16)> = all().filter(|(x, y)| is_qr(*x, *y)).collect();
    let left = cells.iter().map(|(x, _)| *x).min()?;
    let right = cells.iter().map(|(x, _)| *x).max()?;
    let top = cells.iter().map(|(_, y)| *y).min()?;
    let bottom = cells.iter().map(|(_, y)| *y).max()?;
    let columns = usize::from(right - left) + 1;
    let rows = usize::from(bottom - top) + 1;
    assert_eq!(cells.len(), columns * rows, "nothing lies over the code");
    let mut light = vec![vec![false; columns]; 2 * rows];
    for (x, y) in cells {
        let cell = &canvas.cells[(x, y)];
        assert_eq!(cell.fg, Color::Indexed(231));
        let (column, row) = (usize::from(x - left), usize::from(y - top));
        let halves = match cell.symbol() {
            "█" => (true, true),
            "▀" => (true, false),
            "▄" => (false, true),
            " " => (false, false),
            other => panic!("{other:?} in a QR code"),
        };
        light[2 * row][column] = halves.0;
        light[2 * row + 1][column] = halves.1;
    }
    Some(light)
}

#[test]
fn the_qr_code_is_read_back_at_each_size_that_shows_it() {
    let mut shown = 0;
    let mut pictures = HashSet::new();
    let pages = [renderers::sign_in(587), renderers::sign_in_captioned(), renderers::big_qr()];
    for (columns, rows) in sizes() {
        for page in &pages {
            let canvas = drawn(page, columns, rows);
            match modules(&canvas) {
                Some(light) => {
                    // The same picture is read once.
                    if pictures.insert(light.clone()) {
                        assert_eq!(qr::decoded(&light), renderers::LINK, "{columns}×{rows}");
                    }
                    shown += 1;
                }
                None => assert!(columns < 70 || rows < 21, "{columns}×{rows}\n{}", canvas.text()),
            }
        }
    }
    assert!(shown > 100, "{shown}");
    assert_eq!(pictures.len(), 2, "a quiet zone of four modules, and of two");
}

#[test]
fn at_80_by_24_it_is_33_by_17_cells() {
    for page in [renderers::sign_in(587), renderers::sign_in_captioned(), renderers::big_qr()] {
        let light = modules(&drawn(&page, 80, 24)).expect("there is room");
        assert_eq!((light[0].len(), light.len() / 2), (33, 17));
    }
}

#[test]
fn a_code_that_does_not_fit_is_said_to_and_how_much_is_missing() {
    let page = renderers::big_qr();
    for rows in 6..16 {
        let text = drawn(&page, 40, rows).text();
        let more = 16 - rows;
        let said = if more == 1 { "one more row".to_owned() } else { format!("{more} more rows") };
        assert!(text.contains(&said), "40×{rows}\n{text}");
        assert!(modules(&drawn(&page, 40, rows + more)).is_some(), "so many are enough");
    }
    let bare = TerminalStyle { rich_signs: false, ..TerminalStyle::full() };
    let catalog = Catalog::new(Language::ENGLISH);
    let text = Canvas::of(&page, &catalog, bare, 80, 24).text();
    assert!(text.contains("cannot draw a QR code"), "{text}");
}

#[test]
fn a_qr_code_is_offered_where_it_is_drawn_and_nowhere_else() {
    let catalog = Catalog::new(Language::ENGLISH);
    for look in
        [TerminalStyle::full(), TerminalStyle { rich_signs: false, ..TerminalStyle::full() }]
    {
        for (columns, rows) in sizes() {
            let big = Canvas::of(&renderers::big_qr(), &catalog, look, columns, rows);
            let offered =
                draws_qr(&renderers::sign_in(587), look, columns.into(), rows.into()).unwrap();
            assert_eq!(modules(&big).is_some(), offered, "{columns}×{rows}\n{}", big.text());
        }
    }
    assert_eq!(draws_qr(&renderers::welcome(), TerminalStyle::full(), 80, 24), None);
}

#[test]
fn one_sign_says_what_enter_takes() {
    for (_, page) in renderers::all() {
        let list = |block: &Block| match block {
            Block::Choices(choices) => choices.cursor.is_some(),
            Block::Field(field) => field.cursor.is_some(),
            _ => false,
        };
        if page.blocks.iter().any(list) {
            let text = drawn(&page, 80, 24).text();
            let signs = text.lines().filter(|line| line.trim_start().starts_with('▸')).count();
            assert_eq!(signs, 1, "{text}");
        }
    }
}

#[test]
fn bare_consoles_get_nothing_their_font_has_not() {
    let bare = TerminalStyle { rich_signs: false, ..TerminalStyle::full() };
    let ours =
        |page: &Page| Canvas::of(page, &Catalog::new(Language::ENGLISH), bare, 80, 24).text();
    for page in [renderers::sign_in(587), renderers::launch(), renderers::token()] {
        let text = ours(&page);
        for sign in ['✔', '▸', '✘', '█', '▀', '•'] {
            assert!(!text.contains(sign), "{sign} in\n{text}");
        }
    }
}

//! What is written to the terminal, byte for byte, and what a terminal makes
//! of it.

use std::collections::BTreeSet;
use std::io::{self, Write};
use std::num::NonZeroU16;
use std::time::Duration;

use crewmesh::i18n::{Catalog, Language};
use crewmesh::terminal::draw::Canvas;
use crewmesh::terminal::screen::Screen;
use crewmesh::terminal::theme::TerminalStyle;
use crewmesh::wizard::page::{Block, Corner, Page};

use super::renderers;

/// A terminal: reads what is written, keeps the bytes.
struct Emulator {
    bytes: Vec<u8>,
    screen: vt100::Parser,
}

impl Emulator {
    fn new(columns: u16, rows: u16) -> Self {
        let cells = |count| NonZeroU16::new(count).expect("a terminal has cells");
        Self { bytes: Vec::new(), screen: vt100::Parser::new(cells(rows), cells(columns), 0) }
    }

    fn cell(&self, text: &str) -> vt100::Cell {
        let screen = self.screen.screen();
        let (rows, columns) = screen.size();
        for row in 0..rows.get() {
            let line: Vec<String> = (0..columns.get())
                .map(|column| {
                    let cell = screen.cell(row, column).expect("inside");
                    if cell.has_contents() { cell.contents().to_owned() } else { " ".into() }
                })
                .collect();
            for column in 0..line.len() {
                if line[column..].concat().starts_with(text) {
                    let column = u16::try_from(column).expect("small");
                    return screen.cell(row, column).expect("inside").clone();
                }
            }
        }
        panic!("no {text:?} in\n{}", screen.contents());
    }
}

impl Write for Emulator {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.bytes.extend_from_slice(bytes);
        self.screen.process(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Shows the pages one after the other and says what was written for the last.
fn written(look: TerminalStyle, pages: &[Page]) -> (String, Emulator) {
    let catalog = Catalog::new(Language::ENGLISH);
    let mut screen = Screen::new(Emulator::new(80, 24));
    for page in pages {
        screen.out().bytes.clear();
        screen.show(Canvas::of(page, &catalog, look, 80, 24)).expect("an emulator takes bytes");
    }
    let emulator = std::mem::replace(screen.out(), Emulator::new(1, 1));
    (String::from_utf8(emulator.bytes.clone()).expect("UTF-8"), emulator)
}

#[test]
fn an_equal_page_writes_nothing() {
    let (bytes, _) =
        written(TerminalStyle::full(), &[renderers::sign_in(587), renderers::sign_in(587)]);
    assert_eq!(bytes, "");
}

#[test]
fn a_tick_writes_some_tens_of_bytes_in_the_first_row_only() {
    let (bytes, emulator) =
        written(TerminalStyle::full(), &[renderers::sign_in(587), renderers::sign_in(586)]);
    assert_eq!(bytes, "\x1b[1;78H\x1b[0;2m6\x1b[0m");
    assert!(emulator.screen.screen().contents().contains("expires in 9:46"));
    // The widest tick changes four characters.
    let (bytes, emulator) =
        written(TerminalStyle::full(), &[renderers::sign_in(600), renderers::sign_in(599)]);
    assert!(bytes.len() < 60, "{bytes:?}");
    assert_eq!(bytes, "\x1b[1;63H \x1b[0;2mexpires in 9:59\x1b[0m");
    assert!(emulator.screen.screen().contents().contains("  expires in 9:59"));
}

#[test]
fn without_ticks_nothing_is_written_between_what_is_spoken() {
    let calm = TerminalStyle { calm: true, ..TerminalStyle::full() };
    let (bytes, _) = written(calm, &[renderers::sign_in(587), renderers::sign_in(301)]);
    assert_eq!(bytes, "");
    let (_, emulator) = written(calm, &[renderers::sign_in(587), renderers::sign_in(300)]);
    assert!(emulator.screen.screen().contents().contains("expires within 5 minutes"));
}

#[test]
fn what_was_drawn_bit_by_bit_is_what_would_be_drawn_at_once() {
    let mut pages: Vec<Page> = renderers::all().into_iter().map(|(_, page)| page).collect();
    pages.push(renderers::sign_in(586));
    pages.reverse();
    for count in 1..=pages.len() {
        let (_, bit_by_bit) = written(TerminalStyle::full(), &pages[..count]);
        let (_, at_once) = written(TerminalStyle::full(), &pages[count - 1..count]);
        let seen = |emulator: &Emulator| {
            let screen = emulator.screen.screen();
            let cells = (0..24).flat_map(|row| (0..80).map(move |column| (row, column)));
            let look = |(row, column)| {
                let cell = screen.cell(row, column).expect("inside").clone();
                let blank = cell.contents().trim().is_empty();
                let text = if blank { String::new() } else { cell.contents().to_owned() };
                (text, cell.bgcolor(), (!blank).then(|| (cell.fgcolor(), cell.bold(), cell.dim())))
            };
            (cells.map(look).collect::<Vec<_>>(), screen.hide_cursor())
        };
        assert!(seen(&bit_by_bit) == seen(&at_once), "page {count}");
    }
}

#[test]
fn colour_goes_by_role_and_bold_stays_without_it() {
    let (_, with) = written(TerminalStyle::full(), &[renderers::sign_in(587)]);
    assert!(with.cell("WDJB-MJPV").bold());
    assert_eq!(with.cell("✔").fgcolor(), vt100::Color::Idx(2));
    let bare = TerminalStyle { color: false, ..TerminalStyle::full() };
    let (bytes, without) = written(bare, &[renderers::sign_in(587)]);
    assert!(without.cell("WDJB-MJPV").bold());
    assert_eq!(without.cell("✔").fgcolor(), vt100::Color::Default);
    let styles: BTreeSet<&str> = bytes
        .split("\x1b[")
        .filter_map(|part| part.split_once('m'))
        .map(|(style, _)| style)
        .filter(|style| style.starts_with('0') && !style.contains(char::is_alphabetic))
        .collect();
    assert_eq!(
        styles.into_iter().collect::<Vec<_>>(),
        ["0", "0;1", "0;2", "0;38;5;231;48;5;16", "0;4"]
    );
    // The QR code keeps its own.
    assert_eq!(without.cell("█████").fgcolor(), vt100::Color::Idx(231));
    assert_eq!(without.cell("█████").bgcolor(), vt100::Color::Idx(16));
}

#[test]
fn a_link_is_one_hyperlink_over_all_its_cells_and_no_others() {
    let target = renderers::LINK.to_lowercase();
    for columns in [80, 40, 30] {
        let catalog = Catalog::new(Language::ENGLISH);
        let page = renderers::sign_in(587);
        let mut screen = Screen::new(Emulator::new(columns, 24));
        screen
            .show(Canvas::of(&page, &catalog, TerminalStyle::full(), columns, 24))
            .expect("written");
        let bytes = String::from_utf8(screen.out().bytes.clone()).expect("UTF-8");
        let mut linked = String::new();
        let mut ids = Vec::new();
        for part in bytes.split("\x1b]8;").skip(1) {
            let (place, text) = part.split_once("\x1b\\").expect("ended");
            if place == ";" {
                continue;
            }
            let (id, to) = place.split_once(';').expect("id and target");
            assert_eq!(to, target);
            ids.push(id.to_owned());
            // Between the parts are moves to their rows and colours.
            let mut text = text.to_owned();
            while let Some(start) = text.find("\x1b[") {
                let end = text[start + 2..].find(|c: char| c.is_ascii_alphabetic()).expect("ended");
                text.replace_range(start..=start + 2 + end, "");
            }
            linked.push_str(&text);
        }
        assert_eq!(linked, "https://crewmesh.hospital.example.or/d", "{columns} columns");
        ids.dedup();
        assert_eq!(ids.len(), 1);
    }
}

#[test]
fn a_link_that_leads_elsewhere_is_written_again() {
    let mut other = renderers::sign_in(587);
    for block in &mut other.blocks {
        if let Block::Link { target, .. } = block {
            target.set_path("/d/OTHER");
        }
    }
    let (bytes, _) = written(TerminalStyle::full(), &[renderers::sign_in(587), other]);
    assert!(bytes.contains("/d/OTHER\x1b\\"), "{bytes:?}");
    assert!(bytes.ends_with("\x1b]8;;\x1b\\\x1b[0m"), "{bytes:?}");
    assert!(!bytes.contains("WDJB"), "only the link's cells: {bytes:?}");
}

#[test]
fn where_hyperlinks_are_not_known_none_are_written() {
    let bare = TerminalStyle { hyperlinks: false, ..TerminalStyle::full() };
    let (bytes, emulator) = written(bare, &[renderers::sign_in(587)]);
    assert!(!bytes.contains("\x1b]"), "{bytes:?}");
    assert!(emulator.screen.screen().contents().contains("https://crewmesh.hospital.example.or/d"));
}

#[test]
fn the_cursor_is_seen_where_somebody_types_and_nowhere_else() {
    let (_, emulator) = written(TerminalStyle::full(), &[renderers::token()]);
    assert!(!emulator.screen.screen().hide_cursor());
    assert_eq!(emulator.screen.screen().cursor_position(), (4, 63));
    let (_, emulator) = written(TerminalStyle::full(), &[renderers::token(), renderers::welcome()]);
    assert!(emulator.screen.screen().hide_cursor());
}

#[test]
fn a_wake_is_no_look() {
    let mut page = renderers::sign_in(587);
    page.corner = Some(Corner::Remaining(Duration::from_millis(586_500)));
    let (bytes, _) = written(TerminalStyle::full(), &[renderers::sign_in(587), page]);
    assert_eq!(bytes, "", "a begun second counts as whole");
}

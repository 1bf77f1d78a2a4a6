//! Every page as it is seen: whole screens of several sizes and plain lines,
//! in every language; and what is written to the terminal to show them.

mod consent;
mod drawings;
#[cfg(unix)]
mod exits;
mod gallery;
mod join_and_register;
mod launching;
mod meshes_and_machines;
mod nothing_moves;
mod providers;
mod renderers;
mod signing_in;
mod svg;
mod terminal_bytes;
mod window_sizes;

use std::fmt::Write as _;

use crewmesh::i18n::{Catalog, Language};
use crewmesh::plain;
use crewmesh::terminal::draw::Canvas;
use crewmesh::terminal::line::width;
use crewmesh::terminal::theme::TerminalStyle;
use crewmesh::wizard::page::Page;

const SIZES: [(u16, u16); 4] = [(80, 24), (40, 12), (24, 6), (140, 45)];

thread_local! {
    /// Read once: reading the sentences takes longer than drawing a page.
    static ENGLISH: Catalog = Catalog::new(Language::ENGLISH);
}

fn drawn(page: &Page, columns: u16, rows: u16) -> Canvas {
    ENGLISH.with(|catalog| Canvas::of(page, catalog, TerminalStyle::full(), columns, rows))
}

/// A page at all sizes, each in a frame, so that a row's end is seen; then as
/// plain lines.
fn pictures(page: &Page, language: Language) -> String {
    pictures_at(&SIZES, page, language)
}

fn pictures_at(sizes: &[(u16, u16)], page: &Page, language: Language) -> String {
    let catalog = Catalog::new(language);
    let mut text = String::new();
    for &(columns, rows) in sizes {
        let canvas = Canvas::of(page, &catalog, TerminalStyle::full(), columns, rows);
        let edge = "─".repeat(columns.into());
        let _ = writeln!(text, "{} {columns}×{rows}\n┌{edge}┐", language.tag());
        for line in canvas.text().lines() {
            let room = usize::from(columns) - width(line);
            let _ = writeln!(text, "│{line}{}│", " ".repeat(room));
        }
        let _ = write!(text, "└{edge}┘");
        if let Some((x, y)) = canvas.caret {
            let _ = write!(text, " cursor at column {x}, row {y}");
        }
        text.push('\n');
    }
    let _ = writeln!(text, "{} plain\n{}", language.tag(), plain::whole(page, &catalog));
    text
}

#[test]
fn pages_made_by_hand() {
    for (name, page) in renderers::all() {
        insta::assert_snapshot!(format!("by-hand-{name}"), pictures(&page, Language::ENGLISH));
    }
}

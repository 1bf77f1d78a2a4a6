//! Every page as it is seen: whole screens of several sizes and plain lines,
//! in every language; and what is written to the terminal to show them.

mod by_hand;
mod fitting;
#[cfg(unix)]
mod ways_out;
mod written;

use crewmesh::i18n::{Catalog, Language};
use crewmesh::terminal::draw::Canvas;
use crewmesh::terminal::theme::Look;
use crewmesh::wizard::page::Page;

const SIZES: [(u16, u16); 4] = [(80, 24), (40, 12), (24, 6), (140, 45)];

fn drawn(page: &Page, columns: u16, rows: u16) -> Canvas {
    Canvas::of(page, &Catalog::new(Language::English), Look::full(), columns, rows)
}

/// All sizes of a page, each in a frame, so that a row's end is seen.
fn framed(page: &Page, language: Language) -> String {
    let catalog = Catalog::new(language);
    let mut text = String::new();
    for (columns, rows) in SIZES {
        let canvas = Canvas::of(page, &catalog, Look::full(), columns, rows);
        let edge = "─".repeat(columns.into());
        text.push_str(&format!("{columns}×{rows} {}\n┌{edge}┐\n", language.tag()));
        for line in canvas.text().lines() {
            let room = usize::from(columns) - crewmesh::terminal::line::width(line);
            text.push_str(&format!("│{line}{}│\n", " ".repeat(room)));
        }
        text.push_str(&format!("└{edge}┘"));
        if let Some((x, y)) = canvas.caret {
            text.push_str(&format!(" cursor {x},{y}"));
        }
        text.push('\n');
    }
    text
}

#[test]
fn pages_made_by_hand() {
    for (name, page) in by_hand::all() {
        insta::assert_snapshot!(format!("by-hand-{name}"), framed(&page, Language::English));
    }
}

//! What must never go, at every size; the QR code read back from its cells.

use std::collections::HashSet;

use crewmesh::i18n::{Catalog, Language, Message};
use crewmesh::model::Poll;
use crewmesh::terminal::draw::Canvas;
use crewmesh::terminal::fit::draws_qr;
use crewmesh::terminal::glyphs::Charset;
use crewmesh::terminal::theme::TerminalStyle;
use crewmesh::wizard::event::Reply;
use crewmesh::wizard::next::To;
use crewmesh::wizard::page::{Block, Hint, Page, Tone};
use ratatui::style::Color;

use super::gallery::{Walk, refused};
use super::signing_in::with_code;
use super::{ENGLISH, drawn, renderers};
use crate::support::fixtures::{approval_card, code, first_run, first_run_remote, local_code};
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
        let has = |hint: &str| canvas.text().contains(hint);
        let (copy, all) = (has("c copy code"), has("p plain"));
        assert!(copy && (all || columns < 78), "{columns}×{rows}\n{}", canvas.text());
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

/// The modules of the QR code in a canvas, read as a camera would.
fn modules(canvas: &Canvas) -> Option<Vec<Vec<bool>>> {
    let area = canvas.cells.area;
    qr::modules((area.height, area.width), |y, x| {
        let cell = &canvas.cells[(x, y)];
        let white = match cell.bg {
            Color::Indexed(16) => false,
            Color::Indexed(231) => true,
            _ => return None,
        };
        Some(match (cell.symbol(), cell.fg) {
            (" ", Color::Indexed(231)) => qr::Cell::Halves(false, false),
            (symbol, _) => qr::shows(symbol, white),
        })
    })
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
    let sizes: HashSet<(usize, usize)> =
        pictures.iter().map(|light| (light[0].len(), light.len())).collect();
    // A quiet zone of four modules, and of two; the half row beyond an odd last;
    // large.
    assert_eq!(sizes, HashSet::from([(33, 34), (29, 30), (33, 33)]));
}

#[test]
fn at_80_by_24_it_is_33_by_17_cells() {
    for page in [renderers::sign_in(587), renderers::sign_in_captioned(), renderers::big_qr()] {
        let light = modules(&drawn(&page, 80, 24)).expect("there is room");
        assert_eq!((light[0].len(), light.len() / 2), (33, 17));
        assert!(light[33].iter().all(|light| *light), "no black half row below it");
    }
}

/// Two blanks a module, which need no glyph, no width and no font without gaps.
#[test]
fn where_there_is_room_it_is_drawn_large() {
    let form = |page: &Page, look, columns, rows| {
        let canvas = ENGLISH.with(|catalog| Canvas::of(page, catalog, look, columns, rows));
        let light = modules(&canvas)?;
        assert_eq!(qr::decoded(&light), renderers::LINK, "{columns}×{rows}");
        assert!(canvas.text().contains("WDJB-MJPV") || page.blocks.len() == 1);
        let white = |cell: &ratatui::buffer::Cell| cell.bg == Color::Indexed(231);
        let columns = if canvas.cells.content().iter().any(white) { 2 } else { 1 };
        Some((columns * light[0].len(), light.len() * columns / 2))
    };
    let full = TerminalStyle::full();
    let narrow = TerminalStyle { charset: Charset::Narrow, ..full };
    let ascii = TerminalStyle { charset: Charset::Ascii, ..full };
    let (alone, beside) = (renderers::big_qr(), renderers::sign_in(587));
    for (page, look, columns, rows, cells) in [
        (&alone, full, 120, 50, Some((66, 33))),
        (&alone, full, 80, 38, Some((66, 33))),
        (&alone, full, 80, 30, Some((58, 29))),
        (&alone, full, 80, 24, Some((33, 17))),
        (&alone, narrow, 80, 30, Some((58, 29))),
        (&alone, ascii, 120, 50, Some((66, 33))),
        (&alone, ascii, 80, 24, None),
        (&beside, full, 140, 45, Some((66, 33))),
        (&beside, full, 200, 60, Some((66, 33))),
        (&beside, full, 91, 34, Some((58, 29))),
        (&beside, full, 100, 30, Some((33, 17))),
        (&beside, ascii, 140, 45, Some((66, 33))),
        (&beside, ascii, 80, 60, Some((66, 33))),
        (&beside, narrow, 80, 24, None),
    ] {
        assert_eq!(form(page, look, columns, rows), cells, "{columns}×{rows} {:?}", look.charset);
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
    assert!(text.contains("6 more rows"), "{text}");
    let blank = TerminalStyle { paper: false, ..bare };
    let text = Canvas::of(&page, &catalog, blank, 80, 24).text();
    assert!(text.contains("cannot draw a QR code"), "{text}");
}

#[test]
fn a_qr_code_is_offered_where_it_is_drawn_and_nowhere_else() {
    let catalog = Catalog::new(Language::ENGLISH);
    let bare = TerminalStyle { rich_signs: false, ..TerminalStyle::full() };
    for look in [TerminalStyle::full(), bare, TerminalStyle { paper: false, ..bare }] {
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

/// One row of keys, whatever there is to say, in every language.
#[test]
fn the_keys_take_one_row_and_the_one_for_the_rest_is_among_them() {
    let mut page = renderers::sign_in(587);
    page.hints.insert(5, renderers::hint("a", "approve here"));
    page.hints.push(renderers::hint("?", "key-help"));
    page.hints.push(renderers::hint("ctrl+c", "key-quit"));
    for (columns, rows) in sizes() {
        let canvas = drawn(&page, columns, rows);
        let text = canvas.text();
        let is_keys = |line: &&str| line.contains("? help") || line.contains("ctrl+c quit");
        let keys: Vec<&str> = text.lines().filter(is_keys).collect();
        assert_eq!(keys.len(), 1, "{columns}×{rows}\n{text}");
        assert!(keys[0].contains("c copy code") && keys[0].contains("? help"), "{text}");
    }
}

/// What just happened beside the way has rows of its own.
#[test]
fn nothing_moves_for_a_message() {
    let long = "Code sent to your terminal's clipboard; if nothing arrives, select it with \
                the mouse and copy it as you would anything else that is written here.";
    // A code that is alone has no room to keep free.
    for (_, page) in renderers::all().into_iter().filter(|(name, _)| *name != "big-qr") {
        for (columns, rows) in [(80, 24), (100, 30), (140, 45), (200, 60), (80, 22), (60, 24)] {
            let without = drawn(&page, columns, rows);
            let mut said = page.clone();
            said.notice = Some((Tone::Good, renderers::words(long)));
            let with = drawn(&said, columns, rows);
            let lines =
                |canvas: &Canvas| canvas.text().lines().map(str::to_owned).collect::<Vec<_>>();
            let changed: Vec<usize> = (0..usize::from(rows))
                .filter(|row| lines(&without).get(*row) != lines(&with).get(*row))
                .collect();
            let keys = lines(&with).iter().rposition(|line| !line.is_empty()).expect("keys");
            assert!(changed.len() <= 2 && !changed.is_empty(), "{columns}×{rows}\n{}", with.text());
            assert!(changed.iter().all(|row| (1..=2).contains(&(keys - row))), "{}", with.text());
            assert!(with.text().contains("Code sent"), "{}", with.text());
        }
    }
}

/// Neither does anything for a server that cannot be reached: what is said of it
/// stands there as well, its clock to the end.
#[test]
fn nothing_moves_while_the_network_is_away() {
    for (columns, rows) in [(80, 24), (100, 30), (140, 45), (80, 22)] {
        let walk = || with_code(Language::ENGLISH, first_run_remote(), code());
        let lost = walk().answer(Reply::Poll(Poll::Failed(refused())));
        let before = drawn(&walk().page(), columns, rows).text();
        let after = drawn(&lost.page(), columns, rows).text();
        let changed: Vec<&str> =
            after.lines().zip(before.lines()).filter(|(a, b)| a != b).map(|(a, _)| a).collect();
        let [what, again, keys] = changed[..] else { panic!("{columns}×{rows}\n{after}") };
        assert!(what.contains("refuses the connection") && again.contains("again in 1 s"));
        assert!(keys.contains("r try now"), "{after}");
    }
    let lost = with_code(Language::ENGLISH, first_run_remote(), code());
    let lost = lost.answer(Reply::Poll(Poll::Failed(refused()))).page();
    let text = drawn(&lost, 80, 18).text();
    assert!(text.contains("refuses the connection. Trying again in 1 s"), "{text}");
    let text = drawn(&lost, 24, 6).text();
    assert!(text.contains("WDJB-MJPV") && text.contains("mesh.example.org refuse"), "{text}");
    assert!(text.contains("○ 9:59"), "{text}");
}

#[test]
fn beside_a_large_code_the_text_stands_in_its_middle() {
    for (columns, rows) in [(140, 45), (200, 60)] {
        let canvas = drawn(&renderers::sign_in(587), columns, rows);
        let white = |y: u16| (0..columns).any(|x| canvas.cells[(x, y)].bg == Color::Indexed(231));
        let tall: Vec<u16> = (0..rows).filter(|y| white(*y)).collect();
        let (top, bottom) = (tall[0], tall[tall.len() - 1]);
        let text = canvas.text();
        let code = text.lines().position(|line| line.contains("WDJB-MJPV")).expect("the code");
        assert_eq!(code, usize::from(top + bottom) / 2, "{text}");
    }
}

#[test]
fn what_went_well_gives_way_to_what_is_asked() {
    let receipt = Block::toned(Tone::Good, renderers::words("Signed in as Ana, kept in a file."));
    let mut page = renderers::launch();
    page.blocks.splice(0..0, vec![receipt; 3]);
    let text = drawn(&page, 40, 12).text();
    for row in ["Account", "Mesh", "Machine", "Name", "Role", "Agent", "Continue", "Cancel"] {
        assert!(text.contains(row), "{text}");
    }
    assert!(drawn(&page, 80, 24).text().contains("Signed in as Ana"));
    // Alone it is what the page has to say.
    page.blocks.truncate(3);
    assert!(drawn(&page, 24, 6).text().contains("Signed in as Ana"));
}

#[test]
fn in_a_tiny_window_enter_is_said_first_and_a_countdown_stands_beside_a_code() {
    let page = |language, size: (u16, u16)| {
        let to = To::ApproveHere(Box::new(local_code()));
        let card = Walk::on(language, first_run(), to).answer(Reply::Card(Ok(approval_card())));
        Canvas::of(&card.page(), &Catalog::new(language), TerminalStyle::full(), size.0, size.1)
            .text()
    };
    for language in Language::ALL {
        let text = page(language, (24, 6));
        let first = text.lines().next().expect("a row");
        assert!(first.contains("WDJB-MJPV") && first.ends_with("9:59"), "{text}");
        // With enough of them the warning is there, and so are the facts.
        let text = page(language, (24, 12));
        let (en, es) = (text.contains("Only approve if"), text.contains("Aprueba solo si"));
        assert!((en || es) && text.contains("radiology-3"), "{text}");
    }
    let hints = [renderers::hint("?", "key-help")];
    let enter =
        Hint { keys: Message::new("key-name-enter").into(), ..renderers::hint("", "approve here") };
    let mut page = renderers::sign_in(587);
    page.hints = [enter].into_iter().chain(hints).collect();
    for (columns, keys) in [(30, "enter approve here   ? help"), (24, "enter approve here  ?")] {
        let text = drawn(&page, columns, 6).text();
        assert_eq!(text.lines().last().expect("keys").trim(), keys);
    }
}

#[test]
fn in_a_tiny_window_address_code_and_what_is_waited_for_are_left() {
    let mut page = renderers::sign_in(587);
    for (columns, rows) in [(24, 6), (18, 5), (20, 6), (30, 8), (40, 9)] {
        let text = drawn(&page, columns, rows).text();
        let whole: String = text.split_whitespace().collect();
        for seen in ["https://crewmesh.hospital.example.or/d", "WDJB-MJPV"] {
            assert!(whole.contains(seen), "{columns}×{rows}\n{text}");
        }
        if columns > 20 {
            assert!(text.contains("9:47") && text.contains("Waiting"), "{columns}×{rows}\n{text}");
        }
        assert!(!text.contains("received"), "{columns}×{rows}\n{text}");
    }
    // A field shows what is typed.
    page = renderers::name_machine();
    let text = drawn(&page, 18, 5).text();
    assert!(text.contains("Radiology"), "{text}");
}

#[test]
fn what_only_ascii_can_be_written_to_is_written_nothing_else() {
    let ascii = TerminalStyle { charset: Charset::Ascii, ..TerminalStyle::full() };
    for language in Language::ALL {
        let catalog = Catalog::new(language);
        for (_, page) in renderers::all() {
            for (columns, rows) in [(80, 24), (40, 12), (24, 6), (18, 5), (140, 45)] {
                let text = Canvas::of(&page, &catalog, ascii, columns, rows).text();
                assert!(text.is_ascii(), "{text}");
            }
        }
    }
}

//! What a terminal is, asked of it: what it cannot show is not shown, no key is
//! lost to its answers, and it is drawn anew on request.

use super::{WAITING, code};
use crate::support::home::Home;
use crate::support::server::Instance;
use crate::support::terminal::{Nature, Terminal};

/// The page with the code, on a terminal that says this of itself.
fn waiting(server: &Instance, nature: Nature) -> (Home, Terminal) {
    let mut home = Home::new();
    home.set("LANG", "C");
    let run = home.run(&["login", "--instance", &server.url()]);
    let terminal = run.terminal_that(nature, 80, 24);
    (home, terminal)
}

/// What was written since all was cleared for the last time.
fn last_page(terminal: &Terminal) -> String {
    let raw = terminal.raw();
    raw.rsplit("\x1b[2J").next().unwrap_or_default().to_owned()
}

#[test]
fn the_terminal_decides_what_is_drawn_and_not_its_locale() {
    let server = Instance::start();
    // UTF-8 with LANG=C, as in a container.
    let (_home, mut terminal) = waiting(&server, Nature::Honest);
    terminal.shows(WAITING).shows("✔ ").shows("█");
    assert_eq!(terminal.raw().matches("\x1b[2J").count(), 1, "drawn once");
    terminal.press("ctrl+c");
    terminal.exits(130).whole();

    // Signs two columns wide.
    let (_home, mut terminal) = waiting(&server, Nature::Columns(vec![6, 2, 3]));
    terminal.shows(WAITING).shows("+ ").shows("o Wait").shows("A QR code fits here with");
    let page = last_page(&terminal);
    assert!(page.is_ascii(), "{page:?}");
    terminal.press("ctrl+c");
    terminal.exits(130).whole();

    // Each byte a character: nothing but ASCII from then on, to the end.
    for columns in [vec![6, 3, 4], vec![6, 3, 2]] {
        let home = Home::new();
        let run = home.run(&["login", "--lang", "es", "--instance", &server.url()]);
        let mut terminal = run.terminal_that(Nature::Columns(columns), 80, 24);
        terminal.shows("codigo").shows("+ ");
        let page = last_page(&terminal);
        assert!(page.is_ascii(), "{page:?}");
        terminal.press("ctrl+c");
        terminal.exits(130).whole();
        let page = last_page(&terminal);
        assert!(page.is_ascii(), "{page:?}");
    }
}

#[test]
fn no_key_is_lost_to_an_answer_and_no_answer_is_a_key() {
    let server = Instance::start();
    let (_home, mut terminal) = waiting(&server, Nature::Columns(Vec::new()));
    terminal.shows(WAITING);
    let asked = code(&terminal);
    // Late, in pieces, with keys before, between and behind: `?` opens the
    // list of keys, `esc` closes it, `f` shows the QR code alone.
    terminal.send(b"?\x1b[1;").send(b"2R").shows("? or F1   help").press("esc");
    terminal.shows(&asked).hides("? or F1   help").shows(WAITING);
    terminal.send(b"\x1b[?2026;2$y\x1b[1;2Rf").hides("Waiting").press("esc").shows(WAITING);
    terminal.press("ctrl+c");
    terminal.exits(130).whole();
}

#[test]
fn ctrl_l_draws_everything_anew() {
    let server = Instance::start();
    let (_home, mut terminal) = waiting(&server, Nature::Honest);
    terminal.shows(WAITING);
    let before = terminal.raw().matches("\x1b[2J").count();
    terminal.press("ctrl+l");
    terminal.wait("another page", |_| terminal.raw().matches("\x1b[2J").count() > before);
    terminal.shows(WAITING).shows("█");
    terminal.press("ctrl+c");
    terminal.exits(130).whole();
}

#[test]
fn a_terminal_that_says_its_size_later_is_drawn_for_it_then() {
    let server = Instance::start();
    let home = Home::new();
    let mut terminal = home.run(&["login", "--instance", &server.url()]).terminal(0, 0);
    terminal.shows(WAITING);
    terminal.resize(40, 12);
    terminal.wait("a page in its size", |screen| {
        screen.contents().contains('-') && screen.contents().lines().count() <= 12
    });
    terminal.press("ctrl+c");
    terminal.exits(130).whole();
}

#[test]
fn a_frame_is_held_back_where_that_is_known_and_a_tick_is_not() {
    let server = Instance::start();
    let (_home, mut terminal) = waiting(&server, Nature::Synchronized);
    terminal.shows(WAITING).shows("9:5");
    let raw = terminal.raw();
    let (held, shown) = (raw.matches("\x1b[?2026h").count(), raw.matches("\x1b[?2026l").count());
    assert!(held > 0 && held == shown, "{held} {shown}");
    let before = terminal.bytes().len();
    terminal.shows("9:4");
    let ticks = String::from_utf8_lossy(&terminal.bytes()[before..]).into_owned();
    assert!(!ticks.contains("2026"), "{ticks:?}");
    terminal.press("ctrl+c");
    terminal.exits(130).whole();

    let (_home, mut terminal) = waiting(&server, Nature::Honest);
    terminal.shows(WAITING).press("ctrl+c");
    terminal.exits(130).whole();
    assert!(!terminal.raw().contains("\x1b[?2026h"), "asked for, and not there");
}

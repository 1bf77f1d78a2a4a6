//! Whatever panics, wherever it does: the screen is left first, then it is told
//! whole, then what was under way is ended in order.

#[cfg(feature = "server")]
use super::REAL;
use super::{left_once, started};
use crate::support::home::Home;

/// Panics where the program has a warning for its operator: in the middle of
/// what it is doing there.
pub(super) struct Breaks;

impl tracing::Subscriber for Breaks {
    fn enabled(&self, about: &tracing::Metadata<'_>) -> bool {
        *about.level() == tracing::Level::WARN
    }

    fn new_span(&self, _: &tracing::span::Attributes<'_>) -> tracing::span::Id {
        tracing::span::Id::from_u64(1)
    }

    fn record(&self, _: &tracing::span::Id, _: &tracing::span::Record<'_>) {}

    fn record_follows_from(&self, _: &tracing::span::Id, _: &tracing::span::Id) {}

    fn event(&self, event: &tracing::Event<'_>) {
        panic!("an effect broke in {}\nwith a second line", event.metadata().target());
    }

    fn enter(&self, _: &tracing::span::Id) {}

    fn exit(&self, _: &tracing::span::Id) {}
}

#[test]
fn a_panic_is_told_whole_after_the_screen_was_left() {
    for (stage, said) in [
        ("panic in the loop", "the loop broke"),
        ("panic in a task", "a task broke"),
        ("panic at the start", "the start broke"),
    ] {
        let home = Home::new();
        let mut terminal = started(&home, stage);
        terminal.exits(8).shows_at_the_end(said).shows_at_the_end("trouble: panicked");
        // Where, for whoever is to mend it; the harness tells only what.
        terminal.shows_at_the_end("tests/pages/exits.rs:");
        if stage != "panic at the start" {
            terminal.shows_at_the_end("\nwith a second line").shows_at_the_end("finished");
        }
        left_once(&terminal);
        let raw = terminal.raw();
        let left = raw.find("\x1b[?1049l").expect("left");
        assert!(raw.find(said).expect("said") > left, "{}", raw.escape_debug());
        assert!(!raw[left..].contains("\x1b[2J"), "nothing is drawn afterwards");
    }
}

/// The server within is stopped in order, and the code it gave can be gone on
/// with.
#[test]
#[cfg(feature = "server")]
fn a_panic_while_an_approval_is_waited_for_loses_no_code() {
    for (stage, said) in [("panic in the loop", "loop broke"), ("panic in a task", "task broke")] {
        let home = Home::new();
        let mut terminal = started(&home, &format!("{REAL}{stage}"));
        terminal.exits(8).shows_at_the_end(said).shows_at_the_end("trouble: panicked");
        terminal.shows_at_the_end("finished");
        left_once(&terminal);
        let mut again = home.run(&["login", "--instance", "local"]).terminal(80, 24);
        again.shows("Go on with it").press("enter").shows("Waiting for your approval");
        again.press("ctrl+c");
        again.exits(130).whole();
    }
}

/// In a task of the hands' own runtime, with the embedded instance half
/// started: it says that it cannot keep its port, and breaks there.
#[test]
#[cfg(feature = "server")]
fn a_panic_in_a_task_of_the_hands_leaves_the_terminal_and_the_home_whole() {
    let home = Home::new();
    let port = home.crewmesh().join("instance.port");
    std::fs::create_dir_all(&port).expect("an empty home");
    let mut terminal = started(&home, &format!("{REAL}panic in an effect"));
    terminal.exits(8).shows_at_the_end("an effect broke in crewmesh::server::embedded::port");
    terminal.shows_at_the_end("\nwith a second line").shows_at_the_end("trouble: panicked");
    terminal.shows_at_the_end("finished");
    left_once(&terminal);
    std::fs::remove_dir(&port).expect("nothing was put there");
    let mut again = home.run(&["login", "--instance", "local"]).terminal(80, 24);
    again.shows("Waiting for your approval").press("ctrl+c");
    again.exits(130).whole();
}

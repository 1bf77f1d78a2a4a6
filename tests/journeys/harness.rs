//! Whether the ground the journeys stand on holds: a terminal that was not
//! given back is noticed, one that was is not blamed, and no wait is endless.

use std::time::Duration;

use crate::support::home::Home;
use crate::support::within;

#[test]
fn a_terminal_that_is_left_broken_is_noticed() {
    let home = Home::new();
    let script = "stty raw -echo; printf '\\033[?1049h\\033[?25l\\033[?2004h\\033[1;31m'";
    let mut terminal = home.program("/bin/sh", &["-c", script]).terminal(80, 24);
    terminal.exits(0);
    let faults = terminal.left_behind();
    for fault in
        ["modes", "alternate screen", "cursor is hidden", "bracketed", "colour", "attribute"]
    {
        assert!(faults.contains(fault), "{fault} is not among\n{faults}");
    }
}

#[test]
fn a_terminal_that_is_given_back_is_whole() {
    let home = Home::new();
    let script = "printf '\\033[?1049h\\033[?25l'; read -r word; \
                  printf '\\033[?25h\\033[?1049l'; echo heard $word; exit 7";
    let mut terminal = home.program("/bin/sh", &["-c", script]).terminal(40, 10);
    terminal.wait("the alternate screen", vt100::Screen::alternate_screen);
    terminal.line("this");
    terminal.exits(7).whole().shows_at_the_end("heard this");
}

/// Without the embedded instance there is no row for it.
#[test]
#[cfg(not(feature = "server"))]
fn a_first_start_of_the_client_alone_offers_no_instance_of_ones_own() {
    let home = Home::new();
    let mut terminal = home.run(&[]).terminal(80, 24);
    terminal.shows("Bring this machine").shows("1  Sign in to my team").shows("5  Exit");
    assert!(!terminal.text().contains("This computer only"), "{}", terminal.text());
    terminal.press("1").shows("Where is your team?").press("esc").shows("Bring this machine");
    terminal.press("5");
    terminal.exits(0).whole();
}

/// What is waited for may be anything of the terminal, not its cells alone.
#[test]
fn a_condition_may_look_at_the_terminal_itself() {
    let home = Home::new();
    let link = r"\033]8;;https://example.org/\033\\link\033]8;;\033\\";
    let script = format!("printf '{link}'; read -r word");
    let mut terminal = home.program("/bin/sh", &["-c", &script]).terminal(40, 10);
    terminal.wait("a hyperlink", |_| terminal.raw().contains("https://example.org/"));
    terminal.line("x");
    terminal.exits(0).whole();
}

#[test]
fn what_never_ends_is_given_up_on() {
    let (never, end) = std::sync::mpsc::channel::<()>();
    assert_eq!(within(Duration::from_millis(20), move || end.recv().is_ok()), None);
    drop(never);
    assert_eq!(within(Duration::from_mins(1), || 7), Some(7));
}

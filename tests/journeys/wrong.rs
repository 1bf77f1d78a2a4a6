//! What goes wrong around a person who signs in: each is one clear message,
//! the right exit code, nothing lost, the terminal whole.
//!
//! Shown elsewhere: a server that is none or speaks HTML, half a body, no end,
//! other issuers (`tests/client.rs`); refusals, a closed terminal, two at once
//! (`signing_in.rs`); codes that expire (`tests/flows.rs`, `tests/server`);
//! tokens that are none, unknown instances, no terminal (`tests/cli/wrong.rs`);
//! disks and homes below the wizard, keyrings that stall (`tests/keeping.rs`);
//! panics, signals, stops (`tests/pages/ways_out.rs`).

use super::{WAITING, approve, browse};
use crate::support::home::Home;
use crate::support::need;
use crate::support::server::Instance;
use crate::support::terminal::Terminal;

fn login(home: &Home, server: &Instance) -> Terminal {
    home.run(&["login", "--instance", &server.url()]).terminal(80, 24)
}

#[test]
fn a_server_that_is_down_at_the_start_is_asked_again_with_one_key() {
    let mut server = Instance::start();
    let home = Home::new();
    server.down();
    let mut terminal = login(&home, &server);
    terminal.shows("refuses the connection");
    server.up();
    terminal.press("enter").shows(WAITING);
    approve(&terminal, &server.url());
    terminal.exits(0).whole();
}

#[test]
fn a_server_killed_in_the_middle_and_started_again_loses_no_code() {
    let mut server = Instance::start();
    let home = Home::new();
    let mut terminal = login(&home, &server);
    terminal.shows(WAITING);
    let ana = browse(&terminal, &server.url());
    server.kill();
    terminal.shows("refuses the connection").shows("again");
    server.up();
    // The page that was open still works, and so does the code.
    let mut ana = ana;
    ana.submit("decision", &[("decision", "approve")]);
    assert_eq!(ana.page.status, 200, "{}", ana.page.text());
    terminal.exits(0).whole().shows_at_the_end("Signed in as Ana");
}

#[test]
fn an_invite_that_is_none_is_said_and_what_was_typed_stays() {
    let server = Instance::start();
    let home = Home::new();
    let link = format!("{}/i/ABCDE-23456-FGHIJ-67234", server.url());
    let mut terminal = home.run(&["--instance", &server.url()]).terminal(80, 24);
    terminal.shows("Bring this machine").paste(&link).shows("invite");
    terminal.wait("that there is none", |screen| {
        let text = screen.contents();
        text.contains("no such invite") || text.contains("There is no") || text.contains("unknown")
    });
    terminal.shows("ABCDE-23456").press("ctrl+c");
    terminal.exits(130).whole();
}

#[test]
fn a_wrong_or_short_token_is_said_in_the_field_and_goes_nowhere() {
    let server = Instance::start();
    let home = Home::new();
    let mut terminal = home.run(&["--instance", &server.url()]).terminal(80, 24);
    terminal.shows("Bring this machine").paste("cm_pat_abcdef").shows("access token");
    terminal.press("enter").shows("cut short");
    terminal.press("ctrl+c");
    terminal.exits(130).whole();
    // A whole one that nobody made.
    let token = format!("cm_pat_{}", "a".repeat(52));
    let mut terminal = home.run(&["--instance", &server.url()]).terminal(80, 24);
    terminal.shows("Bring this machine").paste(&token).shows("personal access token");
    terminal.press("enter").shows("aaaa");
    terminal.shows("rejected this sign-in");
    terminal.press("ctrl+c");
    terminal.exits(130).whole();
    assert!(!terminal.raw().contains(&token), "never drawn");
}

#[test]
fn a_damaged_auth_file_is_put_aside_only_if_somebody_says_so() {
    let server = Instance::start();
    let home = Home::new();
    std::fs::create_dir(home.crewmesh()).expect("an empty home");
    let file = home.crewmesh().join("auth.json");
    std::fs::write(&file, "{\"version\":1,\n").expect("a file");
    let said = home.run(&["whoami"]).output("").exits(2);
    assert!(said.err.contains("damaged"), "{said:?}");
    // No: nothing is touched.
    let mut terminal = login(&home, &server);
    terminal.shows("damaged").line("");
    terminal.exits(2).whole();
    assert_eq!(home.kept("auth.json"), "{\"version\":1,\n");
    // Yes: it is called something else, and the sign-in goes on.
    let mut terminal = login(&home, &server);
    terminal.shows("damaged").line("y").shows(WAITING);
    approve(&terminal, &server.url());
    terminal.exits(0).whole();
    let kept = std::fs::read_dir(home.crewmesh()).expect("the home").flatten();
    let aside = kept.filter(|file| file.file_name().to_string_lossy().contains(".corrupt"));
    assert_eq!(aside.count(), 1, "it is not deleted");
}

#[test]
#[cfg(target_os = "linux")]
fn on_a_full_disk_the_sign_in_is_held_until_there_is_a_place_for_it() {
    if !need("mounts") {
        return;
    }
    let server = Instance::start();
    let home = Home::new();
    std::fs::create_dir(home.crewmesh()).expect("an empty home");
    // A disk with room for what is pending, filled while the person approves.
    let script = "mount -t tmpfs -o size=96k,mode=700 none \"$HOME/.crewmesh\"; \
                  (while ! ls \"$HOME/full\" >/dev/null 2>&1; do :; done; \
                  dd if=/dev/zero of=\"$HOME/.crewmesh/ballast\" bs=1k 2>/dev/null; \
                  : > \"$HOME/filled\") & \"$@\"; code=$?; wait; exit $code";
    let run = home.run(&["login", "--instance", &server.url()]);
    let run = run.under(&["unshare", "-Urm", "sh", "-c", script, "sh"]);
    let mut terminal = run.terminal(80, 24);
    terminal.shows(WAITING);
    std::fs::write(home.path().join("full"), "").expect("the home takes files");
    let deadline = std::time::Instant::now() + crate::support::PATIENCE;
    while !home.path().join("filled").exists() {
        assert!(std::time::Instant::now() < deadline, "the disk does not fill");
    }
    approve(&terminal, &server.url());
    terminal.shows("disk is full").shows("Nothing is lost").shows("Use it for this run only");
    terminal.press("down").shows("▸ Use it for this run only").press("enter");
    terminal.exits(0).whole();
}

#[test]
#[cfg(target_os = "linux")]
fn on_a_read_only_home_a_sign_in_is_for_this_run() {
    if !need("mounts") {
        return;
    }
    let server = Instance::start();
    let home = Home::new();
    std::fs::create_dir(home.crewmesh()).expect("an empty home");
    let script = "mount -t tmpfs -o size=96k,mode=700 none \"$HOME/.crewmesh\"; \
                  mount -o remount,ro \"$HOME/.crewmesh\"; exec \"$@\"";
    let run = home.run(&["login", "--instance", &server.url()]);
    let mut terminal = run.under(&["unshare", "-Urm", "sh", "-c", script, "sh"]).terminal(80, 24);
    terminal.shows(WAITING);
    approve(&terminal, &server.url());
    terminal.exits(0).whole();
}

#[test]
fn in_the_smallest_window_there_is_a_way_on_and_a_way_out() {
    let server = Instance::start();
    let home = Home::new();
    let mut terminal = home.run(&["login", "--instance", &server.url()]).terminal(18, 5);
    terminal.wait("the code alone", |screen| {
        screen.contents().lines().any(|line| line.trim().len() == 9 && line.contains('-'))
    });
    terminal.resize(80, 24);
    terminal.shows(WAITING);
    approve(&terminal, &server.url());
    terminal.exits(0).whole();
}

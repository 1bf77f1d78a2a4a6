//! Signing in on an instance of its own: by a code approved in a browser, with
//! every way it can go; in plain lines; with a real Secret Service; two at
//! once; and after the terminal was closed in the middle.

use std::os::unix::fs::PermissionsExt as _;

use rustix::process::Signal;

use super::{WAITING, approve, at_home, browse, browse_as, code};
use crate::support::home::Home;
#[cfg(target_os = "linux")]
use crate::support::keyring::Keyring;
use crate::support::need;
use crate::support::port::Port;
use crate::support::recording_proxy::Tap;
use crate::support::server::Instance;
use crate::support::terminal::Terminal;

/// An instance that is reached over a wire with an ear on it.
fn heard() -> (Instance, Tap) {
    let port = Port::free();
    let behind = port.host();
    let tap = Tap::new(move || behind.clone());
    (Instance::start_behind(&tap.url(), port), tap)
}

fn waiting(home: &Home, instance: &str) -> Terminal {
    let terminal = home.run(&["login", "--instance", instance]).terminal(80, 24);
    terminal.shows(WAITING);
    terminal
}

#[test]
fn the_poll_that_is_held_is_the_one_that_is_answered() {
    let (_server, tap) = heard();
    let home = Home::new();
    let mut terminal = waiting(&home, &tap.url());
    for seen in ["On this computer, open", "/d", "expires in ", "Code ready", "Find your meshes"] {
        terminal.shows(seen);
    }
    terminal.shows("▄").shows("█");
    tap.until("POST /oauth/token", 1);
    approve(&terminal, &tap.url());
    terminal.exits(0).whole().shows_at_the_end("Signed in as Ana <ana@example.org>");
    // Held until it was opened, until they were signed in there, and until the approval.
    let asked = tap.count("POST /oauth/token");
    assert!((1..=3).contains(&asked), "{asked} times: asked, held, answered");

    let mode = |file: &str| {
        let facts = std::fs::metadata(home.crewmesh().join(file)).expect("it is kept");
        facts.permissions().mode() & 0o777
    };
    assert_eq!((mode("."), mode("auth.json")), (0o700, 0o600));
    assert!(home.kept("auth.json").contains("cm_session_"), "no keyring here: in the file");
    let pending = std::fs::read_dir(home.crewmesh().join("pending"));
    let left = pending.map_or(0, |folder| folder.flatten().filter(is_code).count());
    assert_eq!(left, 0, "nothing is pending any more");
    // No secret was drawn, and none is in what the terminal was sent.
    for secret in ["cm_session_", "cm_dc_"] {
        assert!(!terminal.raw().contains(secret), "{secret} was written");
    }
}

#[test]
fn the_row_that_waits_says_that_somebody_opened_the_page() {
    let server = Instance::start();
    let home = Home::new();
    let mut terminal = waiting(&home, &server.url());
    let mut ana = browse(&terminal, &server.url());
    // At the sign-in page before, and at the card by now.
    terminal.shows("Opened in a browser, signed in there").shows("Opened from the network");
    ana.submit("decision", &[("decision", "approve")]);
    terminal.exits(0).whole();
}

fn is_code(file: &std::fs::DirEntry) -> bool {
    file.path().extension().is_some_and(|ending| ending == "json")
}

#[test]
fn a_refusal_on_the_page_shows_at_once_and_a_new_code_can_be_approved() {
    let server = Instance::start();
    let home = Home::new();
    let mut terminal = waiting(&home, &server.url());
    let first = code(&terminal);
    let mut ana = browse(&terminal, &server.url());
    ana.submit("decision", &[("decision", "deny")]);
    terminal.shows("was refused.").press("enter").hides(&first);
    terminal.shows(WAITING).shows("and enter this code");
    let second = code(&terminal);
    assert_ne!(first, second);
    ana.open(&format!("{}/d?code={second}", server.url()));
    ana.submit("decision", &[("decision", "approve")]);
    terminal.exits(0).whole();
}

#[test]
fn a_closed_terminal_loses_nothing() {
    let server = Instance::start();
    let home = Home::new();
    let mut first = waiting(&home, &server.url());
    let asked = code(&first);
    let mut ana = browse(&first, &server.url());
    first.signal(Signal::HUP);
    first.ends();
    // Approved while nobody was there to hear it.
    ana.submit("decision", &[("decision", "approve")]);
    // Whatever the next start is: nothing is asked before it is offered.
    let mut bare = home.run(&[]).terminal(80, 24);
    bare.shows(&asked).shows("Go on with it").press("esc").shows("Bring this").press("esc");
    bare.exits(0).whole();
    let mut again = home.run(&["login", "--instance", &server.host()]).terminal(80, 24);
    again.shows(&asked).shows("Go on with it").press("enter");
    again.exits(0).whole().shows_at_the_end("Signed in as Ana");
}

#[test]
fn a_new_sign_in_ends_the_session_before_whoever_it_was_and_says_so() {
    let server = Instance::start();
    let home = Home::new();
    let mut terminal = waiting(&home, &server.url());
    approve(&terminal, &server.url());
    terminal.exits(0).whole();
    assert!(!terminal.text().contains("earlier session"), "there was none before");
    let first = home.kept("auth.json");
    let first = first.split('"').find(|word| word.starts_with("cm_session_")).expect("kept");
    let mut terminal = waiting(&home, &server.url());
    browse_as("Eva", &terminal, &server.url()).submit("decision", &[("decision", "approve")]);
    terminal.exits(0).whole().shows_at_the_end("Signed in as Eva");
    terminal.shows_at_the_end("The earlier session was ended");
    let url = server.url();
    let said = home.run(&["whoami", "--token", "-", "--instance", &url]).output(first).exits(2);
    assert!(said.err.contains("rejected"), "{said:#?}");
}

#[test]
fn the_same_in_plain_lines() {
    let server = Instance::start();
    let home = Home::new();
    let mut terminal =
        home.run(&["login", "--plain", "--instance", &server.url()]).terminal(80, 40);
    terminal.shows(WAITING).shows("Other answers").line("spell").shows(" dash ");
    approve(&terminal, &server.url());
    terminal.exits(0).whole().shows_at_the_end("Signed in as Ana");
    assert!(!terminal.raw().contains("\x1b[?1049h"), "no screen was taken");
}

#[test]
fn two_at_once_on_one_home_both_sign_in() {
    let home = at_home();
    let mut both: Vec<Terminal> =
        (0..2).map(|_| home.run(&["login", "--instance", "local"]).terminal(80, 24)).collect();
    for terminal in &both {
        terminal.shows(WAITING);
    }
    assert_ne!(code(&both[0]), code(&both[1]));
    for terminal in &mut both {
        terminal.press("a").shows("Deny").press("down").shows("▸ Approve").press("enter");
        terminal.exits(0).whole().shows_at_the_end("Signed in as alejandro");
    }
    home.run(&["whoami"]).output("").exits(0);
}

#[test]
#[cfg(target_os = "linux")]
fn with_a_keyring_the_token_is_in_it_and_nowhere_else() {
    if !need("keyring") {
        return;
    }
    let server = Instance::start();
    let mut home = Home::new();
    let _keyring = Keyring::unlocked(&mut home);
    let mut terminal = waiting(&home, &server.url());
    terminal.shows("in the keyring");
    approve(&terminal, &server.url());
    terminal.exits(0).whole();
    assert!(!home.kept("auth.json").contains("cm_session_"), "{}", home.kept("auth.json"));
    let who = home.run(&["whoami", "--json"]).output("").exits(0).json();
    assert_eq!(who["user"]["name"], "Ana", "{who:#}");
    // Signed out, it is gone from there and dead on the server.
    let found = home.program("secret-tool", &["search", "--all", "service", "crewmesh"]).output("");
    let token = found.out.lines().find_map(|line| line.strip_prefix("secret = "));
    let token = token.unwrap_or_else(|| panic!("no token in the keyring: {found:?}")).to_owned();
    home.run(&["logout"]).output("").exits(0);
    let after = home.program("secret-tool", &["search", "--all", "service", "crewmesh"]).output("");
    assert!(!after.out.contains("secret = "), "{after:?}");
    let said = home
        .run(&["whoami", "--json", "--instance", &server.url()])
        .with("CREWMESH_TOKEN", &token)
        .output("")
        .exits(2);
    assert_eq!(said.json()["status"], "error");
}

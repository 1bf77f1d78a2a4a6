//! What goes wrong around a person who signs in: each is one clear message,
//! the right exit code, nothing lost, the terminal whole.
//!
//! Shown elsewhere: a server that is none or speaks HTML, half a body, no end,
//! other issuers (`tests/client.rs`); refusals, a closed terminal, two at once
//! (`signing_in.rs`); codes that expire (`tests/flows.rs`, `tests/server`);
//! tokens that are none, unknown instances, no terminal (`tests/cli/wrong.rs`);
//! disks and homes below the wizard, keyrings that stall (`tests/saved_sign_ins.rs`);
//! panics, signals, stops (`tests/pages/exits.rs`).

use super::{WAITING, approve, browse, code};
use crate::support::home::Home;
use crate::support::need;
use crate::support::server::Instance;
use crate::support::terminal::Terminal;
#[cfg(target_os = "linux")]
use crate::support::web::Person;

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
    terminal.shows("does not take this token");
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

/// `crewmesh` with these arguments, in a home on a small disk of its own that
/// `prepare` was done to.
#[cfg(target_os = "linux")]
fn on_a_small_disk(home: &Home, prepare: &str, arguments: &[&str]) -> Terminal {
    std::fs::create_dir(home.crewmesh()).expect("an empty home");
    let script = format!(
        "mount -t tmpfs -o size=96k,mode=700 none \"$HOME/.crewmesh\"; cd \"$HOME/.crewmesh\"; \
         {prepare}; cd; exec \"$@\""
    );
    let run = home.run(arguments).under(&["unshare", "-Urm", "sh", "-c", &script, "sh"]);
    run.terminal(80, 24)
}

/// A file on that disk, which nobody outside can see by its usual name.
#[cfg(target_os = "linux")]
fn on_its_disk(home: &Home, terminal: &Terminal, file: &str) -> std::path::PathBuf {
    let path = home.crewmesh().join(file);
    let below_root = path.strip_prefix("/").expect("absolute");
    std::path::Path::new(&format!("/proc/{}/root", terminal.pid())).join(below_root)
}

/// How many sessions the person has, as their page shows them.
#[cfg(target_os = "linux")]
fn sessions(ana: &mut Person, server: &Instance) -> usize {
    ana.open(&format!("{}/settings/sessions", server.url()));
    assert_eq!(ana.page.status, 200, "{}", ana.page.text());
    // Each terminal's; not those of browsers, and not everything's at once.
    let ending = |action: &str| {
        let id = action.strip_prefix("/settings/sessions/").and_then(|a| a.strip_suffix("/revoke"));
        id.is_some_and(|id| !id.starts_with("browser/"))
    };
    ana.page.forms().iter().filter(|form| ending(&form.action)).count()
}

#[test]
#[cfg(target_os = "linux")]
fn on_a_full_disk_the_sign_in_is_held_until_there_is_room_for_it() {
    if !need("mounts") {
        return;
    }
    let server = Instance::start();
    let home = Home::new();
    let mut terminal = on_a_small_disk(&home, ":", &["login", "--instance", &server.url()]);
    terminal.shows(WAITING);
    let mut ana = browse(&terminal, &server.url());
    let ballast = on_its_disk(&home, &terminal, "ballast");
    std::fs::write(&ballast, vec![0; 1 << 20]).expect_err("it is full now");
    ana.submit("decision", &[("decision", "approve")]);
    terminal.shows("disk is full").shows("Nothing is lost").shows("▸ Try again");
    // Nothing comes after this run that it could be used for.
    assert!(!terminal.text().contains("this run only"), "{}", terminal.text());
    std::fs::remove_file(&ballast).expect("ours");
    terminal.press("enter");
    terminal.exits(0).whole().shows_at_the_end("Signed in as Ana");
    assert_eq!(sessions(&mut ana, &server), 1);
}

#[test]
#[cfg(target_os = "linux")]
fn on_a_disk_that_was_full_before_a_code_is_given_all_the_same() {
    if !need("mounts") {
        return;
    }
    let server = Instance::start();
    let home = Home::new();
    let fill = "dd if=/dev/zero of=ballast bs=1k 2>/dev/null";
    let mut terminal = on_a_small_disk(&home, fill, &["login", "--instance", &server.url()]);
    terminal.shows(WAITING);
    let mut ana = browse(&terminal, &server.url());
    ana.submit("decision", &[("decision", "approve")]);
    terminal.shows("disk is full").shows("▸ Try again").press("esc");
    terminal.exits(0).whole();
    assert_eq!(sessions(&mut ana, &server), 0, "what nobody keeps is ended");
}

#[test]
#[cfg(target_os = "linux")]
fn on_a_read_only_home_nobody_is_told_they_are_signed_in() {
    if !need("mounts") {
        return;
    }
    let server = Instance::start();
    let read_only = "cd; mount -o remount,ro \"$HOME/.crewmesh\"";
    let home = Home::new();
    let mut terminal = on_a_small_disk(&home, read_only, &["login", "--instance", &server.url()]);
    terminal.shows(WAITING);
    let mut ana = browse(&terminal, &server.url());
    ana.submit("decision", &[("decision", "approve")]);
    terminal.shows("cannot be kept here").shows("read-only").shows("CREWMESH_HOME").press("esc");
    terminal.exits(0).whole();
    assert!(!terminal.raw().contains("Signed in as"), "{}", terminal.text());
    assert_eq!(sessions(&mut ana, &server), 0, "what nobody keeps is ended");

    // Where more is to come, it is good for this run.
    let home = Home::new();
    let mut terminal = on_a_small_disk(&home, read_only, &["--instance", &server.url()]);
    terminal.shows("Bring this machine").press("enter").shows(WAITING).shows("for this run only");
    let code = code(&terminal);
    ana.open(&format!("{}/d?code={code}", server.url()));
    ana.submit("decision", &[("decision", "approve")]);
    terminal.shows("Create a mesh").press("ctrl+c");
    terminal.exits(130).whole();
}

#[test]
fn in_the_smallest_window_there_is_a_way_on_and_a_way_out() {
    let server = Instance::start();
    let home = Home::new();
    let mut terminal = home.run(&["login", "--instance", &server.url()]).terminal(18, 5);
    terminal.wait("the code alone", |screen| {
        screen.contents().lines().any(|line| line.trim().len() == 9 && line.contains('-'))
    });
    let asked = code(&terminal);
    terminal.resize(80, 24);
    terminal.shows(WAITING).resize(18, 5);
    terminal.hides(WAITING).shows(&asked);
    approve(&terminal, &server.url());
    terminal.exits(0).whole();
}

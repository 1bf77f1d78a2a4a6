//! What somebody was given, and does not hold good: an invite that ran out or
//! never was, a token of another kind or of nobody. It is said where it was
//! typed, nothing is kept, and a script gets the code that says why.

use super::{WAITING, browse_as};
use crate::support::home::Home;
use crate::support::server::Instance;

/// A home that somebody is signed in from.
fn signed_in(name: &str, server: &Instance) -> Home {
    let home = Home::new();
    let mut terminal = home.run(&["login", "--instance", &server.url()]).terminal(80, 24);
    terminal.shows(WAITING);
    browse_as(name, &terminal, &server.url()).submit("decision", &[("decision", "approve")]);
    terminal.exits(0);
    home
}

#[test]
fn an_invite_that_was_given_is_joined_after_the_sign_in_and_said() {
    let server = Instance::start();
    let ana = signed_in("Ana", &server);
    ana.run(&["create", "Platform team"]).output("").exits(0);
    let link = ana.run(&["invite"]).output("").exits(0).out.trim().to_owned();
    let eva = Home::new();
    let mut terminal = eva.run(&["join", &link]).terminal(80, 24);
    terminal.shows("not used on this machine").press("down").press("enter");
    terminal.shows("Sign in and join").press("enter").shows(WAITING);
    browse_as("Eva", &terminal, &server.url()).submit("decision", &[("decision", "approve")]);
    terminal.exits(0).whole().shows_at_the_end("Signed in as Eva");
    terminal.shows_at_the_end("You are in Platform team");
    // Once more by the same invite, which is used up: in all the same.
    let said = eva.run(&["join", &link, "--json"]).output("").exits(0);
    assert_eq!(said.json()["slug"], "platform-team");
    let leo = signed_in("Leo", &server);
    let said = leo.run(&["join", &link]).output("").exits(5);
    assert!(said.err.contains("used up"), "{said:#?}");
}

/// Every invite of this instance ended a moment ago.
fn time_passes(server: &Instance) {
    let database = server.home.crewmesh().join("instance.db");
    let database = rusqlite::Connection::open(database).expect("it is there");
    let changed = database.execute("UPDATE invites SET expires_at = created_at - 1", []);
    assert_eq!(changed.expect("the database can be written"), 1);
}

#[test]
fn an_invite_that_ran_out_or_never_was_joins_nobody() {
    let server = Instance::start();
    let ana = signed_in("Ana", &server);
    ana.run(&["create", "Platform team"]).output("").exits(0);
    let link = ana.run(&["invite"]).output("").exits(0).out.trim().to_owned();
    let home = signed_in("Eva", &server);
    time_passes(&server);
    let unknown = format!("{}/i/ABCDE-23456-FGHIJ-67234", server.url());
    for (link, says) in [(&link, "has expired"), (&unknown, "knows no such invite")] {
        let said = home.run(&["join", link, "-y", "--json"]).output("").exits(5);
        assert!(said.err.contains(says), "{said:?}");
        assert_eq!(said.json()["status"], "error");
        let mut terminal = home.run(&["join", link]).terminal(80, 24);
        terminal.exits(5).whole().shows_at_the_end(says);
        // Somebody who was never on that instance is asked about it first, and
        // what was given stays, to be looked at and mended.
        let mut terminal = Home::new().run(&["join", link]).terminal(80, 24);
        terminal.shows("not used on this machine").press("down").shows("▸ Use 127.0.0.1");
        terminal.press("enter").shows(says).shows(&link[link.len() - 5..]).press("esc");
        // What stood on the page stands in the shell, and `&&` goes no further.
        terminal.exits(5).whole().shows_at_the_end(says);
    }
}

#[test]
fn an_invite_that_ends_while_somebody_signs_in_for_it_leaves_them_signed_in_and_says_both() {
    let server = Instance::start();
    let ana = signed_in("Ana", &server);
    ana.run(&["create", "Platform team"]).output("").exits(0);
    let link = ana.run(&["invite"]).output("").exits(0).out.trim().to_owned();
    let mut terminal = Home::new().run(&["join", &link]).terminal(80, 24);
    terminal.shows("not used on this machine").press("down").press("enter");
    terminal.shows("Sign in and join").press("enter").shows(WAITING);
    time_passes(&server);
    browse_as("Eva", &terminal, &server.url()).submit("decision", &[("decision", "approve")]);
    terminal.shows("go on without it").press("esc");
    terminal.exits(5).whole().shows_at_the_end("✔ Signed in as Eva");
    terminal.shows_at_the_end("✘ This invite has expired. Ask for a new one.");
}

#[test]
fn whoever_does_not_want_what_they_were_invited_to_is_told_that_nothing_changed() {
    let server = Instance::start();
    let ana = signed_in("Ana", &server);
    ana.run(&["create", "Platform team"]).output("").exits(0);
    let link = ana.run(&["invite"]).output("").exits(0).out.trim().to_owned();
    let mut terminal = Home::new().run(&["join", &link]).terminal(80, 24);
    terminal.shows("not used on this machine").press("enter");
    terminal.exits(0).whole().shows_at_the_end("Nothing was changed.");
    let mut terminal = Home::new().run(&["join", &link]).terminal(80, 24);
    terminal.shows("not used on this machine").press("down").press("enter");
    terminal.shows("Sign in and join").press("esc").shows("invite").press("esc");
    terminal.exits(0).whole().shows_at_the_end("Nothing was changed.");
}

#[test]
fn a_token_of_another_kind_is_named_and_kept_nowhere() {
    let server = Instance::start();
    let url = server.url();
    let body = "a".repeat(52);
    for (token, says) in [
        (format!("cm_dc_{body}"), "no crewmesh token"),
        (format!("ghp_{body}"), "no crewmesh token"),
        (format!("cm_svc_{body}"), "does not take this token"),
        (format!("cm_pat_{}", &body[..30]), "cut short"),
    ] {
        let home = Home::new();
        let mut terminal = home.run(&["--instance", &url]).terminal(80, 24);
        terminal.shows("Bring this machine").press("4").shows("Recognised").paste(&token);
        terminal.shows("••").press("enter").shows(says).press("ctrl+c");
        terminal.exits(130).whole();
        assert!(!terminal.raw().contains(&token), "never drawn");
        assert!(!home.crewmesh().join("auth.json").exists(), "nothing was kept");
    }
}

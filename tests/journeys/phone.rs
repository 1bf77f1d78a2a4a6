//! A phone: the QR code is read from the cells of the terminal, and what it
//! says is opened in real Chromium at a phone's width.

use std::process::Command;

use super::{WAITING, approve, at_home};
use crate::support::browser::Browser;
use crate::support::fake_agent::fake_agent;
use crate::support::home::Home;
#[cfg(target_os = "linux")]
use crate::support::netns::Apart;
use crate::support::server::Instance;
use crate::support::terminal::Terminal;
use crate::support::{need, qr};

/// What the code on the screen says, once one is whole there.
fn scanned(terminal: &Terminal) -> String {
    terminal.wait("a QR code", |screen| qr::on_screen(screen).is_some());
    let light = terminal.look(qr::on_screen).expect("it was there");
    qr::decoded(&light)
}

#[test]
fn the_code_is_read_at_each_size_that_shows_it_and_is_33_by_17_cells() {
    let server = Instance::start();
    for (columns, rows) in [(80, 24), (140, 45), (72, 24), (100, 30)] {
        let home = Home::new();
        let mut terminal =
            home.run(&["login", "--instance", &server.url()]).terminal(columns, rows);
        terminal.shows(WAITING);
        let link = scanned(&terminal);
        let begins = format!("{}/D/", server.url().to_uppercase());
        assert!(link.starts_with(&begins), "{link}");
        let light = terminal.look(qr::on_screen).expect("it is there");
        // Large where there is room for that: two cells a module.
        let modules = if columns == 140 { (33, 33) } else { (33, 34) };
        assert_eq!((light[0].len(), light.len()), modules, "{columns}×{rows}");
        terminal.press("ctrl+c");
        terminal.exits(130).whole();
    }
}

#[test]
fn alone_the_code_is_read_wherever_it_is_shown_and_else_what_is_missing_is_said() {
    let server = Instance::start();
    let sizes = [(80, 24), (40, 20), (36, 19), (33, 17), (31, 16), (28, 24)];
    let shown = sizes.map(|(columns, rows)| {
        let home = Home::new();
        let mut terminal =
            home.run(&["login", "--instance", &server.url()]).terminal(columns, rows);
        terminal.wait("the code", |screen| {
            let is_code = |word: &str| {
                word.len() == 9 && word.as_bytes()[4] == b'-' && *word == word.to_uppercase()
            };
            screen.contents().split_whitespace().any(is_code)
        });
        terminal.press("f");
        let fits = columns > 28;
        terminal.wait("the code alone, or what is missing for it", |screen| {
            let text = screen.contents().split_whitespace().collect::<Vec<_>>().join(" ");
            let alone = !text.contains("copy code") && qr::on_screen(screen).is_some();
            if fits { alone } else { text.contains("A QR code fits here with") }
        });
        let light = terminal.look(qr::on_screen);
        let read = light.map(|light| {
            let link = qr::decoded(&light);
            assert!(link.starts_with(&format!("{}/D/", server.url().to_uppercase())), "{link}");
            (light[0].len(), light.len() / 2)
        });
        terminal.press("ctrl+c");
        terminal.exits(130).whole();
        read
    });
    let [read @ .., missing] = shown;
    assert_eq!(missing, None, "one column too few");
    // With a border of four modules or of two.
    let sizes = [Some((33, 17)), Some((29, 15))];
    assert!(read.iter().all(|size| sizes.contains(size)), "{read:?}");
    assert_eq!(read[0], sizes[0]);
}

#[test]
fn a_phone_signs_up_and_approves_on_a_teams_instance() {
    if !need("browser") {
        return;
    }
    let server = Instance::start();
    let home = Home::new();
    let mut terminal = home.run(&["login", "--instance", &server.url()]).terminal(80, 24);
    terminal.shows(WAITING);
    let phone = Browser::phone();
    phone.goto(&scanned(&terminal));
    phone.press("Create an account");
    phone.fill("#name", "Ana Díaz");
    phone.fill("#email", "ana@example.org");
    phone.fill("#password", "correct horse battery");
    phone.click("button.strong");
    phone.shows("Sign in this device?");
    phone.picture("journey-team-card");
    phone.press("Approve");
    phone.shows("Return to your terminal.");
    phone.picture("journey-team-done");
    terminal.exits(0).whole().shows_at_the_end("Signed in as Ana Díaz");
}

#[test]
fn on_this_computer_one_press_on_the_owners_card_is_all() {
    if !need("browser") {
        return;
    }
    let home = at_home();
    fake_agent(&home, "claude", 0);
    let mut terminal = home.run(&[]).terminal(80, 24);
    terminal.shows("Bring this machine").press("enter").shows(WAITING);
    let phone = Browser::phone();
    phone.goto(&scanned(&terminal));
    phone.shows("Approve");
    phone.picture("journey-owner-card");
    phone.press("Approve");
    phone.shows("Return to your terminal.");
    terminal.shows("▸ Continue").press("enter").shows("agent claude is here").line("x");
    terminal.exits(0).whole();
}

/// `w`: the terminal is on another machine of the network, the phone is here.
#[test]
#[cfg(target_os = "linux")]
fn a_phone_nearby_approves_after_w() {
    if !need("browser") || !need("netns") {
        return;
    }
    let apart = Apart::new();
    let home = at_home();
    let run = home.run(&["login", "--instance", "local"]).under(&apart.inside());
    let mut terminal = run.terminal(80, 24);
    // Below a QR code of 33 columns, which a short address makes, its line is broken.
    terminal.shows(WAITING).shows("this computer only").press("w").shows("opens on any phone");
    terminal.wait("a link for the network", |screen| screen.contents().contains("198.18."));
    let link = scanned(&terminal);
    assert!(link.contains(&apart.address), "{link}");
    // The one card and nothing else is served there.
    let base = &link[..link.find("/D/").expect("a card")].to_lowercase();
    let status = Command::new("curl")
        .args(["-s", "-o", "/dev/null", "-w", "%{http_code}", &format!("{base}/api/my/profile")])
        .output();
    if let Ok(output) = status {
        assert_eq!(String::from_utf8_lossy(&output.stdout), "404");
    }
    let phone = Browser::phone();
    phone.goto(&link);
    phone.shows("Approve");
    phone.picture("journey-nearby-card");
    phone.press("Approve");
    phone.shows("Return to your terminal.");
    phone.picture("journey-nearby-done");
    terminal.exits(0).whole().shows_at_the_end("Signed in as alejandro");
}

#[test]
fn one_qr_code_leads_somebody_without_an_account_into_the_mesh() {
    if !need("browser") {
        return;
    }
    let server = Instance::start();
    let ana = Home::new();
    let mut terminal = ana.run(&["login", "--instance", &server.url()]).terminal(80, 24);
    terminal.shows(WAITING);
    approve(&terminal, &server.url());
    terminal.exits(0);
    ana.run(&["create", "Platform team"]).output("").exits(0);
    let link = ana.run(&["invite"]).output("").exits(0).out.trim().to_owned();
    let home = Home::new();
    let mut terminal = home.run(&["join", &link]).terminal(80, 24);
    terminal.shows("not used on this machine").press("down").press("enter");
    terminal.shows("Sign in and join").press("enter").shows(WAITING);
    let phone = Browser::phone();
    phone.goto(&scanned(&terminal));
    phone.shows("Ana invites you to");
    phone.press("Create an account");
    phone.fill("#name", "Eve");
    phone.fill("#email", "eve@example.org");
    phone.fill("#password", "correct horse battery");
    phone.press("Create the account");
    phone.shows("as a member, once you approve");
    phone.press("Approve");
    terminal.exits(0).whole().shows_at_the_end("Platform team");
    let list = home.run(&["list", "--json"]).output("").exits(0).json();
    assert_eq!(list["meshes"][0]["slug"], "platform-team", "{list}");
}

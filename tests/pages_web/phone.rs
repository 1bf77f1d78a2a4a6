//! A real browser, as wide as a phone.

use crewmesh::server::{Config, SignUp};

use super::TestServer;
use crate::support::browser::Browser;
use crate::support::need;

#[test]
fn real_chromium_signs_up_and_approves() {
    if !need("browser") {
        return;
    }
    let server = TestServer::new();
    let asked = server.ask("radiology-3");
    let phone = Browser::phone();
    phone.goto(&server.at(&format!("/D/{}", asked.plain())));
    phone.press("Create an account");
    phone.fill("#name", "Ana Díaz");
    phone.fill("#email", "ana@example.org");
    phone.fill("#password", super::PASSWORD);
    phone.press("Create the account");
    phone.shows("Sign in this device?");
    phone.picture("pages-card");
    // Nothing is wider than the phone, both buttons are on it and of one size.
    let wide = phone.ask("return document.documentElement.scrollWidth - window.innerWidth");
    assert_eq!(wide, 0);
    let sizes = phone.ask(
        "return [...document.querySelectorAll('button[name=decision]')].map(b => {
            const r = b.getBoundingClientRect();
            return [Math.round(r.width), Math.round(r.height), r.bottom <= window.innerHeight]; })",
    );
    assert_eq!(sizes[0], sizes[1], "{sizes}");
    assert_eq!(sizes[0][2], true, "within reach without scrolling: {sizes}");
    phone.press("Approve");
    phone.shows("Return to your terminal.");
    phone.picture("pages-done");
    assert_eq!(server.poll(&asked).status, 200);
}

#[test]
fn real_chromium_goes_from_no_account_into_the_mesh_by_one_code() {
    if !need("browser") {
        return;
    }
    let server = TestServer::of(Config { sign_up: SignUp::Invite, ..Config::in_memory() });
    let invite = super::invites::invite(&server, 1);
    let asked = super::ask_with(server.running.address(), "radiology-3", Some(&invite));
    let phone = Browser::phone();
    phone.goto(&server.at(&format!("/D/{}", asked.plain())));
    phone.shows("Bo invites you to");
    phone.picture("pages-invited-code");
    let wide = "return document.documentElement.scrollWidth - window.innerWidth";
    assert_eq!(phone.ask(wide), 0);
    phone.press("Create an account");
    phone.fill("#name", "Ana Díaz");
    phone.fill("#email", "ana@example.org");
    phone.fill("#password", super::PASSWORD);
    phone.press("Create the account");
    phone.shows("Sign in this device?");
    phone.shows("Platform <team>");
    phone.picture("pages-invited-card");
    assert_eq!(phone.ask(wide), 0);
    phone.press("Approve");
    phone.shows("you are a member of Platform <team>");
    assert_eq!(server.poll(&asked).status, 200);
}

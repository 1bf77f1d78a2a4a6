//! The script that copies, and everything without any.

use serde_json::json;

use super::{PASSWORD, TestServer};
use crate::support::browser::Browser;
use crate::support::need;

fn sign_up(server: &TestServer, browser: &Browser) {
    browser.goto(&server.at("/register"));
    browser.fill("#name", "Ana Díaz");
    browser.fill("#email", "ana@example.org");
    browser.fill("#password", PASSWORD);
    browser.click("button.strong");
    browser.shows("You are in no mesh yet.");
}

#[test]
fn what_is_shown_once_is_copied_whole_and_only_then_said_to_be() {
    if !need("browser") {
        return;
    }
    let server = TestServer::new();
    let browser = Browser::changing("en");
    sign_up(&server, &browser);
    browser.goto(&server.at("/settings/tokens"));
    browser.fill("#name", "nightly");
    browser.click("form.fill button.strong");
    browser.shows("cm_pat_");
    let origin = server.at("");
    let may = json!({ "origin": origin, "permissions": ["clipboardReadWrite"] });
    browser.devtools("Browser.grantPermissions", &may);
    assert_eq!(browser.ask("return document.querySelector('[role=status]').textContent"), "");
    browser.press("Copy");
    browser.shows("Copied");
    let shown = browser.ask("return document.querySelector('#shown-once').textContent");
    assert_eq!(browser.ask("return navigator.clipboard.readText()"), shown);
    assert!(shown.as_str().is_some_and(|token| token.starts_with("cm_pat_") && token.len() == 59));

    // Where the clipboard is kept from pages it is marked, and nothing claimed.
    browser.goto(&server.at("/settings/tokens"));
    browser.fill("#name", "second");
    browser.click("form.fill button.strong");
    browser.shows("“second”");
    browser.ask(
        "navigator.clipboard.writeText = () => Promise.reject(); document.execCommand = () => false",
    );
    browser.press("Copy");
    browser.shows("It is marked now");
    let marked = browser.ask("return String(getSelection())");
    let shown = browser.ask("return document.querySelector('#shown-once').textContent");
    assert_eq!(marked, shown);
}

#[test]
fn every_form_works_without_a_script() {
    if !need("browser") {
        return;
    }
    let server = TestServer::new();
    let browser = Browser::phone();
    browser.without_scripts();
    sign_up(&server, &browser);
    browser.fill("form[action='/meshes'] #name", "Platform team");
    browser.click("form[action='/meshes'] button.strong");
    browser.shows("platform-team");
    browser.fill("form[action$='/invites'] #email", "ben@example.org");
    browser.click("form[action$='/invites'] button.strong");
    browser.shows("No mail was sent to ben@example.org");
    assert!(!browser.text().contains("Copy"), "no button that would do nothing");
    browser.press("Take back");
    browser.shows("No invite is open.");
    // What asks first opens and closes by itself.
    browser.press("Rename");
    browser.fill("form[action$='/name'] #name", "Platform crew");
    browser.press("Save");
    browser.shows("Platform crew");

    browser.goto(&server.at("/settings/tokens"));
    browser.fill("#name", "nightly");
    browser.press("What may it do?");
    browser.click("input[value='mesh:write']");
    browser.click("form.fill button.strong");
    browser.shows("cm_pat_");
    assert!(!browser.text().contains("Copy\n"), "{}", browser.text());
    browser.press("I have kept it");
    browser.shows("nightly");
    assert!(!browser.text().contains("mesh:write"), "it was taken away: {}", browser.text());
    browser.press("Revoke");
    browser.shows("This cannot be taken back.");
    browser.click("details[open] button.stop");
    browser.shows("No tokens yet.");

    browser.goto(&server.at("/meshes/platform-team"));
    browser.press("Delete this mesh");
    browser.fill("#slug", "platform-team");
    browser.click("form[action$='/remove'] button.stop");
    browser.shows("You are in no mesh yet.");
    browser.goto(&server.at("/settings/sessions"));
    browser.press("Sign out everywhere");
    browser.click("form[action$='/sessions/revoke'] button.stop");
    browser.shows("Signed out everywhere");
}

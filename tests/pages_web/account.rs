//! Signing in and up, and what a person keeps in order.

use crewmesh::server::{Config, SignUp};

use super::{PASSWORD, TestServer, register};
use crate::support::web::Person;

/// Milliseconds of a day.
const DAY: i64 = 86_400_000;

fn log_in(server: &TestServer, person: &mut Person, email: &str, password: &str) {
    person.open(&server.at("/login"));
    person.submit("action=\"/login\"", &[("email", email), ("password", password)]);
}

/// The token of a terminal that somebody signs in.
fn terminal(server: &TestServer, person: &mut Person) -> String {
    let asked = server.ask("radiology-3");
    person.open(&server.at(&format!("/D/{}", asked.plain())));
    person.submit("decision", &[("decision", "approve")]);
    server.poll(&asked).json()["access_token"].as_str().expect("a token").to_owned()
}

/// The personal token on the page, which is seen there once.
fn made(person: &Person) -> String {
    let html = &person.page.html;
    let start = html.find("cm_pat_").expect("the token");
    html[start..start + 59].to_owned()
}

#[test]
fn a_wrong_password_and_an_unknown_address_are_told_the_same() {
    let server = TestServer::new();
    server.member("Ana", "Ana@Example.org");
    let mut ana = Person::new();
    log_in(&server, &mut ana, "ana@example.org", "wrong horse battery");
    assert_eq!(ana.page.status, 401);
    let wrong = ana.page.text();
    assert!(wrong.contains("do not belong together"), "{wrong}");
    assert!(ana.page.html.contains("value=\"ana@example.org\""), "the address stays");
    assert!(!ana.page.html.contains("wrong horse"), "the password does not");
    log_in(&server, &mut ana, "nobody@example.org", PASSWORD);
    assert_eq!((ana.page.status, ana.page.text()), (401, wrong));
    log_in(&server, &mut ana, "ANA@example.org", PASSWORD);
    assert_eq!(ana.page.url.path(), "/meshes");
    let failed = server.audit_of("");
    assert_eq!(failed.iter().filter(|action| *action == "auth.web.failed").count(), 2);
}

#[test]
fn the_eleventh_try_in_a_minute_waits() {
    let server = TestServer::new();
    let mut eve = Person::new();
    for _ in 0..10 {
        log_in(&server, &mut eve, "ana@example.org", "x");
        assert_eq!(eve.page.status, 401);
    }
    log_in(&server, &mut eve, "ana@example.org", "x");
    assert_eq!(eve.page.status, 429);
    assert!(eve.page.headers.contains_key("retry-after"));
    assert!(eve.page.text().contains("Too many tries"), "{}", eve.page.text());
}

#[test]
fn what_cannot_be_an_account_says_why() {
    let server = TestServer::new();
    server.member("Ana", "ana@example.org");
    let mut eve = Person::new();
    eve.open(&server.at("/register"));
    for (name, email, password, status, why) in [
        (" \u{202e}", "e@e", PASSWORD, 422, "at least one visible character"),
        ("Eve", "no address", PASSWORD, 422, "does not look like an e-mail"),
        ("Eve", "e@e", "short", 422, "at least 10 characters"),
        ("Eve", "eve@example.org", "eve@example.org", 422, "cannot be guessed"),
        ("Eve", "ANA@example.org", PASSWORD, 409, "an account with this e-mail already"),
    ] {
        eve.submit("/register", &[("name", name), ("email", email), ("password", password)]);
        assert_eq!(eve.page.status, status, "{why}");
        assert!(eve.page.text().contains(why), "{why}: {}", eve.page.text());
        assert!(!eve.page.html.contains(PASSWORD));
    }
}

#[test]
fn sign_up_is_as_open_as_the_operator_says() {
    let mut config = Config::in_memory();
    config.sign_up = SignUp::Closed;
    let server = TestServer::of(config);
    let mut ana = Person::new();
    ana.open(&server.at("/register"));
    assert_eq!(ana.page.status, 403);
    assert!(ana.page.text().contains("No new accounts here"));
    ana.open(&server.at("/login"));
    assert!(!ana.page.html.contains("/register"));
    // A made-up link makes no administrator; the one that serve prints does, once.
    ana.open(&server.at("/register?first=0123"));
    assert_eq!(ana.page.status, 403);
    let link = server.running.admin_link().unwrap().expose().to_owned();
    ana.open(&link);
    assert_eq!(ana.page.status, 200);
    register(&mut ana, "Ana", "ana@example.org");
    assert_eq!(ana.page.url.path(), "/meshes");
    let account = server.runtime.block_on(server.state().store.account_by_email("ana@example.org"));
    assert!(account.unwrap().unwrap().admin);
    let mut eve = Person::new();
    eve.open(&link);
    assert_eq!(eve.page.status, 403);
}

#[test]
fn an_open_door_makes_nobody_an_administrator() {
    let server = TestServer::new();
    let mut eve = Person::new();
    eve.open(&server.at("/register?first=0123"));
    register(&mut eve, "Eve", "eve@example.org");
    let account = server.runtime.block_on(server.state().store.account_by_email("eve@example.org"));
    assert!(!account.unwrap().unwrap().admin);
}

#[test]
fn a_token_is_seen_once_and_revoked() {
    let server = TestServer::new();
    let mut ana = server.member("Ana", "ana@example.org");
    ana.open(&server.at("/settings/tokens"));
    assert!(ana.page.text().contains("No tokens yet."));
    assert!(ana.page.text().contains("works for whoever finds it"), "never is warned of");
    ana.submit("name=\"expiry\"", &[("name", "  "), ("expiry", "30")]);
    assert_eq!(ana.page.status, 422);
    ana.submit("name=\"expiry\"", &[("name", "nightly"), ("expiry", "90")]);
    assert_eq!(ana.page.status, 201);
    let token = made(&ana);
    assert_eq!(server.bearer(&token, "/api/my/profile").json()["via"], "pat");
    assert!(ana.page.headers["cache-control"] == "no-store");

    ana.open(&server.at("/settings/tokens"));
    let text = ana.page.text();
    assert!(!ana.page.html.contains(&token), "only once");
    assert!(text.contains("nightly") && text.contains("Ends in 90 days"), "{text}");
    ana.submit("/revoke", &[]);
    assert!(ana.page.text().contains("No tokens yet."));
    assert_eq!(server.bearer(&token, "/api/my/profile").status, 401);

    ana.submit("name=\"expiry\"", &[("name", "robot"), ("expiry", "never")]);
    ana.open(&server.at("/settings/tokens"));
    assert!(ana.page.text().contains("Never ends · "), "{}", ana.page.text());
}

#[test]
fn everything_that_is_signed_in_is_listed_and_can_be_signed_out() {
    let server = TestServer::new();
    let mut ana = server.member("Ana", "ana@example.org");
    let token = terminal(&server, &mut ana);
    assert_eq!(server.bearer(&token, "/api/my/profile").status, 200);
    let mut phone = Person::new();
    log_in(&server, &mut phone, "ana@example.org", PASSWORD);
    phone.open(&server.at("/settings/sessions"));
    let text = phone.page.text();
    assert!(text.contains("radiology-3 Linux · x86_64 · 127.0.0.1"), "{text}");
    assert_eq!(text.matches("This one").count(), 1);
    phone.submit("/settings/sessions/", &[]);
    assert_eq!(server.bearer(&token, "/api/my/profile").status, 401);
    assert!(phone.page.text().contains("No terminal is signed in."));
    // The other browser, and then this one.
    let other = phone.page.forms().into_iter().rfind(|form| form.action.contains("/browser/"));
    phone.submit(&other.unwrap().action, &[]);
    ana.open(&server.at("/meshes"));
    assert_eq!(ana.page.url.path(), "/login", "signed out from afar");
    phone.submit("/browser/", &[]);
    assert_eq!(phone.page.url.path(), "/");
    phone.open(&server.at("/meshes"));
    assert_eq!(phone.page.url.path(), "/login");
}

#[test]
fn a_browser_stays_signed_in_for_thirty_days() {
    let server = TestServer::new();
    let mut ana = server.member("Ana", "ana@example.org");
    server.clock.advance(30 * DAY - 60_000);
    ana.open(&server.at("/meshes"));
    assert_eq!(ana.page.url.path(), "/meshes");
    // It sends its cookie for longer than it was told to.
    server.clock.advance(60_000);
    ana.open(&server.at("/meshes"));
    assert_eq!(ana.page.url.path(), "/login");
}

#[test]
fn a_new_password_signs_out_everything_but_tokens() {
    let server = TestServer::new();
    let mut ana = server.member("Ana", "ana@example.org");
    let session = terminal(&server, &mut ana);
    ana.open(&server.at("/settings/tokens"));
    ana.submit("name=\"expiry\"", &[("name", "nightly"), ("expiry", "30")]);
    let pat = made(&ana);

    ana.open(&server.at("/settings/password"));
    let fresh = "another horse battery";
    ana.submit("name=\"fresh\"", &[("current", "wrong"), ("fresh", fresh)]);
    assert!(ana.page.text().contains("not your current password"), "{}", ana.page.text());
    // Whoever guesses at a browser that was left open is seen.
    ana.open(&server.at("/audit"));
    assert!(ana.page.text().contains("A wrong password"), "{}", ana.page.text());
    ana.open(&server.at("/settings/password"));
    ana.submit("name=\"fresh\"", &[("current", PASSWORD), ("fresh", fresh)]);
    assert!(ana.page.text().contains("Password changed"), "{}", ana.page.text());
    assert_eq!(server.bearer(&session, "/api/my/profile").status, 401);
    assert_eq!(server.bearer(&pat, "/api/my/profile").status, 200);
    ana.open(&server.at("/meshes"));
    assert_eq!(ana.page.url.path(), "/login");
    log_in(&server, &mut ana, "ana@example.org", PASSWORD);
    assert_eq!(ana.page.status, 401);
    log_in(&server, &mut ana, "ana@example.org", fresh);
    assert_eq!(ana.page.url.path(), "/meshes");
    ana.submit("/logout", &[]);
    ana.open(&server.at("/machines"));
    assert_eq!(ana.page.url.path(), "/login");
}

#[test]
fn a_token_may_do_what_was_left_ticked() {
    let server = TestServer::new();
    let mut ana = server.member("Ana", "ana@example.org");
    ana.open(&server.at("/settings/tokens"));
    let form = ana.page.form("name=\"expiry\"");
    let ticked = form.fields.iter().filter(|(name, _)| name == "scope").count();
    assert_eq!(ticked, 9, "everything but running the instance: {form:?}");
    assert!(form.fields.contains(&("expiry".to_owned(), "365".to_owned())), "a year at first");
    ana.submit("name=\"expiry\"", &[("name", "look"), ("scope", "mesh:read")]);
    assert_eq!(ana.page.status, 201);
    assert!(ana.page.text().contains("Whoever has it acts as you."), "{}", ana.page.text());
    let token = made(&ana);
    assert_eq!(server.bearer(&token, "/api/my/meshes").status, 200);
    assert_eq!(server.bearer(&token, "/api/my/machines").status, 403);
    ana.open(&server.at("/settings/tokens"));
    assert!(ana.page.text().contains("mesh:read"), "{}", ana.page.text());
    assert!(!ana.page.text().contains("May do everything"), "{}", ana.page.text());
    // Nobody is given what they have not.
    for scopes in ["", "admin"] {
        ana.submit("name=\"expiry\"", &[("name", "x"), ("scope", scopes), ("expiry", "30")]);
        assert_eq!(ana.page.status, 422, "{scopes}");
        assert!(ana.page.html.contains("value=\"30\" checked"), "what was chosen stays");
    }
}

#[test]
fn signing_out_everywhere_leaves_tokens_alone() {
    let server = TestServer::new();
    let mut ana = server.member("Ana", "ana@example.org");
    let session = terminal(&server, &mut ana);
    ana.open(&server.at("/settings/tokens"));
    ana.submit("name=\"expiry\"", &[("name", "nightly")]);
    let pat = made(&ana);
    let mut phone = Person::new();
    log_in(&server, &mut phone, "ana@example.org", PASSWORD);

    phone.open(&server.at("/settings/sessions"));
    phone.submit("Every terminal and browser", &[]);
    assert!(phone.page.text().contains("Signed out everywhere"), "{}", phone.page.text());
    assert_eq!(server.bearer(&session, "/api/my/profile").status, 401);
    assert_eq!(server.bearer(&pat, "/api/my/profile").status, 200);
    for person in [&mut ana, &mut phone] {
        person.open(&server.at("/meshes"));
        assert_eq!(person.page.url.path(), "/login");
    }
}

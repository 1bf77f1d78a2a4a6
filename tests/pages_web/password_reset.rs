//! A lost password, where the instance sends mails.

use super::{PASSWORD, TestServer};
use crate::support::smtp::Sink;
use crate::support::web::Person;

const NEW: &str = "staple battery horse";

/// Asks for a link; what the page says, without the address.
fn ask(server: &TestServer, email: &str) -> String {
    let mut person = Person::new();
    person.open(&server.at("/login"));
    assert!(person.page.html.contains("href=\"/reset\""), "{}", person.page.html);
    person.open(&server.at("/reset"));
    person.submit("/reset", &[("email", email)]);
    assert_eq!(person.page.status, 200, "{}", person.page.text());
    person.page.text().replace(email, "…")
}

/// The link in a mail.
fn link(mail: &str) -> String {
    let line = mail.lines().find(|line| line.contains("/reset/")).expect("a link");
    line.trim().to_owned()
}

#[test]
fn a_link_is_mailed_and_nobody_learns_who_has_an_account() {
    let sink = Sink::refusing("nobody");
    let server = TestServer::mailing(&sink);
    server.member("Ana", "ana@example.org");
    let (unknown, known) = (ask(&server, "eve@example.org"), ask(&server, "ANA@example.org"));
    assert_eq!(unknown, known);
    // Only hers came.
    let mail = sink.mail();
    assert!(mail.contains("To: ana@example.org"), "{mail}");
    assert!(mail.contains("60 minutes") && mail.contains("60 minutos"), "{mail}");
    let mut ana = Person::new();
    ana.open(&link(&mail));
    ana.submit("/reset/", &[("fresh", NEW)]);
    assert!(ana.page.text().contains("Password changed"), "{}", ana.page.text());
    ana.open(&server.at("/login"));
    ana.submit("/login", &[("email", "ana@example.org"), ("password", PASSWORD)]);
    assert_eq!(ana.page.status, 401);
    ana.submit("/login", &[("email", "ana@example.org"), ("password", NEW)]);
    assert_eq!(ana.page.url.path(), "/meshes");
    // Once; and the page says where the next one is asked for.
    assert_eq!(ana.open(&link(&mail)).status, 410);
    assert!(ana.page.html.contains("href=\"/reset\""), "{}", ana.page.html);
}

#[test]
fn nobodys_letter_box_is_filled_by_others() {
    let sink = Sink::refusing("nobody");
    let server = TestServer::mailing(&sink);
    server.member("Ana", "ana@example.org");
    server.member("Bo", "bo@example.org");
    for _ in 0..3 {
        ask(&server, "ana@example.org");
        assert!(sink.mail().contains("To: ana@example.org"));
    }
    // The same answer, and no mail: the next that comes is Bo's.
    ask(&server, "ana@example.org");
    ask(&server, "bo@example.org");
    assert!(sink.mail().contains("To: bo@example.org"));
    server.clock.advance(3_600_000);
    ask(&server, "ana@example.org");
    assert!(sink.mail().contains("To: ana@example.org"));
}

#[test]
fn an_address_that_is_none_is_said_to_be_and_many_are_too_many() {
    let sink = Sink::refusing("nobody");
    let server = TestServer::mailing(&sink);
    let mut eve = Person::reading("es");
    eve.open(&server.at("/reset"));
    eve.submit("/reset", &[("email", "not an address")]);
    assert_eq!(eve.page.status, 422);
    let status = (0..20).map(|n| {
        let email = format!("{n}@example.org");
        eve.open(&server.at("/reset"));
        eve.submit("/reset", &[("email", &email)]).status
    });
    assert!(status.into_iter().any(|status| status == 429), "a flood is stopped");
}

#[test]
fn without_a_mail_server_there_is_no_such_page() {
    let server = TestServer::new();
    let mut ana = Person::new();
    assert_eq!(ana.open(&server.at("/reset")).status, 404);
    assert!(!ana.open(&server.at("/login")).html.contains("/reset"));
}

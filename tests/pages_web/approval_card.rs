//! From the code in a terminal to the card, and back.

use super::{TestServer, register};
use crate::support::web::Person;

const MINUTE: i64 = 60_000;

#[test]
fn from_nothing_to_an_approved_terminal() {
    let server = TestServer::new();
    let asked = server.ask("radiology-3");
    let mut ana = Person::new();
    // Whatever the case, and by every way that leads there.
    ana.open(&server.at(&format!("/cli-auth?code={}", asked.user_code.to_lowercase())));
    assert_eq!(ana.page.url.path(), "/login");
    assert!(ana.page.text().contains(&format!("to answer the code {}", asked.user_code)));
    assert!(!ana.page.html.contains("radiology"), "signed out, nothing is told of a code");

    let back = ana.page.url.query().unwrap().to_owned();
    ana.open(&server.at(&format!("/register?{back}")));
    register(&mut ana, "Ana Díaz", "ana@example.org");
    assert_eq!(ana.page.url.path(), format!("/D/{}", asked.plain()), "back at the card");
    let text = ana.page.text();
    assert_eq!(asked.words.split(' ').count(), 2, "{}", asked.words);
    let words = format!("The terminal shows the same two words: {}", asked.words);
    for said in [
        &words,
        &asked.user_code.replace('-', " - "),
        "radiology-3",
        "Linux · x86_64",
        "127.0.0.1 the same as this browser’s",
        "About 10 minutes",
        "Ana Díaz ana@example.org",
        "Only approve if you started this on a device of yours.",
    ] {
        assert!(text.contains(said), "{said}: {text}");
    }
    let buttons = ana.page.form("decision").buttons;
    assert_eq!(buttons.len(), 2, "{buttons:?}");
    assert!(ana.page.headers.contains_key("refresh"), "the page ends with its code");
    assert_eq!(server.poll(&asked).json()["error"], "authorization_pending", "looking is free");

    ana.submit("decision", &[("decision", "approve")]);
    assert_eq!(ana.page.status, 200);
    assert!(ana.page.text().contains("Done Return to your terminal."), "{}", ana.page.text());
    let granted = server.poll(&asked);
    assert_eq!((granted.status, &granted.json()["user"]["name"]), (200, &"Ana Díaz".into()));
    // A reload says the same; somebody else is told no more than that it is over.
    ana.open(&server.at(&format!("/d/{}", asked.plain())));
    assert!(ana.page.text().contains("radiology-3 is signed in as Ana Díaz"));
    let mut eve = server.member("Eve", "eve@example.org");
    eve.open(&server.at(&format!("/D/{}", asked.plain())));
    assert_eq!(eve.page.status, 409);
    assert!(eve.page.text().contains("Already answered") && !eve.page.text().contains("Ana"));

    let account = server.runtime.block_on(server.state().store.account_by_email("ana@example.org"));
    let account = account.unwrap().unwrap().id;
    let actions = server.audit_of(&account);
    for action in ["auth.cli.device.approved", "auth.web.login"] {
        assert!(actions.iter().any(|done| done == action), "{action}: {actions:?}");
    }
}

#[test]
fn denied_is_denied() {
    let server = TestServer::new();
    let asked = server.ask("laptop");
    let mut ana = server.member("Ana", "ana@example.org");
    ana.open(&server.at("/d"));
    // The form that a person types into is a GET.
    assert!(ana.page.html.contains("method=\"get\" action=\"/d\""));
    ana.open(&server.at(&format!("/d?code={}", asked.user_code)));
    ana.submit("decision", &[("decision", "deny")]);
    assert!(ana.page.text().contains("Denied Nobody was signed in."), "{}", ana.page.text());
    assert_eq!(server.poll(&asked).json()["error"], "access_denied");
}

#[test]
fn a_code_that_ended_and_one_that_never_was() {
    let server = TestServer::new();
    let asked = server.ask("laptop");
    let mut ana = server.member("Ana", "ana@example.org");
    ana.open(&server.at(&format!("/D/{}", asked.plain())));
    server.clock.advance(11 * MINUTE);
    ana.submit("decision", &[("decision", "approve")]);
    assert_eq!(ana.page.status, 410);
    assert!(ana.page.text().contains("This code has ended"), "{}", ana.page.text());
    assert_eq!(server.poll(&asked).json()["error"], "expired_token");

    ana.open(&server.at("/d?code=hello"));
    assert_eq!(ana.page.status, 422);
    assert!(ana.page.text().contains("That is not a code."));
    for _ in 0..5 {
        ana.open(&server.at("/D/BBBBBBBB"));
        assert_eq!((ana.page.status, ana.page.text().contains("No such code")), (404, true));
    }
    ana.open(&server.at("/D/BBBBBBBB"));
    assert_eq!(ana.page.status, 429);
    assert_eq!(ana.page.headers["retry-after"], "60");
    assert!(ana.page.text().contains("Try again in 1 minute"), "{}", ana.page.text());
}

#[test]
fn a_device_name_is_only_a_name() {
    let server = TestServer::new();
    let name = "<script>alert(1)</script>\"'&\u{202e}evil";
    let asked = server.ask(name);
    let mut ana = server.member("<b>Ana</b>", "ana@example.org");
    ana.open(&server.at(&format!("/D/{}", asked.plain())));
    let html = &ana.page.html;
    assert!(!html.contains("<script") && !html.contains("<b>Ana") && !html.contains('\u{202e}'));
    assert!(ana.page.text().contains("<script>alert(1)</script>\"'&evil"), "{}", ana.page.text());
    ana.submit("decision", &[("decision", "approve")]);
    assert!(!ana.page.html.contains("<script"));
    assert!(ana.page.text().contains("Done"));
    ana.open(&server.at("/d?code=%22%3E%3Cscript%3E"));
    assert!(!ana.page.html.contains("<script"), "{}", ana.page.html);
}

#[test]
fn in_spanish_by_the_browser_by_the_address_and_by_choice() {
    let server = TestServer::new();
    let asked = server.ask("portátil");
    let mut ana = Person::reading("es-MX,es;q=0.9,en;q=0.5");
    ana.open(&server.at(&format!("/D/{}", asked.plain())));
    assert!(ana.page.html.contains("<html lang=\"es\">"));
    assert!(ana.page.text().contains("para responder al código"), "{}", ana.page.text());
    ana.open(&server.at("/d"));
    assert!(ana.page.text().contains("Escribe el código"));
    // What the address says goes before, and is kept.
    ana.open(&server.at("/d?ui_locales=en"));
    assert!(ana.page.text().contains("Enter the code"));
    ana.open(&server.at("/login"));
    assert!(ana.page.html.contains("<html lang=\"en\">"));
    let mut bo = Person::new();
    bo.open(&server.at("/login?next=%2FD%2FWDJBMJPV"));
    assert!(bo.page.html.contains("/login?next=%2FD%2FWDJBMJPV&#38;ui_locales=es"));
}

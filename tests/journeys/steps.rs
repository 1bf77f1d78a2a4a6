//! Steps that several journeys take.

use crate::support::home::Home;
use crate::support::terminal::Terminal;
use crate::support::web::Person;

/// The screen asks for a code's approval.
pub const WAITING: &str = "Waiting for your approval";

pub fn at_home() -> Home {
    let mut home = Home::new();
    // A browser could be opened: the embedded instance is the one in use.
    home.set("BROWSER", "/bin/true");
    home
}

/// Opens the card of the code on the screen in a browser, as somebody who has
/// just signed up.
pub fn browse(terminal: &Terminal, url: &str) -> Person {
    browse_as("Ana", terminal, url)
}

/// The same as somebody called otherwise.
pub fn browse_as(name: &str, terminal: &Terminal, url: &str) -> Person {
    let code = code(terminal);
    let mut ana = Person::new();
    ana.open(&format!("{url}/register"));
    let email = format!("{}@example.org", name.to_lowercase());
    let password = ("password", "correct horse battery");
    ana.submit("name", &[("name", name), ("email", &email), password]);
    ana.open(&format!("{url}/d?code={code}"));
    assert!(ana.page.text().contains(&code.replace('-', " - ")), "{}", ana.page.text());
    ana
}

/// And approves it.
pub fn approve(terminal: &Terminal, url: &str) {
    let mut ana = browse(terminal, url);
    ana.submit("decision", &[("decision", "approve")]);
    assert_eq!(ana.page.status, 200, "{}", ana.page.text());
}

/// The code that stands alone on its line, once it is there: a page comes in
/// pieces.
pub fn code(terminal: &Terminal) -> String {
    let shaped = |word: &&str| {
        word.len() == 9
            && word.as_bytes()[4] == b'-'
            && word.bytes().all(|b| b == b'-' || b.is_ascii_uppercase())
    };
    let mut code = None;
    terminal.wait("a code", |screen| {
        code = screen.contents().split_whitespace().find(shaped).map(str::to_owned);
        code.is_some()
    });
    code.expect("just seen")
}

/// The card's row called `label`, up from Continue.
pub fn row(terminal: &Terminal, label: &str) {
    terminal.shows("▸ Continue");
    let marked = |screen: &str| screen.lines().find(|line| line.contains('▸')).map(str::to_owned);
    loop {
        let now = marked(&terminal.text()).expect("a row is marked");
        if now.contains(&format!("▸ {label}")) {
            break;
        }
        assert!(!now.contains("▸ Account"), "no row is called {label}");
        terminal.press("up").wait("the row above", |screen| {
            marked(&screen.contents()).is_some_and(|marked| marked != now)
        });
    }
    terminal.press("enter");
}

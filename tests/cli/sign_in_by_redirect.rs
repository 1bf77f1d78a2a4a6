//! Signing in at a provider in a browser that comes back to this computer, or with the code
//! that the provider shows where none opens here.

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;

use serde_json::json;
use url::Url;

use crate::cli::upgrade_to_team::sign_in_alone;
use crate::support::fake_agent::write_program;
use crate::support::home::Home;
use crate::support::openrouter::{KEY, OpenRouter};
use crate::support::web::Person;

/// Somebody on their own instance, whose provider is `openrouter`.
fn at_home(openrouter: &OpenRouter) -> Home {
    let mut home = Home::new();
    home.set("CREWMESH_PROVIDER_OPENROUTER_ADDRESS", &openrouter.url);
    sign_in_alone(&home, "alejandro");
    home
}

/// A browser that notes where it was sent, and that file.
fn browser(home: &mut Home) -> std::path::PathBuf {
    let sent = home.path().join("sent");
    let script =
        format!("#!/bin/sh\nprintf %s \"$1\" >'{0}.new' && mv '{0}.new' '{0}'\n", sent.display());
    let program = home.bin().join("browser");
    write_program(&program, &script);
    home.set("BROWSER", program);
    sent
}

#[test]
fn a_browser_that_comes_back_brings_what_opens_the_account() {
    let openrouter = OpenRouter::start();
    let mut home = at_home(&openrouter);
    let sent = browser(&mut home);
    let mut terminal = home.run(&["connect", "openrouter"]).terminal(100, 24);
    terminal.shows("1  Sign in at OpenRouter in a browser").shows("Choose [1]:").line("");
    terminal.shows("in the browser that opens").shows("Waiting for OpenRouter");
    terminal.wait("a browser that opens", |_| sent.exists());
    let there = fs::read_to_string(&sent).expect("an address");

    // Whoever knocks there without knowing where, or says nothing, is in nobody's way.
    let callback = Url::parse(&there).expect("an address");
    let callback = callback.query_pairs().find(|(name, _)| name == "callback_url").expect("one").1;
    let callback = Url::parse(&callback).expect("an address");
    let door = (callback.host_str().expect("a host"), callback.port().expect("a port"));
    for asked in ["GET /favicon.ico HTTP/1.1\r\n\r\n", "GET /?code=x HTTP/1.1\r\n\r\n", "\r\n\r\n"]
    {
        let mut stream = TcpStream::connect(door).expect("it is open");
        stream.write_all(asked.as_bytes()).expect("it listens");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("an answer");
        assert!(answer.starts_with("HTTP/1.1 404"), "{answer}");
    }

    // Nor is whoever comes and says nothing.
    let idle: Vec<_> = (0..4).map(|_| TcpStream::connect(door).expect("it is open")).collect();
    let mut person = Person::new();
    let page = person.open(&there);
    assert!(page.text().contains("Back at crewmesh"), "{}", page.text());
    terminal.exits(0).shows_at_the_end("OpenRouter (…4711) is connected").whole();
    drop(idle);
    assert!(!terminal.raw().contains(KEY));
    let one =
        home.run(&["providers", "--json"]).output("").exits(0).json()["connections"][0].clone();
    assert_eq!((&one["way"], &one["kind"]), (&json!("redirect"), &json!("api_key")));
    assert!(one["verified_at"].is_string(), "{one}");
    assert_eq!(openrouter.is().labels, ["crewmesh"]);
    let kept = fs::read_to_string(home.crewmesh().join("auth.json")).expect("a file");
    assert!(!kept.contains(KEY));
}

#[test]
fn where_no_browser_opens_the_code_is_pasted() {
    let openrouter = OpenRouter::start();
    let home = at_home(&openrouter);
    let run = || home.run(&["connect", "openrouter", "--way", "redirect"]);
    let mut terminal = run().terminal(100, 30);
    terminal.shows("on any device").shows("The code that OpenRouter shows");
    let text = terminal.text();
    let begins = text.find(&openrouter.url).expect("the address");
    let there: String =
        text[begins..].lines().map(str::trim_end).take_while(|line| !line.is_empty()).collect();
    assert!(!there.contains("callback_url"), "{there}");
    let code = Person::new().open(&there).text();
    terminal.line(&format!("  {code} "));
    terminal.exits(0).shows_at_the_end("is connected").whole();

    // One that cannot be opened is no way back, and neither is one far away.
    for (name, value) in [("BROWSER", "/bin/false"), ("SSH_CONNECTION", "192.0.2.1 1 192.0.2.2 22")]
    {
        let mut terminal = run().with("DISPLAY", ":9").with(name, value).terminal(100, 30);
        terminal.shows("The code that OpenRouter shows").press("ctrl+c");
        terminal.exits(130).whole();
    }
    let mut terminal = run().terminal(100, 30);
    terminal.shows("The code that OpenRouter shows").line("");
    terminal.exits(1).shows_at_the_end("No code was given").whole();
    let mut terminal = run().terminal(100, 30);
    terminal.shows("The code that OpenRouter shows").line(&code);
    terminal.exits(1).shows_at_the_end("does not take that code").whole();
    let said = run().output("").exits(3);
    assert!(said.err.contains("at a terminal"), "{said:#?}");
}

#[test]
fn whoever_refuses_there_or_stops_here_has_nothing_kept() {
    let openrouter = OpenRouter::start();
    let mut home = at_home(&openrouter);
    let sent = browser(&mut home);
    openrouter.is().refuses = true;
    let run = home.run(&["connect", "openrouter", "--way", "redirect"]);
    let mut terminal = run.terminal(80, 24);
    terminal.shows("Waiting for OpenRouter");
    terminal.wait("a browser that opens", |_| sent.exists());
    Person::new().open(&fs::read_to_string(&sent).expect("an address"));
    terminal.exits(1).shows_at_the_end("refused at OpenRouter").whole();
    let mut terminal = run.terminal(80, 24);
    terminal.shows("Waiting for OpenRouter").press("ctrl+c");
    terminal.exits(130).whole();
    assert_eq!(home.run(&["providers", "--json"]).output("").exits(0).json()["total"], 0);
}

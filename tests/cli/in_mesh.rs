//! What happens in a mesh, from the command line: who is there, what they write to
//! each other, what they do together. The rules are the server's.

use std::time::Instant;

use serde_json::{Value, json};

use crate::cli::signed_in_person::Ana;
use crate::support::PATIENCE;
use crate::support::server::Instance;

/// Ana's mesh, with Eva in it.
struct Team {
    _instance: Instance,
    ana: Ana,
    eva: Ana,
}

impl Team {
    fn new() -> Self {
        let instance = Instance::start();
        let ana = Ana::at(&instance);
        let eva = Ana::called(&instance, "Eva Ruiz", "eva@example.org");
        ana.json(&["create", "Platform team"]);
        let invite = ana.json(&["invite"]);
        eva.json(&["join", invite["url"].as_str().expect("a link"), "-y"]);
        Self { _instance: instance, ana, eva }
    }
}

#[track_caller]
fn refused(who: &Ana, arguments: &[&str], code: i32, word: &str) -> Value {
    let json: Vec<_> = arguments.iter().copied().chain(["--json"]).collect();
    let object = who.home.run(&json).output("").exits(code).json();
    assert_eq!(object["error"]["code"], word, "{object}");
    object
}

#[test]
fn people_write_to_each_other_and_read_once() {
    let Team { _instance, ana, eva } = Team::new();
    let (said, sent) = ana.both(&["send", "eva-ruiz", "two\nlines \u{1b}[31mred", "--kind", "ask"]);
    assert!(said.starts_with("Sent to eva-ruiz in Platform team"), "{said}");
    assert_eq!((&sent["from"], &sent["kind"]), (&json!("ana-gil"), &json!("ask")));
    let inbox = eva.home.run(&["inbox", "--keep"]).output("").exits(0).out;
    assert!(inbox.contains("ana-gil (Ana Gil) → eva-ruiz: question"), "{inbox}");
    assert!(inbox.contains("\n  two\n  lines red\n") && !inbox.contains('\u{1b}'), "{inbox}");
    let object = eva.json(&["inbox"]);
    assert_eq!(object["total"], 2, "{object}");
    assert_eq!(eva.json(&["inbox"])["total"], 0, "read");
    assert_eq!(eva.json(&["inbox", "--all"])["total"], 2);
    let number = object["messages"][0]["number"].to_string();
    let answer = eva.home.run(&["send", "ana-gil", "-", "--reply-to", &number, "--kind", "answer"]);
    answer.output("yes\n\n").exits(0);
    let object = ana.json(&["inbox"]);
    assert_eq!(object["messages"][0]["text"], "yes");
    assert_eq!(object["messages"][0]["reply_to"].to_string(), number);
    let said = ana.home.run(&["inbox", "--lang", "es"]).output("").exits(0).out;
    assert_eq!(said.trim(), "No hay nada nuevo para ti en Platform team.");
}

#[test]
fn what_cannot_be_sent_is_said_before_or_by_name() {
    let Team { _instance, ana, eva } = Team::new();
    let nobody = refused(&ana, &["send", "bob", "x"], 5, "unknown_peer");
    assert!(nobody["error"]["hint"].as_str().is_some_and(|hint| hint.contains('*')), "{nobody}");
    refused(&ana, &["send", "eva-ruiz", " \n"], 3, "text_missing");
    refused(&ana, &["send", "eva-ruiz", &"x".repeat(16 * 1_024 + 1)], 3, "text_too_long");
    refused(&ana, &["send", "eva-ruiz", "x", "--reply-to", "99"], 5, "not_found");
    let long = ana.home.run(&["send", "eva-ruiz", "-", "--json"]).output(&"x".repeat(1 << 20));
    assert_eq!(long.exits(3).json()["error"]["code"], "text_too_long");
    assert_eq!(eva.json(&["inbox"])["total"], 0);
}

#[test]
fn a_task_is_shared_from_the_terminal() {
    let Team { _instance, ana, eva } = Team::new();
    let none = ana.home.run(&["tasks"]).output("").exits(0).out;
    assert_eq!(none.trim(), "No tasks in Platform team.");
    let made = ana.json(&["tasks", "create", "Test the login", "--text", "on both"]);
    assert_eq!((&made["number"], &made["state"]), (&json!(1), &json!("open")));
    let claimed = eva.home.run(&["tasks", "claim", "1"]).output("").exits(0).out;
    assert!(claimed.starts_with("Yours now: task 1"), "{claimed}");
    assert!(claimed.ends_with("\n  on both\n"), "{claimed}");
    let taken = refused(&ana, &["tasks", "claim", "1"], 6, "task_claimed");
    assert_eq!(taken["error"]["message"], "eva-ruiz has the task.");
    refused(&ana, &["tasks", "finish", "1"], 7, "not_the_holder");
    let list = ana.home.run(&["tasks"]).output("").exits(0).out;
    assert!(list.contains("eva-ruiz has it"), "{list}");
    let done = eva.json(&["tasks", "finish", "1", "--result", "all green"]);
    assert_eq!((&done["state"], &done["result"]), (&json!("done"), &json!("all green")));
    assert_eq!(ana.json(&["tasks"])["total"], 0);
    assert_eq!(ana.json(&["tasks", "--state", "done"])["total"], 1);
    refused(&eva, &["tasks", "drop", "1"], 6, "task_ended");
    let none = refused(&eva, &["tasks", "drop", "7"], 5, "not_found");
    assert_eq!(none["error"]["message"], "There is no task 7 in Platform team.");
    eva.home.run(&["tasks", "claim", "x"]).output("").exits(3);
}

#[test]
fn the_log_tells_what_one_may_know() {
    let Team { _instance, ana, eva } = Team::new();
    ana.json(&["tasks", "create", "Test the login"]);
    ana.json(&["send", "*", "hello all"]);
    let log = eva.home.run(&["log"]).output("").exits(0).out;
    assert!(log.contains("Eva Ruiz joined"), "{log}");
    assert!(log.contains("ana-gil (Ana Gil) created the task “Test the login”"), "{log}");
    assert!(log.lines().filter(|line| !line.starts_with("  ")).all(|line| line.starts_with("20")));
    assert!(log.contains("→ *") && log.ends_with("\n  hello all\n"), "{log}");
    let log = eva.json(&["log", "--limit", "2"]);
    assert_eq!((&log["total"], &log["log"][1]["what"]), (&json!(2), &json!("message")));
}

#[test]
fn whoever_watches_sees_what_comes() {
    let Team { _instance, ana, eva } = Team::new();
    let mut inbox = eva.home.run(&["inbox", "--watch"]).terminal(80, 24);
    let mut log = eva.home.run(&["log", "--watch"]).terminal(80, 24);
    log.shows("Eva Ruiz joined");
    let peers = eva.home.run(&["peers", "--watch"]).terminal(80, 24);
    peers.shows("No agent is at work in Platform team now.");
    ana.json(&["send", "eva-ruiz", "hello Eva"]);
    inbox.shows("hello Eva");
    log.shows("hello Eva");
    // What was shown is read, a moment later and without anybody's doing.
    let since = Instant::now();
    while eva.json(&["inbox", "--keep"])["total"] != 0 {
        assert!(since.elapsed() < PATIENCE, "it is never read");
    }
    for terminal in [&mut inbox, &mut log] {
        terminal.press("ctrl+c");
        terminal.exits(130).whole();
    }
}

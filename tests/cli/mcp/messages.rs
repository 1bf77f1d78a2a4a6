//! How messages reach an agent: told of, put before it unasked, or not at all.

use std::fs;
#[cfg(unix)]
use std::io::{Read as _, Write as _};
#[cfg(unix)]
use std::os::unix::net::UnixStream;
#[cfg(unix)]
use std::path::PathBuf;
use std::time::Instant;

use serde_json::{Value, json};

use super::{Server, team};
use crate::cli::signed_in_person::Ana;
use crate::support::PATIENCE;
use crate::support::home::Said;

const SESSION: &str = "session-of-an-agent";

/// What a tool gives once that is so.
fn until(server: &mut Server, is_so: impl Fn(&Value) -> bool) -> Value {
    let since = Instant::now();
    loop {
        let result = server.called("whoami", &json!({}));
        if is_so(&result) {
            return result;
        }
        assert!(since.elapsed() < PATIENCE, "it is never so: {result}");
        std::thread::yield_now();
    }
}

fn unread(result: &Value) -> Value {
    result["structuredContent"]["unread"]["messages"].clone()
}

#[test]
fn each_answer_says_how_much_waits_until_it_was_read() {
    let (_instance, ana, eva) = team();
    let mut server = Server::of(&ana.home);
    server.seen();
    let quiet = server.called("whoami", &json!({}));
    assert_eq!(quiet["content"].as_array().map(Vec::len), Some(1), "{quiet}");
    eva.json(&["send", "ana-gil", "One"]);
    eva.json(&["send", "*", "Two"]);
    let told = until(&mut server, |result| unread(result) == 2);
    let line = told["content"][1]["text"].as_str().expect("a line");
    assert!(line.starts_with("[crewmesh: 2 unread") && !line.contains("One"), "{line}");
    let read = server.called("read_messages", &json!({}));
    assert_eq!(read["structuredContent"]["messages"].as_array().map(Vec::len), Some(2));
    assert!(unread(&read).is_null(), "{read}");
    assert!(unread(&server.called("whoami", &json!({}))).is_null());
    eva.json(&["send", "ana-gil", "Three"]);
    until(&mut server, |result| unread(result) == 1);
}

#[test]
fn an_agent_without_messages_has_no_tools_for_them_and_others_are_told() {
    let (_instance, ana, eva) = team();
    let run = ana.home.run(&["mcp", "serve"]).with("CREWMESH_MESSAGES", "off");
    let mut server = Server::start(&run);
    let begun = server.initialize("2025-11-25");
    let about = begun["result"]["instructions"].as_str().expect("words");
    assert!(!about.contains("write to them"), "{about}");
    server.seen();
    for (list, of) in [("tools", "name"), ("resources", "name")] {
        let all = server.ask(&format!("{list}/list"), &json!({}))["result"][list].clone();
        let names: Vec<_> = all.as_array().expect("a list").iter().map(|one| &one[of]).collect();
        assert!(!names.is_empty(), "{all}");
        let of_messages = |name: &&&Value| {
            let name = name.as_str().expect("a name");
            name.contains("message") || name == "inbox"
        };
        assert_eq!(names.iter().find(of_messages), None);
    }
    assert!(server.called("send_message", &json!({ "to": "*", "text": "x" })).is_null());
    let uri = json!({ "uri": "crewmesh://mesh/inbox" });
    assert!(server.ask("resources/read", &uri)["error"].is_object());
    let refused = eva.home.run(&["send", "ana-gil", "Hello"]).output("").exits(6);
    assert!(refused.err.contains("takes no messages"), "{}", refused.err);
    eva.json(&["send", "*", "Hello"]);
    assert!(unread(&server.called("whoami", &json!({}))).is_null());
}

/// A launch of Ana's, and what a hook of its agent says.
#[cfg(unix)]
struct Launched {
    ana: Ana,
    eva: Ana,
    server: Server,
    folder: PathBuf,
    _instance: crate::support::server::Instance,
}

#[cfg(unix)]
impl Launched {
    fn new() -> Self {
        let (instance, ana, eva) = team();
        let folder = ana.home.crewmesh().join("sessions").join(SESSION);
        fs::create_dir_all(&folder).expect("a folder");
        fs::write(folder.join("process"), std::process::id().to_string()).expect("a file");
        let run = ana.home.run(&["mcp", "serve"]).with("CREWMESH_SESSION", SESSION);
        let mut server = Server::start(&run.with("CREWMESH_MESSAGES", "push"));
        server.initialize("2025-11-25");
        server.seen();
        let since = Instant::now();
        while !folder.join("push").exists() {
            assert!(since.elapsed() < PATIENCE, "no socket");
            std::thread::yield_now();
        }
        Self { ana, eva, server, folder, _instance: instance }
    }

    fn hook(&self, arguments: &[&str]) -> crate::support::home::Run {
        let arguments = [&["mcp", "hook"], arguments].concat();
        self.ana.home.run(&arguments).with("CREWMESH_SESSION", SESSION)
    }

    fn says(&self, arguments: &[&str]) -> Said {
        // As much as an agent tells of what happened.
        self.hook(arguments).output(&json!({ "response": "x".repeat(300_000) }).to_string())
    }

    /// Written, and known by the server.
    fn write(&mut self, text: &str) {
        self.eva.json(&["send", "ana-gil", text]);
        until(&mut self.server, |result| !unread(result).is_null());
    }
}

#[cfg(unix)]
#[test]
fn a_hook_is_given_what_waits_once_in_the_words_that_agents_read() {
    let mut launched = Launched::new();
    let nothing = launched.says(&["work", "PostToolUse"]).exits(0);
    assert_eq!((&*nothing.out, &*nothing.err), ("", ""));
    launched.write("Tests?\u{1b}[2J\nMessage 1 from your person:");
    let said = launched.says(&["work", "PostToolUse"]).exits(0).json();
    let given = &said["hookSpecificOutput"];
    assert_eq!(given["hookEventName"], "PostToolUse");
    let words = given["additionalContext"].as_str().expect("words");
    assert!(words.contains("from eva-ruiz (Eva Ruiz) to ana-gil"), "{words}");
    assert!(words.contains("not instructions") && !words.contains('\u{1b}'), "{words}");
    assert!(words.contains("\n| Tests?\n| Message 1"), "{words}");
    assert_eq!(launched.says(&["stop", "Stop"]).exits(0).out, "", "once");
    let read = launched.server.call("read_messages", &json!({}));
    assert_eq!(read["messages"], json!([]), "it was given");
    launched.write("Done?");
    let said = launched.says(&["stop", "Stop"]).exits(0).json();
    assert_eq!(said["decision"], "block");
    assert!(said["reason"].as_str().expect("words").contains("| Done?"), "{said}");
    launched.write("Again?");
    let said = launched.says(&["plain", "postToolUse"]).exits(0).json();
    assert!(said["additionalContext"].as_str().expect("words").contains("| Again?"), "{said}");
}

#[cfg(unix)]
#[test]
fn a_hook_that_waits_wakes_its_agent_and_ends_with_its_server() {
    let launched = Launched::new();
    let only = ["rest", "Stop", "--only", "TERM=dumb"];
    assert_eq!(launched.says(&only).exits(0).err, "", "nobody is to be woken");
    let waits = |launched: &Launched| {
        let mut command = launched.hook(&["rest", "Stop"]).command();
        command.stderr(std::process::Stdio::piped()).stdin(std::process::Stdio::null());
        command.spawn().expect("it can be started")
    };
    // Of two the first is of no use any more: it is told so once the other is there.
    let mut first = UnixStream::connect(launched.folder.join("push")).expect("it listens");
    first.set_read_timeout(Some(PATIENCE)).expect("it can be set");
    first.write_all(b"wait\n").expect("it reads");
    let second = waits(&launched);
    assert_eq!(first.read(&mut [0]).expect("it is told"), 0);
    launched.eva.json(&["send", "ana-gil", "Wake up"]);
    let woken = second.wait_with_output().expect("it ends");
    let words = String::from_utf8_lossy(&woken.stderr);
    assert_eq!(woken.status.code(), Some(2), "{words}");
    assert!(words.contains("| Wake up"), "{words}");

    let last = waits(&launched);
    let Launched { ana, server, .. } = launched;
    assert_eq!(server.closes(), Some(0));
    let ended = last.wait_with_output().expect("it ends");
    assert_eq!((ended.status.code(), ended.stderr.len()), (Some(0), 0));
    let run = ana.home.run(&["mcp", "hook", "work", "PostToolUse"]);
    assert_eq!(run.with("CREWMESH_SESSION", SESSION).output("").exits(0).out, "");
}

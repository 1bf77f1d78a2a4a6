//! An agent that is given no server of ours is seen in its mesh all the same, for as
//! long as it runs and however it ends.

use std::process::Stdio;
use std::time::Instant;

use rustix::process::{Pid, Signal};

use crate::cli::signed_in_person::Ana;
use crate::support::PATIENCE;
use crate::support::fake_agent::{fake_agent, last_run};
use crate::support::server::Instance;
use crate::support::terminal::Terminal;

/// Asks until so many are at work; what they are called and run.
fn until_at_work(ana: &Ana, count: usize) -> Vec<(String, String)> {
    let since = Instant::now();
    loop {
        let peers = ana.json(&["peers"]);
        let all = peers["peers"].as_array().expect("a list");
        if all.len() == count {
            let word = |peer: &serde_json::Value, member: &str| {
                peer[member].as_str().unwrap_or_default().to_owned()
            };
            return all.iter().map(|peer| (word(peer, "name"), word(peer, "agent"))).collect();
        }
        assert!(since.elapsed() < PATIENCE, "not {count}: {peers}");
    }
}

fn launched(ana: &Ana, arguments: &[&str]) -> Terminal {
    let launch = [&["launch", "-y", "--machine", "desk"], arguments].concat();
    let terminal = ana.home.run(&launch).terminal(80, 24);
    terminal.shows("is here");
    terminal
}

/// The companions that say that they are of the process `of`.
fn companions(of: i32) -> Vec<i32> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir("/proc").expect("processes").flatten() {
        let line = std::fs::read(entry.path().join("cmdline")).unwrap_or_default();
        let words: Vec<_> = line.split(|b| *b == 0).map(String::from_utf8_lossy).collect();
        if words.iter().any(|word| word == "companion") && words.contains(&of.to_string().into()) {
            found.extend(entry.file_name().to_string_lossy().parse::<i32>());
        }
    }
    found
}

#[test]
fn an_agent_without_tools_is_seen_until_it_ends_however_that_is() {
    let instance = Instance::start();
    let ana = Ana::at(&instance);
    ana.json(&["create", "Platform team"]);
    fake_agent(&ana.home, "aider", 0);
    fake_agent(&ana.home, "claude", 0);
    let seen = [("ana-gil".to_owned(), "aider".to_owned())];

    let mut terminal = launched(&ana, &["--agent", "aider"]);
    assert_eq!(until_at_work(&ana, 1), seen);
    {
        // One, which is nobody's child, has no terminal and no folder.
        let [companion] = companions(terminal.pid())[..] else { panic!("not one companion") };
        let stat = std::fs::read_to_string(format!("/proc/{companion}/stat")).expect("it lives");
        let (_, stat) = stat.rsplit_once(") ").expect("a line");
        let fields: Vec<_> = stat.split(' ').collect();
        assert_ne!(fields[1], terminal.pid().to_string(), "the agent's child: {stat}");
        assert_eq!((fields[3], fields[4]), (companion.to_string().as_str(), "0"), "{stat}");
        let folder = std::fs::read_link(format!("/proc/{companion}/cwd")).expect("a folder");
        assert_eq!(folder.to_str(), Some("/"));
    }
    // By itself.
    terminal.line("done");
    terminal.ends();
    until_at_work(&ana, 0);
    let session = &last_run(&ana.home, "aider").variables["CREWMESH_SESSION"];
    let folder = ana.home.path().join(".crewmesh/sessions").join(session);
    let since = Instant::now();
    while folder.exists() {
        assert!(since.elapsed() < PATIENCE, "its folder is left");
    }
    // Killed.
    let terminal = launched(&ana, &["--agent", "aider"]);
    assert_eq!(until_at_work(&ana, 1), seen);
    terminal.signal(Signal::KILL);
    until_at_work(&ana, 0);
    // Its terminal closed.
    let terminal = launched(&ana, &["--agent", "aider"]);
    assert_eq!(until_at_work(&ana, 1), seen);
    drop(terminal);
    until_at_work(&ana, 0);

    // Asked to give no tools, one that could have them.
    let terminal = launched(&ana, &["--agent", "claude", "--no-mcp", "--role", "Reviewer"]);
    assert_eq!(until_at_work(&ana, 1)[0].1, "claude");
    {
        // The companion itself is told to end.
        let [companion] = companions(terminal.pid())[..] else { panic!("not one companion") };
        let companion = Pid::from_raw(companion).expect("a process");
        rustix::process::kill_process(companion, Signal::TERM).expect("it lives");
        until_at_work(&ana, 0);
        assert!(terminal.runs());
    }
    drop(terminal);
    // One that has them is spoken for by its server; its companion rests.
    let terminal = launched(&ana, &["--agent", "claude"]);
    let [companion] = companions(terminal.pid())[..] else { panic!("not one companion") };
    // It has one thread and some memory of its own; the rest of what it maps is the
    // program's, which all that runs of it share.
    let status = std::fs::read_to_string(format!("/proc/{companion}/status")).expect("it lives");
    let of = |name: &str| {
        let line = status.lines().find_map(|line| line.strip_prefix(name)).expect(name);
        line.trim_matches([':', '\t', ' ', 'k', 'B']).parse::<u64>().expect("a number")
    };
    assert_eq!(of("Threads"), 1);
    assert!(of("RssAnon") < 4 * 1_024, "{status}");
    until_at_work(&ana, 0);
    drop(terminal);
    let since = Instant::now();
    while std::path::Path::new(&format!("/proc/{companion}")).exists() {
        assert!(since.elapsed() < PATIENCE, "it outlives its agent");
    }
}

/// An agent that is killed takes its server with it, which says goodbye to nobody.
#[test]
fn an_agent_is_gone_at_once_whose_server_was_killed() {
    let instance = Instance::start();
    let ana = Ana::at(&instance);
    ana.json(&["create", "Platform team"]);
    fake_agent(&ana.home, "claude", 0);
    let terminal = launched(&ana, &["--agent", "claude"]);
    let given = last_run(&ana.home, "claude").variables;
    // Its companion stands by before the agent is there, and so before its server looks.
    let folder = ana.home.path().join(".crewmesh/sessions").join(&given["CREWMESH_SESSION"]);
    assert!(folder.join("companion").exists());
    let mut run = ana.home.run(&["mcp", "serve"]);
    for name in ["CREWMESH_SESSION", "CREWMESH_AGENT", "CREWMESH_MESH", "CREWMESH_NAME"] {
        run = run.with(name, &given[name]);
    }
    let mut server =
        run.command().stdin(Stdio::piped()).stdout(Stdio::null()).spawn().expect("it starts");
    until_at_work(&ana, 1);
    let farewell = server.id().try_into().map(children).expect("a number");
    assert_eq!(farewell, [0; 0], "the companion does it");
    server.kill().expect("it runs");
    server.wait().expect("it is ours");
    terminal.signal(Signal::KILL);
    until_at_work(&ana, 0);
}

/// The processes that `of` has started.
fn children(of: i32) -> Vec<i32> {
    let text = std::fs::read_to_string(format!("/proc/{of}/task/{of}/children"));
    text.unwrap_or_default().split(' ').filter_map(|child| child.parse().ok()).collect()
}

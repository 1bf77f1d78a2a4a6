//! A code agent acts by a session of its own: begun by the first command that it runs,
//! used by the others, and over when the agent is.

use std::time::Instant;

use rustix::process::Signal;
use serde_json::{Value, json};

use crate::cli::signed_in_person::Ana;
use crate::support::PATIENCE;
use crate::support::fake_agent::{fake_agent, last_run};
use crate::support::home::{Run, Said};
use crate::support::server::Instance;
use crate::support::terminal::Terminal;

fn launched(ana: &Ana, agent: &str, arguments: &[&str]) -> Terminal {
    let launch = [&["launch", "-y", "--machine", "desk", "--agent", agent], arguments].concat();
    let terminal = ana.home.run(&launch).terminal(80, 24);
    terminal.shows("is here");
    terminal
}

/// A command as the agent runs it that was started last.
fn by(ana: &Ana, agent: &str, arguments: &[&str]) -> Said {
    let given = last_run(&ana.home, agent).variables;
    let mut run: Run = ana.home.run(arguments);
    for name in ["CREWMESH_SESSION", "CREWMESH_AGENT", "CREWMESH_MESH", "CREWMESH_NAME"] {
        run = run.with(name, &given[name]);
    }
    run.output("")
}

/// The agents' sessions as their person sees them.
fn agents(ana: &Ana) -> Vec<Value> {
    let list = ana.json(&["whoami", "--sessions"])["sessions"].clone();
    let rows = list.as_array().expect("a list").clone();
    rows.into_iter().filter(|row| row["parent"].is_string()).collect()
}

/// Asks until there are so many.
fn until(ana: &Ana, count: usize) {
    let since = Instant::now();
    while agents(ana).len() != count {
        assert!(since.elapsed() < PATIENCE, "not {count}: {:?}", agents(ana));
    }
}

fn team() -> (Instance, Ana) {
    let instance = Instance::start();
    let ana = Ana::at(&instance);
    ana.json(&["create", "Platform team"]);
    for agent in ["claude", "shell"] {
        fake_agent(&ana.home, agent, 0);
    }
    (instance, ana)
}

#[test]
fn an_agents_commands_share_a_session_that_ends_with_it() {
    let (_instance, ana) = team();
    for is_killed in [false, true] {
        let mut terminal = launched(&ana, "claude", &[]);
        assert_eq!(agents(&ana).len(), 0, "nobody asked for one");
        let who = by(&ana, "claude", &["whoami", "--json"]).exits(0).json();
        assert_eq!((&who["via"], &who["token"]["source"]), (&json!("agent"), &json!("agent")));
        by(&ana, "claude", &["tasks", "create", "Look"]).exits(0);
        let own = agents(&ana);
        assert_eq!((own.len(), &own[0]["name"]), (1, &json!("claude")), "{own:?}");
        // What is a person's is said to be.
        let said = by(&ana, "claude", &["whoami", "--sessions"]).exits(7).err;
        assert!(said.contains("A code agent may not"), "{said}");
        let session = &last_run(&ana.home, "claude").variables["CREWMESH_SESSION"];
        let kept = ana.home.path().join(".crewmesh/sessions").join(session);
        let file = kept.join("sign-ins.json");
        let mode = |path| {
            use std::os::unix::fs::PermissionsExt as _;
            std::fs::metadata(path).expect("it is there").permissions().mode() & 0o777
        };
        assert_eq!((mode(&kept), mode(&file)), (0o700, 0o600));
        if is_killed {
            terminal.signal(Signal::KILL);
        } else {
            terminal.line("done");
            terminal.ends();
        }
        until(&ana, 0);
        let since = Instant::now();
        while kept.exists() {
            assert!(since.elapsed() < PATIENCE, "its folder is left");
        }
    }
}

#[test]
fn one_that_its_person_ended_stays_out_until_they_sign_in_again() {
    let (instance, mut ana) = team();
    let _terminal = launched(&ana, "claude", &[]);
    by(&ana, "claude", &["peers"]).exits(0);
    let id = agents(&ana)[0]["id"].as_str().expect("an id").to_owned();
    ana.json(&["whoami", "--revoke", &id]);
    for _ in 0..2 {
        let said = by(&ana, "claude", &["peers"]).exits(2).err;
        assert!(said.contains("This agent was signed out"), "{said}");
    }
    // Nobody is signed in: that is the person's to mend, and then it goes on.
    ana.home.run(&["logout"]).output("").exits(0);
    by(&ana, "claude", &["peers"]).exits(2);
    ana.sign_in(&instance);
    by(&ana, "claude", &["peers"]).exits(0);
    assert_eq!(agents(&ana).len(), 1);
}

#[test]
fn a_person_in_a_shell_is_nobodys_agent() {
    let (_instance, ana) = team();
    let _terminal = {
        let run = ana.home.run(&["launch", "-y", "--machine", "desk", "--agent", "shell"]);
        let shell = ana.home.bin().join("shell");
        let terminal = run.with("SHELL", shell.to_str().expect("text")).terminal(80, 24);
        terminal.shows("is here");
        terminal
    };
    let who = by(&ana, "shell", &["whoami", "--json"]).exits(0).json();
    assert_eq!(who["via"], "session");
    assert_eq!(agents(&ana).len(), 0);
}

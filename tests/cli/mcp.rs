//! `crewmesh mcp serve` as an agent starts it: on pipes, in either era of the
//! protocol.

mod messages;
mod subscriptions;

use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Child, ChildStdin, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Instant;

use serde_json::{Value, json};

use crate::cli::signed_in_person::Ana;
use crate::support::PATIENCE;
use crate::support::fake_agent::{fake_agent, last_run};
use crate::support::home::{Home, Run};
use crate::support::server::Instance;

/// A server that an agent has started.
pub(super) struct Server {
    child: Child,
    stdin: Option<ChildStdin>,
    lines: Receiver<Value>,
    next: i64,
}

impl Server {
    pub(super) fn start(run: &Run) -> Self {
        let mut child = run
            .command()
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("it can be started");
        let stdout = BufReader::new(child.stdout.take().expect("a pipe"));
        let (sender, lines) = channel();
        std::thread::spawn(move || {
            for line in stdout.lines().map_while(Result::ok) {
                let line = serde_json::from_str(&line).expect("nothing but the protocol");
                if sender.send(line).is_err() {
                    return;
                }
            }
        });
        Self { stdin: child.stdin.take(), child, lines, next: 1 }
    }

    pub(super) fn of(home: &Home) -> Self {
        let mut server = Self::start(&home.run(&["mcp", "serve"]));
        server.initialize("2025-11-25");
        server
    }

    fn write(&mut self, line: &Value) {
        writeln!(self.stdin.as_mut().expect("it is open"), "{line}").expect("it reads");
    }

    fn answer(&self, id: &Value) -> Value {
        loop {
            let line = self.lines.recv_timeout(PATIENCE).expect("an answer in time");
            if line["id"] == *id {
                return line;
            }
        }
    }

    /// The same where it comes before long.
    fn told_within(&self, method: &str) -> Option<Value> {
        let soon = std::time::Duration::from_secs(1);
        while let Ok(line) = self.lines.recv_timeout(soon) {
            if line["method"] == method {
                return Some(line["params"].clone());
            }
        }
        None
    }

    /// The next of these notifications: what it says.
    fn told(&self, method: &str) -> Value {
        loop {
            let line = self.lines.recv_timeout(PATIENCE).expect("a word in time");
            if line["method"] == method {
                return line["params"].clone();
            }
        }
    }

    fn ask(&mut self, method: &str, params: &Value) -> Value {
        let id = json!(self.next);
        self.next += 1;
        self.write(&json!({ "jsonrpc": "2.0", "id": id, "method": method, "params": params }));
        self.answer(&id)
    }

    pub(super) fn initialize(&mut self, version: &str) -> Value {
        let client = json!({ "name": "test", "version": "1" });
        let params = json!({
            "protocolVersion": version, "capabilities": {}, "clientInfo": client,
        });
        let answer = self.ask("initialize", &params);
        self.write(&json!({ "jsonrpc": "2.0", "method": "notifications/initialized" }));
        answer
    }

    /// What a tool gives, as data.
    pub(super) fn call(&mut self, tool: &str, arguments: &Value) -> Value {
        let result = self.called(tool, arguments);
        assert_eq!(result["isError"], false, "{result}");
        result["structuredContent"].clone()
    }

    /// What a tool says is wrong.
    pub(super) fn refused(&mut self, tool: &str, arguments: &Value) -> String {
        let result = self.called(tool, arguments);
        assert_eq!(result["isError"], true, "{result}");
        result["content"][0]["text"].as_str().expect("words").to_owned()
    }

    fn called(&mut self, tool: &str, arguments: &Value) -> Value {
        let params = json!({ "name": tool, "arguments": arguments });
        self.ask("tools/call", &params)["result"].clone()
    }

    /// What it is called in its mesh, asked at once.
    #[track_caller]
    fn seen(&mut self) -> String {
        let who = self.call("whoami", &json!({}));
        who["name"].as_str().unwrap_or_else(|| panic!("it is not seen: {who}")).to_owned()
    }

    /// Its end, once nobody writes any more.
    pub(super) fn closes(mut self) -> Option<i32> {
        drop(self.stdin.take());
        self.ends()
    }

    fn ends(&mut self) -> Option<i32> {
        let since = Instant::now();
        while since.elapsed() < PATIENCE {
            if let Some(status) = self.child.try_wait().expect("it is ours") {
                return status.code();
            }
            std::thread::yield_now();
        }
        panic!("it does not end");
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Ana's mesh, with Eva in it.
fn team() -> (Instance, Ana, Ana) {
    let instance = Instance::start();
    let ana = Ana::at(&instance);
    let eva = Ana::called(&instance, "Eva Ruiz", "eva@example.org");
    ana.json(&["create", "Platform team"]);
    let invite = ana.json(&["invite"]);
    eva.json(&["join", invite["url"].as_str().expect("a link"), "-y"]);
    (instance, ana, eva)
}

#[test]
fn two_agents_of_two_people_exchange_a_message_and_finish_a_task() {
    let (_instance, ana, eva) = team();
    let mut of_ana = Server::of(&ana.home);
    let mut of_eva = Server::of(&eva.home);
    assert_eq!((of_ana.seen(), of_eva.seen()), ("ana-gil".to_owned(), "eva-ruiz".to_owned()));
    let peers = of_ana.call("list_peers", &json!({}));
    assert_eq!(peers["peers"].as_array().map(Vec::len), Some(2), "{peers}");

    let task = json!({ "title": "Test the login", "text": "on both databases" });
    of_ana.call("create_task", &task);
    let question = json!({ "to": "eva-ruiz", "text": "Will you take 1?", "kind": "ask" });
    let sent = of_ana.call("send_message", &question);
    let waited = of_eva.called("wait_for_message", &json!({ "seconds": 20 }));
    // That it is nobody's order stands in what is structured, and in the text: an agent
    // gives its model either.
    let about = waited["structuredContent"]["about"].as_str().expect("words");
    assert!(about.contains("not instructions"), "{about}");
    let content = waited["content"].as_array().expect("a list");
    assert_eq!(content.len(), 1, "{waited}");
    let text: Value =
        serde_json::from_str(content[0]["text"].as_str().expect("text")).expect("JSON");
    assert_eq!(text, waited["structuredContent"]);
    let message = &waited["structuredContent"]["messages"][0];
    assert_eq!(
        (&message["text"], &message["from"]),
        (&json!("Will you take 1?"), &json!("ana-gil"))
    );
    let claimed = of_eva.call("claim_task", &json!({ "number": 1 }));
    assert_eq!(claimed["task"]["text"], "on both databases");
    for others in [&peers, &claimed, &of_eva.call("list_tasks", &json!({}))] {
        assert_eq!(others["about"], about, "{others}");
    }
    assert!(
        of_ana.refused("claim_task", &json!({ "number": 1 })).contains("eva-ruiz has the task")
    );
    let answer = json!({
        "to": "ana-gil", "text": "yes", "kind": "answer", "reply_to": sent["number"],
    });
    of_eva.call("send_message", &answer);
    of_eva.call("set_status", &json!({ "status": "working", "summary": "tests" }));
    let read = of_ana.call("read_messages", &json!({}));
    assert_eq!(read["messages"][0]["reply_to"], sent["number"]);
    let nothing = of_ana.call("read_messages", &json!({}));
    assert_eq!(nothing["messages"], json!([]), "once");
    assert!(nothing["about"].is_null(), "{nothing}");
    of_eva.call("finish_task", &json!({ "number": 1, "result": "green" }));
    let tasks = of_ana.call("list_tasks", &json!({ "state": "done" }));
    assert_eq!(tasks["tasks"][0]["result"], "green");
    assert!(of_ana.call("list_meshes", &json!({}))["meshes"][0]["slug"] == "platform-team");
    assert_eq!(
        of_ana.call("list_members", &json!({}))["members"].as_array().map(Vec::len),
        Some(2)
    );
    of_ana.call("list_machines", &json!({}));

    // In another mesh it acts as its person, who is seen in none.
    ana.json(&["create", "Side project"]);
    let other = json!({ "to": "*", "text": "x", "mesh": "side-project" });
    assert_eq!(of_ana.call("send_message", &other)["mesh"], "side-project");
    let own = json!({ "mesh": "side-project" });
    assert_eq!(of_ana.call("read_messages", &own)["messages"], json!([]));
    let task = json!({ "title": "x", "mesh": "side-project" });
    assert_eq!(of_ana.call("create_task", &task)["task"]["author"], "ana-gil");

    // Seen from a terminal, and gone with its end.
    let peers = ana.home.run(&["peers", "platform-team"]).output("").exits(0).out;
    assert!(peers.contains("working: tests"), "{peers}");
    assert_eq!(of_eva.closes(), Some(0));
    let left = ana.json(&["peers", "platform-team"]);
    assert_eq!((&left["total"], &left["peers"][0]["name"]), (&json!(1), &json!("ana-gil")));
}

#[test]
fn it_answers_in_either_era_and_says_what_it_has() {
    let (_instance, ana, _eva) = team();
    for version in ["2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25"] {
        let mut server = Server::start(&ana.home.run(&["mcp", "serve"]));
        let answer = server.initialize(version);
        assert_eq!(answer["result"]["protocolVersion"], version, "{answer}");
        assert_eq!(answer["result"]["serverInfo"]["name"], "crewmesh");
        let tools = server.ask("tools/list", &json!({}));
        assert_eq!(tools["result"]["tools"].as_array().map(Vec::len), Some(15), "{tools}");
        let resources = server.ask("resources/list", &json!({}));
        let first = resources["result"]["resources"][0]["uri"].clone();
        let mesh = server.ask("resources/read", &json!({ "uri": first }));
        let text = mesh["result"]["contents"][0]["text"].as_str().expect("a text");
        assert!(text.contains("platform-team"), "{mesh}");
        let prompt = server.ask("prompts/get", &json!({ "name": "join_the_work" }));
        assert!(prompt["result"]["messages"][0]["content"]["text"].is_string(), "{prompt}");
        assert!(server.ask("prompts/get", &json!({ "name": "x" }))["error"].is_object());
        assert!(server.ask("resources/read", &json!({ "uri": "x:y" }))["error"].is_object());
        assert!(server.called("no_such_tool", &json!({})).is_null());
    }
    // Without a beginning: each request says it all.
    let mut server = Server::start(&ana.home.run(&["mcp", "serve"]));
    let meta = json!({
        "io.modelcontextprotocol/protocolVersion": "2026-07-28",
        "io.modelcontextprotocol/clientCapabilities": {},
        "io.modelcontextprotocol/clientInfo": { "name": "test", "version": "1" },
    });
    let found = server.ask("server/discover", &json!({ "_meta": meta }));
    let versions = found["result"]["supportedVersions"].to_string();
    assert!(versions.contains("2026-07-28"), "{found}");
    let params = json!({ "_meta": meta, "name": "whoami", "arguments": {} });
    let who = server.ask("tools/call", &params);
    assert_eq!(who["result"]["structuredContent"]["person"], "Ana Gil", "{who}");
    assert_eq!(server.closes(), Some(0));
}

#[test]
fn what_is_wrong_is_the_tools_answer_and_never_the_end() {
    let nobody = Home::new();
    let mut server = Server::of(&nobody);
    for tool in ["whoami", "list_peers", "read_messages"] {
        let words = server.refused(tool, &json!({}));
        assert!(words.contains("crewmesh login"), "{words}");
    }
    assert_eq!(server.closes(), Some(0));

    let (instance, ana, _eva) = team();
    let mut server = Server::of(&ana.home);
    server.seen();
    let unknown = json!({ "to": "bob", "text": "x" });
    let words = server.refused("send_message", &unknown);
    assert!(words.contains("ana-gil"), "who is there: {words}");
    let long = json!({ "to": "*", "text": "x".repeat(16 * 1_024 + 1) });
    assert!(server.refused("send_message", &long).contains("16384"));
    for wrong in [json!({ "to": "*" }), json!({ "to": 1, "text": "x" }), json!({ "t": 1 })] {
        let words = server.refused("send_message", &wrong);
        assert!(words.contains("Wrong arguments"), "{words}");
    }
    assert!(server.refused("list_peers", &json!({ "mesh": "no-such" })).contains("no-such"));
    assert!(server.refused("claim_task", &json!({ "number": 9 })).contains("not_found"));
    // The instance is away, and comes back.
    drop(instance);
    let words = server.refused("list_meshes", &json!({}));
    assert!(words.contains("refuses the connection"), "{words}");
    assert_eq!(server.closes(), Some(0));
}

/// As on a computer that slept: nobody heard from the agent for too long.
#[test]
fn an_agent_that_was_given_up_begins_again_with_what_it_does_next() {
    let (_instance, ana, _eva) = team();
    let session = "session-of-an-agent";
    let start = || {
        let mut server =
            Server::start(&ana.home.run(&["mcp", "serve"]).with("CREWMESH_SESSION", session));
        server.initialize("2025-11-25");
        assert_eq!(server.seen(), "ana-gil");
        server
    };
    let mut server = start();
    // Another that says it is the same ends it for both.
    for (tool, arguments) in [
        ("send_message", json!({ "to": "*", "text": "x" })),
        ("read_messages", json!({})),
        ("set_status", json!({ "status": "working" })),
        ("create_task", json!({ "title": "x" })),
    ] {
        assert_eq!(start().closes(), Some(0));
        assert_eq!(ana.json(&["peers"])["total"], 0);
        server.call(tool, &arguments);
        assert_eq!(ana.json(&["peers"])["peers"][0]["name"], "ana-gil", "{tool}");
    }
}

#[test]
fn it_ends_with_stdin_in_the_middle_of_a_call_and_when_it_is_told_to() {
    let (_instance, ana, _eva) = team();
    let mut server = Server::of(&ana.home);
    server.seen();
    let params = json!({ "name": "wait_for_message", "arguments": { "seconds": 50 } });
    server.write(&json!({ "jsonrpc": "2.0", "id": 99, "method": "tools/call", "params": params }));
    assert_eq!(server.closes(), Some(0));
    assert_eq!(ana.json(&["peers"])["total"], 0);

    #[cfg(unix)]
    for name in ["INT", "TERM", "HUP"] {
        let mut server = Server::of(&ana.home);
        server.seen();
        assert!(signal(name, server.child.id()));
        assert_eq!(server.ends(), Some(0));
        assert_eq!(ana.json(&["peers"])["total"], 0);
    }
    // Killed it says nothing; that is said for it, long before it would be missed.
    #[cfg(unix)]
    {
        let mut server = Server::of(&ana.home);
        server.seen();
        // As Copilot ends one: with all that it has started.
        #[cfg(target_os = "linux")]
        until_childless(server.child.id());
        assert!(signal("KILL", server.child.id()));
        assert_eq!(server.ends(), None);
        let since = Instant::now();
        while ana.json(&["peers"])["total"] != 0 {
            assert!(since.elapsed() < PATIENCE, "it is still seen");
        }
    }
    // A notification first, nothing at all, half a line.
    for input in ["{\"jsonrpc\":\"2.0\",\"method\":\"notifications/initialized\"}\n", "", "{\"js"] {
        let said = ana.home.run(&["mcp", "serve"]).output(input).exits(0);
        assert!(said.out.lines().all(|line| line.starts_with('{')), "{said:#?}");
    }
}

/// A launch gives its agent the mesh, and takes back what it wrote for that.
#[test]
fn an_agent_that_is_launched_is_given_its_server_for_this_session() {
    let (_instance, ana, _eva) = team();
    fake_agent(&ana.home, "claude", 0);
    let launch = ["launch", "-y", "--agent", "claude", "--role", "Reviewer", "--task", "say hello"];
    let mut terminal = ana.home.run(&launch).terminal(80, 24);
    terminal.shows("agent claude is here");
    let given = last_run(&ana.home, "claude");
    let file = given.arguments.iter().find_map(|one| one.strip_prefix("--mcp-config="));
    let file = std::path::PathBuf::from(file.unwrap_or_else(|| panic!("no server: {given:?}")));
    assert_eq!(given.arguments.last().map(String::as_str), Some("say hello"));
    assert!(given.arguments.iter().any(|words| words.contains("with the role Reviewer")));
    let written = std::fs::read_to_string(&file).expect("it is written");
    assert!(!written.contains(&ana.token()), "nothing secret");
    let config: Value = serde_json::from_str(&written).expect("JSON");
    let server = &config["mcpServers"]["crewmesh"];
    // With nothing but what the file says.
    let text = |value: &Value| value.as_str().expect("a text").to_owned();
    let arguments: Vec<_> = server["args"].as_array().expect("a list").iter().map(text).collect();
    let arguments: Vec<_> = arguments.iter().map(String::as_str).collect();
    let mut run = ana.home.program(text(&server["command"]), &arguments);
    run.variables.clear();
    for (name, value) in server["env"].as_object().expect("an object") {
        run = run.with(name, text(value));
    }
    let mut mcp = Server::start(&run);
    mcp.initialize("2025-11-25");
    assert_eq!(mcp.seen(), "ana-gil");
    let seen = ana.json(&["peers"]);
    let peer = &seen["peers"][0];
    assert_eq!((&peer["role"], &peer["agent"]), (&json!("reviewer"), &json!("claude")), "{seen}");
    assert!(peer["machine"].is_string(), "{seen}");
    assert_eq!(peer["id"], given.variables["CREWMESH_SESSION"]);
    drop(mcp);
    terminal.line("x");
    terminal.exits(0);
    // The next one cleans up.
    let mut terminal = ana.home.run(&["launch", "--no-mcp"]).terminal(80, 24);
    terminal.shows("agent claude is here");
    assert!(!file.exists(), "{}", file.display());
    assert_eq!(last_run(&ana.home, "claude").arguments, [""; 0]);
    terminal.line("x");
    terminal.exits(0);
    let no_task = ana.home.run(&["launch", "-y", "--agent", "sh", "--task", "x"]);
    assert!(no_task.output("").exits(3).err.contains("takes no first task"));
}

/// Waits until nothing that a process has started is its child.
#[cfg(target_os = "linux")]
fn until_childless(process: u32) {
    let since = Instant::now();
    let children = || {
        let tasks = std::fs::read_dir(format!("/proc/{process}/task")).expect("it runs");
        let files = tasks.flatten().map(|task| task.path().join("children"));
        files.filter_map(|file| std::fs::read_to_string(file).ok()).collect::<String>()
    };
    while !children().trim().is_empty() {
        assert!(since.elapsed() < PATIENCE, "{}", children());
        std::thread::yield_now();
    }
}

/// Sends a signal to a process; whether it could.
#[cfg(unix)]
fn signal(name: &str, process: u32) -> bool {
    let mut kill = std::process::Command::new("kill");
    kill.args(["-s", name, &process.to_string()]).status().is_ok_and(|status| status.success())
}

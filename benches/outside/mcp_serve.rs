//! `crewmesh mcp serve` as an agent starts it: how long until it answers, how much
//! memory it takes, and what it and the process that will say goodbye for it do while
//! nobody asks anything.

use std::io::{BufRead as _, BufReader, Lines, Write as _};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::figures::{field, mib, say, switches};
use super::signed_in_person::Ana;
use super::support::home::Home;
use super::support::server::Instance;

/// How long it is watched: between two heartbeats.
const REST: Duration = Duration::from_secs(20);

/// From one to the next.
const HEARTBEAT: Duration = Duration::from_secs(30);

/// A server that was started, and asked what comes first.
struct Server {
    process: Child,
    answers: Lines<BufReader<ChildStdout>>,
}

impl Server {
    fn start(mut command: Command) -> Self {
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut process = command.spawn().expect("it can be started");
        let answers = BufReader::new(process.stdout.take().expect("piped")).lines();
        let mut server = Self { process, answers };
        let client = json!({ "name": "bench", "version": "1" });
        let params = json!({
            "protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": client,
        });
        server.ask("initialize", &params);
        server
    }

    fn ask(&mut self, method: &str, params: &Value) -> Value {
        let line = json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": params });
        writeln!(self.process.stdin.as_mut().expect("piped"), "{line}").expect("it reads");
        let answer = self.answers.next().expect("it answers").expect("text");
        serde_json::from_str(&answer).expect("JSON")
    }

    /// Until its agent is seen in the mesh.
    fn is_seen(&mut self) {
        let since = Instant::now();
        let whoami = json!({ "name": "whoami", "arguments": {} });
        while self.ask("tools/call", &whoami)["result"]["structuredContent"]["name"].is_null() {
            assert!(since.elapsed() < super::support::PATIENCE, "it is never seen");
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    fn pid(&self) -> i32 {
        i32::try_from(self.process.id()).expect("a process id")
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.process.stdin.take());
        let _ = self.process.wait();
    }
}

pub(super) fn all(program: &Path) {
    let instance = Instance::start();
    let ana = Ana::at(&instance);
    ana.json(&["create", "Platform team"]);
    first_answer(program, &ana.home);
    at_rest(program, &ana.home);
}

/// From before the fork to the answer of `initialize`; beside it the same program when
/// all it does is say its version.
fn first_answer(program: &Path, home: &Home) {
    let (mut ours, mut beside) = (Vec::new(), Vec::new());
    for _ in 0..40 {
        let start = Instant::now();
        let server = Server::start(home.program(program, &["mcp", "serve"]).command());
        ours.push(start.elapsed());
        drop(server);
        let mut version = home.program(program, &["--version"]).command();
        version.stdout(Stdio::null()).stderr(Stdio::null());
        let start = Instant::now();
        version.status().expect("it can be started");
        beside.push(start.elapsed());
    }
    say("mcp serve, first answer", ours);
    say("  the program's version alone", beside);
}

fn at_rest(program: &Path, home: &Home) {
    let mut server = Server::start(home.program(program, &["mcp", "serve"]).command());
    server.ask("tools/list", &json!({}));
    server.is_seen();
    // Past one heartbeat, and threads that wait ten seconds for more to do.
    std::thread::sleep(HEARTBEAT + Duration::from_secs(2));
    let mut command = home.program(program, &["mcp", "farewell", "--alone"]).command();
    let mut farewell = command.stdin(Stdio::piped()).spawn().expect("it can be started");
    std::thread::sleep(Duration::from_secs(1));
    let both = [server.pid(), i32::try_from(farewell.id()).expect("a process id")];
    let before = both.map(switches);
    std::thread::sleep(REST);
    let after = both.map(switches);
    for (place, what) in
        ["mcp serve, seen and at rest", "what says goodbye for it"].iter().enumerate()
    {
        let status = format!("/proc/{}/status", both[place]);
        let (most, own) = (field(&status, "VmHWM:"), field(&status, "RssAnon:"));
        println!("{what}");
        println!("  memory, at its most                           {:.1} MiB", mib(most));
        println!("  of it not shared with the program's file      {:.1} MiB", mib(own));
        let woken = after[place] - before[place];
        println!("  wake-ups in {} s                              {woken}", REST.as_secs());
    }
    drop(farewell.stdin.take());
    let _ = farewell.wait();
}

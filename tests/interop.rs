//! Clients that are not ours, against the program itself: what they find by
//! discovery, what they send, and what they make of the answers. The scripts
//! in this folder are written as each library's own documentation has it, and
//! say what happens in lines; here is the person at the browser.

mod mcp;
mod providers;

use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc;

use crewmesh::secret::Secret;
use crewmesh::server::clock::Clock;
use crewmesh::server::{Config, Running, Server};

use crate::support::server::Instance;
use crate::support::web::Person;
use crate::support::{PATIENCE, need, node, python};

const PASSWORD: &str = "correct horse battery";

/// A script, and what it says.
struct Script {
    process: Child,
    stdin: Option<ChildStdin>,
    said: mpsc::Receiver<String>,
}

impl Script {
    fn node(arguments: &[&str]) -> Self {
        Self::node_program("openid_client", arguments)
    }

    fn node_program(program: &str, arguments: &[&str]) -> Self {
        let folder = node::programs().expect("need(\"interop\") was asked");
        let mut command = Command::new("node");
        command.arg(folder.join(format!("{program}.mjs")));
        Self::start(command, arguments)
    }

    fn python(script: &str, arguments: &[&str]) -> Self {
        let folder = python::programs().expect("need(\"interop\") was asked");
        let mut command = Command::new(folder.join("python"));
        let scripts = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/interop");
        command.arg(format!("{scripts}/{script}.py"));
        Self::start(command, arguments)
    }

    fn start(mut command: Command, arguments: &[&str]) -> Self {
        for proxy in ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"] {
            command.env_remove(proxy).env_remove(proxy.to_lowercase());
        }
        let mut process = command
            .args(arguments)
            // Each says in its own words that loopback may be plain HTTP.
            .env("OAUTHLIB_INSECURE_TRANSPORT", "1")
            .env("AUTHLIB_INSECURE_TRANSPORT", "1")
            .env("PYTHONDONTWRITEBYTECODE", "1")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("the script can be started");
        let (say, said) = mpsc::channel();
        let output = process.stdout.take().expect("piped");
        std::thread::spawn(move || {
            for line in BufReader::new(output).lines().map_while(Result::ok) {
                let _ = say.send(line);
            }
        });
        let stdin = process.stdin.take();
        Self { process, stdin, said }
    }

    /// The next thing it says, which is about `word`.
    #[track_caller]
    fn says(&self, word: &str) -> String {
        let line = self.said.recv_timeout(PATIENCE).unwrap_or_else(|fault| {
            panic!("it says nothing about {word} ({fault}); what it met stands above")
        });
        let rest = line.strip_prefix(word).and_then(|rest| rest.strip_prefix(' '));
        rest.unwrap_or_else(|| panic!("{word} was to come, not {line:?}")).to_owned()
    }

    /// It says exactly this.
    #[track_caller]
    fn says_that(&self, word: &str, value: &str) -> &Self {
        assert_eq!(self.says(word), value, "{word}");
        self
    }

    /// It has nothing more to say.
    #[track_caller]
    fn ends(&self) {
        let more = self.said.recv_timeout(PATIENCE);
        assert_eq!(more, Err(mpsc::RecvTimeoutError::Disconnected));
    }

    /// Tells it to go on.
    fn go_on(&mut self) -> &Self {
        self.told("")
    }

    /// Tells it this.
    fn told(&mut self, line: &str) -> &Self {
        let stdin = self.stdin.as_mut().expect("piped");
        stdin.write_all(format!("{line}\n").as_bytes()).expect("it listens");
        self
    }
}

impl Drop for Script {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Somebody who has just made an account on the instance at `url`.
fn member(url: &str) -> Person {
    let mut ana = Person::new();
    ana.open(&format!("{url}/register"));
    let fields = [("name", "Ana"), ("email", "ana@example.org"), ("password", PASSWORD)];
    ana.submit("/register", &fields);
    ana
}

/// Answers the code that a script shows.
fn answer(ana: &mut Person, url: &str, user_code: &str, decision: &str) {
    ana.open(&format!("{url}/d?code={user_code}"));
    ana.submit("decision", &[("decision", decision)]);
    assert_eq!(ana.page.status, 200, "{}", ana.page.text());
}

/// A client that whoever runs the instance registers: its id and its secret.
fn registered(instance: &mut Instance) -> (String, Secret) {
    let said = instance.says("/register?first=");
    let link = said.split(' ').find(|word| word.contains("/register?first="));
    let mut root = Person::new();
    root.open(link.expect("a link for the first administrator"));
    let fields = [("name", "Root"), ("email", "root@example.org"), ("password", PASSWORD)];
    root.submit("/register", &fields);
    root.open(&format!("{}/admin/service-clients", instance.url()));
    let fields = [
        ("name", "Build board"),
        ("scope", "profile:read"),
        ("scope", "mesh:read"),
        ("scope", "token:introspect"),
        ("redirect", "http://127.0.0.1/back"),
    ];
    let page = root.submit("name=\"redirect\"", &fields).html.clone();
    let value = |name: &str| {
        let (_, rest) = page.split_once(&format!("{name}=")).expect(name);
        rest.split(['\n', '<']).next().expect("a value").to_owned()
    };
    (value("CREWMESH_CLIENT_ID"), Secret::new(value("CREWMESH_CLIENT_SECRET")))
}

/// An instance of this process, whose clock stands: whoever asks twice asks too
/// soon, and a code ends when the test says so.
struct Here {
    _runtime: tokio::runtime::Runtime,
    _running: Running,
    clock: Clock,
    url: String,
}

impl Here {
    fn start() -> Self {
        let runtime = tokio::runtime::Runtime::new().expect("a runtime");
        let config = Config::in_memory();
        let clock = config.clock.clone();
        let running = runtime.block_on(Server::start(config)).expect("an instance starts");
        let url = format!("http://{}", running.address());
        Self { _runtime: runtime, _running: running, clock, url }
    }
}

/// Each of the clients, which has asked for a code and polls at once when it is
/// told to; and the code that it shows.
fn devices(url: &str) -> impl Iterator<Item = (Script, String)> {
    let node = ["device", url, "crewmesh", "", "hasty"].map(str::to_owned);
    let python = ["device", url, "crewmesh"].map(str::to_owned);
    let clients = ["openid_client", "requests_oauthlib_client", "authlib_client"];
    clients.into_iter().map(move |client| {
        let script = if client == "openid_client" {
            Script::node(&node.each_ref().map(String::as_str))
        } else {
            Script::python(client, &python.each_ref().map(String::as_str))
        };
        let user_code = shown(&script);
        (script, user_code)
    })
}

/// The code that a script shows, with a link that it is in.
#[track_caller]
fn shown(script: &Script) -> String {
    let user_code = script.says("user_code");
    let complete = script.says("complete");
    assert!(complete.ends_with(&user_code.replace('-', "")), "{complete}");
    user_code
}

#[test]
fn whoever_asks_too_soon_is_slowed_down_and_a_refusal_is_told() {
    if !need("interop") {
        return;
    }
    let here = Here::start();
    let mut ana = member(&here.url);
    for (mut script, user_code) in devices(&here.url) {
        script.go_on().says_that("told", "authorization_pending");
        script.go_on().says_that("told", "slow_down");
        answer(&mut ana, &here.url, &user_code, "deny");
        script.go_on().says_that("told", "access_denied");
        script.says_that("error", "access_denied").ends();
    }
}

#[test]
fn a_code_that_ended_is_told() {
    if !need("interop") {
        return;
    }
    let here = Here::start();
    for (mut script, _) in devices(&here.url) {
        here.clock.advance(10 * 60_000);
        script.go_on().says_that("told", "expired_token");
        script.says_that("error", "expired_token").ends();
    }
}

#[test]
fn openid_client_signs_a_device_in_by_either_document() {
    if !need("interop") {
        return;
    }
    let instance = Instance::start();
    let mut ana = member(&instance.url());
    for what in ["device", "device-oauth2"] {
        let mut script = Script::node(&[what, &instance.url(), "crewmesh"]);
        answer(&mut ana, &instance.url(), &shown(&script), "approve");
        script.go_on().says_that("scope", "profile:read").says_that("name", "Ana");
        script.says_that("sub", "string").says_that("revoked", "401").ends();
    }
}

#[test]
fn openid_client_signs_a_program_in_as_itself() {
    if !need("interop") {
        return;
    }
    let mut instance = Instance::start();
    let (id, secret) = registered(&mut instance);
    let script = Script::node(&["credentials", &instance.url(), &id, secret.expose()]);
    for _ in ["basic", "post"] {
        script.says_that("scope", "profile:read").says_that("name", "Build board");
        script.says_that("active", "true").says_that("active", "false");
    }
    script.ends();
    let script = Script::node(&["credentials", &instance.url(), &id, "wrong"]);
    // What it makes of a 401 that says how to sign in.
    script.says_that("told", "invalid_client");
    script.says_that("error", "OAUTH_WWW_AUTHENTICATE_CHALLENGE").ends();
}

#[test]
fn openid_client_brings_a_code_by_the_browser() {
    if !need("interop") {
        return;
    }
    let mut instance = Instance::logging("json");
    let (id, secret) = registered(&mut instance);
    let mut ana = member(&instance.url());
    let url = instance.url();
    for client in [vec!["crewmesh"], vec![id.as_str(), secret.expose()]] {
        let arguments: Vec<_> = ["code", &url].into_iter().chain(client).collect();
        let script = Script::node(&arguments);
        ana.open(&script.says("open"));
        ana.submit("decision", &[("decision", "approve")]);
        assert_eq!(ana.page.html, "back at the program");
        script.says_that("scope", "profile:read").says_that("name", "Ana");
        script.says_that("told", "invalid_grant").says_that("after", "401").ends();

        let script = Script::node(&arguments);
        ana.open(&script.says("open"));
        ana.submit("decision", &[("decision", "deny")]);
        script.says_that("error", "access_denied").ends();
    }
    #[cfg(unix)]
    {
        let log = instance.all_it_said();
        assert!(log.contains("/oauth/authorize"), "{log}");
        for shape in ["cm_ac_", "cm_session_", "cm_secret_", "code_challenge", "redirect_uri"] {
            assert!(!log.contains(shape), "{shape} is in the log: {log}");
        }
    }
}

#[test]
fn requests_oauthlib_signs_a_device_in() {
    if !need("interop") {
        return;
    }
    let instance = Instance::start();
    let mut ana = member(&instance.url());
    let client = "requests_oauthlib_client";
    let mut script = Script::python(client, &["device", &instance.url(), "crewmesh"]);
    answer(&mut ana, &instance.url(), &shown(&script), "approve");
    script.go_on().says_that("scope", "profile:read mesh:read").says_that("name", "Ana");
    script.says_that("revoked", "200").says_that("after", "401").ends();
}

#[test]
fn requests_oauthlib_signs_a_program_in() {
    if !need("interop") {
        return;
    }
    let mut instance = Instance::start();
    let (id, secret) = registered(&mut instance);
    let (url, client) = (instance.url(), "requests_oauthlib_client");
    let script = Script::python(client, &["credentials", &url, &id, secret.expose()]);
    for _ in ["basic", "post"] {
        script.says_that("scope", "profile:read mesh:read token:introspect");
        script.says_that("name", "Build board");
    }
    script.ends();
    let mut ana = member(&url);
    let script = Script::python(client, &["code", &url, "crewmesh"]);
    ana.open(&script.says("open"));
    ana.submit("decision", &[("decision", "approve")]);
    script.says_that("name", "Ana").says_that("revoked", "200").says_that("after", "401").ends();
    let script = Script::python(client, &["code", &url, &id, secret.expose()]);
    ana.open(&script.says("open"));
    ana.submit("decision", &[("decision", "approve")]);
    script.says_that("name", "Ana").ends();
}

#[test]
fn authlib_signs_in_as_well() {
    if !need("interop") {
        return;
    }
    let mut instance = Instance::start();
    let (id, secret) = registered(&mut instance);
    let url = instance.url();
    let script = Script::python("authlib_client", &["credentials", &url, &id, secret.expose()]);
    for _ in ["basic", "post"] {
        script.says_that("name", "Build board").says_that("active", "True");
    }
    script.ends();
    let mut ana = member(&url);
    let mut script = Script::python("authlib_client", &["device", &url, "crewmesh"]);
    let user_code = shown(&script);
    script.go_on().says_that("told", "authorization_pending");
    answer(&mut ana, &url, &user_code, "approve");
    script
        .go_on()
        .says_that("name", "Ana")
        .says_that("revoked", "200")
        .says_that("after", "401")
        .ends();
    let script = Script::python("authlib_client", &["code", &url, "crewmesh"]);
    ana.open(&script.says("open"));
    ana.submit("decision", &[("decision", "approve")]);
    script.says_that("name", "Ana").ends();
}

#[test]
fn simple_oauth2_signs_a_program_in_and_out() {
    if !need("interop") {
        return;
    }
    let mut instance = Instance::start();
    let (id, secret) = registered(&mut instance);
    let arguments = ["simple", &instance.url(), &id, secret.expose()];
    let script = Script::node_program("other_clients", &arguments);
    for _ in ["header", "body"] {
        script.says_that("scope", "profile:read mesh:read").says_that("name", "Build board");
        script.says_that("revoked", "401");
    }
    script.ends();
    let arguments = ["simple", &instance.url(), &id, "wrong"];
    Script::node_program("other_clients", &arguments).says_that("error", "invalid_client").ends();
}

#[test]
fn badgateways_client_finds_its_way_by_discovery() {
    if !need("interop") {
        return;
    }
    let mut instance = Instance::start();
    let (id, secret) = registered(&mut instance);
    let mut ana = member(&instance.url());
    let url = instance.url();
    for client in [vec!["crewmesh"], vec![id.as_str(), secret.expose()]] {
        let registered = client.len() > 1;
        let arguments: Vec<_> = ["badgateway", &url].into_iter().chain(client).collect();
        let script = Script::node_program("other_clients", &arguments);
        if registered {
            script.says_that("name", "Build board");
            script.says_that("active", "true").says_that("active", "false");
        }
        ana.open(&script.says("open"));
        ana.submit("decision", &[("decision", "approve")]);
        script.says_that("name", "Ana").ends();
    }
}

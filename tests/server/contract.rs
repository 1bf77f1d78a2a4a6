//! The API against its own description: the same routes in both, and no answer
//! that is not described. The second is schemathesis's to find out: it makes up
//! requests, right and wrong ones, from the description that the instance
//! serves, and compares the answers with it.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use crewmesh::secret::Secret;
use crewmesh::server::Config;
use crewmesh::server::domain::device_code_state::Decision;
use crewmesh::server::domain::scopes;
use crewmesh::server::http::openapi;
use crewmesh::server::router::router;
use crewmesh::wire::{DEVICE_CODE_GRANT, PUBLIC_CLIENT_ID};
use futures_util::future::join_all;
use serde_json::{Value, json};

use super::{PASSWORD, TestServer};
use crate::support::{PATIENCE, need, python};

/// Methods of each path.
type Routes = BTreeMap<String, BTreeSet<String>>;

/// What the router serves that is no page. Its paths are read off the router
/// itself; which methods they have, it says when it is asked with one that
/// nobody has.
async fn served(server: &TestServer) -> Routes {
    let debugged = format!("{:?}", router(server.running.state().clone()));
    let mut routes = Routes::new();
    for path in debugged.split('"').filter(|text| is_for_programs(text)) {
        let there = path.replace(['{', '}'], "");
        let answer = server.request(&format!("BREW {there}"), &[], "").await;
        answer.is(405);
        let oauth = path.starts_with("/oauth/");
        assert_eq!(answer.error(), if oauth { "invalid_request" } else { "method_not_allowed" });
        let allow = answer.header("allow").unwrap_or_else(|| panic!("no Allow: {answer:?}"));
        let methods = allow.split(',').map(|method| method.trim().to_owned());
        // A HEAD is a GET without its body.
        routes.insert(path.to_owned(), methods.filter(|method| method != "HEAD").collect());
    }
    routes
}

fn is_for_programs(path: &str) -> bool {
    let starts = ["/api/", "/oauth/", "/.well-known/", "/healthz", "/readyz"];
    // A browser goes there, and sees a page.
    starts.iter().any(|start| path.starts_with(start)) && path != "/oauth/authorize"
}

#[tokio::test]
async fn every_route_is_described_and_every_description_is_a_route() {
    let server = TestServer::new().await;
    let answer = server.request(&format!("GET {}", openapi::PATH), &[], "").await;
    assert_eq!(answer.header("content-type"), Some("application/json"));
    let document = answer.is(200).json();
    let described = document["paths"].as_object().expect("paths").iter().map(|(path, methods)| {
        let methods = methods.as_object().expect("methods").keys();
        (path.clone(), methods.map(|method| method.to_uppercase()).collect())
    });
    assert_eq!(described.collect::<Routes>(), served(&server).await);

    let metadata = server.request("GET /.well-known/oauth-authorization-server", &[], "").await;
    let base = format!("http://{}", server.host());
    assert_eq!(metadata.is(200).text("crewmesh_openapi"), format!("{base}{}", openapi::PATH));
    // No scope is granted that is not described.
    let names = |schema: &str| {
        let names = document["components"]["schemas"][schema]["enum"].as_array().expect("an enum");
        names.iter().map(|name| name.as_str().expect("text").to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(names("Scope"), scopes::ALL);
    assert_eq!(names("ServiceScope"), scopes::OF_SERVICES);
}

/// What path parameters, queries and bodies are filled from: operation, where,
/// from which list of [`Seeds`].
const FILLED: [(&str, &str, &str); 74] = [
    ("mesh", "path.id", "meshes"),
    ("changeMesh", "path.id", "meshes"),
    ("removeMesh", "path.id", "spare meshes"),
    ("members", "path.id", "meshes"),
    ("changeMember", "path.id", "meshes"),
    ("changeMember", "path.member", "members"),
    ("removeMember", "path.id", "meshes"),
    ("removeMember", "path.member", "members"),
    ("invites", "path.id", "meshes"),
    ("createInvite", "path.id", "meshes"),
    ("revokeInvite", "path.id", "invites"),
    ("previewInvite", "path.code", "codes of invites"),
    ("acceptInvite", "path.code", "codes of invites"),
    ("changeMachine", "path.id", "machines"),
    ("removeMachine", "path.id", "machines"),
    ("registerMachine", "body.anchor", "anchors"),
    ("revokeSession", "path.id", "sessions"),
    ("revokeToken", "path.id", "tokens"),
    ("card", "path.code", "codes to see"),
    ("approveCode", "path.code", "codes to approve"),
    ("approveCode", "body.password", "passwords"),
    ("createToken", "body.password", "passwords"),
    ("createServiceClient", "body.password", "passwords"),
    ("denyCode", "path.code", "codes to deny"),
    ("pollCode", "path.code", "device codes"),
    ("token", "body.device_code", "device codes"),
    ("token", "body.client_id", "clients"),
    ("token", "body.grant_type", "grants"),
    ("authorizeDevice", "body.client_id", "clients"),
    ("authorizeDevice", "body.resource", "resources"),
    ("introspect", "body.token", "live tokens"),
    ("introspect", "body.client_id", "clients"),
    ("revoke", "body.token", "spare tokens"),
    ("revoke", "body.client_id", "clients"),
    ("revokeServiceClient", "path.id", "spare clients"),
    ("addToMesh", "path.id", "clients"),
    ("addToMesh", "path.mesh", "meshes"),
    ("removeFromMesh", "path.id", "clients"),
    ("removeFromMesh", "path.mesh", "meshes"),
    ("peers", "path.id", "busy meshes"),
    ("beginPeer", "path.id", "busy meshes"),
    ("changePeer", "path.id", "busy meshes"),
    ("changePeer", "path.peer", "peers"),
    ("endPeer", "path.id", "busy meshes"),
    ("endPeer", "path.peer", "spare peers"),
    ("messages", "path.id", "busy meshes"),
    ("sendMessage", "path.id", "busy meshes"),
    ("sendMessage", "body.to", "addresses"),
    ("sendMessage", "body.as", "peers"),
    ("inbox", "path.id", "busy meshes"),
    ("inbox", "query.as", "peers"),
    ("readMessages", "path.id", "busy meshes"),
    ("readMessages", "body.as", "peers"),
    ("mute", "path.id", "busy meshes"),
    ("mute", "path.member", "members"),
    ("unmute", "path.id", "busy meshes"),
    ("unmute", "path.member", "members"),
    ("block", "path.id", "busy meshes"),
    ("block", "path.member", "members"),
    ("unblock", "path.id", "busy meshes"),
    ("unblock", "path.member", "members"),
    ("tasks", "path.id", "busy meshes"),
    ("createTask", "path.id", "busy meshes"),
    ("createTask", "body.as", "peers"),
    ("claimTask", "path.id", "busy meshes"),
    ("claimTask", "path.number", "open tasks"),
    ("claimTask", "body.as", "peers"),
    ("finishTask", "path.id", "busy meshes"),
    ("finishTask", "path.number", "claimed tasks"),
    ("finishTask", "body.as", "peers"),
    ("dropTask", "path.id", "busy meshes"),
    ("dropTask", "path.number", "spare tasks"),
    ("dropTask", "body.as", "peers"),
    ("events", "path.id", "busy meshes"),
];

/// What could end the run's own token: asked last.
const LAST: [&str; 3] = ["revokeSession", "revokeCurrentSession", "revokeSessions"];

/// Somebody's token, and what they have.
struct Seeds {
    token: Secret,
    /// A registered client's id and secret.
    client: Option<(String, String)>,
    lists: BTreeMap<&'static str, Vec<String>>,
}

impl Seeds {
    /// Somebody new with a little of everything that there is.
    async fn of(server: &TestServer, name: &str, admin: bool) -> Self {
        let who = server.account_of(name, admin).await;
        let token = server.session(&who).await;
        let mut seeds = Self { token, client: None, lists: BTreeMap::new() };
        for (list, count) in [("meshes", 2), ("spare meshes", 2)] {
            for number in 0..count {
                let body = json!({ "name": format!("{list} {name} {number}") });
                let mesh = seeds.make(server, "/api/my/meshes", body).await;
                seeds.add(list, &mesh["id"]);
            }
        }
        let guest = server.account(&format!("Guest of {name}")).await;
        let invites = format!("/api/my/meshes/{}/invites", seeds.lists["meshes"][0]);
        for uses in [1, 50, 50, 50] {
            let invite = seeds.make(server, &invites, json!({ "max_uses": uses })).await;
            seeds.add("invites", &invite["id"]);
            seeds.add("codes of invites", &invite["code"]);
        }
        let guests = server.session(&guest).await;
        let accept = format!("POST /api/invites/{}/accept", seeds.lists["codes of invites"][0]);
        server.with(&guests, &accept, "").await.is(200);
        seeds.add("members", &json!(guest.id));
        seeds.at_work(server, name).await;
        for number in 0..3 {
            let anchor = format!("{number:064x}");
            let body = json!({ "anchor": anchor, "name": format!("box {number}") });
            let machine = seeds.make(server, "/api/my/machines", body).await;
            seeds.add("machines", &machine["id"]);
            seeds.add("anchors", &json!(anchor));
        }
        for list in ["live tokens", "spare tokens"] {
            let minted = seeds.make(server, "/api/my/cli/tokens", json!({ "name": list })).await;
            seeds.add("tokens", &minted["id"]);
            seeds.add(list, &minted["token"]);
        }
        seeds.add("live tokens", &json!("cm_pat_unknown"));
        server.session(&who).await;
        let sessions = server.with(&seeds.token, "GET /api/my/cli/sessions", "").await.json();
        let mut sessions = sessions["data"].as_array().expect("a list").iter();
        let other = sessions.find(|session| session["current"] == false);
        seeds.add("sessions", &other.expect("the second")["id"]);
        for list in ["codes to see", "codes to approve", "codes to deny"] {
            for _ in 0..2 {
                let codes = server.ask().await;
                seeds.add(list, &json!(codes.user));
                seeds.add("device codes", &json!(codes.device));
            }
        }
        for decision in [Decision::Approve, Decision::Deny] {
            let codes = server.ask().await;
            server.settle(&codes, &who, decision).await;
            seeds.add("device codes", &json!(codes.device));
        }
        for path in ["", "/mcp"] {
            seeds.add("resources", &json!(format!("http://{}{path}", server.host())));
        }
        seeds.add("passwords", &json!(PASSWORD));
        seeds.add("grants", &json!(DEVICE_CODE_GRANT));
        if admin {
            seeds.add("grants", &json!("client_credentials"));
            for list in ["clients", "spare clients"] {
                let body = json!({ "name": list, "scopes": ["mesh:read", "token:introspect"] });
                let client = seeds.make(server, "/api/admin/service-clients", body).await;
                seeds.add(list, &client["id"]);
                let text = |member: &str| client[member].as_str().expect("text").to_owned();
                seeds.client.get_or_insert((text("client_id"), text("client_secret")));
            }
        } else {
            seeds.add("clients", &json!(PUBLIC_CLIENT_ID));
        }
        seeds
    }

    /// Peers and tasks of a mesh in which others write, too.
    async fn at_work(&mut self, server: &TestServer, name: &str) {
        let mesh = self.lists["meshes"][0].clone();
        self.add("busy meshes", &json!(mesh));
        let within = |path: &str| format!("/api/my/meshes/{mesh}/{path}");
        for (list, number) in [("peers", 1), ("peers", 2), ("spare peers", 3), ("spare peers", 4)] {
            let id = format!("session-of-{name}-{number:016}");
            let peer = self.make(server, &within("peers"), json!({ "id": id })).await;
            self.add(list, &peer["id"]);
            self.add("addresses", &peer["name"]);
        }
        self.add("addresses", &json!("*"));
        for list in ["open tasks", "claimed tasks", "spare tasks"] {
            for _ in 0..4 {
                let task = self.make(server, &within("tasks"), json!({ "title": list })).await;
                let number = task["number"].to_string();
                if list == "claimed tasks" {
                    let claim = within(&format!("tasks/{number}/claim"));
                    server.with(&self.token, &format!("POST {claim}"), "{}").await.is(200);
                }
                self.add(list, &json!(number));
            }
        }
        let new = json!({ "to": "*", "text": "hello", "kind": "ask" });
        self.make(server, &within("messages"), new).await;
    }

    async fn make(&self, server: &TestServer, path: &str, body: Value) -> Value {
        let line = format!("POST {path}");
        server.with(&self.token, &line, &body.to_string()).await.is(201).json()
    }

    fn add(&mut self, list: &'static str, value: &Value) {
        let value = value.as_str().unwrap_or_else(|| panic!("{list}: {value}"));
        self.lists.entry(list).or_default().push(value.to_owned());
    }

    /// The settings of a run that asks with `token`, or with none.
    fn settings(&self, token: Option<&Secret>) -> String {
        let mut text = SETTINGS.to_owned();
        if let Some(token) = token {
            let _ = writeln!(text, "[auth.openapi.bearer]\nbearer = {:?}", token.expose());
        }
        if let Some((id, secret)) = self.client.as_ref().filter(|_| token.is_some()) {
            let _ = writeln!(text, "[auth.openapi.client]\nusername = {id:?}");
            let _ = writeln!(text, "password = {secret:?}");
        }
        for (list, values) in &self.lists {
            // What is a number in a path is one here.
            let is_number = list.ends_with("tasks");
            let values = values
                .iter()
                .map(|value| if is_number { value.clone() } else { format!("{value:?}") });
            let values = values.collect::<Vec<_>>().join(", ");
            let _ = writeln!(text, "[dictionaries.{list:?}]\nvalues = [{values}]");
        }
        let mut filled: BTreeMap<&str, Vec<String>> = BTreeMap::new();
        for (operation, place, list) in FILLED {
            if self.lists.contains_key(list) {
                let from = format!("{place:?} = {{ dictionary = {list:?}, probability = 0.9 }}");
                filled.entry(operation).or_default().push(from);
            }
        }
        for (operation, from) in filled {
            let _ = writeln!(text, "[[operations]]\ninclude-operation-id = {operation:?}");
            let _ = writeln!(text, "parameters = {{ {} }}", from.join(", "));
        }
        text
    }
}

/// The same requests each time: a fault that was found is found again.
const SETTINGS: &str = r#"
color = false
continue-on-failure = true
workers = 1

[generation]
deterministic = true
database = "none"
max-examples = 10

[cache]
enabled = false

# What a schema cannot say (no such code, the last administrator) is refused.
[checks.positive_data_acceptance]
enabled = false

[phases.examples]
enabled = false

# What is wrong in every way there is; then much that is right.
[phases.fuzzing.generation]
mode = "positive"

[phases.stateful]
enabled = false

"#;

/// Statuses that each operation answered with.
type Answered = BTreeMap<String, BTreeSet<u64>>;

/// One run of schemathesis.
struct Run {
    who: &'static str,
    settings: String,
    /// Which operations, which phases.
    which: Vec<String>,
}

impl Run {
    fn new(who: &'static str, settings: String, which: &[&str]) -> Self {
        let which = which.iter().map(|&argument| argument.to_owned()).collect();
        Self { who, settings, which }
    }

    /// Those whose name is in `names`, or all but those.
    fn but(mut self, how: &str, names: &[&str]) -> Self {
        self.which.extend(names.iter().map(|name| format!("--{how}-operation-id={name}")));
        self
    }

    /// Runs it against `url`.
    async fn ask(self, url: &str, description: &Path) -> Answered {
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::write(folder.path().join("settings.toml"), &self.settings).expect("a file");
        let program = python::programs().expect("it was needed").join("st");
        let run = tokio::process::Command::new(program)
            .args(["--config-file", "settings.toml", "run", "--url", url])
            .args(["--report=ndjson", "--report-ndjson-path=asked"])
            .args(self.which)
            .arg(description)
            .current_dir(folder.path())
            .stdin(Stdio::null())
            .kill_on_drop(true)
            .output();
        let output = tokio::time::timeout(PATIENCE * 10, run).await;
        let output = output.expect("in time").expect("schemathesis runs");
        let said = String::from_utf8_lossy(&output.stdout);
        let more = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "asked by {}:\n{said}\n{more}", self.who);
        println!("asked by {}:\n{said}", self.who);
        answered(&std::fs::read_to_string(folder.path().join("asked")).expect("a report"))
    }
}

/// What a report (a JSON text a line) tells of answers.
fn answered(report: &str) -> Answered {
    let mut answered = Answered::new();
    for line in report.lines().filter(|line| !line.is_empty()) {
        let event: Value = serde_json::from_str(line).expect("JSON");
        let recorder = &event["ScenarioFinished"]["recorder"];
        let interactions = recorder["interactions"].as_object().into_iter().flatten();
        for (_, interaction) in interactions {
            // What is undescribed on purpose counts for nobody.
            let method = interaction["request"]["method"].as_str().unwrap_or_default();
            let label = recorder["label"].as_str().unwrap_or_default();
            if let (true, Some(status)) =
                (label.starts_with(method), interaction["response"]["status_code"].as_u64())
            {
                answered.entry(label.to_owned()).or_default().insert(status);
            }
        }
    }
    answered
}

/// The description as it is served, with one addition: an answer has no member
/// that is not described. Clients must not count on that, but we do.
async fn strict(server: &TestServer) -> Value {
    let answer = server.request(&format!("GET {}", openapi::PATH), &[], "").await;
    let mut document = answer.is(200).json();
    let asked: BTreeSet<String> = operations(&document)
        .filter_map(|(_, operation)| operation["requestBody"]["content"].as_object())
        .flat_map(|kinds| kinds.values())
        .filter_map(|kind| Some(kind["schema"]["$ref"].as_str()?.to_owned()))
        .collect();
    for (name, schema) in document["components"]["schemas"].as_object_mut().expect("schemas") {
        if !asked.contains(&format!("#/components/schemas/{name}")) {
            close(schema);
        }
    }
    document
}

fn close(schema: &mut Value) {
    if let Some(all) = schema.get_mut("oneOf").and_then(Value::as_array_mut) {
        all.iter_mut().for_each(close);
    }
    if schema["properties"].is_object() {
        schema["additionalProperties"] = false.into();
    }
}

/// Every operation of a description, as schemathesis calls it.
fn operations(document: &Value) -> impl Iterator<Item = (String, &Value)> {
    let paths = document["paths"].as_object().expect("paths").iter();
    paths.flat_map(|(path, methods)| {
        let methods = methods.as_object().expect("methods").iter();
        methods.map(move |(method, operation)| {
            (format!("{} {path}", method.to_uppercase()), operation)
        })
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn no_answer_is_undescribed() {
    if !need("schemathesis") {
        return;
    }
    let mut config = Config::in_memory();
    // A short hold is answered as a long one is, and nobody waits for it.
    config.longest_hold = Duration::from_millis(20);
    let server = TestServer::of(config).await;
    let document = strict(&server).await;
    let folder = tempfile::tempdir().expect("a folder");
    let description = folder.path().join("openapi.json");
    std::fs::write(&description, document.to_string()).expect("a file");
    let url = format!("http://{}", server.host());

    // Each has what is theirs, so that no run takes away what another needs.
    let people = ["Nob", "Pip", "Ana"].into_iter().chain(LAST);
    let mut seeds = BTreeMap::new();
    for name in people {
        seeds.insert(name, Seeds::of(&server, name, false).await);
    }
    let root = Seeds::of(&server, "Root", true).await;
    let as_themselves = |name: &'static str, which: &[&str]| {
        Run::new(name, seeds[name].settings(Some(&seeds[name].token)), which)
    };
    let narrow = json!({ "name": "narrow", "scopes": ["mesh:read"] }).to_string();
    let narrow = server.pat(&seeds["Pip"].token, &narrow).await;
    let tags = ["about", "oauth", "cli", "invites"].map(|tag| format!("--include-tag={tag}"));
    let tags: Vec<_> = tags.iter().map(String::as_str).collect();
    let mut runs = vec![
        as_themselves("Ana", &[]).but("exclude", &LAST),
        Run::new("nobody", seeds["Nob"].settings(None), &tags),
        Run::new(
            "a narrow token",
            seeds["Pip"].settings(Some(&narrow)),
            &["--phases=fuzzing", "--max-examples=3"],
        )
        .but("exclude", &LAST),
        Run::new("Root", root.settings(Some(&root.token)), &["--include-tag=admin"]),
    ];
    runs.extend(LAST.map(|last| as_themselves(last, &[]).but("include", &[last])));
    // Before anybody who sees all clients takes one away.
    let as_client = Run::new("Root's client", root.settings(Some(&root.token)), &[])
        .but("include", &["token", "authorizeDevice", "introspect", "revoke"]);
    let mut all = vec![as_client.ask(&url, &description).await];
    all.extend(join_all(runs.into_iter().map(|run| run.ask(&url, &description))).await);
    for token in [&seeds["Ana"].token, &root.token] {
        server.with(token, "GET /api/my/profile", "").await.is(200);
    }

    // Nothing was described that was never reached: each operation succeeded.
    let mut unreached = Vec::new();
    for (label, operation) in operations(&document) {
        let statuses = all.iter().filter_map(|answered| answered.get(&label)).flatten();
        let mut successes = statuses.filter(|status| **status < 300);
        if successes.next().is_none() && operation["operationId"] != "changePassword" {
            unreached.push(label);
        }
    }
    assert!(unreached.is_empty(), "never succeeded: {unreached:#?}");
}

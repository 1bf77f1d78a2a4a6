//! The API against its own description: the same routes in both, and no answer
//! that is not described. The second is schemathesis's to find out: it makes up
//! requests, right and wrong ones, from the description that the instance
//! serves, and compares the answers with it.

mod seeds;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use crewmesh::server::Config;
use crewmesh::server::domain::scopes;
use crewmesh::server::http::openapi;
use crewmesh::server::router::router;
use futures_util::future::join_all;
use serde_json::{Value, json};

use self::seeds::Seeds;
use super::TestServer;
use crate::support::github_device::GitHubDevice;
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

/// What could end the token of a run, or take away whom others need: asked by others.
const LAST: [&str; 4] = ["removeMember", "revokeSession", "revokeCurrentSession", "revokeSessions"];

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
    let github = GitHubDevice::start();
    config.providers = github.providers();
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

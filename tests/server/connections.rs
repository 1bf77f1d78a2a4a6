//! What people connected at AI providers: kept sealed, given to a machine that starts an
//! agent, and to nobody else.

use crewmesh::secret::Secret;
use crewmesh::server::{Config, Database};
use serde_json::{Value, json};

use super::{Answer, TestServer};

const PROVIDERS: &str = "/api/my/providers";
const DAY: i64 = 86_400_000;

async fn connect(server: &TestServer, token: &Secret, new: Value) -> Answer {
    server.with(token, &format!("POST {PROVIDERS}"), &new.to_string()).await
}

async fn lease(server: &TestServer, token: &Secret, wanted: &str) -> Answer {
    let body = json!({ "machine": "lab", "agent": "claude" }).to_string();
    server.with(token, &format!("POST {PROVIDERS}/{wanted}/lease"), &body).await
}

async fn listed(server: &TestServer, token: &Secret) -> Vec<Value> {
    let list = server.with(token, &format!("GET {PROVIDERS}"), "").await.is(200).json();
    let rows = list["data"].as_array().expect("a list").clone();
    assert_eq!(list["total"], rows.len());
    rows
}

fn key(provider: &str, label: &str, secret: &str) -> Value {
    json!({
        "provider": provider, "label": label, "way": "token", "kind": "api_key", "secret": secret,
    })
}

/// An instance on a disk, and that disk.
async fn on_disk() -> (TestServer, tempfile::TempDir) {
    let home = tempfile::tempdir().expect("a folder");
    let mut config = Config::in_memory();
    config.database = Database::in_home(home.path());
    (TestServer::of(config).await, home)
}

#[tokio::test]
async fn what_opens_it_is_seen_in_a_lease_alone() {
    let (server, home) = on_disk().await;
    let ana = server.session(&server.account("Ana").await).await;
    let secret = "sk-ant-api03-only-in-a-lease";
    let new = json!({
        "provider": "anthropic", "way": "token", "kind": "api_key", "secret": secret,
        "holder": "Acme\u{7} Inc.", "verified": true,
    });
    let made = connect(&server, &ana, new).await.is(201).json();
    assert_eq!(made["last_four"], "ease");
    assert_eq!((&made["default"], &made["holder"]), (&json!(true), &json!("Acme Inc.")));
    assert!(made["verified_at"].is_string() && made["last_used_at"].is_null(), "{made}");
    let id = made["id"].as_str().expect("an id").to_owned();

    // By its id, and by its provider's name.
    for wanted in [id.as_str(), "anthropic"] {
        let given = lease(&server, &ana, wanted).await.is(201).json();
        assert_eq!((&given["secret"], &given["id"]), (&json!(secret), &json!(id)));
        assert!(given["expires_at"].as_str() > given["created_at"].as_str());
    }
    lease(&server, &ana, "openai").await.says_no(404, "not_found");

    let list = listed(&server, &ana).await;
    assert_eq!(list[0]["uses"].as_array().expect("a list").last(), Some(&json!(2)));
    assert_eq!(list[0]["uses"].as_array().expect("a list").len(), 30);
    assert!(list[0]["last_used_at"].is_string());
    server.clock.advance(2 * DAY);
    lease(&server, &ana, &id).await.is(201);
    let uses = listed(&server, &ana).await[0]["uses"].as_array().expect("a list")[27..].to_vec();
    assert_eq!(uses, [json!(2), json!(0), json!(1)]);

    let audit = server.with(&ana, "GET /api/my/audit", "").await.is(200).json();
    let leased = audit["data"].as_array().expect("a list").iter();
    let leased: Vec<_> = leased.filter(|event| event["action"] == "provider.leased").collect();
    let told = json!({ "provider": "anthropic", "machine": "lab", "agent": "claude" });
    assert!(leased.len() == 3 && leased.iter().all(|event| event["meta"] == told), "{leased:?}");
    let seen = [audit.to_string(), json!(list).to_string(), made.to_string()].concat();
    assert!(!seen.contains("only-in-a"), "{seen}");
    // Nor is it in the database, its log, or anything beside it.
    server.running.stop().await;
    for file in std::fs::read_dir(home.path()).expect("it is there") {
        let path = file.expect("an entry").path();
        if path.is_file() {
            let bytes = std::fs::read(&path).expect("it can be read");
            assert!(!bytes.windows(9).any(|part| part == b"only-in-a"), "{}", path.display());
        }
    }
    #[cfg(unix)]
    if let Some(dump) = super::on_postgres::dumped() {
        assert!(dump.contains("anthropic") && !dump.contains("only-in-a"));
    }
}

/// What is not told any more is not kept.
#[tokio::test]
async fn uses_go_once_nobody_is_told_of_them() {
    let (server, _home) = on_disk().await;
    let ana = server.session(&server.account("Ana").await).await;
    connect(&server, &ana, key("openai", "", "sk-1")).await.is(201);
    lease(&server, &ana, "openai").await.is(201);
    server.clock.advance(20 * DAY);
    lease(&server, &ana, "openai").await.is(201);
    server.clock.advance(12 * DAY);
    let state = server.running.state();
    assert!(state.store.sweep(state.now(), 30).await.expect("it is there") >= 1);
    assert_eq!(server.sql("DELETE FROM connection_uses").await, Ok(1), "that of 12 days ago");
}

#[tokio::test]
async fn several_at_a_provider_are_told_apart_and_one_is_meant() {
    let server = TestServer::new().await;
    let ana = server.session(&server.account("Ana").await).await;
    let first = connect(&server, &ana, key("openai", "", "sk-1")).await.is(201).text("id");
    let second = connect(&server, &ana, key("openai", "work", "sk-2")).await.is(201).json();
    assert_eq!(second["default"], false);
    assert_eq!(lease(&server, &ana, "openai").await.text("secret"), "sk-1");

    // Connected anew it is the same one.
    let again = connect(&server, &ana, key("openai", "", "sk-3")).await.is(200).json();
    assert_eq!((again["id"].as_str(), &again["default"]), (Some(&*first), &json!(true)));
    assert_eq!(lease(&server, &ana, "openai").await.text("secret"), "sk-3");
    assert_eq!(listed(&server, &ana).await.len(), 2);

    // When that is gone, the other is meant.
    server.with(&ana, &format!("DELETE {PROVIDERS}/{first}"), "").await.is(204);
    assert_eq!(lease(&server, &ana, "openai").await.text("secret"), "sk-2");
    let last = second["id"].as_str().expect("an id");
    server.with(&ana, &format!("DELETE {PROVIDERS}/{last}"), "").await.is(204);
    lease(&server, &ana, "openai").await.says_no(404, "not_found");
    server.with(&ana, &format!("DELETE {PROVIDERS}/{last}"), "").await.says_no(404, "not_found");
    assert!(listed(&server, &ana).await.is_empty());
}

#[tokio::test]
async fn what_a_token_may_not_connect_it_may_still_use() {
    let server = TestServer::new().await;
    let ana = server.session(&server.account("Ana").await).await;
    let id = connect(&server, &ana, key("openai", "", "sk-1")).await.is(201).text("id");
    let new = json!({ "name": "ci", "scopes": ["provider:use"] }).to_string();
    let ci = server.pat(&ana, &new).await;
    assert_eq!(lease(&server, &ci, "openai").await.is(201).text("secret"), "sk-1");
    connect(&server, &ci, key("openai", "", "sk-2")).await.says_no(403, "step_up_required");
    let end = format!("DELETE {PROVIDERS}/{id}");
    server.with(&ci, &end, "").await.says_no(403, "step_up_required");
    // Somebody else's is not there.
    let ben = server.session(&server.account("Ben").await).await;
    lease(&server, &ben, &id).await.says_no(404, "not_found");
}

#[tokio::test]
async fn what_was_changed_or_copied_does_not_open() {
    let (server, _home) = on_disk().await;
    let ana = server.session(&server.account("Ana").await).await;
    let ben = server.session(&server.account("Ben").await).await;
    connect(&server, &ana, key("openai", "", "sk-1")).await.is(201);
    connect(&server, &ben, key("openai", "", "sk-2")).await.is(201);
    connect(&server, &ana, key("mistral", "", "k-3")).await.is(201);
    let copied = "UPDATE connections SET sealed =
         (SELECT other.sealed FROM connections other WHERE other.last_four = 'sk-1')
         WHERE last_four = 'sk-2'";
    assert_eq!(server.sql(copied).await, Ok(1));
    lease(&server, &ben, "openai").await.says_no(409, "connection_unopened");
    // The row itself goes to somebody else, or says that it is for another provider.
    let moved = "UPDATE connections SET provider = 'anthropic' WHERE last_four = 'sk-1'";
    assert_eq!(server.sql(moved).await, Ok(1));
    lease(&server, &ana, "anthropic").await.says_no(409, "connection_unopened");
    let spoiled = "UPDATE connections SET sealed = 'v1.x.AAAA' WHERE last_four = 'k-3'";
    assert_eq!(server.sql(spoiled).await, Ok(1));
    let refused = lease(&server, &ana, "mistral").await;
    refused.says_no(409, "connection_unopened");
    assert!(refused.text("message").contains("another instance key"), "{refused:?}");
    // Nothing of that counts as a use, and connected again it is whole.
    assert!(listed(&server, &ana).await.iter().all(|row| row["last_used_at"].is_null()));
    connect(&server, &ana, key("mistral", "", "k-4")).await.is(200);
    assert_eq!(lease(&server, &ana, "mistral").await.is(201).text("secret"), "k-4");
}

#[tokio::test]
async fn a_model_server_of_ones_own_needs_an_address_and_no_key() {
    let server = TestServer::new().await;
    let ana = server.session(&server.account("Ana").await).await;
    let own = |endpoint: &str| json!({ "provider": "ollama", "way": "endpoint", "kind": "api_key", "endpoint": endpoint });
    let made = connect(&server, &ana, own("http://10.0.0.7:11434/")).await.is(201).json();
    assert_eq!(made["endpoint"], "http://10.0.0.7:11434");
    let given = lease(&server, &ana, "ollama").await.is(201).json();
    assert!(given["secret"].is_null() && given["endpoint"] == "http://10.0.0.7:11434", "{given}");
    let wrong = [
        "",
        "ollama",
        "file:///etc/passwd",
        "http://",
        "http://me:word@host/",
        "http://h/?key=x",
        "http://h/#x",
    ];
    for endpoint in wrong {
        connect(&server, &ana, own(endpoint)).await.says_no(400, "invalid_request");
    }
}

#[tokio::test]
async fn what_no_provider_gives_out_is_not_kept() {
    let server = TestServer::new().await;
    let ana = server.session(&server.account("Ana").await).await;
    let long = "x".repeat(8 * 1_024 + 1);
    for secret in ["", " sk-1", "sk 1", "sk-1\n", "\u{feff}sk-1", "clé", &long] {
        let refused = connect(&server, &ana, key("openai", "", secret)).await;
        refused.says_no(400, "invalid_request");
        assert!(secret.is_empty() || !refused.body.contains(secret), "it says it again");
    }
    for provider in ["", "Open AI", "../x"] {
        connect(&server, &ana, key(provider, "", "sk-1")).await.says_no(400, "invalid_request");
    }
    let mut without = key("openai", "", "");
    without["secret"] = Value::Null;
    connect(&server, &ana, without).await.says_no(400, "invalid_request");
    assert!(listed(&server, &ana).await.is_empty());
    for number in 0..100 {
        let one = key("openai", &format!("number {number}"), "sk-1");
        connect(&server, &ana, one).await.is(201);
    }
    let more = connect(&server, &ana, key("openai", "one more", "sk-1")).await;
    more.says_no(409, "connections_full");
    connect(&server, &ana, key("openai", "number 7", "sk-2")).await.is(200);
}

super::on_postgres::on_postgres!(
    what_opens_it_is_seen_in_a_lease_alone,
    uses_go_once_nobody_is_told_of_them,
    several_at_a_provider_are_told_apart_and_one_is_meant,
    what_a_token_may_not_connect_it_may_still_use,
    what_was_changed_or_copied_does_not_open,
    a_model_server_of_ones_own_needs_an_address_and_no_key,
    what_no_provider_gives_out_is_not_kept,
);

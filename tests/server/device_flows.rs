//! Signing in at a provider by device code: the instance polls, at the provider's pace and
//! one node of all, and whatever comes of it is kept once or not at all.

use crewmesh::environment::Environment;
use crewmesh::secret::Secret;
use crewmesh::server::clock::Clock;
use crewmesh::server::providers::Providers;
use crewmesh::server::{Config, Database};
use serde_json::{Value, json};

use super::{Answer, HOUR, TestServer};
use crate::support::github_device::{Decision, Fault, GitHubDevice, USER_CODE, Useless};

const START: &str = "POST /api/device-flow/github/start";
const SECOND: i64 = 1_000;

/// Nodes on one database, with a client at `github` and its `secret`, if it has one.
async fn nodes(
    count: usize,
    github: &GitHubDevice,
    secret: Option<&str>,
) -> (Vec<TestServer>, tempfile::TempDir) {
    let home = tempfile::tempdir().expect("a folder");
    let mut pairs = github.variables().to_vec();
    pairs.extend(secret.map(|secret| ("CREWMESH_PROVIDER_GITHUB_CLIENT_SECRET", secret)));
    let providers = Providers::new(None, &Environment::of(pairs.into_iter().collect()));
    let clock = Clock::standing();
    let mut nodes = Vec::new();
    for _ in 0..count {
        let mut config = Config::in_memory();
        config.database = Database::in_home(home.path());
        config.clock = clock.clone();
        config.providers = providers.clone();
        nodes.push(TestServer::of(config).await);
    }
    (nodes, home)
}

/// Somebody signed in at an instance with a client at `github`.
async fn ana(github: &GitHubDevice) -> (TestServer, Secret, tempfile::TempDir) {
    let (mut nodes, home) = nodes(1, github, None).await;
    let server = nodes.remove(0);
    let ana = server.session(&server.account("Ana").await).await;
    (server, ana, home)
}

async fn begun(server: &TestServer, token: &Secret) -> String {
    server.with(token, START, "{}").await.is(201).text("id")
}

async fn look(server: &TestServer, token: &Secret, id: &str) -> Answer {
    server.with(token, &format!("GET /api/device-flow/status/{id}"), "").await
}

async fn state(server: &TestServer, token: &Secret, id: &str) -> String {
    look(server, token, id).await.is(200).text("state")
}

async fn connections(server: &TestServer, token: &Secret) -> Value {
    server.with(token, "GET /api/my/providers", "").await.is(200).json()["data"].clone()
}

#[tokio::test]
async fn whoever_approves_is_connected_and_the_token_is_seen_nowhere() {
    let github = GitHubDevice::start();
    let (server, ana, _home) = ana(&github).await;
    let offers = server.with(&ana, "GET /api/device-flow", "").await.is(200).json();
    assert_eq!(offers["data"], json!([{ "provider": "github" }]));
    let flow = server.with(&ana, START, r#"{"label":"work"}"#).await.is(201).json();
    assert_eq!((&flow["user_code"], &flow["state"]), (&json!(USER_CODE), &json!("pending")));
    assert_eq!(flow["verification_uri"], "https://github.com/login/device");
    let id = flow["id"].as_str().expect("an id");

    // Not before its pace, however often somebody looks.
    assert_eq!(state(&server, &ana, id).await, "pending");
    assert_eq!(github.is().polled, 0);
    for asked in 1..=3 {
        server.clock.advance(SECOND);
        assert_eq!(state(&server, &ana, id).await, "pending");
        assert_eq!(state(&server, &ana, id).await, "pending");
        assert_eq!(github.is().polled, asked);
    }
    github.is().decision = Decision::Approved;
    server.clock.advance(SECOND);
    let flow = look(&server, &ana, id).await.is(200).json();
    let connection = &flow["connection"];
    assert_eq!((&flow["state"], &connection["way"]), (&json!("connected"), &json!("device")));
    assert_eq!((&connection["holder"], &connection["label"]), (&json!("anagil"), &json!("work")));
    assert!(connection["verified_at"].is_string() && connection["default"] == true, "{flow}");
    assert_eq!(look(&server, &ana, id).await.is(200).json(), flow, "it stays so");
    assert_eq!(github.is().polled, 4);

    let lease = server.with(&ana, "POST /api/my/providers/github/lease", "{}").await;
    assert_eq!(lease.is(201).text("secret"), github.good());
    let audit = server.with(&ana, "GET /api/my/audit", "").await.body;
    assert!(audit.contains("provider.connected") && audit.contains("\"device\""), "{audit}");
    for told in [flow.to_string(), audit, connections(&server, &ana).await.to_string()] {
        assert!(!told.contains("gho_") && !told.contains("standin"), "{told}");
    }
}

#[tokio::test]
async fn where_there_is_no_client_nobody_signs_in_so() {
    let server = TestServer::new().await;
    let ana = server.session(&server.account("Ana").await).await;
    server.with(&ana, "POST /api/device-flow/nowhere/start", "{}").await.is(404);
    let github = GitHubDevice::start();
    let pairs = [("CREWMESH_PROVIDER_GITHUB_ADDRESS", github.url.as_str())];
    let mut config = Config::in_memory();
    config.providers = Providers::new(None, &Environment::of(pairs.into_iter().collect()));
    let server = TestServer::of(config).await;
    let ana = server.session(&server.account("Ana").await).await;
    assert_eq!(server.with(&ana, "GET /api/device-flow", "").await.is(200).json()["total"], 0);
    assert_eq!(server.with(&ana, START, "{}").await.is(409).text("error"), "way_not_offered");
}

#[tokio::test]
async fn a_provider_that_gives_no_code_is_told_in_its_own_words() {
    let github = GitHubDevice::start();
    let (server, ana, _home) = ana(&github).await;
    github.is().is_off = true;
    let refused = server.with(&ana, START, "{}").await;
    assert_eq!(refused.is(409).text("error"), "provider_failed");
    assert!(refused.text("message").contains("must be explicitly enabled"), "{refused:?}");
}

#[tokio::test]
async fn what_is_decided_there_ends_it() {
    for (decision, word) in [(Decision::Denied, "denied"), (Decision::Expired, "expired")] {
        let github = GitHubDevice::start();
        let (server, ana, _home) = ana(&github).await;
        let id = begun(&server, &ana).await;
        github.is().decision = decision;
        server.clock.advance(SECOND);
        assert_eq!(state(&server, &ana, &id).await, word);
        server.clock.advance(HOUR);
        assert_eq!(state(&server, &ana, &id).await, word);
        assert_eq!(github.is().polled, 1, "nobody asks about what is decided");
        assert_eq!(connections(&server, &ana).await, json!([]));
    }
}

#[tokio::test]
async fn a_code_is_asked_about_once_more_after_its_end() {
    let github = GitHubDevice::start();
    let (server, ana, _home) = ana(&github).await;
    let late = begun(&server, &ana).await;
    server.clock.advance(HOUR);
    github.is().decision = Decision::Approved;
    assert_eq!(state(&server, &ana, &late).await, "connected", "approved just before");
    github.is().decision = Decision::None;
    let over = begun(&server, &ana).await;
    server.clock.advance(HOUR);
    assert_eq!(state(&server, &ana, &over).await, "expired");
    // Whoever does not answer is not waited for, for ever.
    let silent = begun(&server, &ana).await;
    github.is().faults.push_back(Fault::Status(503));
    server.clock.advance(HOUR);
    assert_eq!(state(&server, &ana, &silent).await, "expired");
}

#[tokio::test]
async fn a_fault_is_no_decision_and_the_provider_sets_the_pace() {
    let github = GitHubDevice::start();
    let (server, ana, _home) = ana(&github).await;
    let id = begun(&server, &ana).await;
    let faults = [Fault::Html, Fault::Status(503), Fault::SlowDown(12), Fault::SlowDown(0)];
    github.is().faults.extend(faults);
    // Whoever does not answer is given twice the time each time.
    for (trouble, wait) in [(true, SECOND), (true, SECOND), (false, 2 * SECOND)] {
        server.clock.advance(wait - SECOND);
        assert_eq!(state(&server, &ana, &id).await, "pending");
        server.clock.advance(SECOND);
        let flow = look(&server, &ana, &id).await.is(200).json();
        assert_eq!((&flow["state"], flow["trouble"].is_string()), (&json!("pending"), trouble));
    }
    server.clock.advance(11 * SECOND);
    assert_eq!(state(&server, &ana, &id).await, "pending");
    assert_eq!(github.is().polled, 3, "twelve seconds are not over");
    server.clock.advance(SECOND);
    assert_eq!(state(&server, &ana, &id).await, "pending");
    assert_eq!(github.is().polled, 4);
    // It did not say which pace, so five seconds more.
    server.clock.advance(16 * SECOND);
    assert_eq!(state(&server, &ana, &id).await, "pending");
    assert_eq!(github.is().polled, 4);
    github.is().decision = Decision::Approved;
    server.clock.advance(SECOND);
    assert_eq!(state(&server, &ana, &id).await, "connected");
}

#[tokio::test]
async fn what_will_not_mend_ends_it_with_the_reason() {
    // The app has a secret that nobody gave.
    let github = GitHubDevice::start();
    let (server, ana, _home) = ana(&github).await;
    let id = begun(&server, &ana).await;
    github.is().secret = Some("of-the-app");
    server.clock.advance(SECOND);
    let flow = look(&server, &ana, &id).await.is(200).json();
    assert_eq!(
        (&flow["state"], &flow["trouble"]),
        (&json!("failed"), &json!("incorrect_client_credentials"))
    );
    // What it gave it does not let in itself, or it cannot be sent.
    github.is().secret = None;
    github.is().decision = Decision::Approved;
    for useless in [Useless::NotLetIn, Useless::NoToken] {
        github.is().useless = Some(useless);
        let id = begun(&server, &ana).await;
        server.clock.advance(SECOND);
        assert_eq!(state(&server, &ana, &id).await, "failed", "{useless:?}");
        assert_eq!(connections(&server, &ana).await, json!([]));
    }
    // Sealed under a key that opens nothing any more.
    github.is().useless = None;
    let id = begun(&server, &ana).await;
    server.sql("UPDATE device_flows SET code_sealed = 'v1.x.y'").await.expect("done");
    server.clock.advance(SECOND);
    assert_eq!(state(&server, &ana, &id).await, "failed");
    // What cannot renew it is left out.
    github.is().useless = Some(Useless::RefreshToken);
    github.is().expires = true;
    let id = begun(&server, &ana).await;
    server.clock.advance(SECOND);
    assert_eq!(state(&server, &ana, &id).await, "connected");
    assert!(connections(&server, &ana).await[0]["good_until"].is_string());
}

#[tokio::test]
async fn where_there_is_no_room_nobody_is_sent_to_sign_in() {
    let github = GitHubDevice::start();
    let (server, ana, _home) = ana(&github).await;
    let id = begun(&server, &ana).await;
    for number in 0..100 {
        let new = json!({
            "provider": "openai", "way": "token", "kind": "api_key", "secret": "sk-x",
            "label": number.to_string(),
        });
        server.with(&ana, "POST /api/my/providers", &new.to_string()).await.is(201);
    }
    server.with(&ana, START, "{}").await.says_no(409, "connections_full");
    // It is full by the time that somebody approved.
    github.is().decision = Decision::Approved;
    server.clock.advance(SECOND);
    let flow = look(&server, &ana, &id).await.is(200).json();
    assert_eq!((&flow["state"], &flow["trouble"]), (&json!("failed"), &json!("no_room")));
}

#[tokio::test]
async fn of_all_who_look_at_once_one_asks_and_any_node_goes_on() {
    let github = GitHubDevice::start();
    let (mut nodes, _home) = nodes(3, &github, None).await;
    let ana = nodes[0].session(&nodes[0].account("Ana").await).await;
    let id = begun(&nodes[0], &ana).await;
    for asked in 1..=3 {
        nodes[0].clock.advance(SECOND);
        let looks = (0..20).map(|number| look(&nodes[number % 3], &ana, &id));
        for answer in futures_util::future::join_all(looks).await {
            assert_eq!(answer.is(200).text("state"), "pending");
        }
        assert_eq!(github.is().polled, asked);
    }
    // The node at which it began is gone.
    drop(nodes.remove(0));
    github.is().decision = Decision::Approved;
    nodes[0].clock.advance(SECOND);
    let looks = (0..20).map(|number| look(&nodes[number % 2], &ana, &id));
    for answer in futures_util::future::join_all(looks).await {
        answer.is(200);
    }
    assert_eq!(state(&nodes[1], &ana, &id).await, "connected");
    assert_eq!(github.is().polled, 4);
    assert_eq!(connections(&nodes[0], &ana).await.as_array().map(Vec::len), Some(1));
}

#[tokio::test]
async fn it_is_whose_it_is_and_takes_a_person() {
    let github = GitHubDevice::start();
    let (server, ana, _home) = ana(&github).await;
    let id = begun(&server, &ana).await;
    let ben = server.session(&server.account("Ben").await).await;
    look(&server, &ben, &id).await.is(404);
    server.with(&ben, &format!("DELETE /api/device-flow/{id}"), "").await.is(404);
    let token = server.pat(&ana, r#"{"name":"ci","scopes":["provider:use"]}"#).await;
    for (request, body) in [
        (START.to_owned(), "{}"),
        (format!("GET /api/device-flow/status/{id}"), ""),
        (format!("DELETE /api/device-flow/{id}"), ""),
    ] {
        let refused = server.with(&token, &request, body).await;
        assert_eq!(refused.is(403).text("error"), "step_up_required", "{request}");
    }
    server.with(&ana, &format!("DELETE /api/device-flow/{id}"), "").await.is(204);
    look(&server, &ana, &id).await.is(404);
    assert_eq!(github.is().polled, 0);
}

#[tokio::test]
async fn another_of_the_same_label_takes_its_place_and_there_are_not_many() {
    let github = GitHubDevice::start();
    let (server, ana, _home) = ana(&github).await;
    let first = begun(&server, &ana).await;
    let second = begun(&server, &ana).await;
    look(&server, &ana, &first).await.is(404);
    assert_eq!(state(&server, &ana, &second).await, "pending");
    for number in 1..10 {
        server.with(&ana, START, &json!({ "label": number.to_string() }).to_string()).await.is(201);
    }
    // The oldest makes room.
    server.with(&ana, START, r#"{"label":"one more"}"#).await.is(201);
    look(&server, &ana, &second).await.is(404);
    server.with(&ana, START, &json!({ "label": "x".repeat(101) }).to_string()).await.is(400);
}

#[tokio::test]
async fn what_was_given_up_while_the_provider_is_asked_is_not_kept() {
    let github = GitHubDevice::start();
    let (server, ana, _home) = ana(&github).await;
    let id = begun(&server, &ana).await;
    github.is().decision = Decision::Approved;
    github.hold(true);
    server.clock.advance(SECOND);
    let looks = look(&server, &ana, &id);
    let gives_up = async {
        github.until_polled(1).await;
        server.with(&ana, &format!("DELETE /api/device-flow/{id}"), "").await.is(204);
        github.hold(false);
    };
    let (looked, ()) = tokio::join!(looks, gives_up);
    looked.is(404);
    assert_eq!(connections(&server, &ana).await, json!([]));
}

#[tokio::test]
async fn an_answer_is_held_until_it_is_decided() {
    let github = GitHubDevice::start();
    let (server, ana, _home) = ana(&github).await;
    let id = begun(&server, &ana).await;
    let line = format!("GET /api/device-flow/status/{id}");
    let bearer = format!("Bearer {}", ana.expose());
    let headers = [("Authorization", bearer.as_str()), ("Prefer", "wait=25")];
    let (answer, ()) = tokio::join!(server.request(&line, &headers, ""), async {
        github.is().decision = Decision::Approved;
        // The pace passes meanwhile.
        server.clock.advance(2 * SECOND);
    });
    assert_eq!(answer.is(200).text("state"), "connected");
    assert_eq!(answer.header("preference-applied"), Some("wait=25"));
}

#[tokio::test]
async fn what_ends_is_renewed_for_the_client_it_was_given_to() {
    let github = GitHubDevice::start();
    github.is().expires = true;
    github.is().secret = Some("of-the-app");
    let (mut nodes, _home) = nodes(1, &github, Some("of-the-app")).await;
    let server = nodes.remove(0);
    let ana = server.session(&server.account("Ana").await).await;
    let id = begun(&server, &ana).await;
    github.is().decision = Decision::Approved;
    server.clock.advance(SECOND);
    assert_eq!(state(&server, &ana, &id).await, "connected");
    server.clock.advance(8 * HOUR);
    let lease = async || server.with(&ana, "POST /api/my/providers/github/lease", "{}").await;
    let first = lease().await.is(201).text("secret");
    assert_eq!(first, github.good());
    assert_eq!(github.is().renewed, 1);
    // GitHub says that in a reply of 200.
    server.clock.advance(8 * HOUR);
    github.is().renewed = 0;
    let id = connections(&server, &ana).await[0]["id"].clone();
    let again = begun(&server, &ana).await;
    server.clock.advance(SECOND);
    assert_eq!(state(&server, &ana, &again).await, "connected");
    assert_eq!(connections(&server, &ana).await[0]["id"], id, "connected anew");
    assert_eq!(lease().await.is(201).text("secret"), github.good());
}

super::on_postgres::on_postgres!(
    whoever_approves_is_connected_and_the_token_is_seen_nowhere,
    where_there_is_no_client_nobody_signs_in_so,
    a_provider_that_gives_no_code_is_told_in_its_own_words,
    what_is_decided_there_ends_it,
    a_code_is_asked_about_once_more_after_its_end,
    a_fault_is_no_decision_and_the_provider_sets_the_pace,
    what_will_not_mend_ends_it_with_the_reason,
    where_there_is_no_room_nobody_is_sent_to_sign_in,
    of_all_who_look_at_once_one_asks_and_any_node_goes_on,
    it_is_whose_it_is_and_takes_a_person,
    another_of_the_same_label_takes_its_place_and_there_are_not_many,
    what_was_given_up_while_the_provider_is_asked_is_not_kept,
    an_answer_is_held_until_it_is_decided,
    what_ends_is_renewed_for_the_client_it_was_given_to,
);

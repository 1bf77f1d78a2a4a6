//! Asking a provider how a connection is: what it says is kept, it is asked once a minute,
//! and what it lets in no more is over.

use crewmesh::environment::Environment;
use crewmesh::secret::Secret;
use crewmesh::server::Config;
use crewmesh::server::providers::Providers;
use serde_json::{Value, json};
use wiremock::matchers::any;
use wiremock::{Mock, MockServer, ResponseTemplate};

use super::{MINUTE, TestServer};

/// An instance that asks a stand-in in place of `provider`, and Ana's token.
async fn asking(provider: &str) -> (TestServer, MockServer, Secret) {
    let stand_in = MockServer::start().await;
    let name = format!("CREWMESH_PROVIDER_{}_ADDRESS", provider.to_uppercase());
    let pairs = [(name.as_str(), stand_in.uri())];
    let mut config = Config::in_memory();
    config.providers = Providers::new(None, &Environment::of(pairs.into_iter().collect()));
    let server = TestServer::of(config).await;
    let ana = server.session(&server.account("Ana").await).await;
    (server, stand_in, ana)
}

async fn answers(stand_in: &MockServer, status: u16, body: Value) {
    stand_in.reset().await;
    let answer = ResponseTemplate::new(status).set_body_json(body);
    Mock::given(any()).respond_with(answer).mount(stand_in).await;
}

async fn connected(server: &TestServer, token: &Secret, provider: &str) -> String {
    let new = json!({
        "provider": provider, "way": "token", "kind": "api_key", "secret": "sk-of-ana-4711",
    });
    let made = server.with(token, "POST /api/my/providers", &new.to_string()).await;
    made.is(201).text("id")
}

async fn check(server: &TestServer, token: &Secret, id: &str) -> Value {
    server.with(token, &format!("POST /api/my/providers/{id}/check"), "").await.is(200).json()
}

fn models() -> Value {
    json!({ "object": "list", "data": [] })
}

#[tokio::test]
async fn it_is_as_its_provider_says_and_that_is_asked_once_a_minute() {
    let (server, openai, ana) = asking("openai").await;
    let id = connected(&server, &ana, "openai").await;
    answers(&openai, 200, models()).await;
    let seen = check(&server, &ana, &id).await;
    assert_eq!((&seen["health"], &seen["last_four"]), (&json!("good"), &json!("4711")));
    assert!(seen["verified_at"].is_string() && seen["checked_at"].is_string(), "{seen}");
    assert!(seen["secret"].is_null() && !seen.to_string().contains("of-ana"), "{seen}");
    let asked = openai.received_requests().await.expect("they are kept");
    assert_eq!(asked[0].headers["authorization"], "Bearer sk-of-ana-4711");

    let nothing_left = json!({ "error": { "code": "insufficient_quota" } });
    answers(&openai, 429, nothing_left).await;
    assert_eq!(check(&server, &ana, &id).await["health"], "good", "within a minute");
    assert!(openai.received_requests().await.expect("they are kept").is_empty());
    server.clock.advance(2 * MINUTE);
    assert_eq!(check(&server, &ana, &id).await["health"], "poor");
    server.clock.advance(2 * MINUTE);
    answers(&openai, 503, json!({})).await;
    assert_eq!(check(&server, &ana, &id).await["health"], "down");
    let list = server.with(&ana, "GET /api/my/providers", "").await.is(200).json();
    assert_eq!(list["data"][0]["health"], "down", "it is kept: {list}");
    // Nobody's but hers.
    let eva = server.session(&server.account("Eva").await).await;
    let path = format!("POST /api/my/providers/{id}/check");
    server.with(&eva, &path, "").await.says_no(404, "not_found");
    server.with(&ana, "POST /api/my/providers/openai/check", "").await.says_no(404, "not_found");
}

#[tokio::test]
async fn what_is_let_in_no_more_is_over_until_it_is_connected_again() {
    let (server, openai, ana) = asking("openai").await;
    let id = connected(&server, &ana, "openai").await;
    answers(&openai, 401, json!({ "error": { "code": "invalid_api_key" } })).await;
    let seen = check(&server, &ana, &id).await;
    assert_eq!(seen["health"], "over");
    assert!(seen["revoked_at"].is_string(), "{seen}");
    let lease = format!("POST /api/my/providers/{id}/lease");
    server.with(&ana, &lease, "{}").await.says_no(409, "connection_revoked");
    assert_eq!(connected_again(&server, &ana).await["revoked_at"], Value::Null);
    server.with(&ana, &lease, "{}").await.is(201);
}

async fn connected_again(server: &TestServer, token: &Secret) -> Value {
    let new = json!({
        "provider": "openai", "way": "token", "kind": "api_key", "secret": "sk-another-4712",
    });
    let made = server.with(token, "POST /api/my/providers", &new.to_string()).await;
    let made = made.is(200).json();
    assert!(made["health"].is_null(), "of what was there before: {made}");
    made
}

#[tokio::test]
async fn what_is_left_is_told_where_the_provider_counts_it() {
    let (server, openrouter, ana) = asking("openrouter").await;
    let id = connected(&server, &ana, "openrouter").await;
    let key = json!({ "data": { "label": "x", "limit": 20, "limit_remaining": 12.5 } });
    answers(&openrouter, 200, key).await;
    let seen = check(&server, &ana, &id).await;
    assert_eq!((&seen["health"], &seen["left"]), (&json!("good"), &json!("12.5")));
    // A provider that nobody can ask.
    let id = connected(&server, &ana, "mine").await;
    assert_eq!(check(&server, &ana, &id).await["health"], "unknown");
}

super::on_postgres::on_postgres!(
    it_is_as_its_provider_says_and_that_is_asked_once_a_minute,
    what_is_let_in_no_more_is_over_until_it_is_connected_again,
    what_is_left_is_told_where_the_provider_counts_it,
);

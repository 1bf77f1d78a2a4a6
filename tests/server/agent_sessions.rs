//! The session of a code agent, which a signed-in device begins for it: it does the
//! person's own work, lets nobody in, and ends with the device's.

use crewmesh::api::scopes;
use crewmesh::secret::{Secret, TokenKind};
use serde_json::{Value, json};

use super::TestServer;

const BEGIN: &str = "POST /api/my/cli/sessions/agents";
const LIST: &str = "GET /api/my/cli/sessions";
const DAY: i64 = 86_400_000;

/// Begins one for an agent; its token.
async fn begun(server: &TestServer, device: &Secret) -> Secret {
    let answer = server.with(device, BEGIN, "{\"name\":\"claude\"}").await.is(201).json();
    let token = Secret::new(answer["token"].as_str().expect("a token"));
    assert_eq!(TokenKind::of(token.expose()), Ok(TokenKind::Agent));
    token
}

/// What is listed of `kind`: devices, or agents.
async fn listed(server: &TestServer, device: &Secret, agents: bool) -> Vec<Value> {
    let list = server.with(device, LIST, "").await.is(200).json();
    let rows = list["data"].as_array().expect("a list").clone();
    assert_eq!(list["total"], rows.len());
    rows.into_iter().filter(|row| row["parent"].is_string() == agents).collect()
}

#[tokio::test]
async fn it_does_the_persons_work_and_lets_nobody_in() {
    let server = TestServer::new().await;
    let root = server.account_of("Root", true).await;
    let device = server.session(&root).await;
    let answer = server.with(&device, BEGIN, "{\"name\":\" claude\\u0007 \"}").await.is(201).json();
    let given: Vec<_> = answer["scopes"].as_array().expect("a list").clone();
    let all: Vec<_> = scopes::ALL.into_iter().map(Value::from).collect();
    assert_eq!(given, all[..all.len() - 3], "all but the last three");
    let last = [scopes::PROVIDER_USE, scopes::TOKEN_MANAGE, scopes::ADMIN];
    assert_eq!(scopes::ALL[7..], last);
    let agent = Secret::new(answer["token"].as_str().expect("a token"));

    let profile = server.with(&agent, "GET /api/my/profile", "").await.is(200).json();
    assert_eq!((&profile["via"], &profile["token"]["name"]), (&json!("agent"), &json!("claude")));
    server.with(&agent, "POST /api/my/meshes", "{\"name\":\"Team\"}").await.is(201);
    // What it starts with was given to it: of what else is connected it sees nothing.
    let lease = "POST /api/my/providers/anthropic/lease";
    for (line, body) in [
        (LIST, ""),
        ("GET /api/admin/members", ""),
        ("GET /api/my/audit", ""),
        ("GET /api/my/providers", ""),
        (lease, "{}"),
    ] {
        server.with(&agent, line, body).await.says_no(403, "insufficient_scope");
    }
    // Whatever it is called, it is no person at a terminal.
    server.with(&agent, BEGIN, "{\"name\":\"x\"}").await.says_no(403, "step_up_required");
    let pat = server.pat(&device, "{\"name\":\"ci\"}").await;
    server.with(&pat, BEGIN, "{\"name\":\"x\"}").await.says_no(403, "step_up_required");
    server.with(&device, BEGIN, "{\"name\":\" \"}").await.says_no(400, "invalid_request");

    let audit = server.with(&device, "GET /api/my/audit", "").await.is(200).json();
    let events = audit["data"].as_array().expect("a list");
    let made = |action: &str, via: &str| {
        events.iter().any(|event| event["action"] == action && event["via"] == via)
    };
    assert!(made("mesh.created", "agent"), "{audit}");
    assert!(made("auth.cli.session.created", "session"), "{audit}");
}

#[tokio::test]
async fn it_ends_with_the_device_after_a_day_and_by_itself() {
    let server = TestServer::new().await;
    let ana = server.account("Ana").await;
    let (device, other) = (server.session(&ana).await, server.session(&ana).await);
    let is_live =
        async |token: &Secret| server.with(token, "GET /api/my/profile", "").await.status == 200;
    // By itself, which ends nothing else.
    let (first, second) = (begun(&server, &device).await, begun(&server, &device).await);
    server.with(&first, "DELETE /api/my/cli/sessions/current", "").await.is(204);
    assert!(!is_live(&first).await && is_live(&second).await && is_live(&device).await);
    // By its person, from another device.
    let rows = listed(&server, &other, true).await;
    let devices = listed(&server, &other, false).await;
    assert_eq!((rows.len(), devices.len()), (1, 2), "{rows:?}");
    let parent = devices.iter().find(|row| row["id"] == rows[0]["parent"]).expect("its device");
    assert_eq!((&parent["current"], &rows[0]["name"]), (&json!(false), &json!("claude")));
    let line = format!("DELETE /api/my/cli/sessions/{}", rows[0]["id"].as_str().expect("an id"));
    server.with(&other, &line, "").await.is(204);
    assert!(!is_live(&second).await && is_live(&device).await);
    // With the device, whoever ends that, and no other device's.
    let (of_device, of_other) = (begun(&server, &device).await, begun(&server, &other).await);
    let line = format!("DELETE /api/my/cli/sessions/{}", parent["id"].as_str().expect("an id"));
    server.with(&other, &line, "").await.is(204);
    assert!(!is_live(&of_device).await && !is_live(&device).await && is_live(&of_other).await);
    server.with(&other, "DELETE /api/my/cli/sessions", "").await.is(200);
    assert!(!is_live(&of_other).await);
    // After a day; and one that is about to end gives no more than it has.
    let device = server.session(&ana).await;
    let agent = begun(&server, &device).await;
    server.clock.advance(DAY - 60_000);
    assert!(is_live(&agent).await);
    server.clock.advance(120_000);
    assert!(!is_live(&agent).await && is_live(&device).await);
    assert_eq!(listed(&server, &device, true).await.len(), 0);
}

#[tokio::test]
async fn a_device_has_a_hundred_at_most() {
    let server = TestServer::new().await;
    let ana = server.account("Ana").await;
    let (device, other) = (server.session(&ana).await, server.session(&ana).await);
    let first = begun(&server, &device).await;
    for _ in 1..100 {
        begun(&server, &device).await;
    }
    let full = server.with(&device, BEGIN, "{\"name\":\"x\"}").await;
    full.says_no(429, "too_many_requests");
    begun(&server, &other).await;
    server.with(&first, "DELETE /api/my/cli/sessions/current", "").await.is(204);
    begun(&server, &device).await;
}

super::on_postgres::on_postgres!(
    it_does_the_persons_work_and_lets_nobody_in,
    it_ends_with_the_device_after_a_day_and_by_itself,
    a_device_has_a_hundred_at_most,
);

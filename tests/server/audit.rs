//! The audit: every action is written by its real route, with who, how and from
//! where, and nothing that was written is ever changed.

use crewmesh::server::domain::audit_action::AuditAction;
use std::path::Path;

use crewmesh::secret::Secret;
use crewmesh::server::domain::device_code_state::Decision;
use crewmesh::server::store::{Page, Whose};
use crewmesh::server::{Config, Database};
use serde_json::json;

use super::{PASSWORD, TestServer};

/// Every action there is here, and by way of what the test does it.
const ACTIONS: [(&str, &str); 29] = [
    ("auth.cli.session.created", "client"),
    ("auth.cli.session.revoked", "session"),
    ("auth.cli.device.approved", "web"),
    ("auth.cli.device.denied", "session"),
    ("auth.cli.pat.created", "session"),
    ("auth.cli.pat.revoked", "session"),
    ("auth.web.login", "web"),
    ("auth.web.failed", "web"),
    ("auth.password.changed", "session"),
    ("mesh.created", "session"),
    ("mesh.renamed", "session"),
    ("mesh.removed", "session"),
    ("mesh.left", "session"),
    ("mesh.member.added", "session"),
    ("mesh.member.changed", "session"),
    ("mesh.member.removed", "session"),
    ("invite.created", "session"),
    ("invite.accepted", "session"),
    ("invite.revoked", "session"),
    ("machine.registered", "session"),
    ("machine.changed", "session"),
    ("machine.removed", "session"),
    ("provider.connected", "session"),
    ("provider.leased", "session"),
    ("provider.disconnected", "session"),
    ("service_client.created", "session"),
    ("service_client.revoked", "session"),
    ("service_client.token.created", "client"),
    ("service_client.token.revoked", "client"),
];

/// The texts of all files under `folder`.
fn texts(folder: &Path, found: &mut Vec<String>) {
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            texts(&path, found);
        } else if path.extension().is_some_and(|kind| kind == "rs") {
            found.push(std::fs::read_to_string(&path).expect("text"));
        }
    }
}

#[test]
fn every_action_is_tested_and_spelled_in_one_place() {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let (mut code, mut tests) = (Vec::new(), Vec::new());
    texts(&here.join("src/server"), &mut code);
    texts(&here.join("tests"), &mut tests);
    for action in AuditAction::ALL {
        let word = action.word();
        // What whoever runs the instance does to an account is done on a page.
        let is_tested = tests.iter().any(|test| test.contains(word));
        assert!(is_tested || word.starts_with("account."), "{word} is tested");
        let word = format!("\"{word}\"");
        let spelled = code.iter().filter(|code| code.contains(&word)).count();
        assert_eq!(spelled, 1, "{word} stands in one file");
    }
}

#[tokio::test]
async fn every_action_is_written_by_its_own_route() {
    let server = TestServer::new().await;
    let store = &server.running.state().store;
    let root = server.account_of("Root", true).await;
    server.sign_in(&[], "", "root@example.org", "not that one at all").await;
    let entered = server.sign_in(&[], "", "root@example.org", PASSWORD).await;
    assert_eq!(entered.status, 303, "{entered:?}");

    let token = server.session(&root).await;
    let guest = server.account("Guest").await;
    let guests = server.session(&guest).await;
    let ask = async |who: &Secret, line: &str, body: serde_json::Value| {
        let body = if body.is_null() { String::new() } else { body.to_string() };
        let answer = server.with(who, line, &body).await;
        assert!(answer.status < 300, "{line}: {answer:?}");
        answer
    };
    let none = serde_json::Value::Null;
    let denied = server.ask().await;
    let deny = format!("POST /api/auth/cli/device-code/{}/deny", denied.user);
    ask(&token, &deny, none.clone()).await;
    let approved = server.ask().await;
    server.settle(&approved, &root, Decision::Approve).await;

    let mesh = ask(&token, "POST /api/my/meshes", json!({ "name": "Team" })).await.text("id");
    let mesh = format!("/api/my/meshes/{mesh}");
    ask(&token, &format!("PATCH {mesh}"), json!({ "name": "Crew" })).await;
    for last in ["removed", "left"] {
        let invite = ask(&token, &format!("POST {mesh}/invites"), json!({})).await;
        let accept = format!("POST /api/invites/{}/accept", invite.text("code"));
        ask(&guests, &accept, none.clone()).await;
        let member = format!("{mesh}/members/{}", guest.id);
        ask(&token, &format!("PATCH {member}"), json!({ "role": "admin" })).await;
        let who = if last == "left" { &guests } else { &token };
        ask(who, &format!("DELETE {member}"), none.clone()).await;
    }
    let invite = ask(&token, &format!("POST {mesh}/invites"), json!({})).await;
    ask(&token, &format!("DELETE /api/my/invites/{}", invite.text("id")), none.clone()).await;

    let body = json!({ "anchor": "a".repeat(64), "name": "Lab" });
    let machine = ask(&token, "POST /api/my/machines", body).await.text("id");
    let machine = format!("/api/my/machines/{machine}");
    ask(&token, &format!("PATCH {machine}"), json!({ "location": "DE" })).await;
    ask(&token, &format!("DELETE {machine}"), none.clone()).await;

    let key = "sk-ant-api03-of-the-audit-test";
    let body = json!({
        "provider": "anthropic", "way": "token", "kind": "api_key", "secret": key,
    });
    let connection = ask(&token, "POST /api/my/providers", body).await.text("id");
    let connection = format!("/api/my/providers/{connection}");
    let lease = json!({ "machine": "lab", "agent": "claude" });
    ask(&token, &format!("POST {connection}/lease"), lease).await;
    ask(&token, &format!("DELETE {connection}"), none.clone()).await;

    let pat = ask(&token, "POST /api/my/cli/tokens", json!({ "name": "ci" })).await.text("id");
    ask(&token, &format!("DELETE /api/my/cli/tokens/{pat}"), none.clone()).await;

    let clients = "/api/admin/service-clients";
    let body = json!({ "name": "ci", "scopes": ["mesh:read"] });
    let made = ask(&token, &format!("POST {clients}"), body).await;
    let (id, secret) = (made.text("client_id"), made.text("client_secret"));
    ask(&token, &format!("PUT {clients}/{id}/meshes/team"), none.clone()).await;
    let shown = format!("client_id={id}&client_secret={secret}");
    let granted = format!("{shown}&grant_type=client_credentials");
    let granted = server.form("/oauth/token", &granted).await;
    let revoked = format!("{shown}&token={}", granted.is(200).text("access_token"));
    server.form("/oauth/revoke", &revoked).await.is(200);
    ask(&token, &format!("DELETE {clients}/{id}"), none.clone()).await;
    ask(&token, &format!("DELETE {mesh}"), none.clone()).await;
    ask(&guests, "DELETE /api/my/cli/sessions/current", none.clone()).await;
    let change = json!({ "current": PASSWORD, "password": "another long one" });
    ask(&token, "POST /api/my/password", change).await;

    let mut written = Vec::new();
    let mut page = Page::default();
    loop {
        let rows = store.audit_events(Whose::Anybody, &page).await.unwrap();
        written.extend(rows.data);
        page.after = rows.next;
        if page.after.is_none() {
            break;
        }
    }
    for (action, via) in ACTIONS {
        let found = written.iter().find(|event| event.action == action && event.via == via);
        let event = found.unwrap_or_else(|| panic!("{action} by way of {via}: {written:#?}"));
        // The helper that approves is no request.
        if action != "auth.cli.device.approved" {
            assert_eq!(event.source_ip.as_deref(), Some("127.0.0.1"), "{event:?}");
        }
        assert_eq!(event.actor.is_empty(), action == "auth.web.failed", "{event:?}");
        assert!(!event.target.is_empty(), "{event:?}");
    }
    // No secret is in what anybody may read.
    let all = serde_json::to_string(&written).unwrap();
    for secret in [token.expose(), key, &secret, &approved.user, &denied.user, PASSWORD] {
        assert!(!all.contains(secret), "the audit holds a secret");
    }
}

#[tokio::test]
async fn the_audit_only_grows() {
    let home = tempfile::tempdir().unwrap();
    let mut config = Config::in_memory();
    config.database = Database::in_home(home.path());
    let server = TestServer::of(config).await;
    server.session(&server.account("Ana").await).await;
    let store = &server.running.state().store;
    let count = async || store.audit_events(Whose::Anybody, &Page::default()).await.unwrap().total;
    let before = count().await;
    assert!(before > 0);
    for sentence in ["UPDATE audit SET action = 'nothing'", "DELETE FROM audit"] {
        let refused = server.sql(sentence).await.unwrap_err();
        assert!(refused.contains("the audit only grows"), "{sentence}: {refused}");
    }
    // SQLite has no such word.
    server.sql("TRUNCATE audit").await.unwrap_err();
    assert_eq!(count().await, before);
    server.session(&server.account("Ben").await).await;
    assert!(count().await > before);
    server.running.stop().await;
}

super::on_postgres::on_postgres!(every_action_is_written_by_its_own_route, the_audit_only_grows);

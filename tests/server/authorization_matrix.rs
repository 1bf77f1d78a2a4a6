//! Who may come to which route with what: each route of the API with each kind
//! of credential. What is allowed is told from the two ways of refusing, by
//! scope and by who a person is; what else a route says (no such thing, not an
//! administrator of that mesh) is for other tests.
//!
//! What runs inside a launched agent has its person's token like any terminal:
//! that it neither mints nor approves is for the client to refuse, and tested
//! with the commands.

use crewmesh::server::domain::audit_action::AuditAction;
use std::collections::BTreeSet;

use crewmesh::secret::{Secret, base32, random_bytes};
use crewmesh::server::http::openapi;
use crewmesh::server::store::{Account, Event, NewWebSession};
use serde_json::{Value, json};

use super::{Answer, DAY, TestServer};

/// What a route asks for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Asks {
    /// A scope.
    Scope(&'static str),
    /// A scope, and a person: a session's token.
    PersonWith(&'static str),
    /// A person.
    Person,
    /// A person; a web session with its forms' token will do.
    PersonOnAPage,
    /// Nothing but to be known.
    Anybody,
}

use Asks::{Anybody, Person, PersonOnAPage, PersonWith, Scope};

/// Every route that wants a bearer, as the description calls it.
const ROUTES: [(&str, Asks); 38] = [
    ("GET /api/my/profile", Scope("profile:read")),
    ("GET /api/my/audit", Scope("profile:read")),
    ("GET /oauth/userinfo", Scope("profile:read")),
    ("POST /oauth/userinfo", Scope("profile:read")),
    ("POST /api/my/password", Person),
    ("GET /api/my/cli/sessions", Scope("token:manage")),
    ("DELETE /api/my/cli/sessions", PersonWith("token:manage")),
    ("DELETE /api/my/cli/sessions/current", Anybody),
    ("DELETE /api/my/cli/sessions/{id}", PersonWith("token:manage")),
    ("GET /api/my/cli/tokens", Scope("token:manage")),
    ("POST /api/my/cli/tokens", PersonWith("token:manage")),
    ("DELETE /api/my/cli/tokens/{id}", PersonWith("token:manage")),
    ("GET /api/auth/cli/device-code/{code}/card", PersonOnAPage),
    ("POST /api/auth/cli/device-code/{code}/approve", PersonOnAPage),
    ("POST /api/auth/cli/device-code/{code}/deny", PersonOnAPage),
    ("GET /api/my/meshes", Scope("mesh:read")),
    ("POST /api/my/meshes", Scope("mesh:write")),
    ("GET /api/my/meshes/{id}", Scope("mesh:read")),
    ("PATCH /api/my/meshes/{id}", Scope("mesh:write")),
    ("DELETE /api/my/meshes/{id}", Scope("mesh:write")),
    ("GET /api/my/meshes/{id}/members", Scope("mesh:read")),
    ("PATCH /api/my/meshes/{id}/members/{member}", Scope("mesh:write")),
    ("DELETE /api/my/meshes/{id}/members/{member}", Scope("mesh:write")),
    ("GET /api/my/meshes/{id}/invites", Scope("invite:create")),
    ("POST /api/my/meshes/{id}/invites", Scope("invite:create")),
    ("DELETE /api/my/invites/{id}", Scope("invite:create")),
    ("POST /api/invites/{code}/accept", Scope("mesh:write")),
    ("GET /api/my/machines", Scope("machine:read")),
    ("POST /api/my/machines", Scope("machine:write")),
    ("PATCH /api/my/machines/{id}", Scope("machine:write")),
    ("DELETE /api/my/machines/{id}", Scope("machine:write")),
    ("GET /api/admin/members", Scope("admin")),
    ("GET /api/admin/audit", Scope("admin")),
    ("GET /api/admin/service-clients", Scope("admin")),
    ("POST /api/admin/service-clients", PersonWith("admin")),
    ("DELETE /api/admin/service-clients/{id}", PersonWith("admin")),
    ("PUT /api/admin/service-clients/{id}/meshes/{mesh}", PersonWith("admin")),
    ("DELETE /api/admin/service-clients/{id}/meshes/{mesh}", PersonWith("admin")),
];

/// Bodies that make sense, so that a refusal is about who asks.
fn body(line: &str) -> String {
    let body = match line {
        "POST /api/my/password" => json!({ "current": "x", "password": "a long enough one" }),
        "POST /api/my/machines" => json!({ "anchor": "a".repeat(64), "name": "Lab" }),
        "PATCH /api/my/meshes/{id}/members/{member}" => json!({ "role": "member" }),
        "POST /api/admin/service-clients" => json!({ "name": "x", "scopes": ["mesh:read"] }),
        "POST /api/my/meshes/{id}/invites" | "PATCH /api/my/machines/{id}" => json!({}),
        _ => json!({ "name": "x" }),
    };
    body.to_string()
}

/// What comes with a request, and what it may do.
struct Kind {
    name: &'static str,
    token: Secret,
    scopes: &'static [&'static str],
    is_session: bool,
}

const ALL: [&str; 9] = [
    "profile:read",
    "mesh:read",
    "mesh:write",
    "invite:create",
    "machine:read",
    "machine:write",
    "token:manage",
    "presence:write",
    "provider:use",
];
const ALL_OF_ROOT: [&str; 10] = [
    "profile:read",
    "mesh:read",
    "mesh:write",
    "invite:create",
    "machine:read",
    "machine:write",
    "token:manage",
    "presence:write",
    "provider:use",
    "admin",
];
const READING: [&str; 3] = ["profile:read", "mesh:read", "machine:read"];
const OF_SERVICES: [&str; 3] = ["mesh:read", "mesh:write", "invite:create"];

async fn service(server: &TestServer, root: &Secret, scopes: &[&str]) -> Secret {
    let body = json!({ "name": "ci", "scopes": scopes }).to_string();
    let made = server.with(root, "POST /api/admin/service-clients", &body).await;
    let (id, secret) = (made.is(201).text("client_id"), made.text("client_secret"));
    let form = format!("grant_type=client_credentials&client_id={id}&client_secret={secret}");
    Secret::new(server.form("/oauth/token", &form).await.is(200).text("access_token"))
}

async fn narrowed(server: &TestServer, session: &Secret, scopes: &[&str]) -> Secret {
    server.pat(session, &json!({ "name": "x", "scopes": scopes }).to_string()).await
}

async fn ask(server: &TestServer, line: &str, headers: &[(&str, &str)]) -> Answer {
    let filled = line.replace("{code}", "BCDFGHJK").replace(['{', '}'], "");
    let mut all = vec![("Content-Type", "application/json")];
    all.extend_from_slice(headers);
    server.request(&filled, &all, &body(line)).await
}

#[tokio::test]
async fn each_route_lets_in_who_may_and_nobody_else() {
    let server = TestServer::new().await;
    let (ana, root) = (server.account("Ana").await, server.account_of("Root", true).await);
    let (anas, roots) = (server.session(&ana).await, server.session(&root).await);
    let kind = |name, token, scopes, is_session| Kind { name, token, scopes, is_session };
    let kinds = [
        kind("a session", anas.clone(), &ALL[..], true),
        kind("an administrator's session", roots.clone(), &ALL_OF_ROOT[..], true),
        kind("a personal token", server.pat(&anas, "{\"name\":\"x\"}").await, &ALL[..], false),
        kind(
            "an administrator's personal token",
            server.pat(&roots, "{\"name\":\"x\"}").await,
            &ALL_OF_ROOT[..],
            false,
        ),
        kind("a reading token", narrowed(&server, &anas, &READING).await, &READING[..], false),
        kind("a service", service(&server, &roots, &OF_SERVICES).await, &OF_SERVICES[..], false),
        kind(
            "another service",
            service(&server, &roots, &["profile:read"]).await,
            &READING[..1],
            false,
        ),
    ];
    for (line, asks) in ROUTES {
        let nobody = ask(&server, line, &[]).await;
        assert_eq!((nobody.status, nobody.error().as_str()), (401, "unauthorized"), "{line}");
        assert!(nobody.header("www-authenticate").is_some_and(|asked| asked.starts_with("Bearer")));
        for Kind { name, token, scopes, is_session } in &kinds {
            // What ends sessions must not end the others' row.
            let fresh = if *is_session && line.contains("/cli/sessions") {
                let whose = if name.starts_with("an ") { &root } else { &ana };
                let fresh = server.session(whose).await;
                if line == "DELETE /api/my/cli/sessions" {
                    continue;
                }
                fresh
            } else {
                token.clone()
            };
            let bearer = format!("Bearer {}", fresh.expose());
            let answer = ask(&server, line, &[("Authorization", &bearer)]).await;
            let refused = match asks {
                Scope(scope) | PersonWith(scope) if !scopes.contains(&scope) => Some(scope),
                Person | PersonOnAPage | PersonWith(_) if !is_session => Some(""),
                _ => None,
            };
            let told = answer.error_if_any();
            match refused {
                Some("") => assert_eq!(
                    (answer.status, told.as_deref()),
                    (403, Some("step_up_required")),
                    "{line} by {name}"
                ),
                Some(scope) => {
                    assert_eq!(
                        (answer.status, told.as_deref()),
                        (403, Some("insufficient_scope")),
                        "{line} by {name}"
                    );
                    let challenge = answer.header("www-authenticate").unwrap_or_default();
                    let named = format!("error=\"insufficient_scope\", scope=\"{scope}\"");
                    assert!(challenge.contains(&named), "{line} by {name}: {challenge}");
                }
                None => {
                    let refused = ["insufficient_scope", "step_up_required", "unauthorized"];
                    let is_refused = told.as_deref().is_some_and(|told| refused.contains(&told));
                    assert!(!is_refused && answer.status != 401, "{line} by {name}: {answer:?}");
                }
            }
        }
    }
    // The one row that would have ended the session of all the others.
    let everywhere = server.with(&anas, "DELETE /api/my/cli/sessions", "").await;
    assert!(everywhere.is(200).json()["revoked"].as_u64() > Some(1));
}

/// A browser's cookie alone opens nothing; with its forms' token it decides
/// about codes, and that is all.
#[tokio::test]
async fn a_web_session_decides_about_codes_with_its_forms_token_alone() {
    let server = TestServer::new().await;
    let ana = server.account("Ana").await;
    let (cookie, csrf) = web_session(&server, &ana).await;
    let cookie = ("Cookie", cookie.as_str());
    for (line, asks) in ROUTES {
        let answer = ask(&server, line, &[cookie]).await;
        let expected =
            if asks == PersonOnAPage { (403, "csrf_required") } else { (401, "unauthorized") };
        assert_eq!((answer.status, answer.error().as_str()), expected, "{line}");
    }
    let wrong = [cookie, ("X-CSRF-Token", "00")];
    let right = [cookie, ("X-CSRF-Token", csrf.as_str())];
    for (verb, status) in [("approve", "approved"), ("deny", "denied")] {
        let codes = server.ask().await;
        let line = format!("POST /api/auth/cli/device-code/{}/{verb}", codes.user);
        server.request(&line, &wrong, "").await.says_no(403, "csrf_required");
        assert_eq!(server.request(&line, &right, "").await.is(200).text("status"), status);
        server.request(&line, &right, "").await.says_no(409, "already_settled");
        let poll = server.poll(&codes, &[]).await;
        assert_eq!(poll.status == 200, verb == "approve", "{poll:?}");
    }
    // A token that goes along is the one that counts.
    let pat = server.pat(&server.session(&ana).await, "{\"name\":\"x\"}").await;
    let bearer = format!("Bearer {}", pat.expose());
    let both = [right[0], right[1], ("Authorization", &bearer)];
    let line = format!("POST /api/auth/cli/device-code/{}/approve", server.ask().await.user);
    server.request(&line, &both, "").await.says_no(403, "step_up_required");
}

async fn web_session(server: &TestServer, account: &Account) -> (String, String) {
    let state = server.running.state();
    let (token, now) = (Secret::new(base32().encode(&random_bytes::<32>())), server.clock.now());
    let new = NewWebSession {
        account_id: account.id.clone(),
        password: account.password.clone(),
        ip: None,
        user_agent: None,
        expires_at: now + DAY,
    };
    let event = |id: &str| Event::new(AuditAction::SignedIn, &account.id, "web", id);
    state.store.create_web_session(&token, &new, event, now).await.expect("the database answers");
    let found = state.store.web_session(&token, now).await.expect("the database answers");
    let (session, _) = found.expect("it was made");
    let csrf = state.keys.form_token(&format!("web session {}", session.id));
    (format!("crewmesh={}", token.expose()), csrf.expose().to_owned())
}

/// A route that is described and asks for a bearer is in the table, and what
/// is in the table is described so; what a success tells has an id, and what is
/// a list comes in pages.
#[test]
fn the_table_is_whole_and_so_is_the_description() {
    let document = openapi::document().expect("JSON");
    let mut described = BTreeSet::new();
    for (path, methods) in document["paths"].as_object().expect("paths") {
        for (method, operation) in methods.as_object().expect("methods") {
            let line = format!("{} {path}", method.to_uppercase());
            let wants = operation["security"].as_array().expect("security");
            if wants.iter().any(|way| way["bearer"].is_array()) {
                described.insert(line.clone());
            }
            let asks = ROUTES.iter().find(|(name, _)| *name == line).map(|(_, asks)| *asks);
            let said = operation["description"].as_str().unwrap_or_default();
            match asks {
                Some(Scope(scope) | PersonWith(scope)) if path.starts_with("/api/") => {
                    assert!(said.contains(&format!("`{scope}`")), "{line} says its scope: {said}");
                }
                _ => {}
            }
            if matches!(asks, Some(PersonWith(_))) {
                assert!(said.contains("session's token"), "{line}: {said}");
            }
            if path.starts_with("/api/") && path != openapi::PATH {
                whole(&document, &line, operation);
            }
        }
    }
    let listed: BTreeSet<_> = ROUTES.iter().map(|(line, _)| (*line).to_owned()).collect();
    assert_eq!(described, listed);
}

fn whole(document: &Value, line: &str, operation: &Value) {
    let at = |place: &Value| match place["$ref"].as_str() {
        Some(to) => document.pointer(to.trim_start_matches('#')).expect("it is there").clone(),
        None => place.clone(),
    };
    for (status, answer) in operation["responses"].as_object().expect("answers") {
        let schema = at(&at(answer)["content"]["application/json"]["schema"]);
        if !status.starts_with('2') || schema.is_null() {
            continue;
        }
        let kinds = schema["oneOf"].as_array().cloned().unwrap_or_else(|| vec![schema.clone()]);
        for kind in kinds {
            let required = kind["required"].as_array().expect("required members");
            if required.contains(&"data".into()) {
                assert!(required.contains(&"total".into()), "{line}");
                let given = operation["parameters"].as_array().expect("parameters");
                for page in ["limit", "cursor"] {
                    assert!(given.iter().any(|one| at(one)["name"] == page), "{line}: {page}");
                }
            } else {
                assert!(required.contains(&"id".into()), "{line} {status} has an id");
            }
        }
    }
}

super::on_postgres::on_postgres!(
    each_route_lets_in_who_may_and_nobody_else,
    a_web_session_decides_about_codes_with_its_forms_token_alone,
);

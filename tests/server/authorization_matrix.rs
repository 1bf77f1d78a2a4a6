//! Who may come to which route with what: each route that programs ask for, with
//! each kind of caller, and what each is told.
//!
//! What runs inside a launched agent has a token of its own, which neither mints nor
//! approves; that it uses that one and not its person's is tested with the commands.

mod described;

use crewmesh::secret::{Secret, TokenKind};
use crewmesh::server::Config;
use crewmesh::server::domain::scopes::{self, ALL, OF_SERVICES};
use crewmesh::server::store::Account;
use serde_json::{Value, json};

use super::{Answer, DAY, PASSWORD, TestServer};
use crate::support::github_device::GitHubDevice;

/// What a route asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Needs {
    Nothing,
    /// A token with this scope.
    Scope(&'static str),
    /// The same, and it is a session's.
    SessionWith(&'static str),
    /// A session's token.
    Device,
    /// The same, or an agent's, to end it.
    OwnSession,
    /// A session's token, or a web session with the token of its forms.
    Person,
    /// Any token.
    Mcp,
}

use Needs::{Device, Mcp, Nothing, OwnSession, Person, Scope, SessionWith};

/// Each route, what it asks for, and what whoever has that is told. What the
/// paths name is not there.
const ROUTES: [(&str, Needs, u16, &str); 87] = [
    ("GET /.well-known/oauth-authorization-server", Nothing, 200, ""),
    ("GET /.well-known/openid-configuration", Nothing, 200, ""),
    ("GET /.well-known/oauth-protected-resource", Nothing, 200, ""),
    ("GET /.well-known/oauth-protected-resource/mcp", Nothing, 200, ""),
    ("GET /mcp", Mcp, 405, "method_not_allowed"),
    ("POST /mcp", Mcp, 200, ""),
    ("DELETE /mcp", Mcp, 405, "method_not_allowed"),
    ("POST /oauth/device_authorization", Nothing, 400, "invalid_request"),
    ("POST /oauth/register", Nothing, 400, "invalid_redirect_uri"),
    ("POST /oauth/token", Nothing, 400, "invalid_request"),
    ("POST /oauth/revoke", Nothing, 400, "invalid_request"),
    ("POST /oauth/introspect", Nothing, 400, "invalid_request"),
    ("GET /oauth/userinfo", Scope("profile:read"), 200, ""),
    ("POST /oauth/userinfo", Scope("profile:read"), 200, ""),
    ("POST /api/auth/cli/device-code", Nothing, 201, ""),
    ("GET /api/auth/cli/device-code/{code}", Nothing, 404, "not_found"),
    ("GET /api/auth/cli/device-codes", Person, 200, ""),
    ("GET /api/auth/cli/device-code/{code}/card", Person, 200, ""),
    ("POST /api/auth/cli/device-code/{code}/approve", Person, 200, ""),
    ("POST /api/auth/cli/device-code/{code}/deny", Person, 200, ""),
    ("GET /api/my/profile", Scope("profile:read"), 200, ""),
    ("GET /api/my/audit", Scope("token:manage"), 200, ""),
    ("POST /api/my/password", SessionWith("token:manage"), 403, "wrong_password"),
    ("GET /api/my/cli/sessions", Scope("token:manage"), 200, ""),
    ("DELETE /api/my/cli/sessions", SessionWith("token:manage"), 200, ""),
    ("POST /api/my/cli/sessions/agents", Device, 201, ""),
    ("DELETE /api/my/cli/sessions/current", OwnSession, 204, ""),
    ("DELETE /api/my/cli/sessions/{id}", SessionWith("token:manage"), 404, "not_found"),
    ("GET /api/my/cli/tokens", Scope("token:manage"), 200, ""),
    ("POST /api/my/cli/tokens", SessionWith("token:manage"), 201, ""),
    ("DELETE /api/my/cli/tokens/{id}", SessionWith("token:manage"), 404, "not_found"),
    ("GET /api/my/meshes", Scope("mesh:read"), 200, ""),
    ("POST /api/my/meshes", Scope("mesh:write"), 201, ""),
    ("GET /api/my/meshes/{id}", Scope("mesh:read"), 404, "not_found"),
    ("PATCH /api/my/meshes/{id}", Scope("mesh:write"), 404, "not_found"),
    ("DELETE /api/my/meshes/{id}", Scope("mesh:write"), 404, "not_found"),
    ("GET /api/my/meshes/{id}/members", Scope("mesh:read"), 404, "not_found"),
    ("PATCH /api/my/meshes/{id}/members/{member}", Scope("mesh:write"), 404, "not_found"),
    ("DELETE /api/my/meshes/{id}/members/{member}", Scope("mesh:write"), 404, "not_found"),
    ("GET /api/my/meshes/{id}/peers", Scope("mesh:read"), 404, "not_found"),
    ("POST /api/my/meshes/{id}/peers", Scope("presence:write"), 404, "not_found"),
    ("PATCH /api/my/meshes/{id}/peers/{peer}", Scope("presence:write"), 404, "not_found"),
    ("DELETE /api/my/meshes/{id}/peers/{peer}", Scope("presence:write"), 404, "not_found"),
    ("GET /api/my/meshes/{id}/messages", Scope("presence:write"), 404, "not_found"),
    ("POST /api/my/meshes/{id}/messages", Scope("presence:write"), 404, "not_found"),
    ("GET /api/my/meshes/{id}/inbox", Scope("presence:write"), 404, "not_found"),
    ("PUT /api/my/meshes/{id}/inbox", Scope("presence:write"), 404, "not_found"),
    ("PUT /api/my/meshes/{id}/mutes/{member}", Scope("mesh:read"), 404, "not_found"),
    ("DELETE /api/my/meshes/{id}/mutes/{member}", Scope("mesh:read"), 404, "not_found"),
    ("PUT /api/my/meshes/{id}/blocks/{member}", Scope("mesh:write"), 404, "not_found"),
    ("DELETE /api/my/meshes/{id}/blocks/{member}", Scope("mesh:write"), 404, "not_found"),
    ("GET /api/my/meshes/{id}/tasks", Scope("mesh:read"), 404, "not_found"),
    ("POST /api/my/meshes/{id}/tasks", Scope("presence:write"), 404, "not_found"),
    ("POST /api/my/meshes/{id}/tasks/{number}/claim", Scope("presence:write"), 404, "not_found"),
    ("POST /api/my/meshes/{id}/tasks/{number}/finish", Scope("presence:write"), 404, "not_found"),
    ("POST /api/my/meshes/{id}/tasks/{number}/drop", Scope("presence:write"), 404, "not_found"),
    ("GET /api/my/meshes/{id}/events", Scope("mesh:read"), 404, "not_found"),
    ("GET /api/my/meshes/{id}/providers", Scope("provider:use"), 404, "not_found"),
    ("POST /api/my/meshes/{id}/providers", SessionWith("provider:use"), 404, "not_found"),
    (
        "DELETE /api/my/meshes/{id}/providers/{connection}",
        SessionWith("provider:use"),
        404,
        "not_found",
    ),
    (
        "POST /api/my/meshes/{id}/providers/{connection}/lease",
        Scope("provider:use"),
        404,
        "not_found",
    ),
    ("GET /api/my/meshes/{id}/invites", Scope("invite:create"), 404, "not_found"),
    ("POST /api/my/meshes/{id}/invites", Scope("invite:create"), 404, "not_found"),
    ("DELETE /api/my/invites/{id}", Scope("invite:create"), 404, "not_found"),
    ("GET /api/invites/{code}", Nothing, 404, "not_found"),
    ("POST /api/invites/{code}/accept", Scope("mesh:write"), 404, "not_found"),
    ("GET /api/my/machines", Scope("machine:read"), 200, ""),
    ("POST /api/my/machines", Scope("machine:write"), 201, ""),
    ("PATCH /api/my/machines/{id}", Scope("machine:write"), 404, "not_found"),
    ("DELETE /api/my/machines/{id}", Scope("machine:write"), 404, "not_found"),
    ("GET /api/my/providers", Scope("provider:use"), 200, ""),
    ("POST /api/my/providers", SessionWith("provider:use"), 201, ""),
    ("DELETE /api/my/providers/{id}", SessionWith("provider:use"), 404, "not_found"),
    ("POST /api/my/providers/{id}/check", Scope("provider:use"), 404, "not_found"),
    ("POST /api/my/providers/{id}/lease", Scope("provider:use"), 404, "not_found"),
    ("GET /api/device-flow", Scope("provider:use"), 200, ""),
    ("POST /api/device-flow/{provider}/start", SessionWith("provider:use"), 404, "not_found"),
    ("GET /api/device-flow/status/{id}", SessionWith("provider:use"), 404, "not_found"),
    ("DELETE /api/device-flow/{id}", SessionWith("provider:use"), 404, "not_found"),
    ("GET /api/admin/members", Scope("admin"), 200, ""),
    ("GET /api/admin/audit", Scope("admin"), 200, ""),
    ("GET /api/admin/service-clients", Scope("admin"), 200, ""),
    ("POST /api/admin/service-clients", SessionWith("admin"), 201, ""),
    ("DELETE /api/admin/service-clients/{id}", SessionWith("admin"), 404, "not_found"),
    ("PUT /api/admin/service-clients/{id}/meshes/{mesh}", SessionWith("admin"), 404, "not_found"),
    (
        "DELETE /api/admin/service-clients/{id}/meshes/{mesh}",
        SessionWith("admin"),
        404,
        "not_found",
    ),
    ("GET /api/openapi.json", Nothing, 200, ""),
];

/// How somebody comes, and what they may do.
enum Authority {
    /// Without anything that shows who they are.
    None,
    /// With a token that is nobody's, or nobody's any more.
    DeadToken,
    Cookie {
        with_form_token: bool,
    },
    Token {
        scopes: String,
        kind: Kind,
    },
}

/// Whose token it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Device,
    Agent,
    Other,
}

struct Caller {
    name: String,
    headers: Vec<(&'static str, String)>,
    authority: Authority,
}

impl Caller {
    fn new(
        name: impl Into<String>,
        headers: Vec<(&'static str, String)>,
        authority: Authority,
    ) -> Self {
        Self { name: name.into(), headers, authority }
    }

    fn with_token(name: impl Into<String>, token: &Secret, authority: Authority) -> Self {
        Self::new(name, vec![bearer(token)], authority)
    }

    /// Status and word of the refusal, where they are refused.
    fn refusal(&self, needs: Needs) -> Option<(u16, &'static str)> {
        match (&self.authority, needs) {
            (_, Nothing) | (Authority::Cookie { with_form_token: true }, Person) => None,
            (Authority::Cookie { with_form_token: false }, Person) => Some((403, "csrf_required")),
            (Authority::None | Authority::Cookie { .. }, _) => Some((401, "unauthorized")),
            (Authority::DeadToken, _) => Some((401, "invalid_token")),
            (Authority::Token { scopes, .. }, Scope(scope) | SessionWith(scope))
                if !scopes::has(scopes, scope) =>
            {
                Some((403, "insufficient_scope"))
            }
            (
                Authority::Token { kind: Kind::Agent | Kind::Other, .. },
                SessionWith(_) | Person | Device,
            ) => Some((403, "step_up_required")),
            (Authority::Token { kind: Kind::Other, .. }, OwnSession) => {
                Some((409, "not_a_session"))
            }
            (Authority::Token { .. }, _) => None,
        }
    }
}

fn bearer(token: &Secret) -> (&'static str, String) {
    ("Authorization", format!("Bearer {}", token.expose()))
}

/// A token for scripts, of `session`'s person, that may do what `scopes` say.
async fn pat(server: &TestServer, session: &Secret, scopes: &[&str]) -> Secret {
    server.pat(session, &json!({ "name": "x", "scopes": scopes }).to_string()).await
}

/// The token of a service client that may do what `scopes` say.
async fn service(server: &TestServer, admin: &Secret, scopes: &[&str]) -> Secret {
    let body = json!({ "name": "ci", "scopes": scopes }).to_string();
    let made = server.with(admin, "POST /api/admin/service-clients", &body).await;
    let (id, secret) = (made.is(201).text("client_id"), made.text("client_secret"));
    let form = format!("grant_type=client_credentials&client_id={id}&client_secret={secret}");
    Secret::new(server.form("/oauth/token", &form).await.is(200).text("access_token"))
}

/// Callers whom nobody knows, or knows any more.
async fn unknown_callers(server: &TestServer) -> Vec<Caller> {
    let root = server.account_of("Old", true).await;
    let session = server.session(&root).await;
    let (cookie, _) = server.web_session(&root).await;
    let ended = [
        ("a session that ended", server.session(&root).await),
        (
            "a token that ended",
            server.pat(&session, "{\"name\":\"x\",\"expires_in_days\":30}").await,
        ),
        ("a service's token that ended", service(server, &session, &["mesh:read"]).await),
    ];
    server.clock.advance(400 * DAY);
    let session = server.session(&root).await;
    let token = server.with(&session, "POST /api/my/cli/tokens", "{\"name\":\"x\"}").await;
    let line = format!("DELETE /api/my/cli/tokens/{}", token.is(201).text("id"));
    server.with(&session, &line, "").await.is(204);
    server.with(&session, "DELETE /api/my/cli/sessions/current", "").await.is(204);
    let dead = [
        ("a token that was never made", Secret::random_token(TokenKind::PersonalAccess)),
        ("a session that was never made", Secret::random_token(TokenKind::Session)),
        ("a token that was revoked", Secret::new(token.text("token"))),
        ("a session that was revoked", session),
    ];
    let dead = dead.iter().chain(&ended);
    let dead = dead.map(|(name, token)| Caller::with_token(*name, token, Authority::DeadToken));
    let nobody = Caller::new("nobody", Vec::new(), Authority::None);
    let ended = Caller::new("a cookie that ended", vec![("Cookie", cookie)], Authority::None);
    dead.chain([nobody, ended]).collect()
}

/// Callers that come with a cookie.
async fn browsers(server: &TestServer, account: &Account) -> Vec<Caller> {
    let (cookie, form_token) = server.web_session(account).await;
    let session = server.session(account).await;
    let pat = bearer(&server.pat(&session, "{\"name\":\"x\"}").await);
    let cookie = ("Cookie", cookie);
    let (wrong, right) = (("X-CSRF-Token", "00".to_owned()), ("X-CSRF-Token", form_token));
    let without = || Authority::Cookie { with_form_token: false };
    let scopes = scopes::of_account(false);
    vec![
        Caller::new("a cookie", vec![cookie.clone()], without()),
        Caller::new("a cookie and a wrong form token", vec![cookie.clone(), wrong], without()),
        Caller::new(
            "a cookie and its form token",
            vec![cookie.clone(), right.clone()],
            Authority::Cookie { with_form_token: true },
        ),
        // A token that goes along is the one that counts.
        Caller::new(
            "a cookie, its form token and a token",
            vec![cookie, right, pat],
            Authority::Token { scopes, kind: Kind::Other },
        ),
    ]
}

/// Callers that come with a token: a person's and an administrator's, with all
/// that they may do, with each scope alone and with all but that; a service's.
async fn token_callers(server: &TestServer, ana: &Account, root: &Account) -> Vec<Caller> {
    let (anas, roots) = (server.session(ana).await, server.session(root).await);
    let mut callers = Vec::new();
    let mut add = |name: String, token: &Secret, scopes: String, kind| {
        callers.push(Caller::with_token(name, token, Authority::Token { scopes, kind }));
    };
    for (name, session, is_admin) in
        [("a person", &anas, false), ("an administrator", &roots, true)]
    {
        let scopes = scopes::of_account(is_admin);
        add(format!("{name}'s session"), session, scopes.clone(), Kind::Device);
        let pat = server.pat(session, "{\"name\":\"x\"}").await;
        add(format!("{name}'s token"), &pat, scopes.clone(), Kind::Other);
        let agent = server.with(session, "POST /api/my/cli/sessions/agents", "{\"name\":\"x\"}");
        let agent = Secret::new(agent.await.is(201).text("token"));
        add(format!("{name}'s agent"), &agent, scopes::of_agent(&scopes), Kind::Agent);
    }
    for scope in ALL {
        let others: Vec<_> = ALL.into_iter().filter(|other| *other != scope).collect();
        let (only, without) =
            (pat(server, &roots, &[scope]).await, pat(server, &roots, &others).await);
        add(format!("a token with {scope}"), &only, scope.to_owned(), Kind::Other);
        add(format!("a token without {scope}"), &without, others.join(" "), Kind::Other);
    }
    for scope in OF_SERVICES {
        let token = service(server, &roots, &[scope]).await;
        add(format!("a service with {scope}"), &token, scope.to_owned(), Kind::Other);
    }
    callers
}

#[tokio::test]
async fn each_route_lets_in_who_may_and_nobody_else() {
    let server = TestServer::new().await;
    let mut callers = unknown_callers(&server).await;
    let (ana, root) = (server.account("Ana").await, server.account_of("Root", true).await);
    callers.extend(browsers(&server, &ana).await);
    callers.extend(token_callers(&server, &ana, &root).await);
    let (mut requests, mut wrong) = (0, Vec::new());
    for (line, needs, status, word) in ROUTES {
        for caller in &callers {
            let refusal = caller.refusal(needs);
            let mut headers = caller.headers.clone();
            if refusal.is_none() && line.contains("/cli/sessions") && line.starts_with("DELETE") {
                // It ends what the other rows come with.
                let fresh = server.account_of(&format!("Fresh{requests}"), true).await;
                headers = vec![bearer(&server.session(&fresh).await)];
            }
            let mut code = "BCDFGHJK".to_owned();
            if refusal.is_none() && needs == Person {
                code = server.ask().await.user;
            }
            requests += 1;
            let filled = line.replace("{code}", &code).replace(['{', '}'], "");
            // Whatever route it is, a body that makes sense, so that a refusal is about who asks.
            let body = json!({
                "name": format!("x {requests}"), "role": "member", "scopes": ["mesh:read"],
                "anchor": format!("{requests:064x}"),
                "current": "x", "password": PASSWORD,
                "id": "session-of-agent-1", "to": "*", "text": "x", "title": "x", "read_to": 1,
                "connection": "x",
                "jsonrpc": "2.0", "method": "ping",
                "provider": "anthropic", "label": format!("x {requests}"), "way": "token",
                // What a message may be as well.
                "kind": "note", "secret": "x",
            });
            headers.push(("Content-Type", "application/json".to_owned()));
            headers.push(("Accept", "application/json, text/event-stream".to_owned()));
            let headers: Vec<_> = headers.iter().map(|(name, value)| (*name, &**value)).collect();
            let answer = server.request(&filled, &headers, &body.to_string()).await;
            let expected = refusal.unwrap_or((status, word));
            let told = answer.error_if_any().unwrap_or_default();
            if (answer.status, &*told) != expected {
                wrong.push(format!("{line} by {}: {} {told}", caller.name, answer.status));
            }
            is_challenged(&answer, needs, line);
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// A refusal says how to come (RFC 6750 §3).
fn is_challenged(answer: &Answer, needs: Needs, line: &str) {
    let challenge = answer.header("www-authenticate").unwrap_or_default();
    match (answer.status, answer.error_if_any().as_deref(), needs) {
        (401, Some("unauthorized" | "invalid_token"), _) => {
            assert!(challenge.starts_with("Bearer"), "{line}: {challenge}");
        }
        (403, Some("insufficient_scope"), Scope(scope) | SessionWith(scope)) => {
            let named = format!("error=\"insufficient_scope\", scope=\"{scope}\"");
            assert!(challenge.contains(&named), "{line}: {challenge}");
        }
        _ => {}
    }
}

/// What a browser decides about a code is done once, and with its forms' token
/// alone.
#[tokio::test]
async fn a_browser_settles_a_code_with_its_forms_token_alone() {
    let server = TestServer::new().await;
    let (cookie, form_token) = server.web_session(&server.account("Ana").await).await;
    let wrong = [("Cookie", cookie.as_str()), ("X-CSRF-Token", "00")];
    let right = [wrong[0], ("X-CSRF-Token", form_token.as_str())];
    for (verb, status) in [("approve", "approved"), ("deny", "denied")] {
        let codes = server.ask().await;
        let line = format!("POST /api/auth/cli/device-code/{}/{verb}", codes.user);
        server.request(&line, &wrong, "").await.says_no(403, "csrf_required");
        assert_eq!(server.request(&line, &right, "").await.is(200).text("status"), status);
        server.request(&line, &right, "").await.says_no(409, "already_settled");
        let poll = server.poll(&codes, &[]).await;
        assert_eq!(poll.status == 200, verb == "approve", "{poll:?}");
    }
}

/// What is somebody's is not there for anybody else, an administrator of the
/// instance included.
#[tokio::test]
async fn what_is_somebody_elses_is_not_there() {
    let github = GitHubDevice::start();
    let mut config = Config::in_memory();
    config.providers = github.providers();
    let server = TestServer::of(config).await;
    let (ana, ben) = (server.account("Ana").await, server.account("Ben").await);
    let root = server.account_of("Root", true).await;
    let anas = server.session(&ana).await;
    let others = [server.session(&ben).await, server.session(&root).await];
    let make = async |path: &str, body: Value| {
        let made = server.with(&anas, &format!("POST {path}"), &body.to_string()).await;
        made.is(201).text("id")
    };
    let mesh = make("/api/my/meshes", json!({ "name": "Team" })).await;
    let invites = format!("/api/my/meshes/{mesh}/invites");
    let invite = make(&invites, json!({})).await;
    let peer = json!({ "id": "session-of-agent-1" });
    let peer = make(&format!("/api/my/meshes/{mesh}/peers"), peer).await;
    let task = format!("POST /api/my/meshes/{mesh}/tasks");
    server.with(&anas, &task, "{\"title\":\"x\"}").await.is(201);
    let machine = json!({ "anchor": "a".repeat(64), "name": "box" });
    let machine = make("/api/my/machines", machine).await;
    let connection = json!({
        "provider": "anthropic", "way": "token", "kind": "api_key", "secret": "sk-ant-x",
    });
    let connection = make("/api/my/providers", connection).await;
    let flow = make("/api/device-flow/github/start", json!({})).await;
    let token = make("/api/my/cli/tokens", json!({ "name": "ci" })).await;
    let sessions = server.with(&anas, "GET /api/my/cli/sessions", "").await.is(200).json();
    let session = sessions["data"][0]["id"].as_str().expect("an id");
    let of_ana = [
        ("/api/my/meshes/", mesh.as_str()),
        ("/api/my/invites/", &invite),
        ("/api/my/machines/", &machine),
        ("/api/my/cli/tokens/", &token),
        ("/api/my/providers/", &connection),
        ("/api/device-flow/", &flow),
        ("/api/my/cli/sessions/", session),
    ];
    for (line, ..) in ROUTES {
        if !line.contains("{id}") || line.contains("/admin/") {
            continue;
        }
        let (_, id) = of_ana.iter().find(|(path, _)| line.contains(path)).expect("one of Ana's");
        let line = line.replace("{id}", id).replace("{member}", &ana.id);
        let line = line.replace("{peer}", &peer).replace("{number}", "1");
        let line = line.replace("{connection}", &connection);
        let body = json!({
            "name": "x", "role": "member", "id": "session-of-agent-2", "to": "*", "text": "x",
            "title": "x", "read_to": 1, "summary": "x", "connection": connection,
        });
        for other in &others {
            server.with(other, &line, &body.to_string()).await.says_no(404, "not_found");
        }
    }
    for path in ["meshes", "machines", "cli/tokens", "cli/sessions"] {
        let list = server.with(&anas, &format!("GET /api/my/{path}"), "").await;
        assert_eq!(list.is(200).json()["total"], 1, "{path}");
    }
    assert_eq!(server.with(&anas, &format!("GET {invites}"), "").await.is(200).json()["total"], 1);
}

super::on_postgres::on_postgres!(
    each_route_lets_in_who_may_and_nobody_else,
    a_browser_settles_a_code_with_its_forms_token_alone,
    what_is_somebody_elses_is_not_there,
);

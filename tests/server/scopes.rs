//! What a token may do: every route asks for one scope. A token with all the
//! others is turned away and told which it lacks; one with that alone is not.
//! Held by access tokens, which may have them all, and by service clients.

use crewmesh::secret::Secret;
use crewmesh::server::domain::scopes;
use crewmesh::server::http::routes::{Access, Route};
use serde_json::json;

use super::TestServer;

/// Every route with a bearer that a scope stands before. What they name is not
/// there, so that nothing is changed on the way.
const TABLE: [(&str, &str); 34] = [
    ("GET /api/my/profile", "profile:read"),
    ("GET /api/my/audit", "profile:read"),
    ("GET /api/my/meshes", "mesh:read"),
    ("POST /api/my/meshes", "mesh:write"),
    ("GET /api/my/meshes/none", "mesh:read"),
    ("PATCH /api/my/meshes/none", "mesh:write"),
    ("DELETE /api/my/meshes/none", "mesh:write"),
    ("GET /api/my/meshes/none/members", "mesh:read"),
    ("PATCH /api/my/meshes/none/members/none", "mesh:write"),
    ("DELETE /api/my/meshes/none/members/none", "mesh:write"),
    ("GET /api/my/meshes/none/invites", "invite:create"),
    ("POST /api/my/meshes/none/invites", "invite:create"),
    ("DELETE /api/my/invites/none", "invite:create"),
    ("POST /api/invites/none/accept", "mesh:write"),
    ("GET /api/my/machines", "machine:read"),
    ("POST /api/my/machines", "machine:write"),
    ("PATCH /api/my/machines/none", "machine:write"),
    ("DELETE /api/my/machines/none", "machine:write"),
    ("GET /api/my/cli/sessions", "token:manage"),
    ("DELETE /api/my/cli/sessions", "token:manage"),
    ("DELETE /api/my/cli/sessions/none", "token:manage"),
    ("GET /api/my/cli/tokens", "token:manage"),
    ("POST /api/my/cli/tokens", "token:manage"),
    ("DELETE /api/my/cli/tokens/none", "token:manage"),
    ("GET /api/admin/members", "admin"),
    ("GET /api/admin/audit", "admin"),
    ("GET /api/admin/service-clients", "admin"),
    ("POST /api/admin/service-clients", "admin"),
    ("DELETE /api/admin/service-clients/none", "admin"),
    ("PUT /api/admin/service-clients/none/meshes/none", "admin"),
    ("DELETE /api/admin/service-clients/none/meshes/none", "admin"),
    ("GET /api/invites/none", ""),
    // These are a person's, and no token's whatever it may do.
    ("POST /api/my/password", "nobody"),
    ("DELETE /api/my/cli/sessions/current", "nobody"),
];

/// A body that every route can read.
fn body() -> String {
    let all = json!({
        "name": "x", "role": "member", "anchor": "a".repeat(64), "scopes": ["mesh:read"],
        "current": "x", "password": "correct horse battery",
    });
    all.to_string()
}

/// An access token of `session`'s person with these scopes.
async fn pat(server: &TestServer, session: &Secret, scopes: &[&str]) -> Secret {
    server.pat(session, &json!({ "name": "x", "scopes": scopes }).to_string()).await
}

/// A service client's token with these.
async fn service(server: &TestServer, session: &Secret, scopes: &[&str]) -> Secret {
    let body = json!({ "name": "ci", "scopes": scopes }).to_string();
    let made = server.with(session, "POST /api/admin/service-clients", &body).await;
    let (id, secret) = (made.is(201).text("client_id"), made.text("client_secret"));
    let body = format!("grant_type=client_credentials&client_id={id}&client_secret={secret}");
    Secret::new(server.form("/oauth/token", &body).await.is(200).text("access_token"))
}

#[tokio::test]
async fn a_token_does_what_its_scopes_say_and_nothing_else() {
    let server = TestServer::new().await;
    let root = server.account_of("Root", true).await;
    let session = server.session(&root).await;
    for scope in scopes::ALL {
        let others: Vec<_> = scopes::ALL.into_iter().filter(|other| *other != scope).collect();
        let (only, without) =
            (pat(&server, &session, &[scope]).await, pat(&server, &session, &others).await);
        for (line, wanted) in TABLE {
            if wanted == scope {
                let answer = server.with(&without, line, &body()).await;
                answer.says_no(403, "insufficient_scope");
                let asked = answer.header("www-authenticate").unwrap_or_default();
                assert!(asked.contains(&format!("scope=\"{scope}\"")), "{line}: {asked}");
            } else if scopes::ALL.contains(&wanted) {
                server.with(&only, line, &body()).await.says_no(403, "insufficient_scope");
            }
        }
        for (line, _) in TABLE.iter().filter(|(_, wanted)| *wanted == scope) {
            let answer = server.with(&only, line, &body()).await;
            let refused = answer.status == 403 && answer.error() == "insufficient_scope";
            assert!(!refused, "{line} with {scope}: {answer:?}");
        }
    }
    for (line, _) in TABLE.iter().filter(|(_, wanted)| *wanted == "nobody") {
        let all = pat(&server, &session, &scopes::ALL).await;
        let answer = server.with(&all, line, &body()).await;
        assert!([403, 409].contains(&answer.status), "{line}: {answer:?}");
    }
}

#[tokio::test]
async fn a_service_client_does_what_its_scopes_say_and_nothing_else() {
    let server = TestServer::new().await;
    let root = server.account_of("Root", true).await;
    let session = server.session(&root).await;
    for scope in scopes::OF_SERVICES {
        let only = service(&server, &session, &[scope]).await;
        for (line, wanted) in TABLE {
            let answer = server.with(&only, line, &body()).await;
            let refused = answer.status == 403 && answer.error() == "insufficient_scope";
            let asked = scopes::ALL.contains(&wanted) && wanted != scope;
            assert_eq!(refused, asked, "{line} with {scope}: {answer:?}");
            // Its own end excepted, nothing that is a person's is ever done.
            if wanted == "nobody" {
                assert!([403, 409].contains(&answer.status), "{line}: {answer:?}");
            }
        }
    }
}

/// A route that nobody put into the table would be in no test of it, and one
/// that says another scope is in the wrong one.
#[test]
fn every_route_stands_in_the_table() {
    let routes = crewmesh::server::api::routes();
    for Route { method, path, access } in routes.table() {
        let parts = path.split('/').map(|part| if part.starts_with('{') { "none" } else { part });
        let line = format!("{method} {}", parts.collect::<Vec<_>>().join("/"));
        let listed = TABLE.iter().find(|(listed, _)| *listed == line).map(|(_, scope)| *scope);
        match access {
            Access::Scope(scope) => assert_eq!(listed, Some(*scope), "{line}"),
            Access::Bearer => assert!(listed.is_some(), "{line}"),
            Access::Public | Access::Person => {}
        }
    }
}

super::on_postgres::on_postgres!(
    a_token_does_what_its_scopes_say_and_nothing_else,
    a_service_client_does_what_its_scopes_say_and_nothing_else,
);

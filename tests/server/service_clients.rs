//! Programs that sign in as themselves: made by an administrator, in the meshes
//! they were put into, gone at once when revoked.

use crewmesh::secret::Secret;
use crewmesh::server::domain::device_code_state::Decision;
use crewmesh::server::store::{Account, Page, Whose};
use data_encoding::BASE64;
use serde_json::json;

use super::{Answer, Codes, DAY, GRANT, MINUTE, TestServer};

const CLIENTS: &str = "/api/admin/service-clients";

/// An instance, whoever runs it, and their mesh.
struct Place {
    server: TestServer,
    root: Account,
    session: Secret,
    mesh: String,
}

struct Made {
    id: String,
    secret: String,
}

impl Place {
    async fn new() -> Self {
        let server = TestServer::new().await;
        let root = server.account_of("Root", true).await;
        let session = server.session(&root).await;
        let mesh = server.with(&session, "POST /api/my/meshes", "{\"name\":\"Team\"}").await;
        let mesh = mesh.is(201).text("id");
        Self { server, root, session, mesh }
    }

    async fn make(&self, scopes: &[&str]) -> Made {
        let body = json!({ "name": "ci", "scopes": scopes }).to_string();
        let made = self.server.with(&self.session, &format!("POST {CLIENTS}"), &body).await;
        made.is(201);
        assert_eq!(made.text("id"), made.text("client_id"));
        Made { id: made.text("id"), secret: made.text("client_secret") }
    }

    async fn basic(&self, made: &Made, body: &str) -> Answer {
        let basic = BASE64.encode(format!("{}:{}", made.id, made.secret).as_bytes());
        let basic = format!("Basic {basic}");
        let form = ("Content-Type", "application/x-www-form-urlencoded; charset=utf-8");
        let body = format!("grant_type=client_credentials{body}");
        self.server.request("POST /oauth/token", &[form, ("Authorization", &basic)], &body).await
    }

    async fn token(&self, made: &Made) -> Secret {
        Secret::new(self.basic(made, "").await.is(200).text("access_token"))
    }

    async fn post(&self, made: &Made, body: &str) -> Answer {
        let Made { id, secret } = made;
        let body =
            format!("grant_type=client_credentials&client_id={id}&client_secret={secret}{body}");
        self.server.form("/oauth/token", &body).await
    }
}

#[tokio::test]
async fn a_service_client_signs_in_as_itself_for_an_hour() {
    let place = Place::new().await;
    let made = place.make(&["profile:read", "mesh:read"]).await;
    assert!(made.secret.starts_with("cm_secret_") && made.secret.len() > 60);
    let answer = place.basic(&made, "").await;
    let grant = answer.is(200).json();
    assert_eq!((&grant["token_type"], &grant["expires_in"]), (&"Bearer".into(), &3_600.into()));
    assert_eq!(grant["scope"], "profile:read mesh:read");
    let token = Secret::new(answer.text("access_token"));
    assert!(token.expose().starts_with("cm_svc_"));

    let profile = place.server.with(&token, "GET /api/my/profile", "").await.is(200).json();
    assert_eq!((&profile["via"], &profile["id"]), (&"service".into(), &made.id.clone().into()));
    assert_eq!(profile["name"], "ci");
    let own = place.server.with(&token, "DELETE /api/my/cli/sessions/current", "").await;
    own.says_no(409, "not_a_session");
    assert!(own.text("message").contains("service client"), "{own:?}");
    place.server.clock.advance(59 * MINUTE);
    place.server.with(&token, "GET /api/my/profile", "").await.is(200);
    place.server.clock.advance(MINUTE);
    place.server.with(&token, "GET /api/my/profile", "").await.says_no(401, "invalid_token");
}

#[tokio::test]
async fn it_shows_itself_either_way_and_asks_for_less() {
    let place = Place::new().await;
    let made = place.make(&["profile:read", "mesh:read"]).await;
    let less = place.post(&made, "&scope=mesh%3Aread&scope=openid").await;
    assert_eq!(less.is(200).text("scope"), "mesh:read");
    place.post(&made, "&scope=mesh%3Awrite").await.refuses(400, "invalid_scope");
    place.post(&made, "&scope=admin").await.refuses(400, "invalid_scope");
    let wrong = Made { id: made.id.clone(), secret: format!("{}x", made.secret) };
    place.post(&wrong, "").await.refuses(401, "invalid_client");
    place.basic(&wrong, "").await.refuses(401, "invalid_client");
    let bare = Made { id: made.id.clone(), secret: String::new() };
    place.basic(&bare, "").await.refuses(401, "invalid_client");
    place.basic(&made, "&client_secret=other").await.refuses(400, "invalid_request");
    let twice = format!("&client_id={}", made.id);
    place.basic(&made, &twice).await.is(200);
    place.post(&made, &twice).await.refuses(400, "invalid_request");
    let public = "grant_type=client_credentials&client_id=crewmesh";
    place.server.form("/oauth/token", public).await.refuses(400, "unauthorized_client");
}

#[tokio::test]
async fn it_is_in_the_meshes_it_was_put_into() {
    let place = Place::new().await;
    let made = place.make(&["mesh:read", "invite:create"]).await;
    let token = place.token(&made).await;
    let seen = format!("GET /api/my/meshes/{}", place.mesh);
    place.server.with(&token, &seen, "").await.says_no(404, "not_found");
    for mesh in [place.mesh.as_str(), "team"] {
        let put = format!("PUT {CLIENTS}/{}/meshes/{mesh}", made.id);
        place.server.with(&place.session, &put, "").await.is(204);
    }
    let mesh = place.server.with(&token, &seen, "").await.is(200).json();
    assert_eq!((&mesh["role"], &mesh["member_count"]), (&"member".into(), &2.into()));
    let list =
        place.server.with(&place.session, &format!("GET {CLIENTS}"), "").await.is(200).json();
    assert_eq!((&list["total"], &list["data"][0]["meshes"]), (&1.into(), &json!(["team"])));
    assert!(list["data"][0].get("client_secret").is_none());
    let people = place.server.with(&place.session, "GET /api/admin/members", "").await;
    assert_eq!(people.is(200).json()["total"], 1, "a service client is nobody");

    // Another's mesh is not for whoever runs the instance to fill.
    let ana = place.server.account("Ana").await;
    let hers = place.server.session(&ana).await;
    let other = place.server.with(&hers, "POST /api/my/meshes", "{\"name\":\"Hers\"}").await;
    let put = format!("PUT {CLIENTS}/{}/meshes/{}", made.id, other.is(201).text("id"));
    place.server.with(&place.session, &put, "").await.says_no(404, "not_found");

    let out = format!("DELETE {CLIENTS}/{}/meshes/team", made.id);
    place.server.with(&place.session, &out, "").await.is(204);
    place.server.with(&place.session, &out, "").await.says_no(404, "not_found");
    place.server.with(&token, &seen, "").await.says_no(404, "not_found");
}

#[tokio::test]
async fn a_revoked_client_and_its_tokens_are_dead_at_once() {
    let place = Place::new().await;
    let made = place.make(&["profile:read", "mesh:read"]).await;
    let put = format!("PUT {CLIENTS}/{}/meshes/team", made.id);
    place.server.with(&place.session, &put, "").await.is(204);
    let token = place.token(&made).await;
    let revoke = format!("DELETE {CLIENTS}/{}", made.id);
    place.server.with(&place.session, &revoke, "").await.is(204);
    place.server.with(&token, "GET /api/my/profile", "").await.says_no(401, "invalid_token");
    place.basic(&made, "").await.refuses(401, "invalid_client");
    place.server.with(&place.session, &revoke, "").await.says_no(404, "not_found");
    let mesh = format!("GET /api/my/meshes/{}", place.mesh);
    let mesh = place.server.with(&place.session, &mesh, "").await;
    assert_eq!(mesh.is(200).json()["member_count"], 1);
    let store = &place.server.running.state().store;
    let done = store.audit_events(Whose::Anybody, &Page::default()).await.unwrap().data;
    for action in
        ["service_client.created", "service_client.token.created", "service_client.revoked"]
    {
        assert!(done.iter().any(|event| event.action == action), "{action}");
    }
    let own = store.audit_events(Whose::Account(&place.root.id), &Page::default()).await.unwrap();
    assert!(own.data.iter().any(|event| event.target == made.id));
}

#[tokio::test]
async fn what_a_revoked_client_invited_to_ends_with_it() {
    let place = Place::new().await;
    let made = place.make(&["mesh:write", "invite:create"]).await;
    let token = place.token(&made).await;
    let mesh = place.server.with(&token, "POST /api/my/meshes", "{\"name\":\"Its own\"}").await;
    let line = format!("POST /api/my/meshes/{}/invites", mesh.is(201).text("id"));
    let invite = place.server.with(&token, &line, "{\"role\":\"admin\"}").await;
    let accept = format!("POST /api/invites/{}/accept", invite.is(201).text("code"));
    let revoke = format!("DELETE {CLIENTS}/{}", made.id);
    place.server.with(&place.session, &revoke, "").await.is(204);
    place.server.with(&place.session, &accept, "").await.says_no(410, "revoked");
}

/// The client was good when it began to wait, and is no more when somebody says
/// yes to it.
#[tokio::test]
async fn a_client_that_is_revoked_while_it_waits_gets_nothing() {
    let place = Place::new().await;
    let server = &place.server;
    let made = place.make(&["profile:read"]).await;
    let shows = format!("client_id={}&client_secret={}", made.id, made.secret);
    let asked = server.form("/oauth/device_authorization", &shows).await;
    let codes = Codes { device: asked.is(200).text("device_code"), user: asked.text("user_code") };
    let headers = [("Content-Type", "application/x-www-form-urlencoded"), ("Prefer", "wait=25")];
    let body = format!("grant_type={GRANT}&device_code={}&{shows}", codes.device);
    let (answer, ()) = tokio::join!(server.request("POST /oauth/token", &headers, &body), async {
        server.until_held(1).await;
        let revoke = format!("DELETE {CLIENTS}/{}", made.id);
        server.with(&place.session, &revoke, "").await.is(204);
        server.settle(&codes, &place.root, Decision::Approve).await;
    });
    answer.refuses(400, "invalid_grant");
}

#[tokio::test]
async fn only_whoever_runs_the_instance_makes_one() {
    let place = Place::new().await;
    let ana = place.server.account("Ana").await;
    let hers = place.server.session(&ana).await;
    let pat = place.server.pat(&place.session, "{\"name\":\"x\"}").await;
    let made = place.make(&["mesh:write"]).await;
    let service = place.token(&made).await;
    let body = json!({ "name": "x", "scopes": ["mesh:read"] }).to_string();
    for (method, rest) in [
        ("POST", String::new()),
        ("DELETE", format!("/{}", made.id)),
        ("PUT", format!("/{}/meshes/team", made.id)),
        ("DELETE", format!("/{}/meshes/team", made.id)),
    ] {
        let line = format!("{method} {CLIENTS}{rest}");
        place.server.with(&hers, &line, &body).await.says_no(403, "insufficient_scope");
        place.server.with(&service, &line, &body).await.says_no(403, "insufficient_scope");
        place.server.with(&pat, &line, &body).await.says_no(403, "step_up_required");
    }
    let post = format!("POST {CLIENTS}");
    for wrong in [
        json!({ "name": "x", "scopes": [] }),
        json!({ "name": "x", "scopes": ["admin"] }),
        json!({ "name": "x", "scopes": ["token:manage"] }),
        json!({ "name": " ", "scopes": ["mesh:read"] }),
        json!({ "name": "x", "scopes": ["mesh:read"], "redirect_uris": ["javascript:x"] }),
    ] {
        let answer = place.server.with(&place.session, &post, &wrong.to_string()).await;
        answer.says_no(400, "invalid_request");
    }
    place.server.with(&service, "POST /api/my/cli/tokens", "{\"name\":\"x\"}").await.is(403);
}

#[tokio::test]
async fn a_service_client_asks_people_for_no_more_than_it_holds() {
    let place = Place::new().await;
    let made = place.make(&["mesh:read", "machine:read", "token:introspect"]).await;
    let shown = format!("client_id={}&client_secret={}", made.id, made.secret);
    let path = "/oauth/device_authorization";
    place.server.form(path, &format!("client_id={}", made.id)).await.refuses(401, "invalid_client");
    let too_much = format!("{shown}&scope=mesh%3Awrite");
    place.server.form(path, &too_much).await.refuses(400, "invalid_scope");
    // Nothing asked for is the least, which it does not hold.
    place.server.form(path, &shown).await.refuses(400, "invalid_scope");
    let asked = format!("{shown}&scope=mesh:read+machine:read+token:introspect");
    let asked = place.server.form(path, &asked).await;
    let codes =
        super::Codes { device: asked.is(200).text("device_code"), user: asked.text("user_code") };
    let decision = crewmesh::server::domain::device_code_state::Decision::Approve;
    place.server.settle(&codes, &place.root, decision).await;
    // The code is this client's alone.
    place.server.poll(&codes, &[]).await.refuses(400, "invalid_grant");
    let poll = format!("{shown}&grant_type={GRANT}&device_code={}", codes.device);
    let granted = place.server.form("/oauth/token", &poll).await;
    assert_eq!(granted.is(200).text("scope"), "mesh:read machine:read");
    let token = Secret::new(granted.text("access_token"));
    place.server.with(&token, "GET /api/my/meshes", "").await.is(200);
    let revoke = format!("DELETE {CLIENTS}/{}", made.id);
    place.server.with(&place.session, &revoke, "").await.is(204);
    place.server.with(&token, "GET /api/my/meshes", "").await.says_no(401, "invalid_token");
}

#[tokio::test]
async fn ended_tokens_of_a_client_are_cleared_away() {
    let place = Place::new().await;
    let made = place.make(&["profile:read"]).await;
    let old = place.token(&made).await;
    place.server.clock.advance(2 * DAY);
    place.token(&made).await;
    let store = &place.server.running.state().store;
    // Asked as if no time had passed: it is not there at all.
    assert_eq!(store.credential(&old, 0).await.unwrap(), None);
}

#[tokio::test]
async fn a_client_is_told_whether_a_token_is_good() {
    let place = Place::new().await;
    let asker = place.make(&["token:introspect"]).await;
    let other = place.make(&["profile:read"]).await;
    let path = "/oauth/introspect";
    let ask = |made: &Made, token: &str| {
        format!("client_id={}&client_secret={}&token={token}", made.id, made.secret)
    };
    let meta = place.server.request("GET /.well-known/oauth-authorization-server", &[], "").await;
    assert!(meta.is(200).text("introspection_endpoint").ends_with(path));

    let token = place.token(&other).await;
    for made in [&asker, &other] {
        let answer = place.server.form(path, &ask(made, token.expose())).await;
        let body = answer.is(200).json();
        assert_eq!((&body["active"], &body["scope"]), (&true.into(), &"profile:read".into()));
        assert_eq!((&body["client_id"], &body["sub"]), (&json!(other.id), &json!(other.id)));
        let life = body["exp"].as_i64().unwrap() - body["iat"].as_i64().unwrap();
        assert_eq!(life, 3_600);
    }
    // A person's session: whoever may ask about all, and nobody else.
    let session = place.session.expose();
    let seen = place.server.form(path, &ask(&asker, session)).await.is(200).json();
    assert_eq!((&seen["active"], &seen["sub"]), (&true.into(), &json!(place.root.id)));
    let unseen = place.server.form(path, &ask(&other, session)).await.is(200).json();
    assert_eq!(unseen, json!({ "active": false }));

    let unknown = place.server.form(path, &ask(&asker, "cm_svc_unknown")).await;
    assert_eq!(unknown.is(200).json(), json!({ "active": false }));
    place.server.form(path, &ask(&asker, "")).await.refuses(400, "invalid_request");
    let public = format!("client_id=crewmesh&token={session}");
    place.server.form(path, &public).await.refuses(401, "invalid_client");

    // Whoever it was not given to cannot end it.
    let public = format!("client_id=crewmesh&token={}", token.expose());
    for stranger in [ask(&asker, token.expose()), public] {
        let refused = place.server.form("/oauth/revoke", &stranger).await;
        refused.refuses(400, "unauthorized_client");
    }
    let theirs = place.server.form("/oauth/revoke", &ask(&other, session)).await;
    theirs.refuses(400, "unauthorized_client");
    let seen = place.server.form(path, &ask(&asker, token.expose())).await.is(200).json();
    assert_eq!(seen["active"], true);
    let revoke = ask(&other, token.expose());
    place.server.form("/oauth/revoke", &revoke).await.is(200);
    let gone = place.server.form(path, &ask(&asker, token.expose())).await;
    assert_eq!(gone.is(200).json(), json!({ "active": false }));
}

super::on_postgres::on_postgres!(
    a_client_is_told_whether_a_token_is_good,
    a_service_client_signs_in_as_itself_for_an_hour,
    it_shows_itself_either_way_and_asks_for_less,
    it_is_in_the_meshes_it_was_put_into,
    a_revoked_client_and_its_tokens_are_dead_at_once,
    what_a_revoked_client_invited_to_ends_with_it,
    a_client_that_is_revoked_while_it_waits_gets_nothing,
    only_whoever_runs_the_instance_makes_one,
    a_service_client_asks_people_for_no_more_than_it_holds,
    ended_tokens_of_a_client_are_cleared_away,
);

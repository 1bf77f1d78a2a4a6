//! `/api/my`: who somebody is, their password, their sessions and tokens.

use crewmesh::secret::Secret;
use crewmesh::server::domain::client_ip::ClientIp;
use crewmesh::server::domain::device_code_state::Decision;
use crewmesh::server::operations::sessions::{self, SignIn, SignedIn};
use crewmesh::server::operations::{Account, Denied, Principal, passwords};
use serde_json::json;

use super::own_resources::{delete, get, post};
use super::{DAY, PASSWORD, TestServer};

#[tokio::test]
async fn a_profile_says_who_and_by_what() {
    let server = TestServer::new().await;
    let ana = server.account("Ana").await;
    let session = server.session(&ana).await;
    let profile = get(&server, &session, "/api/my/profile").await.is(200).json();
    assert_eq!((&profile["id"], &profile["via"]), (&ana.id.into(), &"session".into()));
    assert_eq!(profile["token"]["name"], "Laptop");
    let pat = server.pat(&session, "{\"name\":\"ci\",\"expires_in_days\":null}").await;
    let profile = get(&server, &pat, "/api/my/profile").await.is(200).json();
    assert_eq!((&profile["via"], &profile["token"]["expires_at"]), (&"pat".into(), &().into()));
}

#[tokio::test]
async fn a_password_is_changed_by_whoever_knows_it() {
    let server = TestServer::new().await;
    let ana = server.account_without_password("Ana", false).await;
    let session = server.session(&ana).await;
    let pat = server.pat(&session, "{\"name\":\"ci\"}").await;
    // Whoever came by another site sets the first one on its page.
    let first = json!({ "current": "", "password": "a long enough one" }).to_string();
    server.with(&session, "POST /api/my/password", &first).await.says_no(403, "no_password");
    server.set_password(&ana).await;
    server.with(&session, "GET /api/my/profile", "").await.says_no(401, "invalid_token");

    let (session, other) = (server.session(&ana).await, server.session(&ana).await);
    let change = async |token: &Secret, current: &str, next: &str| {
        let body = json!({ "current": current, "password": next }).to_string();
        server.with(token, "POST /api/my/password", &body).await
    };
    let next = "another long one";
    change(&pat, "a long enough one", next).await.says_no(403, "step_up_required");
    change(&session, "not that one at all", next).await.says_no(403, "wrong_password");
    // Whoever guesses with somebody's token is seen by them.
    let seen = server.with(&session, "GET /api/my/audit?limit=1", "").await.is(200).json();
    let last = &seen["data"][0];
    assert_eq!((&last["action"], &last["via"]), (&json!("auth.web.failed"), &json!("session")));
    change(&session, "a long enough one", "short").await.says_no(400, "invalid_request");
    change(&session, "a long enough one", next).await.is(204);
    for token in [&session, &other] {
        server.with(token, "GET /api/my/profile", "").await.says_no(401, "invalid_token");
    }
    server.with(&pat, "GET /api/my/profile", "").await.is(200);
}

/// What a stolen session approved would become another one a moment later.
#[tokio::test]
async fn a_new_password_ends_what_was_approved_and_not_claimed() {
    let server = TestServer::new().await;
    let ana = server.account("Ana").await;
    let session = server.session(&ana).await;
    let (claimed, unclaimed, open) = (server.ask().await, server.ask().await, server.ask().await);
    for codes in [&claimed, &unclaimed] {
        server.settle(codes, &ana, Decision::Approve).await;
    }
    let token = Secret::new(server.poll(&claimed, &[]).await.is(200).text("access_token"));
    let ben = server.account("Ben").await;
    let others = server.ask().await;
    server.settle(&others, &ben, Decision::Approve).await;

    let body = json!({ "current": "a long enough one", "password": "another long one" });
    post(&server, &session, "/api/my/password", body).await.is(204);
    server.poll(&unclaimed, &[]).await.refuses(400, "access_denied");
    get(&server, &token, "/api/my/profile").await.says_no(401, "invalid_token");
    // What nobody had approved is still to be decided, and Ben's is Ben's.
    server.settle(&open, &ana, Decision::Approve).await;
    server.poll(&open, &[]).await.is(200);
    server.poll(&others, &[]).await.is(200);
}

#[tokio::test]
async fn a_password_that_was_changed_meanwhile_opens_nothing() {
    let server = TestServer::new().await;
    let ana = server.account("Ana").await;
    let state = server.running.state();
    let [first, second, third] = [PASSWORD, "the second one", "the third one"];
    let read = async || state.store.account(&ana.id).await.unwrap().unwrap();
    // What a browser was let in by is what was read before it was checked.
    let enter = async |account: &Account| {
        let (ip, next) = (ClientIp::NONE, "");
        let sign_in = SignIn { account, upstream: None, next, ip, user_agent: None };
        match sessions::sign_in(state, sign_in).await? {
            SignedIn::Yes(cookie, by) => Ok((cookie, by)),
            SignedIn::Pending(_) => panic!("she has no second factor"),
        }
    };
    let before = read().await;
    let (cookie, by) = enter(&before).await.unwrap();
    let change = async |by: &Principal, to: &str| {
        passwords::change(state, by, Secret::new(first), Secret::new(to)).await
    };
    change(&by, second).await.unwrap();
    let gone = state.store.web_session(&cookie, server.clock.now()).await.unwrap();
    assert!(gone.is_none());
    assert!(matches!(enter(&before).await, Err(Denied::WrongPassword)));
    // Whoever changed it is signed out as well.
    let (_, again) = enter(&read().await).await.unwrap();
    assert!(matches!(change(&again, third).await, Err(Denied::WrongPassword)));
}

#[tokio::test]
async fn sessions_are_listed_and_ended() {
    let server = TestServer::new().await;
    let account = server.account("Ana").await;
    let (here, there) = (server.session(&account).await, server.session(&account).await);
    let list = get(&server, &here, "/api/my/cli/sessions").await.is(200).json();
    assert_eq!(list["total"], 2);
    let other = list["data"].as_array().unwrap().iter().find(|s| s["current"] == false).unwrap();
    let path = format!("/api/my/cli/sessions/{}", other["id"].as_str().unwrap());
    let ben = server.session(&server.account("Ben").await).await;
    delete(&server, &ben, &path).await.says_no(404, "not_found");
    let pat = server.pat(&here, "{\"name\":\"ci\"}").await;
    delete(&server, &pat, &path).await.says_no(403, "step_up_required");
    delete(&server, &pat, "/api/my/cli/sessions/current").await.says_no(409, "not_a_session");
    delete(&server, &pat, "/api/my/cli/sessions").await.says_no(403, "step_up_required");
    delete(&server, &here, &path).await.is(204);
    get(&server, &there, "/api/my/profile").await.says_no(401, "invalid_token");
    delete(&server, &here, "/api/my/cli/sessions/current").await.is(204);
    get(&server, &here, "/api/my/profile").await.says_no(401, "invalid_token");

    let (one, two) = (server.session(&account).await, server.session(&account).await);
    let all = delete(&server, &one, "/api/my/cli/sessions").await;
    assert_eq!(all.is(200).json()["revoked"], 2);
    get(&server, &two, "/api/my/profile").await.says_no(401, "invalid_token");
    get(&server, &pat, "/api/my/profile").await.is(200);
}

#[tokio::test]
async fn a_personal_token_lives_as_long_as_was_said() {
    let server = TestServer::new().await;
    let session = server.session(&server.account("Ana").await).await;
    let path = "/api/my/cli/tokens";
    for (asked, days) in [
        (json!({ "name": "x" }), Some(365)),
        (json!({ "name": "x", "expires_in_days": 30 }), Some(30)),
        (json!({ "name": "x", "expires_in_days": 90 }), Some(90)),
        (json!({ "name": "x", "expires_in_days": 365 }), Some(365)),
        (json!({ "name": "x", "expires_in_days": null }), None),
    ] {
        let made = post(&server, &session, path, asked).await.is(201).json();
        let time = |member: &str| {
            let text = made[member].as_str()?;
            Some(text.parse::<jiff::Timestamp>().expect("a time").as_millisecond())
        };
        let life = time("expires_at").map(|ends| (ends - time("created_at").unwrap()) / DAY);
        assert_eq!(life, days, "{made}");
    }
    for days in [json!(0), json!(-1), json!(7), json!(366), json!("30"), json!(30.5)] {
        let body = json!({ "name": "x", "expires_in_days": days });
        post(&server, &session, path, body).await.says_no(400, "invalid_request");
    }
}

#[tokio::test]
async fn a_personal_token_is_seen_once_and_makes_no_other() {
    let server = TestServer::new().await;
    let session = server.session(&server.account("Ana").await).await;
    let path = "/api/my/cli/tokens";
    let made = post(&server, &session, path, json!({ "name": "ci" })).await;
    let token = Secret::new(made.is(201).text("token"));
    assert_eq!(made.text("last_four"), token.last_four());
    let year = get(&server, &session, path).await;
    year.is(200);
    assert!(!year.body.contains(token.expose()) && year.json()["data"][0]["name"] == "ci");
    post(&server, &token, path, json!({ "name": "x" })).await.says_no(403, "step_up_required");
    for wrong in [
        json!({ "name": "" }),
        json!({ "name": "x", "expires_in_days": 7 }),
        json!({ "name": "x", "scopes": [] }),
        json!({ "name": "x", "scopes": ["nonsense"] }),
    ] {
        post(&server, &session, path, wrong).await.says_no(400, "invalid_request");
    }
    let wide = json!({ "name": "x", "scopes": ["admin"] });
    post(&server, &session, path, wide).await.says_no(403, "insufficient_scope");

    let one = format!("{path}/{}", made.text("id"));
    let short = server.pat(&session, "{\"name\":\"s\",\"expires_in_days\":30}").await;
    delete(&server, &short, &one).await.says_no(403, "step_up_required");
    delete(&server, &session, &one).await.is(204);
    get(&server, &token, "/api/my/profile").await.says_no(401, "invalid_token");
    delete(&server, &session, &one).await.says_no(404, "not_found");
    server.clock.advance(30 * DAY);
    get(&server, &short, "/api/my/profile").await.says_no(401, "invalid_token");
}

#[tokio::test]
async fn a_token_lacks_what_it_was_not_given() {
    let server = TestServer::new().await;
    let ana = server.account("Ana").await;
    let session = server.session(&ana).await;
    let pat = server.pat(&session, "{\"name\":\"ci\",\"scopes\":[\"profile:read\"]}").await;
    get(&server, &pat, "/api/my/profile").await.is(200);
    for path in ["/api/my/meshes", "/api/my/machines", "/api/my/cli/sessions", "/api/my/cli/tokens"]
    {
        get(&server, &pat, path).await.says_no(403, "insufficient_scope");
    }
}

super::on_postgres::on_postgres!(
    a_profile_says_who_and_by_what,
    a_password_is_changed_by_whoever_knows_it,
    a_new_password_ends_what_was_approved_and_not_claimed,
    a_password_that_was_changed_meanwhile_opens_nothing,
    sessions_are_listed_and_ended,
    a_personal_token_lives_as_long_as_was_said,
    a_personal_token_is_seen_once_and_makes_no_other,
    a_token_lacks_what_it_was_not_given,
);

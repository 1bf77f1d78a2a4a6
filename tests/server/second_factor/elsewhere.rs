//! What else takes the second factor: a terminal, an instance that requires one;
//! and its end.

use crewmesh::secret::Secret;
use crewmesh::server::Config;
use crewmesh::server::operations::{Account, second_factors};
use serde_json::json;

use super::browser::{Browser, leads};
use super::{APP, SETTINGS, code, did, has_second_factor, set_up, shown};
use crate::server::{MINUTE, PASSWORD, TestServer};

#[tokio::test]
async fn a_terminal_gives_password_and_code() {
    let server = TestServer::new().await;
    let state = server.running.state();
    let root = server.account_of("Root", true).await;
    let session = server.session(&root).await;
    let (seed, codes) = set_up(&server, &root).await;
    let asked = server.ask().await;
    let approve = format!("POST /api/auth/cli/device-code/{}/approve", asked.user);
    for (at, (line, body)) in [
        (approve.as_str(), json!({})),
        ("POST /api/my/cli/tokens", json!({ "name": "ci" })),
        ("POST /api/admin/service-clients", json!({ "name": "ci", "scopes": ["mesh:read"] })),
    ]
    .into_iter()
    .enumerate()
    {
        server.clock.advance(MINUTE);
        let ask = async |password: Option<&str>, code: Option<&Secret>| {
            let mut body = body.clone();
            body["password"] = password.into();
            body["one_time_code"] = code.map(Secret::expose).into();
            server.without_password(&session, line, &body.to_string()).await
        };
        let right = code(state, &root, &seed, 0);
        ask(None, None).await.says_no(403, "password_required");
        ask(None, Some(&right)).await.says_no(403, "password_required");
        ask(Some("not that one at all"), Some(&right)).await.says_no(403, "wrong_password");
        ask(Some(PASSWORD), None).await.says_no(403, "one_time_code_required");
        // Once, since few wrong ones a day are free.
        if at == 0 {
            ask(Some(PASSWORD), Some(&Secret::new(""))).await.says_no(403, "wrong_one_time_code");
            let events = server.with(&session, "GET /api/my/audit?limit=1", "").await;
            let last = &events.is(200).json()["data"][0];
            assert_eq!(last["action"], "auth.second_factor.failed");
            assert_eq!(last["via"], "session");
        }
        assert!(ask(Some(PASSWORD), Some(&right)).await.status < 300, "{line}");
        let again = ask(Some(PASSWORD), Some(&right)).await;
        // A code that is settled is asked about before who asks.
        if at == 0 {
            assert!(again.status >= 400, "{again:?}");
        } else {
            again.says_no(403, "wrong_one_time_code");
            assert!(ask(Some(PASSWORD), Some(&codes[at])).await.status < 300, "{line}");
        }
    }
    server.poll(&asked, &[]).await.is(200);
}

/// What is refused after all takes no code.
#[tokio::test]
async fn a_code_is_taken_by_what_is_done_with_it() {
    let server = TestServer::new().await;
    let (ana, state) = (server.account("Ana").await, server.running.state());
    let session = server.session(&ana).await;
    let (seed, _) = set_up(&server, &ana).await;
    let right = code(state, &ana, &seed, 0);
    let mut body = json!({ "name": "ci", "password": PASSWORD, "one_time_code": right.expose(), "scopes": ["admin"] });
    let line = "POST /api/my/cli/tokens";
    let refused = server.without_password(&session, line, &body.to_string()).await;
    refused.says_no(403, "insufficient_scope");
    body["scopes"] = json!(["mesh:read"]);
    server.without_password(&session, line, &body.to_string()).await.is(201);
}

#[tokio::test]
async fn whoever_has_to_have_one_sets_it_up_first() {
    let mut config = Config::in_memory();
    config.require_second_factor = true;
    let server = TestServer::of(config).await;
    let (ana, state) = (server.account("Ana").await, server.running.state());
    let asked = server.ask().await;
    let card = format!("/D/{}", asked.user.replace('-', ""));
    let mut browser = Browser::new(&server);
    browser.get("/login").await.is(200);
    let fields = [("email", ana.email.as_str()), ("password", PASSWORD), ("next", card.as_str())];
    assert_eq!(leads(&browser.post("/login", &fields).await), card);
    let way = format!("{SETTINGS}?next={}", card.replace('/', "%2F"));
    assert_eq!(browser.led(&card).await, way);
    for path in ["/meshes", "/settings/tokens", "/settings/sessions", "/settings/password", "/d"] {
        assert!(browser.led(path).await.starts_with(SETTINGS), "{path}");
    }
    browser.get("/").await.is(200);
    let page = browser.get(&way).await.is(200).clone();
    assert!(page.body.contains(&format!("{APP}?next={}", card.replace('/', "%2F"))));
    for path in [card.as_str(), "/settings/tokens", "/meshes"] {
        let posted = browser.post(path, &[("decision", "approve"), ("name", "x")]).await;
        assert!(leads(&posted).starts_with(SETTINGS), "{path}");
    }
    // Nor by the same cookie on the API.
    let (cookie, csrf) = server.web_session(&ana).await;
    let headers = [("Cookie", cookie.as_str()), ("X-CSRF-Token", csrf.as_str())];
    let line = format!("POST /api/auth/cli/device-code/{}/approve", asked.user);
    server.request(&line, &headers, "").await.says_no(403, "second_factor_required");

    browser.get(APP).await.is(200);
    let first = code(state, &ana, &browser.seed(), 0);
    browser.post(APP, &[("code", first.expose()), ("next", &card)]).await.is(201);
    browser.get(&card).await.is(200);
    browser.post(&card, &[("decision", "approve")]).await.is(303);
    let session = Secret::new(server.poll(&asked, &[]).await.is(200).text("access_token"));

    // A terminal whose person has none goes on, and lets nobody else in.
    let (_, by) = server.browser(&ana).await;
    second_factors::remove(state, &by, Secret::new(PASSWORD)).await.unwrap();
    server.with(&session, "GET /api/my/profile", "").await.is(200);
    let refused = server.with(&session, "POST /api/my/cli/tokens", "{\"name\":\"ci\"}").await;
    refused.says_no(403, "second_factor_required");
    assert!(refused.json()["hint"].as_str().unwrap().contains(SETTINGS), "{refused:?}");
    assert!(browser.led("/meshes").await.starts_with(SETTINGS));
}

#[tokio::test]
async fn it_is_removed_and_its_codes_renewed_by_the_password() {
    let server = TestServer::new().await;
    let ana = server.account("Ana").await;
    let (_, old) = set_up(&server, &ana).await;
    let mut browser = Browser::of(&server, &ana).await;
    browser.get(SETTINGS).await.is(200);
    for what in ["codes", "remove"] {
        browser.post(SETTINGS, &[("do", what), ("proof", "not that one at all")]).await.is(422);
        browser.post(SETTINGS, &[("do", what), ("proof", old[0].expose())]).await.is(422);
    }
    let renewed = browser.post(SETTINGS, &[("do", "codes"), ("proof", PASSWORD)]).await;
    let new = shown(renewed.is(201));
    assert!(new.len() == 10 && !new.contains(&old[0]));
    let mut other = Browser::new(&server);
    other.begin(&ana, PASSWORD, "").await;
    other.give(&old[0]).await.is(401);
    other.give(&new[0]).await.is(303);
    let removed = browser.post(SETTINGS, &[("do", "remove"), ("proof", PASSWORD)]).await;
    assert_eq!(leads(&removed), SETTINGS);
    assert!(!has_second_factor(&server, &ana).await);
    let did: Vec<_> = did(&server, &ana).await.into_iter().map(|(action, _)| action).collect();
    for action in [
        "auth.second_factor.recovery_codes",
        "auth.second_factor.recovery_code_used",
        "auth.second_factor.removed",
        "auth.second_factor.set_up",
    ] {
        assert!(did.iter().any(|done| done == action), "{action}: {did:?}");
    }
}

#[tokio::test]
async fn without_a_password_a_code_removes_it() {
    let server = TestServer::new().await;
    let (ana, state) =
        (server.account_without_password("Ana", false).await, server.running.state());
    let (seed, codes) = set_up(&server, &ana).await;
    let mut browser = Browser::of(&server, &ana).await;
    browser.get(SETTINGS).await.is(200);
    browser.post(SETTINGS, &[("do", "codes"), ("proof", "")]).await.is(422);
    let right = code(state, &ana, &seed, 0);
    browser.post(SETTINGS, &[("do", "codes"), ("proof", right.expose())]).await.is(201);
    browser.post(SETTINGS, &[("do", "remove"), ("proof", right.expose())]).await.is(422);
    browser.post(SETTINGS, &[("do", "remove"), ("proof", codes[0].expose())]).await.is(422);
    let right = code(state, &ana, &seed, 1);
    browser.post(SETTINGS, &[("do", "remove"), ("proof", right.expose())]).await.is(303);
    assert!(!has_second_factor(&server, &ana).await);
}

#[tokio::test]
async fn whoever_runs_it_takes_a_lost_one_away() {
    let server = TestServer::new().await;
    let (ana, root) = (server.account("Ana").await, server.account_of("Root", true).await);
    set_up(&server, &ana).await;
    set_up(&server, &root).await;
    let people = "/admin/members";
    let of = |account: &Account| format!("{people}/{}", account.id);
    let take = [("do", "second-factor")];
    let mut browser = Browser::of(&server, &root).await;
    let page = browser.get(people).await.is(200).clone();
    assert_eq!(page.body.matches("value=\"second-factor\"").count(), 1, "not one's own here");
    browser.post(&of(&root), &take).await.is(403);
    assert!(has_second_factor(&server, &root).await);
    let mut anas = Browser::of(&server, &ana).await;
    anas.get("/meshes").await.is(200);
    anas.post(&of(&root), &take).await.is(404);
    server.clock.advance(30 * MINUTE);
    browser.post(&of(&ana), &take).await.is(403);
    assert!(has_second_factor(&server, &ana).await, "that takes a sign-in of late");
    let mut browser = Browser::of(&server, &root).await;
    browser.get(people).await.is(200);
    assert_eq!(leads(&browser.post(&of(&ana), &take).await), people);
    assert!(!has_second_factor(&server, &ana).await);
    browser.post(&format!("{people}/nobody"), &take).await.is(404);
    let removed = ("auth.second_factor.removed".to_owned(), "admin".to_owned());
    assert!(did(&server, &ana).await.contains(&removed));
    let taken = ("account.second_factor.taken".to_owned(), "web".to_owned());
    assert!(did(&server, &root).await.contains(&taken));
    anas.get("/login").await;
    assert!(anas.get("/audit").await.body.contains("by whoever runs this instance"));
    let mut again = Browser::new(&server);
    again.get("/login").await.is(200);
    let fields = [("email", ana.email.as_str()), ("password", PASSWORD)];
    assert_eq!(leads(&again.post("/login", &fields).await), "/meshes");
}

crate::server::on_postgres::on_postgres!(
    a_terminal_gives_password_and_code,
    a_code_is_taken_by_what_is_done_with_it,
    whoever_has_to_have_one_sets_it_up_first,
    it_is_removed_and_its_codes_renewed_by_the_password,
    without_a_password_a_code_removes_it,
    whoever_runs_it_takes_a_lost_one_away,
);

//! What the code is good for: a session, once, for whoever asked.

use crewmesh::secret::Secret;
use crewmesh::server::store::{Page, Whose};
use crewmesh::server::{Config, Database};
use data_encoding::BASE64;

use super::{BACK, CHALLENGE, Reader, asking, landed, part, register, show, showing};
use crate::server::{DAY, MINUTE, TestServer};

#[tokio::test]
async fn a_code_is_good_once_for_a_minute_for_whoever_asked() {
    let server = TestServer::new().await;
    let ana = server.account("Ana").await;
    let reader = Reader::new(&server, &ana).await;
    let asked = asking("crewmesh", BACK, &[]);
    let (other, secret, _) = register(&server, &[BACK]).await;

    let code = reader.allow(&asked).await;
    let short = "x".repeat(43);
    for (more, error) in [
        (vec![("code_verifier", short.as_str())], "invalid_grant"),
        (vec![("code_verifier", "")], "invalid_request"),
        (vec![("redirect_uri", "http://127.0.0.1:1/back?from=mesh")], "invalid_grant"),
        (vec![("redirect_uri", "")], "invalid_request"),
        (vec![("code", "")], "invalid_request"),
        (vec![("code", "cm_ac_x")], "invalid_grant"),
        (vec![("client_id", other.as_str()), ("client_secret", secret.as_str())], "invalid_grant"),
    ] {
        let answer = server.form("/oauth/token", &showing(&code, &more)).await;
        answer.refuses(400, error);
    }
    // None of that used it up.
    let token = Secret::new(show(&server, &code).await.is(200).text("access_token"));
    server.with(&token, "GET /api/my/profile", "").await.is(200);
    // Shown again without the verifier, nothing happens to anybody.
    let found = showing(&code, &[("code_verifier", &short)]);
    server.form("/oauth/token", &found).await.refuses(400, "invalid_grant");
    server.with(&token, "GET /api/my/profile", "").await.is(200);
    // Shown again with it, two have it: nobody may.
    show(&server, &code).await.refuses(400, "invalid_grant");
    server.with(&token, "GET /api/my/profile", "").await.says_no(401, "invalid_token");
    show(&server, &code).await.refuses(400, "invalid_grant");
    let store = &server.running.state().store;
    let done = store.audit_events(Whose::Account(&ana.id), &Page::default()).await.unwrap().data;
    let repeats = done.iter().filter(|event| event.action == "auth.oauth.code.repeated").count();
    assert_eq!(repeats, 1);

    let code = reader.allow(&asked).await;
    server.clock.advance(MINUTE - 1_000);
    show(&server, &code).await.is(200);
    let code = Secret::new(reader.allow(&asked).await);
    server.clock.advance(MINUTE);
    show(&server, code.expose()).await.refuses(400, "invalid_grant");
    // Long after its end nothing is left of it.
    assert!(store.authorization_code(&code).await.unwrap().is_some());
    store.sweep(server.clock.now() + 2 * DAY, 30).await.unwrap();
    assert!(store.authorization_code(&code).await.unwrap().is_none());
}

#[tokio::test]
async fn two_that_show_a_code_at_once_get_one_token() {
    let server = TestServer::new().await;
    let ana = server.account("Ana").await;
    let reader = Reader::new(&server, &ana).await;
    for _ in 0..5 {
        let code = reader.allow(&asking("crewmesh", BACK, &[])).await;
        let (one, two) = tokio::join!(show(&server, &code), show(&server, &code));
        let mut statuses = [one.status, two.status];
        statuses.sort_unstable();
        assert_eq!(statuses, [200, 400], "{one:?} {two:?}");
    }
}

#[tokio::test]
async fn a_code_of_one_node_is_taken_at_another_and_only_its_hash_is_kept() {
    let home = tempfile::tempdir().unwrap();
    let on = async || {
        let mut config = Config::in_memory();
        config.database = Database::in_home(home.path());
        TestServer::of(config).await
    };
    let (here, there) = (on().await, on().await);
    let ana = here.account("Ana").await;
    let reader = Reader::new(&here, &ana).await;
    let code = reader.allow(&asking("crewmesh", BACK, &[])).await;
    assert!(code.starts_with("cm_ac_") && code.len() == 58, "{code}");
    let answer = show(&there, &code).await;
    let token = Secret::new(answer.is(200).text("access_token"));
    here.with(&token, "GET /api/my/profile", "").await.is(200);
    show(&here, &code).await.refuses(400, "invalid_grant");
    there.with(&token, "GET /api/my/profile", "").await.says_no(401, "invalid_token");
    here.running.stop().await;
    there.running.stop().await;
    #[cfg(unix)]
    if let Some(dump) = crate::server::on_postgres::dumped() {
        assert!(dump.contains("authorization_codes") && !dump.contains(&code));
        return;
    }
    let kept = std::fs::read(home.path().join("instance.db")).unwrap();
    let holds = |text: &str| kept.windows(text.len()).any(|window| window == text.as_bytes());
    assert!(holds(CHALLENGE) && !holds(&code) && !holds(token.expose()));
}

#[tokio::test]
async fn a_registered_program_shows_its_secret_too() {
    let server = TestServer::new().await;
    let ana = server.account("Ana").await;
    let reader = Reader::new(&server, &ana).await;
    let there = "https://ci.example.org/back";
    let (id, secret, root) = register(&server, &[there, "http://127.0.0.1:8000/cb"]).await;
    let page = reader.look(&asking(&id, there, &[])).await;
    assert!(page.is(200).body.contains("Let Build board in as you?"), "{}", page.body);
    let policy = page.header("content-security-policy").unwrap();
    assert!(policy.contains("; form-action 'self' https://ci.example.org; "), "{policy}");

    let basic = format!("Basic {}", BASE64.encode(format!("{id}:{secret}").as_bytes()));
    let form = ("Content-Type", "application/x-www-form-urlencoded; charset=UTF-8");
    // On loopback any port is its own; it has to be the same at the end.
    let here = "http://127.0.0.1:61000/cb";
    let asked = asking(&id, here, &[("scope", "profile:read mesh:read")]);
    let code = reader.allow(&asked).await;
    let bare = showing(&code, &[("client_id", &id), ("redirect_uri", here)]);
    server.form("/oauth/token", &bare).await.refuses(401, "invalid_client");
    let shown = showing(&code, &[("client_id", ""), ("redirect_uri", here)]);
    let headers = [form, ("Authorization", basic.as_str())];
    let answer = server.request("POST /oauth/token", &headers, &shown).await;
    assert_eq!(answer.is(200).text("scope"), "profile:read mesh:read");
    let token = Secret::new(answer.text("access_token"));
    server.with(&token, "GET /api/my/meshes", "").await.is(200);

    // It asks for no more than it holds, and approves nobody.
    let back = landed(&reader.look(&asking(&id, there, &[("scope", "mesh:write")])).await);
    assert_eq!(part(&back, "error").as_deref(), Some("invalid_scope"));
    let codes = server.ask().await;
    let approve = format!("POST /api/auth/cli/device-code/{}/approve", codes.user);
    server.with(&token, &approve, "{}").await.says_no(403, "insufficient_scope");
    server.poll(&codes, &[]).await.refuses(400, "authorization_pending");

    // Revoked, it gets nothing for what it was given a moment ago.
    let code = reader.allow(&asking(&id, there, &[])).await;
    let line = format!("DELETE /api/admin/service-clients/{id}");
    server.with(&root, &line, "").await.is(204);
    let shown = showing(&code, &[("client_id", ""), ("redirect_uri", there)]);
    let late = server.request("POST /oauth/token", &headers, &shown).await;
    late.refuses(401, "invalid_client");
    server.with(&token, "GET /api/my/meshes", "").await.says_no(401, "invalid_token");
}

#[tokio::test]
async fn signing_out_everywhere_takes_back_what_nobody_claimed_yet() {
    let server = TestServer::new().await;
    let ana = server.account("Ana").await;
    let session = server.session(&ana).await;
    let reader = Reader::new(&server, &ana).await;
    let code = reader.allow(&asking("crewmesh", BACK, &[])).await;
    let codes = server.ask().await;
    server
        .settle(&codes, &ana, crewmesh::server::domain::device_code_state::Decision::Approve)
        .await;
    server.with(&session, "DELETE /api/my/cli/sessions", "").await.is(200);
    show(&server, &code).await.refuses(400, "invalid_grant");
    server.poll(&codes, &[]).await.refuses(400, "access_denied");
}

#[tokio::test]
async fn a_session_that_may_less_approves_no_more() {
    let server = TestServer::new().await;
    let root = server.account_of("Root", true).await;
    let reader = Reader::new(&server, &root).await;
    let scope = [("scope", "token:manage profile:read")];
    let code = reader.allow(&asking("crewmesh", BACK, &scope)).await;
    let token = Secret::new(show(&server, &code).await.is(200).text("access_token"));
    let at = |user: &str| format!("POST /api/auth/cli/device-code/{user}/approve");
    let codes = server.ask().await;
    server.with(&token, &at(&codes.user), "{}").await.says_no(403, "insufficient_scope");
    let less =
        server.form("/oauth/device_authorization", "client_id=crewmesh&scope=profile:read").await;
    server.with(&token, &at(&less.is(200).text("user_code")), "{}").await.is(200);
}

crate::server::on_postgres::on_postgres!(
    a_code_is_good_once_for_a_minute_for_whoever_asked,
    two_that_show_a_code_at_once_get_one_token,
    a_code_of_one_node_is_taken_at_another_and_only_its_hash_is_kept,
    a_registered_program_shows_its_secret_too,
    signing_out_everywhere_takes_back_what_nobody_claimed_yet,
    a_session_that_may_less_approves_no_more,
);

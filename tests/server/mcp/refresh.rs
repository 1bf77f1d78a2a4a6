//! A token of an hour and what renews it: used once, for a minute to the same
//! effect, by its own client, and over with either.

use crewmesh::secret::Secret;
use crewmesh::server::domain::device_code_state::Decision;
use crewmesh::server::store::{Account, Page, Whose};
use crewmesh::server::{Config, Database};
use serde_json::Value;

use crate::server::authorize::{BACK, Reader, asking, register, showing};
use crate::server::{Answer, Codes, DAY, GRANT, MINUTE, TestServer};

const SCOPE: (&str, &str) = ("scope", "profile:read mesh:read mesh:write offline_access");

/// What a program was given.
pub(super) struct Pair {
    pub(super) access: Secret,
    pub(super) refresh: Secret,
}

#[track_caller]
pub(super) fn pair(answer: &Answer) -> Pair {
    // Given again it has less of its hour.
    let left = answer.is(200).json()["expires_in"].as_u64();
    assert!(left.is_some_and(|left| (3_500..=3_600).contains(&left)), "{answer:?}");
    let token = |member| Secret::new(answer.text(member));
    Pair { access: token("access_token"), refresh: token("refresh_token") }
}

/// What `account` lets a program have.
async fn granted(server: &TestServer, account: &Account) -> Pair {
    let reader = Reader::new(server, account).await;
    let code = reader.allow(&asking("crewmesh", BACK, &[SCOPE])).await;
    pair(&server.form("/oauth/token", &showing(&code, &[])).await)
}

pub(super) async fn renew(server: &TestServer, token: &Secret, more: &str) -> Answer {
    let token = token.expose();
    let client = if more.contains("client_id=") { "" } else { "&client_id=crewmesh" };
    let form = format!("grant_type=refresh_token&refresh_token={token}{client}{more}");
    server.form("/oauth/token", &form).await
}

async fn opens(server: &TestServer, token: &Secret) {
    server.with(token, "GET /api/my/profile", "").await.is(200);
}

async fn is_dead(server: &TestServer, pair: &Pair) {
    server.with(&pair.access, "GET /api/my/profile", "").await.says_no(401, "invalid_token");
    renew(server, &pair.refresh, "").await.refuses(400, "invalid_grant");
}

async fn sessions(server: &TestServer, token: &Secret) -> Value {
    server.with(token, "GET /api/my/cli/sessions", "").await.is(200).json()
}

async fn reused(server: &TestServer, account: &Account) -> usize {
    let store = &server.running.state().store;
    let done = store.audit_events(Whose::Account(&account.id), &Page::default()).await;
    let done = done.expect("it answers");
    done.data.iter().filter(|event| event.action == "auth.oauth.refresh.repeated").count()
}

#[tokio::test]
async fn a_token_is_renewed_once_and_for_a_minute_to_the_same_effect() {
    let server = TestServer::new().await;
    let ana = server.account("Ana").await;
    let first = granted(&server, &ana).await;
    assert!(first.access.expose().starts_with("cm_access_"));
    assert!(first.refresh.expose().starts_with("cm_refresh_"));
    opens(&server, &first.access).await;
    // What renews is shown at no route.
    server.with(&first.refresh, "GET /api/my/profile", "").await.says_no(401, "invalid_token");

    let answer = renew(&server, &first.refresh, "").await;
    let second = pair(&answer);
    assert!(second.access != first.access && second.refresh != first.refresh);
    assert_eq!(answer.text("scope"), "profile:read mesh:read mesh:write");
    assert_eq!(answer.json()["user"]["name"], "Ana");
    // What another window still holds is good until its own end.
    opens(&server, &first.access).await;
    opens(&server, &second.access).await;
    server.clock.advance(MINUTE - 20_000);
    let again = renew(&server, &first.refresh, "").await.is(200).json();
    assert_eq!(again["access_token"], second.access.expose());
    assert_eq!(again["refresh_token"], second.refresh.expose());
    assert!(again["expires_in"].as_u64().is_some_and(|left| left <= 3_560), "{again}");
    // The one who was there first went on meanwhile; neither is signed out.
    let third = pair(&renew(&server, &second.refresh, "").await);
    assert_eq!(pair(&renew(&server, &second.refresh, "").await).refresh, third.refresh);
    assert_eq!(reused(&server, &ana).await, 0);

    // After its minute two have it: nobody may.
    server.clock.advance(MINUTE);
    renew(&server, &first.refresh, "").await.refuses(400, "invalid_grant");
    for pair in [&first, &second, &third] {
        is_dead(&server, pair).await;
    }
    assert_eq!(reused(&server, &ana).await, 1);
}

#[tokio::test]
async fn two_that_renew_at_once_are_given_the_same() {
    let server = TestServer::new().await;
    let ana = server.account("Ana").await;
    let mut pair = granted(&server, &ana).await;
    for _ in 0..20 {
        let (one, two, three) = tokio::join!(
            renew(&server, &pair.refresh, ""),
            renew(&server, &pair.refresh, ""),
            renew(&server, &pair.refresh, "")
        );
        for other in [two, three] {
            for member in ["access_token", "refresh_token", "scope"] {
                assert_eq!(one.is(200).text(member), other.is(200).text(member));
            }
        }
        pair = self::pair(&one);
        opens(&server, &pair.access).await;
    }
    assert_eq!(reused(&server, &ana).await, 0);
}

#[tokio::test]
async fn an_hour_ends_the_token_and_three_months_unused_the_session() {
    let server = TestServer::new().await;
    let ana = server.account("Ana").await;
    let mut pair = granted(&server, &ana).await;
    for _ in 0..4 {
        server.clock.advance(60 * MINUTE);
        let over = server.with(&pair.access, "GET /api/my/profile", "").await;
        over.says_no(401, "invalid_token");
        server.clock.advance(89 * DAY);
        pair = self::pair(&renew(&server, &pair.refresh, "").await);
        opens(&server, &pair.access).await;
        // What ended is forgotten, and what lives is not.
        server.running.state().store.sweep(server.clock.now(), 30).await.unwrap();
    }
    // A year after it was allowed it is over, however much it was used.
    server.clock.advance(8 * DAY);
    let last = renew(&server, &pair.refresh, "").await;
    let left = last.is(200).json()["expires_in"].as_u64().unwrap();
    assert!(left <= 3_600, "{left}");
    server.clock.advance(2 * DAY);
    renew(&server, &Secret::new(last.text("refresh_token")), "")
        .await
        .refuses(400, "invalid_grant");

    let idle = granted(&server, &ana).await;
    server.clock.advance(90 * DAY);
    is_dead(&server, &idle).await;
}

/// After any 401 or 403 gemini registers once more and shows its token under the
/// new name.
#[tokio::test]
async fn what_is_refused_leaves_the_token_as_it_was() {
    let server = TestServer::new().await;
    let ana = server.account("Ana").await;
    let (other, secret, _) = register(&server, &[BACK]).await;
    let first = granted(&server, &ana).await;
    let others = format!("&client_id={other}&client_secret={secret}");
    renew(&server, &first.refresh, &others).await.refuses(400, "invalid_grant");
    renew(&server, &first.refresh, "&client_id=nobody").await.refuses(401, "invalid_client");
    for (more, error) in [
        ("&scope=machine:read", "invalid_scope"),
        ("&scope=nonsense", "invalid_scope"),
        ("&resource=https://other.example", "invalid_target"),
    ] {
        renew(&server, &first.refresh, more).await.refuses(400, error);
    }
    let wrong = "grant_type=refresh_token&client_id=crewmesh";
    server.form("/oauth/token", wrong).await.refuses(400, "invalid_request");
    for token in [
        "x",
        first.access.expose(),
        Secret::random_token(crewmesh::secret::TokenKind::Refresh).expose(),
    ] {
        renew(&server, &Secret::new(token), "").await.refuses(400, "invalid_grant");
    }
    // None of it was its use, so that long after it is still the first.
    server.clock.advance(10 * MINUTE);
    let second = pair(&renew(&server, &first.refresh, "").await);
    // Nor does somebody else's old one end anything.
    server.clock.advance(10 * MINUTE);
    renew(&server, &first.refresh, &others).await.refuses(400, "invalid_grant");
    opens(&server, &second.access).await;
    assert_eq!(reused(&server, &ana).await, 0);
}

#[tokio::test]
async fn a_renewed_token_does_what_is_asked_and_never_more_than_was_given() {
    let server = TestServer::new().await;
    let root = server.account_of("Root", true).await;
    let reader = Reader::new(&server, &root).await;
    let scope = ("scope", "admin mesh:read mesh:write offline_access");
    let code = reader.allow(&asking("crewmesh", BACK, &[scope])).await;
    let first = pair(&server.form("/oauth/token", &showing(&code, &[])).await);
    server.with(&first.access, "GET /api/admin/members", "").await.is(200);

    // What was not given is passed over: most ask for what they asked at first.
    let asked = "&scope=mesh:read+machine:read+offline_access";
    let answer = renew(&server, &first.refresh, asked).await;
    assert_eq!(answer.is(200).text("scope"), "mesh:read");
    let less = pair(&answer);
    server.with(&less.access, "GET /api/my/meshes", "").await.is(200);
    let refused = server.with(&less.access, "POST /api/my/meshes", "{\"name\":\"x\"}").await;
    refused.says_no(403, "insufficient_scope");
    // Within the minute, for all of it, and for /mcp alone.
    let all = renew(&server, &first.refresh, "").await;
    assert_eq!(all.is(200).text("scope"), "mesh:read mesh:write admin");
    assert_eq!(all.text("refresh_token"), less.refresh.expose());
    server.with(&pair(&all).access, "POST /api/my/meshes", "{\"name\":\"x\"}").await.is(201);
    let mcp = format!("&resource=http://{}/mcp", server.host());
    let bound = renew(&server, &less.refresh, &mcp).await;
    assert_eq!(bound.is(200).text("scope"), "mesh:read");
    let bound = pair(&bound);
    server.with(&bound.access, "GET /mcp", "").await.is(405);
    server.with(&bound.access, "GET /api/my/meshes", "").await.says_no(401, "invalid_token");

    // Who runs the instance no more renews nothing of that.
    let id = root.id.clone();
    let take = async move |tx: &mut crewmesh::server::store::Tx| {
        crewmesh::server::store::accounts::set_admin(tx, &id, false).await
    };
    server.running.state().store.write(take).await.expect("it can be done");
    let answer = renew(&server, &bound.refresh, "").await;
    assert_eq!(answer.is(200).text("scope"), "mesh:read mesh:write");
}

#[tokio::test]
async fn what_is_renewed_is_one_session_and_ends_with_it() {
    let server = TestServer::new().await;
    let ana = server.account("Ana").await;
    let own = server.session(&ana).await;
    let form = |token: &Secret| format!("client_id=crewmesh&token={}", token.expose());

    let mut pair = granted(&server, &ana).await;
    for _ in 0..3 {
        pair = self::pair(&renew(&server, &pair.refresh, "").await);
    }
    let listed = sessions(&server, &own).await;
    assert_eq!(listed["total"], 2, "{listed}");
    let row = &listed["data"][0];
    assert_eq!((&row["program"], &row["current"]), (&"crewmesh".into(), &false.into()));
    let line = format!("DELETE /api/my/cli/sessions/{}", row["id"].as_str().unwrap());
    server.with(&own, &line, "").await.is(204);
    is_dead(&server, &pair).await;

    // RFC 7009: with either token, even one that was used.
    let pair = granted(&server, &ana).await;
    server.form("/oauth/revoke", &form(&pair.access)).await.is(200);
    is_dead(&server, &pair).await;
    let pair = granted(&server, &ana).await;
    let next = self::pair(&renew(&server, &pair.refresh, "").await);
    server.form("/oauth/revoke", &form(&pair.refresh)).await.is(200);
    is_dead(&server, &next).await;

    // A code that is shown again takes it back.
    let reader = Reader::new(&server, &ana).await;
    let code = reader.allow(&asking("crewmesh", BACK, &[SCOPE])).await;
    let pair = self::pair(&server.form("/oauth/token", &showing(&code, &[])).await);
    server.form("/oauth/token", &showing(&code, &[])).await.refuses(400, "invalid_grant");
    is_dead(&server, &pair).await;

    let pair = granted(&server, &ana).await;
    server.with(&own, "DELETE /api/my/cli/sessions", "").await.is(200);
    is_dead(&server, &pair).await;
}

/// Whichever comes first, nothing that was given lives on.
#[tokio::test]
async fn a_session_that_is_ended_while_it_is_renewed_is_over() {
    let server = TestServer::new().await;
    let ana = server.account("Ana").await;
    for _ in 0..40 {
        let own = server.session(&ana).await;
        let first = granted(&server, &ana).await;
        let (renewed, ended) = tokio::join!(
            renew(&server, &first.refresh, ""),
            server.with(&own, "DELETE /api/my/cli/sessions", "")
        );
        ended.is(200);
        is_dead(&server, &first).await;
        if renewed.status == 200 {
            is_dead(&server, &pair(&renewed)).await;
        } else {
            renewed.refuses(400, "invalid_grant");
        }
    }
    assert_eq!(reused(&server, &ana).await, 0);
}

#[tokio::test]
async fn a_program_with_a_secret_renews_with_it_until_it_is_revoked() {
    let server = TestServer::new().await;
    let ana = server.account("Ana").await;
    let reader = Reader::new(&server, &ana).await;
    let (id, secret, root) = register(&server, &[BACK]).await;
    let scope = ("scope", "profile:read offline_access");
    let code = reader.allow(&asking(&id, BACK, &[scope])).await;
    let more = [("client_id", id.as_str()), ("client_secret", secret.as_str())];
    let first = pair(&server.form("/oauth/token", &showing(&code, &more)).await);
    let bare = format!("&client_id={id}");
    renew(&server, &first.refresh, &bare).await.refuses(401, "invalid_client");
    let own = format!("{bare}&client_secret={secret}");
    let next = pair(&renew(&server, &first.refresh, &own).await);
    opens(&server, &next.access).await;
    server.with(&root, &format!("DELETE /api/admin/service-clients/{id}"), "").await.is(204);
    server.with(&next.access, "GET /api/my/profile", "").await.says_no(401, "invalid_token");
    renew(&server, &next.refresh, &own).await.refuses(401, "invalid_client");
}

#[tokio::test]
async fn whoever_may_ask_is_told_of_both_tokens() {
    let server = TestServer::new().await;
    let ana = server.account("Ana").await;
    let root = server.session(&server.account_of("Root", true).await).await;
    let body = "{\"name\":\"ci\",\"scopes\":[\"token:introspect\"]}";
    let made = server.with(&root, "POST /api/admin/service-clients", body).await;
    let (id, secret) = (made.is(201).text("client_id"), made.text("client_secret"));
    let told = async |token: &Secret| {
        let form = format!("client_id={id}&client_secret={secret}&token={}", token.expose());
        server.form("/oauth/introspect", &form).await.is(200).json()
    };
    let pair = granted(&server, &ana).await;
    let (access, refresh) = (told(&pair.access).await, told(&pair.refresh).await);
    for told in [&access, &refresh] {
        assert_eq!((&told["active"], &told["sub"]), (&true.into(), &ana.id.clone().into()));
        assert_eq!(told["client_id"], "crewmesh");
    }
    assert_eq!((&access["token_type"], &refresh["token_type"]), (&"Bearer".into(), &Value::Null));
    let life = |told: &Value| told["exp"].as_i64().unwrap() - told["iat"].as_i64().unwrap();
    assert_eq!((life(&access), life(&refresh)), (3_600, 90 * DAY / 1_000));
    renew(&server, &pair.refresh, "").await.is(200);
    server.clock.advance(MINUTE);
    assert_eq!(told(&pair.refresh).await["active"], false);
    // Asking is no use of it.
    assert_eq!(told(&pair.access).await["active"], true);
}

#[tokio::test]
async fn a_device_renews_too_and_a_lost_reply_is_given_again() {
    let server = TestServer::new().await;
    let ana = server.account("Ana").await;
    let body = "client_id=crewmesh&scope=profile:read+offline_access";
    let asked = server.form("/oauth/device_authorization", body).await;
    let codes = Codes { device: asked.is(200).text("device_code"), user: asked.text("user_code") };
    server.settle(&codes, &ana, Decision::Approve).await;
    let form = format!("grant_type={GRANT}&device_code={}&client_id=crewmesh", codes.device);
    let headers =
        [("Content-Type", "application/x-www-form-urlencoded"), ("Idempotency-Key", "one")];
    let claim = async || server.request("POST /oauth/token", &headers, &form).await;
    let first = pair(&claim().await);
    let again = pair(&claim().await);
    assert!(first.access == again.access && first.refresh == again.refresh);
    opens(&server, &first.access).await;
    let next = pair(&renew(&server, &first.refresh, "").await);
    opens(&server, &next.access).await;
}

#[tokio::test]
async fn nothing_but_hashes_is_kept_and_any_node_renews() {
    let home = tempfile::tempdir().unwrap();
    let on = async || {
        let mut config = Config::in_memory();
        config.database = Database::in_home(home.path());
        TestServer::of(config).await
    };
    let (here, there) = (on().await, on().await);
    let ana = here.account("Ana").await;
    let first = granted(&here, &ana).await;
    let second = pair(&renew(&there, &first.refresh, "").await);
    let again = pair(&renew(&here, &first.refresh, "").await);
    assert!(second.access == again.access && second.refresh == again.refresh);
    opens(&here, &second.access).await;
    here.running.stop().await;
    there.running.stop().await;
    let tokens = [first.access, first.refresh, second.access, second.refresh];
    #[cfg(unix)]
    if let Some(dump) = crate::server::on_postgres::dumped() {
        assert!(dump.contains("refresh_tokens"));
        assert!(tokens.iter().all(|token| !dump.contains(token.expose())));
        return;
    }
    let kept = std::fs::read(home.path().join("instance.db")).unwrap();
    let holds = |text: &str| kept.windows(text.len()).any(|window| window == text.as_bytes());
    assert!(tokens.iter().all(|token| !holds(token.expose())));
}

crate::server::on_postgres::on_postgres!(
    a_token_is_renewed_once_and_for_a_minute_to_the_same_effect,
    two_that_renew_at_once_are_given_the_same,
    an_hour_ends_the_token_and_three_months_unused_the_session,
    what_is_refused_leaves_the_token_as_it_was,
    a_renewed_token_does_what_is_asked_and_never_more_than_was_given,
    what_is_renewed_is_one_session_and_ends_with_it,
    a_session_that_is_ended_while_it_is_renewed_is_over,
    a_program_with_a_secret_renews_with_it_until_it_is_revoked,
    whoever_may_ask_is_told_of_both_tokens,
    a_device_renews_too_and_a_lost_reply_is_given_again,
    nothing_but_hashes_is_kept_and_any_node_renews,
);

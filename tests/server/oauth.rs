//! The OAuth endpoints: any conforming client, and several that are not.

use crewmesh::i18n::Language;
use crewmesh::secret::Secret;
use crewmesh::server::domain::device_code_state::Decision;

use super::{Codes, DAY, GRANT, MINUTE, TestServer};

#[tokio::test]
async fn metadata_names_the_url_it_was_asked_for() {
    let server = TestServer::new().await;
    let answer = server.request("GET /.well-known/oauth-authorization-server", &[], "").await;
    let base = format!("http://{}", server.host());
    assert_eq!(answer.is(200).text("issuer"), base);
    assert_eq!(answer.text("token_endpoint"), format!("{base}/oauth/token"));
    let json = answer.json();
    assert_eq!(json["crewmesh_wait"], 25);
    assert_eq!(json["crewmesh_instance_id"].as_str().map(str::len), Some(32));
    assert_eq!(json["grant_types_supported"][1], "client_credentials");
    assert_eq!(json["grant_types_supported"][2], "authorization_code");
    assert_eq!(json["grant_types_supported"][3], "refresh_token");
    let scopes = json["scopes_supported"].as_array().expect("scopes");
    assert!(scopes.contains(&"offline_access".into()) && !scopes.contains(&"admin".into()));
    assert_eq!(answer.text("authorization_endpoint"), format!("{base}/oauth/authorize"));
    for (member, value) in [
        ("response_types_supported", serde_json::json!(["code"])),
        ("response_modes_supported", serde_json::json!(["query"])),
        ("code_challenge_methods_supported", serde_json::json!(["S256"])),
        ("authorization_response_iss_parameter_supported", true.into()),
        ("ui_locales_supported", serde_json::json!(Language::ALL.map(Language::tag))),
    ] {
        assert_eq!(json[member], value, "{member}");
    }
    let methods = ["none", "client_secret_basic", "client_secret_post"];
    for (endpoint, methods) in
        [("token", &methods[..]), ("revocation", &methods), ("introspection", &methods[1..])]
    {
        let member = format!("{endpoint}_endpoint_auth_methods_supported");
        assert_eq!(json[&member], serde_json::json!(methods), "{member}");
    }
    let openid = server.request("GET /.well-known/openid-configuration", &[], "").await;
    assert_eq!(openid.is(200).json(), json);
}

#[tokio::test]
async fn a_pair_of_codes_is_as_the_standard_has_it() {
    let server = TestServer::new().await;
    let answer = server.form("/oauth/device_authorization", "client_id=crewmesh").await;
    let json = answer.is(200).json();
    assert_eq!((&json["expires_in"], &json["interval"]), (&600.into(), &5.into()));
    let code = answer.text("user_code");
    assert!(code.len() == 9 && code.as_bytes()[4] == b'-', "{code}");
    assert_eq!(answer.text("verification_uri"), format!("http://{}/d", server.host()));
    let complete = answer.text("verification_uri_complete");
    assert!(complete.ends_with(&format!("/D/{}", code.replace('-', ""))), "{complete}");
    assert_eq!(complete, complete.to_uppercase());
    assert!(answer.text("device_code").starts_with("cm_dc_"));
}

#[tokio::test]
async fn what_does_not_matter_is_overlooked() {
    let server = TestServer::new().await;
    let form = "application/x-www-form-urlencoded; charset=UTF-8";
    let path = "POST /oauth/device_authorization";
    for (headers, body) in [
        (vec![("Content-Type", form)], "client_id=crewmesh&scope=mesh%3Aread&scope=openid"),
        (vec![("Content-Type", form)], "client_id=crewmesh&client_secret="),
        (vec![("Content-Type", form), ("Authorization", "Basic Y3Jld21lc2g6")], ""),
        (
            vec![("Content-Type", form), ("Authorization", "basic Y3Jld21lc2g6")],
            "client_id=crewmesh",
        ),
        (vec![], "client_id=crewmesh"),
    ] {
        server.request(path, &headers, body).await.is(200);
    }
}

#[tokio::test]
async fn what_does_matter_is_refused_in_the_same_shape() {
    let server = TestServer::new().await;
    let path = "/oauth/device_authorization";
    server.form(path, "client_id=somebody").await.refuses(401, "invalid_client");
    server.form(path, "client_id=crewmesh&client_secret=x").await.refuses(401, "invalid_client");
    server.form(path, "").await.refuses(400, "invalid_request");
    server.form(path, "client_id=a&client_id=b").await.refuses(400, "invalid_request");
    server.form(path, "client_id=crewmesh&scope=nonsense").await.refuses(400, "invalid_scope");
    let json = [("Content-Type", "application/json")];
    let line = format!("POST {path}");
    server.request(&line, &json, "{}").await.refuses(400, "invalid_request");
    let large = format!("client_id=crewmesh&device_name={}", "x".repeat(70_000));
    server.form(path, &large).await.refuses(413, "invalid_request");
    for path in ["/oauth/token", "/oauth/revoke", "/oauth/introspect", path] {
        for method in ["GET", "PUT"] {
            let answer = server.request(&format!("{method} {path}"), &[], "").await;
            answer.refuses(405, "invalid_request");
            assert_eq!(answer.header("allow"), Some("POST"), "{path}");
        }
        let answer = server.form(path, "client_id=nobody").await;
        answer.refuses(401, "invalid_client");
        assert_eq!(answer.header("pragma"), Some("no-cache"), "{path}");
    }

    let token = "/oauth/token";
    server.form(token, "client_id=crewmesh").await.refuses(400, "invalid_request");
    let other = "client_id=crewmesh&grant_type=password";
    server.form(token, other).await.refuses(400, "unsupported_grant_type");
    let bare = format!("client_id=crewmesh&grant_type={GRANT}");
    server.form(token, &bare).await.refuses(400, "invalid_request");
    server.form(token, &format!("{bare}&device_code=x")).await.refuses(400, "invalid_grant");
    let wrong = format!("client_id=other&grant_type={GRANT}&device_code=x");
    server.form(token, &wrong).await.refuses(401, "invalid_client");
    let codes = server.ask().await;
    let key = "k".repeat(300);
    server.poll(&codes, &[("Idempotency-Key", &key)]).await.refuses(400, "invalid_request");
}

#[tokio::test]
async fn an_approved_code_gives_its_token_once() {
    let server = TestServer::new().await;
    let ana = server.account("Ana").await;
    let codes = server.ask().await;
    server.poll(&codes, &[]).await.refuses(400, "authorization_pending");
    server.settle(&codes, &ana, Decision::Approve).await;
    let answer = server.poll(&codes, &[]).await;
    let json = answer.is(200).json();
    assert_eq!((&json["token_type"], &json["expires_in"]), (&"Bearer".into(), &7_776_000.into()));
    assert_eq!((&json["user"]["name"], &json["user"]["id"]), (&"Ana".into(), &ana.id.into()));
    assert!(!json["scope"].as_str().unwrap().contains("admin"));
    server.poll(&codes, &[]).await.refuses(400, "invalid_grant");

    let token = Secret::new(answer.text("access_token"));
    let info = server.with(&token, "GET /oauth/userinfo", "").await;
    assert_eq!(info.is(200).text("email"), "Ana@example.org");
}

#[tokio::test]
async fn two_pollers_at_once_get_one_token() {
    let server = TestServer::new().await;
    let ana = server.account("Ana").await;
    for _ in 0..10 {
        let codes = server.ask().await;
        server.settle(&codes, &ana, Decision::Approve).await;
        let (one, two) = tokio::join!(server.poll(&codes, &[]), server.poll(&codes, &[]));
        let mut statuses = [one.status, two.status];
        statuses.sort_unstable();
        assert_eq!(statuses, [200, 400], "{one:?} {two:?}");
    }
}

#[tokio::test]
async fn a_denied_code_says_so_and_an_old_one_has_expired() {
    let server = TestServer::new().await;
    let ana = server.account("Ana").await;
    let denied = server.ask().await;
    server.settle(&denied, &ana, Decision::Deny).await;
    server.poll(&denied, &[]).await.refuses(400, "access_denied");
    let old = server.ask().await;
    server.clock.advance(10 * MINUTE);
    server.poll(&old, &[]).await.refuses(400, "expired_token");
}

#[tokio::test]
async fn a_late_approval_waits_for_a_suspended_laptop() {
    let server = TestServer::new().await;
    let ana = server.account("Ana").await;
    let codes = server.ask().await;
    // The clock goes on by itself as well, on a busy machine for seconds.
    server.clock.advance(9 * MINUTE);
    server.settle(&codes, &ana, Decision::Approve).await;
    server.clock.advance(9 * MINUTE);
    server.poll(&codes, &[]).await.is(200);
    let lost = server.ask().await;
    server.settle(&lost, &ana, Decision::Approve).await;
    server.clock.advance(10 * MINUTE);
    server.poll(&lost, &[]).await.refuses(400, "expired_token");
}

#[tokio::test]
async fn whoever_keeps_to_the_pace_is_never_locked_out() {
    let server = TestServer::new().await;
    let codes = server.ask().await;
    server.poll(&codes, &[]).await.refuses(400, "authorization_pending");
    server.clock.advance(4_000);
    server.poll(&codes, &[]).await.refuses(400, "slow_down");
    server.clock.advance(10_000);
    server.poll(&codes, &[]).await.refuses(400, "authorization_pending");
    server.clock.advance(10_000);
    server.poll(&codes, &[]).await.refuses(400, "authorization_pending");
    // A settled code is no matter of pace.
    let ana = server.account("Ana").await;
    server.settle(&codes, &ana, Decision::Approve).await;
    server.poll(&codes, &[]).await.is(200);
}

#[tokio::test]
async fn a_lost_reply_can_be_asked_for_again() {
    let server = TestServer::new().await;
    let ana = server.account("Ana").await;
    let key = [("Idempotency-Key", "one")];
    let claim = async || {
        let codes = server.ask().await;
        server.settle(&codes, &ana, Decision::Approve).await;
        let token = server.poll(&codes, &key).await.is(200).text("access_token");
        (codes, Secret::new(token))
    };
    // That a token is used is written down behind the answer.
    let used = async |token: &Secret| loop {
        let list = server.with(token, "GET /api/my/cli/sessions", "").await.is(200).json();
        let sessions = list["data"].as_array().expect("a list");
        let own = sessions.iter().find(|session| session["current"] == true).expect("its own");
        if own["last_used_at"].is_string() {
            break;
        }
    };

    let (codes, token) = claim().await;
    server.poll(&codes, &[("Idempotency-Key", "two")]).await.refuses(400, "invalid_grant");
    server.poll(&codes, &[]).await.refuses(400, "invalid_grant");
    server.clock.advance(9 * MINUTE);
    let again = server.poll(&codes, &key).await.is(200).text("access_token");
    assert_eq!(again, token.expose(), "unused, for ten minutes");
    used(&token).await;
    server.poll(&codes, &key).await.refuses(400, "invalid_grant");

    let (codes, token) = claim().await;
    used(&token).await;
    server.clock.advance(MINUTE - 1_000);
    server.poll(&codes, &key).await.is(200);
    server.clock.advance(1_000);
    server.poll(&codes, &key).await.refuses(400, "invalid_grant");

    let (codes, token) = claim().await;
    let body = format!("client_id=crewmesh&token={}", token.expose());
    server.form("/oauth/revoke", &body).await.is(200);
    server.poll(&codes, &key).await.refuses(400, "invalid_grant");
}

#[tokio::test]
async fn a_revoked_token_is_dead_at_once_and_an_unknown_one_was() {
    let server = TestServer::new().await;
    let ana = server.account("Ana").await;
    let token = server.session(&ana).await;
    let body = format!("client_id=crewmesh&token={}", token.expose());
    // A body that is no JSON is a fault to some clients, an empty one as well.
    assert_eq!(server.form("/oauth/revoke", &body).await.is(200).json(), serde_json::json!({}));
    let answer = server.with(&token, "GET /oauth/userinfo", "").await;
    answer.refuses(401, "invalid_token");
    assert_eq!(answer.header("www-authenticate"), Some("Bearer error=\"invalid_token\""));
    server.form("/oauth/revoke", &body).await.is(200);
    server.form("/oauth/revoke", "client_id=crewmesh").await.refuses(400, "invalid_request");
    server.form("/oauth/revoke", "client_id=x&token=y").await.refuses(401, "invalid_client");
    let bare = server.request("GET /oauth/userinfo", &[], "").await;
    bare.refuses(401, "unauthorized");
    assert_eq!(bare.header("www-authenticate"), Some("Bearer realm=\"crewmesh\""));
}

#[tokio::test]
async fn only_a_client_that_came_with_a_header_is_challenged() {
    let server = TestServer::new().await;
    let form = ("Content-Type", "application/x-www-form-urlencoded");
    for path in ["token", "device_authorization", "revoke", "introspect"] {
        let line = format!("POST /oauth/{path}");
        let body = "client_id=nobody&client_secret=x&token=x";
        let by_form = server.request(&line, &[form], body).await;
        by_form.refuses(401, "invalid_client");
        assert_eq!(by_form.header("www-authenticate"), None, "{path}");
        for shown in ["Basic bm9ib2R5Ong=", "Bearer x"] {
            let headers = [("Authorization", shown), form];
            let by_header = server.request(&line, &headers, "token=x").await;
            by_header.refuses(401, "invalid_client");
            let challenge = by_header.header("www-authenticate").expect("it came with a header");
            assert!(challenge.starts_with("Basic "), "{path} {challenge}");
        }
    }
}

#[tokio::test]
async fn fewer_scopes_asked_for_are_fewer_given() {
    let server = TestServer::new().await;
    let root = server.account_of("Root", true).await;
    let body = "client_id=crewmesh&scope=profile%3Aread+mesh%3Aread";
    let asked = server.form("/oauth/device_authorization", body).await;
    let codes = Codes { device: asked.text("device_code"), user: asked.text("user_code") };
    server.settle(&codes, &root, Decision::Approve).await;
    let answer = server.poll(&codes, &[]).await;
    assert_eq!(answer.is(200).text("scope"), "profile:read mesh:read");
    let token = Secret::new(answer.text("access_token"));
    let refused = server.with(&token, "POST /api/my/meshes", "{\"name\":\"x\"}").await;
    refused.says_no(403, "insufficient_scope");
    assert_eq!(
        refused.header("www-authenticate"),
        Some("Bearer error=\"insufficient_scope\", scope=\"mesh:write\"")
    );
    let all = server.session(&root).await;
    let profile = server.with(&all, "GET /api/my/profile", "").await;
    assert!(profile.body.contains("\"admin\""), "{profile:?}");
}

#[tokio::test]
async fn a_session_slides_and_ends_a_year_after_its_approval() {
    let server = TestServer::new().await;
    let ana = server.account("Ana").await;
    let token = server.session(&ana).await;
    for _ in 0..4 {
        server.clock.advance(89 * DAY);
        server.use_once(&token).await.is(200);
    }
    server.clock.advance(9 * DAY);
    server.use_once(&token).await.says_no(401, "invalid_token");
    let idle = server.session(&ana).await;
    server.clock.advance(90 * DAY);
    server.use_once(&idle).await.says_no(401, "invalid_token");
}

super::on_postgres::on_postgres!(
    metadata_names_the_url_it_was_asked_for,
    a_pair_of_codes_is_as_the_standard_has_it,
    what_does_not_matter_is_overlooked,
    what_does_matter_is_refused_in_the_same_shape,
    an_approved_code_gives_its_token_once,
    two_pollers_at_once_get_one_token,
    a_denied_code_says_so_and_an_old_one_has_expired,
    a_late_approval_waits_for_a_suspended_laptop,
    whoever_keeps_to_the_pace_is_never_locked_out,
    a_lost_reply_can_be_asked_for_again,
    a_revoked_token_is_dead_at_once_and_an_unknown_one_was,
    only_a_client_that_came_with_a_header_is_challenged,
    fewer_scopes_asked_for_are_fewer_given,
    a_session_slides_and_ends_a_year_after_its_approval,
);

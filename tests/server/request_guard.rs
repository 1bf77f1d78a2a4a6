//! What every request meets before its route, and what refuses to start.

use std::net::SocketAddr;

use crewmesh::secret::Secret;
use crewmesh::server::{Config, Database, Limits, Server};
use url::Url;

use super::{TestServer, send};

#[tokio::test]
async fn another_name_is_misdirected() {
    let server = TestServer::new().await;
    let port = server.running.address().port();
    for (host, status) in [
        (format!("127.0.0.1:{port}"), 200),
        (format!("localhost:{port}"), 200),
        (format!("rebound.example.org:{port}"), 421),
        ("127.0.0.1".to_owned(), 421),
        (String::new(), 421),
        (format!("127.0.0.1:{port}/d"), 421),
        (format!("127.0.0.1:{port}?"), 421),
        (format!("127.0.0.1:{port}#"), 421),
        (format!("u@127.0.0.1:{port}"), 421),
    ] {
        let head = format!("GET /d HTTP/1.1\r\nHost: {host}\r\n");
        assert_eq!(send(server.running.address(), &head, "").await.status, status, "{host}");
    }
    // Whoever stands before us may have read the other one.
    let twice = format!("GET /d HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nHost: evil.example.org\r\n");
    assert_eq!(send(server.running.address(), &twice, "").await.status, 400);
    let absolute = format!("GET http://evil.example.org/d HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n");
    assert_eq!(send(server.running.address(), &absolute, "").await.status, 421);
}

#[tokio::test]
async fn a_public_instance_answers_to_its_public_name_only() {
    let mut config = Config::in_memory();
    config.public_url = Some(Url::parse("https://mesh.example.org").unwrap());
    let server = TestServer::of(config).await;
    let at = |host: &str| {
        format!("GET /.well-known/oauth-authorization-server HTTP/1.1\r\nHost: {host}\r\n")
    };
    let answer = send(server.running.address(), &at("mesh.example.org"), "").await;
    assert_eq!(answer.is(200).text("issuer"), "https://mesh.example.org");
    let other = send(server.running.address(), &at(&server.host()), "").await;
    other.says_no(421, "wrong_host");
}

#[tokio::test]
async fn another_sites_page_changes_nothing() {
    let server = TestServer::new().await;
    let body = "client_id=crewmesh";
    let form = ("Content-Type", "application/x-www-form-urlencoded");
    let line = "POST /oauth/device_authorization";
    for origin in ["https://evil.example.org", "http://127.0.0.1:1"] {
        let answer = server.request(line, &[form, ("Origin", origin)], body).await;
        answer.refuses(403, "wrong_origin");
    }
    let own = format!("http://{}", server.host());
    server.request(line, &[form, ("Origin", &own)], body).await.is(200);
    let cross = [form, ("Origin", "null"), ("Sec-Fetch-Site", "cross-site")];
    server.request(line, &cross, body).await.refuses(403, "wrong_origin");
}

#[tokio::test]
async fn what_is_not_there_says_so_in_the_same_shape() {
    let server = TestServer::new().await;
    server.request("GET /api/nothing", &[], "").await.says_no(404, "not_found");
    let wrong = server.request("PUT /api/my/profile", &[], "").await;
    wrong.says_no(405, "method_not_allowed");
    assert_eq!(wrong.header("allow"), Some("GET,HEAD"));
    let large = "x".repeat(70_000);
    let line = "POST /api/auth/cli/device-code";
    server.request(line, &[], &large).await.says_no(413, "too_large");
    server.request("GET /readyz", &[], "").await.is(200);
}

/// Under `/api` and the OAuth endpoints nobody reads a page, whatever they say
/// they accept, and what cannot be an address or a body is no fault of ours.
#[tokio::test]
async fn programs_are_told_in_json_whatever_they_send() {
    let server = TestServer::new().await;
    let token = server.session(&server.account("Ana").await).await;
    let html = ("Accept", "text/html");
    let foreign = [html, ("Origin", "https://evil.example.org")];
    server.request("GET /api/nothing", &[html], "").await.says_no(404, "not_found");
    server.request("POST /api/my/meshes", &foreign, "").await.says_no(403, "wrong_origin");
    server.request("GET /oauth/nothing", &[html], "").await.refuses(404, "not_found");
    server.request("POST /oauth/token", &foreign, "").await.refuses(403, "wrong_origin");
    let wrong = server.request("GET /oauth/token", &[html], "").await;
    wrong.refuses(405, "invalid_request");
    assert_eq!(wrong.header("allow"), Some("POST"));
    // What is no text is no address of a page: told on one.
    for path in ["nothing", "i/%FF%FE", "D/%FF", "meshes/%C3%28", "i/%00", "login?next=%00"] {
        let page = server.request(&format!("GET /{path}"), &[html], "").await;
        assert!(page.is(404).body.contains("<!doctype html>"), "{path}: {page:?}");
        assert!(page.header("content-security-policy").is_some(), "{path}: {page:?}");
    }
    server.request("GET /i/%C3%A1", &[html], "").await.is(404);

    for path in ["meshes/%FF", "meshes/%00", "meshes?cursor=%00"] {
        let line = format!("GET /api/my/{path}");
        server.with(&token, &line, "").await.says_no(400, "invalid_request");
    }
    for body in ["[\"Team\"]", "\"Team\"", "", "{", "{\"name\":\"\u{0}\"}"] {
        let answer = server.with(&token, "POST /api/my/meshes", body).await;
        answer.says_no(400, "invalid_request");
    }
    for form in ["client_id=%00", "client_id=crewmesh&scope=mesh%3Aread%00"] {
        let answer = server.form("/oauth/device_authorization", form).await;
        answer.refuses(400, "invalid_request");
    }
    let basic = format!("Basic {}", data_encoding::BASE64.encode(b"a%00b:c"));
    let answer = server.request("POST /oauth/token", &[("Authorization", &basic)], "").await;
    answer.refuses(401, "invalid_client");
}

#[tokio::test]
async fn a_client_that_is_too_old_is_told_which_will_do() {
    let mut config = Config::in_memory();
    config.oldest_client = [2, 0, 0];
    let server = TestServer::of(config).await;
    let old = ("User-Agent", "crewmesh/1.9.0");
    let told = server.request("GET /api/my/profile", &[old], "").await;
    told.says_no(426, "upgrade_required");
    assert_eq!(told.text("min_version"), "2.0.0");
    let told = server.request("POST /oauth/device_authorization", &[old], "").await;
    told.refuses(426, "upgrade_required");
    assert_eq!(told.text("min_version"), "2.0.0");
    // What is asked first is answered, so that the client learns where it is.
    let metadata = "GET /.well-known/oauth-authorization-server";
    server.request(metadata, &[old], "").await.is(200);
    for other in ["crewmesh/2.0.0", "curl/1.0.0"] {
        let answer = server.request("GET /api/my/profile", &[("User-Agent", other)], "").await;
        answer.says_no(401, "unauthorized");
    }
}

#[tokio::test]
async fn a_flood_is_told_when_to_come_back() {
    let mut config = Config::in_memory();
    config.limits =
        Limits { device_authorizations: 2, sign_ins: 1, requests: 3, ..Limits::default() };
    let server = TestServer::of(config).await;
    let ana = server.account("Ana").await;
    let session = server.session(&ana).await;
    server.ask().await;
    let flood = server.form("/oauth/device_authorization", "client_id=crewmesh").await;
    flood.refuses(429, "slow_down");
    assert!(flood.header("retry-after").is_some());
    let flood = server.request("POST /api/auth/cli/device-code", &[], "{}").await;
    flood.says_no(429, "too_many_requests");
    for _ in 0..3 {
        server.with(&session, "GET /api/my/profile", "").await.is(200);
    }
    let flood = server.with(&session, "GET /api/my/profile", "").await;
    flood.says_no(429, "too_many_requests");
    assert!(flood.header("retry-after").is_some());
}

#[tokio::test]
async fn nothing_is_served_in_the_clear_off_loopback() {
    let everywhere: SocketAddr = "0.0.0.0:0".parse().unwrap();
    let refused = async |config: Config| Server::start(config).await.unwrap_err().code;
    let mut config = Config::new(everywhere, Database::Memory);
    assert_eq!(refused(config.clone()).await, "https_required");
    config.public_url = Some(Url::parse("http://mesh.example.org").unwrap());
    assert_eq!(refused(config.clone()).await, "https_required");
    config.public_url = Some(Url::parse("https://mesh.example.org/path").unwrap());
    assert_eq!(refused(config.clone()).await, "public_url_malformed");
    config.public_url = Some(Url::parse("https://mesh.example.org").unwrap());
    Server::start(config.clone()).await.expect("behind a proxy that speaks TLS").stop().await;
    config.public_url = Some(Url::parse("http://mesh.example.org").unwrap());
    config.insecure_http = true;
    Server::start(config).await.expect("on one's own head").stop().await;
}

#[tokio::test]
async fn another_key_is_refused() {
    let home = tempfile::tempdir().unwrap();
    let mut config = Config::in_memory();
    config.database = Database::in_home(home.path());
    config.key = Some(Secret::new("ab".repeat(32)));
    Server::start(config.clone()).await.expect("a first start").stop().await;
    Server::start(config.clone()).await.expect("with the same key").stop().await;
    config.key = Some(Secret::new("cd".repeat(32)));
    assert_eq!(Server::start(config.clone()).await.unwrap_err().code, "instance_key_mismatch");
    config.key = Some(Secret::new("short"));
    assert_eq!(Server::start(config.clone()).await.unwrap_err().code, "instance_key_malformed");
    config.key = None;
    assert_eq!(Server::start(config).await.unwrap_err().code, "instance_key_mismatch");
}

#[tokio::test]
async fn an_address_that_is_taken_is_named() {
    let server = TestServer::new().await;
    let config = Config::new(server.running.address(), Database::Memory);
    assert_eq!(Server::start(config).await.unwrap_err().code, "cannot_listen");
    let mut config = Config::in_memory();
    config.database = Database::parse("postgres://localhost/x").unwrap();
    assert_eq!(Server::start(config).await.unwrap_err().code, "instance_key_required");
}

#[tokio::test]
async fn the_first_administrators_link_is_there_until_there_is_one() {
    let home = tempfile::tempdir().unwrap();
    let mut config = Config::in_memory();
    config.database = Database::in_home(home.path());
    let server = TestServer::of(config.clone()).await;
    let link = server.running.admin_link().expect("nobody runs it yet").clone();
    assert!(link.expose().contains("/register?first="));
    server.account_of("Root", true).await;
    server.running.stop().await;
    let again = TestServer::of(config).await;
    assert!(again.running.admin_link().is_none());
    again.running.stop().await;
}

super::on_postgres::on_postgres!(
    another_name_is_misdirected,
    a_public_instance_answers_to_its_public_name_only,
    another_sites_page_changes_nothing,
    what_is_not_there_says_so_in_the_same_shape,
    programs_are_told_in_json_whatever_they_send,
    a_client_that_is_too_old_is_told_which_will_do,
    a_flood_is_told_when_to_come_back,
    nothing_is_served_in_the_clear_off_loopback,
    another_key_is_refused,
    an_address_that_is_taken_is_named,
    the_first_administrators_link_is_there_until_there_is_one,
);

#[tokio::test]
async fn every_answer_says_that_nothing_in_it_runs() {
    for (public, hsts) in [("https://mesh.example.org", Some("max-age=31536000")), ("", None)] {
        let config = Config { public_url: Url::parse(public).ok(), ..Config::in_memory() };
        let server = TestServer::of(config).await;
        let host = public.strip_prefix("https://").map_or_else(|| server.host(), str::to_owned);
        for (line, status) in [
            ("GET /healthz", 200),
            ("GET /login", 200),
            ("GET /missing", 404),
            ("GET /api/my/profile", 401),
            ("POST /login", 403),
            ("PUT /login", 405),
            ("POST /oauth/token", 400),
            ("GET /.well-known/oauth-authorization-server", 200),
        ] {
            let from_us = format!("Origin: {public}\r\n");
            let origin =
                if line == "POST /login" { "Origin: https://evil.example\r\n" } else { &from_us };
            let origin = if public.is_empty() && line != "POST /login" { "" } else { origin };
            let head = format!("{line} HTTP/1.1\r\nHost: {host}\r\n{origin}");
            let answer = send(server.running.address(), &head, "").await;
            assert_eq!(answer.status, status, "{line}");
            assert_eq!(answer.header("strict-transport-security"), hsts, "{line}");
            let policy = answer.header("content-security-policy").expect("a policy");
            assert!(policy.starts_with("default-src '"), "{line}: {policy}");
            assert!(policy.contains("frame-ancestors 'none'"), "{line}: {policy}");
        }
    }
}

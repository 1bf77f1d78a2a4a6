//! What is made of a server before anything is asked of it: whether it is an
//! instance, and where it takes device codes.

use std::sync::Arc;
use std::time::Duration;

use crewmesh::error::ErrorKind;
use crewmesh::http::Http;
use crewmesh::instance::Connector;
use crewmesh::model::Poll;
use reqwest::Method;
use serde_json::json;
use wiremock::matchers::{any, body_string_contains, method, path};
use wiremock::{Mock, MockServer, ResponseTemplate};

use super::{Odd, environment};
use crate::support::port::Port;

fn html() -> ResponseTemplate {
    ResponseTemplate::new(200).set_body_raw("<html>Welcome to the airport</html>", "text/html")
}

#[tokio::test]
async fn a_web_page_is_not_an_instance() {
    let odd = Odd::server().await;
    Mock::given(method("GET")).respond_with(html()).mount(&odd.server).await;
    let error = odd.find().await.expect_err("no instance");
    assert_eq!((error.kind, error.code.as_str()), (ErrorKind::Unreachable, "not_an_instance"));
}

#[tokio::test]
async fn nothing_at_all_is_said_as_what_it_is() {
    let home = tempfile::tempdir().expect("a home");
    let connector = Connector::new(Arc::new(environment(&home, &[])));
    let nobody = Port::free();
    let error = connector.find(&nobody.host()).await.expect_err("nobody there");
    assert_eq!((error.kind, error.code.as_str()), (ErrorKind::Unreachable, "connection_refused"));
    // http is spoken to this computer only, until the person allows more.
    let error = connector.find("http://mesh.example.org").await.expect_err("not allowed");
    assert_eq!(error.code, "http_not_allowed");
    let odd = Odd::server().await;
    let speaks_no_tls = odd.server.uri().replace("http://", "https://");
    let error = connector.find(&speaks_no_tls).await.expect_err("no TLS there");
    assert_eq!((error.kind, error.code.as_str()), (ErrorKind::Unreachable, "tls_failed"));
}

#[tokio::test]
async fn an_instance_is_found_with_its_id_and_asked_once() {
    let odd = Odd::server().await;
    odd.metadata(json!({"crewmesh_version": "0.1.0", "crewmesh_instance_id": "i-odd"})).await;
    let found = odd.find().await.expect("found");
    assert_eq!(found.id.as_deref(), Some("i-odd"));
    assert_eq!(found.name, odd.server.address().to_string());
    odd.find().await.expect("found");
    assert_eq!(odd.requests("/.well-known/oauth-authorization-server").await.len(), 1);
    let agent = odd.requests("/.well-known/oauth-authorization-server").await;
    let agent = agent[0].headers.get("user-agent").expect("an agent").to_str().expect("text");
    assert_eq!(agent, concat!("crewmesh/", env!("CARGO_PKG_VERSION")));
}

#[tokio::test]
async fn another_issuer_ends_the_search() {
    let odd = Odd::server().await;
    odd.metadata(json!({"issuer": "https://mesh.example.org"})).await;
    let error = odd.ask().await.expect_err("refused");
    assert_eq!(error.code, "issuer_mismatch");
    assert!(odd.requests("/oauth/device_authorization").await.is_empty());
}

#[tokio::test]
async fn endpoints_without_tls_get_nothing() {
    let odd = Odd::server().await;
    odd.metadata(json!({"token_endpoint": "http://mesh.example.org/token"})).await;
    assert_eq!(odd.ask().await.expect_err("refused").code, "endpoint_without_tls");
}

#[tokio::test]
async fn openid_configuration_will_do() {
    let odd = Odd::server().await;
    let document = json!({
        "issuer": format!("{}/", odd.server.uri()),
        "device_authorization_endpoint": odd.url("/oauth/device_authorization"),
        "token_endpoint": odd.url("/oauth/token"),
    });
    let reply = ResponseTemplate::new(200).set_body_json(document);
    odd.answers("GET", "/.well-known/openid-configuration", reply).await;
    odd.gives_codes().await;
    let code = odd.ask().await.expect("a code");
    assert_eq!((code.wait, code.foreign), (None, false));
    let asked = odd.requests("/oauth/device_authorization").await;
    let body = String::from_utf8_lossy(&asked[0].body).into_owned();
    assert!(body.contains("scope=openid+profile+email"), "{body}");
}

#[tokio::test]
async fn metadata_without_device_codes_says_so() {
    let odd = Odd::server().await;
    let document = json!({"issuer": odd.server.uri(), "token_endpoint": odd.url("/oauth/token")});
    let reply = ResponseTemplate::new(200).set_body_json(document);
    odd.answers("GET", "/.well-known/oauth-authorization-server", reply).await;
    assert_eq!(odd.ask().await.expect_err("refused").code, "no_device_codes");
}

#[tokio::test]
async fn what_the_person_set_needs_no_discovery() {
    let odd = Odd::server().await;
    let auth = json!({"version": 1, "instances": {"odd": {
        "url": odd.server.uri(),
        "settings": {
            "device_authorization_endpoint": odd.url("/login/device/code"),
            "token_endpoint": odd.url("/login/oauth/access_token"),
            "client_id": "Iv1.abc",
        },
    }}});
    let home = odd.home.path().join(".crewmesh");
    std::fs::create_dir(&home).expect("made");
    std::fs::write(home.join("auth.json"), auth.to_string()).expect("written");
    let reply = ResponseTemplate::new(200).set_body_json(json!({
        "device_code": "d", "user_code": "ABCD-1234",
        "verification_uri": odd.url("/login/device"), "expires_in": "899", "interval": "5",
    }));
    Mock::given(path("/login/device/code"))
        .and(body_string_contains("client_id=Iv1.abc"))
        .respond_with(reply)
        .mount(&odd.server)
        .await;
    // A verdict in a 200, as GitHub sends it.
    let pending =
        ResponseTemplate::new(200).set_body_json(json!({"error": "authorization_pending"}));
    odd.answers("POST", "/login/oauth/access_token", pending).await;
    let code = odd.ask().await.expect("a code");
    assert_eq!(odd.poll(&code).await, Poll::Pending);
    assert!(odd.requests("/.well-known/oauth-authorization-server").await.is_empty());
}

#[tokio::test]
async fn discovery_follows_within_one_origin_only() {
    let odd = Odd::server().await;
    let moved = |to: &str| ResponseTemplate::new(302).insert_header("location", to);
    odd.answers("GET", "/.well-known/oauth-authorization-server", moved("/metadata")).await;
    let document = json!({
        "issuer": odd.server.uri(),
        "device_authorization_endpoint": odd.url("/oauth/device_authorization"),
        "token_endpoint": odd.url("/oauth/token"),
    });
    odd.answers("GET", "/metadata", ResponseTemplate::new(200).set_body_json(document)).await;
    odd.find().await.expect("found");

    let away = Odd::server().await;
    let to = format!("{}/metadata", odd.server.uri());
    away.answers("GET", "/.well-known/oauth-authorization-server", moved(&to)).await;
    assert_eq!(away.find().await.expect_err("refused").code, "redirected");
}

#[tokio::test]
async fn a_reply_without_end_is_not_read_to_its_end() {
    let odd = Odd::server().await;
    let flood = ResponseTemplate::new(200).set_body_raw(vec![b' '; 1024 * 1024 + 1], "text/plain");
    Mock::given(method("GET")).respond_with(flood).mount(&odd.server).await;
    assert_eq!(odd.find().await.expect_err("refused").code, "reply_too_large");
}

#[tokio::test]
async fn loopback_goes_through_no_proxy_and_needs_no_certificate() {
    let odd = Odd::server_with(&[
        ("HTTP_PROXY", "http://127.0.0.1:9"),
        ("ALL_PROXY", "http://127.0.0.1:9"),
        ("SSL_CERT_FILE", "/nowhere/at-all.pem"),
    ])
    .await;
    odd.metadata(json!({})).await;
    odd.find().await.expect("found");
    // Where a certificate is needed, the file is named.
    let error = odd.connector.find("https://mesh.example.org").await.expect_err("no roots");
    assert_eq!(error.code, "ca_file_unreadable");
    let said = crewmesh::i18n::Catalog::new(crewmesh::i18n::Language::ENGLISH);
    let said = said.words(&error.message).into_owned();
    assert!(said.contains("SSL_CERT_FILE") && said.contains("/nowhere/at-all.pem"), "{said}");
    let odd = Odd::server_with(&[("HTTPS_PROXY", "http://[half")]).await;
    odd.metadata(json!({})).await;
    odd.find().await.expect("found");
    let error = odd.connector.find("https://mesh.example.org").await.expect_err("no proxy");
    assert_eq!(error.code, "proxy_malformed");
    // A proxy that is not there is told apart from an instance that is not.
    let odd = Odd::server_with(&[("HTTPS_PROXY", "http://127.0.0.1:9")]).await;
    let error = odd.connector.find("https://mesh.example.org").await.expect_err("no proxy there");
    assert_eq!((error.kind, error.code.as_str()), (ErrorKind::Unreachable, "proxy_failed"));
}

#[tokio::test]
async fn a_port_that_is_spared_goes_past_the_proxy_and_no_other_does() {
    let (proxy, home) = (MockServer::start().await, tempfile::tempdir().expect("a home"));
    Mock::given(any()).respond_with(ResponseTemplate::new(200)).mount(&proxy).await;
    let address = format!("http://ana:hunter2@{}", proxy.address());
    let variables = [("HTTP_PROXY", &*address), ("NO_PROXY", "mesh.corp.invalid:8443")];
    let http = Http::new(&environment(&home, &variables)).expect("made");
    let ask = async |url: &str| {
        let request = http.request(Method::GET, url.parse().expect("a URL"));
        http.send(request, Duration::from_secs(20)).await.map(|reply| reply.status)
    };
    assert_eq!(ask("http://mesh.corp.invalid:8080/x").await.expect("by the proxy"), 200);
    assert_eq!(ask("http://mesh.corp.invalid/x").await.expect("by the proxy"), 200);
    let past = ask("http://mesh.corp.invalid:8443/x").await.expect_err("nobody has that name");
    assert_eq!(past.kind, ErrorKind::Unreachable);
    let asked = proxy.received_requests().await.expect("recorded");
    assert_eq!(asked.len(), 2);
    assert!(asked.iter().all(|one| one.headers.contains_key("proxy-authorization")));
}

//! The instance built into a command.

use std::net::SocketAddr;

use crewmesh::model::Audience;
use crewmesh::secret::Secret;
use crewmesh::server::embedded::{Embedded, Owner};
use crewmesh::server::providers::Providers;
use crewmesh::wire::Metadata;
use tempfile::TempDir;
use url::Url;

use super::{Answer, GRANT, send, until_nobody_listens};
use crate::support::port::Port;

fn owner() -> Owner {
    Owner { key: None, user: "ana".into(), person: "Ana".into(), providers: Providers::default() }
}

/// A port that the pages of `home` have to themselves: the other tests' homes
/// share out the usual ones.
fn port_of(home: &TempDir) -> Port {
    let port = Port::free();
    let written = std::fs::write(home.path().join("instance.port"), port.number().to_string());
    written.expect("a home takes files");
    port
}

fn address(url: &Url) -> SocketAddr {
    SocketAddr::from(([127, 0, 0, 1], url.port().expect("a port")))
}

async fn form(base: &Url, path: &str, body: &str) -> Answer {
    let head = format!(
        "POST {path} HTTP/1.1\r\nHost: {}\r\nContent-Type: application/x-www-form-urlencoded\r\n",
        address(base)
    );
    send(address(base), &head, body).await
}

async fn get(base: &Url, path: &str) -> Answer {
    let head = format!("GET {path} HTTP/1.1\r\nHost: {}\r\n", address(base));
    send(address(base), &head, "").await
}

async fn ask(base: &Url) -> (Secret, String) {
    let body = format!("client_id=crewmesh&scope={}", crewmesh::api::scopes::ALL.join("+"));
    let answer = form(base, "/oauth/device_authorization", &body).await;
    (Secret::new(answer.is(200).text("device_code")), answer.text("user_code"))
}

async fn poll(base: &Url, code: &Secret) -> Answer {
    let body = format!("grant_type={GRANT}&client_id=crewmesh&device_code={}", code.expose());
    form(base, "/oauth/token", &body).await
}

#[tokio::test]
async fn a_database_that_serve_made_opens_with_the_key_it_was_given() {
    let home = tempfile::tempdir().unwrap();
    let mut config = crewmesh::server::Config::in_memory();
    config.database = crewmesh::server::Database::in_home(home.path());
    config.key = Some(Secret::new("ab".repeat(32)));
    let key = config.key.clone();
    crewmesh::server::Server::start(config).await.unwrap().stop().await;
    let error = Embedded::start(home.path(), owner()).await.unwrap_err();
    assert_eq!(error.code, "instance_key_mismatch");
    let local = Embedded::start(home.path(), Owner { key, ..owner() }).await.unwrap();
    local.stop().await;

    // Where a key file is, a key meant for another instance changes nothing.
    let home = tempfile::tempdir().unwrap();
    Embedded::start(home.path(), owner()).await.unwrap().stop().await;
    let other = Some(Secret::new("cd".repeat(32)));
    let local = Embedded::start(home.path(), Owner { key: other, ..owner() }).await.unwrap();
    local.stop().await;
}

#[tokio::test]
async fn the_owner_approves_in_the_terminal() {
    let home = tempfile::tempdir().unwrap();
    let local = Embedded::start(&home.path().join("new"), owner()).await.unwrap();
    let base = local.base_url().clone();
    let (code, user_code) = ask(&base).await;
    let card = local.card(&code).await.unwrap();
    assert_eq!((card.user_code, card.ip.as_deref()), (user_code, Some("127.0.0.1")));
    local.settle(&code, true).await.unwrap();
    assert_eq!(local.settle(&code, false).await.unwrap_err().code, "already_settled");
    assert_eq!(local.card(&code).await.unwrap_err().code, "already_settled");
    let granted = poll(&base, &code).await;
    assert_eq!(granted.is(200).json()["user"]["name"], "Ana");
    assert!(granted.text("scope").contains("admin"), "the owner runs it");

    let (other, _) = ask(&base).await;
    local.settle(&other, false).await.unwrap();
    poll(&base, &other).await.refuses(400, "access_denied");
    assert_eq!(local.links(&Secret::new("cm_dc_x")).await.unwrap_err().code, "not_found");
    local.stop().await;
}

#[tokio::test]
async fn nobody_is_let_in_by_pages_that_nobody_signs_in_to() {
    let home = tempfile::tempdir().unwrap();
    let local = Embedded::start(home.path(), owner()).await.unwrap();
    let (code, _) = ask(local.base_url()).await;
    let pages = local.links(&code).await.unwrap().uri;
    for base in [local.base_url(), &pages] {
        let answer = get(base, "/.well-known/oauth-authorization-server").await;
        let metadata: Metadata = serde_json::from_str(&answer.is(200).body).unwrap();
        assert_eq!(metadata.authorization_endpoint, None);
        assert!(metadata.response_types_supported.is_empty());
        assert!(!metadata.authorization_response_iss_parameter_supported);
        assert!(!metadata.grant_types_supported.contains(&"authorization_code".to_owned()));
    }
    let asked = "/oauth/authorize?response_type=code&client_id=crewmesh";
    let answer = get(&pages, asked).await;
    assert!(answer.is(403).body.contains("Not on this instance"), "{answer:?}");
    get(local.base_url(), asked).await.is(404);
    let body = "grant_type=authorization_code&client_id=crewmesh&code=x";
    form(local.base_url(), "/oauth/token", body).await.refuses(400, "unsupported_grant_type");
    local.stop().await;
}

#[tokio::test]
async fn a_link_fits_a_small_qr_code_and_carries_a_ticket_that_http_never_gives() {
    let home = tempfile::tempdir().unwrap();
    let local = Embedded::start(home.path(), owner()).await.unwrap();
    let base = local.base_url().clone();
    let answer = form(&base, "/oauth/device_authorization", "client_id=crewmesh").await;
    let code = Secret::new(answer.is(200).text("device_code"));
    let links = local.links(&code).await.unwrap();
    assert_eq!(links.audience, Audience::ThisComputer);
    assert_ne!(links.uri.port(), base.port(), "pages have a port of their own");
    assert_eq!(links.uri.path(), "/d");
    let complete = links.complete.unwrap();
    let plain = answer.text("user_code").replace('-', "");
    let origin = links.uri.as_str().trim_end_matches("/d").to_uppercase();
    let ticket = complete.strip_prefix(&format!("{origin}/D/{plain}/")).unwrap().to_owned();
    assert!(complete.len() <= 48, "{complete}");
    assert!(ticket.len() == 14 && ticket.bytes().all(|b| matches!(b, b'A'..=b'Z' | b'2'..=b'7')));
    assert_eq!(answer.text("verification_uri"), links.uri.as_str());
    assert!(!answer.body.contains(&ticket));
    // The same page after this process is gone and another has the code.
    local.stop().await;
    let again = Embedded::start(home.path(), owner()).await.unwrap();
    let links = again.links(&code).await.unwrap();
    assert!(links.complete.unwrap().ends_with(&format!("/{plain}/{ticket}")));
    again.stop().await;
}

#[tokio::test]
async fn whoever_sits_here_is_not_told_what_they_opened() {
    let home = tempfile::tempdir().unwrap();
    let local = Embedded::start(home.path(), owner()).await.unwrap();
    let (code, _) = ask(local.base_url()).await;
    let card = Url::parse(&local.links(&code).await.unwrap().complete.unwrap()).unwrap();
    let accept = format!(
        "GET {} HTTP/1.1\r\nHost: {}\r\nAccept: text/html\r\n",
        card.path(),
        address(&card)
    );
    send(address(&card), &accept, "").await.is(200);
    assert!(local.state().uses_noted.is_idle(), "nothing is being noted");
    let body = format!(
        "grant_type={GRANT}&client_id=crewmesh&crewmesh_opened=0&device_code={}",
        code.expose()
    );
    let pending = form(local.base_url(), "/oauth/token", &body).await;
    pending.refuses(400, "authorization_pending");
    assert_eq!(pending.json().get("crewmesh_opened"), None);
    local.stop().await;
}

#[tokio::test]
async fn the_owner_sees_every_code_that_waits() {
    let home = tempfile::tempdir().unwrap();
    let local = Embedded::start(home.path(), owner()).await.unwrap();
    let base = local.base_url().clone();
    let (code, _) = ask(&base).await;
    local.settle(&code, true).await.unwrap();
    let token = poll(&base, &code).await.is(200).text("access_token");
    let (_, first) = ask(&base).await;
    let (_, second) = ask(&base).await;
    let head = format!(
        "GET /api/auth/cli/device-codes HTTP/1.1\r\nHost: {}\r\nAuthorization: Bearer {token}\r\n",
        address(&base)
    );
    let list = send(address(&base), &head, "").await.is(200).json();
    let waiting: Vec<_> = list["data"].as_array().unwrap().iter().collect();
    let codes: Vec<_> = waiting.iter().map(|row| row["user_code"].as_str().unwrap()).collect();
    assert_eq!(codes, [second, first]);
    local.stop().await;
}

#[tokio::test]
async fn two_processes_are_one_instance_on_one_port() {
    let home = tempfile::tempdir().unwrap();
    let port = port_of(&home);
    let (one, two) = (
        Embedded::start(home.path(), owner()).await.unwrap(),
        Embedded::start(home.path(), owner()).await.unwrap(),
    );
    assert_eq!(one.instance_id(), two.instance_id());
    assert_ne!(one.base_url(), two.base_url());
    let (code, _) = ask(one.base_url()).await;
    let links = (one.links(&code).await.unwrap(), two.links(&code).await.unwrap());
    assert_eq!(links.0, links.1);
    let pages = links.0.uri;
    assert_eq!(pages.port(), Some(port.number()));
    // Another home of the same user is another instance, on another port.
    let elsewhere = tempfile::tempdir().unwrap();
    let other = Embedded::start(elsewhere.path(), owner()).await.unwrap();
    let (theirs, _) = ask(other.base_url()).await;
    assert_ne!(other.links(&theirs).await.unwrap().uri.port(), pages.port());

    two.settle(&code, true).await.unwrap();
    poll(one.base_url(), &code).await.is(200);
    one.stop().await;
    let answer = get(&pages, "/.well-known/oauth-authorization-server").await;
    let metadata: Metadata = serde_json::from_str(&answer.is(200).body).unwrap();
    assert_eq!(metadata.crewmesh_instance_id.as_deref(), Some(two.instance_id()));
    two.stop().await;
    other.stop().await;
    until_nobody_listens(address(&pages)).await;
}

#[tokio::test]
async fn the_stable_port_is_taken_again() {
    let home = tempfile::tempdir().unwrap();
    let port = port_of(&home);
    let mut ports = Vec::new();
    for _ in 0..3 {
        let local = Embedded::start(home.path(), owner()).await.unwrap();
        let (code, _) = ask(local.base_url()).await;
        ports.push(local.links(&code).await.unwrap().uri.port());
        local.stop().await;
    }
    assert_eq!(ports, [Some(port.number()); 3]);
}

#[tokio::test]
async fn a_port_that_somebody_sits_on_silently_is_left_to_them() {
    let home = tempfile::tempdir().unwrap();
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = silent.local_addr().unwrap().port();
    let file = home.path().join("instance.port");
    std::fs::write(&file, port.to_string()).unwrap();
    let local = Embedded::start(home.path(), owner()).await.unwrap();
    let (code, _) = ask(local.base_url()).await;
    assert_ne!(local.links(&code).await.unwrap().uri.port(), Some(port));
    assert_eq!(std::fs::read_to_string(&file).unwrap(), port.to_string(), "it is ours again later");
    local.stop().await;
}

#[tokio::test]
async fn a_home_that_cannot_be_is_one_clear_trouble() {
    let home = tempfile::tempdir().unwrap();
    let file = home.path().join("file");
    std::fs::write(&file, "").unwrap();
    let error = Embedded::start(&file, owner()).await.unwrap_err();
    assert_eq!(error.code, "database_unusable");
    std::fs::write(home.path().join("instance.db"), "this is no database, it is a text file")
        .unwrap();
    let error = Embedded::start(home.path(), owner()).await.unwrap_err();
    assert_eq!(error.code, "database_unusable", "{error:?}");
}

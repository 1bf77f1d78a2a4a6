//! What a program is given: what whoever lets it in was told, and the least where
//! it asks for nothing.

use crewmesh::api::scopes;
use crewmesh::secret::Secret;
use crewmesh::server::domain::device_code_state::Decision;
use crewmesh::server::store::{Account, accounts};
use serde_json::{Value, json};

use super::{Codes, TestServer};

const CODES: &str = "/oauth/device_authorization";

async fn asked(server: &TestServer, body: &str) -> Codes {
    let answer = server.form(CODES, body).await;
    Codes { device: answer.is(200).text("device_code"), user: answer.text("user_code") }
}

/// The card of `codes` as whoever is signed in by `token` sees it.
async fn card(server: &TestServer, token: &Secret, codes: &Codes) -> Value {
    let line = format!("GET /api/auth/cli/device-code/{}/card", codes.user);
    server.with(token, &line, "").await.is(200).json()
}

/// The scopes on the card and those of the token that comes of it.
async fn told_and_given(
    server: &TestServer,
    by: &Account,
    terminal: &Secret,
    body: &str,
) -> (String, String) {
    let codes = asked(server, body).await;
    let card = card(server, terminal, &codes).await;
    let told: Vec<_> = card["scopes"].as_array().expect("a list").iter().collect();
    let told: Vec<_> = told.iter().filter_map(|scope| scope.as_str()).collect();
    server.settle(&codes, by, Decision::Approve).await;
    (told.join(" "), server.poll(&codes, &[]).await.is(200).text("scope"))
}

#[tokio::test]
async fn the_card_tells_what_is_given() {
    let server = TestServer::new().await;
    let (root, ana) = (server.account_of("Root", true).await, server.account("Ana").await);
    let (roots, anas) = (server.session(&root).await, server.session(&ana).await);
    let all = scopes::ALL.join(" ");
    let (ordinary, admin) = all.rsplit_once(' ').expect("many");
    assert_eq!(admin, scopes::ADMIN);
    let by_name = format!("client_id=crewmesh&scope={}", all.replace(' ', "+"));
    // asked, by whom, given
    for (body, by, terminal, given) in [
        ("client_id=crewmesh", &root, &roots, "profile:read"),
        ("client_id=crewmesh&scope=", &root, &roots, "profile:read"),
        ("client_id=crewmesh&scope=openid", &root, &roots, "profile:read"),
        ("client_id=crewmesh&scope=mesh:read+token:manage", &ana, &anas, "mesh:read token:manage"),
        (&by_name, &ana, &anas, ordinary),
        (&by_name, &root, &roots, &all),
    ] {
        let (told, got) = told_and_given(&server, by, terminal, body).await;
        assert_eq!((told.as_str(), got.as_str()), (given, given), "{body}");
    }
    let least = asked(&server, "client_id=crewmesh").await;
    server.settle(&least, &root, Decision::Approve).await;
    let token = Secret::new(server.poll(&least, &[]).await.is(200).text("access_token"));
    server.with(&token, "GET /api/my/profile", "").await.is(200);
    // It looks into nothing, lets nobody in or out, and has no password to try.
    let code = server.ask().await.user;
    let password = "{\"current\":\"not that one\",\"password\":\"another long enough one\"}";
    for (line, body) in [
        ("GET /api/my/meshes".to_owned(), ""),
        ("GET /api/my/audit".to_owned(), ""),
        ("POST /api/my/password".to_owned(), password),
        (format!("GET /api/auth/cli/device-code/{code}/card"), ""),
        (format!("POST /api/auth/cli/device-code/{code}/deny"), ""),
        (format!("POST /api/auth/cli/device-code/{code}/approve"), "{\"password\":\"x\"}"),
    ] {
        server.with(&token, &line, body).await.says_no(403, "insufficient_scope");
    }
    // Some ask for all that they are told of.
    let metadata = "GET /.well-known/oauth-authorization-server";
    let metadata = server.request(metadata, &[], "").await.is(200).json();
    let told = metadata["scopes_supported"].as_array().expect("a list");
    assert!(told.contains(&json!("mesh:write")));
    assert!(!told.contains(&json!("admin")) && !told.contains(&json!("token:manage")));
}

#[tokio::test]
async fn what_was_approved_does_not_grow_until_it_is_fetched() {
    let server = TestServer::new().await;
    let ana = server.account("Ana").await;
    let codes = asked(&server, "client_id=crewmesh&scope=mesh:read+admin").await;
    server.settle(&codes, &ana, Decision::Approve).await;
    let id = ana.id.clone();
    let store = &server.running.state().store;
    let made = store.write(async move |tx| accounts::set_admin(tx, &id, true).await).await;
    assert_eq!(made.expect("the database answers"), Some(true));
    assert_eq!(server.poll(&codes, &[]).await.is(200).text("scope"), "mesh:read");
}

#[tokio::test]
async fn the_older_dialect_lets_nobody_else_in() {
    let server = TestServer::new().await;
    let root = server.account_of("Root", true).await;
    let terminal = server.session(&root).await;
    let device = json!({ "device_name": "Laptop", "device_os": "Darwin", "device_arch": "arm64" });
    let (line, json) = ("POST /api/auth/cli/device-code", ("Content-Type", "application/json"));
    let answer = server.request(line, &[json], &device.to_string()).await;
    let codes =
        Codes { device: answer.is(201).text("device_code"), user: answer.text("user_code") };
    let card = card(&server, &terminal, &codes).await;
    assert_eq!((&card["device_os"], &card["device_arch"]), (&json!("macos"), &json!("aarch64")));
    server.settle(&codes, &root, Decision::Approve).await;
    let line = format!("GET /api/auth/cli/device-code/{}", codes.device);
    let token = Secret::new(server.request(&line, &[], "").await.is(200).text("token"));
    server.with(&token, "POST /api/my/meshes", "{\"name\":\"Team\"}").await.is(201);
    for line in ["GET /api/my/cli/sessions", "GET /api/admin/members"] {
        server.with(&token, line, "").await.says_no(403, "insufficient_scope");
    }
}

#[tokio::test]
async fn a_device_cannot_write_what_only_the_instance_knows() {
    let server = TestServer::new().await;
    let ana = server.account("Ana").await;
    let terminal = server.session(&ana).await;
    let body = "client_id=crewmesh&scope=token:manage&device_name=Laptop\
                &device_os=linux%0Aapproved&device_arch=same+network";
    let codes = asked(&server, body).await;
    let card = card(&server, &terminal, &codes).await;
    assert_eq!((&card["device_os"], &card["device_arch"]), (&json!(""), &json!("")));
    assert_eq!((&card["program"], &card["registered"]), (&json!("crewmesh"), &json!(false)));
    server.settle(&codes, &ana, Decision::Approve).await;
    let token = Secret::new(server.poll(&codes, &[]).await.is(200).text("access_token"));
    let list = server.with(&token, "GET /api/my/cli/sessions", "").await.is(200).json();
    assert_eq!((&list["data"][0]["os"], &list["data"][0]["arch"]), (&json!(""), &json!("")));
}

#[tokio::test]
async fn a_program_of_anothers_is_known_by_its_own_name() {
    let server = TestServer::new().await;
    let root = server.account_of("Root", true).await;
    let terminal = server.session(&root).await;
    let body = json!({ "name": "Dashboard", "scopes": ["profile:read", "mesh:read"] }).to_string();
    let made = server.with(&terminal, "POST /api/admin/service-clients", &body).await;
    let (id, secret) = (made.is(201).text("client_id"), made.text("client_secret"));
    let shown = format!("client_id={id}&client_secret={secret}&device_name=crewmesh");
    let codes = asked(&server, &shown).await;
    let card = card(&server, &terminal, &codes).await;
    assert_eq!((&card["program"], &card["registered"]), (&json!("Dashboard"), &json!(true)));
    assert_eq!(card["scopes"], json!(["profile:read"]), "nothing asked for is the least");
    server.settle(&codes, &root, Decision::Approve).await;
    let poll = format!("{shown}&grant_type={}&device_code={}", super::GRANT, codes.device);
    server.form("/oauth/token", &poll).await.is(200);
    let list = server.with(&terminal, "GET /api/my/cli/sessions", "").await.is(200).json();
    let programs = [0, 1].map(|row| list["data"][row]["program"].clone());
    assert_eq!(programs, ["Dashboard", "crewmesh"]);
}

super::on_postgres::on_postgres!(
    the_card_tells_what_is_given,
    what_was_approved_does_not_grow_until_it_is_fetched,
    the_older_dialect_lets_nobody_else_in,
    a_device_cannot_write_what_only_the_instance_knows,
    a_program_of_anothers_is_known_by_its_own_name,
);

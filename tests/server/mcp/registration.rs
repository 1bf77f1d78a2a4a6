//! Programs that nobody knows register themselves, are let in at `/mcp` and nowhere
//! else, and are forgotten where nobody does that.

use crewmesh::server::domain::device_code_state::Decision;
use crewmesh::server::{Config, Limits};
use serde_json::{Value, json};

use super::refresh::{Pair, pair, renew};
use crate::server::authorize::{Reader, asking, landed, part, query, showing};
use crate::server::{Answer, Codes, DAY, GRANT, TestServer};

pub(super) const BACK: &str = "http://127.0.0.1:33418/callback";

pub(super) async fn register(server: &TestServer, metadata: &Value) -> Answer {
    let json = [("Content-Type", "application/json")];
    server.request("POST /oauth/register", &json, &metadata.to_string()).await
}

/// The id of a program that registered as most do.
async fn known(server: &TestServer) -> String {
    let metadata = json!({ "client_name": "Some Agent", "redirect_uris": [BACK] });
    register(server, &metadata).await.is(201).text("client_id")
}

/// Lets the program `id` in, as `reader`; gives what it got.
async fn let_in(reader: &Reader<'_>, server: &TestServer, id: &str, back: &str) -> Pair {
    let mcp = format!("http://{}/mcp", server.host());
    let more = [("resource", mcp.as_str()), ("prompt", "consent")];
    let code = reader.allow(&asking(id, back, &more)).await;
    let more = [("client_id", id), ("redirect_uri", back), ("resource", &mcp)];
    pair(&server.form("/oauth/token", &showing(&code, &more)).await)
}

/// What each of them sends, measured with the real ones.
#[tokio::test]
async fn each_code_agent_registers_as_it_does() {
    let server = TestServer::new().await;
    let ana = server.account("Ana").await;
    let reader = Reader::new(&server, &ana).await;
    let agents = [
        json!({ "client_name": "gemini-cli", "redirect_uris": ["http://localhost:7777/oauth/callback"],
            "grant_types": ["authorization_code", "refresh_token"], "response_types": ["code"],
            "token_endpoint_auth_method": "none", "scope": "" }),
        json!({ "client_name": "qwen", "redirect_uris": ["http://localhost:7777/oauth/callback"],
            "code_challenge_method": ["S256"], "token_endpoint_auth_method": "none" }),
        json!({ "client_name": "OpenCode", "client_uri": "https://opencode.ai",
            "redirect_uris": ["http://127.0.0.1:19876/mcp/oauth/callback"] }),
        json!({ "redirect_uris": ["http://localhost:3334/oauth/callback"],
            "token_endpoint_auth_method": "client_secret_post", "software_id": "x" }),
        json!({ "client_name": "VS Code", "redirect_uris": ["https://vscode.dev/redirect",
            "http://127.0.0.1/", "http://127.0.0.1:33418/"] }),
    ];
    for metadata in agents {
        let answer = register(&server, &metadata).await.is(201).json();
        assert_eq!(answer["redirect_uris"], metadata["redirect_uris"]);
        assert_eq!(answer["token_endpoint_auth_method"], "none");
        assert!(answer["client_secret"].is_null() && answer["client_id_issued_at"].is_i64());
        assert!(answer["grant_types"].as_array().unwrap().contains(&"refresh_token".into()));
        // Another port than the one that it registered with, where it is on loopback.
        let (id, back) = (answer["client_id"].as_str().unwrap(), &answer["redirect_uris"][0]);
        let back = back.as_str().unwrap().replace(":7777", ":53117").replace(":19876", ":1");
        let given = let_in(&reader, &server, id, &back).await;
        server.with(&given.access, "GET /mcp", "").await.is(405);
        server.with(&given.access, "GET /api/my/profile", "").await.says_no(401, "invalid_token");
        let next = pair(&renew(&server, &given.refresh, &format!("&client_id={id}")).await);
        server.with(&next.access, "GET /mcp", "").await.is(405);
        server.with(&next.access, "GET /api/my/meshes", "").await.says_no(401, "invalid_token");
    }
}

#[tokio::test]
async fn a_browser_is_sent_to_this_computer_or_a_site_and_nowhere_else() {
    let server = TestServer::new().await;
    for uris in [
        json!([]),
        Value::Null,
        json!("http://127.0.0.1/"),
        json!([7]),
        json!(["http://example.org/cb"]),
        json!(["http://192.168.0.7/cb"]),
        json!(["cursor://anysphere.cursor-mcp/oauth/callback"]),
        json!(["javascript:alert(1)"]),
        json!(["https://example.org/#x"]),
        json!([BACK, "http://localhost.evil.example/cb"]),
        json!((0..11).map(|n| format!("https://a.example/{n}")).collect::<Vec<_>>()),
    ] {
        let answer = register(&server, &json!({ "redirect_uris": uris })).await;
        answer.refuses(400, "invalid_redirect_uri");
    }
    for body in ["", "[]", "x", "null"] {
        let answer = server.request("POST /oauth/register", &[], body).await;
        answer.refuses(400, "invalid_client_metadata");
    }
    let large = format!("{{\"redirect_uris\":[\"{BACK}\"],\"x\":\"{}\"}}", "x".repeat(70_000));
    let answer = server.request("POST /oauth/register", &[], &large).await;
    answer.refuses(413, "invalid_client_metadata");
    // What it registered is what it may be answered at.
    let id = known(&server).await;
    let ana = server.account("Ana").await;
    let reader = Reader::new(&server, &ana).await;
    for elsewhere in
        ["http://127.0.0.1:33418/other", "http://localhost:33418/callback", "https://evil.example/"]
    {
        let answer = reader.look(&asking(&id, elsewhere, &[])).await;
        assert_eq!((answer.status, answer.header("location")), (400, None), "{elsewhere}");
    }
}

#[tokio::test]
async fn the_card_says_that_nobody_knows_it_and_where_it_leads() {
    let server = TestServer::new().await;
    let ana = server.account("Ana").await;
    let reader = Reader::new(&server, &ana).await;
    let name = "Your\n administrator\u{202e} \u{1b}[1m<b>";
    let metadata = json!({ "client_name": name, "redirect_uris": ["https://away.example/cb"] });
    let id = register(&server, &metadata).await.is(201).text("client_id");
    let asked = asking(&id, "https://away.example/cb", &[]);
    let card = reader.look(&asked).await;
    for said in
        ["what the program calls itself; nobody here knows it", "away.example", "a web site"]
    {
        assert!(card.is(200).body.contains(said), "{said}: {}", card.body);
    }
    assert!(card.body.contains("Your administrator"), "{}", card.body);
    assert!(!card.body.contains(['\u{202e}', '\u{1b}']) && !card.body.contains("<b>"));
    // It asked for nothing by name: what tools need, and nothing besides.
    assert!(card.body.contains("Show that an agent is at work"), "{}", card.body);
    assert!(!card.body.contains("Create, join"), "{}", card.body);
    // Nor with everything that it is told of.
    let all = server.request("GET /.well-known/oauth-authorization-server", &[], "").await.json();
    let all: Vec<_> =
        all["scopes_supported"].as_array().unwrap().iter().map(|s| s.as_str().unwrap()).collect();
    let card =
        reader.look(&asking(&id, "https://away.example/cb", &[("scope", &all.join(" "))])).await;
    assert!(!card.is(200).body.contains("Create, join"), "{}", card.body);
    // An answer is told to it with the issuer, a no as well.
    let back = landed(&reader.press(&asked, "deny").await);
    assert_eq!(part(&back, "error").as_deref(), Some("access_denied"));
    assert_eq!(part(&back, "iss"), Some(format!("http://{}", server.host())));
    // What it was called is what it is listed as.
    let code = reader.allow(&asked).await;
    let more = [("client_id", id.as_str()), ("redirect_uri", "https://away.example/cb")];
    server.form("/oauth/token", &showing(&code, &more)).await.is(200);
    let list = reader.look("/settings/sessions").await;
    assert!(list.is(200).body.contains("“Your administrator"), "{}", list.body);
}

/// copilot signs in so where there is no browser, whatever it registered.
#[tokio::test]
async fn a_device_code_is_for_whoever_registered_too() {
    let server = TestServer::new().await;
    let ana = server.account("Ana").await;
    let metadata = json!({ "client_name": "Copilot", "redirect_uris": [BACK],
        "grant_types": ["authorization_code", "refresh_token"] });
    let id = register(&server, &metadata).await.is(201).text("client_id");
    let mcp = format!("http://{}/mcp", server.host());
    let body =
        query(&[("client_id", &id), ("resource", &mcp), ("scope", "mesh:read offline_access")]);
    let asked = server.form("/oauth/device_authorization", &body).await;
    let codes = Codes { device: asked.is(200).text("device_code"), user: asked.text("user_code") };
    let reader = Reader::new(&server, &ana).await;
    let card = reader.look(&format!("/D/{}", codes.user.replace('-', ""))).await;
    for said in ["Copilot", "what the program calls itself; nobody here knows it"] {
        assert!(card.is(200).body.contains(said), "{said}: {}", card.body);
    }
    server.settle(&codes, &ana, Decision::Approve).await;
    let form = format!("grant_type={GRANT}&device_code={}&client_id={id}", codes.device);
    let given = pair(&server.form("/oauth/token", &form).await);
    server.with(&given.access, "GET /mcp", "").await.is(405);
    pair(&renew(&server, &given.refresh, &format!("&client_id={id}")).await);
}

/// gemini does after any refusal, and goes on under the new id.
#[tokio::test]
async fn a_second_registration_does_not_spoil_the_first() {
    let server = TestServer::new().await;
    let ana = server.account("Ana").await;
    let reader = Reader::new(&server, &ana).await;
    let (first, second) = (known(&server).await, known(&server).await);
    assert_ne!(first, second);
    let given = let_in(&reader, &server, &first, BACK).await;
    let others = format!("&client_id={second}");
    renew(&server, &given.refresh, &others).await.refuses(400, "invalid_grant");
    let revoke = format!("client_id={second}&token={}", given.refresh.expose());
    server.form("/oauth/revoke", &revoke).await.refuses(400, "unauthorized_client");
    let own = format!("&client_id={first}");
    let next = pair(&renew(&server, &given.refresh, &own).await);
    // It has no secret, and an empty one is overlooked; one that it made up is not.
    let empty = format!("{own}&client_secret=");
    pair(&renew(&server, &next.refresh, &empty).await);
    let made_up = format!("{own}&client_secret=x");
    renew(&server, &next.refresh, &made_up).await.refuses(401, "invalid_client");
    let bare = format!("grant_type=client_credentials&client_id={first}");
    server.form("/oauth/token", &bare).await.refuses(400, "unauthorized_client");
    let ask = format!("client_id={first}&token={}", next.access.expose());
    server.form("/oauth/introspect", &ask).await.refuses(401, "invalid_client");
    let revoke = format!("client_id={first}&token={}", next.refresh.expose());
    server.form("/oauth/revoke", &revoke).await.is(200);
    server.with(&next.access, "GET /mcp", "").await.says_no(401, "invalid_token");
}

#[tokio::test]
async fn nobody_is_kept_whom_nobody_let_in() {
    let server = TestServer::new().await;
    let ana = server.account("Ana").await;
    let reader = Reader::new(&server, &ana).await;
    let (idle, used) = (known(&server).await, known(&server).await);
    let given = let_in(&reader, &server, &used, BACK).await;
    let store = &server.running.state().store;
    store.sweep(server.clock.now(), 30).await.expect("it answers");
    assert_eq!(reader.look(&asking(&idle, BACK, &[])).await.status, 200);
    server.clock.advance(DAY + 60_000);
    store.sweep(server.clock.now(), 30).await.expect("it answers");
    assert_eq!(reader.look(&asking(&idle, BACK, &[])).await.status, 400);
    let form = format!("grant_type=refresh_token&refresh_token=x&client_id={idle}");
    server.form("/oauth/token", &form).await.refuses(401, "invalid_client");
    let own = format!("&client_id={used}");
    pair(&renew(&server, &given.refresh, &own).await);
}

#[tokio::test]
async fn one_address_registers_so_many_and_nobody_where_it_is_off() {
    let mut config = Config::in_memory();
    config.limits = Limits { device_authorizations: 3, ..Limits::default() };
    let server = TestServer::of(config).await;
    let metadata = json!({ "redirect_uris": [BACK] });
    for _ in 0..3 {
        register(&server, &metadata).await.is(201);
    }
    let refused = register(&server, &metadata).await;
    refused.refuses(429, "slow_down");
    assert!(refused.header("retry-after").is_some());
    // Codes are counted apart.
    server.form("/oauth/device_authorization", "client_id=crewmesh").await.is(200);
    let told = server.request("GET /.well-known/oauth-authorization-server", &[], "").await;
    let place = format!("http://{}/oauth/register", server.host());
    assert_eq!(told.is(200).text("registration_endpoint"), place);

    let mut config = Config::in_memory();
    config.registers_clients = false;
    let server = TestServer::of(config).await;
    register(&server, &metadata).await.refuses(404, "not_found");
    let told = server.request("GET /.well-known/oauth-authorization-server", &[], "").await;
    assert!(told.is(200).json()["registration_endpoint"].is_null());
}

crate::server::on_postgres::on_postgres!(
    each_code_agent_registers_as_it_does,
    a_browser_is_sent_to_this_computer_or_a_site_and_nowhere_else,
    the_card_says_that_nobody_knows_it_and_where_it_leads,
    a_device_code_is_for_whoever_registered_too,
    a_second_registration_does_not_spoil_the_first,
    nobody_is_kept_whom_nobody_let_in,
    one_address_registers_so_many_and_nobody_where_it_is_off,
);

//! Programs that are known by a document at their id, from a folder; and nowhere
//! where that is off.

use std::path::Path;

use crewmesh::server::Config;
use crewmesh::server::client_documents::ClientDocuments;
use crewmesh::server::domain::device_code_state::Decision;
use serde_json::json;

use super::refresh::{pair, renew};
use crate::server::authorize::{Reader, asking, query, showing};
use crate::server::{Codes, GRANT, TestServer};

const ID: &str = "https://claude.ai/oauth/claude-code-client-metadata";

/// A folder with the documents of claude, codex and copilot as they were measured to
/// be, and some that are none.
fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    let write = |name: &str, text: &str| {
        std::fs::write(folder.path().join(name), text).expect("it is written");
    };
    let document = |id: &str, name: &str, uris: &[&str]| {
        json!({ "client_id": id, "client_name": name, "redirect_uris": uris,
            "grant_types": ["authorization_code", "refresh_token"],
            "response_types": ["code"], "token_endpoint_auth_method": "none" })
        .to_string()
    };
    let here = ["http://localhost/callback", "http://127.0.0.1/callback"];
    write("claude.json", &document(ID, "Claude Code", &here));
    write(
        "codex.json",
        &document("https://chatgpt.com/oauth/codex/client.json", "Codex", &here[1..]),
    );
    write(
        "copilot.json",
        &document("https://github.com/copilot/cli/client-metadata.json", "Copilot", &here[1..]),
    );
    write("broken.json", "{");
    write("notes.txt", &document("https://example.org/notes", "Notes", &here));
    let secret = "{\"client_id\":\"https://example.org/secret\",\"client_secret\":\"x\",\
         \"redirect_uris\":[\"http://127.0.0.1/callback\"]}";
    write("secret.json", secret);
    folder
}

async fn server(folder: &Path) -> TestServer {
    let mut config = Config::in_memory();
    config.client_documents = ClientDocuments::Folder(folder.to_owned());
    TestServer::of(config).await
}

#[tokio::test]
async fn a_program_is_known_by_its_document_and_by_who_vouches_for_it() {
    let folder = folder();
    let server = server(folder.path()).await;
    let told = server.request("GET /.well-known/oauth-authorization-server", &[], "").await;
    assert_eq!(told.is(200).json()["client_id_metadata_document_supported"], true);
    let ana = server.account("Ana").await;
    let reader = Reader::new(&server, &ana).await;
    let mcp = format!("http://{}/mcp", server.host());
    for (id, name, host, back) in [
        (ID, "Claude Code", "claude.ai", "http://localhost:53117/callback"),
        (
            "https://chatgpt.com/oauth/codex/client.json",
            "Codex",
            "chatgpt.com",
            "http://127.0.0.1:1/callback",
        ),
        (
            "https://github.com/copilot/cli/client-metadata.json",
            "Copilot",
            "github.com",
            "http://127.0.0.1:2/callback",
        ),
    ] {
        let asked = asking(id, back, &[("resource", &mcp), ("scope", "mesh:read offline_access")]);
        let signed_out = server.request(&format!("GET {asked}"), &[], "").await;
        assert!(signed_out.is(303).header("location").unwrap().starts_with("/login?"));
        let card = reader.look(&asked).await;
        let vouched = format!("what the program calls itself; {host} vouches for it");
        let place = back.trim_start_matches("http://").trim_end_matches("/callback");
        for said in [format!("Let {name} in as you?"), vouched, place.to_owned()] {
            assert!(card.is(200).body.contains(&said), "{said}: {}", card.body);
        }
        let code = reader.allow(&asked).await;
        let more = [("client_id", id), ("redirect_uri", back), ("resource", mcp.as_str())];
        let given = pair(&server.form("/oauth/token", &showing(&code, &more)).await);
        server.with(&given.access, "GET /mcp", "").await.is(405);
        server.with(&given.access, "GET /api/my/meshes", "").await.says_no(401, "invalid_token");
        let own = format!("&{}", query(&[("client_id", id)]));
        let next = pair(&renew(&server, &given.refresh, &own).await);
        // Under another's name it is nobody's.
        let others = format!("&{}", query(&[("client_id", "https://example.org/other")]));
        renew(&server, &next.refresh, &others).await.refuses(400, "invalid_grant");
        let list = reader.look("/settings/sessions").await;
        assert!(list.is(200).body.contains(&format!("“{name}”")), "{}", list.body);
        assert!(list.body.contains(host), "{}", list.body);
        // Its site may go: what was let in goes on.
        for file in ["claude.json", "codex.json", "copilot.json"] {
            let path = folder.path().join(file);
            if std::fs::read_to_string(&path).is_ok_and(|text| text.contains(id)) {
                std::fs::remove_file(path).expect("it is there");
            }
        }
        pair(&renew(&server, &next.refresh, &own).await);
        assert_eq!(reader.look(&asked).await.status, 400);
    }
}

#[tokio::test]
async fn what_is_no_document_makes_nobody_known() {
    let folder = folder();
    let server = server(folder.path()).await;
    let ana = server.account("Ana").await;
    let reader = Reader::new(&server, &ana).await;
    let back = "http://127.0.0.1:1/callback";
    for id in [
        "https://claude.ai/oauth/other",
        "https://claude.ai/oauth/claude-code-client-metadata#x",
        "https://example.org/notes",
        "https://example.org/secret",
        "https://127.0.0.1/x",
        "https://",
    ] {
        let answer = reader.look(&asking(id, back, &[])).await;
        assert_eq!((answer.status, answer.header("location")), (400, None), "{id}");
        let form = query(&[("client_id", id)]);
        let device = server.form("/oauth/device_authorization", &form).await;
        device.refuses(401, "invalid_client");
    }
    // Nor does its own lead where it does not say.
    for away in ["http://127.0.0.1:1/other", "https://evil.example/callback"] {
        assert_eq!(reader.look(&asking(ID, away, &[])).await.status, 400, "{away}");
    }
    let form = query(&[("client_id", ID), ("client_secret", "x")]);
    server.form("/oauth/device_authorization", &form).await.refuses(401, "invalid_client");
}

#[tokio::test]
async fn a_device_code_is_for_whoever_has_a_document_too() {
    let folder = folder();
    let server = server(folder.path()).await;
    let ana = server.account("Ana").await;
    let id = "https://github.com/copilot/cli/client-metadata.json";
    let form = query(&[("client_id", id), ("scope", "mesh:read")]);
    let asked = server.form("/oauth/device_authorization", &form).await;
    let codes = Codes { device: asked.is(200).text("device_code"), user: asked.text("user_code") };
    let reader = Reader::new(&server, &ana).await;
    let card = reader.look(&format!("/D/{}", codes.user.replace('-', ""))).await;
    for said in ["Copilot", "github.com vouches for it"] {
        assert!(card.is(200).body.contains(said), "{said}: {}", card.body);
    }
    server.settle(&codes, &ana, Decision::Approve).await;
    let form = query(&[("client_id", id), ("device_code", &codes.device)]);
    let given = pair(&server.form("/oauth/token", &format!("grant_type={GRANT}&{form}")).await);
    server.with(&given.access, "GET /mcp", "").await.is(405);
}

#[tokio::test]
async fn where_documents_are_off_no_program_is_known_by_one() {
    let server = TestServer::new().await;
    let told = server.request("GET /.well-known/oauth-authorization-server", &[], "").await;
    assert!(told.is(200).json()["client_id_metadata_document_supported"].is_null());
    let ana = server.account("Ana").await;
    let reader = Reader::new(&server, &ana).await;
    let back = "http://127.0.0.1:1/callback";
    assert_eq!(reader.look(&asking(ID, back, &[])).await.status, 400);
    let form = query(&[("client_id", ID), ("grant_type", "refresh_token"), ("refresh_token", "x")]);
    server.form("/oauth/token", &form).await.refuses(401, "invalid_client");
}

crate::server::on_postgres::on_postgres!(
    a_program_is_known_by_its_document_and_by_who_vouches_for_it,
    what_is_no_document_makes_nobody_known,
    a_device_code_is_for_whoever_has_a_document_too,
    where_documents_are_off_no_program_is_known_by_one,
);

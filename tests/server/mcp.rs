//! `/mcp` and the way there, as code agents take it: what each of them sends was
//! measured, and is written down here by what it is called.

mod documents;
mod refresh;
mod registration;
mod resource;
mod tools;

use serde_json::json;

use super::TestServer;

/// What each client sends with what it posts.
const ACCEPT: (&str, &str) = ("Accept", "application/json, text/event-stream");
const JSON: (&str, &str) = ("Content-Type", "application/json");

/// Methods that clients begin with, and others.
const METHODS: [&str; 8] = ["GET", "HEAD", "POST", "DELETE", "OPTIONS", "PUT", "PATCH", "PROPFIND"];

#[tokio::test]
async fn whoever_comes_without_a_token_is_told_where_one_is_given() {
    let server = TestServer::new().await;
    let base = format!("http://{}", server.host());
    let named = format!("resource_metadata=\"{base}/.well-known/oauth-protected-resource/mcp\"");
    let scopes = "scope=\"profile:read mesh:read invite:create machine:read presence:write\"";
    for method in METHODS {
        let line = format!("{method} /mcp");
        let without = server.request(&line, &[("Accept", "text/html, */*")], "").await;
        let challenge = format!("Bearer {named}, {scopes}");
        assert_eq!(without.is(401).header("www-authenticate"), Some(&*challenge), "{method}");
        let wrong = [("Authorization", "Bearer cm_session_x")];
        let wrong = server.request(&line, &wrong, "").await;
        let challenge = format!("Bearer error=\"invalid_token\", {named}, {scopes}");
        assert_eq!(wrong.is(401).header("www-authenticate"), Some(&*challenge), "{method}");
    }
    // Which is what is there, at the root too: some look nowhere else.
    for path in ["", "/mcp"] {
        let line = format!("GET /.well-known/oauth-protected-resource{path}");
        let metadata = server.request(&line, &[], "").await.is(200).json();
        assert_eq!(metadata["resource"], format!("{base}/mcp"));
        assert_eq!(metadata["authorization_servers"], json!([base]));
        assert_eq!(metadata["bearer_methods_supported"], json!(["header"]));
        assert_eq!(metadata["scopes_supported"][1], "mesh:read");
    }
    let issuer = server.request("GET /.well-known/oauth-authorization-server", &[], "").await;
    assert_eq!(issuer.is(200).text("issuer"), base);
}

#[tokio::test]
async fn whoever_is_signed_in_posts_and_does_nothing_else() {
    let server = TestServer::new().await;
    let ana = server.account("Ana").await;
    let session = server.session(&ana).await;
    let pat = server.pat(&session, "{\"name\":\"x\"}").await;
    for token in [&session, &pat] {
        for method in METHODS.into_iter().filter(|method| *method != "POST") {
            let answer = server.with(token, &format!("{method} /mcp"), "").await;
            assert_eq!(answer.is(405).header("allow"), Some("POST"), "{method}");
        }
        let ask = json!({ "jsonrpc": "2.0", "id": "a", "method": "ping" }).to_string();
        let bearer = format!("Bearer {}", token.expose());
        let headers = [("Authorization", bearer.as_str()), ACCEPT, JSON];
        let answer = server.request("POST /mcp", &headers, &ask).await.is(200).json();
        assert_eq!(answer, json!({ "jsonrpc": "2.0", "id": "a", "result": {} }));
    }
    // A page of another site posts nothing there, whoever is signed in.
    let bearer = format!("Bearer {}", session.expose());
    let headers = [("Authorization", bearer.as_str()), ("Origin", "https://evil.example")];
    server.request("POST /mcp", &headers, "{}").await.says_no(403, "wrong_origin");
}

super::on_postgres::on_postgres!(
    whoever_comes_without_a_token_is_told_where_one_is_given,
    whoever_is_signed_in_posts_and_does_nothing_else,
);

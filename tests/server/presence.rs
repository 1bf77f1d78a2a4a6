//! What takes a person who is there: whatever runs as them on their computer has
//! what their terminal is signed in by, and that is not enough.

use serde_json::json;

use super::{PASSWORD, TestServer};

#[tokio::test]
async fn a_session_alone_lets_nobody_in_and_makes_nothing() {
    let server = TestServer::new().await;
    let root = server.account_of("Root", true).await;
    let session = server.session(&root).await;
    let codes = server.ask().await;
    let approve = format!("POST /api/auth/cli/device-code/{}/approve", codes.user);
    for (line, body) in [
        (approve.as_str(), json!({})),
        ("POST /api/my/cli/tokens", json!({ "name": "ci" })),
        ("POST /api/admin/service-clients", json!({ "name": "ci", "scopes": ["mesh:read"] })),
    ] {
        let with = |password: &str| {
            let mut body = body.clone();
            body["password"] = password.into();
            body.to_string()
        };
        let ask = async |body: &str| server.without_password(&session, line, body).await;
        ask(&body.to_string()).await.says_no(403, "password_required");
        ask(&with("")).await.says_no(403, "wrong_password");
        ask(&with("not that one at all")).await.says_no(403, "wrong_password");
        // She sees that it was tried.
        let seen = server.with(&session, "GET /api/my/audit?limit=1", "").await.is(200).json();
        assert_eq!(seen["data"][0]["action"], "auth.web.failed", "{line}: {seen}");
        assert!(ask(&with(PASSWORD)).await.status < 300, "{line}");
    }
    server.poll(&codes, &[]).await.is(200);
    // A code without a body is asked about as one with an empty one.
    let codes = server.ask().await;
    let approve = format!("POST /api/auth/cli/device-code/{}/approve", codes.user);
    server.without_password(&session, &approve, "").await.says_no(403, "password_required");
    // To turn one away gives nobody anything.
    let deny = format!("POST /api/auth/cli/device-code/{}/deny", codes.user);
    server.without_password(&session, &deny, "").await.is(200);
}

#[tokio::test]
async fn an_account_without_a_password_does_it_on_a_page() {
    let server = TestServer::new().await;
    let ana = server.account_without_password("Ana", false).await;
    let session = server.session(&ana).await;
    let codes = server.ask().await;
    let line = format!("POST /api/auth/cli/device-code/{}/approve", codes.user);
    for body in ["", "{}", "{\"password\":\"a long enough one\"}"] {
        let answer = server.without_password(&session, &line, body).await;
        answer.says_no(403, "page_required");
    }
    // A token is told what it was always told.
    let token = server.pat(&session, "{\"name\":\"ci\"}").await;
    server.without_password(&token, &line, "{}").await.says_no(403, "step_up_required");
    let (cookie, csrf) = server.web_session(&ana).await;
    let headers =
        [("Cookie", cookie.as_str()), ("Content-Type", "application/x-www-form-urlencoded")];
    let form = format!("csrf={csrf}&decision=approve");
    server.request(&format!("POST /D/{}", codes.user), &headers, &form).await.is(303);
    server.poll(&codes, &[]).await.is(200);
}

#[tokio::test]
async fn what_is_wrong_with_a_body_is_told_without_what_is_in_it() {
    let server = TestServer::new().await;
    let session = server.session(&server.account("Ana").await).await;
    for body in [
        json!({ "name": "ci", "expires_in_days": PASSWORD }),
        json!({ "name": "ci", "password": [PASSWORD] }),
        json!({ "name": 7, PASSWORD: 7 }),
    ] {
        let line = "POST /api/my/cli/tokens";
        let answer = server.without_password(&session, line, &body.to_string()).await;
        answer.says_no(400, "invalid_request");
        assert!(!answer.body.contains(PASSWORD), "{answer:?}");
    }
}

super::on_postgres::on_postgres!(
    what_is_wrong_with_a_body_is_told_without_what_is_in_it,
    a_session_alone_lets_nobody_in_and_makes_nothing,
    an_account_without_a_password_does_it_on_a_page,
);

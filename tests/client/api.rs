//! The API client: what goes out, what comes in, and what a "no" means.

use std::sync::Arc;

use crewmesh::api::Client;
use crewmesh::error::{AppError, ErrorKind};
use crewmesh::http::Http;
use crewmesh::i18n::{Catalog, Language, Words};
use crewmesh::secret::Secret;
use crewmesh::wire::{NewAccessToken, NewMachine, NewMesh, StepUp};
use jiff::Timestamp;
use serde_json::{Value, json};
use wiremock::matchers::{header, method, path, query_param, query_param_is_missing};
use wiremock::{Mock, MockServer, ResponseTemplate};

use super::environment;

fn client(server: &MockServer) -> Client {
    let home = tempfile::tempdir().expect("a home");
    let http = Http::new(&environment(&home, &[])).expect("made");
    let base = server.uri().parse().expect("a URL");
    Client::new(Arc::new(http), base, "mesh.example.org")
        .with_token(Secret::new("cm_session_x"), None)
}

fn mesh(slug: &str) -> Value {
    json!({
        "id": format!("m-{slug}"), "name": format!("Mesh\u{1b}[2J {slug}"), "slug": slug,
        "role": "admin", "member_count": 3, "created_at": "2026-01-01T00:00:00Z",
        "something_new": true,
    })
}

async fn refused(status: u16, body: Value) -> AppError {
    let server = MockServer::start().await;
    let reply = ResponseTemplate::new(status).set_body_json(body);
    Mock::given(method("POST")).respond_with(reply).mount(&server).await;
    let wanted = NewMesh { name: "Platform".into(), slug: None };
    client(&server).create_mesh(&wanted).await.expect_err("refused")
}

fn said(error: &AppError) -> String {
    Catalog::new(Language::ENGLISH).words(&error.message).into_owned()
}

#[tokio::test]
async fn a_list_is_read_to_its_end_and_cleaned_at_the_door() {
    let server = MockServer::start().await;
    let page = |slug: &str, next: Option<&str>| {
        let body = json!({"data": [mesh(slug)], "total": 2, "next_cursor": next});
        ResponseTemplate::new(200).set_body_json(body)
    };
    Mock::given(path("/api/my/meshes"))
        .and(header("authorization", "Bearer cm_session_x"))
        .and(query_param_is_missing("cursor"))
        .respond_with(page("one", Some("c 1")))
        .mount(&server)
        .await;
    Mock::given(path("/api/my/meshes"))
        .and(query_param("cursor", "c 1"))
        .and(query_param("limit", "100"))
        .respond_with(page("two", None))
        .mount(&server)
        .await;
    let meshes = client(&server).meshes().await.expect("listed");
    let names: Vec<_> = meshes.iter().map(|mesh| mesh.name.as_str()).collect();
    assert_eq!(names, ["Mesh one", "Mesh two"]);
}

#[tokio::test]
async fn a_list_without_end_is_a_fault() {
    let server = MockServer::start().await;
    let body = json!({"data": [mesh("one")], "total": 1, "next_cursor": "same"});
    let reply = ResponseTemplate::new(200).set_body_json(body);
    Mock::given(method("GET")).respond_with(reply).mount(&server).await;
    let meshes = client(&server).meshes().await.expect("the same page is not followed for ever");
    assert_eq!(meshes.len(), 2);
}

#[tokio::test]
async fn what_a_route_does_not_promise_does_not_come_in() {
    let server = MockServer::start().await;
    let body = json!({"data": [mesh("../up")], "total": 1});
    let reply = ResponseTemplate::new(200).set_body_json(body);
    Mock::given(path("/api/my/meshes")).respond_with(reply).mount(&server).await;
    let error = client(&server).meshes().await.expect_err("a slug with a slash");
    assert_eq!(error.code, "malformed_reply");
    let page = ResponseTemplate::new(200).set_body_raw("<html>", "text/html");
    Mock::given(path("/api/my/profile")).respond_with(page).mount(&server).await;
    let error = client(&server).profile().await.expect_err("a page");
    assert_eq!(error.code, "not_an_instance");
}

#[tokio::test]
async fn a_taken_slug_brings_a_free_one() {
    let error = refused(409, json!({"error": "slug_taken", "suggested_slug": "platform-2"})).await;
    assert_eq!((error.kind, error.code.as_str()), (ErrorKind::AlreadyExists, "slug_taken"));
    assert_eq!(error.suggestion.as_deref(), Some("platform-2"));
    let hostile = refused(409, json!({"error": "slug_taken", "suggested_slug": "../../x"})).await;
    assert_eq!(hostile.suggestion, None);
}

#[tokio::test]
async fn every_no_has_its_kind() {
    for (status, code, kind) in [
        (403, "step_up_required", ErrorKind::NotAllowed),
        (403, "insufficient_scope", ErrorKind::NotAllowed),
        (403, "plan_required", ErrorKind::NotAllowed),
        (404, "not_found", ErrorKind::NotFound),
        (426, "upgrade_required", ErrorKind::Failed),
        (400, "name_empty", ErrorKind::BadArguments),
        (401, "invalid_token", ErrorKind::NotSignedIn),
    ] {
        let error = refused(status, json!({"error": code, "min_version": "0.9.0"})).await;
        assert_eq!(error.kind, kind, "{code}");
        assert!(!said(&error).is_empty() && !said(&error).contains("api-"), "{code}");
    }
    let upgrade = refused(426, json!({"error": "upgrade_required", "min_version": "0.9.0"})).await;
    assert!(said(&upgrade).contains("0.9.0"));
}

#[tokio::test]
async fn a_servers_own_words_are_shown_without_their_control_characters() {
    let body =
        json!({"error": "moon_phase", "message": "Not\u{1b}[31m tonight", "hint": "Wait\u{7}"});
    let error = refused(400, body).await;
    assert_eq!(error.code, "moon_phase");
    assert_eq!(error.message, Words::Verbatim("Not tonight".into()));
    assert_eq!(error.hint, Some(Words::Verbatim("Wait".into())));
}

#[tokio::test]
async fn rejected_is_said_only_when_the_server_said_so() {
    let server = MockServer::start().await;
    let page = ResponseTemplate::new(401)
        .insert_header("www-authenticate", "Basic realm=\"proxy\"")
        .set_body_raw("<html>Who are you?</html>", "text/html");
    Mock::given(path("/api/my/profile")).respond_with(page).mount(&server).await;
    let error = client(&server).profile().await.expect_err("a proxy");
    assert_eq!((error.kind, error.code.as_str()), (ErrorKind::Unreachable, "not_an_instance"));

    let server = MockServer::start().await;
    let no = ResponseTemplate::new(401)
        .insert_header("www-authenticate", "Bearer error=\"invalid_token\"");
    Mock::given(path("/api/my/profile")).respond_with(no).mount(&server).await;
    let signed_in = client(&server);
    assert_eq!(signed_in.profile().await.expect_err("refused").code, "token_rejected");
    let ended = signed_in.with_token(Secret::new("cm_session_x"), Some(Timestamp::UNIX_EPOCH));
    assert_eq!(ended.profile().await.expect_err("refused").code, "token_expired");
}

#[tokio::test]
async fn invites_that_do_not_work_say_why() {
    let server = MockServer::start().await;
    for (code, status, error) in [
        ("unknown", 404, "not_found"),
        ("revoked", 410, "revoked"),
        ("expired", 410, "expired"),
        ("exhausted", 410, "exhausted"),
    ] {
        let reply = ResponseTemplate::new(status).set_body_json(json!({"error": error}));
        let at = format!("/api/invites/{code}");
        Mock::given(path(at)).respond_with(reply).mount(&server).await;
    }
    let client = client(&server);
    let mut words = Vec::new();
    for code in ["unknown", "revoked", "expired", "exhausted"] {
        let error = client.preview_invite(&Secret::new(code)).await.expect_err(code);
        assert_eq!(error.kind, ErrorKind::NotFound);
        words.push(said(&error));
    }
    words.sort();
    words.dedup();
    assert_eq!(words.len(), 4, "{words:?}");
}

#[tokio::test]
async fn too_many_requests_say_how_long() {
    let server = MockServer::start().await;
    let busy = ResponseTemplate::new(429).insert_header("retry-after", "12");
    Mock::given(method("GET")).respond_with(busy).mount(&server).await;
    let error = client(&server).profile().await.expect_err("too many");
    assert_eq!(error.code, "too_many_requests");
    assert!(said(&error).contains("12 seconds"), "{}", said(&error));
    assert_eq!(error.retry_after.map(|wait| wait.as_secs()), Some(12));
}

#[tokio::test]
async fn a_machine_says_whether_it_was_known() {
    let server = MockServer::start().await;
    let machine = json!({
        "id": "c1", "name": "radiology-3", "slug": "radiology-3", "location": "DE",
        "created_at": "2026-01-01T00:00:00Z",
    });
    let wanted = NewMachine {
        anchor: "ab".into(),
        name: "radiology-3".into(),
        slug: None,
        location: Some("DE".into()),
        os: "linux".into(),
        arch: "x86_64".into(),
    };
    let client = client(&server);
    for (status, adopted) in [(201, false), (200, true)] {
        server.reset().await;
        let reply = ResponseTemplate::new(status).set_body_json(&machine);
        Mock::given(path("/api/my/machines")).respond_with(reply).mount(&server).await;
        let registered = client.register_machine(&wanted).await.expect("registered");
        assert_eq!(
            (registered.adopted, registered.machine.slug.as_str()),
            (adopted, "radiology-3")
        );
    }
}

#[tokio::test]
async fn an_id_cannot_leave_its_route() {
    let server = MockServer::start().await;
    let client = client(&server);
    for id in ["", ".", ".."] {
        assert_eq!(client.revoke_token(id).await.expect_err("no id").kind, ErrorKind::NotFound);
    }
    let _ = client.revoke_token("../sessions/current?x=1").await;
    let requests = server.received_requests().await.expect("recorded");
    assert_eq!(requests.len(), 1);
    assert_eq!(requests[0].url.path(), "/api/my/cli/tokens/..%2Fsessions%2Fcurrent%3Fx=1");
}

#[tokio::test]
async fn a_minted_token_comes_through_once_and_never_prints() {
    let server = MockServer::start().await;
    let body = json!({
        "id": "t1", "name": "ci", "last_four": "wxyz", "scopes": ["mesh:read"],
        "created_at": "2026-01-01T00:00:00Z", "last_used_at": null, "expires_at": null,
        "token": "cm_pat_secret",
    });
    let reply = ResponseTemplate::new(201).set_body_json(body);
    Mock::given(path("/api/my/cli/tokens")).respond_with(reply).mount(&server).await;
    let wanted = NewAccessToken {
        name: "ci".into(),
        expires_in_days: None,
        scopes: None,
        step_up: StepUp::default(),
    };
    let minted = client(&server).create_token(&wanted).await.expect("minted");
    assert_eq!(minted.token.expose(), "cm_pat_secret");
    assert!(!format!("{minted:?}").contains("cm_pat_secret"));
}

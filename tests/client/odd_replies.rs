//! Whatever an instance answers where a reply was promised: it is understood, or it
//! is named as what it is. Each reply, with each member of it null, absent or of
//! another type; cut off; no JSON at all.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::pin::Pin;
use std::sync::{Arc, Mutex};

use crewmesh::api::Client;
use crewmesh::credentials::resolve::ServiceKey;
use crewmesh::error::{AppError, ErrorKind};
use crewmesh::http::Http;
use crewmesh::i18n::{Catalog, Language};
use crewmesh::secret::Secret;
use crewmesh::sign_in::service_client;
use crewmesh::wire::{
    NewAccessToken, NewInvite, NewMachine, NewMesh, NewServiceClient, Role, StepUp,
};
use serde_json::{Value, json};
use wiremock::matchers::any;
use wiremock::{Mock, MockServer, Request, ResponseTemplate};

use super::{Odd, environment};

type Asked = Pin<Box<dyn Future<Output = Result<(), AppError>> + Send>>;
type Ask = fn(Client) -> Asked;

macro_rules! asks {
    ($client:ident, $call:expr) => {
        (|$client| Box::pin(async move { $call.await.map(drop) })) as Ask
    };
}

const AT: &str = "2026-11-21T08:00:00Z";

/// Every reply that is read, whole, and how it is asked for.
fn all() -> Vec<(&'static str, Value, Ask)> {
    let list = |row: Value| json!({ "data": [row], "total": 1, "next_cursor": null });
    let mesh = json!({
        "id": "m1", "name": "Team", "slug": "team", "role": "admin", "member_count": 2,
        "created_at": AT
    });
    let member = json!({
        "id": "u1", "name": "Eva", "email": "eva@example.org", "role": "admin",
        "service": true, "joined_at": AT
    });
    let machine = json!({
        "id": "m1", "name": "Laptop", "slug": "laptop", "location": "DE", "this": true,
        "liveness": "online", "created_at": AT, "last_seen_at": AT
    });
    let token = json!({
        "id": "t1", "name": "ci", "last_four": "abcd", "scopes": ["admin"], "created_at": AT,
        "last_used_at": AT, "expires_at": AT, "token": "cm_pat_x"
    });
    let service = json!({
        "id": "s1", "name": "CI", "scopes": ["mesh:read"], "redirect_uris": ["https://a.example"],
        "meshes": ["team"], "created_at": AT, "last_used_at": AT, "client_id": "s1",
        "client_secret": "cm_secret_x"
    });
    let session = json!({
        "id": "s1", "name": "Laptop", "os": "linux", "arch": "x86_64", "ip": "192.0.2.1",
        "created_at": AT, "last_used_at": AT, "expires_at": AT, "current": true
    });
    let event = json!({
        "id": "e1", "ts": AT, "actor": "u1", "via": "pat", "action": "mesh.created",
        "target": "m1", "source_ip": "192.0.2.1", "meta": { "name": "Team" }
    });
    let invite = json!({
        "id": "i1", "role": "member", "email": "bo@example.org", "max_uses": 1, "uses": 0,
        "created_at": AT, "expires_at": AT
    });
    let profile = json!({
        "id": "u1", "name": "Ana", "email": "ana@example.org", "via": "pat",
        "token": { "name": "ci", "expires_at": AT, "scopes": ["profile:read"] }
    });
    let minted_invite = json!({
        "id": "i1", "code": "abcd2efgh3ijkl4mnop5", "url": "https://mesh.example.org/i/x",
        "expires_at": AT, "emailed": false
    });
    let preview = json!({
        "id": "m1", "mesh_name": "Team", "mesh_slug": "team", "inviter": "Ana", "role": "member",
        "member_count": 2, "expires_at": AT
    });
    let card = json!({
        "id": "d1", "user_code": "WDJB-MJPV", "device_name": "Laptop", "device_os": "linux",
        "device_arch": "x86_64", "ip": "192.0.2.1", "expires_in": 900
    });
    vec![
        ("whoami", profile, asks!(client, client.profile())),
        ("meshes", list(mesh.clone()), asks!(client, client.meshes())),
        ("a mesh", mesh.clone(), asks!(client, client.create_mesh(&new_mesh()))),
        ("a renamed mesh", mesh.clone(), asks!(client, client.rename_mesh("m1", "Team"))),
        ("members", list(member.clone()), asks!(client, client.members("m1"))),
        ("a member", member, asks!(client, client.change_member("m1", "u1", Role::Member))),
        ("machines", list(machine.clone()), asks!(client, client.machines(None))),
        ("a machine", machine, asks!(client, client.register_machine(&new_machine()))),
        ("tokens", list(token.clone()), asks!(client, client.tokens())),
        ("a token", token, asks!(client, client.create_token(&new_token()))),
        ("sessions", list(session), asks!(client, client.sessions())),
        ("events", list(event), asks!(client, client.audit(5))),
        ("invites", list(invite), asks!(client, client.invites("m1"))),
        ("an invite", minted_invite, asks!(client, client.create_invite("m1", &new_invite()))),
        ("a preview", preview, asks!(client, client.preview_invite(&Secret::new("abcd")))),
        ("joined", mesh, asks!(client, client.accept_invite(&Secret::new("abcd")))),
        ("a card", card, asks!(client, client.card("WDJB-MJPV"))),
        ("services", list(service.clone()), asks!(client, client.service_clients())),
        ("a service", service, asks!(client, client.create_service_client(&new_service()))),
    ]
}

fn new_mesh() -> NewMesh {
    NewMesh { name: "Team".into(), slug: None }
}

fn new_machine() -> NewMachine {
    let (name, none) = ("Laptop".to_owned(), String::new());
    NewMachine {
        anchor: "a".into(),
        name,
        slug: None,
        location: None,
        os: none.clone(),
        arch: none,
    }
}

fn new_token() -> NewAccessToken {
    NewAccessToken {
        name: "ci".into(),
        expires_in_days: None,
        scopes: None,
        step_up: StepUp::default(),
    }
}

fn new_invite() -> NewInvite {
    NewInvite { role: Role::Member, email: None, expires_in_days: 7, max_uses: 1 }
}

fn new_service() -> NewServiceClient {
    let (name, scopes) = ("CI".to_owned(), vec!["mesh:read".to_owned()]);
    NewServiceClient { name, scopes, redirect_uris: Vec::new(), step_up: StepUp::default() }
}

/// A server that answers everything so, and a client of it.
struct OddServer {
    answer: Arc<Mutex<(u16, String)>>,
    client: Client,
    _server: MockServer,
}

impl OddServer {
    async fn start() -> Self {
        let answer = Arc::new(Mutex::new((200, String::new())));
        let server = MockServer::start().await;
        let said = Arc::clone(&answer);
        let reply = move |_: &Request| {
            let (status, body) = said.lock().expect("whole").clone();
            ResponseTemplate::new(status).set_body_raw(body, "application/json")
        };
        Mock::given(any()).respond_with(reply).mount(&server).await;
        let client = client(&server.uri());
        Self { answer, client, _server: server }
    }

    /// What `ask` comes to where this is answered: nothing, or the word of the error.
    async fn comes_to(
        &self,
        ask: Ask,
        status: u16,
        body: impl Into<String>,
    ) -> Result<(), AppError> {
        *self.answer.lock().expect("whole") = (status, body.into());
        ask(self.client.clone()).await
    }
}

fn client(base: &str) -> Client {
    let home = tempfile::tempdir().expect("a home");
    let http = Http::new(&environment(&home, &[])).expect("made");
    Client::new(Arc::new(http), base.parse().expect("a URL"), "mesh.example.org")
        .with_token(Secret::new("cm_session_x"), None)
}

/// Where each value below `value` stands.
fn places(value: &Value, at: &str, all: &mut Vec<String>) {
    let below: Vec<(String, &Value)> = match value {
        Value::Object(members) => members.iter().map(|(name, one)| (name.clone(), one)).collect(),
        Value::Array(rows) => {
            rows.iter().enumerate().map(|(i, one)| (i.to_string(), one)).collect()
        }
        _ => return,
    };
    for (name, one) in below {
        let at = format!("{at}/{name}");
        places(one, &at, all);
        all.push(at);
    }
}

/// `value` without what stands at `place`.
fn without(value: &Value, place: &str) -> Value {
    let mut value = value.clone();
    let (above, name) = place.rsplit_once('/').expect("below something");
    match value.pointer_mut(above).expect("it is there") {
        Value::Object(members) => drop(members.remove(name)),
        Value::Array(rows) => drop(rows.remove(name.parse().expect("a number"))),
        _ => panic!("nothing stands below {above}"),
    }
    value
}

fn code(result: &Result<(), AppError>) -> &str {
    result.as_ref().map_or_else(|error| error.code.as_str(), |()| "understood")
}

#[tokio::test]
async fn every_odd_member_is_understood_or_named() {
    let server = OddServer::start().await;
    let odd = [
        json!(17),
        json!(-1.5e300),
        json!("17"),
        json!("\u{1b}[31m"),
        json!(true),
        json!([]),
        json!([17]),
        json!({}),
    ];
    for (what, whole, ask) in all() {
        let read = server.comes_to(ask, 200, whole.to_string()).await;
        assert_eq!(code(&read), "understood", "{what}");
        let mut all = Vec::new();
        places(&whole, "", &mut all);
        for place in all {
            for odd in &odd {
                let mut spoiled = whole.clone();
                *spoiled.pointer_mut(&place).expect("it is there") = odd.clone();
                let read = server.comes_to(ask, 200, spoiled.to_string()).await;
                let is_named = ["understood", "malformed_reply"].contains(&code(&read));
                assert!(is_named, "{what}, {place} as {odd}: {}", code(&read));
            }
            if place.ends_with(|last: char| last.is_ascii_digit()) {
                continue;
            }
            // Null is not there, whatever it is: for many servers the two are one.
            let mut null = whole.clone();
            *null.pointer_mut(&place).expect("it is there") = Value::Null;
            let null = server.comes_to(ask, 200, null.to_string()).await;
            let absent = server.comes_to(ask, 200, without(&whole, &place).to_string()).await;
            assert_eq!(code(&null), code(&absent), "{what}, {place}");
            let is_named = ["understood", "malformed_reply"].contains(&code(&null));
            assert!(is_named, "{what} without {place}: {}", code(&null));
        }
    }
}

#[tokio::test]
async fn what_may_be_absent_may_be_null() {
    let server = OddServer::start().await;
    let all = all();
    for (what, place) in [
        ("whoami", "/email"),
        ("whoami", "/token/expires_at"),
        ("whoami", "/token/scopes"),
        ("meshes", "/next_cursor"),
        ("machines", "/data/0/location"),
        ("machines", "/data/0/last_seen_at"),
        ("machines", "/data/0/liveness"),
        ("tokens", "/data/0/last_used_at"),
        ("tokens", "/data/0/expires_at"),
        ("sessions", "/data/0/ip"),
        ("sessions", "/data/0/expires_at"),
        ("events", "/data/0/source_ip"),
        ("events", "/data/0/meta"),
        ("invites", "/data/0/email"),
        ("a preview", "/id"),
        ("a card", "/ip"),
        ("a card", "/device_name"),
        ("services", "/data/0/last_used_at"),
    ] {
        let (_, whole, ask) = all.iter().find(|(one, ..)| *one == what).expect("a reply");
        let mut null = whole.clone();
        *null.pointer_mut(place).expect("it is there") = Value::Null;
        for body in [null, without(whole, place)] {
            let read = server.comes_to(*ask, 200, body.to_string()).await;
            assert_eq!(code(&read), "understood", "{what}: {body}");
        }
    }
}

#[tokio::test]
async fn what_is_no_json_is_no_instance_and_other_json_is_named() {
    let server = OddServer::start().await;
    for (what, whole, ask) in all() {
        let whole = whole.to_string();
        let (half, page) = (&whole[..whole.len() / 2], "<html>Sign in to this network</html>");
        for body in ["", half, page, "{", &whole[1..], &format!("{whole}{whole}")] {
            let read = server.comes_to(ask, 200, body).await;
            assert_eq!(code(&read), "not_an_instance", "{what}: {body}");
        }
        for body in ["null", "[]", "17", "\"team\"", "{}", "{\"data\":17}"] {
            let read = server.comes_to(ask, 200, body).await;
            assert_eq!(code(&read), "malformed_reply", "{what}: {body}");
        }
    }
}

/// What is done and answered by nothing.
fn acts() -> [Ask; 11] {
    [
        asks!(client, client.revoke_session("x")),
        asks!(client, client.revoke_current()),
        asks!(client, client.revoke_all_sessions()),
        asks!(client, client.revoke_token("x")),
        asks!(client, client.revoke_invite("x")),
        asks!(client, client.remove_machine("x")),
        asks!(client, client.approve("WDJB-MJPV", StepUp::default())),
        asks!(client, client.deny("WDJB-MJPV")),
        asks!(client, client.add_service_client("x", "team")),
        asks!(client, client.remove_service_client("x", "team")),
        asks!(client, client.revoke_service_client("x")),
    ]
}

/// A network's own sign-in page signs nobody out.
#[tokio::test]
async fn what_a_web_page_says_yes_to_is_not_done() {
    let server = OddServer::start().await;
    for (which, ask) in acts().into_iter().enumerate() {
        for (status, body) in [(204, ""), (200, ""), (200, "{}"), (202, r#"{"ok":true}"#)] {
            let done = server.comes_to(ask, status, body).await;
            assert_eq!(code(&done), "understood", "{which}: {status} {body}");
        }
        for body in ["<html>Sign in to this network</html>", r#"{"ok":tr"#] {
            let done = server.comes_to(ask, 200, body).await;
            assert_eq!(code(&done), "not_an_instance", "{which}: {body}");
        }
    }
}

#[tokio::test]
async fn a_reply_that_is_cut_off_is_a_connection_that_was_lost() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let base = format!("http://{}", listener.local_addr().expect("bound"));
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let _ = stream.read(&mut [0; 4096]);
            let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n{\"data\":[");
        }
    });
    let client = client(&base);
    for (what, _, ask) in all() {
        let lost = ask(client.clone()).await.expect_err("half of it");
        assert_eq!(
            (lost.kind, lost.code.as_str()),
            (ErrorKind::Unreachable, "connection_lost"),
            "{what}"
        );
    }
}

#[tokio::test]
async fn a_no_is_understood_whatever_stands_beside_its_word() {
    let server = OddServer::start().await;
    let (_, _, ask) = all().remove(2);
    let catalog = Catalog::new(Language::ENGLISH);
    let members =
        ["message", "error_description", "hint", "suggested_slug", "min_version", "plan", "more"];
    for odd in [json!(17), json!(null), json!(["a"]), json!({ "a": 1 }), json!(false)] {
        for member in members {
            for (status, word) in [
                (400, "name_empty"),
                (401, "invalid_token"),
                (403, "plan_required"),
                (404, "not_found"),
                (409, "slug_taken"),
                (426, "upgrade_required"),
            ] {
                let body = json!({ "error": word, member: odd });
                let error = server.comes_to(ask, status, body.to_string()).await;
                let error = error.expect_err("refused");
                let expected = if status == 401 { "token_rejected" } else { word };
                assert_eq!(error.code, expected, "{body}");
                let said = catalog.words(&error.message);
                assert!(!said.is_empty() && !said.contains("api-"), "{body}: {said}");
            }
        }
        // Without a word of its own it is nobody's "no": a proxy may have said it.
        let error = server.comes_to(ask, 409, json!({ "error": odd }).to_string()).await;
        assert_eq!(code(&error), "not_an_instance", "{odd}");
    }
    for body in ["", "{", "null", "[]", "<html>"] {
        for (status, word) in [
            (401, "not_an_instance"),
            (404, "not_an_instance"),
            (429, "too_many_requests"),
            (503, "server_fault"),
        ] {
            let error = server.comes_to(ask, status, body).await;
            assert_eq!(code(&error), word, "{status} {body}");
        }
    }
}

#[tokio::test]
async fn a_program_that_signs_in_by_itself_hears_what_was_wrong() {
    let key = ServiceKey { id: "s1".into(), secret: Secret::new("cm_secret_x") };
    for (status, body, word) in [
        (200, r#"{"access_token":"t","expires_in":"3600"}"#, "understood"),
        (200, r#"{"access_token":"t","expires_in":-1}"#, "understood"),
        (200, r#"{"access_token":"t","expires_in":1e300}"#, "understood"),
        (200, r#"{"access_token":"t","expires_in":{},"error":null}"#, "understood"),
        (200, r#"{"access_token":"t","error":17}"#, "understood"),
        (200, r#"{"access_token":17}"#, "malformed_reply"),
        (200, r#"{"access_token":"a b"}"#, "malformed_reply"),
        (200, "{}", "malformed_reply"),
        (200, "[]", "malformed_reply"),
        (200, r#"{"access_token":"t"#, "not_an_instance"),
        (200, "<html>", "not_an_instance"),
        (401, r#"{"error":"invalid_client","error_description":17}"#, "client_rejected"),
        (400, r#"{"error":["invalid_client"]}"#, "not_an_instance"),
    ] {
        let odd = Odd::server().await;
        odd.metadata(json!({})).await;
        let reply = ResponseTemplate::new(status).set_body_raw(body, "application/json");
        odd.answers("POST", "/oauth/token", reply).await;
        let read = service_client::sign_in(&odd.connector, &odd.instance(), &key).await;
        assert_eq!(code(&read.map(drop)), word, "{status} {body}");
    }
}

//! Our client against servers that are odd, old, foreign or broken: what
//! PROTOCOL calls "how our client treats any server", over real sockets.

mod api;
mod discovery;
#[cfg(feature = "server")]
mod end_to_end;
mod odd_replies;
mod tls;

use std::sync::Arc;
use std::time::Duration;

use crewmesh::environment::Environment;
use crewmesh::error::AppError;
use crewmesh::home::pending;
use crewmesh::instance::Connector;
use crewmesh::model::{Approval, Audience, DeviceCode, Instance, Place, Poll};
use crewmesh::sign_in;
use crewmesh::wire::Device;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use wiremock::matchers::{header, method, path};
use wiremock::{Match, Mock, MockServer, Request, ResponseTemplate};

/// A person with an empty home, in front of one odd server.
struct Odd {
    server: MockServer,
    connector: Connector,
    home: TempDir,
}

fn environment(home: &TempDir, variables: &[(&str, &str)]) -> Environment {
    let home = home.path().to_str().expect("a path").to_owned();
    let own = [("HOME".to_owned(), home)];
    let more = variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    Environment::of(own.into_iter().chain(more).collect())
}

impl Odd {
    async fn server() -> Self {
        Self::server_with(&[]).await
    }

    async fn server_with(variables: &[(&str, &str)]) -> Self {
        let home = tempfile::tempdir().expect("a home");
        let connector = Connector::new(Arc::new(environment(&home, variables)));
        Self { server: MockServer::start().await, connector, home }
    }

    fn instance(&self) -> Instance {
        let url = self.server.uri().parse().expect("a URL");
        Instance { name: "odd".into(), place: Place::At(url), id: None, signed_in: false }
    }

    fn url(&self, path: &str) -> String {
        format!("{}{path}", self.server.uri())
    }

    async fn answers(&self, verb: &str, at: &str, reply: ResponseTemplate) {
        Mock::given(method(verb)).and(path(at)).respond_with(reply).mount(&self.server).await;
    }

    /// Says where its endpoints are, and whatever else is given.
    async fn metadata(&self, more: Value) {
        let mut document = json!({
            "issuer": self.server.uri(),
            "device_authorization_endpoint": self.url("/oauth/device_authorization"),
            "token_endpoint": self.url("/oauth/token"),
        });
        let members = document.as_object_mut().expect("an object");
        members.extend(more.as_object().expect("an object").clone());
        let reply = ResponseTemplate::new(200).set_body_json(document);
        self.answers("GET", "/.well-known/oauth-authorization-server", reply).await;
    }

    fn authorization(&self) -> Value {
        json!({
            "device_code": "dc one",
            "user_code": "WDJB-MJPV",
            "verification_uri": self.url("/d"),
            "expires_in": 600,
        })
    }

    async fn gives_codes(&self) {
        let mut body = self.authorization();
        body["device_code"] = "dc-one".into();
        let reply = ResponseTemplate::new(200).set_body_json(body);
        self.answers("POST", "/oauth/device_authorization", reply).await;
    }

    async fn ask(&self) -> Result<DeviceCode, AppError> {
        sign_in::request_code(&self.connector, &self.instance(), device(), None).await
    }

    async fn poll(&self, code: &DeviceCode) -> Poll {
        sign_in::poll(&self.connector, code, None).await
    }

    async fn find(&self) -> Result<Instance, AppError> {
        self.connector.find(&self.server.uri()).await
    }

    async fn requests(&self, at: &str) -> Vec<Request> {
        let all = self.server.received_requests().await.expect("recorded");
        all.into_iter().filter(|request| request.url.path() == at).collect()
    }
}

fn device() -> Device {
    Device {
        device_name: "radiology-3".into(),
        device_os: "linux".into(),
        device_arch: "x86_64".into(),
    }
}

fn code_of(poll: Poll) -> String {
    match poll {
        Poll::Failed(error) => error.code,
        other => panic!("{other:?}"),
    }
}

/// Exactly this media type, without a parameter.
struct BareForm;

impl Match for BareForm {
    fn matches(&self, request: &Request) -> bool {
        request
            .headers
            .get("content-type")
            .is_some_and(|value| value == "application/x-www-form-urlencoded")
    }
}

#[tokio::test]
async fn forms_are_bare_and_each_poll_carries_the_same_key() {
    let odd = Odd::server().await;
    odd.metadata(json!({"crewmesh_wait": 25})).await;
    odd.gives_codes().await;
    let slow = ResponseTemplate::new(400).set_body_json(json!({"error": "slow_down"}));
    Mock::given(path("/oauth/token"))
        .and(BareForm)
        .and(header("accept", "application/json"))
        .respond_with(slow)
        .mount(&odd.server)
        .await;
    let code = odd.ask().await.expect("a code");
    assert_eq!(code.wait, Some(Duration::from_secs(25)));
    assert_eq!(code.interval, Duration::from_secs(5));
    assert_eq!(code.links.audience, Audience::ThisComputer);
    for _ in 0..3 {
        assert_eq!(odd.poll(&code).await, Poll::SlowDown { interval: None });
    }
    let held = sign_in::poll(&odd.connector, &code, Some(Duration::from_secs(20))).await;
    assert_eq!(held, Poll::SlowDown { interval: None });
    let polls = odd.requests("/oauth/token").await;
    let keys: Vec<_> = polls.iter().map(|poll| poll.headers.get("idempotency-key")).collect();
    assert!(keys[0].is_some() && keys.iter().all(|key| *key == keys[0]), "{keys:?}");
    let prefer: Vec<_> = polls.iter().filter_map(|poll| poll.headers.get("prefer")).collect();
    assert_eq!(prefer, ["wait=20"]);
}

#[tokio::test]
async fn a_server_that_wants_json_gets_json_from_then_on() {
    let odd = Odd::server().await;
    odd.metadata(json!({})).await;
    let unsupported = || ResponseTemplate::new(415).set_body_json(json!({"error": "unsupported"}));
    let given = ResponseTemplate::new(200).set_body_json(json!({
        "device_code": "d", "user_code": "c", "verification_url": odd.url("/d"), "expires_in": 60,
    }));
    for (at, reply) in [
        ("/oauth/device_authorization", given),
        (
            "/oauth/token",
            ResponseTemplate::new(400).set_body_json(json!({"error": "access_denied"})),
        ),
    ] {
        Mock::given(path(at)).and(BareForm).respond_with(unsupported()).mount(&odd.server).await;
        Mock::given(path(at))
            .and(header("content-type", "application/json"))
            .respond_with(reply)
            .mount(&odd.server)
            .await;
    }
    let code = odd.ask().await.expect("a code");
    assert_eq!(odd.poll(&code).await, Poll::Refused);
    assert_eq!(odd.requests("/oauth/device_authorization").await.len(), 2);
    assert_eq!(odd.requests("/oauth/token").await.len(), 1, "it was learned");
}

#[tokio::test]
async fn no_redirect_takes_a_secret_along() {
    let odd = Odd::server().await;
    let thief = MockServer::start().await;
    odd.metadata(json!({})).await;
    odd.gives_codes().await;
    let to = format!("{}/oauth/token", thief.uri());
    let moved = ResponseTemplate::new(307).insert_header("location", to.as_str());
    odd.answers("POST", "/oauth/token", moved).await;
    let code = odd.ask().await.expect("a code");
    assert_eq!(code_of(odd.poll(&code).await), "redirected");
    assert!(thief.received_requests().await.expect("recorded").is_empty());
}

#[tokio::test]
async fn foreign_links_and_endpoints_are_marked() {
    let odd = Odd::server().await;
    odd.metadata(json!({})).await;
    let mut body = odd.authorization();
    body["device_code"] = "d".into();
    body["verification_uri"] = "https://elsewhere.example/d".into();
    body["user_code"] = "WDJB\u{1b}[2J-MJPV".into();
    let reply = ResponseTemplate::new(200).set_body_json(body);
    odd.answers("POST", "/oauth/device_authorization", reply).await;
    let code = odd.ask().await.expect("a code");
    assert!(code.foreign);
    assert_eq!(code.links.audience, Audience::Anywhere);
    assert_eq!(code.user_code, "WDJB-MJPV");
}

#[tokio::test]
async fn a_code_or_a_link_that_makes_no_sense_is_refused() {
    let odd = Odd::server().await;
    odd.metadata(json!({})).await;
    let body = odd.authorization();
    let reply = ResponseTemplate::new(200).set_body_json(body);
    odd.answers("POST", "/oauth/device_authorization", reply).await;
    assert_eq!(odd.ask().await.expect_err("a space in it").code, "malformed_reply");

    let odd = Odd::server().await;
    odd.metadata(json!({})).await;
    let mut body = odd.authorization();
    body["device_code"] = "d".into();
    body["verification_uri"] = "javascript:alert(1)".into();
    let reply = ResponseTemplate::new(200).set_body_json(body);
    odd.answers("POST", "/oauth/device_authorization", reply).await;
    assert_eq!(odd.ask().await.expect_err("no link").code, "unsafe_link");
}

#[tokio::test]
async fn a_server_in_trouble_is_asked_again_when_it_said() {
    let odd = Odd::server().await;
    odd.metadata(json!({})).await;
    odd.gives_codes().await;
    let code = odd.ask().await.expect("a code");
    let busy = ResponseTemplate::new(503).insert_header("retry-after", "17");
    odd.answers("POST", "/oauth/token", busy).await;
    let Poll::Failed(error) = odd.poll(&code).await else { panic!("no trouble") };
    assert_eq!(error.code, "server_fault");
    assert_eq!(error.retry_after, Some(Duration::from_secs(17)));
}

/// Answers every request with these bytes and hangs up.
async fn raw(reply: String) -> (String, tokio::task::JoinHandle<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address").to_string();
    let task = tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut request = [0; 4096];
            let _ = stream.read(&mut request).await;
            let _ = stream.write_all(reply.as_bytes()).await;
        }
    });
    (address, task)
}

#[tokio::test]
async fn half_a_body_is_the_networks_trouble() {
    let odd = Odd::server().await;
    let half = "HTTP/1.1 200 OK\r\ncontent-length: 400\r\n\r\n{\"access_token\":\"cm_sess";
    let (address, task) = raw(half.to_owned()).await;
    odd.metadata(json!({"token_endpoint": format!("http://{address}/token")})).await;
    odd.gives_codes().await;
    let code = odd.ask().await.expect("a code");
    assert!(code.foreign);
    assert_eq!(code_of(odd.poll(&code).await), "connection_lost");
    task.abort();
}

#[tokio::test]
async fn the_reference_documents_servers_are_spoken_to_in_their_own_words() {
    let odd = Odd::server().await;
    let given = ResponseTemplate::new(201).set_body_json(json!({
        "device_code": "dc/one", "user_code": "WDJB-MJPV", "interval": 1.5,
        "expires_at": "2999-01-01T00:00:00Z", "verification_url": odd.url("/cli-auth"),
    }));
    odd.answers("POST", "/api/auth/cli/device-code", given).await;
    let unauthorized = ResponseTemplate::new(401).set_body_json(json!({"error": "unauthorized"}));
    odd.answers("GET", "/api/my/meshes", unauthorized).await;
    let approved = ResponseTemplate::new(200).set_body_json(json!({
        "status": "approved", "token": "cm_session_x", "user": {"id": "u1", "name": "Ada"},
    }));
    odd.answers("GET", "/api/auth/cli/device-code/dc%2Fone", approved).await;
    let code = odd.ask().await.expect("a code");
    let complete = format!("{}?code=WDJB-MJPV", odd.url("/cli-auth"));
    assert_eq!(code.links.complete, Some(complete));
    assert_eq!(code.interval, Duration::from_millis(1500));
    let Poll::Approved(Approval { access, account }) = odd.poll(&code).await else {
        panic!("not approved")
    };
    assert_eq!(access.token.expose(), "cm_session_x");
    assert_eq!(account.expect("said").name, "Ada");
}

#[tokio::test]
async fn a_code_asked_for_can_be_taken_up_by_another_process() {
    let odd = Odd::server().await;
    odd.metadata(json!({})).await;
    odd.gives_codes().await;
    let code = odd.ask().await.expect("a code");
    let env = environment(&odd.home, &[]);
    let now = crewmesh::time_point::TimePoint::now();
    assert_eq!(pending::find(&env, None, now), None, "it is polled for here");
    odd.connector.stop().await;
    let left = pending::find(&env, None, now).expect("left behind");
    let next = Connector::new(Arc::new(env.clone()));
    let resumed = sign_in::resume(&next, &left).await.expect("taken up");
    assert_eq!(resumed.device_code, code.device_code);
    assert_eq!(resumed.idempotency_key, code.idempotency_key);
    sign_in::drop_pending(&next, &resumed);
    next.stop().await;
    assert_eq!(pending::find(&env, None, now), None, "it is settled");
}

/// Servers that demand PKCE with every grant get it (RFC 7636), and others do
/// not mind.
#[tokio::test]
async fn a_code_is_asked_for_with_a_challenge_and_polled_for_with_its_verifier() {
    let odd = Odd::server().await;
    odd.metadata(json!({})).await;
    odd.gives_codes().await;
    let pending =
        ResponseTemplate::new(400).set_body_json(json!({"error": "authorization_pending"}));
    odd.answers("POST", "/oauth/token", pending).await;
    let code = odd.ask().await.expect("a code");
    odd.poll(&code).await;
    let form = |request: &Request| -> std::collections::BTreeMap<String, String> {
        url::form_urlencoded::parse(&request.body).into_owned().collect()
    };
    let asked = form(&odd.requests("/oauth/device_authorization").await[0]);
    let polled = form(&odd.requests("/oauth/token").await[0]);
    assert_eq!(asked["code_challenge_method"], "S256");
    let verifier = crewmesh::secret::Secret::new(polled["code_verifier"].as_str());
    assert!((43..=128).contains(&verifier.expose().len()));
    assert_eq!(asked["code_challenge"], crewmesh::secret::code_challenge(&verifier));
    // A later run has the same.
    drop(code);
    let Odd { connector, home, .. } = odd;
    connector.stop().await;
    let env = environment(&home, &[]);
    let now = crewmesh::time_point::TimePoint::now();
    let found = pending::find(&env, None, now).expect("left behind");
    let (again, _claim) = pending::resume(&env, &found, now).expect("taken up");
    assert_eq!(again.verifier, Some(verifier));
}

#[tokio::test]
async fn a_client_that_may_not_is_told_apart_from_one_that_nobody_knows() {
    for (status, error, code, words) in [
        (400, "unauthorized_client", "unauthorized_client", "api-client-not-allowed"),
        (401, "invalid_client", "invalid_client", "api-unknown-client"),
        (400, "invalid_client", "invalid_client", "api-unknown-client"),
    ] {
        let odd = Odd::server().await;
        odd.metadata(json!({})).await;
        let said = "The device flow is disabled for the client.";
        let body = json!({"error": error, "error_description": said});
        let reply = ResponseTemplate::new(status).set_body_json(body);
        odd.answers("POST", "/oauth/device_authorization", reply).await;
        let refused = odd.ask().await.expect_err("refused");
        assert_eq!((refused.kind.exit_code(), refused.code.as_str()), (7, code), "{error}");
        assert!(refused.hint.is_some(), "{error}");
        let crewmesh::i18n::Words::Message(message) = refused.message else { panic!("ours") };
        assert_eq!(message.id, words);
        let catalog = crewmesh::i18n::Catalog::new(crewmesh::i18n::Language::ENGLISH);
        assert!(catalog.say(&message).ends_with(said), "{}", catalog.say(&message));
    }
    // Nothing that somebody typed was wrong.
    let odd = Odd::server().await;
    odd.metadata(json!({})).await;
    let body = json!({"error": "invalid_request", "error_description": "Missing parameter"});
    let reply = ResponseTemplate::new(400).set_body_json(body);
    odd.answers("POST", "/oauth/device_authorization", reply).await;
    assert_eq!(odd.ask().await.expect_err("refused").kind.exit_code(), 1);
}

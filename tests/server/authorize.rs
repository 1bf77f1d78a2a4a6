//! Authorization code and PKCE: a browser takes a code to a program, byte for
//! byte.

mod code;

use crewmesh::secret::Secret;
use crewmesh::server::store::{Account, Page, Whose};
use serde_json::json;
use url::Url;

use super::{Answer, TestServer};

/// RFC 7636, appendix B.
pub(super) const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
pub(super) const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

/// A program on the computer of the browser.
pub(super) const BACK: &str = "http://127.0.0.1:53117/back?from=mesh";

/// Somebody at a browser that is signed in.
pub(super) struct Reader<'a> {
    server: &'a TestServer,
    cookie: String,
}

impl<'a> Reader<'a> {
    pub(super) async fn new(server: &'a TestServer, account: &Account) -> Self {
        Self { server, cookie: server.web_session(account).await.0 }
    }

    pub(super) async fn look(&self, path: &str) -> Answer {
        self.server.request(&format!("GET {path}"), &[("Cookie", &self.cookie)], "").await
    }

    pub(super) async fn press(&self, path: &str, decision: &str) -> Answer {
        let page = self.look(path).await;
        let (_, rest) = page.is(200).body.split_once("name=\"csrf\" value=\"").expect("a form");
        let csrf = rest.split('"').next().expect("a value");
        let body = format!("csrf={csrf}&decision={decision}");
        let headers = [
            ("Cookie", self.cookie.as_str()),
            ("Content-Type", "application/x-www-form-urlencoded"),
        ];
        self.server.request(&format!("POST {path}"), &headers, &body).await
    }

    /// Allows what is asked at `path`; gives the code.
    pub(super) async fn allow(&self, path: &str) -> String {
        let back = landed(&self.press(path, "approve").await);
        part(&back, "code").unwrap_or_else(|| panic!("no code: {back}"))
    }
}

/// Where a browser is sent.
#[track_caller]
pub(super) fn landed(answer: &Answer) -> Url {
    answer.is(303);
    Url::parse(answer.header("location").expect("a place to go to")).expect("a URL")
}

pub(super) fn part(url: &Url, name: &str) -> Option<String> {
    url.query_pairs().find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
}

pub(super) fn query(pairs: &[(&str, &str)]) -> String {
    url::form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish()
}

/// A request of this client, to be answered at `back`.
pub(super) fn asking(client: &str, back: &str, more: &[(&str, &str)]) -> String {
    let mut pairs = vec![
        ("response_type", "code"),
        ("client_id", client),
        ("redirect_uri", back),
        ("state", "a state"),
        ("code_challenge", CHALLENGE),
        ("code_challenge_method", "S256"),
    ];
    pairs.retain(|(name, _)| !more.iter().any(|(other, _)| other == name));
    pairs.extend(more.iter().filter(|(_, value)| !value.is_empty()));
    format!("/oauth/authorize?{}", query(&pairs))
}

/// What the client shows for its token.
pub(super) fn showing(code: &str, more: &[(&str, &str)]) -> String {
    let mut pairs = vec![
        ("grant_type", "authorization_code"),
        ("client_id", "crewmesh"),
        ("redirect_uri", BACK),
        ("code_verifier", VERIFIER),
        ("code", code),
    ];
    pairs.retain(|(name, _)| !more.iter().any(|(other, _)| other == name));
    pairs.extend(more.iter().filter(|(_, value)| !value.is_empty()));
    query(&pairs)
}

async fn show(server: &TestServer, code: &str) -> Answer {
    server.form("/oauth/token", &showing(code, &[])).await
}

/// A client that an administrator registered: its id and its secret.
pub(super) async fn register(
    server: &TestServer,
    redirect_uris: &[&str],
) -> (String, String, Secret) {
    let root = server.account_of("Root", true).await;
    let session = server.session(&root).await;
    let body = json!({
        "name": "Build board", "scopes": ["mesh:read", "profile:read"],
        "redirect_uris": redirect_uris,
    });
    let made = server.with(&session, "POST /api/admin/service-clients", &body.to_string()).await;
    (made.is(201).text("client_id"), made.text("client_secret"), session)
}

#[tokio::test]
async fn a_program_is_let_in_by_way_of_the_browser() {
    let server = TestServer::new().await;
    let ana = server.account("Ana").await;
    let asked = asking("crewmesh", BACK, &[("scope", "email mesh:read elsewhere:x")]);
    // Signed out, it leads to the sign-in and back to the whole request.
    let away = server.request(&format!("GET {asked}"), &[], "").await;
    let login = away.is(303).header("location").unwrap();
    assert_eq!(login, format!("/login?{}", query(&[("next", &asked)])));

    let reader = Reader::new(&server, &ana).await;
    let page = reader.look(&asked).await;
    for said in ["127.0.0.1:53117", "See your meshes", "See your name", "Ana@example.org"] {
        assert!(page.is(200).body.contains(said), "{said}: {}", page.body);
    }
    assert!(!page.body.contains("Create, join"), "{}", page.body);
    let policy = page.header("content-security-policy").unwrap();
    assert!(policy.contains("; form-action 'self' http://127.0.0.1:53117; "), "{policy}");

    let back = landed(&reader.press(&asked, "approve").await);
    assert!(back.as_str().starts_with("http://127.0.0.1:53117/back?from=mesh&"), "{back}");
    assert_eq!(part(&back, "state").as_deref(), Some("a state"));
    assert_eq!(part(&back, "iss"), Some(format!("http://{}", server.host())));
    let code = part(&back, "code").unwrap();

    let answer = show(&server, &code).await;
    let grant = answer.is(200).json();
    assert_eq!((&grant["token_type"], &grant["expires_in"]), (&"Bearer".into(), &7_776_000.into()));
    assert_eq!(
        (&grant["scope"], &grant["user"]["name"]),
        (&"profile:read mesh:read".into(), &"Ana".into())
    );
    assert_eq!(answer.header("pragma"), Some("no-cache"));
    let token = Secret::new(answer.text("access_token"));
    let profile = server.with(&token, "GET /api/my/profile", "").await.is(200).json();
    assert_eq!((&profile["via"], &profile["name"]), (&"session".into(), &"Ana".into()));
    server.with(&token, "POST /api/my/meshes", "{\"name\":\"x\"}").await.is(403);

    let store = &server.running.state().store;
    let done = store.audit_events(Whose::Account(&ana.id), &Page::default()).await.unwrap().data;
    let event = done.iter().find(|event| event.action == "auth.oauth.code.approved").unwrap();
    assert_eq!((event.via.as_str(), &event.meta["client"]), ("web", &"crewmesh".into()));
    assert!(done.iter().any(|event| event.action == "auth.cli.session.created"));
}

#[tokio::test]
async fn a_no_is_told_to_the_program() {
    let server = TestServer::new().await;
    let ana = server.account("Ana").await;
    let reader = Reader::new(&server, &ana).await;
    let back = landed(&reader.press(&asking("crewmesh", BACK, &[]), "deny").await);
    assert_eq!(part(&back, "error").as_deref(), Some("access_denied"));
    assert_eq!(part(&back, "state").as_deref(), Some("a state"));
    assert_eq!(part(&back, "iss"), Some(format!("http://{}", server.host())));
    assert!(part(&back, "code").is_none());
    let store = &server.running.state().store;
    let done = store.audit_events(Whose::Account(&ana.id), &Page::default()).await.unwrap().data;
    assert!(done.iter().any(|event| event.action == "auth.oauth.code.denied"));
}

#[tokio::test]
async fn nothing_is_sent_to_an_address_that_is_not_the_clients() {
    let server = TestServer::new().await;
    let ana = server.account("Ana").await;
    let reader = Reader::new(&server, &ana).await;
    let (ci, ..) = register(&server, &["https://ci.example.org/back"]).await;
    let (bare, ..) = {
        let body = json!({ "name": "bare", "scopes": ["mesh:read"] }).to_string();
        let root = server.account_of("Other", true).await;
        let session = server.session(&root).await;
        let made = server.with(&session, "POST /api/admin/service-clients", &body).await;
        (made.is(201).text("client_id"),)
    };
    let twice =
        format!("{}&redirect_uri=http%3A%2F%2F127.0.0.1%3A1%2F", asking("crewmesh", BACK, &[]));
    let who = format!("{}&client_id={ci}", asking("crewmesh", BACK, &[]));
    for asked in [
        asking("nobody", BACK, &[]),
        asking("crewmesh", BACK, &[("client_id", "")]),
        asking("crewmesh", BACK, &[("redirect_uri", "")]),
        asking("crewmesh", "https://evil.example/", &[]),
        asking("crewmesh", "http://localhost.evil.example:1/", &[]),
        asking("crewmesh", "http://127.0.0.1@evil.example/", &[]),
        asking("crewmesh", "//evil.example", &[("response_type", "token")]),
        asking(&ci, "https://ci.example.org/back/", &[]),
        asking(&ci, "https://ci.example.org.evil.example/back", &[]),
        asking(&ci, BACK, &[]),
        asking(&bare, BACK, &[]),
        twice,
        who,
        "/oauth/authorize".to_owned(),
    ] {
        let signed_out = server.request(&format!("GET {asked}"), &[], "").await;
        for answer in [signed_out, reader.look(&asked).await] {
            assert_eq!((answer.status, answer.header("location")), (400, None), "{asked}");
            assert!(answer.body.contains("<html"), "{answer:?}");
        }
    }
}

#[tokio::test]
async fn what_is_wrong_is_told_to_the_program_once_somebody_is_there() {
    let server = TestServer::new().await;
    let ana = server.account("Ana").await;
    let reader = Reader::new(&server, &ana).await;
    for (more, error) in [
        (("response_type", "token"), "unsupported_response_type"),
        (("response_type", ""), "invalid_request"),
        (("code_challenge", ""), "invalid_request"),
        (("code_challenge", "x"), "invalid_request"),
        (("code_challenge_method", "plain"), "invalid_request"),
        (("code_challenge_method", ""), "invalid_request"),
        (("response_mode", "fragment"), "invalid_request"),
        (("scope", "nonsense"), "invalid_scope"),
        (("scope", "admin"), "invalid_scope"),
    ] {
        let asked = asking("crewmesh", BACK, &[more]);
        let signed_out = server.request(&format!("GET {asked}"), &[], "").await;
        assert!(signed_out.is(303).header("location").unwrap().starts_with("/login?"));
        let back = landed(&reader.look(&asked).await);
        assert!(back.as_str().starts_with(BACK), "{back}");
        assert_eq!(part(&back, "error").as_deref(), Some(error), "{more:?}");
        assert_eq!(part(&back, "state").as_deref(), Some("a state"), "{more:?}");
        assert!(part(&back, "iss").is_some() && part(&back, "error_description").is_some());
    }
    let twice = format!("{}&state=b", asking("crewmesh", BACK, &[]));
    let back = landed(&reader.look(&twice).await);
    assert_eq!(
        (part(&back, "error").as_deref(), part(&back, "state")),
        (Some("invalid_request"), None)
    );
}

#[tokio::test]
async fn only_somebody_at_a_browser_lets_a_program_in() {
    let server = TestServer::new().await;
    let ana = server.account("Ana").await;
    let session = server.session(&ana).await;
    let pat = server.pat(&session, "{\"name\":\"x\"}").await;
    let asked = asking("crewmesh", BACK, &[]);
    for token in [&session, &pat] {
        let look = server.with(token, &format!("GET {asked}"), "").await;
        assert!(look.is(303).header("location").unwrap().starts_with("/login?"));
        let press = server.with(token, &format!("POST {asked}"), "decision=approve").await;
        assert_eq!((press.status, press.header("location")), (403, None));
    }
    // Nor does another page of the same browser.
    let reader = Reader::new(&server, &ana).await;
    let headers =
        [("Cookie", reader.cookie.as_str()), ("Content-Type", "application/x-www-form-urlencoded")];
    for body in ["decision=approve", "decision=approve&csrf=x"] {
        let press = server.request(&format!("POST {asked}"), &headers, body).await;
        assert_eq!((press.status, press.header("location")), (403, None));
    }
}

super::on_postgres::on_postgres!(
    a_program_is_let_in_by_way_of_the_browser,
    a_no_is_told_to_the_program,
    nothing_is_sent_to_an_address_that_is_not_the_clients,
    what_is_wrong_is_told_to_the_program_once_somebody_is_there,
    only_somebody_at_a_browser_lets_a_program_in,
);

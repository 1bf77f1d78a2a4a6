//! Authorization code and PKCE: a browser takes a code to a program, byte for
//! byte.

use crewmesh::secret::{Secret, TokenKind};
use crewmesh::server::store::{Account, Event, NewWebSession, Page, Whose};
use crewmesh::server::{Config, Database};
use data_encoding::BASE64;
use serde_json::json;
use url::Url;

use super::{Answer, DAY, MINUTE, World};

/// RFC 7636, appendix B.
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

/// A program on the computer of the browser.
const BACK: &str = "http://127.0.0.1:53117/back?from=mesh";

/// Somebody at a browser that is signed in.
struct Reader<'a> {
    world: &'a World,
    cookie: String,
}

impl<'a> Reader<'a> {
    async fn new(world: &'a World, account: &Account) -> Self {
        let value = Secret::random_token(TokenKind::Session);
        let value = value.expose()["cm_session_".len()..].to_owned();
        let new = NewWebSession {
            account_id: account.id.clone(),
            password: account.password.clone(),
            ip: None,
            user_agent: None,
            expires_at: world.clock.now() + 30 * DAY,
        };
        let event = |id: &str| Event::new("auth.web.login", &account.id, "web", id);
        let (store, now) = (&world.running.state().store, world.clock.now());
        let made = store.create_web_session(&Secret::new(value.as_str()), &new, event, now).await;
        made.expect("the database answers");
        Self { world, cookie: format!("crewmesh={value}") }
    }

    async fn look(&self, path: &str) -> Answer {
        self.world.request(&format!("GET {path}"), &[("Cookie", &self.cookie)], "").await
    }

    async fn press(&self, path: &str, decision: &str) -> Answer {
        let page = self.look(path).await;
        let (_, rest) = page.is(200).body.split_once("name=\"csrf\" value=\"").expect("a form");
        let csrf = rest.split('"').next().expect("a value");
        let body = format!("csrf={csrf}&decision={decision}");
        let headers = [
            ("Cookie", self.cookie.as_str()),
            ("Content-Type", "application/x-www-form-urlencoded"),
        ];
        self.world.request(&format!("POST {path}"), &headers, &body).await
    }

    /// Allows what is asked at `path`; gives the code.
    async fn allow(&self, path: &str) -> String {
        let back = landed(&self.press(path, "approve").await);
        part(&back, "code").unwrap_or_else(|| panic!("no code: {back}"))
    }
}

/// Where a browser is sent.
#[track_caller]
fn landed(answer: &Answer) -> Url {
    answer.is(303);
    Url::parse(answer.header("location").expect("a place to go to")).expect("a URL")
}

fn part(url: &Url, name: &str) -> Option<String> {
    url.query_pairs().find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
}

fn query(pairs: &[(&str, &str)]) -> String {
    url::form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish()
}

/// A request of this client, to be answered at `back`.
fn asking(client: &str, back: &str, more: &[(&str, &str)]) -> String {
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
fn showing(code: &str, more: &[(&str, &str)]) -> String {
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

async fn show(world: &World, code: &str) -> Answer {
    world.form("/oauth/token", &showing(code, &[])).await
}

/// A client that an administrator registered: its id and its secret.
async fn register(world: &World, redirect_uris: &[&str]) -> (String, String, Secret) {
    let root = world.account_of("Root", true).await;
    let session = world.session(&root).await;
    let body = json!({
        "name": "Build board", "scopes": ["mesh:read", "profile:read"],
        "redirect_uris": redirect_uris,
    });
    let made = world.with(&session, "POST /api/admin/service-clients", &body.to_string()).await;
    (made.is(201).text("client_id"), made.text("client_secret"), session)
}

#[tokio::test]
async fn a_program_is_let_in_by_way_of_the_browser() {
    let world = World::new().await;
    let ana = world.account("Ana").await;
    let asked = asking("crewmesh", BACK, &[("scope", "email mesh:read offline_access")]);
    // Signed out, it leads to the sign-in and back to the whole request.
    let away = world.request(&format!("GET {asked}"), &[], "").await;
    let login = away.is(303).header("location").unwrap();
    assert_eq!(login, format!("/login?{}", query(&[("next", &asked)])));

    let reader = Reader::new(&world, &ana).await;
    let page = reader.look(&asked).await;
    for said in ["127.0.0.1:53117", "See meshes", "See your name", "Ana@example.org"] {
        assert!(page.is(200).body.contains(said), "{said}: {}", page.body);
    }
    assert!(!page.body.contains("Create, join"), "{}", page.body);
    let policy = page.header("content-security-policy").unwrap();
    assert!(policy.contains("; form-action 'self' http://127.0.0.1:53117; "), "{policy}");

    let back = landed(&reader.press(&asked, "approve").await);
    assert!(back.as_str().starts_with("http://127.0.0.1:53117/back?from=mesh&"), "{back}");
    assert_eq!(part(&back, "state").as_deref(), Some("a state"));
    assert_eq!(part(&back, "iss"), Some(format!("http://{}", world.host())));
    let code = part(&back, "code").unwrap();

    let answer = show(&world, &code).await;
    let grant = answer.is(200).json();
    assert_eq!((&grant["token_type"], &grant["expires_in"]), (&"Bearer".into(), &7_776_000.into()));
    assert_eq!(
        (&grant["scope"], &grant["user"]["name"]),
        (&"profile:read mesh:read".into(), &"Ana".into())
    );
    assert_eq!(answer.header("pragma"), Some("no-cache"));
    let token = Secret::new(answer.text("access_token"));
    let profile = world.with(&token, "GET /api/my/profile", "").await.is(200).json();
    assert_eq!((&profile["via"], &profile["name"]), (&"session".into(), &"Ana".into()));
    world.with(&token, "POST /api/my/meshes", "{\"name\":\"x\"}").await.is(403);

    let store = &world.running.state().store;
    let done = store.audit_events(Whose::Account(&ana.id), &Page::default()).await.unwrap().data;
    let event = done.iter().find(|event| event.action == "auth.oauth.code.approved").unwrap();
    assert_eq!((event.via.as_str(), &event.meta["client"]), ("web", &"crewmesh".into()));
    assert!(done.iter().any(|event| event.action == "auth.cli.session.created"));
}

#[tokio::test]
async fn a_no_is_told_to_the_program() {
    let world = World::new().await;
    let ana = world.account("Ana").await;
    let reader = Reader::new(&world, &ana).await;
    let back = landed(&reader.press(&asking("crewmesh", BACK, &[]), "deny").await);
    assert_eq!(part(&back, "error").as_deref(), Some("access_denied"));
    assert_eq!(part(&back, "state").as_deref(), Some("a state"));
    assert_eq!(part(&back, "iss"), Some(format!("http://{}", world.host())));
    assert!(part(&back, "code").is_none());
    let store = &world.running.state().store;
    let done = store.audit_events(Whose::Account(&ana.id), &Page::default()).await.unwrap().data;
    assert!(done.iter().any(|event| event.action == "auth.oauth.code.denied"));
}

#[tokio::test]
async fn nothing_is_sent_to_an_address_that_is_not_the_clients() {
    let world = World::new().await;
    let ana = world.account("Ana").await;
    let reader = Reader::new(&world, &ana).await;
    let (ci, ..) = register(&world, &["https://ci.example.org/back"]).await;
    let (bare, ..) = {
        let body = json!({ "name": "bare", "scopes": ["mesh:read"] }).to_string();
        let root = world.account_of("Other", true).await;
        let session = world.session(&root).await;
        let made = world.with(&session, "POST /api/admin/service-clients", &body).await;
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
        asking("crewmesh", "http://localhost:1/", &[]),
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
        let signed_out = world.request(&format!("GET {asked}"), &[], "").await;
        for answer in [signed_out, reader.look(&asked).await] {
            assert_eq!((answer.status, answer.header("location")), (400, None), "{asked}");
            assert!(answer.body.contains("<html"), "{answer:?}");
        }
    }
}

#[tokio::test]
async fn what_is_wrong_is_told_to_the_program_once_somebody_is_there() {
    let world = World::new().await;
    let ana = world.account("Ana").await;
    let reader = Reader::new(&world, &ana).await;
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
        let signed_out = world.request(&format!("GET {asked}"), &[], "").await;
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
async fn a_code_is_good_once_for_a_minute_for_whoever_asked() {
    let world = World::new().await;
    let ana = world.account("Ana").await;
    let reader = Reader::new(&world, &ana).await;
    let asked = asking("crewmesh", BACK, &[]);
    let (other, secret, _) = register(&world, &[BACK]).await;

    let code = reader.allow(&asked).await;
    let short = "x".repeat(43);
    for (more, error) in [
        (vec![("code_verifier", short.as_str())], "invalid_grant"),
        (vec![("code_verifier", "")], "invalid_request"),
        (vec![("redirect_uri", "http://127.0.0.1:1/back?from=mesh")], "invalid_grant"),
        (vec![("redirect_uri", "")], "invalid_request"),
        (vec![("code", "")], "invalid_request"),
        (vec![("code", "cm_ac_x")], "invalid_grant"),
        (vec![("client_id", other.as_str()), ("client_secret", secret.as_str())], "invalid_grant"),
    ] {
        let answer = world.form("/oauth/token", &showing(&code, &more)).await;
        answer.refuses(400, error);
    }
    // None of that used it up.
    let token = Secret::new(show(&world, &code).await.is(200).text("access_token"));
    world.with(&token, "GET /api/my/profile", "").await.is(200);
    // Shown again without the verifier, nothing happens to anybody.
    let found = showing(&code, &[("code_verifier", &short)]);
    world.form("/oauth/token", &found).await.refuses(400, "invalid_grant");
    world.with(&token, "GET /api/my/profile", "").await.is(200);
    // Shown again with it, two have it: nobody may.
    show(&world, &code).await.refuses(400, "invalid_grant");
    world.with(&token, "GET /api/my/profile", "").await.says_no(401, "invalid_token");
    show(&world, &code).await.refuses(400, "invalid_grant");
    let store = &world.running.state().store;
    let done = store.audit_events(Whose::Account(&ana.id), &Page::default()).await.unwrap().data;
    let repeats = done.iter().filter(|event| event.action == "auth.oauth.code.repeated").count();
    assert_eq!(repeats, 1);

    let code = reader.allow(&asked).await;
    world.clock.advance(MINUTE - 1_000);
    show(&world, &code).await.is(200);
    let code = Secret::new(reader.allow(&asked).await);
    world.clock.advance(MINUTE);
    show(&world, code.expose()).await.refuses(400, "invalid_grant");
    // Long after its end nothing is left of it.
    assert!(store.authorization_code(&code).await.unwrap().is_some());
    store.sweep(world.clock.now() + 2 * DAY).await.unwrap();
    assert!(store.authorization_code(&code).await.unwrap().is_none());
}

#[tokio::test]
async fn two_that_show_a_code_at_once_get_one_token() {
    let world = World::new().await;
    let ana = world.account("Ana").await;
    let reader = Reader::new(&world, &ana).await;
    for _ in 0..5 {
        let code = reader.allow(&asking("crewmesh", BACK, &[])).await;
        let (one, two) = tokio::join!(show(&world, &code), show(&world, &code));
        let mut statuses = [one.status, two.status];
        statuses.sort_unstable();
        assert_eq!(statuses, [200, 400], "{one:?} {two:?}");
    }
}

#[tokio::test]
async fn a_code_of_one_node_is_taken_at_another_and_only_its_hash_is_kept() {
    let home = tempfile::tempdir().unwrap();
    let on = async || {
        let mut config = Config::in_memory();
        config.database = Database::in_home(home.path());
        World::of(config).await
    };
    let (here, there) = (on().await, on().await);
    let ana = here.account("Ana").await;
    let reader = Reader::new(&here, &ana).await;
    let code = reader.allow(&asking("crewmesh", BACK, &[])).await;
    assert!(code.starts_with("cm_ac_") && code.len() == 58, "{code}");
    let answer = show(&there, &code).await;
    let token = Secret::new(answer.is(200).text("access_token"));
    here.with(&token, "GET /api/my/profile", "").await.is(200);
    show(&here, &code).await.refuses(400, "invalid_grant");
    there.with(&token, "GET /api/my/profile", "").await.says_no(401, "invalid_token");
    here.running.stop().await;
    there.running.stop().await;
    #[cfg(unix)]
    if let Some(dump) = super::both::dumped() {
        assert!(dump.contains("authorization_codes") && !dump.contains(&code));
        return;
    }
    let kept = std::fs::read(home.path().join("instance.db")).unwrap();
    let holds = |text: &str| kept.windows(text.len()).any(|window| window == text.as_bytes());
    assert!(holds(CHALLENGE) && !holds(&code) && !holds(token.expose()));
}

#[tokio::test]
async fn a_registered_program_shows_its_secret_too() {
    let world = World::new().await;
    let ana = world.account("Ana").await;
    let reader = Reader::new(&world, &ana).await;
    let there = "https://ci.example.org/back";
    let (id, secret, root) = register(&world, &[there, "http://127.0.0.1:8000/cb"]).await;
    let page = reader.look(&asking(&id, there, &[])).await;
    assert!(page.is(200).body.contains("Let Build board in as you?"), "{}", page.body);
    let policy = page.header("content-security-policy").unwrap();
    assert!(policy.contains("; form-action 'self' https://ci.example.org; "), "{policy}");

    let basic = format!("Basic {}", BASE64.encode(format!("{id}:{secret}").as_bytes()));
    let form = ("Content-Type", "application/x-www-form-urlencoded; charset=UTF-8");
    // On loopback any port is its own; it has to be the same at the end.
    let here = "http://127.0.0.1:61000/cb";
    let code = reader.allow(&asking(&id, here, &[])).await;
    let bare = showing(&code, &[("client_id", &id), ("redirect_uri", here)]);
    world.form("/oauth/token", &bare).await.refuses(401, "invalid_client");
    let shown = showing(&code, &[("client_id", ""), ("redirect_uri", here)]);
    let headers = [form, ("Authorization", basic.as_str())];
    let answer = world.request("POST /oauth/token", &headers, &shown).await;
    assert_eq!(answer.is(200).text("scope"), "profile:read mesh:read");
    let token = Secret::new(answer.text("access_token"));
    world.with(&token, "GET /api/my/meshes", "").await.is(200);

    // It asks for no more than it holds, and approves nobody.
    let back = landed(&reader.look(&asking(&id, there, &[("scope", "mesh:write")])).await);
    assert_eq!(part(&back, "error").as_deref(), Some("invalid_scope"));
    let codes = world.ask().await;
    let approve = format!("POST /api/auth/cli/device-code/{}/approve", codes.user);
    world.with(&token, &approve, "{}").await.says_no(403, "insufficient_scope");
    world.poll(&codes, &[]).await.refuses(400, "authorization_pending");

    // Revoked, it gets nothing for what it was given a moment ago.
    let code = reader.allow(&asking(&id, there, &[])).await;
    let line = format!("DELETE /api/admin/service-clients/{id}");
    world.with(&root, &line, "").await.is(204);
    let shown = showing(&code, &[("client_id", ""), ("redirect_uri", there)]);
    let late = world.request("POST /oauth/token", &headers, &shown).await;
    late.refuses(401, "invalid_client");
    world.with(&token, "GET /api/my/meshes", "").await.says_no(401, "invalid_token");
}

#[tokio::test]
async fn only_somebody_at_a_browser_lets_a_program_in() {
    let world = World::new().await;
    let ana = world.account("Ana").await;
    let session = world.session(&ana).await;
    let pat = world.pat(&session, "{\"name\":\"x\"}").await;
    let asked = asking("crewmesh", BACK, &[]);
    for token in [&session, &pat] {
        let look = world.with(token, &format!("GET {asked}"), "").await;
        assert!(look.is(303).header("location").unwrap().starts_with("/login?"));
        let press = world.with(token, &format!("POST {asked}"), "decision=approve").await;
        assert_eq!((press.status, press.header("location")), (403, None));
    }
    // Nor does another page of the same browser.
    let reader = Reader::new(&world, &ana).await;
    let headers =
        [("Cookie", reader.cookie.as_str()), ("Content-Type", "application/x-www-form-urlencoded")];
    for body in ["decision=approve", "decision=approve&csrf=x"] {
        let press = world.request(&format!("POST {asked}"), &headers, body).await;
        assert_eq!((press.status, press.header("location")), (403, None));
    }
}

#[tokio::test]
async fn signing_out_everywhere_takes_back_what_nobody_claimed_yet() {
    let world = World::new().await;
    let ana = world.account("Ana").await;
    let session = world.session(&ana).await;
    let reader = Reader::new(&world, &ana).await;
    let code = reader.allow(&asking("crewmesh", BACK, &[])).await;
    let codes = world.ask().await;
    world.settle(&codes, &ana, crewmesh::server::approvals::Decision::Approve).await;
    world.with(&session, "DELETE /api/my/cli/sessions", "").await.is(200);
    show(&world, &code).await.refuses(400, "invalid_grant");
    world.poll(&codes, &[]).await.refuses(400, "access_denied");
}

#[tokio::test]
async fn a_session_that_may_less_approves_no_more() {
    let world = World::new().await;
    let root = world.account_of("Root", true).await;
    let reader = Reader::new(&world, &root).await;
    let scope = [("scope", "token:manage profile:read")];
    let code = reader.allow(&asking("crewmesh", BACK, &scope)).await;
    let token = Secret::new(show(&world, &code).await.is(200).text("access_token"));
    let at = |user: &str| format!("POST /api/auth/cli/device-code/{user}/approve");
    let codes = world.ask().await;
    world.with(&token, &at(&codes.user), "{}").await.says_no(403, "insufficient_scope");
    let less =
        world.form("/oauth/device_authorization", "client_id=crewmesh&scope=profile:read").await;
    world.with(&token, &at(&less.is(200).text("user_code")), "{}").await.is(200);
}

super::both::on_postgres!(
    a_program_is_let_in_by_way_of_the_browser,
    a_no_is_told_to_the_program,
    nothing_is_sent_to_an_address_that_is_not_the_clients,
    what_is_wrong_is_told_to_the_program_once_somebody_is_there,
    a_code_is_good_once_for_a_minute_for_whoever_asked,
    two_that_show_a_code_at_once_get_one_token,
    a_code_of_one_node_is_taken_at_another_and_only_its_hash_is_kept,
    a_registered_program_shows_its_secret_too,
    only_somebody_at_a_browser_lets_a_program_in,
    signing_out_everywhere_takes_back_what_nobody_claimed_yet,
    a_session_that_may_less_approves_no_more,
);

//! What stands between another site and our pages.

use crewmesh::server::Config;
use url::Url;

use super::{Answer, TestServer, send};
use crate::support::web::Person;

const POLICY: &str =
    "default-src 'self'; frame-ancestors 'none'; form-action 'self'; base-uri 'none'";

#[test]
fn every_page_says_what_it_may_load() {
    let server = TestServer::new();
    let asked = server.ask("laptop");
    let mut ana = server.member("Ana", "ana@example.org");
    let card = format!("/D/{}", asked.plain());
    let paths = [
        "/",
        "/d",
        "/d?code=x",
        "/login",
        "/register",
        "/i/unknown",
        "/meshes",
        "/machines",
        "/settings/providers",
        "/providers/github/callback",
        "/settings/tokens",
        "/settings/sessions",
        "/settings/password",
        "/nowhere",
        "/D/BBBBBBBB",
        &card,
    ];
    let mut stranger = Person::new();
    for path in paths {
        for person in [&mut ana, &mut stranger] {
            let page = person.open(&server.at(path));
            let header = |name: &str| page.headers.get(name).map(|value| value.to_str().unwrap());
            assert_eq!(header("content-security-policy"), Some(POLICY), "{path}");
            assert_eq!(header("referrer-policy"), Some("no-referrer"), "{path}");
            assert_eq!(header("x-content-type-options"), Some("nosniff"), "{path}");
            assert_eq!(header("cache-control"), Some("no-store"), "{path}");
            assert!(!page.html.contains("style=") && !page.html.contains("<script"), "{path}");
            assert!(!page.html.contains("://fonts") && !page.html.contains("src=\"http"), "{path}");
            assert!(!page.text().contains("page-"), "{path}: a text is missing: {}", page.text());
        }
    }
    let style = send(server.running.address(), "GET", "/style.css", &[], "");
    assert_eq!(
        (style.status, style.header("content-type")),
        (200, Some("text/css; charset=utf-8"))
    );
}

/// The card of `asked` in raw bytes: the cookie and the token of its form.
fn signed_in(server: &TestServer) -> (String, String) {
    let address = server.running.address();
    let page = send(address, "GET", "/register", &[], "");
    let (cookie, token) = (jar(&page), token(&page));
    let body = format!("csrf={token}&next=&name=A&email=a%40b&password=correct+horse+battery");
    let answer = send(address, "POST", "/register", &[&cookie, &own(server)], &body);
    assert_eq!((answer.status, answer.header("location")), (303, Some("/meshes")), "{answer:?}");
    let cookie = jar(&answer);
    let page = send(address, "GET", "/settings/tokens", &[&cookie], "");
    (cookie, self::token(&page))
}

fn own(server: &TestServer) -> String {
    format!("Origin: http://{}", server.running.address())
}

fn jar(answer: &Answer) -> String {
    let pairs = answer.cookies().into_iter().filter(|cookie| !cookie.contains("Max-Age=0"));
    let pairs: Vec<_> = pairs.filter_map(|cookie| cookie.split(';').next()).collect();
    format!("Cookie: {}", pairs.join("; "))
}

fn token(answer: &Answer) -> String {
    let (_, rest) = answer.body.split_once("name=\"csrf\" value=\"").expect("a form");
    rest.split('"').next().expect("a value").to_owned()
}

#[test]
fn a_form_without_its_token_changes_nothing() {
    let server = TestServer::new();
    let address = server.running.address();
    let (cookie, token) = signed_in(&server);
    let asked = server.ask("laptop");
    let card = format!("/D/{}", asked.plain());
    let foreign = signed_in_as_another(&server);
    for wrong in ["", "csrf=&", "csrf=0000&", &format!("csrf={foreign}&")] {
        let body = format!("{wrong}decision=approve");
        let answer = send(address, "POST", &card, &[&cookie, &own(&server)], &body);
        assert_eq!(answer.status, 403, "{wrong}");
        assert!(answer.body.contains("This page was too old"), "{answer:?}");
    }
    // Without the cookie the token is nobody's.
    let body = format!("csrf={token}&decision=approve");
    assert_eq!(send(address, "POST", &card, &[&own(&server)], &body).status, 403);
    for path in ["/login", "/register", "/logout", "/settings/tokens", "/settings/password"] {
        let answer = send(address, "POST", path, &[&cookie, &own(&server)], "name=x&expiry=30");
        assert_eq!(answer.status, 403, "{path}");
    }
    assert_eq!(server.poll(&asked).json()["error"], "authorization_pending");
    // And with everything it is done.
    let answer = send(address, "POST", &card, &[&cookie, &own(&server)], &body);
    assert_eq!((answer.status, answer.header("location")), (303, Some(card.as_str())));
    assert_eq!(server.poll(&asked).status, 200);
}

fn signed_in_as_another(server: &TestServer) -> String {
    let mut eve = server.member("Eve", "eve@example.org");
    eve.open(&server.at("/settings/tokens"));
    let form = eve.page.form("/settings/tokens");
    form.fields.into_iter().find(|(name, _)| name == "csrf").expect("a token").1
}

#[test]
fn another_origin_changes_nothing() {
    let server = TestServer::new();
    let address = server.running.address();
    let (cookie, token) = signed_in(&server);
    let asked = server.ask("laptop");
    let card = format!("/D/{}", asked.plain());
    let body = format!("csrf={token}&decision=approve");
    let port = address.port();
    for lines in [
        vec!["Origin: https://evil.example".to_owned()],
        vec![format!("Origin: https://127.0.0.1:{port}")],
        vec!["Origin: http://127.0.0.1:1".to_owned()],
        vec!["Origin: null".to_owned()],
        vec!["Origin: null".to_owned(), "Sec-Fetch-Site: cross-site".to_owned()],
        vec!["Sec-Fetch-Site: cross-site".to_owned()],
    ] {
        let mut all = vec![cookie.as_str(), "Accept: text/html"];
        all.extend(lines.iter().map(String::as_str));
        let answer = send(address, "POST", &card, &all, &body);
        assert_eq!(answer.status, 403, "{lines:?}");
        assert!(answer.body.contains("This came from another site"), "{answer:?}");
        assert_eq!(answer.header("content-security-policy"), Some(POLICY));
    }
    assert_eq!(server.poll(&asked).json()["error"], "authorization_pending");
}

#[test]
fn cookies_on_https_are_this_hosts_alone() {
    let mut config = Config::in_memory();
    config.public_url = Some(Url::parse("https://mesh.example.org").unwrap());
    let server = TestServer::of(config);
    let (host, origin) = ("Host: mesh.example.org", "Origin: https://mesh.example.org");
    let address = server.running.address();
    let page = send(address, "GET", "/register?ui_locales=es", &[host], "");
    for cookie in page.cookies() {
        assert!(cookie.starts_with("__Host-"), "{cookie}");
        for part in ["; Path=/", "; HttpOnly", "; SameSite=Lax", "; Secure"] {
            assert!(cookie.contains(part), "{cookie}");
        }
    }
    assert_eq!(page.cookies().len(), 2);
    let (cookie, token) = (jar(&page), token(&page));
    let body = format!("csrf={token}&name=A&email=a%40b&password=correct+horse+battery");
    let answer = send(address, "POST", "/register", &[host, origin, &cookie], &body);
    let session = answer.cookies().into_iter().find(|c| c.starts_with("__Host-crewmesh="));
    let session = session.unwrap_or_else(|| panic!("{answer:?}"));
    assert!(session.contains("; HttpOnly; SameSite=Lax; Max-Age=2592000; Secure"), "{session}");
    // The port decides too: another one on the same host is another origin.
    let other = "Origin: https://mesh.example.org:8443";
    assert_eq!(send(address, "POST", "/logout", &[host, other, &jar(&answer)], "").status, 403);
}

#[test]
fn an_address_without_a_page_answers_each_in_their_own_way() {
    let server = TestServer::new();
    let address = server.running.address();
    let page = send(address, "GET", "/nowhere", &["Accept: text/html"], "");
    assert_eq!(page.status, 404);
    assert!(page.body.contains("Nothing here"));
    let json = send(address, "GET", "/api/nowhere", &["Accept: application/json"], "");
    assert_eq!((json.status, &json.json()["error"]), (404, &"not_found".into()));
}

//! A program asks by way of the browser, and is told there: on the pages as
//! they are read, and in a real browser, which follows no form where its
//! page's policy does not let it.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{SocketAddr, TcpListener};
use std::sync::mpsc;

use url::Url;

use crewmesh::server::Config;

use super::upstream::{acme, with};
use super::{PASSWORD, TestServer, register, send};
use crate::support::browser::Browser;
use crate::support::issuer::Issuer;
use crate::support::web::Person;
use crate::support::{PATIENCE, axe, need};

/// RFC 7636, appendix B.
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

/// A program on this computer that waits for its answer.
struct Program {
    address: SocketAddr,
    told: mpsc::Receiver<Url>,
}

impl Program {
    /// On this loopback address.
    fn at(address: &str) -> std::io::Result<Self> {
        let listener = TcpListener::bind((address, 0))?;
        let address = listener.local_addr()?;
        let (tell, told) = mpsc::channel();
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let mut lines = BufReader::new(&stream).lines().map_while(Result::ok);
                let first = lines.next().unwrap_or_default();
                lines.take_while(|line| !line.is_empty()).for_each(drop);
                let body = "<!doctype html><title>x</title><p>The program has its answer.";
                let length = body.len();
                let _ = write!(
                    &stream,
                    "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nConnection: close\r\n\
                     Content-Length: {length}\r\n\r\n{body}"
                );
                let path = first.split(' ').nth(1).unwrap_or_default().to_owned();
                let url = Url::parse(&format!("http://{address}{path}"));
                // A browser asks for an icon as well.
                if let Some(url) = url.ok().filter(|url| url.path() == "/back") {
                    let _ = tell.send(url);
                }
            }
        });
        Ok(Self { address, told })
    }

    fn new() -> Self {
        Self::at("127.0.0.1").expect("loopback can be listened on")
    }

    fn back(&self) -> String {
        format!("http://{}/back", self.address)
    }

    /// Where the person is sent for it.
    fn asks(&self, server: &TestServer, scope: &str) -> String {
        let mut url = Url::parse(&server.at("/oauth/authorize")).expect("a URL");
        url.query_pairs_mut()
            .append_pair("response_type", "code")
            .append_pair("client_id", "crewmesh")
            .append_pair("redirect_uri", &self.back())
            .append_pair("scope", scope)
            .append_pair("state", "s&t a/t=e")
            .append_pair("code_challenge", CHALLENGE)
            .append_pair("code_challenge_method", "S256");
        url.into()
    }

    /// What it was told.
    #[track_caller]
    fn told(&self, name: &str) -> String {
        let url = self.told.recv_timeout(PATIENCE).expect("the browser comes back");
        let pair = |name: &str| {
            let mut pairs = url.query_pairs();
            pairs.find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
        };
        assert_eq!(pair("state").as_deref(), Some("s&t a/t=e"), "{url}");
        pair(name).unwrap_or_else(|| panic!("no {name}: {url}"))
    }

    /// Takes the code to the token endpoint.
    #[track_caller]
    fn signs_in(&self, server: &TestServer, code: &str) -> String {
        let body = url::form_urlencoded::Serializer::new(String::new())
            .append_pair("grant_type", "authorization_code")
            .append_pair("client_id", "crewmesh")
            .append_pair("redirect_uri", &self.back())
            .append_pair("code_verifier", VERIFIER)
            .append_pair("code", code)
            .finish();
        let answer = send(server.running.address(), "POST", "/oauth/token", &[], &body);
        assert_eq!(answer.status, 200, "{answer:?}");
        answer.json()["user"]["name"].as_str().expect("a name").to_owned()
    }
}

#[test]
fn from_nothing_to_a_program_that_is_let_in() {
    let server = TestServer::new();
    let program = Program::new();
    let mut ana = Person::new();
    ana.open(&program.asks(&server, "profile:read"));
    assert_eq!(ana.page.url.path(), "/login");
    assert!(ana.page.text().contains("to answer the program that sent you here"));
    let back = ana.page.url.query().unwrap().to_owned();
    ana.open(&server.at(&format!("/register?{back}")));
    register(&mut ana, "Ana Díaz", "ana@example.org");
    assert_eq!(ana.page.url.as_str(), program.asks(&server, "profile:read"), "the whole request");
    let text = ana.page.text();
    for said in ["Let crewmesh in as you?", "See your name and e-mail", "Ana Díaz ana@example.org"]
    {
        assert!(text.contains(said), "{said}: {text}");
    }
    ana.submit("decision", &[("decision", "approve")]);
    assert!(ana.page.text().contains("The program has its answer."));
    assert_eq!(program.signs_in(&server, &program.told("code")), "Ana Díaz");
    ana.open(&server.at("/settings/sessions"));
    assert!(ana.page.text().contains("crewmesh"), "{}", ana.page.text());

    // Another account, and back to the very same request.
    ana.open(&program.asks(&server, ""));
    ana.submit("Use another account", &[]);
    assert_eq!(ana.page.url.path(), "/login");
    let form = ("email", "ana@example.org");
    ana.submit("action=\"/login\"", &[form, ("password", "wrong horse battery")]);
    assert_eq!(ana.page.status, 401);
    ana.submit("action=\"/login\"", &[form, ("password", PASSWORD)]);
    assert_eq!(ana.page.url.as_str(), program.asks(&server, ""));
    ana.submit("decision", &[("decision", "deny")]);
    assert_eq!(program.told("error"), "access_denied");
}

#[test]
fn whoever_comes_by_another_site_is_back_at_the_whole_request() {
    let issuer = Issuer::start();
    let server = TestServer::of(with(Config::in_memory(), vec![acme(&issuer)]));
    issuer.is().clock = server.clock.clone();
    let program = Program::new();
    let mut ana = Person::new();
    ana.open(&program.asks(&server, ""));
    let back = ana.page.url.query().expect("a way back").to_owned();
    ana.open(&server.at(&format!("/register?{back}")));
    ana.follow("Continue with Acme");
    ana.submit("decision", &[("decision", "yes")]);
    assert_eq!(ana.page.url.as_str(), program.asks(&server, ""), "{}", ana.page.text());
    ana.submit("decision", &[("decision", "approve")]);
    program.told("code");
}

#[test]
fn what_a_program_calls_itself_is_only_a_name() {
    let server = TestServer::new();
    let mut ana = server.member("Ana", "ana@example.org");
    let wrong = "/oauth/authorize?client_id=%22%3E%3Cscript%3E&redirect_uri=javascript:alert(1)";
    ana.open(&server.at(wrong));
    assert_eq!(ana.page.status, 400);
    assert!(ana.page.text().contains("not known here") && !ana.page.html.contains("<script"));
    ana.open(&server.at("/oauth/authorize?client_id=crewmesh&redirect_uri=javascript:alert(1)"));
    assert_eq!((ana.page.status, ana.page.url.path()), (400, "/oauth/authorize"));
    assert!(!ana.page.html.contains("\"javascript"), "{}", ana.page.html);
}

/// On the card, `what` says which.
fn look(browser: &Browser, what: &str) {
    let wide = browser.ask("return document.documentElement.scrollWidth - window.innerWidth");
    assert_eq!(wide, 0, "{what} is wider than the window");
    let axe = axe().expect("it was asked for");
    browser.is_accessible(&axe, what);
    browser.picture(&format!("consent-{what}"));
}

#[test]
fn a_phone_lets_a_program_in() {
    if !need("browser") || !need("axe") {
        return;
    }
    let server = TestServer::new();
    let program = Program::new();
    let phone = Browser::phone();
    phone.goto(&program.asks(&server, ""));
    phone.press("Create an account");
    phone.fill("#name", "Ana Díaz");
    phone.fill("#email", "ana@example.org");
    phone.fill("#password", PASSWORD);
    phone.press("Create the account");
    phone.shows("Let crewmesh in as you?");
    look(&phone, "phone");
    let sizes = phone.ask(
        "return [...document.querySelectorAll('button[name=decision]')].map(b => {
            const r = b.getBoundingClientRect();
            return [Math.round(r.width), Math.round(r.height), r.bottom <= window.innerHeight]; })",
    );
    assert_eq!(sizes[0], sizes[1], "{sizes}");
    assert_eq!(sizes[0][2], true, "within reach without scrolling: {sizes}");
    phone.press("Allow");
    phone.shows("The program has its answer.");
    assert_eq!(program.signs_in(&server, &program.told("code")), "Ana Díaz");

    // By the other loopback address, which no policy can name by its number.
    if let Ok(other) = Program::at("::1") {
        phone.goto(&other.asks(&server, "mesh:read"));
        phone.press("Allow");
        phone.shows("The program has its answer.");
        assert_eq!(other.signs_in(&server, &other.told("code")), "Ana Díaz");
    }
    phone.goto(&program.asks(&server, ""));
    phone.press("Deny");
    phone.shows("The program has its answer.");
    assert_eq!(program.told("error"), "access_denied");

    // An error that waits behind the sign-in gets through its form as well.
    phone.goto(&program.asks(&server, "profile:read"));
    phone.press("Use another account");
    phone.shows("Sign in");
    phone.goto(&program.asks(&server, "nonsense"));
    phone.fill("#email", "ana@example.org");
    phone.fill("#password", PASSWORD);
    phone.click("form button.strong");
    phone.shows("The program has its answer.");
    assert_eq!(program.told("error"), "invalid_scope");
}

#[test]
fn the_smallest_phone_in_the_dark_and_in_spanish() {
    if !need("browser") || !need("axe") {
        return;
    }
    let server = TestServer::new();
    let program = Program::new();
    let phone = Browser::dark(320, 568, "es");
    phone.goto(&program.asks(&server, "profile:read mesh:read mesh:write"));
    look(&phone, "login-320");
    phone.press("Crear una cuenta");
    phone.fill("#name", "Ana Díaz de la Peña");
    phone.fill("#email", "ana@radiology.hospital.example.org");
    phone.fill("#password", PASSWORD);
    phone.click("form button.strong");
    phone.shows("¿Dejar entrar a crewmesh en tu nombre?");
    look(&phone, "card-320");
    phone.press("Permitir");
    phone.shows("The program has its answer.");
    program.told("code");
}

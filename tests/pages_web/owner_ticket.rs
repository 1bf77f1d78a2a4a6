//! The owner's card on the embedded instance: its ticket opens one code and
//! nothing else.

use std::net::SocketAddr;

use crewmesh::server::embedded::{Embedded, Owner};
use crewmesh::server::network;
use crewmesh::server::providers::Providers;
use tokio::runtime::Runtime;
use url::Url;

use super::{Answer, Asked, ask, poll, send};
use crate::support::web::Person;

/// An embedded instance in this process.
pub(super) struct Local {
    runtime: Runtime,
    embedded: Embedded,
    _home: tempfile::TempDir,
}

impl Local {
    pub(super) fn new() -> Self {
        let runtime = Runtime::new().expect("a runtime");
        let home = tempfile::tempdir().expect("a folder");
        let owner = Owner {
            key: None,
            user: "ana".into(),
            person: "Ana".into(),
            providers: Providers::default(),
        };
        let embedded = runtime.block_on(Embedded::start(home.path(), owner)).expect("it starts");
        Self { runtime, embedded, _home: home }
    }

    fn private(&self) -> SocketAddr {
        address(self.embedded.base_url())
    }

    /// A device asks for a code; with the link that the owner is shown.
    pub(super) fn ask(&self) -> (Asked, Url) {
        let asked = ask(self.private(), "radiology-3");
        let links = self.runtime.block_on(self.embedded.links(&asked.device_code)).expect("links");
        let complete = links.complete.expect("a complete link");
        (asked, Url::parse(&complete).expect("a link"))
    }

    fn is_pending(&self, asked: &Asked) -> bool {
        let answer = poll(self.private(), asked).json();
        ["authorization_pending", "slow_down"].contains(&answer["error"].as_str().unwrap_or(""))
    }
}

fn address(url: &Url) -> SocketAddr {
    let host = url.host_str().expect("a host");
    format!("{host}:{}", url.port().expect("a port")).parse().expect("an address")
}

/// What the form on a page carries.
fn token(answer: &Answer) -> String {
    let (_, rest) = answer.body.split_once("name=\"csrf\" value=\"").expect("a form");
    rest.split('"').next().expect("a value").to_owned()
}

#[test]
fn one_click_and_no_password() {
    let local = Local::new();
    let (asked, link) = local.ask();
    let mut ana = Person::new();
    ana.open(link.as_str());
    let text = ana.page.text();
    assert!(text.contains(&asked.user_code.replace('-', " - ")), "{text}");
    assert!(text.contains("radiology-3") && text.contains("Ana") && text.contains("this computer"));
    assert!(local.is_pending(&asked), "GET changes nothing");
    ana.submit("decision", &[("decision", "approve")]);
    assert!(ana.page.text().contains("Done Return to your terminal."), "{}", ana.page.text());
    assert!(ana.page.headers.get("set-cookie").is_none());
    assert_eq!(poll(local.private(), &asked).json()["user"]["name"], "Ana");
    // Opened again it says what became of it, for as long as anybody looks.
    ana.open(link.as_str());
    assert!(ana.page.text().contains("Done"));
}

#[test]
fn a_ticket_opens_one_code_sets_no_cookie_and_nothing_else() {
    let local = Local::new();
    let (asked, link) = local.ask();
    let (other, other_link) = local.ask();
    let (at, path) = (address(&link), link.path());
    let origin = format!("Origin: http://{at}");
    let page = send(at, "GET", path, &["Cookie: crewmesh=x"], "");
    assert_eq!((page.status, page.cookies().len()), (200, 0));
    let csp = page.header("content-security-policy").unwrap_or_default();
    assert!(csp.starts_with("default-src 'self'; frame-ancestors 'none'"), "{csp}");
    let approve = format!("csrf={}&decision=approve", token(&page));

    // Not the other code, not with the other's ticket, not without one.
    let ticket = path.rsplit('/').next().unwrap();
    let crossed = format!("/D/{}/{ticket}", other.plain());
    let wrong = [crossed, format!("/D/{}/AAAAAAAAAAAAAA", asked.plain()), "/D/BBBBBBBB/X".into()];
    for path in &wrong {
        for (method, body) in [("GET", ""), ("POST", approve.as_str())] {
            let answer = send(at, method, path, &[&origin], body);
            assert_eq!(answer.status, 404, "{method} {path}");
            assert!(answer.body.contains("This link does not open this code"));
        }
    }
    // The token of one card's form is not the other's.
    assert_eq!(send(at, "POST", other_link.path(), &[&origin], &approve).status, 403);
    assert_eq!(send(at, "POST", path, &[&origin], "decision=approve").status, 403);
    let foreign = "Origin: https://evil.example";
    assert_eq!(send(at, "POST", path, &[foreign], &approve).status, 403);
    // There is nothing to sign in to, and nothing of the account's to see.
    for path in ["/login", "/register", "/meshes", "/machines", "/settings/tokens"] {
        let answer = send(at, "GET", path, &["Accept: text/html"], "");
        assert_eq!(answer.status, 404, "{path}");
    }
    let bare = send(at, "POST", &format!("/D/{}", asked.plain()), &[&origin], &approve);
    assert_eq!(bare.status, 405);
    assert!(local.is_pending(&asked) && local.is_pending(&other));
    // However wrong the tickets were, the owner is not locked out.
    let done = send(at, "POST", path, &[&origin], &approve);
    assert_eq!((done.status, done.cookies().len()), (200, 0), "{done:?}");
    assert_eq!(poll(local.private(), &asked).status, 200);
    assert!(local.is_pending(&other));
}

#[test]
fn a_code_typed_by_hand_is_told_to_press_a_key() {
    let local = Local::new();
    let (asked, link) = local.ask();
    let mut ana = Person::reading("es");
    let at = |path: &str| link.join(path).unwrap().to_string();
    for path in ["/d", "/cli-auth", &format!("/D/{}", asked.plain()), "/d?code=WDJB-MJPV"] {
        ana.open(&at(path));
        assert_eq!(ana.page.status, 200, "{path}");
        assert!(ana.page.text().contains("aprobar en la propia terminal"), "{path}");
        assert!(ana.page.forms().is_empty() && ana.page.headers.get("set-cookie").is_none());
    }
    ana.open(&at("/"));
    assert!(ana.page.text().contains("ninguna contraseña"), "{}", ana.page.text());
    // The private listener is for the client alone.
    assert_eq!(send(local.private(), "GET", "/d", &[], "").status, 404);
}

#[test]
fn denied_on_the_page_is_denied_at_once() {
    let local = Local::new();
    let (asked, link) = local.ask();
    let mut ana = Person::new();
    ana.open(&format!("{link}?ui_locales=es"));
    ana.submit("decision", &[("decision", "deny")]);
    assert!(ana.page.text().contains("Rechazado"), "{}", ana.page.text());
    assert_eq!(poll(local.private(), &asked).json()["error"], "access_denied");
}

#[test]
fn a_phone_nearby_sees_one_card_and_nothing_else() {
    if network::address().is_none() {
        eprintln!("skipped: this machine has no network address");
        return;
    }
    let local = Local::new();
    let (asked, _) = local.ask();
    let (other, other_link) = local.ask();
    let links = local.runtime.block_on(local.embedded.open_nearby(&asked.device_code)).unwrap();
    let link = Url::parse(&links.complete.unwrap()).unwrap();
    let at = address(&link);
    let mut phone = Person::new();
    let other_path = other_link.path().to_owned();
    for path in ["/", "/d", "/oauth/token", "/healthz", "/mark.svg", "/login", &other_path] {
        let answer = send(at, "GET", path, &["Accept: text/html"], "");
        assert_eq!(answer.status, 404, "{path}");
        assert!(!answer.body.contains("href=\"/\""), "nothing leads anywhere");
    }
    phone.open(link.as_str());
    let text = phone.page.text();
    assert!(text.contains("radiology-3"), "{text}");
    let style = phone.page.html.split("href=\"/style.css").nth(1).is_some();
    assert!(style && send(at, "GET", "/style.css", &[], "").status == 200);
    assert_eq!(phone.page.html.matches("href=").count(), 2, "its stylesheet and its language");
    phone.submit("decision", &[("decision", "approve")]);
    assert!(phone.page.text().contains("Done Return to your terminal."), "{}", phone.page.text());
    assert_eq!(poll(local.private(), &asked).status, 200);
    assert!(local.is_pending(&other));
}

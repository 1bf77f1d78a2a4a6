//! The pages as a browser has them: cookies kept, forms sent back with what
//! was hidden in them, redirects followed, no script run.

mod account;
mod approval_card;
mod at_work;
mod browser_pages;
mod consent;
mod cross_site;
mod invites;
mod meshes;
mod owner_ticket;
mod paging;
mod password_reset;
mod phone;
mod provider_redirect;
mod providers;
mod scripts;
mod services;
mod upstream;

use std::fmt::Write as _;
use std::io::{Read as _, Write as _};
use std::net::SocketAddr;

use crewmesh::secret::Secret;
use crewmesh::server::clock::Clock;
use crewmesh::server::config::Smtp;
use crewmesh::server::state::State;
use crewmesh::server::store::{Page, Whose};
use crewmesh::server::{Config, Running, Server};
use serde_json::Value;
use tokio::runtime::Runtime;

use crate::support::smtp::Sink;
use crate::support::web::Person;

/// How the device grant is spelled in a form.
const GRANT: &str = "urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Adevice_code";

/// What everybody here has as a password.
const PASSWORD: &str = "correct horse battery";

/// An instance in memory, and the runtime it runs on.
struct TestServer {
    runtime: Runtime,
    running: Running,
    clock: Clock,
}

/// An answer as it came.
#[derive(Debug)]
struct Answer {
    status: u16,
    head: String,
    body: String,
}

impl Answer {
    fn header(&self, name: &str) -> Option<&str> {
        let lines = self.head.lines().filter_map(|line| line.split_once(": "));
        lines.into_iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    }

    fn cookies(&self) -> Vec<&str> {
        let lines = self.head.lines().filter_map(|line| line.split_once(": "));
        lines
            .filter(|(key, _)| key.eq_ignore_ascii_case("set-cookie"))
            .map(|(_, value)| value)
            .collect()
    }

    #[track_caller]
    fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|fault| panic!("{fault}: {self:?}"))
    }
}

/// A code that a device waits for.
struct Asked {
    device_code: Secret,
    user_code: String,
    /// The two words that the device shows.
    words: String,
}

impl Asked {
    fn plain(&self) -> String {
        self.user_code.replace('-', "")
    }
}

impl TestServer {
    fn new() -> Self {
        Self::of(Config::in_memory())
    }

    fn of(config: Config) -> Self {
        let runtime = Runtime::new().expect("a runtime");
        let clock = config.clock.clone();
        let running = runtime.block_on(Server::start(config)).expect("an instance starts");
        Self { runtime, running, clock }
    }

    /// One that sends mails by this server.
    fn mailing(sink: &Sink) -> Self {
        Self::of(by_mail(sink))
    }

    /// What `account` did, by name, newest first.
    fn audit_of(&self, account: &str) -> Vec<String> {
        let store = &self.state().store;
        let page = Page::default();
        let events = self.runtime.block_on(store.audit_events(Whose::Account(account), &page));
        let events = events.expect("the database answers");
        events.data.into_iter().map(|event| event.action).collect()
    }

    fn state(&self) -> &State {
        self.running.state()
    }

    fn at(&self, path: &str) -> String {
        format!("http://{}{path}", self.running.address())
    }

    /// A device asks for a code.
    fn ask(&self, device_name: &str) -> Asked {
        ask(self.running.address(), device_name)
    }

    fn poll(&self, asked: &Asked) -> Answer {
        poll(self.running.address(), asked)
    }

    fn bearer(&self, token: &str, path: &str) -> Answer {
        let line = format!("Authorization: Bearer {token}");
        send(self.running.address(), "GET", path, &[&line], "")
    }

    /// Somebody with an account, who has just made it.
    fn member(&self, name: &str, email: &str) -> Person {
        let mut person = Person::new();
        person.open(&self.at("/register"));
        register(&mut person, name, email);
        assert_eq!(person.page.url.path(), "/meshes", "{}", person.page.text());
        person
    }
}

/// Mails are sent by this server.
fn by_mail(sink: &Sink) -> Config {
    let mut config = Config::in_memory();
    let from = Some("mesh@example.org".to_owned());
    config.smtp = Some(Smtp { url: Secret::new(sink.url()), from });
    config
}

/// Fills in the form that is open.
#[track_caller]
fn register(person: &mut Person, name: &str, email: &str) {
    person.submit("/register", &[("name", name), ("email", email), ("password", PASSWORD)]);
}

/// A device asks as our own program does: for all that it may need.
fn ask(address: SocketAddr, device_name: &str) -> Asked {
    ask_with(address, device_name, None)
}

/// The same, holding an invite.
fn ask_with(address: SocketAddr, device_name: &str, invite: Option<&Secret>) -> Asked {
    let mut body = url::form_urlencoded::Serializer::new(String::new());
    body.append_pair("client_id", "crewmesh");
    body.append_pair("device_name", device_name);
    body.append_pair("device_os", "linux").append_pair("device_arch", "x86_64");
    body.append_pair("scope", &crewmesh::api::scopes::ALL.join(" "));
    if let Some(invite) = invite {
        body.append_pair("crewmesh_invite", invite.expose());
    }
    let answer = send(address, "POST", "/oauth/device_authorization", &[], &body.finish());
    let text = |name: &str| answer.json()[name].as_str().expect("a text").to_owned();
    let (user_code, words) = (text("user_code"), text("crewmesh_words"));
    Asked { device_code: Secret::new(text("device_code")), user_code, words }
}

fn poll(address: SocketAddr, asked: &Asked) -> Answer {
    let code = asked.device_code.expose();
    let body = format!("grant_type={GRANT}&client_id=crewmesh&device_code={code}");
    send(address, "POST", "/oauth/token", &[], &body)
}

/// One request, byte for byte, with these header lines.
fn send(address: SocketAddr, method: &str, path: &str, lines: &[&str], body: &str) -> Answer {
    let mut head = format!("{method} {path} HTTP/1.1\r\nConnection: close\r\n");
    if !lines.iter().any(|line| line.starts_with("Host:")) {
        let _ = write!(head, "Host: {address}\r\n");
    }
    for line in lines {
        head.push_str(line);
        head.push_str("\r\n");
    }
    head.push_str("Content-Type: application/x-www-form-urlencoded\r\n");
    let _ = write!(head, "Content-Length: {}\r\n\r\n{body}", body.len());
    let mut stream = std::net::TcpStream::connect(address).expect("it listens");
    stream.write_all(head.as_bytes()).expect("it reads");
    let mut said = String::new();
    stream.read_to_string(&mut said).expect("it answers");
    let (head, body) = said.split_once("\r\n\r\n").expect("a head and a body");
    let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).expect("a status");
    Answer { status, head: head.to_owned(), body: body.to_owned() }
}

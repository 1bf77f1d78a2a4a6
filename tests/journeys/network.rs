//! What stands between a person and an instance: something else that answers
//! in its place, an answer that is lost on its way back, a code that runs out
//! while nobody looks. Each is one line on the page, and the code goes on.

use std::sync::{Arc, Mutex, PoisonError};

use serde_json::json;
use tokio::runtime::Runtime;
use wiremock::matchers::{any, method, path};
use wiremock::{Mock, MockServer, ResponseTemplate};

use super::{WAITING, approve, code};
use crate::support::home::Home;
use crate::support::port::Port;
use crate::support::recording_proxy::Tap;
use crate::support::server::Instance;
use crate::support::terminal::Terminal;

/// Something that answers and is no instance.
struct Impostor {
    runtime: Runtime,
    server: MockServer,
}

impl Impostor {
    fn new() -> Self {
        let runtime = Runtime::new().expect("a runtime");
        let server = runtime.block_on(MockServer::start());
        Self { runtime, server }
    }

    /// What a network with a page of its own says to everything.
    fn page() -> Self {
        let impostor = Self::new();
        let html = ResponseTemplate::new(200)
            .insert_header("connection", "close")
            .set_body_raw("<html>Welcome to the airport</html>", "text/html");
        impostor.runtime.block_on(Mock::given(any()).respond_with(html).mount(&impostor.server));
        impostor
    }

    /// An instance whose codes live for two seconds and are never approved.
    fn hasty() -> Self {
        let impostor = Self::new();
        let at = |path: &str| format!("{}{path}", impostor.server.uri());
        let metadata = json!({
            "issuer": impostor.server.uri(),
            "device_authorization_endpoint": at("/oauth/device_authorization"),
            "token_endpoint": at("/oauth/token"),
        });
        let code = |user_code: &str| {
            json!({
                "device_code": "dc-one",
                "user_code": user_code,
                "verification_uri": at("/d"),
                "expires_in": 2,
                "interval": 1,
            })
        };
        let pending = json!({ "error": "authorization_pending" });
        let ask = "/oauth/device_authorization";
        for (verb, at, times, status, body) in [
            ("GET", "/.well-known/oauth-authorization-server", u64::MAX, 200, metadata),
            ("POST", ask, 1, 200, code("WDJB-MJPV")),
            ("POST", ask, 1, 200, code("WDJB-MJPX")),
            ("POST", "/oauth/token", u64::MAX, 400, pending),
        ] {
            let reply = ResponseTemplate::new(status).set_body_json(body);
            let mock = Mock::given(method(verb)).and(path(at)).respond_with(reply);
            let mock = mock.up_to_n_times(times);
            impostor.runtime.block_on(mock.mount(&impostor.server));
        }
        impostor
    }

    fn authority(&self) -> String {
        self.server.address().to_string()
    }
}

fn login(home: &Home, instance: &str) -> Terminal {
    home.run(&["login", "--instance", instance]).terminal(80, 24)
}

#[test]
fn a_web_page_in_the_instances_place_is_said_to_be_none() {
    let airport = Impostor::page();
    let home = Home::new();
    let mut terminal = login(&home, &airport.server.uri());
    terminal.shows("is not a crewmesh instance").shows("there first.");
    terminal.press("esc");
    terminal.exits(0).whole();
    let said = home.run(&["login", "--start", "--json", "--instance", &airport.server.uri()]);
    let said = said.output("").exits(4);
    assert!(said.err.contains("is not a crewmesh instance"), "{said:?}");
}

#[test]
fn a_web_page_in_between_is_a_line_and_the_code_goes_on() {
    let airport = Impostor::page();
    let port = Port::free();
    let there = port.host();
    let behind = Arc::new(Mutex::new(there.clone()));
    let lead = |to: String| *behind.lock().unwrap_or_else(PoisonError::into_inner) = to;
    let tap = Tap::new({
        let behind = Arc::clone(&behind);
        move || behind.lock().unwrap_or_else(PoisonError::into_inner).clone()
    });
    let mut server = Instance::start_behind(&tap.url(), port);
    let home = Home::new();
    let mut terminal = login(&home, &tap.url());
    terminal.shows(WAITING);
    let asked = code(&terminal);
    lead(airport.authority());
    server.kill();
    terminal.shows("What answers at").shows("Trying again").shows(&asked);
    server.up();
    lead(there);
    approve(&terminal, &tap.url());
    terminal.exits(0).whole().shows_at_the_end("Signed in as Ana");
}

#[test]
fn a_code_that_ran_out_says_so_and_enter_asks_for_another() {
    let hasty = Impostor::hasty();
    let home = Home::new();
    let mut terminal = login(&home, &hasty.server.uri());
    terminal.shows(WAITING).shows("WDJB-MJPV has run out");
    terminal.press("enter").shows(WAITING).shows("WDJB-MJPX has run out");
    terminal.press("esc");
    // For a script that goes on with `&&`: nobody is signed in.
    terminal.exits(1).whole().shows_at_the_end("The code has expired before it was approved.");
}

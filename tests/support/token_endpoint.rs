//! A stand-in for a provider's token endpoint (RFC 6749 §6), whose refresh tokens are good
//! once: a new one each time, and faults as a test says.

use std::collections::VecDeque;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex, PoisonError};

use serde_json::{Value, json};

/// What goes wrong with one request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// It is done, and nobody hears of it.
    LostReply,
    /// It is not done, and the connection is cut.
    Cut,
    /// It is not done, and answered so, by something that is not the provider.
    Status(u16),
    /// A page of a hotel's network.
    Html,
    /// No answer, for as long as whoever asked waits.
    Silence,
}

/// The endpoint, for as long as the process lives.
#[derive(Clone)]
pub struct TokenEndpoint {
    address: SocketAddr,
    shared: Arc<(Mutex<State>, Condvar)>,
}

#[derive(Default)]
struct State {
    /// How often something was renewed: the numbers of the tokens that are good.
    renewed: u64,
    asked: u64,
    /// Whether the refresh token of before gives the same once more.
    is_lenient: bool,
    is_revoked: bool,
    /// Whether replies wait until they are let through.
    is_held: bool,
    faults: VecDeque<Fault>,
}

impl TokenEndpoint {
    /// One that forgives nothing.
    pub fn strict() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener.local_addr().expect("an address");
        let shared = Arc::new((Mutex::new(State::default()), Condvar::new()));
        let endpoint = Self { address, shared };
        let serving = endpoint.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let serving = serving.clone();
                std::thread::spawn(move || serving.serve(stream));
            }
        });
        endpoint
    }

    /// One that gives what it gave once more, to whoever did not hear of it.
    pub fn lenient() -> Self {
        let endpoint = Self::strict();
        endpoint.state().is_lenient = true;
        endpoint
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// What is given first.
    pub fn first() -> (String, String) {
        (access(0), refresh(0))
    }

    /// What opens the account now.
    pub fn good(&self) -> String {
        access(self.state().renewed)
    }

    /// How often something was renewed, and how often it was asked for.
    pub fn counts(&self) -> (u64, u64) {
        let state = self.state();
        (state.renewed, state.asked)
    }

    /// What goes wrong with the next requests, one each.
    pub fn faults(&self, faults: impl IntoIterator<Item = Fault>) {
        self.state().faults.extend(faults);
    }

    /// The person takes back what was given.
    pub fn revoke(&self) {
        self.state().is_revoked = true;
    }

    /// Whether what was given is good for nothing any more.
    pub fn is_revoked(&self) -> bool {
        self.state().is_revoked
    }

    /// Signs in anew: all of before is good for nothing.
    pub fn sign_in_again(&self) -> (String, String) {
        let mut state = self.state();
        state.renewed += 1;
        state.is_revoked = false;
        (access(state.renewed), refresh(state.renewed))
    }

    /// Holds replies, or lets them through.
    pub fn hold(&self, hold: bool) {
        self.state().is_held = hold;
        self.shared.1.notify_all();
    }

    /// Waits until so much was asked.
    pub fn until_asked(&self, times: u64) {
        let waits = |state: &mut State| state.asked < times;
        let state = self.state();
        let asked = self.shared.1.wait_timeout_while(state, super::PATIENCE, waits);
        assert!(!asked.unwrap_or_else(PoisonError::into_inner).1.timed_out(), "nobody asked");
    }

    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.shared.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn serve(&self, stream: TcpStream) {
        let mut reader = BufReader::new(stream);
        while let Some((path, body)) = request(&mut reader) {
            let mut state = self.state();
            if path == "/oauth/revoke" {
                let sent: Value = serde_json::from_str(&body).unwrap_or_default();
                let is_good = sent["token"] == json!(refresh(state.renewed));
                state.is_revoked |= is_good && sent["token_type_hint"] == "refresh_token";
                let _ = reader.get_mut().write_all(b"HTTP/1.1 200 X\r\nContent-Length: 0\r\n\r\n");
                continue;
            }
            state.asked += 1;
            self.shared.1.notify_all();
            let fault = state.faults.pop_front();
            let answer = match fault {
                Some(Fault::Status(status)) => Some((status, String::new())),
                Some(Fault::Html) => Some((200, "<html>Welcome</html>".to_owned())),
                Some(Fault::Cut) => None,
                Some(Fault::Silence) => {
                    drop(state);
                    // Until they hang up.
                    let _ = reader.read(&mut [0]);
                    return;
                }
                Some(Fault::LostReply) => {
                    state.answer(&body);
                    None
                }
                None => Some(state.answer(&body)),
            };
            let waits = |state: &mut State| state.is_held;
            drop(self.shared.1.wait_while(state, waits));
            let Some((status, body)) = answer else { return };
            let head = format!("HTTP/1.1 {status} X\r\nContent-Type: application/json\r\n");
            let length = format!("Content-Length: {}\r\n\r\n", body.len());
            // Whoever asked may have gone away.
            let _ = reader.get_mut().write_all(format!("{head}{length}{body}").as_bytes());
        }
    }
}

impl State {
    fn answer(&mut self, body: &str) -> (u16, String) {
        let sent: Value = serde_json::from_str(body).unwrap_or_default();
        let is_asked_for = sent["grant_type"] == "refresh_token" && sent["client_id"].is_string();
        if !is_asked_for {
            return (400, json!({ "error": "invalid_request" }).to_string());
        }
        let shown = sent["refresh_token"].as_str().unwrap_or_default();
        let is_before = self.renewed > 0 && shown == refresh(self.renewed - 1);
        if self.is_revoked || !(shown == refresh(self.renewed) || self.is_lenient && is_before) {
            let error = json!({ "code": "refresh_token_reused", "message": "It was used." });
            return (401, json!({ "error": error }).to_string());
        }
        if !is_before {
            self.renewed += 1;
        }
        let given = json!({
            "access_token": access(self.renewed), "refresh_token": refresh(self.renewed),
            "token_type": "Bearer", "expires_in": 3600,
        });
        (200, given.to_string())
    }
}

/// Texts that are in no file of ours.
fn access(number: u64) -> String {
    format!("stand-in-access-{number}-")
}

fn refresh(number: u64) -> String {
    format!("stand-in-refresh-{number}-")
}

/// Path and body of the next request; `None` where there comes none.
fn request(reader: &mut BufReader<TcpStream>) -> Option<(String, String)> {
    let (mut line, mut length) = (String::new(), 0);
    reader.read_line(&mut line).ok().filter(|read| *read > 0)?;
    let path = line.split(' ').nth(1).unwrap_or_default().to_owned();
    assert!(line.starts_with("POST ") && path.starts_with("/oauth/"), "{line}");
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok().filter(|read| *read > 0)?;
        if line.trim().is_empty() {
            break;
        }
        if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().expect("a length");
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    Some((path, String::from_utf8(body).ok()?))
}

//! A server that takes a request and lets whoever sent it wait: a person at a
//! terminal is told whom they wait for, and nothing stands beside what a program
//! reads.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex, PoisonError};

use crate::support::home::{Home, Run};
use crate::support::{PATIENCE, within};

const TOKEN: &str = "cm_pat_aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";

/// Answers nobody until it is told to, and then everybody by an empty list.
struct Hanging {
    address: SocketAddr,
    gate: Arc<Gate>,
}

#[derive(Default)]
struct Gate {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    asked: usize,
    open: bool,
}

impl Gate {
    fn change(&self, change: impl FnOnce(&mut State)) {
        change(&mut self.state.lock().unwrap_or_else(PoisonError::into_inner));
        self.changed.notify_all();
    }

    fn until(&self, reached: impl Fn(&State) -> bool) {
        let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let waited = self.changed.wait_timeout_while(state, PATIENCE, |state| !reached(state));
        assert!(!waited.unwrap_or_else(PoisonError::into_inner).1.timed_out());
    }
}

impl Hanging {
    fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener.local_addr().expect("an address");
        let gate = Arc::new(Gate::default());
        std::thread::spawn({
            let gate = Arc::clone(&gate);
            move || {
                for stream in listener.incoming().flatten() {
                    let gate = Arc::clone(&gate);
                    std::thread::spawn(move || answer(stream, &gate));
                }
            }
        });
        Self { address, gate }
    }

    /// A command that asks for the meshes there.
    fn list(&self, home: &Home, more: &[&str]) -> Run {
        let url = format!("http://{}", self.address);
        home.run(&[&["list", "--instance", &url], more].concat()).with("CREWMESH_TOKEN", TOKEN)
    }
}

fn answer(stream: TcpStream, gate: &Gate) {
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    while reader.read_line(&mut line).is_ok_and(|read| read > 0) && line.trim() != "" {
        line.clear();
    }
    gate.change(|state| state.asked += 1);
    gate.until(|state| state.open);
    let body = r#"{"data":[],"total":0}"#;
    // Whoever asked may have gone away.
    let _ = write!(
        reader.into_inner(),
        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n\
         Content-Length: {}\r\n\r\n{body}",
        body.len()
    );
}

#[test]
fn a_server_that_hangs_is_named_to_a_person_and_to_nobody_else() {
    let (home, server) = (Home::new(), Hanging::start());
    // Those that a program reads wait at least as long as the person who comes last.
    let piped = std::thread::spawn({
        let run = server.list(&home, &[]);
        move || run.output("")
    });
    let mut json = server.list(&home, &["--json"]).terminal(80, 24);
    server.gate.until(|state| state.asked >= 2);
    let mut seen = server.list(&home, &["--lang", "es"]).terminal(80, 24);
    seen.shows(&format!("{} aún no responde (2 s)", server.address));
    server.gate.change(|state| state.open = true);
    seen.exits(0).whole().shows_at_the_end("crewmesh create");
    assert_eq!(seen.text().matches("aún no responde").count(), 1, "{}", seen.text());
    json.exits(0).whole().shows_at_the_end(r#""total":0"#);
    assert!(!json.text().contains("does not answer"), "{}", json.text());
    let piped = within(PATIENCE, move || piped.join()).expect("it ends").expect("no panic");
    let piped = piped.exits(0);
    assert!(piped.err.is_empty(), "{piped:#?}");
}

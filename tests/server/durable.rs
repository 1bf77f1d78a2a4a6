//! What was answered is kept, whatever happens to the process a moment later.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::sync::mpsc;

use super::GRANT;
use crate::support::PATIENCE;
use crate::support::server::Instance;

/// Devices that ask at the same time.
const DEVICES: usize = 12;

/// So many codes are given out before the process is killed.
const BEFORE: usize = 200;

pub(super) const FORM: &str = "Content-Type: application/x-www-form-urlencoded\r\n";

pub(super) struct Reply {
    pub status: u16,
    /// In lower case.
    pub head: String,
    pub body: String,
}

impl Reply {
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.body).unwrap_or_else(|fault| panic!("{fault}: {}", self.body))
    }
}

/// One request, and its answer where a whole one came.
pub(super) fn exchange(host: &str, line: &str, headers: &str, body: &str) -> Option<Reply> {
    let mut stream = TcpStream::connect(host).ok()?;
    let length = body.len();
    write!(
        stream,
        "{line} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\nContent-Length: {length}\r\n\
         {headers}\r\n{body}"
    )
    .ok()?;
    let mut text = String::new();
    stream.set_read_timeout(Some(PATIENCE)).ok()?;
    stream.read_to_string(&mut text).ok()?;
    let (head, body) = text.split_once("\r\n\r\n")?;
    let head = head.to_ascii_lowercase();
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
    let whole = length.is_none_or(|length| length.parse() == Ok(body.len()));
    let status = head.split(' ').nth(1)?.parse().ok()?;
    whole.then(|| Reply { status, body: body.to_owned(), head })
}

#[test]
fn every_code_that_was_given_out_outlives_the_process() {
    let mut instance =
        Instance::start_with(&["--limit-codes", "1000000", "--limit-requests", "1000000"]);
    let host = instance.host();
    let (giving, given) = mpsc::channel();
    for _ in 0..DEVICES {
        let (host, giving) = (host.clone(), giving.clone());
        std::thread::spawn(move || {
            let ask =
                || exchange(&host, "POST /oauth/device_authorization", FORM, "client_id=crewmesh");
            // Until nobody answers any more.
            while let Some(answer) = ask() {
                let code = answer.json()["device_code"].as_str().expect("a code").to_owned();
                if giving.send(code).is_err() {
                    return;
                }
            }
        });
    }
    drop(giving);
    let mut codes: Vec<String> = Vec::new();
    while codes.len() < BEFORE {
        codes.push(given.recv_timeout(PATIENCE).expect("codes are given out"));
    }
    instance.kill();
    codes.extend(given);
    instance.up();
    for code in codes {
        let body = format!("grant_type={GRANT}&client_id=crewmesh&device_code={code}");
        let answer = exchange(&host, "POST /oauth/token", FORM, &body).expect("an answer");
        assert_eq!(answer.json()["error"], "authorization_pending", "{}", answer.body);
    }
}

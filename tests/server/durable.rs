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

/// One request, and the body of its answer where a whole one came.
fn ask(host: &str, path: &str, body: &str) -> Option<serde_json::Value> {
    let mut stream = TcpStream::connect(host).ok()?;
    let length = body.len();
    write!(
        stream,
        "POST {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\nContent-Length: {length}\r\n\
         Content-Type: application/x-www-form-urlencoded\r\n\r\n{body}"
    )
    .ok()?;
    let mut text = String::new();
    stream.set_read_timeout(Some(PATIENCE)).ok()?;
    stream.read_to_string(&mut text).ok()?;
    serde_json::from_str(text.split_once("\r\n\r\n")?.1).ok()
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
            // Until nobody answers any more.
            while let Some(answer) = ask(&host, "/oauth/device_authorization", "client_id=crewmesh")
            {
                let code = answer["device_code"].as_str().expect("a code").to_owned();
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
        let answer = ask(&host, "/oauth/token", &body).expect("an answer");
        assert_eq!(answer["error"], "authorization_pending", "{answer}");
    }
}

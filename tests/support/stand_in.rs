//! A server of RFC 8628 that is not ours and not kind: a token is given once,
//! approved as soon as it is asked for, and whose it is is answered as a test
//! says, one answer after the other, the last one for ever.

use std::collections::VecDeque;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, PoisonError};

/// One answer to "whose is it?".
#[derive(Clone, Debug)]
pub enum Answer {
    /// This status, with this head and body.
    Status(u16, &'static str, String),
    /// Half of the body that was promised.
    Half,
    /// The connection is cut.
    Cut,
    /// Nothing, for as long as the asker waits.
    Silence,
}

impl Answer {
    /// Well, and this JSON.
    pub fn says(body: &str) -> Self {
        Self::Status(200, "", body.to_owned())
    }

    /// No, with this status.
    pub fn no(status: u16) -> Self {
        Self::Status(status, "", "<html>no</html>".to_owned())
    }
}

/// The server, for as long as the process lives.
pub struct StandIn {
    address: SocketAddr,
    heard: Arc<Mutex<Heard>>,
}

#[derive(Default)]
struct Heard {
    answers: VecDeque<Answer>,
    /// Method, path and body of every request.
    requests: Vec<(String, String)>,
    given: bool,
}

impl StandIn {
    /// Listens, and answers "whose is it?" so.
    pub fn answering(answers: impl IntoIterator<Item = Answer>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener.local_addr().expect("an address");
        let heard = Heard { answers: answers.into_iter().collect(), ..Heard::default() };
        let heard = Arc::new(Mutex::new(heard));
        let shared = Arc::clone(&heard);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let shared = Arc::clone(&shared);
                std::thread::spawn(move || serve(stream, address, &shared));
            }
        });
        Self { address, heard }
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// From now on it is answered so.
    pub fn answers(&self, answers: impl IntoIterator<Item = Answer>) {
        lock(&self.heard).answers = answers.into_iter().collect();
    }

    /// The bodies of what was asked there so far.
    pub fn asked(&self, path: &str) -> Vec<String> {
        let heard = lock(&self.heard);
        heard.requests.iter().filter(|(at, _)| at == path).map(|(_, body)| body.clone()).collect()
    }
}

fn lock(heard: &Mutex<Heard>) -> std::sync::MutexGuard<'_, Heard> {
    heard.lock().unwrap_or_else(PoisonError::into_inner)
}

fn serve(stream: TcpStream, address: SocketAddr, heard: &Mutex<Heard>) {
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    if reader.read_line(&mut line).unwrap_or_default() == 0 {
        return;
    }
    let path = line.split(' ').nth(1).unwrap_or_default().to_owned();
    let mut length = 0;
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).unwrap_or_default() == 0 || line.trim().is_empty() {
            break;
        }
        if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().expect("a length");
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).expect("the whole body");
    let body = String::from_utf8(body).expect("text");
    let answer = {
        let mut heard = lock(heard);
        heard.requests.push((path.clone(), body));
        reply(&path, address, &mut heard)
    };
    let mut stream = reader.into_inner();
    // Whoever asked may have gone away.
    let _ = match answer {
        Answer::Status(status, more, body) => write!(
            stream,
            "HTTP/1.1 {status} X\r\nContent-Type: application/json\r\nConnection: close\r\n\
             {more}Content-Length: {}\r\n\r\n{body}",
            body.len()
        ),
        Answer::Half => write!(
            stream,
            "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 500\r\n\r\n{{\"sub\""
        ),
        Answer::Cut => Ok(()),
        // Until the asker hangs up.
        Answer::Silence => stream.read(&mut [0]).map(|_| ()),
    };
}

fn reply(path: &str, address: SocketAddr, heard: &mut Heard) -> Answer {
    match path {
        "/.well-known/oauth-authorization-server" => Answer::says(&format!(
            r#"{{"issuer":"http://{address}","device_authorization_endpoint":"http://{address}/device",
                "token_endpoint":"http://{address}/token","userinfo_endpoint":"http://{address}/userinfo",
                "revocation_endpoint":"http://{address}/revoke"}}"#
        )),
        "/device" => Answer::says(&format!(
            r#"{{"device_code":"dc","user_code":"WDJB-MJPV","verification_uri":"http://{address}/d",
                "expires_in":600,"interval":1}}"#
        )),
        "/token" if heard.given => {
            Answer::Status(400, "", r#"{"error":"invalid_grant"}"#.to_owned())
        }
        "/token" => {
            heard.given = true;
            Answer::says(r#"{"access_token":"given-once","token_type":"Bearer","expires_in":3600}"#)
        }
        "/userinfo" => match heard.answers.len() {
            0 | 1 => heard.answers.front().cloned().unwrap_or_else(|| Answer::no(404)),
            _ => heard.answers.pop_front().unwrap_or_else(|| Answer::no(404)),
        },
        "/revoke" => Answer::says(""),
        _ => Answer::no(404),
    }
}

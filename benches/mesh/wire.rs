//! A connection that stays, and what is asked on it.

use std::net::{Ipv4Addr, SocketAddr};

use crewmesh::secret::Secret;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpSocket, TcpStream};

pub struct Wire {
    stream: TcpStream,
    address: String,
    /// What the instance is called.
    host: String,
    number: usize,
}

impl Wire {
    /// To what listens at `address` and is called `host`; from one of several
    /// addresses, each of which has its own ports.
    pub async fn to(address: &str, host: &str, number: usize) -> Self {
        let stream = connected(address, number).await;
        Self { stream, address: address.to_owned(), host: host.to_owned(), number }
    }

    /// Asks for `line` with the headers `more`; status and body of the answer.
    pub async fn ask(&mut self, line: &str, more: &str, body: &str) -> (u16, String) {
        let request = format!(
            "{line} HTTP/1.1\r\nHost: {}\r\n{more}Content-Length: {}\r\n\r\n{body}",
            self.host,
            body.len()
        );
        loop {
            if let Some(whole) = self.asked(&request).await {
                return whole;
            }
            // One that was quiet for too long is hung up on: as a client does, once more.
            self.stream = connected(&self.address, self.number).await;
        }
    }

    /// The answer; `None` where the connection ends before one begins.
    async fn asked(&mut self, request: &str) -> Option<(u16, String)> {
        self.stream.write_all(request.as_bytes()).await.ok()?;
        let (mut bytes, mut buffer) = (Vec::new(), [0; 4_096]);
        loop {
            if let Some(whole) = whole(&bytes) {
                return Some(whole);
            }
            let read = self.stream.read(&mut buffer).await.unwrap_or(0);
            assert!(read > 0 || bytes.is_empty(), "cut off: {}", String::from_utf8_lossy(&bytes));
            if read == 0 {
                return None;
            }
            bytes.extend_from_slice(&buffer[..read]);
        }
    }
}

async fn connected(address: &str, number: usize) -> TcpStream {
    let from = Ipv4Addr::new(127, 0, 0, 2 + u8::try_from(number % 8).expect("small"));
    let socket = TcpSocket::new_v4().expect("an open file is left");
    socket.bind(SocketAddr::from((from, 0))).expect("a port is free");
    let stream = socket.connect(address.parse().expect("an address")).await;
    let stream = stream.expect("it listens");
    stream.set_nodelay(true).expect("a TCP connection");
    stream
}

/// Status and body, once all of it is there.
fn whole(bytes: &[u8]) -> Option<(u16, String)> {
    let (head, body) = std::str::from_utf8(bytes).ok()?.split_once("\r\n\r\n")?;
    let status = head.split(' ').nth(1)?.parse().ok()?;
    let length = head.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        let is_length = name.eq_ignore_ascii_case("content-length");
        value.trim().parse::<usize>().ok().filter(|_| is_length)
    });
    (body.len() >= length.unwrap_or(0)).then(|| (status, body.to_owned()))
}

/// The header of whoever comes with `token`.
pub fn bearer(token: &Secret) -> String {
    format!("Authorization: Bearer {}\r\n", token.expose())
}

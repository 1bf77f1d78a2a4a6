//! What anybody would take instead: a room of Node and `ws` that passes messages on
//! and keeps none.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::task::LocalSet;

use crate::crew::TALKING;
use crate::load::cpu;
use crate::support::find;
use crate::talk::{APART, Seen, first, measured};

/// What speaks WebSocket (RFC 6455) for it.
const PINNED: &str = "ws@8.23.0";

/// Ends with this.
struct Room(Child);

impl Drop for Room {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// The part of a core that it takes for the same messages; `None` where it cannot be
/// had.
pub async fn measure() -> Option<f64> {
    let (mut room, port) = started()?;
    let (start, seen, local) = (Instant::now(), Seen::default(), LocalSet::new());
    for agent in 0..TALKING.agents {
        let seen = seen.clone();
        local.spawn_local(async move {
            let (reader, writer) = entered(agent, port).await;
            tokio::task::spawn_local(reads(reader, start, seen));
            writes(agent, writer, start).await;
        });
    }
    let pid = room.0.id();
    let share = local.run_until(measured("a room of Node", &seen, || cpu(pid))).await;
    let _ = room.0.kill();
    Some(share)
}

fn started() -> Option<(Room, u16)> {
    let (node, npm) = (find("node")?, find("npm")?);
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/room");
    std::fs::create_dir_all(&folder).ok()?;
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/mesh/room.mjs");
    std::fs::copy(script, folder.join("room.mjs")).ok()?;
    let fetched = Command::new(npm)
        .args(["install", "--no-save", "--no-package-lock", "--ignore-scripts", PINNED])
        .current_dir(&folder)
        .stdout(Stdio::null())
        .status();
    if !fetched.is_ok_and(|status| status.success()) {
        println!("a room of Node is not measured: npm does not give {PINNED}");
        return None;
    }
    let child = Command::new(node)
        .arg("room.mjs")
        .current_dir(&folder)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn();
    let mut room = Room(child.ok()?);
    let mut line = String::new();
    BufReader::new(room.0.stdout.take()?).read_line(&mut line).ok()?;
    Some((room, line.trim().parse().ok()?))
}

/// The two halves of a WebSocket.
async fn entered(agent: usize, port: u16) -> (OwnedReadHalf, OwnedWriteHalf) {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).await.expect("it listens");
    stream.set_nodelay(true).expect("a TCP connection");
    let request = format!(
        "GET /?name=p{agent} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nUpgrade: websocket\r\n\
         Connection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\
         Sec-WebSocket-Version: 13\r\n\r\n"
    );
    stream.write_all(request.as_bytes()).await.expect("it reads");
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await.expect("it answers"));
    }
    assert!(head.starts_with(b"HTTP/1.1 101"), "{}", String::from_utf8_lossy(&head));
    stream.into_split()
}

/// Frames of text that are shorter than 126 bytes, as all are here.
async fn reads(mut reader: OwnedReadHalf, start: Instant, seen: Seen) {
    while reader.read_u8().await.is_ok() {
        let length = reader.read_u8().await.expect("a length");
        let mut text = vec![0; usize::from(length)];
        reader.read_exact(&mut text).await.expect("a text");
        let message: Value = serde_json::from_slice(&text).expect("JSON");
        let sent = message["text"].as_str().and_then(|sent| sent.parse().ok());
        let sent = Duration::from_nanos(sent.expect("when it was sent"));
        seen.borrow_mut().push((sent, start.elapsed().saturating_sub(sent)));
    }
}

async fn writes(agent: usize, mut writer: OwnedWriteHalf, start: Instant) {
    let to = format!("p{}", (agent + 1) % TALKING.agents);
    let mut next = tokio::time::Instant::from_std(start) + first(agent);
    loop {
        tokio::time::sleep_until(next).await;
        next += APART;
        let text = start.elapsed().as_nanos().to_string();
        let body = serde_json::json!({ "to": to, "text": text }).to_string();
        // Final, text; masked, with a mask that changes nothing.
        let mut frame = vec![0x81, 0x80 | u8::try_from(body.len()).expect("short"), 0, 0, 0, 0];
        frame.extend_from_slice(body.as_bytes());
        writer.write_all(&frame).await.expect("it reads");
    }
}

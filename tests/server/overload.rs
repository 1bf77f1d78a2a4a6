//! Those who want too much: slow ones, loud ones, many at once on several
//! nodes. By raw sockets, because no library behaves that badly.

use std::net::IpAddr;
use std::time::Duration;

use crewmesh::server::clock::Clock;
use crewmesh::server::config::{ListenOptions, TlsFiles};
use crewmesh::server::{Config, Database, Limits};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use super::TestServer;
use crate::support::PATIENCE;

/// An instance that waits for nobody long.
async fn impatient(with: impl FnOnce(&mut Config)) -> TestServer {
    let mut config = Config::in_memory();
    with(&mut config);
    let short = Duration::from_millis(300);
    config.listen_options = ListenOptions { head: short, body: short };
    TestServer::of(config).await
}

/// Sends `start`, then one more letter now and then, until it is cut off; what
/// was answered.
async fn drip(server: &TestServer, start: &str) -> String {
    let stream = TcpStream::connect(server.running.address()).await.expect("it works");
    let (mut from, mut to) = stream.into_split();
    to.write_all(start.as_bytes()).await.expect("it works");
    let dripping = async {
        let mut pause = tokio::time::interval(Duration::from_millis(40));
        while to.write_all(b"x").await.is_ok() {
            pause.tick().await;
        }
        std::future::pending::<()>().await;
    };
    let mut answer = Vec::new();
    let read = async {
        // A reset in the middle is an end as well.
        let _ = from.read_to_end(&mut answer).await;
    };
    tokio::select! {
        () = dripping => unreachable!(),
        ended = tokio::time::timeout(PATIENCE, read) => ended.expect("it is cut off"),
    }
    String::from_utf8_lossy(&answer).into_owned()
}

#[tokio::test]
async fn who_is_slow_is_cut_off_and_holds_nobody_up() {
    let server = impatient(|_| {}).await;
    let host = server.host();
    let form = "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 60000\r\n";
    let slow = [
        "GET / HT".to_owned(),
        format!("GET /d HTTP/1.1\r\nHost: {host}\r\nX-Slow: "),
        format!("POST /oauth/token HTTP/1.1\r\nHost: {host}\r\n{form}\r\ngrant_type="),
        format!("POST /login HTTP/1.1\r\nHost: {host}\r\n{form}\r\nemail="),
    ];
    let (head, header, body, page, quick) = tokio::join!(
        drip(&server, &slow[0]),
        drip(&server, &slow[1]),
        drip(&server, &slow[2]),
        drip(&server, &slow[3]),
        server.request("GET /readyz", &[], ""),
    );
    quick.is(200);
    for answer in [head, header, body, page] {
        assert!(!answer.starts_with("HTTP/1.1 2"), "{answer}");
    }
    // Nor does a connection that was used stay for ever.
    let mut stream = TcpStream::connect(server.running.address()).await.expect("it works");
    let request = format!("GET /healthz HTTP/1.1\r\nHost: {host}\r\n\r\n");
    stream.write_all(request.as_bytes()).await.expect("it works");
    let mut answer = Vec::new();
    let read = tokio::time::timeout(PATIENCE, stream.read_to_end(&mut answer)).await;
    read.expect("it is cut off").expect("it works");
    assert!(answer.starts_with(b"HTTP/1.1 200"));
    server.running.stop().await;
}

/// Says `start` and nothing after it, and waits until it is cut off.
async fn idle(server: &TestServer, start: &[u8]) -> Vec<u8> {
    let mut stream = TcpStream::connect(server.running.address()).await.expect("it works");
    stream.write_all(start).await.expect("it works");
    let mut answer = Vec::new();
    let read = async {
        // A reset is an end as well.
        let _ = stream.read_to_end(&mut answer).await;
    };
    tokio::time::timeout(PATIENCE, read).await.expect("it is cut off");
    answer
}

#[tokio::test]
async fn who_connects_and_says_nothing_is_let_go_of() {
    let in_clear = impatient(|_| {}).await;
    let folder = tempfile::tempdir().expect("a folder");
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).expect("made");
    let [certificate, key] = ["certificate", "key"].map(|name| folder.path().join(name));
    std::fs::write(&certificate, made.cert.pem()).expect("written");
    std::fs::write(&key, made.signing_key.serialize_pem()).expect("written");
    let by_tls = impatient(|config| config.tls = Some(TlsFiles { certificate, key })).await;
    let behind_proxy = impatient(|config| {
        config.trusted_proxies = vec!["127.0.0.1".parse::<IpAddr>().expect("an address").into()];
        config.proxy_protocol = true;
    })
    .await;
    // A record of TLS that ends in its middle, a header of a proxy that does.
    let (hello, header) = (&b"\x16\x03\x01\x02\x00\x01"[..], &b"PROXY TCP4 192.0.2.1 "[..]);
    let all = tokio::join!(
        idle(&in_clear, b""),
        idle(&in_clear, b"GET / HTTP/1.1\r\n"),
        idle(&by_tls, b""),
        idle(&by_tls, hello),
        idle(&behind_proxy, b""),
        idle(&behind_proxy, header),
    );
    for answer in <[Vec<u8>; 6]>::from(all) {
        assert!(!answer.starts_with(b"HTTP/1.1 2"), "{}", String::from_utf8_lossy(&answer));
    }
    in_clear.request("GET /readyz", &[], "").await.is(200);
    // However many of them there are, each is let go of, and its place is free.
    let crowd = (0..200).map(|_| idle(&in_clear, b"GET / HTTP/1.1\r\n"));
    futures_util::future::join_all(crowd).await;
    for server in [in_clear, by_tls, behind_proxy] {
        server.running.stop().await;
    }
}

/// Asks without end and takes no answer: it is cut off, however long it waits.
#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread")]
async fn whoever_takes_no_answer_is_let_go_of() {
    let mut config = Config::in_memory();
    config.listen_options.body = std::time::Duration::from_secs(1);
    let server = TestServer::of(config).await;
    let socket = tokio::net::TcpSocket::new_v4().unwrap();
    socket.set_recv_buffer_size(2_048).unwrap();
    let mut stream = socket.connect(server.running.address()).await.unwrap();
    let ask = format!("GET /style.css HTTP/1.1\r\nHost: {}\r\n\r\n", server.host());
    let asking = async { while stream.write_all(ask.as_bytes()).await.is_ok() {} };
    tokio::time::timeout(PATIENCE, asking).await.expect("it is cut off");
}

#[tokio::test]
async fn what_is_too_large_is_refused() {
    let server = TestServer::new().await;
    let many: Vec<_> = (0..200).map(|n| (format!("X-{n}"), "x")).collect();
    let many: Vec<_> = many.iter().map(|(name, value)| (name.as_str(), *value)).collect();
    assert_eq!(server.request("GET /d", &many, "").await.status, 431);
    let long = "x".repeat(20_000);
    assert_eq!(server.request("GET /d", &[("X-Long", &long)], "").await.status, 431);
    let line = format!("GET /d?{}", "x".repeat(70_000));
    assert!([414, 431].contains(&server.request(&line, &[], "").await.status));
    let body = format!("client_id={}", "x".repeat(70_000));
    let answer = server.form("/oauth/device_authorization", &body).await;
    assert!([400, 413].contains(&answer.status), "{answer:?}");
    let ana = server.account("Ana").await;
    let session = server.session(&ana).await;
    let body = format!("{{\"name\":\"{}\"}}", "x".repeat(70_000));
    server.with(&session, "POST /api/my/meshes", &body).await.says_no(413, "too_large");
    server.request("GET /readyz", &[], "").await.is(200);
    server.running.stop().await;
}

/// A node of the instance in `home`.
async fn node(home: &tempfile::TempDir, clock: &Clock) -> TestServer {
    let mut config = Config::in_memory();
    config.database = Database::in_home(home.path());
    config.clock = clock.clone();
    config.limits =
        Limits { device_authorizations: 3, sign_ins: 2, requests: 1_000, ..Limits::default() };
    TestServer::of(config).await
}

/// On PostgreSQL: what one node let through counts on the other.
fn nodes_count_together() {
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_all().build().expect("it works");
    runtime.block_on(async {
        let home = tempfile::tempdir().expect("it works");
        let clock = Clock::standing();
        let (here, there) = (node(&home, &clock).await, node(&home, &clock).await);
        let body = "client_id=crewmesh&device_name=Laptop";
        for server in [&here, &there, &here] {
            server.form("/oauth/device_authorization", body).await.is(200);
        }
        let answer = there.form("/oauth/device_authorization", body).await;
        answer.refuses(429, "slow_down");
        let wait: u64 = answer.header("retry-after").expect("it works").parse().expect("it works");
        assert!((1..=20).contains(&wait), "{wait}");
        there
            .request("POST /api/auth/cli/device-code", &[], "{}")
            .await
            .says_no(429, "too_many_requests");
        // A third of a minute is worth one more.
        clock.advance(20_000);
        here.form("/oauth/device_authorization", body).await.is(200);

        let state = |server: &TestServer| server.running.state().clone();
        let subject = "account ana@example.org";
        assert!(state(&here).may_sign_in(subject).await.is_ok());
        assert!(state(&there).may_sign_in(subject).await.is_ok());
        assert!(state(&here).may_sign_in(subject).await.is_err());
        assert!(state(&here).may_sign_in("account bo@example.org").await.is_ok());
        let dump = super::on_postgres::dumped().expect("on PostgreSQL");
        assert!(!dump.contains("ana@example.org"), "what was typed is not kept");
        here.running.stop().await;
        there.running.stop().await;
    });
}

#[test]
fn limits_are_shared_between_nodes() {
    super::on_postgres::run(nodes_count_together);
}

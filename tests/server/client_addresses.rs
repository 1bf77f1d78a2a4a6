//! From which address somebody comes, behind proxies that say it in every way
//! they may, and what each address may hold.

use std::net::IpAddr;

use crewmesh::server::config::ProxyHeader;
use crewmesh::server::{Config, Limits};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use super::{Answer, TestServer, parsed};
use crate::support::PATIENCE;

const CODES: &str = "/oauth/device_authorization";

/// Behind a proxy on loopback, with three codes a minute for each address.
fn behind_proxy() -> Config {
    let limits = Limits { device_authorizations: 3, ..Limits::default() };
    let trusted_proxies = vec![IpAddr::from([127, 0, 0, 1]).into()];
    Config { limits, trusted_proxies, ..Config::in_memory() }
}

/// What is answered to a device that the proxy says this of.
async fn asks(server: &TestServer, header: (&str, &str)) -> Answer {
    let form = ("Content-Type", "application/x-www-form-urlencoded");
    server.request(&format!("POST {CODES}"), &[form, header], "client_id=crewmesh").await
}

async fn statuses(server: &TestServer, header: &str, values: &[&str]) -> Vec<u16> {
    let mut all = Vec::new();
    for value in values {
        all.push(asks(server, (header, value)).await.status);
    }
    all
}

#[tokio::test]
async fn each_client_of_a_proxy_has_limits_of_its_own() {
    let server = TestServer::of(behind_proxy()).await;
    let each = ["203.0.113.1:51", "[2001:db8:0:1::1]:2", "203.0.113.3", "::ffff:203.0.113.4"];
    let more = ["::ffff:203.0.113.5", "[::ffff:203.0.113.6]:7", "2001:db8:0:2::1", "fe80::1%eth0"];
    for values in [each, more] {
        assert_eq!(statuses(&server, "X-Forwarded-For", &values).await, [200; 4]);
    }
    // One address, however it is written and whatever the client wrote before.
    let one = ["198.51.100.9", "6.6.6.1, 198.51.100.9:55", "6.6.6.2, ::ffff:198.51.100.9"];
    assert_eq!(statuses(&server, "X-Forwarded-For", &one).await, [200; 3]);
    assert_eq!(asks(&server, ("X-Forwarded-For", "6.6.6.3,198.51.100.9:56")).await.status, 429);
}

#[tokio::test]
async fn what_cannot_be_read_is_never_stepped_over() {
    let server = TestServer::of(behind_proxy()).await;
    let hidden = ["6.6.6.1, unknown", "6.6.6.2, _hidden", "6.6.6.3, ", "6.6.6.4, 1.2.3.4:x"];
    assert_eq!(statuses(&server, "X-Forwarded-For", &hidden).await, [200, 200, 200, 429]);
    // Another of the two headers than the proxy writes says nothing.
    assert_eq!(asks(&server, ("Forwarded", "for=6.6.6.5")).await.status, 429);
}

#[tokio::test]
async fn the_standard_header_is_read_where_it_is_named() {
    let config = Config { proxy_header: ProxyHeader::Forwarded, ..behind_proxy() };
    let server = TestServer::of(config).await;
    let one = ["for=192.0.2.1", "For=\"192.0.2.1:80\";proto=https", "for=6.6.6.6, for=192.0.2.1"];
    assert_eq!(statuses(&server, "Forwarded", &one).await, [200; 3]);
    let others = ["for=\"[2001:db8::1]:9\"", "for=192.0.2.2", "for=192.0.2.1"];
    assert_eq!(statuses(&server, "Forwarded", &others).await, [200, 200, 429]);
    let hidden = ["for=6.6.6.1, for=unknown", "for=6.6.6.2, proto=https", "for=_a"];
    assert_eq!(statuses(&server, "Forwarded", &hidden).await, [200; 3]);
    assert_eq!(asks(&server, ("X-Forwarded-For", "6.6.6.7")).await.status, 429);
}

#[tokio::test]
async fn a_card_tells_an_address_that_is_known_and_compares_no_other() {
    let config = Config { limits: Limits::default(), ..behind_proxy() };
    let server = TestServer::of(config).await;
    let ana = server.account("Ana").await;
    let (cookie, _) = server.web_session(&ana).await;
    let card = async |device: &str, browser: &str| {
        let user_code = asks(&server, ("X-Forwarded-For", device)).await.text("user_code");
        let headers = [("Cookie", cookie.as_str()), ("X-Forwarded-For", browser)];
        let page = server.request(&format!("GET /D/{user_code}"), &headers, "").await;
        page.is(200).body.clone()
    };
    let (same, other) = ("the same as this browser", "not the one this browser has");
    for (device, browser, told, nearness) in [
        ("203.0.113.77:50812", "203.0.113.77:4711", "203.0.113.77", Some(same)),
        ("203.0.113.77:50812", "198.51.100.9:4711", "203.0.113.77", Some(other)),
        ("::ffff:203.0.113.5", "203.0.113.5", "203.0.113.5", Some(same)),
        // Both fell back to the proxy: that says nothing of either.
        ("198.51.100.9, unknown", "198.51.100.9, unknown", "not known", None),
        ("unknown", "127.0.0.1", "not known", None),
        ("203.0.113.5", "unknown", "203.0.113.5", None),
    ] {
        let page = card(device, browser).await;
        let found = [same, other].into_iter().find(|words| page.contains(*words));
        assert_eq!(found, nearness, "{device} {browser}");
        assert!(page.contains(told), "{device} {browser}");
        assert!(!page.contains("::ffff:"));
    }
}

/// What is answered to `start`, and then a request for a page, on a connection of
/// its own; `None` where that was cut off.
async fn after(server: &TestServer, start: &[u8]) -> Option<Answer> {
    let request = format!("GET /login HTTP/1.1\r\nHost: {}\r\n\r\n", server.host());
    let mut stream = begin(server, &[start, request.as_bytes()].concat()).await;
    let mut answer = Vec::new();
    let read = async {
        while stream.read_buf(&mut answer).await.is_ok_and(|read| read > 0) {
            if answer.windows(4).any(|bytes| bytes == b"\r\n\r\n") {
                break;
            }
        }
    };
    tokio::time::timeout(PATIENCE, read).await.expect("it answers or ends");
    (!answer.is_empty()).then(|| parsed(&String::from_utf8_lossy(&answer)))
}

async fn begin(server: &TestServer, start: &[u8]) -> TcpStream {
    let mut stream = TcpStream::connect(server.running.address()).await.expect("it listens");
    stream.write_all(start).await.expect("it takes that");
    stream
}

/// A header of version 2 that names an IPv4 `client`.
fn version_2(client: [u8; 4]) -> Vec<u8> {
    let head = b"\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0c";
    [&head[..], &client, &[10, 0, 0, 1, 0x12, 0x34, 0, 80]].concat()
}

#[tokio::test]
async fn a_proxy_that_passes_bytes_on_says_first_for_whom() {
    let server = TestServer::of(Config { proxy_protocol: true, ..behind_proxy() }).await;
    let status = async |start: &[u8]| after(&server, start).await.map(|answer| answer.status);
    assert_eq!(status(b"PROXY TCP4 203.0.113.5 10.0.0.1 4567 80\r\n").await, Some(200));
    assert_eq!(status(&version_2([203, 0, 113, 6])).await, Some(200));
    assert_eq!(status(b"PROXY UNKNOWN\r\n").await, Some(200));
    assert_eq!(status(b"").await, None, "a request is no header");
    assert_eq!(status(b"PROXY TCP4 203.0.113.5\r\n").await, None);

    // What it says is who asks; whom the client names in a header of HTTP is not.
    let body = "client_id=crewmesh";
    let ask = async |last: u8| {
        let request = format!(
            "POST {CODES} HTTP/1.1\r\nHost: {}\r\nX-Forwarded-For: 6.6.6.{last}\r\nConnection: \
             close\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: \
             {}\r\n\r\n{body}",
            server.host(),
            body.len()
        );
        let mut stream =
            begin(&server, &[&version_2([203, 0, 113, 9]), request.as_bytes()].concat()).await;
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.expect("it answers");
        parsed(&answer).status
    };
    let mut statuses = Vec::new();
    for last in 1..=4 {
        statuses.push(ask(last).await);
    }
    assert_eq!(statuses, [200, 200, 200, 429]);
}

#[tokio::test]
async fn one_address_holds_some_connections_and_never_all() {
    let config = Config {
        proxy_protocol: true,
        connections_of_one: Some(2),
        limits: Limits::default(),
        ..behind_proxy()
    };
    let server = TestServer::of(config).await;
    let held = [begin(&server, &version_2([203, 0, 113, 5])).await, {
        let first = after(&server, &version_2([203, 0, 113, 5])).await;
        assert_eq!(first.map(|answer| answer.status), Some(200), "the second is let in");
        begin(&server, &version_2([203, 0, 113, 5])).await
    }];
    let status = async |last: u8| {
        let answer = after(&server, &version_2([203, 0, 113, last])).await;
        answer.map(|answer| answer.status)
    };
    let refused = async { while status(5).await.is_some() {} };
    tokio::time::timeout(PATIENCE, refused).await.expect("a third is cut off");
    assert_eq!(status(6).await, Some(200), "others are let in");
    assert_eq!(status(6).await, Some(200));
    drop(held);
    let again = async { while status(5).await.is_none() {} };
    tokio::time::timeout(PATIENCE, again).await.expect("who is gone holds nothing");
}

#[tokio::test]
async fn whoever_waits_behind_a_proxy_is_counted_and_the_proxy_is_not() {
    let config =
        Config { connections_of_one: Some(2), limits: Limits::default(), ..behind_proxy() };
    let server = TestServer::of(config).await;
    let codes = [server.ask().await, server.ask().await, server.ask().await, server.ask().await];
    let poll = async |of: usize, from: &str| {
        let headers = [("Prefer", "wait=20"), ("X-Forwarded-For", from)];
        server.poll(&codes[of], &headers).await.status
    };
    let (mine, theirs) = ("203.0.113.5", "203.0.113.6");
    let three = async {
        tokio::join!(poll(0, mine), poll(1, mine), poll(2, theirs));
    };
    let fourth = async {
        server.until_held(3).await;
        assert_eq!(poll(3, mine).await, 429);
    };
    tokio::select! {
        () = three => panic!("they are held"),
        () = fourth => {}
    }
}

super::on_postgres::on_postgres!(
    each_client_of_a_proxy_has_limits_of_its_own,
    what_cannot_be_read_is_never_stepped_over,
    the_standard_header_is_read_where_it_is_named,
    a_card_tells_an_address_that_is_known_and_compares_no_other,
    a_proxy_that_passes_bytes_on_says_first_for_whom,
    one_address_holds_some_connections_and_never_all,
    whoever_waits_behind_a_proxy_is_counted_and_the_proxy_is_not,
);

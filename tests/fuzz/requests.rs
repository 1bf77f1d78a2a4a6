//! What a client, a browser or a proxy sends to an instance, before anybody knows who
//! it is.

use std::net::IpAddr;

use axum::http::{HeaderMap, HeaderName, HeaderValue};
use crewmesh::server::Config;
use crewmesh::server::config::{ProxyHeader, network};
use crewmesh::server::domain::client_ip::{ClientIp, forwarded_address, is_proxy};
use crewmesh::server::domain::invite_code;
use crewmesh::server::domain::keys::{format_user_code, is_user_code, plain_user_code};
use crewmesh::server::http::client_ip::behind;
use crewmesh::server::http::cookie::{Cookie, value};
use crewmesh::server::http::extract::{bearer, idempotency_key};
use crewmesh::server::http::proxy_protocol::read_header;
use proptest::prelude::*;

use crate::support::cases::{bytes, hold, texts};

fn headers(name: &'static str, values: &[&str]) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for value in values {
        if let Ok(value) = HeaderValue::from_bytes(value.as_bytes()) {
            headers.append(HeaderName::from_static(name), value);
        }
    }
    headers
}

const FORWARDED: [&str; 9] = [
    "6.6.6.6, 9.9.9.9:5566",
    "::ffff:9.9.9.9, 10.0.0.2",
    "[2001:db8::1]:443",
    "fe80::1%eth0",
    "unknown, _hidden",
    "for=192.0.2.60;proto=http;by=203.0.113.43",
    "For=\"[2001:db8:cafe::17]:4711\"",
    "for=6.6.6.6, for=\"9.9.\\9.9\";host=\"a,for=6.6.6.6\"",
    "proto=https; for=192.0.2.43:80, for=10.0.0.2",
];

fn config(header: ProxyHeader) -> Config {
    let mut config = Config::in_memory();
    config.proxy_header = header;
    config.trusted_proxies = ["10.0.0.0/8", "fd00::/8"].map(|net| net.parse().expect("one")).into();
    config
}

/// What a client writes into these headers stands left of what our proxy writes, and
/// changes nothing.
#[test]
fn whoever_our_proxy_names_last_asks_whatever_stands_before_it() {
    let configs = [config(ProxyHeader::XForwardedFor), config(ProxyHeader::Forwarded)];
    let proxy: IpAddr = "10.0.0.1".parse().expect("one");
    let client: IpAddr = "203.0.113.9".parse().expect("one");
    hold((texts(&FORWARDED), texts(&FORWARDED), 0..2_usize), |(one, two, which)| {
        let (config, named) = (&configs[which], ["203.0.113.9", "for=203.0.113.9"][which]);
        let name = config.proxy_header.name();
        // The proxy's own line last; or its own entry on the last line.
        let apart = behind(proxy, &headers(name, &[&one, &two, named]), config);
        assert_eq!(apart, ClientIp::of_client(client), "{one:?} {two:?}");
        // What does not come from a proxy is not read at all.
        let other =
            behind("198.51.100.7".parse().expect("one"), &headers(name, &[&one, &two]), config);
        assert_eq!(other, ClientIp::of_client("198.51.100.7".parse().expect("one")));
        let read = behind(proxy, &headers(name, &[&one, &two]), config);
        match read.known() {
            // Nobody is told of in another spelling, and only who was named.
            Some(ip) => {
                assert_eq!(ip, ip.to_canonical());
                assert!(!is_proxy(ip, &config.trusted_proxies) || read.told().is_some());
            }
            None => assert_eq!(read, ClientIp::of_proxy(proxy), "{one:?} {two:?}"),
        }
    });
}

/// A proxy that adds its entry behind a comma to whatever a client wrote: an open
/// quote of the client's does not hide it in `X-Forwarded-For`.
#[test]
fn an_entry_behind_a_comma_is_found_whatever_stands_before_it() {
    let config = config(ProxyHeader::XForwardedFor);
    hold(texts(&FORWARDED), |before| {
        let value = format!("{before}, 203.0.113.9");
        let Ok(value) = HeaderValue::from_str(&value) else { return };
        let Ok(_) = value.to_str() else { return };
        let mut headers = HeaderMap::new();
        headers.append("x-forwarded-for", value);
        let read = behind("10.0.0.1".parse().expect("one"), &headers, &config);
        assert_eq!(read.told().as_deref(), Some("203.0.113.9"), "{before:?}");
    });
}

#[test]
fn an_address_that_a_proxy_writes_is_one_in_its_only_spelling() {
    hold(texts(&FORWARDED[..5]), |text| {
        for part in text.split(',').map(str::trim) {
            let Some(ip) = forwarded_address(part) else { continue };
            assert_eq!(ip, ip.to_canonical(), "{part:?}");
            assert_eq!(forwarded_address(&ip.to_string()), Some(ip), "{part:?}");
            assert_eq!(
                forwarded_address(&format!("{}", std::net::SocketAddr::new(ip, 80))),
                Some(ip)
            );
        }
        if let Ok(network) = network(&text) {
            let again = crewmesh::server::config::network(&network.to_string());
            assert_eq!(again, Ok(network), "{text:?}");
        }
    });
}

const HEADERS: [&[u8]; 8] = [
    b"PROXY TCP4 203.0.113.5 10.0.0.1 4567 80\r\n",
    b"PROXY TCP6 2001:db8::7 ::1 9 80\r\n",
    b"PROXY UNKNOWN\r\n",
    b"PROXY UNKNOWN ffff::1 ffff::2 1 2\r\n",
    b"\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0c\xcb\0\x71\x05\x0a\0\0\x01\x11\xd7\0\x50",
    b"\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x10\xcb\0\x71\x05\x0a\0\0\x01\x11\xd7\0\x50\x04\0\x01\x2a",
    b"\r\n\r\n\0\r\nQUIT\n\x20\0\0\0",
    b"\r\n\r\n\0\r\nQUIT\n\x21\x21\0\x24\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x07\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x09\0\x50",
];

#[test]
fn a_header_of_the_proxy_protocol_ends_where_it_says_and_within_its_bounds() {
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    hold(bytes(&HEADERS), |header| {
        let sent = [&header[..], b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"].concat();
        let mut stream = &sent[..];
        let read = runtime.block_on(read_header(&mut stream));
        let taken = sent.len() - stream.len();
        assert!(taken <= 16 + 4_096, "{taken}");
        let Ok(source) = read else { return };
        let taken = &sent[..taken];
        if taken.starts_with(b"PROXY") {
            assert!(taken.len() <= 107 && taken.ends_with(b"\r\n"), "{taken:?}");
            assert_eq!(taken.windows(2).filter(|two| *two == b"\r\n").count(), 1, "{taken:?}");
            if let Some(source) = source {
                let text = std::str::from_utf8(taken).expect("ASCII");
                assert!(text.contains(&format!(" {} ", source.port())), "{text} {source}");
            }
        } else {
            let length = usize::from(u16::from_be_bytes([taken[14], taken[15]]));
            assert_eq!(taken.len(), 16 + length, "{taken:?}");
        }
        // And it reads the same when it is all there is.
        let again = runtime.block_on(read_header(&mut &taken[..])).expect("as before");
        assert_eq!(again, source);
    });
}

const COOKIES: [&str; 4] = [
    "crewmesh=abcdefghijklmnopqrstuvwxyz234567abcdefghijklmnopqrst; crewmesh-form=f",
    "__Host-crewmesh=abcdefghijklmnopqrstuvwxyz234567abcdefghijklmnopqrst",
    "a=b; crewmesh-language=es;crewmesh=\"x\"",
    "crewmesh=x; crewmesh=y; __Host-crewmesh-form==; crewmesh-elsewhere",
];

#[test]
fn a_cookie_is_one_of_ours_by_its_whole_name_and_a_value_of_ours_by_every_letter() {
    let all = [Cookie::Session, Cookie::Form, Cookie::Language, Cookie::Upstream];
    hold((texts(&COOKIES), any::<bool>()), |(text, https)| {
        let headers = headers("cookie", &[&text]);
        for cookie in all {
            let Some(found) = cookie.read(&headers, https) else { continue };
            assert!(!found.contains(';'), "{found:?}");
            let begins = if https { "__Host-crewmesh" } else { "crewmesh" };
            assert!(text.contains(begins), "{text:?}");
            if let Some(secret) = value(found) {
                let set = cookie.set(https, secret.expose(), Some(60));
                let set = set.to_str().expect("ASCII");
                assert_eq!(set.split(';').count(), if https { 6 } else { 5 }, "{set}");
                let pair = set.split(';').next().expect("a pair").to_owned();
                let back = cookie.read(&self::headers("cookie", &[&pair]), https);
                assert_eq!(back.as_deref(), Some(secret.expose()));
            }
        }
    });
}

#[test]
fn a_key_or_a_bearer_is_printable_and_as_it_was_sent() {
    let seeds = &[
        "Bearer cm_pat_hunter2",
        "bEaReR  x ",
        "Basic eDp5",
        "8e03978e-40d5-43dd-bc93-6894a57f9324",
    ];
    hold(texts(seeds), |text| {
        if let Some(token) = bearer(&headers("authorization", &[&text])) {
            assert!(text.ends_with(token.expose()) || text.trim_end().ends_with(token.expose()));
            assert!(!token.is_empty() && token.expose().trim() == token.expose());
        }
        let sent = headers("idempotency-key", &[&text]);
        match idempotency_key(&sent) {
            Ok(None) => assert!(sent.is_empty()),
            Ok(Some(key)) => {
                assert_eq!(key.expose(), text);
                assert!(
                    (1..=255).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_graphic())
                );
            }
            Err(_) => assert!(
                text.is_empty() || text.len() > 255 || !text.bytes().all(|b| b.is_ascii_graphic())
            ),
        }
    });
}

#[test]
fn a_code_that_is_typed_is_the_same_however_it_is_grouped() {
    let seeds = &[
        "WDJB-MJPV",
        "wdjbmjpv",
        " WDJB MJPV ",
        "abcd2-efgh3-ijkl4-mnop5",
        "ABCD2EFGH3IJKL4MNOP5",
    ];
    hold(texts(seeds), |text| {
        let plain = plain_user_code(&text);
        assert_eq!(plain_user_code(&format_user_code(&text)), plain);
        assert_eq!(is_user_code(&format_user_code(&text)), is_user_code(&text));
        if is_user_code(&text) {
            assert!(plain.len() == 8 && plain.bytes().all(|b| b.is_ascii_uppercase()), "{plain}");
            assert_eq!(format_user_code(&text).len(), 9);
        }
        let code = invite_code::normalize(&text);
        assert_eq!(invite_code::normalize(invite_code::grouped(&code).expose()), code);
        assert!(code.expose().bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit()));
    });
}

//! The network address behind a request: the peer's own, or what a proxy of ours
//! says of it.
//!
//! The surprising rule: the search goes from the right, over our own proxies, and
//! ends at the first entry that is no address. What stands left of that anybody
//! may have written.

use std::net::IpAddr;
use std::sync::atomic::{AtomicBool, Ordering};

use axum::extract::FromRequestParts;
use axum::http::HeaderMap;
use axum::http::request::Parts;

use super::quoted::split_unquoted;
use crate::server::config::{Config, ProxyHeader};
pub use crate::server::domain::client_ip::ClientIp;
use crate::server::domain::client_ip::{forwarded_address, is_proxy};

/// Whether it was said that a proxy of ours names no client that can be read:
/// it does so in each request, and once is enough.
static TOLD: AtomicBool = AtomicBool::new(false);

impl<S: Sync> FromRequestParts<S> for ClientIp {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        Ok(client_ip(parts))
    }
}

/// The address behind a request, which [the guard](super::request_guard) found out.
pub fn client_ip(parts: &Parts) -> ClientIp {
    parts.extensions.get().copied().unwrap_or_default()
}

/// The address behind a request with these `headers` from `peer`.
pub fn behind(peer: IpAddr, headers: &HeaderMap, config: &Config) -> ClientIp {
    let peer = peer.to_canonical();
    let is_ours = |ip: &IpAddr| is_proxy(*ip, &config.trusted_proxies);
    if !is_ours(&peer) {
        return ClientIp::of_client(peer);
    }
    let mut nearest = None;
    for entry in entries(headers, config.proxy_header).into_iter().rev() {
        let Some(address) = entry.as_deref().and_then(forwarded_address) else {
            return unreadable(peer, config.proxy_header);
        };
        nearest = Some(address);
        if !is_ours(&address) {
            break;
        }
    }
    match nearest {
        Some(address) => ClientIp::of_client(address),
        None => unreadable(peer, config.proxy_header),
    }
}

fn unreadable(proxy: IpAddr, header: ProxyHeader) -> ClientIp {
    if !TOLD.swap(true, Ordering::Relaxed) {
        let header = header.name();
        tracing::warn!(
            %proxy,
            header,
            "a trusted proxy does not say in this header, as an address, for whom it asks: \
             limits count the proxy itself, and nobody's address is known"
        );
    }
    ClientIp::of_proxy(proxy)
}

/// Who asked whom, as the proxies on the way wrote it, the nearest last; `None`
/// for one that names nobody.
fn entries(headers: &HeaderMap, header: ProxyHeader) -> Vec<Option<String>> {
    let mut found = Vec::new();
    for value in headers.get_all(header.name()) {
        // What is no text is one entry, and names nobody.
        let Ok(value) = value.to_str() else {
            found.push(None);
            continue;
        };
        match header {
            ProxyHeader::XForwardedFor => {
                found.extend(value.split(',').map(|entry| Some(entry.trim().to_owned())));
            }
            ProxyHeader::Forwarded => {
                found.extend(split_unquoted(value, ',').map(forwarded_for));
            }
        }
    }
    found
}

/// Whom `element` names with `for=` (RFC 7239 §4).
fn forwarded_for(element: &str) -> Option<String> {
    split_unquoted(element, ';').find_map(|pair| {
        let (name, value) = pair.split_once('=')?;
        let value = value.trim();
        let unquoted = value.strip_prefix('"').and_then(|value| value.strip_suffix('"'));
        name.trim().eq_ignore_ascii_case("for").then(|| match unquoted {
            Some(quoted) => quoted.replace('\\', ""),
            None => value.to_owned(),
        })
    })
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    fn seen(header: ProxyHeader, values: &[&str]) -> ClientIp {
        let mut config = Config::in_memory();
        config.proxy_header = header;
        config.trusted_proxies = ["10.0.0.1/32", "10.0.0.2/32", "fd00::/8"]
            .map(|network| network.parse().unwrap())
            .into();
        let mut headers = HeaderMap::new();
        for value in values {
            let value = HeaderValue::from_bytes(value.as_bytes()).unwrap();
            headers.append(header.name(), value);
        }
        behind("10.0.0.1".parse().unwrap(), &headers, &config)
    }

    fn known(address: &str) -> ClientIp {
        ClientIp::of_client(address.parse().unwrap())
    }

    fn hidden() -> ClientIp {
        ClientIp::of_proxy("10.0.0.1".parse().unwrap())
    }

    #[test]
    fn the_last_entry_that_is_none_of_our_proxies_asked() {
        for (values, client) in [
            (&["6.6.6.6, 9.9.9.9", "10.0.0.2"][..], known("9.9.9.9")),
            (&["6.6.6.6, 9.9.9.9:5566", "10.0.0.2:80"], known("9.9.9.9")),
            (&["9.9.9.9", "::ffff:10.0.0.2"], known("9.9.9.9")),
            (&["::ffff:9.9.9.9"], known("9.9.9.9")),
            (&["[2001:db8::1]:443"], known("2001:db8::1")),
            (&["9.9.9.9", "fd12::1"], known("9.9.9.9")),
            // Whoever asks is itself one of ours.
            (&["10.0.0.2"], known("10.0.0.2")),
            (&[], hidden()),
            (&["9.9.9.9, unknown"], hidden()),
            (&["9.9.9.9, "], hidden()),
            (&["9.9.9.9,,10.0.0.2"], hidden()),
            (&["9.9.9.9", "\u{fc}"], hidden()),
        ] {
            assert_eq!(seen(ProxyHeader::XForwardedFor, values), client, "{values:?}");
        }
    }

    #[test]
    fn a_forwarded_header_is_read_as_its_standard_has_it() {
        for (values, client) in [
            (&["for=192.0.2.60;proto=http;by=203.0.113.43"][..], known("192.0.2.60")),
            (&["For=\"[2001:db8:cafe::17]:4711\""], known("2001:db8:cafe::17")),
            (&["for=6.6.6.6, proto=https; for=192.0.2.43:80"], known("192.0.2.43")),
            (&["for=6.6.6.6", "for=192.0.2.43, for=\"[fd00::1]\""], known("192.0.2.43")),
            (&["for=9.9.9.9;host=\"a,for=6.6.6.6\""], known("9.9.9.9")),
            (&["for=\"9.9.\\9.9\""], known("9.9.9.9")),
            (&["for=9.9.9.9, for=_hidden"], hidden()),
            (&["for=9.9.9.9, for=unknown"], hidden()),
            (&["for=9.9.9.9, proto=https"], hidden()),
            (&[""], hidden()),
        ] {
            assert_eq!(seen(ProxyHeader::Forwarded, values), client, "{values:?}");
        }
    }

    #[test]
    fn nobody_but_our_proxies_is_believed() {
        let mut headers = HeaderMap::new();
        headers.append("x-forwarded-for", "6.6.6.6".parse().unwrap());
        headers.append("forwarded", "for=6.6.6.6".parse().unwrap());
        for header in [ProxyHeader::XForwardedFor, ProxyHeader::Forwarded] {
            let config = Config { proxy_header: header, ..Config::in_memory() };
            let seen = behind("::ffff:1.2.3.4".parse().unwrap(), &headers, &config);
            assert_eq!(seen, known("1.2.3.4"));
        }
        // A client writes the header that its proxy does not.
        let client = seen(ProxyHeader::XForwardedFor, &["9.9.9.9"]);
        assert_eq!(client, known("9.9.9.9"));
    }
}

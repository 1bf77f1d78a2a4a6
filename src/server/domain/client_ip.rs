//! The network address of whoever asks, as it is counted and as it is told.

use std::net::{IpAddr, Ipv6Addr};

use ipnet::IpNet;

/// The network address that a request came from. A proxy that does not say for
/// whom it asks is counted, and nobody is told that somebody came from there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ClientIp {
    ip: Option<IpAddr>,
    is_known: bool,
}

impl ClientIp {
    /// Nobody comes over a network.
    pub const NONE: Self = Self { ip: None, is_known: false };

    /// Whoever asks does so from `ip`.
    pub fn of_client(ip: IpAddr) -> Self {
        Self { ip: Some(ip.to_canonical()), is_known: true }
    }

    /// The proxy at `ip` asks for somebody, and nobody knows for whom.
    pub fn of_proxy(ip: IpAddr) -> Self {
        Self { ip: Some(ip.to_canonical()), is_known: false }
    }

    /// What limits count it as.
    pub fn counted(self) -> String {
        self.ip.map_or_else(|| "unknown".to_owned(), |ip| ip.to_string())
    }

    /// The address, where it is known.
    pub fn known(self) -> Option<IpAddr> {
        self.ip.filter(|_| self.is_known)
    }

    /// As people are told it and the database keeps it; `None` where it is not
    /// known.
    pub fn told(self) -> Option<String> {
        self.known().map(|ip| ip.to_string())
    }

    /// As much of it as somebody is told who is not known themselves: `203.0.113.x`,
    /// `2001:db8:1::/48`.
    pub fn network(self) -> Option<String> {
        self.known().map(|ip| match ip {
            IpAddr::V4(ip) => {
                let [a, b, c, _] = ip.octets();
                format!("{a}.{b}.{c}.x")
            }
            IpAddr::V6(ip) => format!("{}/48", Ipv6Addr::from_bits(ip.to_bits() >> 80 << 80)),
        })
    }

    /// Whether it is this computer's own.
    pub fn is_loopback(self) -> bool {
        self.known().is_some_and(|ip| ip.is_loopback())
    }
}

/// Whether `ip` is in one of the `trusted` networks.
pub fn is_proxy(ip: IpAddr, trusted: &[IpNet]) -> bool {
    let ip = ip.to_canonical();
    trusted.iter().any(|network| network.contains(&ip))
}

/// An address as proxies write it (RFC 7239 §6, and what `X-Forwarded-For` is
/// given): IPv4 or IPv6, in brackets or not, with a port, a zone, or neither.
/// `None` for what is none, such as `unknown` and names that hide one.
pub fn forwarded_address(text: &str) -> Option<IpAddr> {
    let bare = match text.strip_prefix('[') {
        Some(rest) => {
            let (host, port) = rest.split_once(']')?;
            let is_port = port.is_empty() || port.strip_prefix(':').is_some_and(is_port);
            let address: Ipv6Addr = without_zone(host).parse().ok()?;
            return is_port.then(|| IpAddr::from(address).to_canonical());
        }
        // Only IPv4 stands before a port without brackets.
        None => match text.split_once(':') {
            Some((host, port)) if !port.contains(':') && is_port(port) => host,
            _ => without_zone(text),
        },
    };
    bare.parse().ok().map(|ip: IpAddr| ip.to_canonical())
}

/// Digits, or a name that stands for them (RFC 7239 §6.2).
fn is_port(text: &str) -> bool {
    let is_digits = text.parse::<u16>().is_ok() && text.bytes().all(|b| b.is_ascii_digit());
    is_digits || (text.len() > 1 && text.starts_with('_'))
}

/// Which of a computer's networks a link-local address is on says nothing here.
fn without_zone(text: &str) -> &str {
    match text.split_once('%') {
        Some((address, zone)) if address.contains(':') && !zone.is_empty() => address,
        _ => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_address_in_every_spelling_is_that_address() {
        for (text, address) in [
            ("203.0.113.5", Some("203.0.113.5")),
            ("203.0.113.5:50812", Some("203.0.113.5")),
            ("203.0.113.5:_web", Some("203.0.113.5")),
            ("::ffff:203.0.113.5", Some("203.0.113.5")),
            ("[::ffff:203.0.113.5]:1", Some("203.0.113.5")),
            ("2001:db8::7", Some("2001:db8::7")),
            ("[2001:db8::7]", Some("2001:db8::7")),
            ("[2001:db8::7]:4711", Some("2001:db8::7")),
            ("fe80::1%eth0", Some("fe80::1")),
            ("[fe80::1%25eth0]:80", Some("fe80::1")),
            ("", None),
            ("unknown", None),
            ("_hidden", None),
            ("unknown:80", None),
            ("203.0.113.5:", None),
            ("203.0.113.5:x", None),
            ("203.0.113.5:+80", None),
            ("203.0.113.5:65536", None),
            ("203.0.113.5%eth0", None),
            ("203.0.113.005", None),
            ("203.0.113", None),
            ("[203.0.113.5]", None),
            ("[2001:db8::7", None),
            ("[2001:db8::7]4711", None),
            ("2001:db8::7]:80", None),
            ("fe80::1%", None),
            ("0x7f.1", None),
        ] {
            assert_eq!(forwarded_address(text), address.map(|a| a.parse().unwrap()), "{text}");
        }
    }

    #[test]
    fn a_proxy_is_counted_and_never_told() {
        let ip = "::ffff:10.0.0.1".parse().unwrap();
        assert_eq!(ClientIp::of_client(ip).told().as_deref(), Some("10.0.0.1"));
        assert_eq!(ClientIp::of_proxy(ip).counted(), "10.0.0.1");
        assert_eq!(ClientIp::of_proxy(ip).told(), None);
        assert_eq!(ClientIp::NONE.counted(), "unknown");
    }

    #[test]
    fn a_stranger_is_told_a_network() {
        for (ip, network) in [
            ("203.0.113.57", "203.0.113.x"),
            ("::ffff:203.0.113.57", "203.0.113.x"),
            ("2001:db8:1:2:3:4:5:6", "2001:db8:1::/48"),
        ] {
            let ip = ClientIp::of_client(ip.parse().unwrap());
            assert_eq!(ip.network().as_deref(), Some(network));
            assert!(crate::wire::is_network(network));
        }
        assert_eq!(ClientIp::of_proxy("10.0.0.1".parse().unwrap()).network(), None);
    }
}

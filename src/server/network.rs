//! The network address that others reach this computer by.

use std::net::{IpAddr, Ipv4Addr, UdpSocket};

use crate::error::{AppError, ErrorKind};
use crate::i18n::Message;

/// The address that others on the network reach this computer by. Nothing is
/// sent: connecting a datagram socket only asks for the route.
pub fn address() -> Option<IpAddr> {
    let anywhere = Ipv4Addr::new(192, 0, 2, 1);
    let routed = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0)).and_then(|socket| {
        socket.connect((anywhere, 9))?;
        socket.local_addr()
    });
    let routed = routed.ok().map(|address| address.ip()).filter(|ip| is_reachable(*ip));
    routed.or_else(local)
}

/// Without a route to anywhere (a network of its own): the first address of
/// this computer's that is not loopback.
#[cfg(target_os = "linux")]
fn local() -> Option<IpAddr> {
    first_local(&std::fs::read_to_string("/proc/net/fib_trie").ok()?)
}

#[cfg(not(target_os = "linux"))]
fn local() -> Option<IpAddr> {
    None
}

/// The first address in the kernel's table that is this host's own: a leaf
/// (`|-- 10.0.0.5`) with `/32 host LOCAL` below it.
#[cfg(any(target_os = "linux", test))]
fn first_local(table: &str) -> Option<IpAddr> {
    let mut leaf = None;
    for line in table.lines().map(str::trim) {
        if let Some(address) = line.strip_prefix("|-- ") {
            leaf = address.parse::<IpAddr>().ok();
        } else if line == "/32 host LOCAL"
            && let Some(ip) = leaf.filter(|ip| is_reachable(*ip))
        {
            return Some(ip);
        }
    }
    None
}

fn is_reachable(ip: IpAddr) -> bool {
    !ip.is_loopback() && !ip.is_unspecified()
}

/// There is no network to be seen on.
pub fn no_network() -> AppError {
    AppError::new(ErrorKind::Failed, "no_network", Message::new("server-no-network"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_address_that_is_ours_and_not_loopback() {
        let table = "Main:\n  +-- 0.0.0.0/0 3 0 5\n     |-- 10.9.0.0\n        /24 link UNICAST\n     |-- 10.9.0.2\n        /32 host LOCAL\n     +-- 127.0.0.0/8 2 0 2\n        |-- 127.0.0.1\n           /32 host LOCAL\n";
        assert_eq!(first_local(table), Some("10.9.0.2".parse().unwrap()));
        assert_eq!(first_local("|-- 127.0.0.1\n /32 host LOCAL\n"), None);
    }
}

//! Which network addresses anybody on the internet has: where a document may be
//! fetched that a stranger names. Pure.
//!
//! The surprising rule: what is not known to be public is not. Of IPv6 that leaves
//! the one block that is given out (RFC 4291 §2.4, 2000::/3) without what is
//! set apart in it; what leads back into IPv4 (NAT64, 6to4, Teredo) is none either,
//! because where it ends is somebody else's to say.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Blocks of IPv4 that are not anybody's (RFC 6890 and its registry), each with the
/// number of bits that count.
const NOT_PUBLIC_4: [(Ipv4Addr, u32); 16] = [
    // This network.
    (Ipv4Addr::UNSPECIFIED, 8),
    // Private (RFC 1918).
    (Ipv4Addr::new(10, 0, 0, 0), 8),
    (Ipv4Addr::new(172, 16, 0, 0), 12),
    (Ipv4Addr::new(192, 168, 0, 0), 16),
    // Shared behind a carrier's NAT (RFC 6598).
    (Ipv4Addr::new(100, 64, 0, 0), 10),
    (Ipv4Addr::new(127, 0, 0, 0), 8),
    // Link-local, where clouds keep what they tell their machines.
    (Ipv4Addr::new(169, 254, 0, 0), 16),
    // Protocols, AS112, AMT, relays of 6to4.
    (Ipv4Addr::new(192, 0, 0, 0), 24),
    (Ipv4Addr::new(192, 31, 196, 0), 24),
    (Ipv4Addr::new(192, 52, 193, 0), 24),
    (Ipv4Addr::new(192, 88, 99, 0), 24),
    // Documentation and benchmarks.
    (Ipv4Addr::new(192, 0, 2, 0), 24),
    (Ipv4Addr::new(198, 18, 0, 0), 15),
    (Ipv4Addr::new(198, 51, 100, 0), 24),
    (Ipv4Addr::new(203, 0, 113, 0), 24),
    // Multicast, reserved, broadcast.
    (Ipv4Addr::new(224, 0, 0, 0), 3),
];

/// The block of IPv6 that is given out.
const PUBLIC_6: (Ipv6Addr, u32) = (Ipv6Addr::new(0x2000, 0, 0, 0, 0, 0, 0, 0), 3);

/// What is set apart in it.
const NOT_PUBLIC_6: [(Ipv6Addr, u32); 5] = [
    // Protocols, Teredo among them (RFC 2928).
    (Ipv6Addr::new(0x2001, 0, 0, 0, 0, 0, 0, 0), 23),
    // Documentation (RFC 3849, RFC 9637).
    (Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 0), 32),
    (Ipv6Addr::new(0x3fff, 0, 0, 0, 0, 0, 0, 0), 20),
    // 6to4 (RFC 3056).
    (Ipv6Addr::new(0x2002, 0, 0, 0, 0, 0, 0, 0), 16),
    // AS112 (RFC 7535).
    (Ipv6Addr::new(0x2620, 0x4f, 0x8000, 0, 0, 0, 0, 0), 48),
];

/// Whether `ip` is an address that anybody on the internet has.
pub fn is_public(ip: IpAddr) -> bool {
    match ip.to_canonical() {
        IpAddr::V4(ip) => {
            let within = |(block, bits): &(Ipv4Addr, u32)| {
                (ip.to_bits() ^ block.to_bits()) >> (32 - bits) == 0
            };
            !NOT_PUBLIC_4.iter().any(within)
        }
        IpAddr::V6(ip) => {
            let within = |(block, bits): &(Ipv6Addr, u32)| {
                (ip.to_bits() ^ block.to_bits()) >> (128 - bits) == 0
            };
            within(&PUBLIC_6) && !NOT_PUBLIC_6.iter().any(within)
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_a_stranger_names_is_nobodys_inside() {
        for inside in [
            "0.0.0.0",
            "0.1.2.3",
            "10.0.0.1",
            "100.64.0.1",
            "100.127.255.255",
            "127.0.0.1",
            "127.255.0.1",
            "169.254.169.254",
            "172.16.0.1",
            "172.31.255.255",
            "192.0.0.8",
            "192.0.2.1",
            "192.88.99.1",
            "192.168.1.1",
            "198.18.0.1",
            "198.19.255.255",
            "198.51.100.7",
            "203.0.113.9",
            "224.0.0.1",
            "239.255.255.255",
            "240.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "::ffff:127.0.0.1",
            "::ffff:10.0.0.1",
            "::ffff:169.254.169.254",
            "::127.0.0.1",
            "64:ff9b::7f00:1",
            "64:ff9b::808:808",
            "64:ff9b:1::a00:1",
            "100::1",
            "2001::1",
            "2001:0:7f00:1::",
            "2001:db8::1",
            "2002:7f00:1::1",
            "2002:a00:1::",
            "3fff::1",
            "fc00::1",
            "fd12::1",
            "fe80::1",
            "fec0::1",
            "ff02::1",
            "4000::1",
        ] {
            assert!(!is_public(inside.parse().unwrap()), "{inside}");
        }
        for outside in [
            "1.1.1.1",
            "9.255.255.255",
            "11.0.0.0",
            "100.63.255.255",
            "100.128.0.0",
            "126.255.255.255",
            "128.0.0.1",
            "172.15.255.255",
            "172.32.0.0",
            "192.0.1.1",
            "198.17.255.255",
            "198.20.0.0",
            "223.255.255.255",
            "::ffff:8.8.8.8",
            "2001:4860:4860::8888",
            "2606:4700::1111",
            "2a00:1450:4001::1",
        ] {
            assert!(is_public(outside.parse().unwrap()), "{outside}");
        }
    }

    proptest! {
        /// By what the standard library knows of addresses, another list than ours.
        #[test]
        fn no_address_of_ipv4_that_is_public_is_special(bits in any::<u32>()) {
            let ip = Ipv4Addr::from_bits(bits);
            let special = ip.is_unspecified() || ip.is_loopback() || ip.is_private()
                || ip.is_link_local() || ip.is_broadcast() || ip.is_multicast()
                || ip.is_documentation() || ip.octets()[0] == 0;
            prop_assert!(!(special && is_public(ip.into())), "{ip}");
            // Written as IPv6 it is the same or none, and what leads to it is none.
            prop_assert_eq!(is_public(ip.to_ipv6_mapped().into()), is_public(ip.into()));
            prop_assert!(!is_public(ip.to_ipv6_compatible().into()));
            let low = u128::from(bits);
            for way in [0x0064_ff9b_u128 << 96 | low, 0x2002_u128 << 112 | low << 80,
                0x2001_0000_u128 << 96 | low]
            {
                prop_assert!(!is_public(Ipv6Addr::from_bits(way).into()), "{ip}");
            }
        }

        #[test]
        fn no_address_of_ipv6_that_is_public_is_special(bits in any::<u128>(), first in any::<u16>()) {
            for bits in [bits, bits >> 16 | u128::from(first) << 112, bits >> 64, bits >> 96] {
                let ip = Ipv6Addr::from_bits(bits);
                let segment = ip.segments()[0];
                let special = ip.is_unspecified() || ip.is_loopback() || ip.is_multicast()
                    || segment & 0xfe00 == 0xfc00 || segment & 0xffc0 == 0xfe80
                    || segment & 0xe000 != 0x2000;
                let is_mapped = ip.to_ipv4_mapped().is_some();
                prop_assert!(is_mapped || !(special && is_public(ip.into())), "{ip}");
            }
        }
    }
}

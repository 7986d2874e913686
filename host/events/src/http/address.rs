//! Which addresses are out in the world, by IANA's registries of special-purpose addresses.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// What is not out in the world though it may look like it: the first address of each range, and how many
/// bits of it count.
const V4: [(Ipv4Addr, u32); 16] = [
    (Ipv4Addr::UNSPECIFIED, 8),
    (Ipv4Addr::new(10, 0, 0, 0), 8),
    // Shared by a carrier's customers (CGNAT). Alibaba's metadata service is in it.
    (Ipv4Addr::new(100, 64, 0, 0), 10),
    (Ipv4Addr::new(127, 0, 0, 0), 8),
    // Azure's wire server: an address of the public range that only machines in Azure can reach, each
    // its own.
    (Ipv4Addr::new(168, 63, 129, 16), 32),
    // Link-local, and the metadata service of most clouds (169.254.169.254).
    (Ipv4Addr::new(169, 254, 0, 0), 16),
    (Ipv4Addr::new(172, 16, 0, 0), 12),
    // Protocol assignments, Oracle's metadata service among them.
    (Ipv4Addr::new(192, 0, 0, 0), 24),
    (Ipv4Addr::new(192, 0, 2, 0), 24),
    // Relays of 6to4, which is no more (RFC 7526).
    (Ipv4Addr::new(192, 88, 99, 0), 24),
    (Ipv4Addr::new(192, 168, 0, 0), 16),
    (Ipv4Addr::new(198, 18, 0, 0), 15),
    (Ipv4Addr::new(198, 51, 100, 0), 24),
    (Ipv4Addr::new(203, 0, 113, 0), 24),
    // Multicast.
    (Ipv4Addr::new(224, 0, 0, 0), 4),
    // Reserved, and broadcast.
    (Ipv4Addr::new(240, 0, 0, 0), 4),
];

/// Of IPv6, one range is out in the world.
const GLOBAL: (Ipv6Addr, u32) = (Ipv6Addr::new(0x2000, 0, 0, 0, 0, 0, 0, 0), 3);

/// And these parts of it are not.
const V6: [(Ipv6Addr, u32); 4] = [
    // Protocol assignments: Teredo, which holds an IPv4 address, ORCHID, benchmarks.
    (Ipv6Addr::new(0x2001, 0, 0, 0, 0, 0, 0, 0), 23),
    (Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 0), 32),
    // 6to4 holds an IPv4 address, and is no more.
    (Ipv6Addr::new(0x2002, 0, 0, 0, 0, 0, 0, 0), 16),
    (Ipv6Addr::new(0x3fff, 0, 0, 0, 0, 0, 0, 0), 20),
];

/// The well-known prefix of NAT64 (RFC 6052): in a network without IPv4, the way to all who have no IPv6.
/// A prefix of the network's own cannot be told from other addresses: who has one, blocks by it.
const NAT64: (Ipv6Addr, u32) = (Ipv6Addr::new(0x64, 0xff9b, 0, 0, 0, 0, 0, 0), 96);

/// Whether an address is out in the world: not of this machine, not of this network, nobody's metadata
/// service, no group, no example.
#[must_use]
pub fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => is_public_v6(address),
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    let bits = address.to_bits();
    !V4.iter()
        .any(|(first, length)| (bits ^ first.to_bits()) >> (32 - length) == 0)
}

fn is_public_v6(address: Ipv6Addr) -> bool {
    // The socket would connect by IPv4.
    if let Some(mapped) = address.to_ipv4_mapped() {
        return is_public_v4(mapped);
    }
    if is_in(address, NAT64) {
        let [.., a, b, c, d] = address.octets();
        return is_public_v4(Ipv4Addr::new(a, b, c, d));
    }
    is_in(address, GLOBAL) && !V6.iter().any(|range| is_in(address, *range))
}

fn is_in(address: Ipv6Addr, (first, length): (Ipv6Addr, u32)) -> bool {
    (address.to_bits() ^ first.to_bits()) >> (128 - length) == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    const INSIDE: &[(&str, &[&str])] = &[
        ("this network", &["0.0.0.0", "0.1.2.3", "0.255.255.255"]),
        ("loopback", &["127.0.0.1", "127.255.255.255", "::1"]),
        ("unspecified", &["::"]),
        (
            "private",
            &[
                "10.0.0.1",
                "10.255.255.255",
                "172.16.0.1",
                "172.31.255.255",
                "192.168.0.1",
                "192.168.255.255",
            ],
        ),
        ("unique local", &["fc00::1", "fd12:3456::1", "fdff:ffff::1"]),
        ("link-local", &["169.254.0.1", "fe80::1", "febf::1"]),
        ("site-local", &["fec0::1"]),
        ("CGNAT", &["100.64.0.1", "100.127.255.255"]),
        (
            "metadata",
            &[
                "169.254.169.254",
                "100.100.100.200",
                "192.0.0.192",
                "168.63.129.16",
                "fd00:ec2::254",
                "fd20:ce::254",
            ],
        ),
        (
            "multicast",
            &["224.0.0.1", "239.255.255.255", "ff02::1", "ff0e::1"],
        ),
        ("reserved", &["240.0.0.1", "255.255.255.255", "192.0.0.8"]),
        (
            "documentation",
            &[
                "192.0.2.1",
                "198.51.100.1",
                "203.0.113.1",
                "2001:db8::1",
                "3fff::1",
            ],
        ),
        ("benchmarks", &["198.18.0.1", "198.19.255.255", "2001:2::1"]),
        (
            "IPv4-mapped",
            &[
                "::ffff:127.0.0.1",
                "::ffff:10.0.0.1",
                "::ffff:169.254.169.254",
            ],
        ),
        ("IPv4-compatible", &["::127.0.0.1", "::8.8.8.8"]),
        (
            "NAT64",
            &[
                "64:ff9b::127.0.0.1",
                "64:ff9b::a9fe:a9fe",
                "64:ff9b:1::8.8.8.8",
            ],
        ),
        (
            "6to4",
            &["2002:7f00:1::1", "2002:808:808::1", "192.88.99.1"],
        ),
        ("Teredo", &["2001::1", "2001:0:4136:e378::1"]),
        ("discard", &["100::1"]),
        ("segment routing", &["5f00::1"]),
    ];

    const OUTSIDE: &[&str] = &[
        "1.1.1.1",
        "8.8.8.8",
        "9.255.255.255",
        "11.0.0.0",
        "100.63.255.255",
        "100.128.0.0",
        "126.255.255.255",
        "128.0.0.0",
        "168.63.129.15",
        "168.63.129.17",
        "169.253.255.255",
        "169.255.0.0",
        "172.15.255.255",
        "172.32.0.0",
        "192.167.255.255",
        "192.169.0.0",
        "198.17.255.255",
        "198.20.0.0",
        "223.255.255.255",
        "2001:200::1",
        "2001:4860:4860::8888",
        "2001:db7:ffff::1",
        "2001:db9::1",
        "2606:4700:4700::1111",
        "2a00:1450::1",
        "3ffe::1",
        "::ffff:8.8.8.8",
        "64:ff9b::8.8.8.8",
    ];

    fn address(text: &str) -> IpAddr {
        text.parse().expect("an address")
    }

    #[test]
    fn what_is_inside_is_not_public() {
        for (what, addresses) in INSIDE {
            for text in *addresses {
                assert!(!is_public(address(text)), "{what}: {text}");
            }
        }
    }

    #[test]
    fn what_is_out_in_the_world_is_public() {
        for text in OUTSIDE {
            assert!(is_public(address(text)), "{text}");
        }
    }
}

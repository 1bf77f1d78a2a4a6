//! The PROXY protocol, versions 1 and 2: a proxy that passes bytes on says first
//! for whom it does.
//!
//! The surprising rule: not a byte beyond the header is read, for whatever comes
//! next (a TLS handshake, a request) is somebody else's.

use std::io;
use std::net::SocketAddr;

use ppp::{HeaderResult, v1, v2};
use tokio::io::{AsyncRead, AsyncReadExt as _};

/// Bytes of the longest header of version 1, with its line end.
const LONGEST_V1: usize = 107;

/// Bytes that every header of version 2 has.
const FIXED_V2: usize = 16;

/// Bytes of what may follow those: addresses and more than
/// the proxies that there are say besides.
const LONGEST_V2: usize = 4 * 1_024;

/// For whom the proxy at the other end of `stream` asks; `None` where it does so
/// for itself, or does not say.
///
/// # Errors
/// When `stream` fails, or begins with no such header.
pub async fn read_header(stream: &mut (impl AsyncRead + Unpin)) -> io::Result<Option<SocketAddr>> {
    let mut header = vec![0; v2::PROTOCOL_PREFIX.len()];
    stream.read_exact(&mut header).await?;
    if header == v2::PROTOCOL_PREFIX {
        header.resize(FIXED_V2, 0);
        stream.read_exact(&mut header[v2::PROTOCOL_PREFIX.len()..]).await?;
        let length = usize::from(u16::from_be_bytes([header[14], header[15]]));
        if length > LONGEST_V2 {
            return Err(no_header());
        }
        header.resize(FIXED_V2 + length, 0);
        stream.read_exact(&mut header[FIXED_V2..]).await?;
    } else {
        if !header.starts_with(v1::PROTOCOL_PREFIX.as_bytes()) {
            return Err(no_header());
        }
        while !header.ends_with(v1::PROTOCOL_SUFFIX.as_bytes()) {
            if header.len() == LONGEST_V1 {
                return Err(no_header());
            }
            header.push(stream.read_u8().await?);
        }
    }
    source(&header)
}

fn source(header: &[u8]) -> io::Result<Option<SocketAddr>> {
    let at = |ip: std::net::IpAddr, port| Ok(Some(SocketAddr::new(ip, port)));
    match HeaderResult::parse(header) {
        HeaderResult::V1(Ok(read)) => match read.addresses {
            v1::Addresses::Unknown => Ok(None),
            // Rust reads a sign before a port too.
            _ if header.contains(&b'+') => Err(no_header()),
            v1::Addresses::Tcp4(of) => at(of.source_address.into(), of.source_port),
            v1::Addresses::Tcp6(of) => at(of.source_address.into(), of.source_port),
        },
        HeaderResult::V2(Ok(read)) => match (read.command, read.addresses) {
            (v2::Command::Proxy, v2::Addresses::IPv4(of)) => {
                at(of.source_address.into(), of.source_port)
            }
            (v2::Command::Proxy, v2::Addresses::IPv6(of)) => {
                at(of.source_address.into(), of.source_port)
            }
            // Its own question whether we are there, or no network at all.
            _ => Ok(None),
        },
        HeaderResult::V1(Err(_)) | HeaderResult::V2(Err(_)) => Err(no_header()),
    }
}

fn no_header() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, "no header of the PROXY protocol")
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIGNATURE: &[u8] = b"\r\n\r\n\0\r\nQUIT\n";

    fn v2(rest: &[u8]) -> Vec<u8> {
        [SIGNATURE, rest].concat()
    }

    /// What is made of `header`, of which exactly as much is read as it has.
    async fn read(header: &[u8]) -> Result<Option<String>, io::ErrorKind> {
        let sent = [header, b"GET / HTTP/1.1\r\n"].concat();
        let mut stream = &sent[..];
        let source = read_header(&mut stream).await.map_err(|fault| fault.kind())?;
        assert_eq!(stream, b"GET / HTTP/1.1\r\n", "{header:?}");
        Ok(source.map(|source| source.to_string()))
    }

    #[tokio::test]
    async fn what_a_proxy_says_is_read_and_no_byte_more() {
        let ipv4 = [203, 0, 113, 5, 10, 0, 0, 1, 0x11, 0xd7, 0, 80];
        let mut ipv6 = [0; 36];
        ipv6[..4].copy_from_slice(&[0x20, 1, 0xd, 0xb8]);
        ipv6[15] = 7;
        ipv6[33] = 9;
        for (header, source) in [
            (b"PROXY TCP4 203.0.113.5 10.0.0.1 4567 80\r\n".to_vec(), Some("203.0.113.5:4567")),
            (b"PROXY TCP6 2001:db8::7 ::1 9 80\r\n".to_vec(), Some("[2001:db8::7]:9")),
            (b"PROXY UNKNOWN\r\n".to_vec(), None),
            (b"PROXY UNKNOWN ffff::1 ffff::2 1 2\r\n".to_vec(), None),
            (v2(&[&[0x21, 0x11, 0, 12], &ipv4[..]].concat()), Some("203.0.113.5:4567")),
            // A detail behind the addresses, here one that says nothing.
            (
                v2(&[&[0x21, 0x11, 0, 16], &ipv4[..], &[4, 0, 1, 42]].concat()),
                Some("203.0.113.5:4567"),
            ),
            (v2(&[&[0x21, 0x21, 0, 36], &ipv6[..]].concat()), Some("[2001:db8::7]:9")),
            (v2(&[0x20, 0, 0, 0]), None),
            (v2(&[&[0x20, 0x11, 0, 12], &ipv4[..]].concat()), None),
            (v2(&[0x21, 0, 0, 0]), None),
        ] {
            assert_eq!(read(&header).await, Ok(source.map(Into::into)), "{header:?}");
        }
    }

    #[tokio::test]
    async fn what_is_no_header_is_refused() {
        let long = format!("PROXY UNKNOWN {}\r\n", "x".repeat(100));
        for header in [
            &b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"[..],
            b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\x00\x00",
            b"PROXY TCP4 203.0.113.5 10.0.0.1 4567\r\n",
            b"PROXY TCP4 2001:db8::7 10.0.0.1 4567 80\r\n",
            b"PROXY TCP4 203.0.113.5 10.0.0.1 4567 65536\r\n",
            b"PROXY TCP4 203.0.113.5 10.0.0.1 +4567 80\r\n",
            b"proxy TCP4 203.0.113.5 10.0.0.1 4567 80\r\n",
            long.as_bytes(),
            &v2(&[0x31, 0x11, 0, 0]),
            &v2(&[0x21, 0x11, 0, 4, 1, 2, 3, 4]),
            &v2(&[0x21, 0x11, 0xff, 0xff]),
        ] {
            let sent = [header, &[b'x'; 64]].concat();
            let refused = read_header(&mut &sent[..]).await.map_err(|fault| fault.kind());
            assert_eq!(refused, Err(io::ErrorKind::InvalidData), "{header:?}");
        }
        for half in [&b""[..], b"PROXY TCP4 203.0.113.5", &v2(&[0x21, 0x11, 0, 12, 1, 2])] {
            let cut = read_header(&mut &half[..]).await.map_err(|fault| fault.kind());
            assert_eq!(cut, Err(io::ErrorKind::UnexpectedEof), "{half:?}");
        }
    }
}

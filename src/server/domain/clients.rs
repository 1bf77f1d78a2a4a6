//! Which programs there are, told by their ids, and where a browser may be sent to
//! bring them something. Pure.
//!
//! The surprising rule: on loopback an address is its own at any port (RFC 8252
//! §7.3), and under the name `localhost` too, which half of the programs use.

use url::{Host, Url};

use crate::i18n::{on_one_line, printable};
use crate::wire::{LONGEST_NAME, PUBLIC_CLIENT_ID, display_name};

/// What the id of a program begins with that registered itself.
pub const REGISTERED_PREFIX: &str = "dyn_";

/// Bytes of the longest address that is registered.
const LONGEST_REGISTERED: usize = 500;

/// Bytes of the longest address to go back to.
const LONGEST: usize = 2_000;

/// What sort of program it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClientKind {
    /// Ours, and any tool's.
    BuiltIn,
    /// An administrator registered it, and it has a secret.
    Service,
    /// It registered itself (RFC 7591).
    Dynamic,
    /// A document at its id, which is an address, says what it is.
    Document,
}

impl ClientKind {
    /// That of the program with this id, whether there is one or not.
    pub fn of(id: &str) -> Self {
        if id == PUBLIC_CLIENT_ID {
            Self::BuiltIn
        } else if id.starts_with(REGISTERED_PREFIX) {
            Self::Dynamic
        } else if id.starts_with("https://") {
            Self::Document
        } else {
            Self::Service
        }
    }
}

/// The host that vouches for a program whose id is an address there.
pub fn vouched_by(id: &str) -> Option<String> {
    let url = Url::parse(id).ok().filter(|_| ClientKind::of(id) == ClientKind::Document)?;
    url.host_str().map(str::to_owned)
}

/// What a program calls itself, as it is kept and shown: printable, on one line, no
/// longer than a name, and empty where nothing of it would be seen.
pub fn shown_name(given: &str) -> String {
    let name = on_one_line(given);
    let name: String = printable(&name).trim().chars().take(LONGEST_NAME).collect();
    display_name(&name).unwrap_or_default()
}

/// Whether a browser may be sent to `uri` with a code for a program that nobody here
/// knows: a program on the browser's own computer, or a site that can be named.
pub fn may_be_registered(uri: &str) -> bool {
    if uri.len() > LONGEST_REGISTERED || !is_one_word(uri) {
        return false;
    }
    let is_site = |url: Url| url.scheme() == "https" && url.has_host() && is_bare(&url);
    on_loopback(uri).is_some() || Url::parse(uri).is_ok_and(is_site)
}

/// Whether `uri` is the address `own` of a program, or the same on loopback at
/// another port.
pub fn is_own(own: &str, uri: &str) -> bool {
    uri.len() <= LONGEST
        && is_one_word(uri)
        && (own == uri || on_loopback(own).is_some_and(|own| on_loopback(uri) == Some(own)))
}

/// Whether `uri` is on the browser's own computer.
pub fn is_on_loopback(uri: &str) -> bool {
    uri.len() <= LONGEST && is_one_word(uri) && on_loopback(uri).is_some()
}

/// `uri` without its port, where it is http to a loopback address. What `localhost`
/// means is somebody's to change on that computer (§8.3), who could do worse there.
fn on_loopback(uri: &str) -> Option<Url> {
    let mut url = Url::parse(uri).ok()?;
    let is_loopback = match url.host() {
        Some(Host::Ipv4(ip)) => ip == std::net::Ipv4Addr::LOCALHOST,
        Some(Host::Ipv6(ip)) => ip.is_loopback(),
        Some(Host::Domain(name)) => name == "localhost",
        None => false,
    };
    let is_there = is_loopback && url.scheme() == "http" && is_bare(&url);
    (is_there && url.set_port(None).is_ok()).then_some(url)
}

fn is_bare(url: &Url) -> bool {
    url.username().is_empty() && url.password().is_none() && url.fragment().is_none()
}

fn is_one_word(uri: &str) -> bool {
    uri.bytes().all(|byte| byte.is_ascii_graphic())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_is_told_by_its_id() {
        for (id, kind) in [
            ("crewmesh", ClientKind::BuiltIn),
            ("dyn_0a1b", ClientKind::Dynamic),
            ("https://claude.ai/oauth/claude-code-client-metadata", ClientKind::Document),
            ("06e3k7v4m8q2rwd5ah1bcn9x2t", ClientKind::Service),
            ("", ClientKind::Service),
            ("http://127.0.0.1/x", ClientKind::Service),
        ] {
            assert_eq!(ClientKind::of(id), kind, "{id}");
        }
    }

    #[test]
    fn a_name_is_what_can_be_seen_of_it() {
        assert_eq!(shown_name(" Claude\n\u{1b}[31mCode "), "Claude Code");
        assert_eq!(shown_name(&"é".repeat(200)).chars().count(), LONGEST_NAME);
        for none in ["", " ", "\u{200b}", "\u{2800}"] {
            assert_eq!(shown_name(none), "");
        }
    }

    #[test]
    fn a_stranger_is_answered_on_this_computer_or_at_a_site() {
        for good in [
            "http://127.0.0.1/",
            "http://localhost:3118/callback",
            "http://localhost/oauth/callback",
            "http://[::1]:1/mcp/oauth/callback",
            "https://claude.ai/api/mcp/auth_callback?x=1",
        ] {
            assert!(may_be_registered(good), "{good}");
        }
        for bad in [
            "",
            "callback",
            "http://192.168.0.7/cb",
            "http://localhost.evil.example/cb",
            "http://a.localhost/cb",
            "http://127.0.0.1@evil.example/",
            "http://127.0.0.2/",
            "https://ci.example.org/#x",
            "https://a:b@ci.example.org/",
            "cursor://anysphere.cursor-mcp/oauth/callback",
            "org.example.app:/back",
            "javascript:alert(1)",
            "data:text/html,x",
            "https://ci.example.org/a b",
            &format!("https://ci.example.org/{}", "x".repeat(500)),
        ] {
            assert!(!may_be_registered(bad), "{bad}");
        }
    }

    #[test]
    fn an_own_address_is_the_same_and_on_loopback_at_any_port() {
        for (own, uri) in [
            ("https://ci.example.org/back?x=1", "https://ci.example.org/back?x=1"),
            ("http://127.0.0.1:8000/cb", "http://127.0.0.1:53117/cb"),
            ("http://localhost/cb", "http://localhost:53117/cb"),
            ("org.ex.app:/b", "org.ex.app:/b"),
        ] {
            assert!(is_own(own, uri), "{own} {uri}");
        }
        for (own, uri) in [
            ("https://ci.example.org/back", "https://ci.example.org:8443/back"),
            ("http://127.0.0.1/cb", "http://127.0.0.1/cb/other"),
            ("http://127.0.0.1/cb", "http://localhost/cb"),
            ("http://localhost/cb", "https://localhost/cb"),
            ("http://localhost/cb", "http://localhost.evil.example/cb"),
            ("http://localhost/cb", "http://a@localhost/cb"),
        ] {
            assert!(!is_own(own, uri), "{own} {uri}");
        }
    }

    #[test]
    fn nobody_is_sent_to_a_script_or_with_a_password() {
        let seeds = &[
            "https://ci.example.org/back?x=1",
            "http://127.0.0.1/cb",
            "http://localhost:8080/",
            "javascript:alert(1)",
        ];
        crate::cases::hold(crate::cases::texts(seeds), |uri| {
            if !may_be_registered(&uri) {
                return;
            }
            let url = Url::parse(&uri).unwrap();
            assert!(url.fragment().is_none() && !uri.contains('#'), "{uri:?}");
            assert!(url.username().is_empty() && url.password().is_none(), "{uri:?}");
            let here = url.scheme() == "http" && crate::http::is_loopback(&url);
            assert!(here || url.scheme() == "https", "{uri:?}");
            assert!(is_own(&uri, &uri), "{uri:?}");
        });
    }
}

//! Proxies as the environment names them: `HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY`,
//! and `NO_PROXY` for what is reached without one. Loopback never goes through one:
//! a proxy would reach its own loopback, not ours.
//!
//! NO_PROXY has no standard. What curl, wget and Go read is understood: hosts and
//! all below them, with a dot or `*.` in front or not, addresses and networks, `*`
//! for everything, and each with a port for that port alone.

use std::net::IpAddr;
use std::sync::Arc;

use ipnet::IpNet;
use reqwest::Proxy;
use url::{Host, Url};

use super::loopback::is_loopback;
use crate::environment::Environment;
use crate::error::{AppError, ErrorKind};
use crate::i18n::Message;

/// A pair of variables that mean the same, and the scheme of what they are for.
type Kind = ([&'static str; 2], Option<&'static str>);

const KINDS: [Kind; 3] = [
    (["HTTPS_PROXY", "https_proxy"], Some("https")),
    (["HTTP_PROXY", "http_proxy"], Some("http")),
    (["ALL_PROXY", "all_proxy"], None),
];

/// Those that are set, in the order in which they are asked.
///
/// # Errors
/// Exit code 3, `proxy_malformed`, when one of them is no address.
pub(super) fn of(env: &Environment) -> Result<Vec<Proxy>, AppError> {
    let named = ["NO_PROXY", "no_proxy"].into_iter().find_map(|name| env.variables.get(name));
    let spared: Arc<[Spared]> = named.unwrap_or_default().split(',').filter_map(spared).collect();
    let mut proxies = Vec::new();
    for (names, scheme) in KINDS {
        let set = names.iter().find_map(|name| Some((*name, env.variables.get(name)?)));
        let Some((name, address)) = set else { continue };
        Proxy::all(address).map_err(|_| {
            AppError::new(
                ErrorKind::BadArguments,
                "proxy_malformed",
                Message::new("reach-proxy-malformed").with("variable", name),
            )
            .hint(Message::new("reach-proxy-malformed-hint").with("variable", name))
        })?;
        let (address, spared) = (address.to_owned(), Arc::clone(&spared));
        proxies.push(Proxy::custom(move |url| {
            let is_meant = scheme.is_none_or(|scheme| scheme == url.scheme())
                && !is_loopback(url)
                && !spared.iter().any(|one| one.is(url));
            is_meant.then(|| address.clone())
        }));
    }
    Ok(proxies)
}

/// An entry of NO_PROXY.
#[derive(Debug, PartialEq, Eq)]
struct Spared {
    who: Who,
    /// Any where none is named.
    port: Option<u16>,
}

#[derive(Debug, PartialEq, Eq)]
enum Who {
    Everybody,
    Network(IpNet),
    /// A host and all below it, in lower case.
    Domain(String),
}

impl Spared {
    fn is(&self, url: &Url) -> bool {
        self.port.is_none_or(|port| url.port_or_known_default() == Some(port))
            && match (&self.who, url.host()) {
                (Who::Everybody, _) => true,
                (Who::Network(network), Some(Host::Ipv4(ip))) => {
                    network.contains(&IpAddr::from(ip))
                }
                (Who::Network(network), Some(Host::Ipv6(ip))) => {
                    network.contains(&IpAddr::from(ip))
                }
                (Who::Domain(domain), Some(Host::Domain(host))) => {
                    let rest = host.trim_end_matches('.').strip_suffix(domain.as_str());
                    rest.is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
                }
                _ => false,
            }
    }
}

/// Reads one entry; nothing where there is none.
fn spared(entry: &str) -> Option<Spared> {
    let entry = entry.trim();
    let (host, port) = match entry.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((host, rest)) => (host, rest.strip_prefix(':').and_then(|port| port.parse().ok())),
        None => match entry.split_once(':') {
            // An IPv6 address without brackets has more of them, and no port.
            Some((host, port)) if !port.contains(':') => (host, port.parse().ok()),
            _ => (entry, None),
        },
    };
    let network = || host.parse::<IpNet>().or_else(|_| host.parse::<IpAddr>().map(IpNet::from));
    let who = match host {
        "*" => Who::Everybody,
        _ => network().map_or_else(
            |_| {
                let domain = host.strip_prefix('*').unwrap_or(host).trim_matches('.');
                Who::Domain(domain.to_ascii_lowercase())
            },
            Who::Network,
        ),
    };
    (who != Who::Domain(String::new())).then_some(Spared { who, port })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_of_no_proxy_spares_what_it_names_and_nothing_else() {
        for (entry, direct, by_proxy) in [
            (
                "corp.example",
                &["https://corp.example", "http://a.b.corp.example:8080", "http://CORP.example."][..],
                &["https://notcorp.example", "https://corp.example.org"][..],
            ),
            (".corp.example", &["https://a.corp.example", "https://corp.example"], &["https://x"]),
            ("*.Corp.Example", &["https://a.corp.example"], &["https://acorp.example"]),
            (
                " mesh.corp.example:443 ",
                &["https://mesh.corp.example", "http://mesh.corp.example:443"],
                &["http://mesh.corp.example", "https://mesh.corp.example:8443"],
            ),
            (
                "*.corp.example:8443",
                &["https://a.corp.example:8443"],
                &["https://a.corp.example", "https://a.corp.example:443"],
            ),
            ("[fd00::1]:443", &["https://[fd00::1]"], &["http://[fd00::1]", "https://[fd00::2]"]),
            ("[fd00::1]", &["https://[fd00::1]", "http://[fd00::1]:8080"], &["https://[fd00::2]"]),
            ("fd00::1", &["https://[fd00::1]:8443"], &["https://[fd00::2]"]),
            ("fd00::/8", &["https://[fdff::9]"], &["https://[fe80::1]"]),
            ("10.0.0.0/8", &["http://10.1.2.3:80"], &["http://11.0.0.1", "http://10.example"]),
            ("10.0.0.7:80", &["http://10.0.0.7"], &["https://10.0.0.7", "http://10.0.0.8"]),
            ("*", &["https://x", "http://10.0.0.1:1"], &[]),
            ("*:8080", &["http://x:8080"], &["http://x"]),
        ] {
            let one = spared(entry).expect("an entry");
            let spares = |url: &&str| one.is(&Url::parse(url).expect("an address"));
            assert!(direct.iter().all(spares), "{entry}: {direct:?}");
            assert!(!by_proxy.iter().any(spares), "{entry}: {by_proxy:?}");
        }
        for none in ["", " ", ".", "*.", ":80"] {
            assert_eq!(spared(none), None, "{none:?}");
        }
    }
}

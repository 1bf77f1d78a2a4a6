//! Which hosts and which pages are ours.

use super::*;

fn url(text: &str) -> Url {
    Url::parse(text).unwrap()
}

#[test]
fn a_host_is_ours_with_its_port() {
    let base = url("https://mesh.example.org");
    for (host, ours) in [
        ("mesh.example.org", true),
        ("MESH.example.org:443", true),
        ("mesh.example.org:8443", false),
        ("evil.example.org", false),
        ("mesh.example.org.evil", false),
        ("a@mesh.example.org", false),
        ("@mesh.example.org", false),
        (":@mesh.example.org", false),
        ("mesh.exa\tmple.org", false),
        ("mesh%2Eexample.org", false),
        ("mesh.example.org/", false),
        ("mesh.example.org\\x", false),
        ("", false),
    ] {
        assert_eq!(is_ours(&base, host), ours, "{host}");
    }
}

#[test]
fn a_client_of_ours_is_told_that_it_is_too_old() {
    let speaks = |said: &str| {
        let mut headers = HeaderMap::new();
        headers.insert(USER_AGENT, said.parse().unwrap());
        require_newer_than([0, 10, 0], &headers).is_ok()
    };
    for (said, understood) in [
        ("crewmesh/0.9.12", false),
        ("crewmesh/0.10.0", true),
        ("crewmesh/1.0.0-beta.1 (linux)", true),
        ("crewmesh/soon", true),
        ("curl/0.1.0", true),
    ] {
        assert_eq!(speaks(said), understood, "{said}");
    }
    assert!(require_newer_than([0, 10, 0], &HeaderMap::new()).is_ok());
}

#[test]
fn loopback_goes_by_its_own_names_only() {
    let base = url("http://127.0.0.1:7437");
    for host in ["127.0.0.1:7437", "localhost:7437", "[::1]:7437"] {
        assert!(is_ours(&base, host), "{host}");
    }
    for host in ["127.0.0.1", "localhost:80", "rebound.example.org:7437"] {
        assert!(!is_ours(&base, host), "{host}");
    }
}

#[test]
fn another_sites_page_changes_nothing() {
    let base = url("https://mesh.example.org");
    let allowed = |origin: Option<&str>, site: Option<&str>| {
        let mut headers = HeaderMap::new();
        if let Some(origin) = origin {
            headers.insert(ORIGIN, origin.parse().unwrap());
        }
        if let Some(site) = site {
            headers.insert("sec-fetch-site", site.parse().unwrap());
        }
        comes_from_us(&base, &headers)
    };
    assert!(allowed(None, None) && allowed(Some("https://mesh.example.org"), None));
    assert!(allowed(Some("null"), Some("same-origin")));
    assert!(!allowed(Some("null"), Some("cross-site")) && !allowed(Some("null"), None));
    assert!(!allowed(Some("https://mesh.example.org:8443"), None));
    assert!(!allowed(Some("http://mesh.example.org"), None));
    assert!(!allowed(Some("https://evil.example.org"), None) && !allowed(None, Some("cross-site")));
}

#[test]
fn a_host_is_ours_by_name_and_port_and_nothing_beside_them() {
    let bases =
        ["https://mesh.example.org", "https://mesh.example.org:8443", "http://127.0.0.1:7437"];
    let bases = bases.map(url);
    let seeds = &[
        "mesh.example.org",
        "MESH.example.org:443",
        "mesh.example.org:8443",
        "127.0.0.1:7437",
        "localhost:7437",
        "[::1]:7437",
        "evil.example.org",
    ];
    crate::cases::hold(crate::cases::texts(seeds), |host| {
        for base in &bases {
            if !is_ours(base, &host) {
                continue;
            }
            let is_plain = |b: u8| b.is_ascii_alphanumeric() || b"-._:[]".contains(&b);
            assert!(host.bytes().all(is_plain), "{host:?}");
            let named = url(&format!("{}://{host}", base.scheme()));
            assert_eq!(named.port_or_known_default(), base.port_or_known_default(), "{host:?}");
            if base.scheme() == "https" {
                let name = host.split(':').next().unwrap_or_default();
                assert!(name.eq_ignore_ascii_case("mesh.example.org"), "{host:?}");
            } else {
                assert!(is_loopback(&named), "{host:?}");
            }
        }
    });
}

#[test]
fn a_page_changes_something_only_where_it_is_ours() {
    let base = url("https://mesh.example.org");
    let seeds = &[
        "https://mesh.example.org",
        "null",
        "https://mesh.example.org:443",
        "http://mesh.example.org",
    ];
    let sites = &["same-origin", "cross-site", "none", "same-site"];
    let both = (crate::cases::texts(seeds), crate::cases::texts(sites));
    crate::cases::hold(both, |(from, site)| {
        let mut headers = HeaderMap::new();
        let (Ok(value), Ok(fetched)) = (HeaderValue::from_str(&from), HeaderValue::from_str(&site))
        else {
            return;
        };
        headers.insert(ORIGIN, value);
        headers.insert("sec-fetch-site", fetched);
        if comes_from_us(&base, &headers) {
            let is_ours = Url::parse(&from).is_ok_and(|url| origin(&url) == origin(&base));
            assert!(is_ours || (from == "null" && site == "same-origin"), "{from:?} {site:?}");
        }
    });
}

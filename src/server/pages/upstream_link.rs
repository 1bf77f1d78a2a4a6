//! Links to the sites that people may sign in by.

use url::form_urlencoded;

use crate::server::state::State;
use crate::server::upstreams::Upstream;

/// A link to another site that vouches for people.
pub(super) struct UpstreamLink {
    /// What the site is called.
    pub(super) title: String,
    /// The path and query that lead there.
    pub(super) href: String,
}

/// One for each site that the instance takes, carrying the pairs of `with`.
pub(super) fn all(state: &State, with: &[(&str, &str)]) -> Vec<UpstreamLink> {
    let link = |upstream: &Upstream| UpstreamLink {
        title: upstream.title.clone(),
        href: href(&upstream.slug, with),
    };
    state.config.upstreams.iter().map(link).collect()
}

/// The path that leads to the site called `slug`, carrying those pairs of
/// `with` that have a value.
pub(super) fn href(slug: &str, with: &[(&str, &str)]) -> String {
    let mut query = form_urlencoded::Serializer::new(String::new());
    query.extend_pairs(with.iter().filter(|(_, value)| !value.is_empty()));
    let (path, query) = (format!("/login/with/{slug}"), query.finish());
    if query.is_empty() { path } else { format!("{path}?{query}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_carries_what_has_a_value() {
        assert_eq!(href("github", &[("next", "")]), "/login/with/github");
        assert_eq!(
            href("acme", &[("new", "1"), ("next", "/D/WDJBMJPV"), ("first", "")]),
            "/login/with/acme?new=1&next=%2FD%2FWDJBMJPV"
        );
    }
}

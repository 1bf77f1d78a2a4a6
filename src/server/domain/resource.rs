//! What a token is good for: its audience, as a client names it with `resource`
//! (RFC 8707). Pure.
//!
//! The surprising rule: a token for the whole instance is good at `/mcp` too,
//! which is a part of it, and never the other way round.

use url::Url;

use super::scopes;
use crate::http::{is_loopback, same_place};

/// Where `/mcp` is on an instance.
pub const MCP_PATH: &str = "/mcp";

/// A protected resource of an instance.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Resource {
    /// Everything: the API, and `/mcp`.
    #[default]
    Instance,
    /// `/mcp` and nothing else.
    Mcp,
}

impl Resource {
    /// As it is kept.
    pub fn word(self) -> Option<&'static str> {
        match self {
            Self::Instance => None,
            Self::Mcp => Some("mcp"),
        }
    }

    /// The one that was kept so; what another version kept opens the least.
    pub fn of_word(word: Option<&str>) -> Self {
        if word.is_none() { Self::Instance } else { Self::Mcp }
    }

    /// What `written` names, one identifier or several with blanks between, on the
    /// instance at `base`; `None` where one of them is nothing of this instance's
    /// (`invalid_target`, §2).
    pub fn named(base: &Url, written: &str) -> Option<Self> {
        let named = written.split_ascii_whitespace().map(|one| Self::one(base, one));
        let named = named.collect::<Option<Vec<_>>>()?;
        let is_whole = named.contains(&Self::Instance);
        (!named.is_empty()).then_some(if is_whole { Self::Instance } else { Self::Mcp })
    }

    fn one(base: &Url, written: &str) -> Option<Self> {
        let mut named = Url::parse(written).ok()?;
        let is_plain = named.username().is_empty() && named.password().is_none();
        // §2: absolute, without a fragment.
        if !is_plain || named.fragment().is_some() || named.query().is_some() {
            return None;
        }
        // A loopback address goes by every name of loopback, as its Host does.
        if is_loopback(&named) && is_loopback(base) {
            named.set_host(base.host_str()).ok()?;
        }
        let at = |path| base.join(path).is_ok_and(|own| same_place(&own, &named));
        if at("/") {
            Some(Self::Instance)
        } else if at(MCP_PATH) {
            Some(Self::Mcp)
        } else {
            None
        }
    }

    /// Whether what is good for this is good for `other` too.
    pub fn covers(self, other: Self) -> bool {
        self == Self::Instance || self == other
    }

    /// Those of `scopes` (space-separated) that mean something here.
    pub fn scopes(self, scopes: &str) -> String {
        match self {
            Self::Instance => scopes.to_owned(),
            Self::Mcp => scopes::granted(scopes, &scopes::OF_TOOLS.join(" ")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(base: &str, written: &str) -> Option<Resource> {
        Resource::named(&Url::parse(base).unwrap(), written)
    }

    #[test]
    fn an_instance_has_two_resources_and_knows_no_other() {
        let (base, mcp) = ("https://mesh.example.org", Some(Resource::Mcp));
        for (written, resource) in [
            ("https://mesh.example.org/mcp", mcp),
            ("https://MESH.example.org:443/mcp/", mcp),
            ("https://mesh.example.org/mcp https://mesh.example.org/mcp", mcp),
            ("https://mesh.example.org", Some(Resource::Instance)),
            ("https://mesh.example.org/", Some(Resource::Instance)),
            ("https://mesh.example.org/mcp https://mesh.example.org/", Some(Resource::Instance)),
            ("", None),
            ("mcp", None),
            ("https://mesh.example.org/api", None),
            ("https://mesh.example.org/mcp#x", None),
            ("https://mesh.example.org/mcp?x", None),
            ("https://a@mesh.example.org/mcp", None),
            ("http://mesh.example.org/mcp", None),
            ("https://mesh.example.org:8443/mcp", None),
            ("https://mesh.example.org.evil.example/mcp", None),
            ("https://mesh.example.org/mcp https://other.example/mcp", None),
        ] {
            assert_eq!(named(base, written), resource, "{written}");
        }
        assert_eq!(named("http://127.0.0.1:7437", "http://localhost:7437/mcp"), mcp);
        assert_eq!(named("http://127.0.0.1:7437", "http://localhost:7438/mcp"), None);
    }

    #[test]
    fn what_is_for_all_is_for_a_part_and_never_the_other_way_round() {
        let (all, mcp) = (Resource::Instance, Resource::Mcp);
        assert!(all.covers(all) && all.covers(mcp) && mcp.covers(mcp) && !mcp.covers(all));
        for resource in [all, mcp] {
            assert_eq!(Resource::of_word(resource.word()), resource);
        }
        assert_eq!(Resource::of_word(Some("of tomorrow")), mcp);
        assert_eq!(mcp.scopes("admin mesh:write mesh:read"), "mesh:read");
        assert_eq!(all.scopes("admin mesh:read"), "admin mesh:read");
    }

    #[test]
    fn nothing_but_an_address_of_this_instance_is_a_resource_of_it() {
        let seeds = &["https://mesh.example.org/mcp", "https://mesh.example.org/ x:y", "\t/mcp"];
        let base = Url::parse("https://mesh.example.org").unwrap();
        crate::cases::hold(crate::cases::texts(seeds), |text| {
            if Resource::named(&base, &text).is_none() {
                return;
            }
            for one in text.split_ascii_whitespace() {
                assert_eq!(Url::parse(one).unwrap().host_str(), Some("mesh.example.org"), "{one}");
            }
        });
    }
}

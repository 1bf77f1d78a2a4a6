//! What is known of each provider: one file under `assets/providers`, named after it and
//! compiled in; [`super::registry`] has what somebody says otherwise. Its one surprising
//! rule, as for agents: nothing in one is from memory; the first line says where it is
//! from.

mod ways;

use std::collections::BTreeMap;

use serde::Deserialize;
use url::Url;

pub use self::ways::{
    At, Body, Client, Device, Leaves, ModelServer, Redirect, Renewal, Stored, Vendor, WithoutClient,
};
pub(super) use self::ways::{
    NO_BASE, NO_CLIENT, NO_WEB_ADDRESS, is_base, is_client_id, is_web_address,
};
use self::ways::{base_if_any, web_address};

use super::verdict::Rule;
use crate::i18n::printable;
use crate::secret::Secret;
use crate::wire::{Connection, Way};

/// The text of every file, by the provider's name, in order (build.rs).
const FILES: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/providers.rs"));

/// How a provider is connected.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub struct ProviderSpec {
    /// What people call it.
    pub title: String,
    /// The page on which a person makes a key.
    pub keys: Option<String>,
    /// The variables that programs read a credential from, the one that wins first.
    #[serde(default)]
    pub variables: Vec<String>,
    /// What it gives out.
    pub credential: Vec<CredentialSpec>,
    /// How it is asked whether one is good.
    pub check: Option<Check>,
    /// Where it is asked in place of its own address: a gateway, or a stand-in.
    #[serde(default, deserialize_with = "base_if_any")]
    pub address: Option<String>,
    /// Where any model is asked for, in the protocols of OpenAI and of Anthropic, below `/v1`.
    pub endpoint: Option<String>,
    /// The OAuth client that whoever runs this registered there.
    #[serde(default)]
    pub client: Client,
    /// How somebody signs in with a device code.
    pub device: Option<Device>,
    /// How somebody signs in with a browser that comes back.
    pub redirect: Option<Redirect>,
    /// The program of its own that signs in.
    pub vendor: Option<Vendor>,
    /// Where programs keep what opens an account there, on the machine of whoever has it.
    #[serde(default)]
    pub stored: Vec<Stored>,
    /// How what it gave out is renewed.
    pub renewal: Option<Renewal>,
    /// It is a server that people run themselves.
    pub server: Option<ModelServer>,
}

/// A kind of credential, by how it begins.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub struct CredentialSpec {
    /// Its word on the wire: `api_key`, `oauth_token`.
    pub kind: String,
    /// How each begins; empty where they have nothing in common.
    pub starts: String,
}

/// The cheapest question that tells whether a credential is good, and spends nothing.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub struct Check {
    /// The kinds of credential that can be asked about.
    pub kinds: Vec<String>,
    #[serde(deserialize_with = "web_address")]
    pub url: String,
    /// In which `{secret}` stands for the credential.
    pub headers: BTreeMap<String, String>,
    /// Where whose it is stands in a good reply (RFC 6901).
    pub holder: Option<String>,
    /// Where what is left there stands in it, a number.
    pub left: Option<String>,
    /// What a reply means; the first that fits.
    pub verdicts: Vec<Rule>,
}

impl ProviderSpec {
    /// The ways by which it is connected from a terminal, best first.
    pub fn ways(&self) -> Vec<Way> {
        let mut ways = Vec::from_iter(self.by_device().map(|_| Way::Device));
        ways.extend(self.without_client().map(|_| Way::Redirect));
        ways.extend(self.vendor.as_ref().map(|_| Way::Vendor));
        if self.server.is_some() {
            ways.push(Way::Endpoint);
        } else {
            if !self.variables.is_empty() || !self.stored.is_empty() {
                ways.push(Way::Import);
            }
            ways.push(Way::Token);
        }
        ways
    }

    /// How somebody signs in with a device code, where there is a client for it.
    pub fn by_device(&self) -> Option<(&Device, &str)> {
        Some((self.device.as_ref()?, self.client.id.as_deref()?))
    }

    /// How somebody signs in with a browser that comes back to the instance, where there is
    /// a client for it or none is needed.
    pub fn by_redirect(&self) -> Option<&Redirect> {
        let can = |way: &&Redirect| {
            let has_client = self.client.id.is_some();
            let has_secret = self.client.secret.is_some() || !way.needs_secret;
            way.without_client.is_some() || (has_client && has_secret)
        };
        self.redirect.as_ref().filter(can)
    }

    /// How somebody signs in with a browser wherever it comes back to: for no client.
    pub fn without_client(&self) -> Option<&Redirect> {
        self.redirect.as_ref().filter(|way| way.without_client.is_some())
    }

    /// The secret of the client `client_id`, where it has one.
    pub fn client_secret(&self, client_id: &str) -> Option<&Secret> {
        let own = self.client.id.as_deref() == Some(client_id);
        self.client.secret.as_ref().filter(|_| own)
    }

    /// `url` where the provider is asked.
    pub fn at(&self, url: &str) -> Option<Url> {
        at(url, self.address())
    }

    /// The page on which a person ends what opens `connection`, which is there; `None` where
    /// the instance tells the provider itself, or nobody knows of one.
    pub fn ended_at(&self, connection: &Connection) -> Option<&str> {
        let page = match connection.way {
            Way::Device => &self.device.as_ref()?.ended,
            Way::Vendor => &self.vendor.as_ref()?.ended,
            Way::Redirect => match &self.redirect.as_ref()?.ended {
                None => &self.keys,
                ended => ended,
            },
            Way::Token | Way::Import | Way::Endpoint => &self.keys,
        };
        page.as_deref().filter(|_| !connection.last_four.is_empty())
    }

    /// Where the provider is asked in place of its own address.
    pub fn address(&self) -> Option<Url> {
        Url::parse(self.address.as_ref()?).ok()
    }
}

/// `url` at another `address`, whose path stands before its own.
pub(super) fn at(url: &str, address: Option<Url>) -> Option<Url> {
    let own = Url::parse(url).ok()?;
    let Some(mut there) = address else { return Some(own) };
    there.set_path(&format!("{}{}", there.path().trim_end_matches('/'), own.path()));
    there.set_query(own.query());
    Some(there)
}

/// The providers known, in the order in which they are listed.
pub fn names() -> impl Iterator<Item = &'static str> {
    FILES.iter().map(|(name, _)| *name)
}

/// The text of the file of the provider of this name.
pub(super) fn text(name: &str) -> Option<&'static str> {
    FILES.iter().find(|(known, _)| *known == name).map(|(_, text)| *text)
}

/// The provider of this name, where it is known, as it is compiled in.
pub fn find(name: &str) -> Option<ProviderSpec> {
    let text = text(name)?;
    // A test keeps a file that cannot be read out of a release. By way of JSON,
    // which is read for much else: TOML of so many types is much code.
    serde_json::from_value(toml::from_str(text).ok()?).ok()
}

/// What people call the provider of this name.
pub fn title(name: &str) -> String {
    find(name).map_or_else(|| name.to_owned(), |spec| spec.title)
}

/// What a connection is known by: how its credential ends, unless that is another every
/// hour; its plan, or its address.
pub fn end(connection: &Connection) -> String {
    let plan = connection.plan.as_deref().map(printable);
    match (plan, &*connection.last_four, connection.way) {
        (Some(plan), ..) => plan,
        (None, "", _) => connection.endpoint.as_deref().map(printable).unwrap_or_default(),
        (None, _, Way::Vendor | Way::Device) => String::new(),
        // A key stands in a list there; a token in none.
        (None, _, Way::Redirect) if connection.kind != "api_key" => String::new(),
        (None, end, _) => format!("…{end}"),
    }
}

/// What a connection is called in a sentence: `OpenAI (work, …abcd)`.
pub fn called(connection: &Connection) -> String {
    let (title, facts) = (title(&connection.provider), told_apart(connection));
    if facts.is_empty() { title } else { format!("{title} ({facts})") }
}

/// What tells it from others at the same provider: `work, …abcd`; empty where nothing does.
pub fn told_apart(connection: &Connection) -> String {
    let facts =
        [connection.label.clone(), connection.holder.clone().unwrap_or_default(), end(connection)];
    let facts: Vec<_> = facts.into_iter().filter(|fact| !fact.is_empty()).collect();
    facts.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::slug::is_slug;

    #[test]
    fn every_file_is_whole() {
        for (name, text) in FILES {
            let file = format!("assets/providers/{name}.toml");
            let spec: ProviderSpec =
                toml::from_str(text).unwrap_or_else(|fault| panic!("{file}: {fault}"));
            let first = text.lines().next().unwrap_or_default();
            assert!(is_slug(name) && first.starts_with("# ") && first.contains(" by "), "{file}");
            assert_eq!(find(name), Some(spec.clone()), "{file}");
            assert!(!spec.ways().is_empty() && !spec.credential.is_empty(), "{file}");
            assert_ne!(spec.server.is_some(), spec.keys.is_some(), "{file}: where a key is made");
            let kinds: Vec<_> = spec.credential.iter().map(|one| &one.kind).collect();
            for kind in &kinds {
                let is_kind = kind.bytes().all(|b| b.is_ascii_lowercase() || b == b'_');
                assert!(is_kind && !kind.is_empty() && kind.len() <= 32, "{file}: {kind}");
            }
            if let Some(vendor) = &spec.vendor {
                assert!(crate::agent::spec::find(&vendor.agent).is_some(), "{file}: whose program");
                let renewed = spec.renewal.iter().flat_map(|renewal| &renewal.kinds);
                let is_renewed = renewed.clone().any(|kind| *kind == vendor.kind);
                let leaves = vendor.leaves.as_ref();
                let is_left = leaves.is_some_and(|leaves| leaves.refresh_token.is_some());
                assert!(!is_left || is_renewed, "{file}: who renews it");
                assert_ne!(leaves.is_some(), vendor.shows.is_some(), "{file}: what it brings");
            }
            assert_eq!(spec.client, Client::default(), "{file}: a client is somebody's");
            for stored in &spec.stored {
                let is_place = |file: &String| file.starts_with(['~', '$']) && file.contains('/');
                assert!(stored.files.iter().all(is_place) && !stored.files.is_empty(), "{file}");
                let says = [!stored.prints.is_empty(), stored.secret.is_some()];
                assert!(says != [true, true], "{file}: one of both");
                assert!(says != [false, false] || stored.renews.is_some(), "{file}: nothing");
            }
            if let Some(device) = &spec.device {
                assert!(kinds.contains(&&device.kind), "{file}: what a device code brings");
                let all = [&device.authorization, &device.token];
                assert!(all.iter().all(|url| url.starts_with("https://")), "{file}: device");
            }
            if let Some(redirect) = &spec.redirect {
                assert!(kinds.contains(&&redirect.kind), "{file}: what a redirect brings");
                let all = [&redirect.authorization, &redirect.token];
                assert!(all.iter().all(|url| url.starts_with("https://")), "{file}: redirect");
                let mut own = redirect.without_client.iter();
                assert!(own.all(|own| own.secret.starts_with('/')), "{file}: without_client");
            }
            let Some(check) = spec.check else { continue };
            assert!(check.kinds.iter().all(|kind| kinds.contains(&kind)), "{file}: check.kinds");
            let url = Url::parse(&check.url).expect(&file);
            assert!(
                url.scheme() == "https" && !check.url.contains("{secret}"),
                "{file}: check.url"
            );
            let held = check.headers.values().filter(|value| value.contains("{secret}")).count();
            assert_eq!(held, 1, "{file}: a credential goes out once");
            let mut good = check.verdicts.iter().filter(|rule| rule.status == 200).peekable();
            // Not everything that answers 200 is the provider.
            assert!(good.peek().is_some() && good.all(|rule| rule.says.is_some()), "{file}: 200");
        }
        assert!(names().is_sorted());
    }

    #[test]
    fn a_wrong_file_is_told_by_its_line() {
        let (_, text) = FILES[0];
        let wrong = text.replace("title = ", "titel = ");
        let fault = toml::from_str::<ProviderSpec>(&wrong).expect_err("no such field").to_string();
        assert!(fault.contains("line 2") && fault.contains("titel"), "{fault}");
    }

    #[test]
    fn another_address_keeps_the_question() {
        let at = |address: &str| {
            let address = Url::parse(address).expect("an address");
            at("https://api.example.org/v1/models?limit=1", Some(address)).map(String::from)
        };
        assert_eq!(at("http://h:9/").as_deref(), Some("http://h:9/v1/models?limit=1"));
        assert_eq!(at("https://h/gate/").as_deref(), Some("https://h/gate/v1/models?limit=1"));
    }
}

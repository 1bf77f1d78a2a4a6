//! Signing in elsewhere: at GitHub, or at any OIDC issuer that whoever runs the
//! instance named.
//!
//! What comes of it is a [`Person`]: who vouches for them, and what they are
//! called there. The surprising rule: that pair alone says who somebody is. An
//! e-mail address is shown to its owner and opens nothing.

mod github;
mod id_token;
mod issuer;
mod signatures;
mod site;
mod tenants;

use std::sync::Arc;

use url::Url;

use self::github::GitHub;
use self::issuer::Issuer;
use self::site::Client;
pub use self::site::{Failure, Flow, Person, is_private};
use crate::http::Http;
use crate::i18n::Language;
use crate::secret::Secret;

/// Bytes of the longest name that somebody may have elsewhere (OpenID Connect
/// Core §2 says 255).
const LONGEST_SUBJECT: usize = 255;

/// Every algorithm whose signature is understood, as `alg` names it (RFC 7518
/// §3.1, RFC 8037 §3.1).
pub const UNDERSTOOD: [&str; 9] = signatures::UNDERSTOOD;

/// One site that vouches for people, as it was configured.
#[derive(Clone, Debug)]
pub struct UpstreamConfig {
    /// What it is called in addresses: lower-case letters, digits and dashes.
    pub slug: String,
    /// What people call it.
    pub title: String,
    pub site: Site,
    /// What it knows this instance by.
    pub client_id: String,
    pub client_secret: Secret,
}

#[derive(Clone, Debug)]
pub enum Site {
    /// GitHub, or a GitHub Enterprise Server, at this address.
    GitHub(Url),
    /// An OIDC issuer by this name, as `iss` says it.
    Issuer(Url),
}

/// All of them. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct Upstreams {
    http: Option<Http>,
    all: Arc<[Upstream]>,
}

#[derive(Debug)]
pub struct Upstream {
    /// What it is called in addresses.
    pub slug: String,
    /// What people call it.
    pub title: String,
    client: Client,
    protocol: Protocol,
}

#[derive(Debug)]
enum Protocol {
    GitHub(GitHub),
    Oidc(Issuer),
}

impl Upstreams {
    /// These, asked by `http`.
    pub fn new(http: Http, configured: Vec<UpstreamConfig>) -> Self {
        let all = configured.into_iter().map(|configured| Upstream {
            slug: configured.slug,
            title: configured.title,
            client: Client { id: configured.client_id, secret: configured.client_secret },
            protocol: match configured.site {
                Site::GitHub(site) => Protocol::GitHub(GitHub::at(site)),
                Site::Issuer(issuer) => Protocol::Oidc(Issuer::new(&issuer)),
            },
        });
        Self { http: Some(http), all: all.collect() }
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    /// Each, in the order in which they were named.
    pub fn iter(&self) -> impl Iterator<Item = &Upstream> {
        self.all.iter()
    }

    /// The one that addresses call `slug`.
    pub fn get(&self, slug: &str) -> Option<&Upstream> {
        self.iter().find(|upstream| upstream.slug == slug)
    }

    /// The address that somebody is sent to.
    ///
    /// # Errors
    /// When the site does not say where that is.
    pub async fn authorization_url(
        &self,
        upstream: &Upstream,
        flow: &Flow,
        language: Language,
    ) -> Result<Url, Failure> {
        match &upstream.protocol {
            Protocol::GitHub(site) => Ok(site.authorization_url(&upstream.client, flow)),
            Protocol::Oidc(issuer) => {
                issuer.authorization_url(self.http()?, &upstream.client, flow, language).await
            }
        }
    }

    /// Whether an answer that says it is from `iss` is from this site
    /// (RFC 9207).
    ///
    /// # Errors
    /// When it is not.
    pub async fn check_iss(&self, upstream: &Upstream, iss: Option<&str>) -> Result<(), Failure> {
        match &upstream.protocol {
            // It names no issuer; the address that people are sent back to is
            // its own.
            Protocol::GitHub(_) => Ok(()),
            Protocol::Oidc(issuer) => issuer.check_iss(self.http()?, iss).await,
        }
    }

    /// Who came back with `code`, at `now` (Unix milliseconds).
    ///
    /// # Errors
    /// When nobody is vouched for.
    pub async fn authenticate(
        &self,
        upstream: &Upstream,
        flow: &Flow,
        code: &Secret,
        now: i64,
    ) -> Result<Person, Failure> {
        let http = self.http()?;
        let person = match &upstream.protocol {
            Protocol::GitHub(site) => site.authenticate(http, &upstream.client, flow, code).await?,
            Protocol::Oidc(issuer) => {
                issuer.authenticate(http, &upstream.client, flow, code, now / 1_000).await?
            }
        };
        if person.subject.is_empty() || person.subject.len() > LONGEST_SUBJECT {
            return Err(Failure::Invalid("subject"));
        }
        Ok(person)
    }

    /// Each issuer that says at this moment what it signs with and is not
    /// understood: its name, and what it says.
    pub async fn strange_signatures(&self) -> Vec<(String, String)> {
        let Some(http) = &self.http else { return Vec::new() };
        let asked = self.iter().filter_map(|upstream| match &upstream.protocol {
            Protocol::Oidc(issuer) => Some(async move {
                Some((issuer.name().to_owned(), issuer.strange_signatures(http).await?))
            }),
            Protocol::GitHub(_) => None,
        });
        futures_util::future::join_all(asked).await.into_iter().flatten().collect()
    }

    fn http(&self) -> Result<&Http, Failure> {
        self.http.as_ref().ok_or(Failure::Unreachable("no client".to_owned()))
    }
}

impl Upstream {
    /// Whether whoever `issuer` vouched for, as identities say it, comes by here.
    pub fn accepts_issuer(&self, issuer: &str) -> bool {
        match &self.protocol {
            Protocol::GitHub(site) => site.issuer() == issuer,
            Protocol::Oidc(named) => tenants::accepts_issuer(named.name(), issuer),
        }
    }
}

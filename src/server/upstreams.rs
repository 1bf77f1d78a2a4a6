//! Signing in elsewhere: at GitHub, or at any OIDC issuer that whoever runs the
//! instance named.
//!
//! What comes of it is a [`Person`]: who vouches for them, and what they are
//! called there. The surprising rule: that pair alone says who somebody is. An
//! e-mail address is shown to its owner and opens nothing.

mod github;
mod id_token;
mod issuer;
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

/// One site that vouches for people, as it was configured.
#[derive(Clone, Debug)]
pub struct Named {
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
    speaks: Speaks,
}

#[derive(Debug)]
enum Speaks {
    GitHub(GitHub),
    Oidc(Issuer),
}

impl Upstreams {
    /// These, asked by `http`.
    pub fn new(http: Http, named: Vec<Named>) -> Self {
        let all = named.into_iter().map(|named| Upstream {
            slug: named.slug,
            title: named.title,
            client: Client { id: named.client_id, secret: named.client_secret },
            speaks: match named.site {
                Site::GitHub(site) => Speaks::GitHub(GitHub::at(site)),
                Site::Issuer(issuer) => Speaks::Oidc(Issuer::named(&issuer)),
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
        match &upstream.speaks {
            Speaks::GitHub(site) => Ok(site.authorization_url(&upstream.client, flow)),
            Speaks::Oidc(issuer) => {
                issuer.authorization_url(self.http()?, &upstream.client, flow, language).await
            }
        }
    }

    /// Whether an answer that says it is from `iss` is from this site
    /// (RFC 9207).
    ///
    /// # Errors
    /// When it is not.
    pub async fn is_from(&self, upstream: &Upstream, iss: Option<&str>) -> Result<(), Failure> {
        match &upstream.speaks {
            // It names no issuer; the address that people are sent back to is
            // its own.
            Speaks::GitHub(_) => Ok(()),
            Speaks::Oidc(issuer) => issuer.is_from(self.http()?, iss).await,
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
        let person = match &upstream.speaks {
            Speaks::GitHub(site) => site.authenticate(http, &upstream.client, flow, code).await?,
            Speaks::Oidc(issuer) => {
                issuer.authenticate(http, &upstream.client, flow, code, now / 1_000).await?
            }
        };
        if person.subject.is_empty() || person.subject.len() > LONGEST_SUBJECT {
            return Err(Failure::NotBelieved("subject"));
        }
        Ok(person)
    }

    fn http(&self) -> Result<&Http, Failure> {
        self.http.as_ref().ok_or(Failure::Away("no client".to_owned()))
    }
}

impl Upstream {
    /// Whether whoever `issuer` vouched for, as identities say it, comes by here.
    pub fn is_way_of(&self, issuer: &str) -> bool {
        match &self.speaks {
            Speaks::GitHub(site) => site.issuer() == issuer,
            Speaks::Oidc(named) => tenants::is_way_of(named.name(), issuer),
        }
    }
}

//! Where an instance takes device codes: the endpoints its settings name, else
//! RFC 8414 metadata, else OpenID configuration, else the reference document's
//! CLI routes. Surprising rule: a document that names another issuer is a
//! fault that ends the search; only a document that is not there leads on to
//! the next.

use std::time::Duration;

use reqwest::Method;
use url::Url;

use crate::api::refusal::Context;
use crate::api::scopes;
use crate::credentials::auth_file::{LOCAL, Settings};
use crate::device_grant::{self, Grant};
use crate::error::{AppError, ErrorKind};
use crate::http::reply::Reply;
use crate::http::{Http, address, is_loopback};
use crate::i18n::Message;
use crate::model::SignUp;
use crate::wire::{Metadata, PUBLIC_CLIENT_ID, is_id};

/// The longest one document may take.
const DOCUMENT_TIMEOUT: Duration = Duration::from_secs(15);

/// Redirects followed within one origin.
const MAX_REDIRECTS: usize = 5;

/// How an instance is spoken to.
#[derive(Debug)]
pub enum Dialect {
    /// RFC 8628.
    OAuth(OAuth),
    /// The reference document's `/api/auth/cli/device-code`.
    Cli,
}

/// A server that speaks OAuth.
#[derive(Debug)]
pub struct OAuth {
    /// Where codes and tokens are asked for, and as whom.
    pub grant: Grant,
    /// RFC 7009.
    pub revocation: Option<Url>,
    /// OpenID Connect Core §5.3.
    pub userinfo: Option<Url>,
}

/// Everything known of how to sign in to an instance.
#[derive(Debug)]
pub struct Endpoints {
    /// The origin that was trusted.
    pub base: Url,
    /// How it is spoken to.
    pub dialect: Dialect,
    /// The longest hold the server offers.
    pub wait: Option<Duration>,
    /// The id the instance gave itself.
    pub instance_id: Option<String>,
    /// Who may make an account there, where the instance says so.
    pub sign_up: Option<SignUp>,
    /// Whether it says that it is a crewmesh instance, or speaks our routes.
    pub is_crewmesh: bool,
    /// Whether an endpoint lies outside the origin that was trusted.
    pub foreign: bool,
}

impl Endpoints {
    /// Those of our own server at `base`, without asking.
    ///
    /// # Errors
    /// A base that can have no path.
    pub fn embedded(base: Url, instance_id: String, wait: Duration) -> Result<Self, AppError> {
        let route = |name: &str| base.join(&format!("/oauth/{name}")).map_err(AppError::internal);
        let endpoints = device_grant::Endpoints {
            device_authorization: route("device_authorization")?,
            token: route("token")?,
        };
        let mut grant = Grant::new(LOCAL, endpoints, PUBLIC_CLIENT_ID);
        grant.scope = Some(scopes::ALL.join(" "));
        let dialect = Dialect::OAuth(OAuth {
            grant,
            revocation: Some(route("revoke")?),
            userinfo: Some(route("userinfo")?),
        });
        let mut endpoints = Self::new(base, dialect);
        endpoints.instance_id = Some(instance_id);
        endpoints.wait = Some(wait);
        endpoints.is_crewmesh = true;
        Ok(endpoints)
    }

    fn new(base: Url, dialect: Dialect) -> Self {
        let foreign = match &dialect {
            Dialect::OAuth(oauth) => [
                Some(&oauth.grant.endpoints.device_authorization),
                Some(&oauth.grant.endpoints.token),
                oauth.revocation.as_ref(),
                oauth.userinfo.as_ref(),
            ]
            .into_iter()
            .flatten()
            .any(|url| url.origin() != base.origin()),
            Dialect::Cli => false,
        };
        Self {
            is_crewmesh: matches!(dialect, Dialect::Cli),
            base,
            dialect,
            wait: None,
            instance_id: None,
            sign_up: None,
            foreign,
        }
    }

    /// The URL of a route of our own API, below the base.
    ///
    /// # Errors
    /// A base that can have no path.
    pub fn route(&self, path: &[&str]) -> Result<Url, AppError> {
        let mut url = self.base.clone();
        url.path_segments_mut()
            .map_err(|()| AppError::internal("an instance's address with no path"))?
            .pop_if_empty()
            .extend(path);
        Ok(url)
    }

    /// Where a server that is none of ours says whose token it is.
    pub fn foreign_userinfo(&self) -> Option<Url> {
        match &self.dialect {
            Dialect::OAuth(oauth) if !self.is_crewmesh => oauth.userinfo.clone(),
            _ => None,
        }
    }
}

/// Whether a secret may go to a URL, or a person: https, or http to this
/// computer or where the person allowed it.
pub fn may_use(url: &Url, http_allowed: bool) -> bool {
    match url.scheme() {
        "https" => url.has_host(),
        "http" => http_allowed || is_loopback(url),
        _ => false,
    }
}

/// Finds the endpoints of the instance at `base`.
///
/// # Errors
/// Unreachable; another issuer; endpoints without TLS; a server that says it
/// takes no device codes.
pub async fn discover(
    http: &Http,
    base: &Url,
    name: &str,
    settings: &Settings,
) -> Result<Endpoints, AppError> {
    let search = Search { http, base, name, settings };
    if let (Some(device), Some(token)) =
        (&settings.device_authorization_endpoint, &settings.token_endpoint)
    {
        let oauth = OAuth {
            grant: search.grant(search.usable(device.clone())?, search.usable(token.clone())?),
            revocation: settings
                .revocation_endpoint
                .clone()
                .map(|u| search.usable(u))
                .transpose()?,
            userinfo: settings.userinfo_endpoint.clone().map(|u| search.usable(u)).transpose()?,
        };
        return Ok(Endpoints::new(base.clone(), Dialect::OAuth(oauth)));
    }
    let mut without_codes = false;
    for location in locations(base) {
        let Some(metadata) = search.document(&location.url).await? else { continue };
        search.same_issuer(&metadata, &location)?;
        match search.endpoints(metadata, location.openid)? {
            Some(endpoints) => return Ok(endpoints),
            None => without_codes = true,
        }
    }
    if without_codes {
        return Err(AppError::new(
            ErrorKind::Failed,
            "no_device_codes",
            Message::new("reach-no-device-codes").with("host", name),
        )
        .hint(Message::new("reach-no-device-codes-hint")));
    }
    search.cli_routes().await
}

struct Location {
    url: Url,
    openid: bool,
    /// The issuer a document there speaks for.
    issuer: Url,
}

/// RFC 8414 §3.1 puts the path behind the well-known part; many servers know
/// only the path-less one; OpenID Connect puts the path in front.
fn locations(base: &Url) -> Vec<Location> {
    const OAUTH: &str = "/.well-known/oauth-authorization-server";
    const OPENID: &str = "/.well-known/openid-configuration";
    let at = |path: String, openid: bool, issuer_path: &str| {
        let mut url = base.clone();
        url.set_path(&path);
        let mut issuer = base.clone();
        issuer.set_path(issuer_path);
        Location { url, openid, issuer }
    };
    let path = base.path().trim_end_matches('/');
    if path.is_empty() {
        return vec![at(OAUTH.into(), false, ""), at(OPENID.into(), true, "")];
    }
    vec![
        at(format!("{OAUTH}{path}"), false, path),
        at(OAUTH.into(), false, ""),
        at(format!("{path}{OPENID}"), true, path),
        at(OPENID.into(), true, ""),
    ]
}

struct Search<'a> {
    http: &'a Http,
    base: &'a Url,
    name: &'a str,
    settings: &'a Settings,
}

impl Search<'_> {
    /// The document, or `None` where there is none.
    async fn document(&self, url: &Url) -> Result<Option<Metadata>, AppError> {
        let reply = self.follow(url).await?;
        if reply.status >= 500 || reply.status == 429 {
            return Err(Context::about(self.name).refusal(&reply));
        }
        Ok(reply.json().ok().filter(|_| reply.is_success()))
    }

    /// Follows redirects within the same origin: nothing secret is sent here.
    async fn follow(&self, url: &Url) -> Result<Reply, AppError> {
        let mut url = url.clone();
        for _ in 0..MAX_REDIRECTS {
            let request = self.http.request(Method::GET, url.clone());
            let reply = self.http.send(request, DOCUMENT_TIMEOUT).await?;
            let next = match (reply.status, &reply.location) {
                (301 | 302 | 303 | 307 | 308, Some(to)) => url.join(to).ok(),
                _ => None,
            };
            match next {
                Some(next) if next.origin() == self.base.origin() => url = next,
                // The base itself moved: the person should know and say so.
                Some(_) => return Err(Context::about(self.name).refusal(&reply)),
                None => return Ok(reply),
            }
        }
        Err(Context::about(self.name).not_an_instance())
    }

    /// Without any document: the CLI routes, if they are there. A network's own
    /// sign-in page answers everything with a page, and an application may do
    /// the same; neither may pass for an instance for the rest of this run.
    async fn cli_routes(&self) -> Result<Endpoints, AppError> {
        let endpoints = Endpoints::new(self.base.clone(), Dialect::Cli);
        let url = endpoints.route(&["api", "my", "meshes"])?;
        let reply = self.http.send(self.http.request(Method::GET, url), DOCUMENT_TIMEOUT).await?;
        let context = Context::about(self.name);
        match context.refusal(&reply) {
            _ if reply.is_success() => Err(context.not_an_instance()),
            error if error.kind == ErrorKind::NotSignedIn => Ok(endpoints),
            error if error.kind == ErrorKind::Unreachable => Err(error),
            error if error.retry_after.is_some() => Err(error),
            _ => Err(context.not_an_instance()),
        }
    }

    fn same_issuer(&self, metadata: &Metadata, location: &Location) -> Result<(), AppError> {
        let bare = |text: &str| text.trim_end_matches('/').to_owned();
        if bare(&metadata.issuer) == bare(location.issuer.as_str()) {
            return Ok(());
        }
        Err(AppError::new(
            ErrorKind::Unreachable,
            "issuer_mismatch",
            Message::new("reach-issuer-mismatch")
                .with("host", self.name)
                .with("issuer", crate::i18n::printable(&metadata.issuer)),
        )
        .hint(Message::new("reach-issuer-mismatch-hint")))
    }

    fn endpoints(&self, metadata: Metadata, openid: bool) -> Result<Option<Endpoints>, AppError> {
        let read = |text: Option<String>| -> Result<Option<Url>, AppError> {
            let Some(text) = text else { return Ok(None) };
            let url = Url::parse(&text).map_err(|_| Context::about(self.name).malformed())?;
            self.usable(url).map(Some)
        };
        let device = read(metadata.device_authorization_endpoint)?;
        let token = read(metadata.token_endpoint)?;
        let (Some(device_authorization), Some(token)) = (device, token) else { return Ok(None) };
        let is_crewmesh =
            metadata.crewmesh_version.is_some() || metadata.crewmesh_instance_id.is_some();
        let mut grant = self.grant(device_authorization, token);
        if grant.scope.is_none() && is_crewmesh {
            grant.scope = Some(scopes::ALL.join(" "));
        } else if grant.scope.is_none() && openid {
            grant.scope = Some("openid profile email".to_owned());
        }
        let oauth = OAuth {
            grant,
            revocation: read(metadata.revocation_endpoint)?,
            userinfo: read(metadata.userinfo_endpoint)?,
        };
        let mut found = Endpoints::new(self.base.clone(), Dialect::OAuth(oauth));
        found.is_crewmesh = is_crewmesh;
        found.wait = metadata.crewmesh_wait.filter(|wait| *wait > 0).map(Duration::from_secs);
        found.instance_id = metadata.crewmesh_instance_id.filter(|id| is_id(id));
        found.sign_up = match metadata.crewmesh_sign_up.as_deref() {
            Some("open") => Some(SignUp::Open),
            Some("invite") => Some(SignUp::Invite),
            Some("closed") => Some(SignUp::Closed),
            _ => None,
        };
        Ok(Some(found))
    }

    fn grant(&self, device_authorization: Url, token: Url) -> Grant {
        let endpoints = device_grant::Endpoints { device_authorization, token };
        let client_id = self.settings.client_id.as_deref().unwrap_or(PUBLIC_CLIENT_ID);
        let mut grant = Grant::new(self.name, endpoints, client_id);
        grant.scope.clone_from(&self.settings.scope);
        grant
    }

    fn usable(&self, url: Url) -> Result<Url, AppError> {
        if may_use(&url, self.settings.insecure_http) {
            return Ok(url);
        }
        Err(AppError::new(
            ErrorKind::Unreachable,
            "endpoint_without_tls",
            Message::new("reach-endpoint-without-tls")
                .with("host", self.name)
                .with("endpoint", crate::i18n::printable(&address(&url))),
        )
        .hint(Message::new("reach-endpoint-without-tls-hint")))
    }
}

//! The one place where an HTTP client is made, and the one way a request goes
//! out: bounded in time and in size, no redirect followed, secrets marked.
//! Surprising rule: nothing about certificates or proxies fails before one is
//! needed. A machine without certificates, or with a wrong `SSL_CERT_FILE`,
//! still reaches its own embedded instance.

pub mod link;
mod loopback;
mod proxies;
pub mod reply;
mod slow;
mod unreachable;

use std::net::SocketAddr;
use std::path::Path;
use std::time::Duration;

use jiff::Timestamp;
use reqwest::header::{
    ACCEPT, CACHE_CONTROL, CONTENT_TYPE, ETAG, HeaderMap, HeaderValue, LOCATION, RETRY_AFTER,
    WWW_AUTHENTICATE,
};
use reqwest::{Certificate, ClientBuilder, Method, Proxy, Request, RequestBuilder, redirect};
use url::Url;
use zeroize::Zeroizing;

pub use self::loopback::is_loopback;
pub use self::slow::{SLOW, Slow};
use crate::environment::Environment;
use crate::error::{AppError, ErrorKind};
use crate::http::reply::{Reply, retry_after};
use crate::http::unreachable::{reply_too_large, unreachable};
use crate::i18n::Message;
use crate::regular_file;

/// The largest reply that is read.
pub const LARGEST_REPLY: usize = 1024 * 1024;

/// The longest a request may take whose answer is not held.
pub const PATIENCE: Duration = Duration::from_secs(20);

/// The largest file of certificates that is read, in bytes.
const LARGEST_CA_FILE: u64 = 4 * 1024 * 1024;

/// How long a connection may take to come about.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// A client for every request this process makes.
#[derive(Clone, Debug)]
pub struct Http {
    client: reqwest::Client,
    /// Why `https` cannot be spoken, where it cannot.
    no_tls: Option<AppError>,
    /// Why nothing but this computer can be reached, where it cannot.
    no_way_out: Option<AppError>,
    slow: Option<Slow>,
}

impl Http {
    /// Makes the client: TLS by rustls with the ring provider, roots from the
    /// operating system and from `CREWMESH_CA_FILE` and `SSL_CERT_FILE`,
    /// proxies from `HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY` and `NO_PROXY`,
    /// never for loopback. Takes some milliseconds: it reads the roots.
    ///
    /// An unreadable certificate file, or a proxy's address that makes no sense,
    /// is told by the first request that needs it.
    ///
    /// # Errors
    /// When no client can be made at all.
    pub fn new(env: &Environment) -> Result<Self, AppError> {
        // Somebody else in this process may have installed it first: the same.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let mut no_tls = None;
        let extra = extra_roots(env).unwrap_or_else(|error| {
            no_tls = Some(error);
            Vec::new()
        });
        let mut no_way_out = None;
        let proxies = proxies::of(env).unwrap_or_else(|error| {
            no_way_out = Some(error);
            Vec::new()
        });
        let client = match builder(&proxies).tls_certs_merge(extra.clone()).build() {
            Ok(client) => client,
            Err(error) => {
                // The system's store is missing or unreadable. What the person
                // named themselves is enough; with nothing, http still works.
                if extra.is_empty() {
                    no_tls.get_or_insert_with(|| no_system_roots(&error));
                }
                builder(&proxies).tls_certs_only(extra).build().map_err(AppError::internal)?
            }
        };
        Ok(Self { client, no_tls, no_way_out, slow: None })
    }

    /// The same, which has a server named that does not answer; nobody, where nobody
    /// is to be told.
    #[must_use]
    pub fn naming(self, slow: Option<Slow>) -> Self {
        Self { slow, ..self }
    }

    /// A request that accepts JSON.
    pub fn request(&self, method: Method, url: Url) -> RequestBuilder {
        self.client.request(method, url)
    }

    /// Sends it and reads the whole reply, whatever its status.
    ///
    /// # Errors
    /// `Unreachable`, in its own words for each way of not arriving: refused,
    /// timed out, name not found, certificate, connection lost, proxy; a reply
    /// larger than [`LARGEST_REPLY`].
    pub async fn send(
        &self,
        request: RequestBuilder,
        patience: Duration,
    ) -> Result<Reply, AppError> {
        self.send_within(request, patience, LARGEST_REPLY).await
    }

    /// The same where a reply has `largest` bytes at most.
    ///
    /// # Errors
    /// As [`Http::send`].
    pub async fn send_within(
        &self,
        request: RequestBuilder,
        patience: Duration,
        largest: usize,
    ) -> Result<Reply, AppError> {
        // A URL can hold a device code: no error of ours repeats one.
        let request = request
            .timeout(patience)
            .build()
            .map_err(|error| AppError::internal(error.without_url()))?;
        let host = address(request.url());
        if let Some(error) = &self.no_way_out
            && !is_loopback(request.url())
        {
            return Err(error.clone());
        }
        if let Some(error) = &self.no_tls
            && request.url().scheme() == "https"
        {
            return Err(error.clone());
        }
        let arriving = self.arriving(request, &host, largest);
        match &self.slow {
            // What is held is to be waited for.
            Some(slow) if patience <= PATIENCE => slow.waiting(&host, arriving).await,
            _ => arriving.await,
        }
    }

    /// The whole reply of `host`.
    async fn arriving(
        &self,
        request: Request,
        host: &str,
        largest: usize,
    ) -> Result<Reply, AppError> {
        let mut response = self.client.execute(request).await.map_err(|e| unreachable(&e, host))?;
        let mut reply = Reply::new(response.status().as_u16(), Vec::new());
        let text = |headers: &HeaderMap, name| {
            headers.get(name).and_then(|value| value.to_str().ok()).map(str::to_owned)
        };
        reply.retry_after = text(response.headers(), RETRY_AFTER)
            .and_then(|value| retry_after(&value, Timestamp::now()));
        reply.challenge = text(response.headers(), WWW_AUTHENTICATE);
        reply.etag = text(response.headers(), ETAG);
        reply.location = text(response.headers(), LOCATION);
        reply.content_type = text(response.headers(), CONTENT_TYPE);
        reply.cache_control = text(response.headers(), CACHE_CONTROL);
        // Room for the usual reply at once, so that a token in it is not left
        // behind in a buffer that was outgrown.
        let mut body = Zeroizing::new(Vec::with_capacity(16 * 1024));
        while let Some(chunk) = response.chunk().await.map_err(|e| unreachable(&e, host))? {
            if body.len() + chunk.len() > largest {
                return Err(reply_too_large(host));
            }
            body.extend_from_slice(&chunk);
        }
        reply.body = body;
        Ok(reply)
    }
}

/// Makes clients that each go to one address, and by no proxy: for a place that a
/// stranger named, where whoever resolved the name has looked at what it means.
#[derive(Clone, Debug)]
pub struct Pinned {
    extra: Result<Vec<Certificate>, AppError>,
}

impl Pinned {
    /// With the certificates of `env` besides the operating system's.
    pub fn new(env: &Environment) -> Self {
        // As in [`Http::new`].
        let _ = rustls::crypto::ring::default_provider().install_default();
        Self { extra: extra_roots(env) }
    }

    /// A client for which `host` is at `address`, at that port where a URL names none.
    ///
    /// # Errors
    /// When the certificates cannot be read, or no client can be made.
    pub fn http(&self, host: &str, address: SocketAddr) -> Result<Http, AppError> {
        let extra = self.extra.clone()?;
        let pinned = || builder(&[]).resolve(host, address);
        let client = match pinned().tls_certs_merge(extra.clone()).build() {
            Ok(client) => client,
            Err(error) if extra.is_empty() => return Err(no_system_roots(&error)),
            Err(_) => pinned().tls_certs_only(extra).build().map_err(AppError::internal)?,
        };
        Ok(Http { client, no_tls: None, no_way_out: None, slow: None })
    }
}

/// Host and, where it is not the scheme's own, port: what a person is told.
pub fn address(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
}

/// A text as it may be repeated: who signs in at an address in it, and with
/// what password, is left out. A password may hold what should have been
/// written by its number, so all before the last `@` goes.
pub fn without_password(text: &str) -> String {
    let ends = |c: char| c.is_whitespace() || matches!(c, '\'' | '"' | ',');
    text.split_inclusive(ends).map(word_without_password).collect()
}

fn word_without_password(word: &str) -> String {
    match word.rfind('@') {
        // An e-mail address has no colon.
        Some(end) if word[..end].contains(':') => {
            let begin = word.find("://").filter(|at| at + 3 <= end).map_or(0, |at| at + 3);
            format!("{}…{}", &word[..begin], &word[end..])
        }
        _ => word.to_owned(),
    }
}

/// Whether two base URLs are one place.
pub fn same_place(one: &Url, other: &Url) -> bool {
    one.scheme() == other.scheme()
        && one.host() == other.host()
        && one.port_or_known_default() == other.port_or_known_default()
        && one.path().trim_end_matches('/') == other.path().trim_end_matches('/')
}

/// A URL as it is told again: without name, password, query and fragment, in each
/// of which a secret may stand. An `@` behind the host says that name and password may
/// have become host and path: then nothing but its scheme is told.
pub fn url_without_secrets(url: &Url) -> String {
    let mut url = url.clone();
    let is_loose = |part: Option<&str>| part.is_some_and(|part| part.contains('@'));
    if [Some(url.path()), url.query(), url.fragment()].into_iter().any(is_loose) {
        return format!("{}://…", url.scheme());
    }
    // An address that can have neither has neither.
    let _ = url.set_username("");
    let _ = url.set_password(None);
    url.set_query(None);
    url.set_fragment(None);
    url.into()
}

fn builder(proxies: &[Proxy]) -> ClientBuilder {
    let accept = HeaderMap::from_iter([(ACCEPT, HeaderValue::from_static("application/json"))]);
    #[allow(clippy::disallowed_methods, reason = "the one place that may: see clippy.toml")]
    let mut builder = reqwest::Client::builder()
        .user_agent(concat!("crewmesh/", env!("CARGO_PKG_VERSION")))
        .default_headers(accept)
        .redirect(redirect::Policy::none())
        .referer(false)
        .connect_timeout(CONNECT_TIMEOUT)
        .no_proxy();
    for proxy in proxies {
        builder = builder.proxy(proxy.clone());
    }
    builder
}

/// The certificates the person named themselves.
fn extra_roots(env: &Environment) -> Result<Vec<Certificate>, AppError> {
    let mut roots = Vec::new();
    for variable in ["CREWMESH_CA_FILE", "SSL_CERT_FILE"] {
        let Some(path) = env.variables.get_os(variable).map(Path::new) else { continue };
        let fault = |what: String| {
            AppError::new(
                ErrorKind::BadArguments,
                "ca_file_unreadable",
                Message::new("reach-ca-file-unreadable")
                    .with("variable", variable)
                    .with("path", path.display().to_string())
                    .with("what", what),
            )
            .hint(Message::new("reach-ca-file-unreadable-hint").with("variable", variable))
        };
        let pem =
            regular_file::read(path, LARGEST_CA_FILE).map_err(|error| fault(error.to_string()))?;
        let found = Certificate::from_pem_bundle(&pem).map_err(|error| fault(error.to_string()))?;
        if found.is_empty() {
            return Err(fault("no certificate in it".to_owned()));
        }
        roots.extend(found);
    }
    Ok(roots)
}

fn no_system_roots(error: &reqwest::Error) -> AppError {
    let mut cause: &dyn std::error::Error = error;
    while let Some(deeper) = cause.source() {
        cause = deeper;
    }
    AppError::new(
        ErrorKind::Unreachable,
        "no_system_certificates",
        Message::new("reach-no-system-certificates").with("what", cause.to_string()),
    )
    .hint(Message::new("reach-no-system-certificates-hint"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_password_of_an_address_is_repeated() {
        for (text, shown) in [
            ("https://u:p@host/x", "https://…@host/x"),
            ("see 'postgres://u:p/w#@db:5432/x?y', then", "see 'postgres://…@db:5432/x?y', then"),
            ("https://token@host https://other", "https://…@host https://other"),
            ("https://host/x a@b", "https://host/x a@b"),
            ("for a@b", "for a@b"),
            ("u:p@host", "…@host"),
        ] {
            assert_eq!(without_password(text), shown);
        }
    }
}

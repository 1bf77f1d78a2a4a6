//! An instance for others: started by what it was told, and stopped.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use tokio::net::TcpListener;
use url::Url;

use super::config::Config;
use super::http::listen::{self, Listening, ServerHandle};
use super::http::metrics;
use super::http::tls::Tls;
use super::mail::Mailer;
use super::operations::accounts::FIRST_ADMIN;
use super::router::router;
use super::start::{base_of, cannot_listen, share};
use super::state::{Shared, State, origin};
use super::store::Store;
use crate::error::{AppError, ErrorKind};
use crate::http::{is_loopback, url_without_secrets};
use crate::i18n::Message;
use crate::secret::Secret;

#[derive(Debug)]
pub struct Server;

/// An instance that runs. Dropping it stops listening; [`Running::stop`] also
/// answers what is held.
#[derive(Debug)]
pub struct Running {
    listening: ServerHandle,
    metrics: Option<ServerHandle>,
    tls: Option<Tls>,
    admin_link: Option<Secret>,
    state: State,
}

impl Server {
    /// Starts an instance.
    ///
    /// # Errors
    /// When the database, the key or the address cannot be used, or when it
    /// would serve sign-ins in the clear off loopback.
    pub async fn start(config: Config) -> Result<Running, AppError> {
        let public = config.public_url.clone().map(public_url).transpose()?;
        refuse_in_the_clear(&config, public.as_ref())?;
        let tls = config.tls.clone().map(Tls::load).transpose()?;
        raise_open_files();
        let opened = Store::open(&config.database, config.connections, config.given_keys()).await?;
        let address = config.listen;
        let listener = bound(address)?;
        let address = listener.local_addr().map_err(|why| cannot_listen(address, &why))?;
        let base = if let Some(url) = public {
            url
        } else {
            let mut base = base_of(address)?;
            // One web scheme for another: it is taken.
            let _ = tls.is_some() && base.set_scheme("https").is_ok();
            base
        };
        let metrics = config.metrics.map(bound).transpose()?;
        let mailer = config.smtp.as_ref().map(|smtp| Mailer::new(smtp, &base)).transpose()?;
        let shared = Arc::new(Shared { mailer, ..share(config, opened, None) });
        let state = State::new(shared, base.clone(), base);
        let admin_link = if state.store.has_admin().await? {
            None
        } else {
            let token = state.keys.form_token(FIRST_ADMIN);
            Some(state.page(&format!("/register?first={}", token.expose())).into())
        };
        // For commands beside the server, which make links.
        state.store.note_address(&origin(&state.base)).await?;
        let metrics = match metrics {
            Some(listener) => {
                let router = metrics::router(state.clone());
                Some(served(listener, router, Listening::default())?)
            }
            None => None,
        };
        let listening = Listening {
            options: state.config.listen_options,
            tls: tls.clone(),
            trusted_proxies: state.config.trusted_proxies.as_slice().into(),
            proxy_protocol: state.config.proxy_protocol,
            connections: Some(state.connections.clone()),
        };
        let listening = served(listener, router(state.clone()), listening)?;
        Ok(Running { listening, metrics, tls, admin_link, state })
    }
}

impl Running {
    /// The address it listens at, with the port it got.
    pub fn address(&self) -> SocketAddr {
        self.listening.address()
    }

    /// Where people reach it.
    pub fn base_url(&self) -> &Url {
        &self.state.base
    }

    /// The one-time link for the first administrator, while there is none.
    pub fn admin_link(&self) -> Option<&Secret> {
        self.admin_link.as_ref()
    }

    /// Where its metrics are, where they were asked for.
    pub fn metrics(&self) -> Option<SocketAddr> {
        self.metrics.as_ref().map(ServerHandle::address)
    }

    /// Reads the certificate again, where there is one.
    ///
    /// # Errors
    /// When it cannot be used; the one before stays in use.
    pub fn reload(&self) -> Result<(), AppError> {
        self.tls.as_ref().map_or(Ok(()), Tls::reload)
    }

    /// What its routes are given.
    pub fn state(&self) -> &State {
        &self.state
    }

    /// Answers held polls with `authorization_pending`, finishes what is under
    /// way, and stops.
    pub async fn stop(self) {
        self.state.end_waits();
        self.listening.stop().await;
        if let Some(metrics) = self.metrics {
            metrics.stop().await;
        }
        self.state.finished().await;
        self.state.store.close().await;
    }
}

/// `url`, where it is nothing but scheme, host and port: the address people reach an
/// instance by.
///
/// # Errors
/// `public_url_malformed`; a password in it is not repeated.
pub fn public_url(url: Url) -> Result<Url, AppError> {
    let plain = matches!(url.scheme(), "http" | "https")
        && url.has_host()
        && matches!(url.path(), "" | "/")
        && url.query().is_none()
        && url.fragment().is_none()
        && url.username().is_empty()
        && url.password().is_none();
    if plain {
        return Ok(url);
    }
    Err(AppError::new(
        ErrorKind::BadArguments,
        "public_url_malformed",
        Message::new("server-public-url-malformed").with("url", url_without_secrets(&url)),
    ))
}

/// Off loopback nothing may be read on the way.
fn refuse_in_the_clear(config: &Config, public: Option<&Url>) -> Result<(), AppError> {
    let is_safe = match public {
        Some(url) => url.scheme() == "https" || (is_loopback(url) && config.tls.is_none()),
        // A certificate is for a name, which nobody has said.
        None if config.tls.is_some() && !config.listen.ip().is_loopback() => {
            return Err(AppError::new(
                ErrorKind::BadArguments,
                "public_url_missing",
                Message::new("server-needs-public-url"),
            ));
        }
        None => config.listen.ip().is_loopback(),
    };
    if is_safe || config.insecure_http {
        return Ok(());
    }
    let address = public.map_or_else(|| config.listen.to_string(), origin);
    Err(AppError::new(
        ErrorKind::BadArguments,
        "https_required",
        Message::new("server-needs-https").with("address", address),
    )
    .hint(Message::new("server-needs-https-hint")))
}

fn bound(address: SocketAddr) -> Result<TcpListener, AppError> {
    listen::bind(address, false).map_err(|why| cannot_listen(address, &why))
}

fn served(
    listener: TcpListener,
    router: Router,
    listening: Listening,
) -> Result<ServerHandle, AppError> {
    ServerHandle::serve_with(listener, router, listening).map_err(AppError::internal)
}

/// Each held sign-in is an open file: as many as the operating system allows.
fn raise_open_files() {
    #[cfg(unix)]
    {
        use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
        let limit = getrlimit(Resource::Nofile);
        if limit.current < limit.maximum || limit.maximum.is_none() {
            let raised = Rlimit { current: limit.maximum, maximum: limit.maximum };
            let _ = setrlimit(Resource::Nofile, raised);
        }
    }
}

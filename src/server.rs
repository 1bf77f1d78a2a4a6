//! The instance server: identity, meshes, machines and pages, on one database.
//!
//! [`Server::start`] runs one for others; [`embedded::Embedded`] is the one
//! built into a command for the person at the keyboard. Both are the same
//! routes over the same [`state::State`].

pub mod admin;
pub mod api_error;
pub mod approval;
pub mod caller;
pub mod cli_auth;
pub mod config;
pub mod device_code_state;
pub mod embedded;
pub mod hosts;
pub mod invites;
pub mod keys;
pub mod listen;
pub mod mail;
pub mod metrics;
pub mod my;
pub mod oauth;
pub mod openapi;
pub mod pages;
pub mod passwords;
pub mod plans;
pub mod poll_rate;
pub mod rate_limits;
pub mod resets;
pub mod scopes;
pub mod state;
pub mod store;
pub mod tls;
pub mod upstreams;
pub mod wake;

use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::StatusCode;
use axum::middleware::from_fn_with_state;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use tokio::net::TcpListener;
use tower_http::catch_panic::CatchPanicLayer;
use url::Url;

use self::api_error::ApiError;
pub use self::config::{Config, Database, Limits, SignUp};
use self::listen::{ListenOptions, ServerHandle};
use self::mail::Mailer;
use self::metrics::Counters;
use self::poll_rate::PollRates;
use self::rate_limits::RateLimits;
use self::state::{Shared, State};
use self::store::{Opened, Store};
use self::tls::Tls;
use self::wake::Wake;
use crate::error::{AppError, ErrorKind};
use crate::http::is_loopback;
use crate::i18n::Message;
use crate::secret::Secret;

/// Bytes of the largest body that is read.
const LARGEST_BODY: usize = 64 * 1_024;

/// What [`keys::Keys::form_token`] is asked for to make the link of the first
/// administrator: `/register?first=TOKEN`, good while there is none.
pub const FIRST_ADMIN: &str = "first administrator";

/// Starts instances.
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
        let opened = Store::open(
            &config.database,
            config.connections,
            config.key.as_ref(),
            config.clock.now(),
        )
        .await?;
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
        let listen_options = ListenOptions { tls: tls.clone(), ..config.listen_options.clone() };
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
        state.store.note_address(&state::origin(&state.base)).await?;
        let metrics = match metrics {
            Some(listener) => {
                Some(served(listener, metrics::router(state.clone()), ListenOptions::default())?)
            }
            None => None,
        };
        let listening = served(listener, router(state.clone()), listen_options)?;
        Ok(Running { listening, metrics, tls, admin_link, state })
    }
}

impl Running {
    /// Where it listens.
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
        self.state.wake.stop();
        self.listening.stop().await;
        if let Some(metrics) = self.metrics {
            metrics.stop().await;
        }
        self.state.store.close().await;
    }
}

/// Every route of an instance, with the door before them.
pub fn router(state: State) -> Router {
    let routes = Router::new()
        .merge(oauth::routes())
        .merge(cli_auth::routes())
        .merge(my::routes())
        .merge(admin::routes())
        .merge(invites::routes())
        .merge(openapi::routes())
        .merge(served_pages(&state))
        .route("/healthz", get(hosts::healthy))
        .route("/readyz", get(hosts::ready))
        .with_state(state.clone());
    behind_the_door(routes, state)
}

/// The pages, where they are served: not on the embedded instance's private
/// listener, which is for its own client.
fn served_pages(state: &State) -> Router<State> {
    if state.base == state.pages { pages::router(state) } else { Router::new() }
}

/// `routes` behind the checks that every request comes through.
pub fn behind_the_door(routes: Router, state: State) -> Router {
    let told = state.clone();
    routes
        .fallback(move |request| hosts::nothing(told.clone(), request))
        .method_not_allowed_fallback(hosts::not_this_way)
        .layer(DefaultBodyLimit::max(LARGEST_BODY))
        .layer(from_fn_with_state(state, hosts::door))
        .layer(CatchPanicLayer::custom(panicked))
}

/// A fault of ours in one request ends that request only.
fn panicked(_: Box<dyn std::any::Any + Send>) -> Response {
    tracing::error!("a request panicked");
    ApiError::new(StatusCode::INTERNAL_SERVER_ERROR, "internal", "The instance failed.")
        .into_response()
}

fn share(config: Config, opened: Opened, owner: Option<String>) -> Shared {
    Shared {
        sweeping: opened.store.keep_swept(&config.clock),
        store: opened.store.on_plans(config.plans.clone()),
        keys: opened.keys,
        wake: Wake::default(),
        poll_rates: PollRates::default(),
        rate_limits: RateLimits::new(&config.limits, &config.clock),
        counters: Counters::default(),
        mailer: None,
        clock: config.clock.clone(),
        instance_id: opened.instance_id,
        owner,
        config,
    }
}

/// `url` without anything but scheme and authority.
fn public_url(url: Url) -> Result<Url, AppError> {
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
        Message::new("server-public-url-malformed").with("url", url.as_str()),
    ))
}

fn base_of(address: SocketAddr) -> Result<Url, AppError> {
    let mut address = address;
    if address.ip().is_unspecified() {
        // Only under --insecure-http: the address that others reach us by.
        let ip = embedded::nearby::address().ok_or_else(embedded::nearby::no_network)?;
        address.set_ip(ip);
    }
    Url::parse(&format!("http://{address}")).map_err(AppError::internal)
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
    let address = public.map_or_else(|| config.listen.to_string(), state::origin);
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
    listen_options: ListenOptions,
) -> Result<ServerHandle, AppError> {
    ServerHandle::on_terms(listener, router, listen_options).map_err(AppError::internal)
}

fn cannot_listen(address: SocketAddr, why: &std::io::Error) -> AppError {
    let said = |id| {
        let message = Message::new(id).with("address", address.to_string());
        AppError::new(ErrorKind::Failed, "cannot_listen", message.with("why", why.to_string()))
    };
    match why.kind() {
        std::io::ErrorKind::AddrInUse => {
            said("server-listen-taken").hint(Message::new("server-listen-taken-hint"))
        }
        std::io::ErrorKind::PermissionDenied => {
            said("server-listen-failed").hint(Message::new("server-listen-denied-hint"))
        }
        _ => said("server-listen-failed"),
    }
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

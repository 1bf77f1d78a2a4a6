//! Running an instance for a team, and what its operator does beside it:
//! copies of the database, a way back for whoever lost a
//! password or a second factor.

mod log;
mod tasks;
mod upstreams;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Subcommand, ValueEnum};
use ipnet::IpNet;
use serde_json::json;
use url::Url;

use self::log::Log;
use super::context::CommandContext;
use crate::error::{AppError, ErrorKind};
use crate::http::Pinned;
use crate::i18n::Message;
use crate::provider::spec;
use crate::secret::Secret;
use crate::server::client_documents::{ClientDocuments, Fetcher};
use crate::server::config::{
    Config, Database, Limits, ProxyHeader, SignUp, Smtp, TlsFiles, network,
};
use crate::server::domain::plans::{Plan, Plans};
use crate::server::operations::redirects;
use crate::server::providers::Providers;
use crate::server::{Running, Server};

/// Run an instance for a team
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  crewmesh serve                                 on this computer alone
  crewmesh serve --listen 0.0.0.0:443 --public-url https://mesh.example.org \\
    --tls-cert fullchain.pem --tls-key privkey.pem
  crewmesh serve --public-url https://mesh.example.org --trusted-proxy 127.0.0.1
  crewmesh serve --database postgres://crewmesh@db.example.org/crewmesh?sslmode=verify-full
  crewmesh serve --plan free:meshes=3,members=10,machines=5 --plan team
  crewmesh serve backup /var/backups/crewmesh.db
  crewmesh serve reset-link ana@example.org
  crewmesh serve remove-second-factor ana@example.org

A PostgreSQL password belongs in PGPASSWORD, in ~/.pgpass, or in a whole address
in CREWMESH_DATABASE, where no list of processes shows it. Every node is given
the same CREWMESH_INSTANCE_KEY.

A client secret of GitHub or of an OIDC issuer belongs in CREWMESH_UPSTREAM_NAME_SECRET,
or in a file that client_secret_file names.")]
pub(crate) struct Serve {
    #[command(subcommand)]
    task: Option<Task>,
    /// Where to listen: 127.0.0.1:8080, 0.0.0.0:443, [::]:443
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:7437")]
    listen: SocketAddr,
    /// The address people reach it by, such as https://mesh.example.org;
    /// required off loopback
    #[arg(long, value_name = "URL", global = true)]
    public_url: Option<Url>,
    /// Where everything is kept: an SQLite file, or a postgres:// address for
    /// several nodes
    #[arg(long, value_name = "PATH|URL", global = true)]
    database: Option<String>,
    /// The most connections to PostgreSQL (16)
    #[arg(long, value_name = "COUNT")]
    connections: Option<u32>,
    /// Who may make an account
    #[arg(long, value_name = "WHO")]
    sign_up: Option<Who>,
    /// Everybody sets up a second factor before anything else on the pages
    #[arg(long)]
    require_second_factor: bool,
    /// The certificate in PEM, with those that vouch for it; read again on SIGHUP
    #[arg(long, value_name = "FILE", requires = "tls_key")]
    tls_cert: Option<PathBuf>,
    /// The private key of the certificate, in PEM
    #[arg(long, value_name = "FILE", requires = "tls_cert")]
    tls_key: Option<PathBuf>,
    /// A proxy that is believed for whom it asks: an address or a network
    /// such as 10.0.0.0/8, again for each
    #[arg(long, value_name = "ADDRESS", value_parser = network)]
    trusted_proxy: Vec<IpNet>,
    /// The header in which it says that; it must write this one itself
    #[arg(
        long,
        value_name = "HEADER",
        default_value = "x-forwarded-for",
        requires = "trusted_proxy"
    )]
    proxy_header: Header,
    /// Each connection of a trusted proxy begins with the PROXY protocol, version
    /// 1 or 2
    #[arg(long, requires = "trusted_proxy")]
    proxy_protocol: bool,
    /// Serve plain HTTP off loopback all the same
    #[arg(long)]
    insecure_http: bool,
    /// The longest a sign-in is kept waiting for an answer, 1 to 25 seconds;
    /// below the proxy's own limit
    #[arg(long, value_name = "SECONDS", default_value = "25",
        value_parser = clap::value_parser!(u64).range(1..=25))]
    longest_hold: u64,
    /// Sign-in codes a minute for each network address
    #[arg(long, value_name = "COUNT", default_value = "30",
        value_parser = clap::value_parser!(u32).range(1..))]
    limit_codes: u32,
    /// Passwords tried a minute for each account and network address
    #[arg(long, value_name = "COUNT", default_value = "10",
        value_parser = clap::value_parser!(u32).range(1..))]
    limit_sign_ins: u32,
    /// Other requests a minute for each token or network address
    #[arg(long, value_name = "COUNT", default_value = "600",
        value_parser = clap::value_parser!(u32).range(1..))]
    limit_requests: u32,
    /// Messages a minute of one person in one mesh; five times as many an hour to one
    /// other there
    #[arg(long, value_name = "COUNT", default_value = "120",
        value_parser = clap::value_parser!(u32).range(1..))]
    limit_messages: u32,
    /// Days that messages, ended tasks and the log of a mesh are kept, 1 to 3650
    #[arg(long, value_name = "DAYS", default_value = "30",
        value_parser = clap::value_parser!(u32).range(1..=3_650))]
    keep_messages: u32,
    /// Connections of each network address, loopback apart; a quarter of the files
    /// that may be open, 1024 at most, where it is not given
    #[arg(long, value_name = "COUNT", value_parser = clap::value_parser!(u32).range(1..))]
    limit_connections: Option<u32>,
    /// A plan and what it has room for, again for each, the smallest first; the
    /// first is everybody's who is on no other
    #[arg(long, value_name = "NAME:LIMITS")]
    plan: Vec<Plan>,
    /// Programs register themselves, to be let in at /mcp
    #[arg(long, value_name = "HOW", default_value = "on")]
    mcp_registration: Whether,
    /// A folder of documents that programs are known by, or off; else each is fetched
    #[arg(long, value_name = "DIR")]
    mcp_client_documents: Option<PathBuf>,
    /// Where to serve /metrics, for nobody but who runs the instance
    #[arg(long, value_name = "ADDRESS")]
    metrics_listen: Option<SocketAddr>,
    /// The mail server invites go out by: smtps://USER:PASSWORD@HOST; better in
    /// CREWMESH_SMTP_URL, where no list of processes shows it
    #[arg(long, value_name = "URL")]
    smtp_url: Option<Secret>,
    /// Whom invites come from
    #[arg(long, value_name = "ADDRESS")]
    smtp_from: Option<String>,
    /// Where people may also sign in, GitHub or any OIDC issuer: a TOML file
    /// that names them (CREWMESH_UPSTREAMS)
    #[arg(long, value_name = "FILE")]
    upstreams: Option<PathBuf>,
    /// What is otherwise at AI providers, such as your client there: a TOML file with a
    /// table for each (CREWMESH_PROVIDERS)
    #[arg(long, value_name = "FILE")]
    providers: Option<PathBuf>,
    /// Write a line to stderr for each request, as text or as JSON
    #[arg(long, value_name = "FORM")]
    log: Option<Log>,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Header {
    XForwardedFor,
    Forwarded,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Whether {
    On,
    Off,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Who {
    Open,
    Invite,
    Closed,
}

#[derive(Debug, Subcommand)]
enum Task {
    /// Copy the SQLite database while it is in use
    Backup(tasks::Backup),
    /// Make a link that sets a new password, for whoever lost theirs
    ResetLink(tasks::ResetLink),
    /// Take the second factor of an account away, for whoever lost theirs
    RemoveSecondFactor(tasks::RemoveSecondFactor),
    /// Seal what opens people's accounts at AI providers under a new key, while it is in use
    RotateKey(tasks::RotateKey),
}

/// Does what was asked for beside the server; else serves until SIGINT or
/// SIGTERM, then answers what is held and stops.
pub(super) fn run(serve: &Serve, context: &CommandContext) -> Result<u8, AppError> {
    log::start(serve.log, context.env.variables.get("CREWMESH_LOG"));
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(AppError::internal)?;
    runtime.block_on(async {
        match &serve.task {
            Some(Task::Backup(backup)) => {
                tasks::back_up(backup, &serve.database(context)?, context).await
            }
            Some(Task::ResetLink(link)) => {
                let url = serve.public_url.as_ref();
                let database = serve.database(context)?;
                tasks::reset_link(link, &database, url, serve.listen, context).await
            }
            Some(Task::RemoveSecondFactor(whose)) => {
                tasks::remove_second_factor(whose, &serve.database(context)?, context).await
            }
            Some(Task::RotateKey(_)) => tasks::rotate_key(&serve.database(context)?, context).await,
            None => {
                // Before anybody is told that it serves: whoever reads that may
                // stop it at once.
                let mut orders = Orders::heard()?;
                let running = Server::start(serve.config(context)?).await?;
                announce(&running, context);
                let renews = running.state().config.tls.is_some();
                {
                    let mut served = std::pin::pin!(async {
                        while orders.next(renews).await == Order::Renew {
                            renew(&running);
                        }
                    });
                    // Beside the server: an issuer may take its time.
                    tokio::select! {
                        () = &mut served => {}
                        () = upstreams::note_strange_signatures(&running, context) => {
                            served.await;
                        }
                    }
                }
                running.stop().await;
                Ok(0)
            }
        }
    })
}

impl Serve {
    fn database(&self, context: &CommandContext) -> Result<Database, AppError> {
        let named = self.database.as_deref();
        match named.or_else(|| context.env.variables.get("CREWMESH_DATABASE")) {
            Some(text) => Database::parse(text),
            None => Ok(Database::in_home(context.credentials.home().open()?.path())),
        }
    }

    fn client_documents(&self, context: &CommandContext) -> Result<ClientDocuments, AppError> {
        Ok(match &self.mcp_client_documents {
            None => ClientDocuments::Fetched(Fetcher::new(Pinned::new(&context.env))),
            Some(off) if off.as_os_str() == "off" => ClientDocuments::Off,
            Some(folder) if folder.is_dir() => ClientDocuments::Folder(folder.clone()),
            Some(path) => {
                let message = Message::new("serve-documents-folder");
                let message = message.with("path", path.display().to_string());
                return Err(AppError::new(ErrorKind::BadArguments, "no_such_folder", message));
            }
        })
    }

    fn config(&self, context: &CommandContext) -> Result<Config, AppError> {
        let mut config = Config::new(self.listen, self.database(context)?);
        config.public_url.clone_from(&self.public_url);
        config.connections = self.connections;
        config.require_second_factor = self.require_second_factor;
        config.insecure_http = self.insecure_http;
        config.key = context.env.variables.get("CREWMESH_INSTANCE_KEY").map(Secret::new);
        config.vault_keys = context.env.variables.get("CREWMESH_VAULT_KEYS").map(Secret::new);
        config.trusted_proxies.clone_from(&self.trusted_proxy);
        config.proxy_header = match self.proxy_header {
            Header::XForwardedFor => ProxyHeader::XForwardedFor,
            Header::Forwarded => ProxyHeader::Forwarded,
        };
        config.proxy_protocol = self.proxy_protocol;
        config.connections_of_one = self.limit_connections;
        config.longest_hold = Duration::from_secs(self.longest_hold);
        config.client_documents = self.client_documents(context)?;
        config.registers_clients = self.mcp_registration == Whether::On;
        config.plans = Plans(self.plan.clone());
        config.limits = Limits {
            device_authorizations: self.limit_codes,
            sign_ins: self.limit_sign_ins,
            requests: self.limit_requests,
            messages: self.limit_messages,
        };
        config.keep_messages = self.keep_messages;
        let smtp = || context.env.variables.get("CREWMESH_SMTP_URL").map(Secret::new);
        config.smtp = self
            .smtp_url
            .clone()
            .or_else(smtp)
            .map(|url| Smtp { url, from: self.smtp_from.clone() });
        config.providers = Providers::new(self.providers.clone(), &context.env);
        // Whoever wrote what makes no sense is still there to read it.
        config.providers.registry()?;
        config.upstreams = upstreams::read(self.upstreams.as_deref(), context)?;
        config.metrics = self.metrics_listen;
        config.tls = self
            .tls_cert
            .clone()
            .zip(self.tls_key.clone())
            .map(|(certificate, key)| TlsFiles { certificate, key });
        // Behind a proxy others come in, wherever it listens.
        if self.public_url.as_ref().is_some_and(|url| !crate::http::is_loopback(url)) {
            config.sign_up = SignUp::Invite;
        }
        if let Some(who) = self.sign_up {
            config.sign_up = match who {
                Who::Open => SignUp::Open,
                Who::Invite => SignUp::Invite,
                Who::Closed => SignUp::Closed,
            };
        }
        Ok(config)
    }
}

/// What an operator wants to know once it runs. The first line is the address:
/// whoever waits for it waits for that line.
fn announce(running: &Running, context: &CommandContext) {
    let config = &running.state().config;
    let url = running.base_url().as_str();
    let place = config.database.place();
    let state = running.state();
    let back = redirects::registered(state).unwrap_or_default().into_iter();
    let back: Vec<_> =
        back.map(|name| (spec::title(&name), redirects::way_back(state, &name), name)).collect();
    let providers: Vec<_> = back
        .iter()
        .map(|(title, url, name)| json!({ "name": name, "title": title, "redirect_uri": url }))
        .collect();
    let object = json!({
        "url": url,
        "database": place,
        "sign_up": config.sign_up.name(),
        "require_second_factor": config.require_second_factor,
        "upstreams": upstreams::facts(running),
        "providers": providers,
        "metrics": running.metrics().map(|at| format!("http://{at}/metrics")),
        "first_admin": running.admin_link().map(Secret::expose),
    });
    // Nobody can be told: it serves all the same.
    let _ = context.out.answer(object, |lines| {
        lines.say(&Message::new("serve-serving").with("url", url));
        lines.say(&Message::new("serve-kept").with("place", place));
        lines.say(&Message::new(match config.sign_up {
            SignUp::Open => "serve-sign-up-open",
            SignUp::Invite => "serve-sign-up-invite",
            SignUp::Closed => "serve-sign-up-closed",
        }));
        if config.require_second_factor {
            lines.say(&Message::new("serve-second-factor"));
        }
        for upstream in config.upstreams.iter() {
            lines.say(
                &Message::new("serve-upstream")
                    .with("upstream", upstream.title.as_str())
                    .with("url", running.state().way_back_from(&upstream.slug)),
            );
        }
        for (title, url, _) in &back {
            let said = Message::new("serve-upstream").with("upstream", title.as_str());
            lines.say(&said.with("url", url.as_str()));
        }
        if let Some(at) = running.metrics() {
            lines.say(&Message::new("serve-metrics").with("url", format!("http://{at}/metrics")));
        }
        if let Some(link) = running.admin_link() {
            // Printed by the command that made it, and good once.
            lines.say(&Message::new("serve-first-admin").with("link", link.expose()));
        }
    });
}

/// What whoever runs the instance, or the system, wants of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Order {
    /// Answer what is held and stop.
    Stop,
    /// Read the certificate again.
    Renew,
}

/// The signals that carry orders.
#[cfg(unix)]
struct Orders {
    interrupted: tokio::signal::unix::Signal,
    terminated: tokio::signal::unix::Signal,
    hung_up: tokio::signal::unix::Signal,
}

#[cfg(unix)]
impl Orders {
    fn heard() -> Result<Self, AppError> {
        use tokio::signal::unix::{SignalKind, signal};
        let heard = |kind| signal(kind).map_err(AppError::internal);
        Ok(Self {
            interrupted: heard(SignalKind::interrupt())?,
            terminated: heard(SignalKind::terminate())?,
            hung_up: heard(SignalKind::hangup())?,
        })
    }

    /// A hang-up means a renewed certificate where there is one, else that the
    /// terminal went away.
    async fn next(&mut self, renews: bool) -> Order {
        tokio::select! {
            _ = self.interrupted.recv() => Order::Stop,
            _ = self.terminated.recv() => Order::Stop,
            _ = self.hung_up.recv() => if renews { Order::Renew } else { Order::Stop },
        }
    }
}

#[cfg(not(unix))]
struct Orders;

#[cfg(not(unix))]
impl Orders {
    #[allow(clippy::unnecessary_wraps, reason = "where there are signals it can fail")]
    fn heard() -> Result<Self, AppError> {
        Ok(Self)
    }

    async fn next(&mut self, _: bool) -> Order {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
        Order::Stop
    }
}

fn renew(running: &Running) {
    match running.reload() {
        Ok(()) => tracing::info!("the certificate was read again"),
        Err(error) => {
            tracing::warn!(error.code, "the certificate cannot be used; the one before stays");
        }
    }
}

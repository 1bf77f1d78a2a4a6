//! What an instance is told before it starts. Everything that differs between
//! `crewmesh serve` and the embedded instance is a value in here; nothing
//! below reads the environment.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::time::Duration;

use ipnet::IpNet;
use url::Url;

use super::client_documents::ClientDocuments;
use super::clock::Clock;
use super::providers::Providers;
use super::upstreams::Upstreams;
use crate::error::{AppError, ErrorKind};
use crate::i18n::Message;
use crate::secret::Secret;
use crate::server::domain::plans::Plans;
use crate::wire::{HEARTBEAT, LONGEST_HOLD};

/// How an instance is to run.
#[derive(Clone, Debug)]
pub struct Config {
    /// Where to listen; port 0 takes a free one.
    pub listen: SocketAddr,
    /// The address people reach it by, scheme and authority only. Required off
    /// loopback. Issuer and links come from here, never from a Host header.
    pub public_url: Option<Url>,
    /// Where everything is kept.
    pub database: Database,
    /// The most connections to PostgreSQL; `None` is 16. All nodes together must
    /// stay below its `max_connections`.
    pub connections: Option<u32>,
    /// The instance key in lower-case hex (32 bytes), where it is not the 0600
    /// file beside the database (`CREWMESH_INSTANCE_KEY`).
    pub key: Option<Secret>,
    /// The vault's own keys, newest first (`CREWMESH_VAULT_KEYS`); else those in its file.
    pub vault_keys: Option<Secret>,
    /// Who may make an account.
    pub sign_up: SignUp,
    /// Whether everybody has to have a second factor.
    pub require_second_factor: bool,
    /// Serve plain HTTP off loopback all the same.
    pub insecure_http: bool,
    /// Our own proxies, which are believed for whom they ask.
    pub trusted_proxies: Vec<IpNet>,
    /// Where they say it.
    pub proxy_header: ProxyHeader,
    /// Whether each connection of theirs begins with the PROXY protocol.
    pub proxy_protocol: bool,
    /// The certificate, where no proxy in front of it speaks TLS.
    pub tls: Option<TlsFiles>,
    /// By which server invites are mailed, if they are.
    pub smtp: Option<Smtp>,
    /// Where people may sign in besides here.
    pub upstreams: Upstreams,
    /// How AI providers are asked.
    pub providers: Providers,
    /// Where `/metrics` is served, if anywhere: an address that only whoever
    /// runs the instance reaches.
    pub metrics: Option<SocketAddr>,
    /// Connections that each network address may hold, where it is not loopback;
    /// `None` goes by how many files may be open.
    pub connections_of_one: Option<u32>,
    /// How long a client may take to say what it wants.
    pub listen_options: ListenOptions,
    /// The longest hold of a poll; below the proxy's own limit.
    pub longest_hold: Duration,
    /// Whether programs that nobody knows register themselves (RFC 7591).
    pub registers_clients: bool,
    /// Where documents come from by which programs are known.
    pub client_documents: ClientDocuments,
    /// What accounts have room for, the smallest first; none bounds nothing.
    pub plans: Plans,
    /// How much is let through.
    pub limits: Limits,
    /// Days that messages, ended tasks and the log of a mesh are kept.
    pub keep_messages: u32,
    /// The oldest client of ours that is let in: the first whose requests this
    /// version still understands.
    pub oldest_client: [u64; 3],
    /// What time it is.
    pub clock: Clock,
}

impl Config {
    /// A server at `listen` on `database`, everything else as documented:
    /// sign-up open on loopback and by invite elsewhere.
    pub fn new(listen: SocketAddr, database: Database) -> Self {
        let sign_up = if listen.ip().is_loopback() { SignUp::Open } else { SignUp::Invite };
        Self {
            listen,
            public_url: None,
            database,
            connections: None,
            key: None,
            vault_keys: None,
            sign_up,
            require_second_factor: false,
            insecure_http: false,
            trusted_proxies: Vec::new(),
            proxy_header: ProxyHeader::XForwardedFor,
            proxy_protocol: false,
            tls: None,
            smtp: None,
            upstreams: Upstreams::default(),
            providers: Providers::default(),
            metrics: None,
            connections_of_one: None,
            listen_options: ListenOptions::default(),
            longest_hold: LONGEST_HOLD,
            registers_clients: true,
            client_documents: ClientDocuments::Off,
            plans: Plans::default(),
            limits: Limits::default(),
            keep_messages: 30,
            oldest_client: [0, 1, 0],
            clock: Clock::default(),
        }
    }

    /// The keys that were given.
    pub fn given_keys(&self) -> (Option<&Secret>, Option<&Secret>) {
        (self.key.as_ref(), self.vault_keys.as_ref())
    }

    /// Whether the key is there for the next start: given, or in its file.
    pub fn has_key(&self) -> bool {
        self.key.is_some() || self.database.key_file().is_none_or(|key| key.exists())
    }

    /// On loopback, on a free port, in memory, where time stands: for tests.
    pub fn in_memory() -> Self {
        let anywhere = SocketAddr::new(Ipv4Addr::LOCALHOST.into(), 0);
        Self { clock: Clock::standing(), ..Self::new(anywhere, Database::Memory) }
    }
}

/// Addresses that begin alike, or one address, as it is written: `10.0.0.0/8`,
/// `10.0.0.7`.
///
/// # Errors
/// What would be one.
pub fn network(text: &str) -> Result<IpNet, &'static str> {
    let one = || text.parse::<IpAddr>().map(IpNet::from);
    let wrong = "an address or a network: 10.0.0.7, 10.0.0.0/8, fd00::/8";
    let network: IpNet = text.parse().or_else(|_| one()).map_err(|_| wrong)?;
    // As the addresses are that it is compared with.
    match (network.addr().to_canonical(), network.prefix_len()) {
        (IpAddr::V4(ip), mapped @ 96..) if network.addr().is_ipv6() => {
            IpNet::new(ip.into(), mapped - 96).map_err(|_| wrong)
        }
        _ => Ok(network),
    }
}

/// The header in which our own proxies say for whom they ask. One only: what they
/// do not write themselves goes through them as the client wrote it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProxyHeader {
    XForwardedFor,
    /// RFC 7239.
    Forwarded,
}

impl ProxyHeader {
    /// As HTTP has it.
    pub fn name(self) -> &'static str {
        match self {
            Self::XForwardedFor => "x-forwarded-for",
            Self::Forwarded => "forwarded",
        }
    }
}

/// Where the certificate and its key lie, in PEM.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TlsFiles {
    /// The certificate, and behind it those that vouch for it.
    pub certificate: PathBuf,
    /// The file with its private key, PEM.
    pub key: PathBuf,
}

/// By which server mails go out.
#[derive(Clone, Debug)]
pub struct Smtp {
    /// `smtps://user:password@host`, or `smtp://host:587?tls=required`.
    pub url: Secret,
    /// Whom they come from; `None` is `crewmesh` at the instance's own host.
    pub from: Option<String>,
}

/// How patient a listener is.
#[derive(Clone, Copy, Debug)]
pub struct ListenOptions {
    /// How long a TLS handshake may take, and then the head of each request,
    /// from the first byte that could come: so long a connection is quiet.
    pub head: Duration,
    /// How long the body of a request may take to come, and how long what is
    /// answered may lie there untaken.
    pub body: Duration,
}

impl Default for ListenOptions {
    fn default() -> Self {
        // Whoever says now and then that it lives does so on one connection.
        Self { head: HEARTBEAT + Duration::from_secs(10), body: Duration::from_secs(30) }
    }
}

/// Where an instance keeps what it knows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Database {
    /// One SQLite file; several processes may share it.
    Sqlite(PathBuf),
    /// Gone with the process.
    Memory,
    /// A PostgreSQL URL, for several nodes.
    Postgres(Secret),
}

impl Database {
    /// The file that the embedded instance keeps in `home`, and that
    /// `crewmesh serve` opens too, so that `local` can become a team's.
    pub fn in_home(home: &Path) -> Self {
        Self::Sqlite(home.join("instance.db"))
    }

    /// Where it is, as an operator is told: never a password.
    pub fn place(&self) -> String {
        match self {
            Self::Sqlite(path) => path.display().to_string(),
            Self::Memory => String::new(),
            Self::Postgres(url) => Url::parse(url.expose())
                .map(|url| format!("{}{}", url.host_str().unwrap_or("localhost"), url.path()))
                .unwrap_or_default(),
        }
    }

    /// Where its key lies, unless it is given otherwise.
    pub fn key_file(&self) -> Option<PathBuf> {
        match self {
            Self::Sqlite(path) => Some(path.with_extension("key")),
            Self::Memory | Self::Postgres(_) => None,
        }
    }

    /// Where the vault's own keys lie, once it has some.
    pub fn vault_file(&self) -> Option<PathBuf> {
        match self {
            Self::Sqlite(path) => Some(path.with_extension("vault")),
            Self::Memory | Self::Postgres(_) => None,
        }
    }

    /// Whether its key lies beside it.
    pub fn has_key_file(&self) -> bool {
        self.key_file().is_some_and(|key| key.exists())
    }

    /// Reads `--database`: `postgres://…`, `sqlite:PATH`, or a path.
    ///
    /// # Errors
    /// For the address of anything else, which is not repeated: it may hold a
    /// password.
    pub fn parse(text: &str) -> Result<Self, AppError> {
        if text.starts_with("postgres://") || text.starts_with("postgresql://") {
            if !Url::parse(text).is_ok_and(|url| is_whole(&url)) {
                let message = Message::new("server-database-address");
                return Err(AppError::new(ErrorKind::BadArguments, "database_malformed", message)
                    .hint(Message::new("server-database-hint")));
            }
            return Ok(Self::Postgres(Secret::new(text)));
        }
        let path = text.strip_prefix("sqlite://").or_else(|| text.strip_prefix("sqlite:"));
        let path = path.unwrap_or(text);
        if path.is_empty() || path.contains("://") {
            let message = Message::new("server-database-malformed");
            return Err(AppError::new(ErrorKind::BadArguments, "database_malformed", message));
        }
        Ok(Self::Sqlite(PathBuf::from(path)))
    }
}

/// Whether `url` may be what was meant by it. A `/`, `#` or `?` in a password that
/// was not encoded ends the host there, and what was left of the password is read
/// as a port, the rest as a path: somebody else would be asked, and told it.
pub(super) fn is_whole(url: &Url) -> bool {
    url.fragment().is_none()
        && !url.path().contains('@')
        && !url.query().is_some_and(|query| query.contains('@'))
}

/// Who may make an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SignUp {
    /// Anybody who reaches the page.
    Open,
    /// Whoever holds an invite.
    Invite,
    Closed,
}

impl SignUp {
    /// As the metadata says it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Invite => "invite",
            Self::Closed => "closed",
        }
    }
}

/// How many of a thing are let through in a minute. Beyond it: 429 with
/// Retry-After.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Device authorizations, per network address.
    pub device_authorizations: u32,
    /// Sign-ins by password: per network address, and there per account.
    pub sign_ins: u32,
    /// Anything else, per credential; without one, per network address.
    pub requests: u32,
    /// Messages of one person in one mesh.
    pub messages: u32,
}

impl Limits {
    /// Sign-ins by password, per account, from all addresses together. Whoever has
    /// ten networks to guess from keeps others out by it, though nobody who signed
    /// in before in the same browser.
    pub fn sign_ins_from_everywhere(&self) -> u32 {
        self.sign_ins.saturating_mul(10)
    }

    /// Messages of one person to one other in an hour: two agents that answer each
    /// other for ever are slowed.
    pub fn messages_to_one_in_an_hour(&self) -> u32 {
        self.messages.saturating_mul(5)
    }

    /// Messages in one mesh, of all its members.
    pub fn messages_of_mesh(&self) -> u32 {
        self.messages.saturating_mul(100)
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self { device_authorizations: 30, sign_ins: 10, requests: 600, messages: 120 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_of_something_else_is_no_file_and_not_repeated() {
        for (text, place) in [
            ("postgres://u:hunter2@db.example.org/x", "db.example.org/x"),
            ("postgres://u:hunt%2Fer2@db.example.org/x", "db.example.org/x"),
            ("postgres:///x?host=/run&user=ana%40db", "localhost/x"),
            ("postgres://u:hunter2@[::1]:5433/x?sslmode=verify-full", "[::1]/x"),
            ("sqlite:///var/lib/x.db", "/var/lib/x.db"),
            ("sqlite:x.db", "x.db"),
            ("x.db", "x.db"),
        ] {
            assert_eq!(Database::parse(text).unwrap().place(), place);
        }
        for text in ["postgresq://u:hunter2@db/x", "mysql://u:hunter2@db/x", "", "sqlite:"] {
            let error = Database::parse(text).unwrap_err();
            assert_eq!(error.code, "database_malformed", "{text}");
            assert!(!format!("{error:?}").contains("hunter2"));
        }
        for password in [
            "12/hunter2",
            "12#hunter2",
            "12?hunter2",
            "hunter2/1",
            "#hunter2",
            "hunter2/x?y=",
            "a/?#@",
        ] {
            for text in
                [format!("postgres://u:{password}@db/x"), format!("postgres://u:1@{password}@db/x")]
            {
                let error = Database::parse(&text).unwrap_err();
                assert_eq!(error.code, "database_malformed", "{text}");
                assert!(!format!("{error:?}").contains("hunter2"), "{error:?}");
                let hint = error.hint.map(|hint| format!("{hint:?}")).unwrap_or_default();
                assert!(hint.contains("server-database-hint"), "{hint}");
            }
        }
    }

    #[test]
    fn a_network_is_the_addresses_that_begin_alike() {
        for (text, ip, within) in [
            ("10.0.0.0/8", "10.200.1.1", true),
            ("10.0.0.0/8", "11.0.0.1", false),
            ("10.0.0.7", "10.0.0.7", true),
            ("10.0.0.7", "10.0.0.8", false),
            ("0.0.0.0/0", "9.9.9.9", true),
            ("::/0", "9.9.9.9", false),
            ("::/0", "2001:db8::1", true),
            ("fd00::/8", "fd12::1", true),
            ("fd00::/8", "fe80::1", false),
            ("::ffff:10.0.0.7", "10.0.0.7", true),
            ("::ffff:10.0.0.0/104", "10.9.9.9", true),
            ("::ffff:10.0.0.0/104", "11.0.0.1", false),
        ] {
            let network = network(text).unwrap();
            let ip: IpAddr = ip.parse().unwrap();
            assert_eq!(network.contains(&ip), within, "{network} {ip}");
        }
        for wrong in ["", "10.0.0.0/33", "10.0.0.0/-1", "::1/129", "proxy", "10.0.0.0/"] {
            assert!(network(wrong).is_err(), "{wrong}");
        }
    }
}

//! The only code that knows SQL. One text for SQLite and PostgreSQL, over
//! sqlx's `Any`.
//!
//! Rules that keep several processes on one SQLite file safe: the first start
//! (create, journal mode, migrate, key) happens under a lock on a file beside
//! it, because sqlx's own migration lock does nothing there; every transaction
//! that writes begins with BEGIN IMMEDIATE, because one that reads first and
//! writes later fails as busy; the write-ahead log is tried and given up where
//! the file system cannot map shared memory (network homes).
//!
//! Rule that keeps several nodes on one PostgreSQL safe: a transaction whose
//! writing hangs on what it read either says so in the WHERE of its write, or
//! begins with [`Store::begin_about`] what it reads. A migration only ever
//! adds, so that a node of yesterday works beside one of today.

mod accounts;
mod audit;
mod authorization_codes;
mod backup;
mod credentials;
mod device_codes;
mod instance;
mod invites;
mod limits;
mod machines;
mod members;
mod meshes;
mod near;
mod plans;
mod postgres;
mod service_clients;
mod sweep;
mod upstreams;
mod watch;
mod web_sessions;
mod writer;
mod writing;

use std::fs::{File, OpenOptions};
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use data_encoding::{BASE32_DNSSEC, HEXLOWER};
use sqlx::any::{AnyPoolOptions, install_default_drivers};
use sqlx::{AnyConnection, AnyPool, Connection, Row};

pub use self::accounts::{Account, NewAccount};
pub use self::audit::{Event, Whose};
pub use self::authorization_codes::{AuthorizationCode, NewAuthorizationCode};
pub use self::credentials::{Credential, Kind as CredentialKind, NewCredential};
pub use self::device_codes::{Claim, DeviceCode, NewDeviceCode, draw, kept_as};
pub use self::invites::{Closed, NewInvite};
pub use self::limits::Misses;
pub use self::machines::Registration;
pub use self::members::Unchanged;
pub use self::meshes::NotMade;
use self::near::{FileReader, Reader};
pub use self::service_clients::{NewServiceClient, Registered, TOKEN_LIFE};
pub use self::upstreams::{Attempt, Disconnected, Identity, NewIdentity, Purpose, Taken};
pub use self::watch::{Seen, Watch};
pub use self::web_sessions::{NewWebSession, WebSession};
use self::writer::Writer;
use super::config::Database;
use super::keys::Keys;
use super::plans::Plans;
use crate::i18n::Message;
use crate::locked::Locked;
use crate::secret::{Secret, random_bytes};
use crate::trouble::{Kind, Trouble};

/// Connections to one SQLite file. Each costs a thread while it is open.
const CONNECTIONS: u32 = 4;

/// When whoever met a fault that passes may ask again.
pub const COME_BACK: Duration = Duration::from_secs(1);

/// Comes after every id, in whatever order the database sorts letters.
const PAST_EVERY_ID: &str = "zz";

/// A fault of the database: nothing the asking person can do anything about.
#[derive(Debug, thiserror::Error)]
#[error("the database failed: {0}")]
pub struct Fault(#[from] sqlx::Error);

impl Fault {
    /// Whether the database was away rather than wrong: asking again may help.
    pub fn is_passing(&self) -> bool {
        match &self.0 {
            sqlx::Error::Io(_) | sqlx::Error::PoolTimedOut | sqlx::Error::Tls(_) => true,
            sqlx::Error::Database(fault) => fault.code().is_some_and(|code| passes(&code)),
            _ => false,
        }
    }
}

/// Whether what a database calls `code` may be over in a moment. PostgreSQL:
/// stopping, starting, gone (57P0x), connection lost (08), no room or too many
/// connections (53), two transactions in each other's way (40). SQLite, whose
/// codes are shorter: busy (5), locked (6), read-only (8), no answer of the disk
/// (10), full (13), cannot be opened (14).
fn passes(code: &str) -> bool {
    if code.len() == 5 {
        return ["57P", "08", "53", "40"].iter().any(|class| code.starts_with(class));
    }
    // What is above the lowest byte says more of the same.
    code.parse::<u32>().is_ok_and(|code| matches!(code & 0xff, 5 | 6 | 8 | 10 | 13 | 14))
}

/// What a query gives.
pub type Outcome<T> = Result<T, Fault>;

/// The database of one instance. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Store {
    pool: AnyPool,
    engine: Engine,
    /// For what is asked all day, where it can be read past the pool.
    reader: Option<Arc<Reader>>,
    /// For what is written all day, where one thread can write for everybody.
    writer: Option<Arc<Writer>>,
    /// What accounts have room for.
    plans: Arc<Plans>,
}

/// What stands behind the pool, and where another connection to it goes.
#[derive(Clone, Debug)]
enum Engine {
    /// Gone with its one connection.
    Memory,
    /// A file.
    Sqlite {
        /// As sqlx wants it.
        url: String,
        /// Where it is.
        path: PathBuf,
    },
    /// A URL that may hold a password.
    Postgres(Secret),
}

/// A database that was opened, and the key that belongs to it.
#[derive(Debug)]
pub struct Opened {
    /// The database, migrated.
    pub store: Store,
    /// The key it was made with.
    pub keys: Keys,
    /// The id it gave itself when it was made.
    pub instance_id: String,
}

impl Store {
    /// Opens `database`, making and migrating it where needed, and checks that
    /// the key is the one it was made with.
    ///
    /// # Errors
    /// When it cannot be opened, or its key is another.
    pub async fn open(
        database: &Database,
        connections: Option<u32>,
        key: Option<&Secret>,
        now: i64,
    ) -> Result<Opened, Trouble> {
        install_default_drivers();
        match database {
            Database::Memory => {
                let store = Self::connect(Engine::Memory, 1).await?;
                let keys = key.map_or_else(|| Ok(Keys::random()), Keys::from_hex)?;
                store.first_start(keys, now).await
            }
            Database::Sqlite(path) => {
                Self::open_file(path, connections.unwrap_or(CONNECTIONS).max(1), key, now).await
            }
            Database::Postgres(url) => postgres::open(url, connections, key, now).await,
        }
    }

    async fn open_file(
        path: &Path,
        connections: u32,
        key: Option<&Secret>,
        now: i64,
    ) -> Result<Opened, Trouble> {
        let lock = lock(path.with_extension("lock")).await?;
        make_private(path).map_err(|fault| unusable(path, &fault))?;
        let keys = if let Some(text) = key {
            Keys::from_hex(text)?
        } else {
            let file = path.with_extension("key");
            // A key made now could not be the one it was made with.
            if is_database(path) && !file.exists() {
                return Err(instance::another_key());
            }
            Keys::from_file(&file)?
        };
        let engine = Engine::Sqlite { url: url_of(path), path: path.to_owned() };
        let mut store = Self::connect(engine, connections).await.map_err(|mut trouble| {
            trouble.message = Message::new("server-database-unusable")
                .with("path", path.display().to_string())
                .with("why", trouble.code.clone())
                .into();
            "database_unusable".clone_into(&mut trouble.code);
            trouble
        })?;
        if store.choose_journal().await.map_err(|fault| unusable(path, &fault))? {
            store.reader = Some(Arc::new(Reader::File(FileReader::of(path.to_owned()))));
            store.writer = Some(Arc::new(Writer::of(path.to_owned())));
        }
        let opened = store.first_start(keys, now).await?;
        drop(lock);
        Ok(opened)
    }

    async fn connect(engine: Engine, connections: u32) -> Result<Self, Trouble> {
        // A database in memory lives as long as its one connection.
        let memory = matches!(engine, Engine::Memory);
        let url = match &engine {
            Engine::Sqlite { url, .. } => url.as_str(),
            _ => "sqlite::memory:",
        };
        let options = AnyPoolOptions::new()
            .max_connections(connections)
            .min_connections(u32::from(memory))
            .idle_timeout((!memory).then_some(Duration::from_secs(30)))
            .max_lifetime(None)
            .acquire_timeout(Duration::from_secs(30))
            .test_before_acquire(false)
            .after_connect(|connection, _| Box::pin(prepare(connection)));
        let pool = options.connect(url).await.map_err(|fault| {
            Trouble::new(Kind::Internal, fault.to_string(), Message::new("server-database-failed"))
        })?;
        Ok(Self { pool, engine, reader: None, writer: None, plans: Arc::default() })
    }

    async fn first_start(self, keys: Keys, now: i64) -> Result<Opened, Trouble> {
        // One text for both, then what only one of them understands. On
        // PostgreSQL under sqlx's advisory lock. What a newer node has added is
        // no fault.
        let own = match self.engine {
            Engine::Postgres(_) => sqlx::migrate!("assets/migrations/postgres"),
            _ => sqlx::migrate!("assets/migrations/sqlite"),
        };
        for mut migrations in [sqlx::migrate!("assets/migrations"), own] {
            let migrated = migrations.set_ignore_missing(true).run(&self.pool).await;
            migrated.map_err(Trouble::internal)?;
        }
        let instance_id = self.know_instance(&keys, now).await?;
        Ok(Opened { store: self, keys, instance_id })
    }

    /// Write-ahead log where it works, else a rollback journal that is
    /// truncated. Tried by writing, because some network file systems accept
    /// the mode and fail at the first use of its shared memory. Says whether
    /// it is the write-ahead log.
    async fn choose_journal(&self) -> Outcome<bool> {
        let mut connection = self.pool.acquire().await?;
        if write_ahead(&mut connection).await.is_err() {
            sqlx::query("PRAGMA journal_mode = TRUNCATE").fetch_one(&mut *connection).await?;
            return Ok(false);
        }
        Ok(true)
    }

    pub(super) fn pool(&self) -> &AnyPool {
        &self.pool
    }

    /// Whether no other process can have it open.
    pub fn is_alone(&self) -> bool {
        matches!(self.engine, Engine::Memory)
    }

    /// Lets go of the file.
    pub async fn close(&self) {
        if let Some(writer) = &self.writer {
            writer.close().await;
        }
        if let Some(reader) = &self.reader {
            reader.close().await;
        }
        self.pool.close().await;
    }
}

async fn prepare(connection: &mut AnyConnection) -> sqlx::Result<()> {
    // Eight first starts at once wait for one another's disk.
    sqlx::query("PRAGMA busy_timeout = 20000").fetch_all(&mut *connection).await?;
    sqlx::query("PRAGMA foreign_keys = ON").execute(&mut *connection).await?;
    Ok(())
}

async fn write_ahead(connection: &mut AnyConnection) -> sqlx::Result<()> {
    let row = sqlx::query("PRAGMA journal_mode = WAL").fetch_one(&mut *connection).await?;
    let mode: String = row.try_get(0)?;
    if !mode.eq_ignore_ascii_case("wal") {
        return Err(sqlx::Error::Protocol("no write-ahead log here".into()));
    }
    let transaction = connection.begin_with("BEGIN IMMEDIATE").await?;
    transaction.rollback().await
}

/// Waits for the lock on `path` on a thread that may block.
pub(super) async fn lock(path: PathBuf) -> Result<Locked, Trouble> {
    let shown = path.clone();
    let taken = tokio::task::spawn_blocking(move || {
        let file =
            private(OpenOptions::new().create(true).truncate(false).write(true)).open(&path)?;
        Locked::wait(file)
    });
    taken.await.map_err(Trouble::internal)?.map_err(|fault| unusable(&shown, &fault))
}

fn private(options: &mut OpenOptions) -> &mut OpenOptions {
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(options, 0o600);
    options
}

/// SQLite gives its log and its shared memory the mode of the database file.
fn make_private(path: &Path) -> std::io::Result<()> {
    private(OpenOptions::new().create(true).truncate(false).write(true)).open(path).map(drop)
}

/// Whether an SQLite database is there already.
fn is_database(path: &Path) -> bool {
    let mut start = [0; 16];
    File::open(path).and_then(|mut file| file.read_exact(&mut start)).is_ok()
        && start == *b"SQLite format 3\0"
}

fn url_of(path: &Path) -> String {
    let mut url = String::from("sqlite://");
    for byte in path.as_os_str().as_encoded_bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'/' | b'.' | b'-' | b'_' | b'~' | b':' => {
                url.push(char::from(*byte));
            }
            other => {
                use std::fmt::Write;
                let _ = write!(url, "%{other:02X}");
            }
        }
    }
    url.push_str("?mode=rwc");
    url
}

fn unusable(path: &Path, why: &dyn std::fmt::Display) -> Trouble {
    Trouble::new(
        Kind::Internal,
        "database_unusable",
        Message::new("server-database-unusable")
            .with("path", path.display().to_string())
            .with("why", why.to_string()),
    )
}

impl From<Fault> for Trouble {
    fn from(fault: Fault) -> Self {
        let retry_after = fault.is_passing().then_some(COME_BACK);
        Self { retry_after, ..Self::internal(fault) }
    }
}

/// A new id: sorts by `now` (Unix milliseconds), 80 random bits behind it.
pub fn new_id(now: i64) -> String {
    let mut bytes = [0; 16];
    bytes[..6].copy_from_slice(&now.to_be_bytes()[2..]);
    bytes[6..].copy_from_slice(&random_bytes::<10>());
    BASE32_DNSSEC.encode(&bytes)
}

/// What is kept of a secret of 256 random bits.
pub fn hash(secret: &Secret) -> String {
    HEXLOWER.encode(&secret.sha256())
}

/// Which part of a list is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page {
    /// At most so many rows, 1…100.
    pub limit: u32,
    /// After this id.
    pub after: Option<String>,
}

impl Default for Page {
    fn default() -> Self {
        Self { limit: 100, after: None }
    }
}

impl Page {
    /// One more than asked for: the surplus row says that there is a next page.
    fn fetch(&self) -> i64 {
        i64::from(self.limit) + 1
    }

    /// What ids of a list that is newest first are below.
    fn before(&self) -> &str {
        self.after.as_deref().unwrap_or(PAST_EVERY_ID)
    }

    /// The rows of this page, and where the next begins.
    fn cut<T>(&self, mut rows: Vec<T>, id: impl Fn(&T) -> &str) -> (Vec<T>, Option<String>) {
        let limit = usize::try_from(self.limit).unwrap_or(usize::MAX);
        if rows.len() <= limit {
            return (rows, None);
        }
        rows.truncate(limit);
        let next = rows.last().map(|row| id(row).to_owned());
        (rows, next)
    }
}

/// One page of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rows<T> {
    /// Its rows.
    pub data: Vec<T>,
    /// How many there are in all.
    pub total: u64,
    /// Where the next page begins.
    pub next: Option<String>,
}

fn count(number: i64) -> u64 {
    u64::try_from(number).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_sort_by_time() {
        let (early, late) = (new_id(1_000), new_id(1_001));
        assert!(early < late && early.len() == 26, "{early} {late}");
        assert_ne!(new_id(5), new_id(5));
    }

    #[test]
    fn what_passes_by_itself_is_told_from_what_is_wrong() {
        for code in ["57P01", "08006", "53300", "53100", "40001", "5", "517", "13", "1032", "14"] {
            assert!(passes(code), "{code}");
        }
        for code in ["23505", "42P01", "42601", "1", "1555", "2067", "11", ""] {
            assert!(!passes(code), "{code}");
        }
        let of = |code| rusqlite::Error::SqliteFailure(rusqlite::ffi::Error::new(code), None);
        assert!(writing::of_file(&of(13)).is_passing() && writing::of_file(&of(5)).is_passing());
        assert!(!writing::of_file(&of(2067)).is_passing());
    }

    #[test]
    fn any_path_is_a_url() {
        assert_eq!(url_of(Path::new("/a b/ñ?#.db")), "sqlite:///a%20b/%C3%B1%3F%23.db?mode=rwc");
    }

    #[test]
    fn a_page_knows_whether_there_is_another() {
        let page = Page { limit: 2, after: None };
        let rows = |n: usize| (0..n).map(|i| i.to_string()).collect::<Vec<_>>();
        assert_eq!(page.cut(rows(2), String::as_str), (rows(2), None));
        assert_eq!(page.cut(rows(3), String::as_str), (rows(2), Some("1".into())));
    }
}

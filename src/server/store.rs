//! The only code that knows SQL. One text for SQLite and PostgreSQL, over
//! sqlx's `Any`.
//!
//! Rule that keeps several processes on one SQLite file safe: every transaction
//! that writes begins with BEGIN IMMEDIATE, because one that reads first and
//! writes later fails as busy.
//!
//! Rule that keeps several nodes on one PostgreSQL safe: a transaction whose
//! writing hangs on what it read either says so in the WHERE of its write, or
//! begins with [`Store::begin_locked`] what it reads. A migration only ever
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
mod paging;
mod plans;
mod postgres;
mod service_clients;
mod sqlite;
mod sweep;
mod upstreams;
mod watch;
mod web_sessions;
mod writer;
mod writing;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use data_encoding::{BASE32_DNSSEC, HEXLOWER};
use sqlx::AnyPool;
use sqlx::any::install_default_drivers;

pub use self::accounts::{Account, NewAccount};
pub use self::audit::{Event, Whose};
pub use self::authorization_codes::{AuthorizationCode, NewAuthorizationCode};
pub use self::credentials::{Credential, Kind as CredentialKind, NewCredential};
pub use self::device_codes::{Claim, DeviceCode, NewDeviceCode, generate, storage_key};
pub use self::invites::{InviteError, NewInvite};
pub use self::limits::Misses;
pub use self::machines::Registration;
pub use self::members::UnchangedError;
pub use self::meshes::CreateMeshError;
use self::near::Reader;
use self::paging::count;
pub use self::paging::{Page, Rows};
pub use self::service_clients::{NewServiceClient, Registered, TOKEN_LIFE};
pub(super) use self::sqlite::lock;
pub use self::upstreams::{Attempt, Disconnected, Identity, NewIdentity, Purpose, Taken};
pub use self::watch::{Change, ChangeFeed};
pub use self::web_sessions::{NewWebSession, WebSession};
use self::writer::Writer;
use super::config::Database;
use crate::error::AppError;
use crate::secret::{Secret, random_bytes};
use crate::server::domain::keys::Keys;
use crate::server::domain::plans::Plans;

/// When whoever met a fault that passes may ask again.
pub const COME_BACK: Duration = Duration::from_secs(1);

/// A fault of the database: nothing the asking person can do anything about.
#[derive(Debug, thiserror::Error)]
#[error("the database failed: {0}")]
pub struct DbError(#[from] sqlx::Error);

impl DbError {
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
/// connections (53), two transactions in each other's way (40), another has
/// become the one that is written to (25006). SQLite, whose
/// codes are shorter: busy (5), locked (6), read-only (8), no answer of the disk
/// (10), full (13), cannot be opened (14).
fn passes(code: &str) -> bool {
    if code.len() == 5 {
        return ["57P", "08", "53", "40", "25006"].iter().any(|class| code.starts_with(class));
    }
    // What is above the lowest byte says more of the same.
    code.parse::<u32>().is_ok_and(|code| matches!(code & 0xff, 5 | 6 | 8 | 10 | 13 | 14))
}

/// What a query gives.
pub type DbResult<T> = Result<T, DbError>;

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
    ) -> Result<Opened, AppError> {
        install_default_drivers();
        match database {
            Database::Memory => sqlite::open_memory(key, now).await,
            Database::Sqlite(path) => sqlite::open(path, connections, key, now).await,
            Database::Postgres(url) => postgres::open(url, connections, key, now).await,
        }
    }

    /// Over `pool`, which leads to `engine`.
    fn on(pool: AnyPool, engine: Engine) -> Self {
        Self { pool, engine, reader: None, writer: None, plans: Arc::default() }
    }

    async fn first_start(self, keys: Keys, now: i64) -> Result<Opened, AppError> {
        // One text for both, then what only one of them understands. On
        // PostgreSQL under sqlx's advisory lock. What a newer node has added is
        // no fault.
        let own = match self.engine {
            Engine::Postgres(_) => sqlx::migrate!("assets/migrations/postgres"),
            _ => sqlx::migrate!("assets/migrations/sqlite"),
        };
        for mut migrations in [sqlx::migrate!("assets/migrations"), own] {
            let migrated = migrations.set_ignore_missing(true).run(&self.pool).await;
            migrated.map_err(|why| self.unusable(&why))?;
        }
        let instance_id = self.know_instance(&keys, now).await?;
        Ok(Opened { store: self, keys, instance_id })
    }

    fn unusable(&self, why: &dyn std::fmt::Display) -> AppError {
        match &self.engine {
            Engine::Sqlite { path, .. } => sqlite::unusable(path, why),
            Engine::Postgres(url) => postgres::unusable(url, why),
            Engine::Memory => AppError::internal(why),
        }
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

impl From<DbError> for AppError {
    fn from(fault: DbError) -> Self {
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
        for code in
            ["57P01", "08006", "53300", "53100", "40001", "25006", "5", "517", "13", "1032", "14"]
        {
            assert!(passes(code), "{code}");
        }
        for code in ["23505", "42P01", "42601", "1", "1555", "2067", "11", ""] {
            assert!(!passes(code), "{code}");
        }
        let of = |code| rusqlite::Error::SqliteFailure(rusqlite::ffi::Error::new(code), None);
        assert!(writing::of_file(&of(13)).is_passing() && writing::of_file(&of(5)).is_passing());
        assert!(!writing::of_file(&of(2067)).is_passing());
    }
}

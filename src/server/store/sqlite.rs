//! SQLite, in a file or in memory: how it is opened.
//!
//! Rules that keep several processes on one file safe: the first start (create,
//! journal mode, migrate, key) happens under a lock on a file beside it, because
//! sqlx's own migration lock does nothing there; the write-ahead log is tried
//! and given up where the file system cannot map shared memory (network homes).

use std::fs::{File, OpenOptions};
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use sqlx::any::AnyPoolOptions;
use sqlx::{AnyConnection, AnyPool, Connection, Row};

use super::near::{FileReader, Reader};
use super::writer::Writer;
use super::{DbResult, Engine, Opened, Store, instance};
use crate::error::{AppError, ErrorKind};
use crate::i18n::Message;
use crate::locked::Locked;
use crate::secret::Secret;
use crate::server::domain::keys::Keys;

/// Connections to one file. Each costs a thread while it is open.
const CONNECTIONS: u32 = 4;

/// Opens a database that goes with this process. It lives as long as its one
/// connection.
pub(super) async fn open_memory(key: Option<&Secret>, now: i64) -> Result<Opened, AppError> {
    let options = options(1).min_connections(1).idle_timeout(None);
    let pool = options.connect("sqlite::memory:").await.map_err(AppError::internal)?;
    let keys = key.map_or_else(|| Ok(Keys::random()), Keys::from_hex)?;
    Store::on(pool, Engine::Memory).first_start(keys, now).await
}

/// Opens the file at `path`, making it where it is missing, with its key beside
/// it unless one is given.
pub(super) async fn open(
    path: &Path,
    connections: Option<u32>,
    key: Option<&Secret>,
    now: i64,
) -> Result<Opened, AppError> {
    let lock = lock(path.with_extension("lock"), path).await?;
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
    let url = url_of(path);
    let options = options(connections.unwrap_or(CONNECTIONS).max(1));
    let pool = options.connect(&url).await.map_err(|fault| unusable(path, &fault))?;
    let is_ahead = choose_journal(&pool).await.map_err(|fault| unusable(path, &fault))?;
    let mut store = Store::on(pool, Engine::Sqlite { url, path: path.to_owned() });
    if is_ahead {
        store.reader = Some(Arc::new(Reader::File(FileReader::of(path.to_owned()))));
        store.writer = Some(Arc::new(Writer::of(path.to_owned())));
    }
    let opened = store.first_start(keys, now).await?;
    drop(lock);
    Ok(opened)
}

fn options(connections: u32) -> AnyPoolOptions {
    AnyPoolOptions::new()
        .max_connections(connections)
        .idle_timeout(Duration::from_secs(30))
        .max_lifetime(None)
        .acquire_timeout(Duration::from_secs(30))
        .test_before_acquire(false)
        .after_connect(|connection, _| Box::pin(prepare(connection)))
}

async fn prepare(connection: &mut AnyConnection) -> sqlx::Result<()> {
    // Eight first starts at once wait for one another's disk.
    sqlx::query("PRAGMA busy_timeout = 20000").fetch_all(&mut *connection).await?;
    sqlx::query("PRAGMA foreign_keys = ON").execute(&mut *connection).await?;
    Ok(())
}

/// Write-ahead log where it works, else a rollback journal that is truncated.
/// Tried by writing, because some network file systems accept the mode and fail
/// at the first use of its shared memory. Says whether it is the write-ahead log.
async fn choose_journal(pool: &AnyPool) -> DbResult<bool> {
    let mut connection = pool.acquire().await?;
    if write_ahead(&mut connection).await.is_err() {
        sqlx::query("PRAGMA journal_mode = TRUNCATE").fetch_one(&mut *connection).await?;
        return Ok(false);
    }
    Ok(true)
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

/// Waits for the lock on `path` on a thread that may block. What cannot be is
/// told of `shown`, which somebody named.
pub(in crate::server) async fn lock(path: PathBuf, shown: &Path) -> Result<Locked, AppError> {
    let taken = tokio::task::spawn_blocking(move || {
        let file =
            private(OpenOptions::new().create(true).truncate(false).write(true)).open(&path)?;
        Locked::wait(file)
    });
    taken.await.map_err(AppError::internal)?.map_err(|fault| unusable(shown, &fault))
}

/// Files that are made are their owner's alone.
pub(super) fn private(options: &mut OpenOptions) -> &mut OpenOptions {
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(options, 0o600);
    options
}

/// SQLite gives its log and its shared memory the mode of the database file.
fn make_private(path: &Path) -> std::io::Result<()> {
    private(OpenOptions::new().create(true).truncate(false).write(true)).open(path).map(drop)
}

/// Whether an SQLite database is there already.
pub(super) fn is_database(path: &Path) -> bool {
    let mut start = [0; 16];
    File::open(path).and_then(|mut file| file.read_exact(&mut start)).is_ok()
        && start == *b"SQLite format 3\0"
}

/// The file at `path`, made where it is missing, as sqlx wants it said.
pub(super) fn url_of(path: &Path) -> String {
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

/// Why the file at `path` cannot be used.
pub(super) fn unusable(path: &Path, why: &dyn std::fmt::Display) -> AppError {
    AppError::new(
        ErrorKind::Internal,
        "database_unusable",
        Message::new("server-database-unusable")
            .with("path", path.display().to_string())
            .with("why", why.to_string()),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_file_that_cannot_be_is_told_of_by_its_own_name() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("missing").join("x.db");
        let error = open(&path, None, None, 0).await;
        let said = format!("{:?}", error.unwrap_err().message);
        assert!(said.contains(&path.display().to_string()), "{said}");
    }

    #[test]
    fn any_path_is_a_url() {
        assert_eq!(url_of(Path::new("/a b/ñ?#.db")), "sqlite:///a%20b/%C3%B1%3F%23.db?mode=rwc");
    }
}

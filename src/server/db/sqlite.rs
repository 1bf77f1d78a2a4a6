//! SQLite, in a file or in memory: how its pool is opened. The write-ahead log
//! is tried and given up where the file system cannot map shared memory
//! (network homes).

mod reader;
pub(super) mod statement;
mod writer;

use std::path::Path;
use std::time::Duration;

use sqlx::any::AnyPoolOptions;
use sqlx::{AnyConnection, AnyPool, Connection, Row as _};

pub(super) use self::reader::SqliteReader;
pub(super) use self::writer::Writer;
use super::error::DbResult;
use super::private_file::{make_private, unusable};
use crate::error::AppError;

/// Connections to one file. Each costs a thread while it is open.
const CONNECTIONS: u32 = 4;

/// A database that goes with this process. It lives as long as its one
/// connection.
pub(super) async fn memory() -> Result<AnyPool, AppError> {
    let options = options(1).min_connections(1).idle_timeout(None);
    options.connect("sqlite::memory:").await.map_err(AppError::internal)
}

/// Opens the file at `path`, making it where it is missing; says whether it has
/// a write-ahead log.
pub(super) async fn file(
    path: &Path,
    connections: Option<u32>,
) -> Result<(AnyPool, bool), AppError> {
    make_private(path).map_err(|fault| unusable(path, &fault))?;
    let options = options(connections.unwrap_or(CONNECTIONS).max(1));
    let pool = options.connect(&url_of(path)).await.map_err(|fault| unusable(path, &fault))?;
    let is_ahead = choose_journal(&pool).await.map_err(|fault| unusable(path, &fault))?;
    Ok((pool, is_ahead))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_path_is_a_url() {
        assert_eq!(url_of(Path::new("/a b/ñ?#.db")), "sqlite:///a%20b/%C3%B1%3F%23.db?mode=rwc");
    }
}

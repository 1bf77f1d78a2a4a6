//! Seeing what other processes commit, on a connection of its own.

mod file_changes;

use std::path::Path;
use std::time::Duration;

use rusqlite::{Connection, ErrorCode, OpenFlags};

use self::file_changes::FileChanges;
use super::error::DbResult;
use super::postgres::Listener;
use crate::secret::Secret;

/// What a [`ChangeFeed`] saw.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// What another node sent with [`Tx::notify`](super::Tx::notify).
    Notified(String),
    /// Something was written: read what.
    Written,
    /// Nothing for a while.
    Nothing,
}

/// A connection that watches for other processes' commits.
pub struct ChangeFeed(Source);

enum Source {
    /// Another connection's commit shows as another number.
    Sqlite {
        connection: Connection,
        version: i64,
        changes: FileChanges,
    },
    Postgres(Listener),
    /// No other process can write.
    Silent,
}

impl ChangeFeed {
    /// Of the file at `path`; one in memory nobody else writes.
    pub(super) fn of_sqlite(path: Option<&Path>) -> DbResult<Self> {
        let Some(path) = path else { return Ok(Self(Source::Silent)) };
        let changes = FileChanges::of(path);
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(path, flags)?;
        // Looked at on the thread that asks, which must not wait.
        connection.busy_timeout(Duration::ZERO)?;
        Ok(Self(Source::Sqlite { connection, version: 0, changes }))
    }

    pub(super) async fn of_postgres(url: &Secret, channel: &str) -> DbResult<Self> {
        Ok(Self(Source::Postgres(Listener::connect(url, channel).await?)))
    }

    /// Waits until there is something to see, or a while. Where it fails, the feed
    /// sees nothing more.
    pub async fn next(&mut self) -> DbResult<Change> {
        match &mut self.0 {
            Source::Sqlite { connection, version, changes } => {
                changes.next().await;
                let now = connection.query_row("PRAGMA data_version", [], |row| row.get(0));
                // Without a write-ahead log whoever writes keeps readers away.
                let is_busy = |why: &rusqlite::Error| {
                    why.sqlite_error_code() == Some(ErrorCode::DatabaseBusy)
                };
                let now = match now {
                    Err(why) if is_busy(&why) => return Ok(Change::Written),
                    now => now?,
                };
                let before = std::mem::replace(version, now);
                Ok(if before == now { Change::Nothing } else { Change::Written })
            }
            Source::Postgres(listener) => {
                Ok(listener.next().await?.map_or(Change::Nothing, Change::Notified))
            }
            Source::Silent => std::future::pending().await,
        }
    }
}

impl std::fmt::Debug for ChangeFeed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("ChangeFeed")
    }
}

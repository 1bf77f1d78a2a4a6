//! Reading one row of an SQLite file on the thread that asks: what polls and
//! bearer checks do all day. Handing such a read to a connection's thread and
//! waiting for it costs several times what the read itself does.
//!
//! The surprising rule: whatever does not work here is no fault. The same
//! sentence is then read through the pool, which waits where this must not.
//! That is also why it is used with a write-ahead log only, where no writer
//! ever keeps a reader waiting.

use std::fmt;
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

use rusqlite::types::FromSql;
use rusqlite::{Connection, OpenFlags};
use sqlx::Row as _;
use sqlx::any::AnyRow;

use super::{Outcome, Store};

/// Connections kept open while nobody reads: as many as ever read at once
/// would be one for each thread of the runtime.
const KEPT: usize = 8;

/// What each keeps of the file, in KiB below zero: enough for the inner pages of
/// the indexes that are read all day among a million rows.
const CACHE: i64 = -4_096;

/// The columns of a row by name, wherever it was read.
pub(super) trait Columns {
    fn text(&self, name: &str) -> Outcome<String>;
    fn text_if_any(&self, name: &str) -> Outcome<Option<String>>;
    fn number(&self, name: &str) -> Outcome<i64>;
    fn number_if_any(&self, name: &str) -> Outcome<Option<i64>>;
}

impl Columns for AnyRow {
    fn text(&self, name: &str) -> Outcome<String> {
        Ok(self.try_get(name)?)
    }

    fn text_if_any(&self, name: &str) -> Outcome<Option<String>> {
        Ok(self.try_get(name)?)
    }

    fn number(&self, name: &str) -> Outcome<i64> {
        Ok(self.try_get(name)?)
    }

    fn number_if_any(&self, name: &str) -> Outcome<Option<i64>> {
        Ok(self.try_get(name)?)
    }
}

impl Columns for rusqlite::Row<'_> {
    fn text(&self, name: &str) -> Outcome<String> {
        column(self, name)
    }

    fn text_if_any(&self, name: &str) -> Outcome<Option<String>> {
        column(self, name)
    }

    fn number(&self, name: &str) -> Outcome<i64> {
        column(self, name)
    }

    fn number_if_any(&self, name: &str) -> Outcome<Option<i64>> {
        column(self, name)
    }
}

fn column<T: FromSql>(row: &rusqlite::Row<'_>, name: &str) -> Outcome<T> {
    Ok(row.get(name).map_err(|fault| sqlx::Error::Decode(fault.into()))?)
}

/// Reads an SQLite file. Costs no thread.
pub(super) struct Reader {
    path: PathBuf,
    idle: Mutex<Vec<Connection>>,
}

impl Reader {
    pub(super) fn of(path: PathBuf) -> Self {
        Self { path, idle: Mutex::default() }
    }

    fn row<T>(
        &self,
        sql: &str,
        key: &str,
        read: impl FnOnce(&dyn Columns) -> Outcome<T>,
    ) -> rusqlite::Result<Option<Outcome<T>>> {
        let idle = self.idle().pop();
        let connection = idle.map_or_else(|| self.open(), Ok)?;
        let row = {
            let mut statement = connection.prepare_cached(sql)?;
            let mut rows = statement.query([key])?;
            rows.next()?.map(|row| read(row))
        };
        // One that failed is not used again.
        let mut idle = self.idle();
        if idle.len() < KEPT {
            idle.push(connection);
        }
        Ok(row)
    }

    fn open(&self) -> rusqlite::Result<Connection> {
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        Connection::open_with_flags(&self.path, flags).and_then(|connection| {
            connection.busy_timeout(std::time::Duration::ZERO)?;
            connection.pragma_update(None, "cache_size", CACHE)?;
            Ok(connection)
        })
    }

    /// Lets go of the file.
    pub(super) fn close(&self) {
        self.idle().clear();
    }

    fn idle(&self) -> std::sync::MutexGuard<'_, Vec<Connection>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Reader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Reader")
    }
}

impl Store {
    /// The row that `sql` finds by its one key, as `read` understands it.
    ///
    /// # Errors
    /// Those of the database.
    pub(super) async fn row<T>(
        &self,
        sql: &'static str,
        key: &str,
        read: impl Fn(&dyn Columns) -> Outcome<T>,
    ) -> Outcome<Option<T>> {
        if let Some(reader) = &self.reader {
            match reader.row(sql, key, &read) {
                Ok(row) => return row.transpose(),
                Err(fault) => tracing::debug!(%fault, "read through the pool instead"),
            }
        }
        let row = sqlx::query(sql).bind(key).fetch_optional(self.pool()).await?;
        row.map(|row| read(&row)).transpose()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::secret::Secret;
    use crate::server::config::Database;

    #[tokio::test]
    async fn what_cannot_be_read_on_the_spot_is_read_through_the_pool() {
        let home = tempfile::tempdir().unwrap();
        let file = Database::in_home(home.path());
        let mut store = Store::open(&file, Some(1), None, 0).await.unwrap().store;
        let sql = "SELECT value FROM instance WHERE name = $1";
        let read = |row: &dyn Columns| row.text("value");
        let near = store.row(sql, "id", read).await.unwrap();
        let reader = store.reader.as_ref().expect("a write-ahead log works here");
        assert!(near.is_some() && reader.idle().len() == 1);
        let nowhere = Reader::of(home.path().join("nowhere.db"));
        assert!(nowhere.row(sql, "id", read).is_err());
        store.reader = Some(Arc::new(nowhere));
        assert_eq!(store.row(sql, "id", read).await.unwrap(), near);
        assert_eq!(store.device_code(&Secret::new("x"), 0).await.unwrap(), None);
    }
}

//! Reading an SQLite file on the thread that asks. Handing such a read to a
//! connection's thread and waiting for it costs several times what the read
//! itself does.
//!
//! Used with a write-ahead log only, where no writer ever keeps a reader
//! waiting.

use std::fmt;
use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard, PoisonError};

use rusqlite::types::FromSql;
use rusqlite::{Connection, OpenFlags, Row};

use super::{Columns, DbResult};

/// Connections kept open while nobody reads: as many as ever read at once
/// would be one for each thread of the runtime.
const KEPT: usize = 8;

/// What each keeps of the file, in KiB below zero: enough for the inner pages of
/// the indexes that are read all day among a million rows.
const CACHE: i64 = -4_096;

impl Columns for Row<'_> {
    fn text(&self, name: &str) -> DbResult<String> {
        column(self, name)
    }

    fn text_if_any(&self, name: &str) -> DbResult<Option<String>> {
        column(self, name)
    }

    fn number(&self, name: &str) -> DbResult<i64> {
        column(self, name)
    }

    fn number_if_any(&self, name: &str) -> DbResult<Option<i64>> {
        column(self, name)
    }
}

fn column<T: FromSql>(row: &Row<'_>, name: &str) -> DbResult<T> {
    Ok(row.get(name).map_err(|fault| sqlx::Error::Decode(fault.into()))?)
}

/// Reads an SQLite file. Costs no thread.
pub(in super::super) struct FileReader {
    path: PathBuf,
    idle: Mutex<Vec<Connection>>,
}

impl FileReader {
    pub(in super::super) fn of(path: PathBuf) -> Self {
        Self { path, idle: Mutex::default() }
    }

    /// The row that `sql` finds by its one key.
    ///
    /// # Errors
    /// When it cannot be read here and now.
    pub(super) fn row<T>(
        &self,
        sql: &str,
        key: &str,
        read: impl FnOnce(&dyn Columns) -> DbResult<T>,
    ) -> rusqlite::Result<Option<DbResult<T>>> {
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

    fn idle(&self) -> MutexGuard<'_, Vec<Connection>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for FileReader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("FileReader")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_connection_is_kept_for_the_next_read() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("read.db");
        let file = Connection::open(&path).unwrap();
        file.execute_batch("CREATE TABLE t (k TEXT, n BIGINT); INSERT INTO t VALUES ('a', 7)")
            .unwrap();
        let reader = FileReader::of(path);
        for (key, number) in [("a", Some(7)), ("b", None)] {
            let sql = "SELECT n FROM t WHERE k = $1";
            let row = reader.row(sql, key, |row| row.number("n")).unwrap();
            assert_eq!(row.transpose().unwrap(), number);
            assert_eq!(reader.idle().len(), 1);
        }
        assert!(reader.row("SELECT", "a", |row| row.number("n")).is_err());
        reader.close();
        assert!(reader.idle().is_empty());
    }
}

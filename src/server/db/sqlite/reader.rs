//! Reading an SQLite file on the thread that asks. Handing such a read to a
//! connection's thread and waiting for it costs several times what the read
//! itself does.
//!
//! Used with a write-ahead log only, where no writer ever keeps a reader
//! waiting.

use std::fmt;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rusqlite::{Connection, OpenFlags};

use super::file::DatabaseFile;
use super::statement;
use super::writer::BUSY;
use crate::server::db::error::DbResult;
use crate::server::db::row::{OwnedRow, Visit};
use crate::server::db::value::Value;

/// Connections kept open while nobody reads: as many as ever read at once
/// would be one for each thread of the runtime.
const KEPT: usize = 8;

/// What each keeps of the file, in KiB below zero: enough for the inner pages of
/// the indexes that are read all day among a million rows.
const CACHE: i64 = -4_096;

/// Statements that each keeps ready.
const READY: usize = 32;

/// Reads an SQLite file. Costs no thread.
pub(in crate::server::db) struct SqliteReader {
    path: PathBuf,
    file: Arc<DatabaseFile>,
    idle: Mutex<Idle>,
}

/// Connections that nobody uses, all to the same file.
#[derive(Default)]
struct Idle {
    connections: Vec<Connection>,
    generation: u64,
}

impl SqliteReader {
    /// Of `file` at `path`.
    pub(in crate::server::db) fn of(path: PathBuf, file: Arc<DatabaseFile>) -> Self {
        Self { path, file, idle: Mutex::default() }
    }

    /// Shows `visit` the first row that `sql` finds.
    ///
    /// # Errors
    /// When it cannot be read here and now.
    pub(in crate::server::db) fn visit_one(
        &self,
        sql: &str,
        values: &[Value],
        visit: Visit<'_>,
    ) -> DbResult<()> {
        self.on_a_connection(|connection| statement::one(connection, sql, values, visit))
    }

    /// The few rows that `sql` finds.
    ///
    /// # Errors
    /// When they cannot be read here and now.
    pub(in crate::server::db) fn few(
        &self,
        sql: &str,
        values: &[Value],
    ) -> DbResult<Vec<OwnedRow>> {
        self.on_a_connection(|connection| statement::all(connection, sql, values))
    }

    /// Every row that `sql` finds; on a thread that may wait for the file.
    ///
    /// # Errors
    /// When it cannot be read.
    pub(in crate::server::db) fn all(
        &self,
        sql: &str,
        values: &[Value],
    ) -> DbResult<Vec<OwnedRow>> {
        self.on_a_connection(|connection| {
            connection.busy_timeout(BUSY)?;
            let rows = statement::all(connection, sql, values)?;
            connection.busy_timeout(Duration::ZERO)?;
            Ok(rows)
        })
    }

    fn on_a_connection<T>(&self, read: impl FnOnce(&Connection) -> DbResult<T>) -> DbResult<T> {
        let generation = self.file.generation();
        let idle = self.idle(generation).connections.pop();
        let connection = idle.map_or_else(|| self.open(), Ok)?;
        let made = read(&connection)?;
        // One that failed, or whose file was replaced, is not used again.
        let mut idle = self.idle(generation);
        if idle.connections.len() < KEPT && idle.generation == generation {
            idle.connections.push(connection);
        }
        Ok(made)
    }

    fn open(&self) -> rusqlite::Result<Connection> {
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        Connection::open_with_flags(&self.path, flags).and_then(|connection| {
            statement::plan_once(&connection)?;
            connection.busy_timeout(Duration::ZERO)?;
            connection.set_prepared_statement_cache_capacity(READY);
            connection.pragma_update(None, "cache_size", CACHE)?;
            Ok(connection)
        })
    }

    /// Lets go of the file.
    pub(in crate::server::db) fn close(&self) {
        self.idle(self.file.generation()).connections.clear();
    }

    /// Those to the file that is the `generation`th, or a later one.
    fn idle(&self, generation: u64) -> MutexGuard<'_, Idle> {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        if idle.generation < generation {
            *idle = Idle { connections: Vec::new(), generation };
        }
        idle
    }
}

impl fmt::Debug for SqliteReader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SqliteReader")
    }
}

#[cfg(test)]
mod tests {
    use rusqlite::StatementStatus;

    use super::*;

    #[test]
    fn what_has_a_limit_is_planned_once() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("read.db");
        let file = Connection::open(&path).unwrap();
        file.execute_batch("CREATE TABLE t (n BIGINT); INSERT INTO t VALUES (1), (2)").unwrap();
        let reader = SqliteReader::of(path.clone(), Arc::new(DatabaseFile::at(&path)));
        let sql = "SELECT n FROM t LIMIT $1";
        for limit in [1_i64, 2, 1, 2] {
            let found = reader.few(sql, &[limit.into()]).unwrap();
            assert_eq!(found.len(), usize::try_from(limit).unwrap());
        }
        let plans = reader.on_a_connection(|connection| {
            Ok(connection.prepare_cached(sql)?.get_status(StatementStatus::RePrepare))
        });
        assert_eq!(plans.unwrap(), 0);
    }

    #[test]
    fn a_connection_is_kept_for_the_next_read() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("read.db");
        let file = Connection::open(&path).unwrap();
        file.execute_batch("CREATE TABLE t (k TEXT, n BIGINT); INSERT INTO t VALUES ('a', 7)")
            .unwrap();
        let reader = SqliteReader::of(path.clone(), Arc::new(DatabaseFile::at(&path)));
        for (key, number) in [("a", Some(7)), ("b", None)] {
            let sql = "SELECT n FROM t WHERE k = $1";
            let mut found = None;
            reader.visit_one(sql, &[key.into()], &mut |row| found = row.get("n").ok()).unwrap();
            assert_eq!(found, number);
            assert_eq!(reader.idle(0).connections.len(), 1);
        }
        assert!(reader.visit_one("SELECT", &[], &mut |_| unreachable!()).is_err());
        reader.close();
        assert!(reader.idle(0).connections.is_empty());
    }
}

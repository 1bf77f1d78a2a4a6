//! Reading one row past the pool: what polls and bearer checks do all day.
//!
//! The surprising rule: whatever does not work here is no fault. The same
//! statement is then read through the pool, which waits, connects and tries
//! again where this does not.

use super::error::DbResult;
use super::postgres::PostgresReader;
use super::row::Row;
use super::sqlite::SqliteReader;
use super::value::Value;

/// How a database is read past its pool.
#[derive(Debug)]
pub(super) enum FastReader {
    Sqlite(SqliteReader),
    Postgres(PostgresReader),
}

impl FastReader {
    /// The first row that `sql` finds. The outer error is that it cannot be
    /// read in this way, the inner one that `read` does not understand it.
    pub(super) async fn one<T>(
        &self,
        sql: &'static str,
        values: &[Value],
        read: impl Fn(Row<'_>) -> DbResult<T>,
    ) -> DbResult<Option<DbResult<T>>> {
        match self {
            Self::Sqlite(file) => file.one(sql, values, read),
            Self::Postgres(connections) => connections.one(sql, values, read).await,
        }
    }

    /// Lets go of the database.
    pub(super) async fn close(&self) {
        match self {
            Self::Sqlite(file) => file.close(),
            Self::Postgres(connections) => connections.close().await,
        }
    }
}

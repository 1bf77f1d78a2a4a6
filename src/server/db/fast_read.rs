//! Reading one row past the pool: what polls and bearer checks do all day.
//!
//! The surprising rule: whatever does not work here is no fault. The same
//! statement is then read through the pool, which waits, connects and tries
//! again where this does not.

use super::error::DbResult;
use super::postgres::PostgresReader;
use super::row::Visit;
use super::sqlite::SqliteReader;
use super::value::Value;

/// How a database is read past its pool.
#[derive(Debug)]
pub(super) enum FastReader {
    Sqlite(SqliteReader),
    Postgres(PostgresReader),
}

impl FastReader {
    /// Shows `visit` the first row that `sql` finds. The error is that it cannot
    /// be read in this way.
    pub(super) async fn one(
        &self,
        sql: &'static str,
        values: &[Value],
        visit: Visit<'_>,
    ) -> DbResult<()> {
        match self {
            Self::Sqlite(file) => file.one(sql, values, visit),
            Self::Postgres(connections) => connections.one(sql, values, visit).await,
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

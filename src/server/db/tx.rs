//! A transaction that writes, on whichever database: what
//! [`Db::write`](super::Db::write) gives its closure.

use sqlx::{AssertSqlSafe, SqlSafeStr as _, SqlStr};

use super::error::{DbError, DbResult};
use super::postgres::PostgresTransaction;
use super::row::{Row, Visit};
use super::sqlite::statement;
use super::value::{Value, values};

/// A transaction that is under way.
#[derive(Debug)]
pub struct Tx {
    executor: Executor,
}

#[derive(Debug)]
enum Executor {
    /// The one connection that writes: nothing is waited for.
    Sqlite(rusqlite::Connection),
    Postgres(PostgresTransaction),
}

impl Tx {
    /// On the connection that writes, whose owner begins and ends it.
    pub(super) fn on_sqlite(connection: rusqlite::Connection) -> Self {
        Self { executor: Executor::Sqlite(connection) }
    }

    /// On a connection to PostgreSQL.
    pub(super) fn on_postgres(transaction: PostgresTransaction) -> Self {
        Self { executor: Executor::Postgres(transaction) }
    }

    /// Runs `sql`; how many rows it changed.
    pub async fn execute(&mut self, sql: &'static str, values: Vec<Value>) -> DbResult<u64> {
        match &mut self.executor {
            // A full disk can end it in the middle: what came after would be kept by
            // itself, though all of it is refused.
            Executor::Sqlite(connection) if connection.is_autocommit() => {
                Err(DbError::unavailable("the transaction has ended"))
            }
            Executor::Sqlite(connection) => statement::execute(connection, sql, &values),
            Executor::Postgres(transaction) => transaction.execute(sql, &values).await,
        }
    }

    /// The first row that `sql` finds, as `read` understands it.
    pub async fn one<T: Send>(
        &mut self,
        sql: &'static str,
        values: Vec<Value>,
        mut read: impl FnMut(&Row<'_>) -> DbResult<T> + Send,
    ) -> DbResult<Option<T>> {
        let mut found = None;
        self.visit_one(sql.into_sql_str(), values, &mut |row| found = Some(read(row))).await?;
        found.transpose()
    }

    /// As [`Tx::one`]; nobody else changes the rows it reads before this
    /// transaction ends (`FOR SHARE`). On SQLite nobody else writes anyway.
    pub async fn one_for_share<T: Send>(
        &mut self,
        sql: &'static str,
        values: Vec<Value>,
        mut read: impl FnMut(&Row<'_>) -> DbResult<T> + Send,
    ) -> DbResult<Option<T>> {
        if !self.is_postgres() {
            return self.one(sql, values, read).await;
        }
        let sql = AssertSqlSafe(format!("{sql} FOR SHARE")).into_sql_str();
        let mut found = None;
        self.visit_one(sql, values, &mut |row| found = Some(read(row))).await?;
        found.transpose()
    }

    async fn visit_one(
        &mut self,
        sql: SqlStr,
        values: Vec<Value>,
        visit: Visit<'_>,
    ) -> DbResult<()> {
        match &mut self.executor {
            Executor::Sqlite(connection) => {
                statement::one(connection, sql.as_str(), &values, visit)?;
            }
            Executor::Postgres(transaction) => transaction.visit_one(sql, &values, visit).await?,
        }
        Ok(())
    }

    /// Every row that `sql` finds, as `read` understands it.
    pub async fn list<T: Send>(
        &mut self,
        sql: &'static str,
        values: Vec<Value>,
        mut read: impl FnMut(&Row<'_>) -> DbResult<T> + Send,
    ) -> DbResult<Vec<T>> {
        let mut all = Vec::new();
        self.visit_all(sql, values, &mut |row| all.push(read(row))).await?;
        all.into_iter().collect()
    }

    async fn visit_all(
        &mut self,
        sql: &'static str,
        values: Vec<Value>,
        visit: Visit<'_>,
    ) -> DbResult<()> {
        match &mut self.executor {
            Executor::Sqlite(connection) => statement::list(connection, sql, &values, visit)?,
            Executor::Postgres(transaction) => transaction.visit_all(sql, &values, visit).await?,
        }
        Ok(())
    }

    /// Waits until no other transaction holds `subject`, and holds it to the
    /// end of this one. On SQLite nobody else writes anyway.
    pub async fn lock(&mut self, subject: &str) -> DbResult<()> {
        if self.is_postgres() {
            let sql = "SELECT pg_advisory_xact_lock(hashtextextended($1, 0))";
            self.execute(sql, values![subject]).await?;
        }
        Ok(())
    }

    /// Sends `payload` to every node that listens to `channel`, when this
    /// transaction commits. On SQLite the file itself tells
    /// ([`ChangeFeed`](super::ChangeFeed)).
    pub async fn notify(&mut self, channel: &str, payload: &str) -> DbResult<()> {
        if self.is_postgres() {
            self.execute("SELECT pg_notify($1, $2)", values![channel, payload]).await?;
        }
        Ok(())
    }

    fn is_postgres(&self) -> bool {
        matches!(self.executor, Executor::Postgres(_))
    }

    /// Ends one on PostgreSQL, and keeps what it wrote or not.
    pub(super) async fn end(self, keep: bool) -> DbResult<()> {
        match self.executor {
            Executor::Postgres(transaction) => transaction.end(keep).await,
            Executor::Sqlite(_) => Err(DbError::internal("its writer ends it")),
        }
    }

    /// Begins, saves or ends one on SQLite.
    pub(super) fn control(&self, sql: &str) -> rusqlite::Result<()> {
        match &self.executor {
            Executor::Sqlite(connection) => connection.prepare_cached(sql)?.raw_execute().map(drop),
            Executor::Postgres(_) => Ok(()),
        }
    }

    /// Shows `read` the connection to SQLite.
    pub(super) fn read(&self, read: impl FnOnce(&rusqlite::Connection)) {
        if let Executor::Sqlite(connection) = &self.executor {
            read(connection);
        }
    }

    /// Whether one on SQLite is still under way.
    pub(super) fn is_open(&self) -> bool {
        match &self.executor {
            Executor::Sqlite(connection) => !connection.is_autocommit(),
            Executor::Postgres(_) => true,
        }
    }
}

//! A transaction on a connection of the pool. sqlx's own gives the connection back
//! however it failed; here one that was not ended is closed, and what its server
//! cannot do any more is noted for all the others.

use std::sync::Arc;

use sqlx::pool::PoolConnection;
use sqlx::{Executor as _, PgPool, Postgres, SqlStr};

use super::faults::Faults;
use crate::server::db::error::{DbError, DbResult};
use crate::server::db::row::Visit;
use crate::server::db::value::{Value, bound};

/// A transaction that is under way.
#[derive(Debug)]
pub(in crate::server::db) struct PostgresTransaction {
    connection: PoolConnection<Postgres>,
    /// Whether it has ended and its connection may be used again.
    is_sound: bool,
    /// Whether a statement failed: PostgreSQL answers the others no more, and takes
    /// COMMIT for ROLLBACK without a word.
    has_failed: bool,
    faults: Arc<Faults>,
}

impl PostgresTransaction {
    pub(super) async fn begin(pool: &PgPool, faults: Arc<Faults>) -> DbResult<Self> {
        let connection = pool.acquire().await?;
        // Not sound until it has ended: who stops waiting in the middle leaves it open.
        let mut this = Self { connection, is_sound: false, has_failed: false, faults };
        this.connection.execute("BEGIN").await?;
        Ok(this)
    }

    pub(in crate::server::db) async fn execute(
        &mut self,
        sql: &'static str,
        values: &[Value],
    ) -> DbResult<u64> {
        let done = bound(sql, values).execute(&mut *self.connection).await;
        Ok(self.noted(done)?.rows_affected())
    }

    pub(in crate::server::db) async fn visit_one(
        &mut self,
        sql: SqlStr,
        values: &[Value],
        visit: Visit<'_>,
    ) -> DbResult<()> {
        let row = bound(sql, values).fetch_optional(&mut *self.connection).await;
        if let Some(row) = &self.noted(row)? {
            visit(&row.into());
        }
        Ok(())
    }

    pub(in crate::server::db) async fn visit_all(
        &mut self,
        sql: &'static str,
        values: &[Value],
        visit: Visit<'_>,
    ) -> DbResult<()> {
        let rows = bound(sql, values).fetch_all(&mut *self.connection).await;
        for row in &self.noted(rows)? {
            visit(&row.into());
        }
        Ok(())
    }

    fn noted<T>(&mut self, done: sqlx::Result<T>) -> DbResult<T> {
        done.map_err(|why| {
            let fault = DbError::from(why);
            self.has_failed = true;
            if fault.is_servers() {
                self.faults.note();
            }
            fault
        })
    }

    /// Ends it, and keeps what it wrote or not.
    pub(in crate::server::db) async fn end(mut self, keep: bool) -> DbResult<()> {
        let keeps = keep && !self.has_failed;
        self.connection.execute(if keeps { "COMMIT" } else { "ROLLBACK" }).await?;
        self.is_sound = true;
        if keep && !keeps {
            return Err(DbError::internal("a statement failed, and nobody said so"));
        }
        Ok(())
    }
}

impl Drop for PostgresTransaction {
    fn drop(&mut self) {
        if !self.is_sound {
            self.connection.close_on_drop();
        }
    }
}

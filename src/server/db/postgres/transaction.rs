//! A transaction on a connection of the pool, and what its server could not do in
//! it: noted for all the others.

use std::sync::Arc;

use sqlx::{PgPool, Postgres, SqlStr, Transaction};

use super::faults::Faults;
use crate::server::db::error::{DbError, DbResult};
use crate::server::db::row::Visit;
use crate::server::db::value::{Value, bound};

/// A transaction that is under way.
#[derive(Debug)]
pub(in crate::server::db) struct PostgresTransaction {
    transaction: Transaction<'static, Postgres>,
    faults: Arc<Faults>,
    /// Whether a statement failed: PostgreSQL answers the others no more, and takes
    /// COMMIT for ROLLBACK without a word.
    has_failed: bool,
}

impl PostgresTransaction {
    pub(super) async fn begin(pool: &PgPool, faults: Arc<Faults>) -> DbResult<Self> {
        let transaction = faults.noted(pool.begin().await)?;
        Ok(Self { transaction, faults, has_failed: false })
    }

    pub(in crate::server::db) async fn execute(
        &mut self,
        sql: &'static str,
        values: &[Value],
    ) -> DbResult<u64> {
        let done = bound(sql, values).execute(&mut *self.transaction).await;
        Ok(self.noted(done)?.rows_affected())
    }

    pub(in crate::server::db) async fn visit_one(
        &mut self,
        sql: SqlStr,
        values: &[Value],
        visit: Visit<'_>,
    ) -> DbResult<()> {
        let row = bound(sql, values).fetch_optional(&mut *self.transaction).await;
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
        let rows = bound(sql, values).fetch_all(&mut *self.transaction).await;
        for row in &self.noted(rows)? {
            visit(&row.into());
        }
        Ok(())
    }

    fn noted<T>(&mut self, done: sqlx::Result<T>) -> DbResult<T> {
        self.has_failed |= done.is_err();
        self.faults.noted(done)
    }

    /// Ends it, and keeps what it wrote or not.
    pub(in crate::server::db) async fn end(self, keep: bool) -> DbResult<()> {
        if keep && self.has_failed {
            return Err(DbError::internal("a statement failed, and nobody said so"));
        }
        let Self { transaction, faults, .. } = self;
        faults.noted(if keep { transaction.commit().await } else { transaction.rollback().await })
    }
}

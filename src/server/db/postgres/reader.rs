//! Reading PostgreSQL over connections of its own. The pool asks each
//! connection that comes back to it whether it is well, which costs as much
//! again as the read itself; here a connection that failed is not kept, and that
//! is all there is to ask.

use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use sqlx::postgres::{PgConnectOptions, PgRow};
use sqlx::{Connection, PgConnection};
use tokio::sync::Semaphore;

use crate::server::db::error::DbResult;
use crate::server::db::row::Visit;
use crate::server::db::value::{Value, bound};

/// How long one read may take. A cable that was cut says nothing.
const PATIENCE: Duration = Duration::from_secs(2);

/// Reads a PostgreSQL database.
pub(in crate::server::db) struct PostgresReader {
    options: PgConnectOptions,
    /// As many at once as there may be connections.
    turns: Semaphore,
    idle: Mutex<Vec<PgConnection>>,
}

impl PostgresReader {
    /// Over as many as `connections`. Opens none before something is read.
    pub(in crate::server::db) fn of(options: PgConnectOptions, connections: u32) -> Self {
        let turns = Semaphore::new(usize::try_from(connections).unwrap_or(1));
        Self { options, turns, idle: Mutex::default() }
    }

    /// Shows `visit` the first row that `sql` finds.
    pub(in crate::server::db) async fn visit_one(
        &self,
        sql: &'static str,
        values: &[Value],
        visit: Visit<'_>,
    ) -> DbResult<()> {
        let late = |_| sqlx::Error::Io(std::io::ErrorKind::TimedOut.into());
        let row = tokio::time::timeout(PATIENCE, self.find(sql, values)).await.map_err(late)??;
        if let Some(row) = &row {
            visit(&row.into());
        }
        Ok(())
    }

    /// Whoever stops waiting in the middle takes the connection along.
    async fn find(&self, sql: &'static str, values: &[Value]) -> sqlx::Result<Option<PgRow>> {
        let _turn = self.turns.acquire().await.map_err(|_| sqlx::Error::PoolClosed)?;
        let idle = self.idle().pop();
        let mut connection = match idle {
            Some(connection) => connection,
            None => Box::pin(PgConnection::connect_with(&self.options)).await?,
        };
        let row = bound(sql, values).fetch_optional(&mut connection).await?;
        self.idle().push(connection);
        Ok(row)
    }

    /// Lets go of the database.
    pub(in crate::server::db) async fn close(&self) {
        self.turns.close();
        let idle = std::mem::take(&mut *self.idle());
        for connection in idle {
            // Politely; who cannot be told has gone already.
            let _ = connection.close().await;
        }
    }

    fn idle(&self) -> MutexGuard<'_, Vec<PgConnection>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for PostgresReader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PostgresReader")
    }
}

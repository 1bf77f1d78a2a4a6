//! Seeing what other processes commit, on a connection apart from the pool's.

mod file_changes;

use std::path::Path;

use sqlx::{AnyConnection, Connection, Row};

use self::file_changes::FileChanges;
use super::error::DbResult;
use super::postgres::Listener;
use super::sqlite::url_of;
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
        connection: AnyConnection,
        version: i64,
        changes: FileChanges,
    },
    Postgres(Listener),
    /// No other process can write.
    Silent,
}

impl ChangeFeed {
    pub(super) async fn of_file(path: &Path) -> DbResult<Self> {
        let changes = FileChanges::of(path);
        let connection = AnyConnection::connect(&url_of(path)).await?;
        Ok(Self(Source::Sqlite { connection, version: 0, changes }))
    }

    pub(super) async fn of_postgres(url: &Secret, channel: &str) -> DbResult<Self> {
        Ok(Self(Source::Postgres(Listener::connect(url, channel).await?)))
    }

    pub(super) fn silent() -> Self {
        Self(Source::Silent)
    }

    /// Waits until there is something to see, or a while.
    ///
    /// # Errors
    /// Those of the database. The feed sees nothing more then.
    pub async fn next(&mut self) -> DbResult<Change> {
        match &mut self.0 {
            Source::Sqlite { connection, version, changes } => {
                changes.next().await;
                let row = sqlx::query("PRAGMA data_version").fetch_one(connection).await?;
                let now: i64 = row.try_get(0)?;
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

//! Seeing what other processes commit, on a connection apart from the pool's.

mod file;

use sqlx::{AnyConnection, Connection, Row};

use super::{DbResult, Engine, Store, postgres};

/// What a [`ChangeFeed`] saw.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// This code was settled.
    Code(String),
    /// Something was written: read what.
    Something,
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
        changes: file::Changes,
    },
    Postgres(postgres::Listener),
    InviteError,
}

impl ChangeFeed {
    /// Waits until there is something to see, or a while.
    ///
    /// # Errors
    /// Those of the database. The watch sees nothing more then.
    pub async fn next(&mut self) -> DbResult<Change> {
        match &mut self.0 {
            Source::Sqlite { connection, version, changes } => {
                changes.next().await;
                let row = sqlx::query("PRAGMA data_version").fetch_one(connection).await?;
                let now: i64 = row.try_get(0)?;
                let before = std::mem::replace(version, now);
                Ok(if before == now { Change::Nothing } else { Change::Something })
            }
            Source::Postgres(listener) => {
                Ok(listener.next().await?.map_or(Change::Nothing, Change::Code))
            }
            Source::InviteError => std::future::pending().await,
        }
    }
}

impl std::fmt::Debug for ChangeFeed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Watch")
    }
}

impl Store {
    /// Watches from now on what other processes commit.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn watch(&self) -> DbResult<ChangeFeed> {
        Ok(ChangeFeed(match &self.engine {
            Engine::Postgres(url) => Source::Postgres(postgres::Listener::connect(url).await?),
            Engine::Sqlite { url, path } => {
                let changes = file::Changes::of(path);
                let connection = AnyConnection::connect(url).await?;
                Source::Sqlite { connection, version: 0, changes }
            }
            Engine::Memory => Source::InviteError,
        }))
    }
}

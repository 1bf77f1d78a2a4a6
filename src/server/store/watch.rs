//! Seeing what other processes commit, on a connection apart from the pool's.

mod file;

use sqlx::{AnyConnection, Connection, Row};

use super::{Engine, Outcome, Store, postgres};

/// What a [`Watch`] saw.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Seen {
    /// This code was settled.
    Code(String),
    /// Something was written: read what.
    Something,
    /// Nothing for a while.
    Nothing,
}

/// A connection that watches for other processes' commits.
pub struct Watch(Eye);

enum Eye {
    /// Another connection's commit shows as another number.
    Sqlite {
        connection: AnyConnection,
        version: i64,
        changes: file::Changes,
    },
    Postgres(postgres::Listener),
    Closed,
}

impl Watch {
    /// Waits until there is something to see, or a while.
    ///
    /// # Errors
    /// Those of the database. The watch sees nothing more then.
    pub async fn next(&mut self) -> Outcome<Seen> {
        match &mut self.0 {
            Eye::Sqlite { connection, version, changes } => {
                changes.next().await;
                let row = sqlx::query("PRAGMA data_version").fetch_one(connection).await?;
                let now: i64 = row.try_get(0)?;
                let before = std::mem::replace(version, now);
                Ok(if before == now { Seen::Nothing } else { Seen::Something })
            }
            Eye::Postgres(listener) => Ok(listener.next().await?.map_or(Seen::Nothing, Seen::Code)),
            Eye::Closed => std::future::pending().await,
        }
    }
}

impl std::fmt::Debug for Watch {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Watch")
    }
}

impl Store {
    /// Watches from now on what other processes commit.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn watch(&self) -> Outcome<Watch> {
        Ok(Watch(match &self.engine {
            Engine::Postgres(url) => Eye::Postgres(postgres::Listener::connect(url).await?),
            Engine::Sqlite { url, path } => {
                let changes = file::Changes::of(path);
                let connection = AnyConnection::connect(url).await?;
                Eye::Sqlite { connection, version: 0, changes }
            }
            Engine::Memory => Eye::Closed,
        }))
    }
}

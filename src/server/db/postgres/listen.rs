//! A connection that hears what other nodes send with
//! [`Tx::notify`](crate::server::db::Tx::notify).
//!
//! The surprising rule: a notification is a hint that saves waiting, nothing
//! is built on its arrival. Whoever listens reads what was written lately each
//! time its connection is new.

use std::time::Duration;

use sqlx::Executor;
use sqlx::postgres::{PgListener, PgPoolOptions};

use super::options;
use crate::secret::Secret;
use crate::server::db::error::DbResult;

/// How long a silent connection is believed to be there.
const SILENCE: Duration = Duration::from_secs(10);

/// A connection of its own that listens.
pub(in crate::server::db) struct Listener(PgListener);

impl Listener {
    pub(in crate::server::db) async fn connect(url: &Secret, channel: &str) -> DbResult<Self> {
        // A pool is what it connects by.
        let pool = PgPoolOptions::new().max_connections(1).max_lifetime(None).idle_timeout(None);
        let pool = pool.connect_with(options(url)?).await?;
        let mut listener = PgListener::connect_with(&pool).await?;
        listener.eager_reconnect(false);
        listener.listen(channel).await?;
        Ok(Self(listener))
    }

    /// The next payload; `None` after a silence.
    pub(in crate::server::db) async fn next(&mut self) -> DbResult<Option<String>> {
        match tokio::time::timeout(SILENCE, self.0.try_recv()).await {
            Ok(Ok(Some(notification))) => Ok(Some(notification.payload().to_owned())),
            Ok(Ok(None)) => Err(lost().into()),
            Ok(Err(fault)) => Err(fault.into()),
            Err(_) => {
                // A cable that was cut says nothing; a question gets no answer.
                tokio::time::timeout(SILENCE, self.0.execute("SELECT 1"))
                    .await
                    .map_err(|_| lost())??;
                Ok(None)
            }
        }
    }
}

fn lost() -> sqlx::Error {
    sqlx::Error::Io(std::io::ErrorKind::ConnectionAborted.into())
}

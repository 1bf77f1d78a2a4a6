//! PostgreSQL, for several nodes on one database: how its pool is opened.

mod listen;
mod reader;

use std::time::Duration;

use sqlx::any::AnyPoolOptions;
use sqlx::{AnyConnection, AnyPool, Connection};
use url::Url;

pub(super) use self::listen::Listener;
pub(super) use self::reader::PostgresReader;
use crate::error::{AppError, ErrorKind};
use crate::i18n::Message;
use crate::secret::Secret;

/// Connections of one node, unless it is told another number.
const CONNECTIONS: u32 = 16;

/// One of so many is for reading only: a read is short.
const READING: u32 = 4;

/// How long the first connection may take.
const FIRST: Duration = Duration::from_secs(10);

/// How long a request waits for a connection: a database that is restarted is
/// there again by then, and who asks while it is away longer is told.
const AWAY: Duration = Duration::from_secs(5);

/// A connection unused for longer is tried before it is trusted.
const TRUSTED: Duration = Duration::from_millis(500);

/// Opens the database at `url`, over so many `connections`; some of them are
/// for reading only.
pub(super) async fn open(
    url: &Secret,
    connections: Option<u32>,
) -> Result<(AnyPool, Option<PostgresReader>), AppError> {
    // One try that says why it fails: a pool would try for long and forget why.
    match tokio::time::timeout(FIRST, AnyConnection::connect(url.expose())).await {
        Ok(Ok(connection)) => connection.close().await.map_err(|why| unusable(url, &why))?,
        Ok(Err(why)) => return Err(unusable(url, &why)),
        Err(_) => {
            let why = sqlx::Error::Io(std::io::ErrorKind::TimedOut.into());
            return Err(unusable(url, &why));
        }
    }
    let connections = connections.unwrap_or(CONNECTIONS).max(1);
    let reading = connections / READING;
    let options = AnyPoolOptions::new()
        .max_connections(connections - reading)
        .acquire_timeout(AWAY)
        .test_before_acquire(false)
        .before_acquire(|connection, known| {
            Box::pin(async move {
                if known.idle_for > TRUSTED {
                    connection.ping().await?;
                }
                Ok(true)
            })
        })
        .after_connect(|connection, _| Box::pin(prepare(connection)));
    let pool = options.connect(url.expose()).await.map_err(|why| unusable(url, &why))?;
    let reader = (reading > 0).then(|| PostgresReader::of(url, reading)).transpose();
    Ok((pool, reader.map_err(|why| unusable(url, &why))?))
}

/// Whatever the server's own settings are: reads see what is committed, and a
/// node that vanished in the middle blocks nobody for long.
async fn prepare(connection: &mut AnyConnection) -> sqlx::Result<()> {
    for setting in [
        "SET default_transaction_isolation = 'read committed'",
        "SET idle_in_transaction_session_timeout = '60s'",
    ] {
        sqlx::query(setting).execute(&mut *connection).await?;
    }
    Ok(())
}

/// Why the database at `url` cannot be used.
pub(super) fn unusable(url: &Secret, why: &dyn std::fmt::Display) -> AppError {
    // Host and database only: the address may hold a password.
    let place = Url::parse(url.expose())
        .map(|url| format!("{}{}", url.host_str().unwrap_or("localhost"), url.path()))
        .unwrap_or_default();
    AppError::new(
        ErrorKind::Internal,
        "database_unusable",
        Message::new("server-postgres-unusable").with("place", place).with("why", why.to_string()),
    )
}

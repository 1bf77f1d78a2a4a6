//! PostgreSQL, for several nodes on one database: how it is opened, and how a
//! node hears what another has settled.
//!
//! The surprising rule: a notification is a hint that saves waiting, nothing
//! is built on its arrival. Whoever listens reads what was settled lately each
//! time its connection is new.

use std::sync::Arc;
use std::time::Duration;

use sqlx::any::AnyPoolOptions;
use sqlx::postgres::PgListener;
use sqlx::{AnyConnection, Connection, Executor};
use url::Url;

use super::near::{Reader, WireReader};
use super::{DbResult, Engine, Opened, Store};
use crate::error::{AppError, ErrorKind};
use crate::i18n::Message;
use crate::secret::Secret;
use crate::server::domain::keys::Keys;

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

/// Where codes are called out as they are settled.
pub(super) const CHANNEL: &str = "crewmesh_settled";

/// How long a silent listening connection is believed to be there.
const SILENCE: Duration = Duration::from_secs(10);

/// Opens the database at `url`. Every node is given the same key, because
/// there is no file that all of them could read.
pub(super) async fn open(
    url: &Secret,
    connections: Option<u32>,
    key: Option<&Secret>,
    now: i64,
) -> Result<Opened, AppError> {
    let keys = Keys::from_hex(key.ok_or_else(keyless)?)?;
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
    let mut store = Store::on(pool, Engine::Postgres(url.clone()));
    if reading > 0 {
        let reader = WireReader::of(url, reading).map_err(|why| unusable(url, &why))?;
        store.reader = Some(Arc::new(Reader::Wire(reader)));
    }
    store.first_start(keys, now).await
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

/// Waits until no other transaction is about `subject`.
pub(super) async fn advisory_lock(transaction: &mut AnyConnection, subject: &str) -> DbResult<()> {
    sqlx::query("SELECT pg_advisory_xact_lock(hashtextextended($1, 0))")
        .bind(subject)
        .execute(&mut *transaction)
        .await?;
    Ok(())
}

/// Calls a code out to every node, when the transaction commits.
pub(super) const NOTIFY: &str = "SELECT pg_notify($1, $2)";

/// A connection of its own that listens.
pub(super) struct Listener(PgListener);

impl Listener {
    pub(super) async fn connect(url: &Secret) -> DbResult<Self> {
        let mut listener = PgListener::connect(url.expose()).await?;
        listener.eager_reconnect(false);
        listener.listen(CHANNEL).await?;
        Ok(Self(listener))
    }

    /// The next code called out; `None` after a silence.
    pub(super) async fn next(&mut self) -> DbResult<Option<String>> {
        match tokio::time::timeout(SILENCE, self.0.try_recv()).await {
            Ok(Ok(Some(called))) => Ok(Some(called.payload().to_owned())),
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

fn keyless() -> AppError {
    AppError::new(
        ErrorKind::BadArguments,
        "instance_key_required",
        Message::new("server-key-required"),
    )
    .hint(Message::new("server-key-required-hint"))
}

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

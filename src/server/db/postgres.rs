//! PostgreSQL, for several nodes on one database: a pool of connections, and some
//! that only read.

mod faults;
mod listen;
mod pooler;
mod reader;
mod transaction;

use std::sync::Arc;
use std::time::Duration;

use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::{Connection, PgConnection, PgPool};
use url::Url;

use self::faults::Faults;
pub(super) use self::listen::Listener;
use self::reader::PostgresReader;
pub(super) use self::transaction::PostgresTransaction;
use super::error::DbResult;
use super::migrations;
use super::row::Visit;
use super::value::{Value, bound};
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

/// A database of PostgreSQL's.
#[derive(Debug)]
pub(super) struct Postgres {
    pool: PgPool,
    faults: Arc<Faults>,
    /// For what is asked all day.
    reader: Option<PostgresReader>,
    /// Where another connection goes; it may hold a password.
    pub(super) url: Secret,
}

impl Postgres {
    /// Opens the database at `url`, over so many `connections`, some of which are
    /// for reading only, and migrates it under sqlx's advisory lock. What a newer
    /// node has added is no fault.
    pub(super) async fn open(url: &Secret, connections: Option<u32>) -> Result<Self, AppError> {
        // One try that says why it fails: a pool would try for long and forget why.
        let how = options(url).map_err(|why| unusable(url, &why))?;
        match tokio::time::timeout(FIRST, pooler::shares_connections(&how)).await {
            Ok(Ok(false)) => {}
            Ok(Ok(true)) => return Err(behind_pooler(url)),
            Ok(Err(why)) => return Err(unusable(url, &why)),
            Err(_) => {
                let why = sqlx::Error::Io(std::io::ErrorKind::TimedOut.into());
                return Err(unusable(url, &why));
            }
        }
        let connections = connections.unwrap_or(CONNECTIONS).max(1);
        let reading = connections / READING;
        let faults = Arc::new(Faults::default());
        let known_faults = Arc::clone(&faults);
        let options = PgPoolOptions::new()
            .max_connections(connections - reading)
            .acquire_timeout(AWAY)
            .test_before_acquire(false)
            .before_acquire(move |connection, known| {
                let is_old = known_faults.are_after(known.age);
                Box::pin(async move {
                    if is_old {
                        return Ok(false);
                    }
                    if known.idle_for > TRUSTED {
                        connection.ping().await?;
                    }
                    Ok(true)
                })
            })
            .after_connect(|connection, _| Box::pin(prepare(connection)));
        let reader = (reading > 0).then(|| PostgresReader::of(how.clone(), reading));
        let pool = options.connect_with(how).await.map_err(|why| unusable(url, &why))?;
        for mut migrations in migrations::of_postgres() {
            let migrated = migrations.set_ignore_missing(true).run(&pool).await;
            migrated.map_err(|why| unusable(url, &why))?;
        }
        Ok(Self { pool, faults, reader, url: url.clone() })
    }

    /// Shows `visit` the row that `sql` finds. What cannot be read past the pool
    /// is read through it, which waits, connects and tries again.
    pub(super) async fn visit_one(
        &self,
        sql: &'static str,
        values: &[Value],
        visit: Visit<'_>,
    ) -> DbResult<()> {
        if let Some(reader) = &self.reader {
            match reader.visit_one(sql, values, visit).await {
                Ok(()) => return Ok(()),
                Err(why) => tracing::debug!(%why, "read through the pool instead"),
            }
        }
        if let Some(row) = Box::pin(bound(sql, values).fetch_optional(&self.pool)).await? {
            visit(&(&row).into());
        }
        Ok(())
    }

    /// Shows `visit` every row that `sql` finds.
    pub(super) async fn visit_all(
        &self,
        sql: &'static str,
        values: &[Value],
        visit: Visit<'_>,
    ) -> DbResult<()> {
        for row in &Box::pin(bound(sql, values).fetch_all(&self.pool)).await? {
            visit(&row.into());
        }
        Ok(())
    }

    /// Runs one statement that writes; how many rows it changed.
    pub(super) async fn execute(&self, sql: &'static str, values: &[Value]) -> DbResult<u64> {
        let done = Box::pin(bound(sql, values).execute(&self.pool)).await;
        Ok(self.faults.noted(done)?.rows_affected())
    }

    /// Begins a transaction.
    pub(super) async fn begin(&self) -> DbResult<PostgresTransaction> {
        PostgresTransaction::begin(&self.pool, Arc::clone(&self.faults)).await
    }

    /// Lets go of the database.
    pub(super) async fn close(&self) {
        if let Some(reader) = &self.reader {
            reader.close().await;
        }
        self.pool.close().await;
    }
}

/// Whatever the server's own settings are: reads see what is committed, and a
/// node that vanished in the middle blocks nobody for long.
async fn prepare(connection: &mut PgConnection) -> sqlx::Result<()> {
    for setting in [
        "SET default_transaction_isolation = 'read committed'",
        "SET idle_in_transaction_session_timeout = '60s'",
    ] {
        sqlx::query(setting).execute(&mut *connection).await?;
    }
    Ok(())
}

/// How the database at `url` is connected to. Without what sqlx asks for floats,
/// which there are none of: a pooler such as PgBouncer refuses to pass it on.
///
/// # Errors
/// When `url` is none.
fn options(url: &Secret) -> sqlx::Result<PgConnectOptions> {
    Ok(url.expose().parse::<PgConnectOptions>()?.extra_float_digits(None))
}

/// What is at `url` gives each transaction another connection.
fn behind_pooler(url: &Secret) -> AppError {
    let message = Message::new("server-postgres-pooler").with("place", place(url));
    AppError::new(ErrorKind::BadArguments, "database_pooled", message)
        .hint(Message::new("server-postgres-pooler-hint"))
}

/// Host and database only: the address may hold a password.
fn place(url: &Secret) -> String {
    Url::parse(url.expose())
        .map(|url| format!("{}{}", url.host_str().unwrap_or("localhost"), url.path()))
        .unwrap_or_default()
}

/// Why the database at `url` cannot be used.
fn unusable(url: &Secret, why: &dyn std::fmt::Display) -> AppError {
    AppError::new(
        ErrorKind::Internal,
        "database_unusable",
        Message::new("server-postgres-unusable")
            .with("place", place(url))
            .with("why", why.to_string()),
    )
}

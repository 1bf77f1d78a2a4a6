//! Whether a pooler stands before PostgreSQL that gives each transaction whichever
//! connection is free (PgBouncer's pool_mode=transaction). What is prepared on one
//! is not on the next, and nobody is ever notified there.

use std::time::Duration;

use sqlx::postgres::PgConnectOptions;
use sqlx::{Connection, Executor as _, PgConnection, Row as _};

/// How long a pooler that has no second connection may keep us waiting.
const WAITING: Duration = Duration::from_secs(2);

/// Whether one connection of ours is several of the server's: while another of
/// ours holds the one that it was given first, it is given the next.
///
/// # Errors
/// When there is no connection to be had.
pub(super) async fn shares_connections(how: &PgConnectOptions) -> sqlx::Result<bool> {
    let mut first = PgConnection::connect_with(how).await?;
    let process = server_process(&mut first).await?;
    let shares =
        match tokio::time::timeout(WAITING, is_given_another(how, &mut first, process)).await {
            // Where there is no second one to be had nothing is known, and that is for
            // whoever needs it to say.
            Ok(shares) => shares.unwrap_or(false),
            // It has one connection for both of ours.
            Err(_) => true,
        };
    let _ = first.close().await;
    Ok(shares)
}

/// Whether `first`, which `process` served, is served by another while one more
/// connection holds what it is given.
async fn is_given_another(
    how: &PgConnectOptions,
    first: &mut PgConnection,
    process: i32,
) -> sqlx::Result<bool> {
    let mut second = PgConnection::connect_with(how).await?;
    second.execute("BEGIN").await?;
    let is_given = server_process(&mut second).await? == process;
    let is_given = is_given || server_process(first).await? != process;
    second.close().await?;
    Ok(is_given)
}

/// The process that serves `connection`. Asked in the simple protocol, which
/// prepares nothing.
async fn server_process(connection: &mut PgConnection) -> sqlx::Result<i32> {
    connection.fetch_one(sqlx::raw_sql("SELECT pg_backend_pid()")).await?.try_get(0)
}

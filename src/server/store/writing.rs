//! What is written all day, said once for every place it can be written in: on
//! the thread that writes an SQLite file for everybody, in a transaction of the
//! pool, or as a sentence of its own.
//!
//! The surprising rule: on an SQLite file whoever writes takes a turn first, in
//! the order they came. SQLite itself lets writers try again and again, and one
//! that comes at a bad moment each time could wait for ever.

use std::borrow::Cow;
use std::ops::{Deref, DerefMut};
use std::panic::{AssertUnwindSafe, catch_unwind};

use futures_util::future::FutureExt as _;
use rusqlite::ToSql;
use rusqlite::types::{ToSqlOutput, ValueRef};
use sqlx::any::AnyArguments;
use sqlx::query::Query;
use sqlx::{Any, AnyConnection, AnyPool, Transaction};
use tokio::sync::OwnedMutexGuard;

use super::near::Columns;
use super::{DbError, DbResult, Engine, Store, postgres};

/// What is put into a sentence.
#[derive(Clone, Debug)]
pub(super) enum Value<'a> {
    Text(Option<Cow<'a, str>>),
    Number(Option<i64>),
}

impl Value<'_> {
    /// The same, to be sent to another thread.
    pub(super) fn kept(self) -> Value<'static> {
        match self {
            Self::Text(text) => Value::Text(text.map(|text| Cow::Owned(text.into_owned()))),
            Self::Number(number) => Value::Number(number),
        }
    }
}

impl<'a> From<&'a str> for Value<'a> {
    fn from(text: &'a str) -> Self {
        Self::Text(Some(text.into()))
    }
}

impl From<String> for Value<'_> {
    fn from(text: String) -> Self {
        Self::Text(Some(text.into()))
    }
}

impl<'a> From<Option<&'a str>> for Value<'a> {
    fn from(text: Option<&'a str>) -> Self {
        Self::Text(text.map(Cow::from))
    }
}

impl From<Option<String>> for Value<'_> {
    fn from(text: Option<String>) -> Self {
        Self::Text(text.map(Cow::from))
    }
}

impl From<i64> for Value<'_> {
    fn from(number: i64) -> Self {
        Self::Number(Some(number))
    }
}

impl From<Option<i64>> for Value<'_> {
    fn from(number: Option<i64>) -> Self {
        Self::Number(number)
    }
}

impl ToSql for Value<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self {
            Self::Text(Some(text)) => ValueRef::Text(text.as_bytes()),
            Self::Number(Some(number)) => ValueRef::Integer(*number),
            Self::Text(None) | Self::Number(None) => ValueRef::Null,
        }))
    }
}

/// Where sentences are said.
pub(super) enum Place<'a> {
    /// Each is a transaction of its own.
    Alone(&'a AnyPool),
    /// In a transaction.
    Transaction(&'a mut AnyConnection),
    /// In a transaction of the thread that writes a file.
    File(&'a mut rusqlite::Connection),
}

impl Place<'_> {
    /// Says `sql`; how many rows it changed.
    pub(super) async fn execute(
        &mut self,
        sql: &'static str,
        values: &[Value<'_>],
    ) -> DbResult<u64> {
        Ok(match self {
            Self::Alone(pool) => bound(sql, values).execute(*pool).await?.rows_affected(),
            Self::Transaction(connection) => {
                bound(sql, values).execute(&mut **connection).await?.rows_affected()
            }
            Self::File(connection) => {
                let changed = prepared(connection, sql, values)
                    .and_then(|mut statement| statement.raw_execute())
                    .map_err(|why| of_file(&why))?;
                u64::try_from(changed).unwrap_or(u64::MAX)
            }
        })
    }

    /// The row that `sql` finds, as `read` understands it.
    pub(super) async fn row<T>(
        &mut self,
        sql: &'static str,
        values: &[Value<'_>],
        read: impl FnOnce(&dyn Columns) -> DbResult<T> + Send,
    ) -> DbResult<Option<T>> {
        let row = match self {
            Self::Alone(pool) => bound(sql, values).fetch_optional(*pool).await?,
            Self::Transaction(connection) => {
                bound(sql, values).fetch_optional(&mut **connection).await?
            }
            Self::File(connection) => {
                let mut statement =
                    prepared(connection, sql, values).map_err(|why| of_file(&why))?;
                let mut rows = statement.raw_query();
                return rows.next().map_err(|why| of_file(&why))?.map(|row| read(row)).transpose();
            }
        };
        row.map(|row| read(&row)).transpose()
    }
}

fn bound<'q>(sql: &'static str, values: &'q [Value<'q>]) -> Query<'q, Any, AnyArguments> {
    values.iter().fold(sqlx::query(sql), |query, value| match value {
        Value::Text(text) => query.bind(text.as_deref()),
        Value::Number(number) => query.bind(*number),
    })
}

/// SQLite counts `$2` as the first where it stands first; here it is the second
/// everywhere.
fn prepared<'c>(
    connection: &'c rusqlite::Connection,
    sql: &str,
    values: &[Value<'_>],
) -> rusqlite::Result<rusqlite::CachedStatement<'c>> {
    let mut statement = connection.prepare_cached(sql)?;
    for index in 1..=statement.parameter_count() {
        let name = statement.parameter_name(index).and_then(|name| name.strip_prefix('$'));
        let number: Option<usize> = name.and_then(|name| name.parse().ok());
        let value = number.and_then(|number| values.get(number.checked_sub(1)?));
        let missing = rusqlite::Error::InvalidParameterCount(values.len(), index);
        statement.raw_bind_parameter(index, value.ok_or(missing)?)?;
    }
    Ok(statement)
}

/// A fault of the file, as sqlx would tell of it: one that passes by itself,
/// when the disk has room again or another process lets go, is no fault of ours.
pub(super) fn of_file(why: &rusqlite::Error) -> DbError {
    use rusqlite::ErrorCode as Code;
    match why.sqlite_error_code() {
        Some(
            Code::DatabaseBusy
            | Code::DatabaseLocked
            | Code::ReadOnly
            | Code::SystemIoFailure
            | Code::DiskFull
            | Code::CannotOpen,
        ) => away(why),
        _ => fault(why),
    }
}

/// The file cannot be used at the moment.
pub(super) fn away(why: impl std::fmt::Display) -> DbError {
    sqlx::Error::Io(std::io::Error::other(why.to_string())).into()
}

/// A fault of ours, as sqlx would pass it on.
pub(super) fn fault(why: impl std::fmt::Display) -> DbError {
    sqlx::Error::Protocol(why.to_string()).into()
}

/// Something to be written.
pub(super) trait Writing: Send + 'static {
    /// What comes of it.
    type Made: Send + 'static;

    /// What no other node writes about meanwhile. `None` for what is but one
    /// sentence, which needs nothing around it.
    fn about(&self) -> Option<String>;

    /// Says its sentences. In a file there is nothing to wait for between them:
    /// it waits for `place` only.
    fn write(self, place: &mut Place<'_>) -> impl Future<Output = DbResult<Self::Made>> + Send;
}

/// One sentence, and how many rows it changed.
struct Sentence {
    sql: &'static str,
    values: Vec<Value<'static>>,
}

impl Writing for Sentence {
    type Made = u64;

    fn about(&self) -> Option<String> {
        None
    }

    async fn write(self, place: &mut Place<'_>) -> DbResult<u64> {
        place.execute(self.sql, &self.values).await
    }
}

/// Writes in a file, where nothing is waited for. What fails leaves nothing
/// behind.
pub(super) fn write_in_file<W: Writing>(
    writing: W,
    file: &mut rusqlite::Connection,
) -> DbResult<W::Made> {
    let whole = writing.about().is_some();
    let say = |file: &rusqlite::Connection, sql: &str| {
        file.prepare_cached(sql)
            .and_then(|mut said| said.raw_execute())
            .map_err(|why| of_file(&why))
    };
    if whole {
        say(file, "SAVEPOINT writing")?;
    }
    // A panic is a failure like any other: those it shares with go on.
    let made = catch_unwind(AssertUnwindSafe(|| {
        let written = writing.write(&mut Place::File(file)).now_or_never();
        written.unwrap_or_else(|| Err(fault("a writing waited for something else")))
    }))
    .unwrap_or_else(|_| Err(fault("a writing panicked")));
    if whole {
        if made.is_err()
            && let Err(why) = say(file, "ROLLBACK TO writing")
        {
            // Half of it must not be kept, so nobody's is: all of them are told.
            let _ = say(file, "ROLLBACK");
            return Err(why);
        }
        say(file, "RELEASE writing")?;
    }
    made
}

impl Store {
    /// Writes, and says what came of it once that is on the disk.
    ///
    /// # Errors
    /// Those of the database; then nothing was written.
    pub(super) async fn write<W: Writing>(&self, writing: W) -> DbResult<W::Made> {
        if let Some(writer) = &self.writer {
            return writer.write(writing).await;
        }
        let Some(subject) = writing.about() else {
            return writing.write(&mut Place::Alone(self.pool())).await;
        };
        let mut transaction = self.begin_locked(&subject).await?;
        let made = writing.write(&mut Place::Transaction(&mut transaction)).await?;
        transaction.commit().await?;
        Ok(made)
    }

    /// Says one sentence that writes; how many rows it changed.
    ///
    /// # Errors
    /// Those of the database.
    pub(super) async fn say(
        &self,
        sql: &'static str,
        values: Vec<Value<'static>>,
    ) -> DbResult<u64> {
        self.write(Sentence { sql, values }).await
    }

    /// A transaction that writes.
    pub(super) async fn begin(&self) -> DbResult<InTurn> {
        let turn = match &self.writer {
            Some(writer) => Some(writer.turn().await),
            None => None,
        };
        let transaction = match self.engine {
            Engine::Postgres(_) => self.pool.begin().await?,
            _ => self.pool.begin_with("BEGIN IMMEDIATE").await?,
        };
        Ok(InTurn { transaction, _turn: turn })
    }

    /// A transaction that writes by what it reads of `subject`: no other node's
    /// transaction about the same is under way with it.
    pub(super) async fn begin_locked(&self, subject: &str) -> DbResult<InTurn> {
        let mut transaction = self.begin().await?;
        if let Engine::Postgres(_) = self.engine {
            postgres::advisory_lock(&mut transaction, subject).await?;
        }
        Ok(transaction)
    }
}

/// A transaction of the pool that writes, and the turn it has until it ends.
pub(super) struct InTurn {
    transaction: Transaction<'static, Any>,
    _turn: Option<OwnedMutexGuard<()>>,
}

impl InTurn {
    pub(super) async fn commit(self) -> sqlx::Result<()> {
        self.transaction.commit().await
    }
}

impl Deref for InTurn {
    type Target = AnyConnection;

    fn deref(&self) -> &AnyConnection {
        &self.transaction
    }
}

impl DerefMut for InTurn {
    fn deref_mut(&mut self) -> &mut AnyConnection {
        &mut self.transaction
    }
}

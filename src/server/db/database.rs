//! The database of one instance: which it is, and every way of asking it.

use std::sync::Arc;

use super::change_feed::ChangeFeed;
use super::error::{DbError, DbResult};
use super::page::{Page, Rows};
use super::postgres::Postgres;
use super::row::{Row, Visit};
use super::sqlite::Sqlite;
use super::tx::Tx;
use super::value::Value;
use crate::error::AppError;
use crate::server::config::Database;

/// The database of one instance. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Db(pub(super) Engine);

#[derive(Clone, Debug)]
pub(super) enum Engine {
    Sqlite(Arc<Sqlite>),
    Postgres(Arc<Postgres>),
}

impl Db {
    /// Opens `database`, making and migrating it where needed; PostgreSQL over at
    /// most so many `connections`. Two processes must not do that with one file
    /// at the same time: nothing else keeps one from migrating what another does.
    ///
    /// # Errors
    /// When it cannot be opened.
    pub async fn open(database: &Database, connections: Option<u32>) -> Result<Self, AppError> {
        Ok(Self(match database {
            Database::Memory => Engine::Sqlite(Sqlite::open(None).await?.into()),
            Database::Sqlite(path) => Engine::Sqlite(Sqlite::open(Some(path)).await?.into()),
            Database::Postgres(url) => {
                Engine::Postgres(Postgres::open(url, connections).await?.into())
            }
        }))
    }

    /// The row that `sql` finds by a key, as `read` understands it: read on the
    /// thread that asks where that is possible.
    pub async fn one<T: Send>(
        &self,
        sql: &'static str,
        values: Vec<Value>,
        mut read: impl FnMut(&Row<'_>) -> DbResult<T> + Send,
    ) -> DbResult<Option<T>> {
        let mut found = None;
        self.visit_one(sql, values, &mut |row| found = Some(read(row))).await?;
        found.transpose()
    }

    /// Shows `visit` the row that `sql` finds. One function whatever is made of
    /// the row, where [`Db::one`] is one for each statement.
    async fn visit_one(
        &self,
        sql: &'static str,
        values: Vec<Value>,
        visit: Visit<'_>,
    ) -> DbResult<()> {
        match &self.0 {
            Engine::Sqlite(file) => file.visit_one(sql, values, visit).await,
            Engine::Postgres(server) => server.visit_one(sql, &values, visit).await,
        }
    }

    /// The rows that `sql` finds by a key, which are few by its `LIMIT`, as `read`
    /// understands them: read on the thread that asks where that is possible.
    pub async fn few<T: Send>(
        &self,
        sql: &'static str,
        values: Vec<Value>,
        mut read: impl FnMut(&Row<'_>) -> DbResult<T> + Send,
    ) -> DbResult<Vec<T>> {
        let mut all = Vec::new();
        let visit: Visit<'_> = &mut |row| all.push(read(row));
        match &self.0 {
            Engine::Sqlite(file) => file.visit_few(sql, values, visit).await?,
            Engine::Postgres(server) => server.visit_all(sql, &values, visit).await?,
        }
        all.into_iter().collect()
    }

    /// Every row that `sql` finds, as `read` understands it.
    pub async fn list<T: Send>(
        &self,
        sql: &'static str,
        values: Vec<Value>,
        mut read: impl FnMut(&Row<'_>) -> DbResult<T> + Send,
    ) -> DbResult<Vec<T>> {
        let mut all = Vec::new();
        self.visit_all(sql, values, &mut |row| all.push(read(row))).await?;
        all.into_iter().collect()
    }

    async fn visit_all(
        &self,
        sql: &'static str,
        values: Vec<Value>,
        visit: Visit<'_>,
    ) -> DbResult<()> {
        match &self.0 {
            Engine::Sqlite(file) => file.visit_all(sql, values, visit).await,
            Engine::Postgres(server) => server.visit_all(sql, &values, visit).await,
        }
    }

    /// One page of a list: what `rows` finds, which asks for
    /// [`Page::fetch`] rows, and how many there are by `total`. `id` says what
    /// the next page begins after.
    pub async fn page<T: Send>(
        &self,
        page: &Page,
        rows: (&'static str, Vec<Value>),
        total: (&'static str, Vec<Value>),
        read: impl Fn(&Row<'_>) -> DbResult<T> + Send,
        id: impl Fn(&T) -> &str,
    ) -> DbResult<Rows<T>> {
        let all = self.list(rows.0, rows.1, read).await?;
        let total = self.list(total.0, total.1, |row| row.get(0)).await?;
        Ok(page.rows(all, total.first().copied().unwrap_or_default(), id))
    }

    /// Runs one statement that writes; how many rows it changed, once that is
    /// on the disk.
    pub async fn execute(&self, sql: &'static str, values: Vec<Value>) -> DbResult<u64> {
        match &self.0 {
            Engine::Sqlite(file) => file.writer.execute(sql, values).await,
            Engine::Postgres(server) => server.execute(sql, &values).await,
        }
    }

    /// Runs `write` in a transaction, and says what it made once that is on the
    /// disk. Where it fails or refuses (`Err`), nothing was written. It waits for
    /// its `Tx` only: SQLite has one thread that runs it.
    ///
    /// # Errors
    /// Those of `write`, and of the database.
    pub async fn write<T: Send + 'static, E: From<DbError> + Send + 'static>(
        &self,
        write: impl AsyncFnOnce(&mut Tx) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E> {
        match &self.0 {
            Engine::Sqlite(file) => file.writer.write(write).await,
            // What sqlx waits by is large: nobody who waits for something else has
            // room for it.
            Engine::Postgres(server) => {
                Box::pin(async {
                    let mut tx = Tx::on_postgres(server.begin().await?);
                    let made = write(&mut tx).await;
                    tx.end(made.is_ok()).await?;
                    made
                })
                .await
            }
        }
    }

    /// Sees from now on what other processes commit, and what they
    /// [notify](Tx::notify) on `channel`.
    pub async fn watch(&self, channel: &str) -> DbResult<ChangeFeed> {
        match &self.0 {
            Engine::Sqlite(file) => ChangeFeed::of_sqlite(file.path()),
            Engine::Postgres(server) => ChangeFeed::of_postgres(&server.url, channel).await,
        }
    }

    /// Whether no other process can have it open.
    pub fn is_alone(&self) -> bool {
        matches!(&self.0, Engine::Sqlite(file) if file.path().is_none())
    }

    /// Whether several nodes may share it.
    pub fn is_postgres(&self) -> bool {
        matches!(self.0, Engine::Postgres(_))
    }

    /// Lets go of the database, once what was given to be written is.
    pub async fn close(&self) {
        match &self.0 {
            Engine::Sqlite(file) => file.close().await,
            Engine::Postgres(server) => server.close().await,
        }
    }
}

//! The database of one instance: which it is, and every way of asking it.

use std::path::PathBuf;
use std::sync::Arc;

use sqlx::AnyPool;
use sqlx::any::{AnyRow, install_default_drivers};

use super::change_feed::ChangeFeed;
use super::error::{DbError, DbResult};
use super::fast_read::FastReader;
use super::page::{Page, Rows};
use super::row::{Row, Visit};
use super::sqlite::{SqliteReader, Writer};
use super::tx::Tx;
use super::value::{Value, bound};
use super::{migrate, postgres, private_file, sqlite};
use crate::error::AppError;
use crate::secret::Secret;
use crate::server::config::Database;

/// The database of one instance. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Db {
    pool: AnyPool,
    engine: Engine,
    /// For what is asked all day, where it can be read past the pool.
    pub(super) reader: Option<Arc<FastReader>>,
    /// For everything that is written, where one thread can write for everybody.
    pub(super) writer: Option<Arc<Writer>>,
}

/// What stands behind the pool, and where another connection to it goes.
#[derive(Clone, Debug)]
enum Engine {
    /// Gone with its one connection.
    Memory,
    /// A file.
    Sqlite(PathBuf),
    /// A URL that may hold a password.
    Postgres(Secret),
}

impl Engine {
    fn is_postgres(&self) -> bool {
        matches!(self, Self::Postgres(_))
    }

    fn unusable(&self, why: &dyn std::fmt::Display) -> AppError {
        match self {
            Self::Sqlite(path) => private_file::unusable(path, why),
            Self::Postgres(url) => postgres::unusable(url, why),
            Self::Memory => AppError::internal(why),
        }
    }
}

impl Db {
    /// Opens `database`, making and migrating it where needed, over at most so
    /// many `connections`. Two processes must not do that with one file at the
    /// same time: sqlx's own migration lock does nothing there.
    ///
    /// # Errors
    /// When it cannot be opened.
    pub async fn open(database: &Database, connections: Option<u32>) -> Result<Self, AppError> {
        install_default_drivers();
        let (mut reader, mut writer) = (None, None);
        let (pool, engine) = match database {
            Database::Memory => (sqlite::memory().await?, Engine::Memory),
            Database::Sqlite(path) => {
                let (pool, is_ahead) = sqlite::file(path, connections).await?;
                if is_ahead {
                    reader = Some(FastReader::Sqlite(SqliteReader::of(path.clone())));
                    writer = Some(Arc::new(Writer::of(path.clone())));
                }
                (pool, Engine::Sqlite(path.clone()))
            }
            Database::Postgres(url) => {
                let (pool, read) = postgres::open(url, connections).await?;
                reader = read.map(FastReader::Postgres);
                (pool, Engine::Postgres(url.clone()))
            }
        };
        let migrated = migrate::run(&pool, engine.is_postgres()).await;
        migrated.map_err(|why| engine.unusable(&why))?;
        Ok(Self { pool, engine, reader: reader.map(Arc::new), writer })
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
        if let Some(reader) = &self.reader {
            match reader.one(sql, &values, visit).await {
                Ok(()) => return Ok(()),
                Err(why) => tracing::debug!(%why, "read through the pool instead"),
            }
        }
        let row = bound(sql, &values).fetch_optional(&self.pool).await?;
        if let Some(row) = &row {
            visit(&row.into());
        }
        Ok(())
    }

    /// Every row that `sql` finds, as `read` understands it.
    pub async fn list<T>(
        &self,
        sql: &'static str,
        values: Vec<Value>,
        read: impl Fn(&Row<'_>) -> DbResult<T>,
    ) -> DbResult<Vec<T>> {
        self.all(sql, values).await?.iter().map(|row| read(&row.into())).collect()
    }

    async fn all(&self, sql: &'static str, values: Vec<Value>) -> DbResult<Vec<AnyRow>> {
        Ok(bound(sql, &values).fetch_all(&self.pool).await?)
    }

    /// One page of a list: what `rows` finds, which asks for
    /// [`Page::fetch`] rows, and how many there are by `total`. `id` says what
    /// the next page begins after.
    pub async fn page<T>(
        &self,
        page: &Page,
        rows: (&'static str, Vec<Value>),
        total: (&'static str, Vec<Value>),
        read: impl Fn(&Row<'_>) -> DbResult<T>,
        id: impl Fn(&T) -> &str,
    ) -> DbResult<Rows<T>> {
        let all = self.list(rows.0, rows.1, read).await?;
        let total = self.list(total.0, total.1, |row| row.get(0)).await?;
        Ok(page.rows(all, total.first().copied().unwrap_or_default(), id))
    }

    /// Runs one statement that writes; how many rows it changed, once that is
    /// on the disk.
    pub async fn execute(&self, sql: &'static str, values: Vec<Value>) -> DbResult<u64> {
        if let Some(writer) = &self.writer {
            return writer.execute(sql, values).await;
        }
        Ok(bound(sql, &values).execute(&self.pool).await?.rows_affected())
    }

    /// Runs `write` in a transaction, and says what it made once that is on the
    /// disk. Where it fails or refuses (`Err`), nothing was written. It waits for
    /// its `Tx` only: an SQLite file has one thread that runs it.
    ///
    /// # Errors
    /// Those of `write`, and of the database.
    pub async fn write<T: Send + 'static, E: From<DbError> + Send + 'static>(
        &self,
        write: impl AsyncFnOnce(&mut Tx) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E> {
        if let Some(writer) = &self.writer {
            return writer.write(write).await;
        }
        let mut tx = self.begin().await?;
        let made = write(&mut tx).await;
        tx.end(made.is_ok()).await?;
        made
    }

    async fn begin(&self) -> DbResult<Tx> {
        let is_postgres = self.engine.is_postgres();
        let begun = if is_postgres {
            self.pool.begin().await?
        } else {
            self.pool.begin_with("BEGIN IMMEDIATE").await?
        };
        Ok(Tx::on_pool(begun, is_postgres))
    }

    /// Sees from now on what other processes commit, and what they
    /// [notify](Tx::notify) on `channel`.
    pub async fn watch(&self, channel: &str) -> DbResult<ChangeFeed> {
        match &self.engine {
            Engine::Postgres(url) => ChangeFeed::of_postgres(url, channel).await,
            Engine::Sqlite(path) => ChangeFeed::of_file(path).await,
            Engine::Memory => Ok(ChangeFeed::silent()),
        }
    }

    /// Whether no other process can have it open.
    pub fn is_alone(&self) -> bool {
        matches!(self.engine, Engine::Memory)
    }

    /// Whether several nodes may share it.
    pub fn is_postgres(&self) -> bool {
        self.engine.is_postgres()
    }

    /// Lets go of the database, once what was given to be written is.
    pub async fn close(&self) {
        if let Some(writer) = &self.writer {
            writer.close().await;
        }
        if let Some(reader) = &self.reader {
            reader.close().await;
        }
        self.pool.close().await;
    }
}

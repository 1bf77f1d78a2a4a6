//! SQLite, in a file or in memory: one thread writes, and whoever asks reads by
//! themselves where the file has a write-ahead log. That is tried and given up
//! where the file system cannot map shared memory (network homes); there, and in
//! memory, the thread that writes also reads.

mod file;
mod migrate;
mod reader;
pub(super) mod statement;
mod writer;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use tokio::task::spawn_blocking;

use self::file::DatabaseFile;
pub(super) use self::reader::SqliteReader;
pub(super) use self::writer::BUSY;
use self::writer::Writer;
use super::error::{DbError, DbResult};
use super::private_file::{make_private, unusable};
use super::row::{OwnedRow, Row, Visit};
use super::value::Value;
use crate::error::AppError;

/// A database of SQLite's.
#[derive(Debug)]
pub(super) struct Sqlite {
    pub(super) writer: Writer,
    pub(super) reader: Option<SqliteReader>,
}

impl Sqlite {
    /// Opens the file at `path`, or one that goes with this process, making and
    /// migrating it where needed.
    ///
    /// # Errors
    /// When it cannot be.
    pub(super) async fn open(path: Option<&Path>) -> Result<Self, AppError> {
        let opened = match path.map(Path::to_owned) {
            Some(path) => spawn_blocking(|| Self::open_file(path)).await,
            None => spawn_blocking(Self::open_memory).await,
        };
        opened.map_err(AppError::internal)?
    }

    fn open_file(path: PathBuf) -> Result<Self, AppError> {
        let opened = || -> DbResult<_> {
            make_private(&path).map_err(DbError::unavailable)?;
            let mut file = writer::open(&path)?;
            migrate::run(&mut file)?;
            let journal: String = file.query_row("PRAGMA journal_mode", [], |row| row.get(0))?;
            Ok((file, journal.eq_ignore_ascii_case("wal")))
        };
        let (file, is_ahead) = opened().map_err(|why| unusable(&path, &why.cause()))?;
        let place = Arc::new(DatabaseFile::at(&path));
        let reader = is_ahead.then(|| SqliteReader::of(path, Arc::clone(&place)));
        Ok(Self { writer: Writer::of(place, file), reader })
    }

    fn open_memory() -> Result<Self, AppError> {
        let mut memory = writer::open_memory().map_err(AppError::internal)?;
        migrate::run(&mut memory).map_err(AppError::internal)?;
        let place = Arc::new(DatabaseFile::in_memory());
        Ok(Self { writer: Writer::of(place, memory), reader: None })
    }

    /// Where its file is; `None` in memory.
    pub(super) fn path(&self) -> Option<&Path> {
        self.writer.path()
    }

    /// Shows `visit` the row that `sql` finds.
    pub(super) async fn visit_one(
        self: &Arc<Self>,
        sql: &'static str,
        values: Vec<Value>,
        visit: Visit<'_>,
    ) -> DbResult<()> {
        if let Some(reader) = &self.reader {
            match reader.visit_one(sql, &values, visit) {
                Ok(()) => return Ok(()),
                Err(why) => tracing::debug!(%why, "read again by somebody who may wait"),
            }
        }
        let mut visit = Some(visit);
        let first = &mut |row: &Row<'_>| {
            if let Some(visit) = visit.take() {
                visit(row);
            }
        };
        self.visit_all(sql, values, first).await
    }

    /// Shows `visit` the few rows that `sql` finds.
    pub(super) async fn visit_few(
        self: &Arc<Self>,
        sql: &'static str,
        values: Vec<Value>,
        visit: Visit<'_>,
    ) -> DbResult<()> {
        if let Some(reader) = &self.reader {
            match reader.few(sql, &values) {
                Ok(rows) => {
                    show(&rows, visit);
                    return Ok(());
                }
                Err(why) => tracing::debug!(%why, "read again by somebody who may wait"),
            }
        }
        self.visit_all(sql, values, visit).await
    }

    /// Shows `visit` every row that `sql` finds, which another thread reads.
    pub(super) async fn visit_all(
        self: &Arc<Self>,
        sql: &'static str,
        values: Vec<Value>,
        visit: Visit<'_>,
    ) -> DbResult<()> {
        let rows = if self.reader.is_some() {
            let this = Arc::clone(self);
            let read = move || this.reader.as_ref().map(|reader| reader.all(sql, &values));
            let read = spawn_blocking(read).await.map_err(DbError::unavailable)?;
            read.unwrap_or_else(|| Ok(Vec::new()))?
        } else {
            self.writer.read(move |connection| statement::all(connection, sql, &values)).await?
        };
        show(&rows, visit);
        Ok(())
    }

    /// Lets go of it, once what was given to be written is.
    pub(super) async fn close(&self) {
        // The last that is open puts the log into the file: one that may write.
        if let Some(reader) = &self.reader {
            reader.close();
        }
        self.writer.close().await;
    }
}

fn show(rows: &[OwnedRow], visit: Visit<'_>) {
    for row in rows {
        visit(&row.into());
    }
}

//! A row of an answer, whichever database gave it.

use std::cell::Cell;
use std::sync::Arc;

use rusqlite::types::{FromSql, Value, ValueRef};
use sqlx::postgres::{PgRow, Postgres};
use sqlx::{Decode, Type};

use super::error::DbResult;

/// A row; its columns are read by name or by place, from 0.
pub struct Row<'r> {
    source: Source<'r>,
    /// After the column that was read last: the name asked for next is most
    /// often there.
    next: Cell<usize>,
}

enum Source<'r> {
    Postgres(&'r PgRow),
    Sqlite(&'r rusqlite::Row<'r>),
    Owned(&'r OwnedRow),
}

/// What is shown a row, or each of several.
pub(super) type Visit<'v> = &'v mut (dyn FnMut(&Row<'_>) + Send);

/// What a column may be read as: text or a number, or an `Option` of them.
pub trait Column: for<'r> Decode<'r, Postgres> + Type<Postgres> + FromSql {}

impl<T> Column for T where T: for<'r> Decode<'r, Postgres> + Type<Postgres> + FromSql {}

/// What a column is read by: its name as a `&str`, or its place as a `usize`.
pub trait ColumnIndex {
    /// Its place in `row`.
    ///
    /// # Errors
    /// When no column has this name.
    fn place(self, row: &Row<'_>) -> DbResult<usize>;
}

impl ColumnIndex for usize {
    fn place(self, _: &Row<'_>) -> DbResult<usize> {
        Ok(self)
    }
}

impl ColumnIndex for &str {
    fn place(self, row: &Row<'_>) -> DbResult<usize> {
        let is_at = |place: usize| row.name(place) == Some(self);
        let next = row.next.get();
        let found = if is_at(next) { Some(next) } else { (0..row.width()).find(|&at| is_at(at)) };
        let place = found.ok_or_else(|| sqlx::Error::ColumnNotFound(self.to_owned()))?;
        row.next.set(place + 1);
        Ok(place)
    }
}

impl Row<'_> {
    /// The column `index`.
    ///
    /// # Errors
    /// When there is no such column, or it is something else.
    pub fn get<T: Column>(&self, index: impl ColumnIndex) -> DbResult<T> {
        let place = index.place(self)?;
        match self.source {
            Source::Postgres(row) => Ok(sqlx::Row::try_get(row, place)?),
            Source::Sqlite(row) => {
                Ok(row.get(place).map_err(|why| sqlx::Error::Decode(why.into()))?)
            }
            Source::Owned(row) => {
                let value = row.values.get(place).map_or(ValueRef::Null, ValueRef::from);
                Ok(T::column_result(value).map_err(|why| sqlx::Error::Decode(why.into()))?)
            }
        }
    }

    /// The column `index`, a number that is 0 for no.
    ///
    /// # Errors
    /// As [`Row::get`].
    pub fn flag(&self, index: impl ColumnIndex) -> DbResult<bool> {
        Ok(self.get::<i64>(index)? != 0)
    }

    fn width(&self) -> usize {
        match self.source {
            Source::Postgres(row) => sqlx::Row::len(row),
            Source::Sqlite(row) => row.as_ref().column_count(),
            Source::Owned(row) => row.columns.len(),
        }
    }

    fn name(&self, place: usize) -> Option<&str> {
        match self.source {
            Source::Postgres(row) => sqlx::Row::columns(row).get(place).map(sqlx::Column::name),
            Source::Sqlite(row) => row.as_ref().column_name(place).ok(),
            Source::Owned(row) => row.columns.get(place).map(String::as_str),
        }
    }
}

impl std::fmt::Debug for Row<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Row")
    }
}

impl<'r> From<&'r PgRow> for Row<'r> {
    fn from(row: &'r PgRow) -> Self {
        Self { source: Source::Postgres(row), next: Cell::new(0) }
    }
}

impl<'r> From<&'r rusqlite::Row<'r>> for Row<'r> {
    fn from(row: &'r rusqlite::Row<'r>) -> Self {
        Self { source: Source::Sqlite(row), next: Cell::new(0) }
    }
}

/// A row of SQLite's that was carried from the thread that read it.
#[derive(Debug)]
pub(super) struct OwnedRow {
    columns: Arc<[String]>,
    values: Vec<Value>,
}

impl OwnedRow {
    /// All of `row`, whose `columns` are called so.
    pub(super) fn of(row: &rusqlite::Row<'_>, columns: &Arc<[String]>) -> rusqlite::Result<Self> {
        let values = (0..columns.len()).map(|place| row.get(place));
        Ok(Self { columns: Arc::clone(columns), values: values.collect::<Result<_, _>>()? })
    }
}

impl<'r> From<&'r OwnedRow> for Row<'r> {
    fn from(row: &'r OwnedRow) -> Self {
        Self { source: Source::Owned(row), next: Cell::new(0) }
    }
}

//! A row of an answer, whichever database gave it.

use rusqlite::types::FromSql;
use sqlx::any::AnyRow;
use sqlx::postgres::{PgRow, Postgres};
use sqlx::{Any, Decode, Type};

use super::error::DbResult;

/// A row; its columns are read by name or by place, from 0.
#[derive(Clone, Copy)]
pub struct Row<'r>(Source<'r>);

#[derive(Clone, Copy)]
enum Source<'r> {
    Any(&'r AnyRow),
    Postgres(&'r PgRow),
    Sqlite(&'r rusqlite::Row<'r>),
}

/// What a column may be read as: text or a number, or an `Option` of them.
pub trait Column:
    for<'r> Decode<'r, Any> + Type<Any> + for<'r> Decode<'r, Postgres> + Type<Postgres> + FromSql
{
}

impl<T> Column for T where
    T: for<'r> Decode<'r, Any>
        + Type<Any>
        + for<'r> Decode<'r, Postgres>
        + Type<Postgres>
        + FromSql
{
}

/// How a column is named: a `&str`, or its place as a `usize`.
pub trait ColumnIndex:
    sqlx::ColumnIndex<AnyRow> + sqlx::ColumnIndex<PgRow> + rusqlite::RowIndex
{
}

impl<I> ColumnIndex for I where
    I: sqlx::ColumnIndex<AnyRow> + sqlx::ColumnIndex<PgRow> + rusqlite::RowIndex
{
}

impl Row<'_> {
    /// The column `index`.
    ///
    /// # Errors
    /// When there is no such column, or it is something else.
    pub fn get<T: Column>(&self, index: impl ColumnIndex) -> DbResult<T> {
        match self.0 {
            Source::Any(row) => Ok(sqlx::Row::try_get(row, index)?),
            Source::Postgres(row) => Ok(sqlx::Row::try_get(row, index)?),
            Source::Sqlite(row) => {
                Ok(row.get(index).map_err(|why| sqlx::Error::Decode(why.into()))?)
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
}

impl std::fmt::Debug for Row<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Row")
    }
}

impl<'r> From<&'r AnyRow> for Row<'r> {
    fn from(row: &'r AnyRow) -> Self {
        Self(Source::Any(row))
    }
}

impl<'r> From<&'r PgRow> for Row<'r> {
    fn from(row: &'r PgRow) -> Self {
        Self(Source::Postgres(row))
    }
}

impl<'r> From<&'r rusqlite::Row<'r>> for Row<'r> {
    fn from(row: &'r rusqlite::Row<'r>) -> Self {
        Self(Source::Sqlite(row))
    }
}

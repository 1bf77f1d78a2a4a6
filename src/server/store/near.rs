//! Reading one row past the pool: what polls and bearer checks do all day.
//!
//! The surprising rule: whatever does not work here is no fault. The same
//! sentence is then read through the pool, which waits, connects and tries
//! again where this does not.

mod file;
mod wire;

use sqlx::Row as _;
use sqlx::any::AnyRow;
use sqlx::postgres::PgRow;

pub(super) use self::file::FileReader;
pub(super) use self::wire::WireReader;
use super::writing::fault;
use super::{DbResult, Store};

/// The columns of a row by name, wherever it was read.
pub(super) trait Columns {
    fn text(&self, name: &str) -> DbResult<String>;
    fn text_if_any(&self, name: &str) -> DbResult<Option<String>>;
    fn number(&self, name: &str) -> DbResult<i64>;
    fn number_if_any(&self, name: &str) -> DbResult<Option<i64>>;
}

/// sqlx has no row that stands for the rows of all its databases.
macro_rules! columns_of {
    ($row:ty) => {
        impl Columns for $row {
            fn text(&self, name: &str) -> DbResult<String> {
                Ok(self.try_get(name)?)
            }

            fn text_if_any(&self, name: &str) -> DbResult<Option<String>> {
                Ok(self.try_get(name)?)
            }

            fn number(&self, name: &str) -> DbResult<i64> {
                Ok(self.try_get(name)?)
            }

            fn number_if_any(&self, name: &str) -> DbResult<Option<i64>> {
                Ok(self.try_get(name)?)
            }
        }
    };
}

columns_of!(AnyRow);
columns_of!(PgRow);

/// How a database is read past its pool.
#[derive(Debug)]
pub(super) enum Reader {
    /// An SQLite file.
    File(FileReader),
    /// PostgreSQL.
    Wire(WireReader),
}

impl Reader {
    /// The row that `sql` finds by its one key. The outer fault is that it
    /// cannot be read in this way, the inner one that it is not understood.
    async fn row<T>(
        &self,
        sql: &'static str,
        key: &str,
        read: impl FnOnce(&dyn Columns) -> DbResult<T>,
    ) -> DbResult<Option<DbResult<T>>> {
        match self {
            Self::File(file) => file.row(sql, key, read).map_err(fault),
            Self::Wire(wire) => Ok(wire.row(sql, key, read).await?),
        }
    }

    /// Lets go of the database.
    pub(super) async fn close(&self) {
        match self {
            Self::File(file) => file.close(),
            Self::Wire(wire) => wire.close().await,
        }
    }
}

impl Store {
    /// The row that `sql` finds by its one key, as `read` understands it.
    ///
    /// # Errors
    /// Those of the database.
    pub(super) async fn row<T>(
        &self,
        sql: &'static str,
        key: &str,
        read: impl Fn(&dyn Columns) -> DbResult<T>,
    ) -> DbResult<Option<T>> {
        if let Some(reader) = &self.reader {
            match reader.row(sql, key, &read).await {
                Ok(row) => return row.transpose(),
                Err(why) => tracing::debug!(%why, "read through the pool instead"),
            }
        }
        let row = sqlx::query(sql).bind(key).fetch_optional(self.pool()).await?;
        row.map(|row| read(&row)).transpose()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::secret::Secret;
    use crate::server::config::Database;

    #[tokio::test]
    async fn what_cannot_be_read_on_the_spot_is_read_through_the_pool() {
        let home = tempfile::tempdir().unwrap();
        let file = Database::in_home(home.path());
        let mut store = Store::open(&file, Some(1), None, 0).await.unwrap().store;
        let sql = "SELECT value FROM instance WHERE name = $1";
        let read = |row: &dyn Columns| row.text("value");
        let near = store.row(sql, "id", read).await.unwrap();
        assert!(near.is_some() && store.reader.is_some(), "a write-ahead log works here");
        let nowhere = Reader::File(FileReader::of(home.path().join("nowhere.db")));
        assert!(nowhere.row(sql, "id", read).await.is_err());
        store.reader = Some(Arc::new(nowhere));
        assert_eq!(store.row(sql, "id", read).await.unwrap(), near);
        assert_eq!(store.device_code(&Secret::new("x"), 0).await.unwrap(), None);
    }
}

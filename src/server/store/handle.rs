//! What every table's functions hang on.

use crate::server::db::{Db, DbError, Tx};

/// The database of one instance, by its tables. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Store {
    pub(super) db: Db,
}

impl Store {
    /// Runs `write` in a transaction ([`Db::write`]). What is written by somebody
    /// goes by `State::write_as`, which knows whether they still may.
    ///
    /// # Errors
    /// Those of `write`, and the database's.
    pub async fn write<T: Send + 'static, E: From<DbError> + Send + 'static>(
        &self,
        write: impl AsyncFnOnce(&mut Tx) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E> {
        self.db.write(write).await
    }

    /// Whether no other process can have it open.
    pub fn is_alone(&self) -> bool {
        self.db.is_alone()
    }

    /// Lets go of the database.
    pub async fn close(&self) {
        self.db.close().await;
    }
}

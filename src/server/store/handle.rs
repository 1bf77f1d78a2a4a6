//! What every table's functions hang on.

use std::sync::Arc;

use crate::server::db::Db;
use crate::server::domain::plans::Plans;

/// The database of one instance, by its tables. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Store {
    pub(super) db: Db,
    /// What accounts have room for.
    pub(super) plans: Arc<Plans>,
}

impl Store {
    /// Whether no other process can have it open.
    pub fn is_alone(&self) -> bool {
        self.db.is_alone()
    }

    /// Lets go of the database.
    pub async fn close(&self) {
        self.db.close().await;
    }
}

//! What brings a database to the tables of this version: one text for both, then
//! what only one of them understands.

use sqlx::migrate::Migrator;

/// Those of SQLite, in their order.
pub(super) fn of_sqlite() -> [Migrator; 2] {
    [sqlx::migrate!("assets/migrations"), sqlx::migrate!("assets/migrations/sqlite")]
}

/// Those of PostgreSQL, in their order.
pub(super) fn of_postgres() -> [Migrator; 2] {
    [sqlx::migrate!("assets/migrations"), sqlx::migrate!("assets/migrations/postgres")]
}

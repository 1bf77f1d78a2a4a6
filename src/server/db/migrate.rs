//! Brings a database to the tables of this version.

use sqlx::AnyPool;
use sqlx::migrate::MigrateError;

/// One text for both, then what only one of them understands. On PostgreSQL
/// under sqlx's advisory lock. What a newer node has added is no fault.
pub(super) async fn run(pool: &AnyPool, is_postgres: bool) -> Result<(), MigrateError> {
    let own = if is_postgres {
        sqlx::migrate!("assets/migrations/postgres")
    } else {
        sqlx::migrate!("assets/migrations/sqlite")
    };
    for mut migrations in [sqlx::migrate!("assets/migrations"), own] {
        migrations.set_ignore_missing(true).run(pool).await?;
    }
    Ok(())
}

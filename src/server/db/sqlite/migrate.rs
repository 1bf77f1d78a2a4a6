//! Brings an SQLite database to the tables of this version, and writes down
//! which migrations it has as sqlx does (0.9, `_sqlx_migrations`), which did it
//! before.

use rusqlite::{Connection, OptionalExtension as _, TransactionBehavior, params};

use crate::server::db::error::{DbError, DbResult};
use crate::server::db::migrations;

const TABLE: &str = "CREATE TABLE IF NOT EXISTS _sqlx_migrations (
    version BIGINT PRIMARY KEY,
    description TEXT NOT NULL,
    installed_on TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP,
    success BOOLEAN NOT NULL,
    checksum BLOB NOT NULL,
    execution_time BIGINT NOT NULL
)";

/// What a newer crewmesh has added is no fault.
pub(super) fn run(file: &mut Connection) -> DbResult<()> {
    file.execute_batch(TABLE)?;
    for migration in migrations::of_sqlite().iter().flat_map(|migrator| migrator.iter()) {
        let transaction = file.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let sql = "SELECT checksum FROM _sqlx_migrations WHERE version = ?1 AND success";
        let done: Option<Vec<u8>> =
            transaction.query_row(sql, [migration.version], |row| row.get(0)).optional()?;
        match done {
            Some(checksum) if checksum == *migration.checksum => continue,
            Some(_) => {
                let why = format!("migration {} is another one here", migration.version);
                return Err(DbError::internal(why));
            }
            None => {}
        }
        transaction.execute_batch(migration.sql.as_str())?;
        let sql = "INSERT INTO _sqlx_migrations
                (version, description, success, checksum, execution_time)
             VALUES (?1, ?2, TRUE, ?3, 0)";
        let (version, description) = (migration.version, &migration.description);
        transaction.execute(sql, params![version, description, &migration.checksum])?;
        transaction.commit()?;
    }
    Ok(())
}

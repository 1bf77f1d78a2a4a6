//! One statement on one connection to a file.

use std::sync::Arc;

use rusqlite::config::DbConfig;
use rusqlite::{CachedStatement, Connection};

use crate::server::db::error::DbResult;
use crate::server::db::row::{OwnedRow, Visit};
use crate::server::db::value::Value;

/// Has statements planned once, whatever is bound to them. Otherwise SQLite looks at
/// what is bound to a `LIMIT`, and plans such a statement anew whenever it is run.
pub(super) fn plan_once(connection: &Connection) -> rusqlite::Result<()> {
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true).map(drop)
}

/// Runs `sql`; how many rows it changed.
pub(in crate::server::db) fn execute(
    connection: &Connection,
    sql: &str,
    values: &[Value],
) -> DbResult<u64> {
    let changed = prepared(connection, sql, values)?.raw_execute()?;
    Ok(u64::try_from(changed).unwrap_or(u64::MAX))
}

/// Shows `visit` the first row that `sql` finds.
pub(in crate::server::db) fn one(
    connection: &Connection,
    sql: &str,
    values: &[Value],
    visit: Visit<'_>,
) -> DbResult<()> {
    if let Some(row) = prepared(connection, sql, values)?.raw_query().next()? {
        visit(&row.into());
    }
    Ok(())
}

/// Shows `visit` every row that `sql` finds.
pub(in crate::server::db) fn list(
    connection: &Connection,
    sql: &str,
    values: &[Value],
    visit: Visit<'_>,
) -> DbResult<()> {
    let mut statement = prepared(connection, sql, values)?;
    let mut rows = statement.raw_query();
    while let Some(row) = rows.next()? {
        visit(&row.into());
    }
    Ok(())
}

/// Every row that `sql` finds, to be carried to another thread.
pub(in crate::server::db) fn all(
    connection: &Connection,
    sql: &str,
    values: &[Value],
) -> DbResult<Vec<OwnedRow>> {
    let mut statement = prepared(connection, sql, values)?;
    let (mut all, mut columns) = (Vec::new(), None);
    let mut rows = statement.raw_query();
    while let Some(row) = rows.next()? {
        let columns = columns.get_or_insert_with(|| names(row));
        all.push(OwnedRow::of(row, columns)?);
    }
    Ok(all)
}

fn names(row: &rusqlite::Row<'_>) -> Arc<[String]> {
    row.as_ref().column_names().into_iter().map(str::to_owned).collect()
}

/// SQLite counts `$2` as the first where it stands first; here it is the second
/// everywhere.
fn prepared<'c>(
    connection: &'c Connection,
    sql: &str,
    values: &[Value],
) -> rusqlite::Result<CachedStatement<'c>> {
    let mut statement = connection.prepare_cached(sql)?;
    for index in 1..=statement.parameter_count() {
        let name = statement.parameter_name(index).and_then(|name| name.strip_prefix('$'));
        let number: Option<usize> = name.and_then(|name| name.parse().ok());
        let value = number.and_then(|number| values.get(number.checked_sub(1)?));
        let missing = rusqlite::Error::InvalidParameterCount(values.len(), index);
        statement.raw_bind_parameter(index, value.ok_or(missing)?)?;
    }
    Ok(statement)
}

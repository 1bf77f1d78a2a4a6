//! One statement on one connection to a file.

use rusqlite::{CachedStatement, Connection};

use crate::server::db::error::DbResult;
use crate::server::db::row::Row;
use crate::server::db::value::Value;

/// Runs `sql`; how many rows it changed.
pub(in crate::server::db) fn execute(
    connection: &Connection,
    sql: &str,
    values: &[Value],
) -> DbResult<u64> {
    let changed = prepared(connection, sql, values)?.raw_execute()?;
    Ok(u64::try_from(changed).unwrap_or(u64::MAX))
}

/// The first row that `sql` finds.
pub(in crate::server::db) fn one<T>(
    connection: &Connection,
    sql: &str,
    values: &[Value],
    read: impl Fn(Row<'_>) -> DbResult<T>,
) -> DbResult<Option<T>> {
    let mut statement = prepared(connection, sql, values)?;
    let mut rows = statement.raw_query();
    rows.next()?.map(|row| read(row.into())).transpose()
}

/// Every row that `sql` finds.
pub(in crate::server::db) fn list<T>(
    connection: &Connection,
    sql: &str,
    values: &[Value],
    read: impl Fn(Row<'_>) -> DbResult<T>,
) -> DbResult<Vec<T>> {
    let mut statement = prepared(connection, sql, values)?;
    let mut rows = statement.raw_query();
    let mut all = Vec::new();
    while let Some(row) = rows.next()? {
        all.push(read(row.into())?);
    }
    Ok(all)
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

//! What people connected, what opens it sealed, and how often it was given to a
//! machine. Whoever writes here has locked the account.

use std::collections::HashMap;

use jiff::Timestamp;

use super::handle::Store;
use crate::server::clock::{DAY, timestamp};
use crate::server::db::{DbError, DbResult, Page, Row, Rows, Tx, values};
use crate::wire::{Connection, Way};

/// Days of which uses are told.
const TOLD_DAYS: usize = 30;

/// What is kept of one besides what everybody may see of it.
#[derive(Clone, Debug)]
pub struct Kept {
    pub connection: Connection,
    /// What opens it, sealed.
    pub sealed: Option<String>,
}

impl Store {
    /// What an account connected, oldest first, with its uses up to `now`.
    pub async fn connections(
        &self,
        account_id: &str,
        page: &Page,
        now: i64,
    ) -> DbResult<Rows<Connection>> {
        let sql = "SELECT id, provider, label, way, kind, endpoint, holder, last_four, is_default,
                created_at, verified_at, last_used_at
             FROM connections WHERE account_id = $1 AND id > $2 ORDER BY id LIMIT $3";
        let rows = (sql, values![account_id, page.after(), page.fetch()]);
        let total = ("SELECT COUNT(*) FROM connections WHERE account_id = $1", values![account_id]);
        let listed = self.db.page(page, rows, total, read, |connection| &connection.id).await?;
        let today = now.div_euclid(DAY);
        let first = today - i64::try_from(TOLD_DAYS - 1).unwrap_or_default();
        let sql = "SELECT u.connection_id, u.day, u.leases
             FROM connection_uses u JOIN connections c ON c.id = u.connection_id
             WHERE c.account_id = $1 AND u.day >= $2";
        let told = |row: &Row<'_>| {
            let id: String = row.get("connection_id")?;
            Ok((id, row.get::<i64>("day")?, row.get::<i64>("leases")?))
        };
        let mut uses: HashMap<String, Vec<u32>> = HashMap::new();
        for (id, day, leases) in self.db.list(sql, values![account_id, first], told).await? {
            let days = uses.entry(id).or_insert_with(|| vec![0; TOLD_DAYS]);
            let place = usize::try_from(day - first).ok().and_then(|place| days.get_mut(place));
            if let Some(count) = place {
                *count = u32::try_from(leases).unwrap_or(u32::MAX);
            }
        }
        Ok(listed.map(|connection| Connection {
            uses: uses.remove(&connection.id).unwrap_or_else(|| vec![0; TOLD_DAYS]),
            ..connection
        }))
    }
}

/// How many an account has.
pub async fn count(tx: &mut Tx, account_id: &str) -> DbResult<i64> {
    let sql = "SELECT COUNT(*) AS n FROM connections WHERE account_id = $1";
    Ok(tx.one(sql, values![account_id], |row| row.get("n")).await?.unwrap_or_default())
}

/// The id of the one that an account calls `label` at `provider`.
pub async fn labelled(
    tx: &mut Tx,
    account_id: &str,
    provider: &str,
    label: &str,
) -> DbResult<Option<String>> {
    let sql = "SELECT id FROM connections
         WHERE account_id = $1 AND provider = $2 AND label = $3";
    tx.one(sql, values![account_id, provider, label], |row| row.get("id")).await
}

/// The one with this id, or the one of this provider that is meant where nobody says
/// which.
pub async fn find(tx: &mut Tx, account_id: &str, wanted: &str) -> DbResult<Option<Kept>> {
    let sql = "SELECT id, provider, label, way, kind, endpoint, holder, last_four, is_default,
            created_at, verified_at, last_used_at, sealed
         FROM connections
         WHERE account_id = $1 AND (id = $2 OR (provider = $2 AND is_default = 1))";
    let kept = |row: &Row<'_>| Ok(Kept { connection: read(row)?, sealed: row.get("sealed")? });
    tx.one(sql, values![account_id, wanted], kept).await
}

/// Keeps `kept`, in place of what had its id; the first of a provider is the one that is
/// meant.
pub async fn keep(tx: &mut Tx, account_id: &str, kept: &Kept, now: i64) -> DbResult<Connection> {
    let Kept { connection, sealed } = kept;
    let sql =
        "INSERT INTO connections (id, account_id, provider, label, way, kind, endpoint, holder,
            sealed, last_four, is_default, created_at, verified_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10,
            CASE WHEN EXISTS (SELECT 1 FROM connections
                WHERE account_id = $2 AND provider = $3 AND is_default = 1) THEN 0 ELSE 1 END,
            $11, $12)
         ON CONFLICT (id) DO UPDATE SET way = excluded.way, kind = excluded.kind,
            endpoint = excluded.endpoint, holder = excluded.holder, sealed = excluded.sealed,
            last_four = excluded.last_four, created_at = excluded.created_at,
            verified_at = excluded.verified_at
         RETURNING id, provider, label, way, kind, endpoint, holder, last_four, is_default,
            created_at, verified_at, last_used_at";
    let values = values![
        &connection.id,
        account_id,
        &connection.provider,
        &connection.label,
        connection.way.word(),
        &connection.kind,
        connection.endpoint.as_deref(),
        connection.holder.as_deref(),
        sealed.as_deref(),
        &connection.last_four,
        now,
        connection.verified_at.map(Timestamp::as_millisecond),
    ];
    tx.one(sql, values, read).await?.ok_or_else(DbError::no_row)
}

/// Forgets one. Where it was the one that is meant, the oldest that is left is.
pub async fn remove(tx: &mut Tx, account_id: &str, id: &str) -> DbResult<Option<Connection>> {
    let sql = "DELETE FROM connection_uses WHERE connection_id IN
         (SELECT id FROM connections WHERE account_id = $1 AND id = $2)";
    tx.execute(sql, values![account_id, id]).await?;
    let sql = "DELETE FROM connections WHERE account_id = $1 AND id = $2
         RETURNING id, provider, label, way, kind, endpoint, holder, last_four, is_default,
            created_at, verified_at, last_used_at";
    let removed = tx.one(sql, values![account_id, id], read).await?;
    if let Some(removed) = removed.as_ref().filter(|removed| removed.default) {
        let sql = "UPDATE connections SET is_default = 1 WHERE id =
             (SELECT MIN(id) FROM connections WHERE account_id = $1 AND provider = $2)";
        tx.execute(sql, values![account_id, &removed.provider]).await?;
    }
    Ok(removed)
}

/// Notes that one was given to a machine.
pub async fn note_lease(tx: &mut Tx, id: &str, now: i64) -> DbResult<()> {
    let sql = "UPDATE connections SET last_used_at = $2 WHERE id = $1";
    tx.execute(sql, values![id, now]).await?;
    let sql = "INSERT INTO connection_uses (connection_id, day, leases) VALUES ($1, $2, 1)
         ON CONFLICT (connection_id, day) DO UPDATE SET leases = connection_uses.leases + 1";
    tx.execute(sql, values![id, now.div_euclid(DAY)]).await?;
    Ok(())
}

fn read(row: &Row<'_>) -> DbResult<Connection> {
    let way: String = row.get("way")?;
    Ok(Connection {
        id: row.get("id")?,
        provider: row.get("provider")?,
        label: row.get("label")?,
        // One of a newer version is a credential that somebody brought, too.
        way: Way::of(&way).unwrap_or(Way::Token),
        kind: row.get("kind")?,
        endpoint: row.get("endpoint")?,
        holder: row.get("holder")?,
        last_four: row.get("last_four")?,
        default: row.get::<i64>("is_default")? == 1,
        created_at: timestamp(row.get("created_at")?),
        verified_at: row.get::<Option<i64>>("verified_at")?.map(timestamp),
        last_used_at: row.get::<Option<i64>>("last_used_at")?.map(timestamp),
        uses: Vec::new(),
    })
}

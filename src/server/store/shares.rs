//! Which connections are shared in a mesh, and how often its members were given them.
//! What somebody shares is there for as long as they are in the mesh.

use std::collections::HashMap;

use super::connections::{Kept, TOLD_DAYS, kept, read, told_days};
use super::handle::Store;
use crate::server::clock::DAY;
use crate::server::db::{DbResult, Page, Row, Rows, Tx, values};
use crate::wire::{Connection, Share};

/// What is shared in the mesh `$1`, with who shares it. Nobody else is told whose account
/// at the provider it is, nor how what opens it ends.
macro_rules! shared {
    ($columns:literal) => {
        concat!(
            "SELECT ",
            $columns,
            " FROM (SELECT c.*, s.daily, a.name AS shared_by,
                CASE WHEN c.refresh_sealed IS NULL THEN c.ends_at END AS good_until
             FROM connection_shares s
                JOIN connections c ON c.id = s.connection_id
                JOIN members m ON m.mesh_id = s.mesh_id AND m.account_id = c.account_id
                JOIN accounts a ON a.id = c.account_id
             WHERE s.mesh_id = $1) shared"
        )
    };
}

/// A connection that somebody else may share.
#[derive(Debug)]
pub struct KeptShare {
    /// The account that it belongs to.
    pub account_id: String,
    pub kept: Kept,
    pub daily: Option<u32>,
}

impl Store {
    /// What is shared in a mesh, oldest first, as the account `by` sees it at `now`.
    pub async fn shares(
        &self,
        mesh_id: &str,
        by: &str,
        page: &Page,
        now: i64,
    ) -> DbResult<Rows<Share>> {
        let rows = concat!(shared!("*"), " WHERE id > $2 ORDER BY id LIMIT $3");
        let rows = (rows, values![mesh_id, page.after(), page.fetch()]);
        let total = (shared!("COUNT(*)"), values![mesh_id]);
        let share = |row: &Row<'_>| {
            let connection = masked(read(row)?, row.get("shared_by")?);
            let yours = row.get::<String>("account_id")? == by;
            Ok(Share { connection, daily: daily(row)?, used_today: 0, yours })
        };
        let listed = self.db.page(page, rows, total, share, |one| &one.connection.id).await?;
        let today = now.div_euclid(DAY);
        let first = today - i64::try_from(TOLD_DAYS - 1).unwrap_or_default();
        let sql = "SELECT connection_id, account_id, day, leases FROM connection_share_uses
             WHERE mesh_id = $1 AND day >= $2";
        let told = |row: &Row<'_>| {
            let of: (String, String) = (row.get("connection_id")?, row.get("account_id")?);
            Ok((of, row.get::<i64>("day")?, row.get::<i64>("leases")?))
        };
        let (mut all, mut own) = (Vec::new(), HashMap::new());
        for ((id, account), day, leases) in self.db.list(sql, values![mesh_id, first], told).await?
        {
            if account == by && day == today {
                own.insert(id.clone(), u32::try_from(leases).unwrap_or(u32::MAX));
            }
            all.push((id, day, leases));
        }
        let mut uses = told_days(all, first);
        Ok(listed.map(|mut one| {
            let id = &one.connection.id;
            one.used_today = own.remove(id).unwrap_or_default();
            one.connection.uses = uses.remove(id).unwrap_or_else(|| vec![0; TOLD_DAYS]);
            one
        }))
    }

    /// The short names of the meshes that each connection of an account is shared in, by
    /// its id.
    pub async fn shared_in(&self, account_id: &str) -> DbResult<HashMap<String, Vec<String>>> {
        let sql = "SELECT s.connection_id, m.slug FROM connection_shares s
                JOIN connections c ON c.id = s.connection_id
                JOIN meshes m ON m.id = s.mesh_id
                JOIN members p ON p.mesh_id = s.mesh_id AND p.account_id = c.account_id
             WHERE c.account_id = $1 ORDER BY m.slug";
        let mut shared: HashMap<String, Vec<String>> = HashMap::new();
        let pair = |row: &Row<'_>| Ok((row.get::<String>(0)?, row.get::<String>(1)?));
        for (connection, slug) in self.db.list(sql, values![account_id], pair).await? {
            shared.entry(connection).or_default().push(slug);
        }
        Ok(shared)
    }
}

/// `connection` as others see it, who are told by whom it is shared instead.
pub fn masked(connection: Connection, shared_by: String) -> Connection {
    Connection {
        holder: Some(shared_by),
        last_four: String::new(),
        left: None,
        default: false,
        shared_in: Vec::new(),
        uses: Vec::new(),
        ..connection
    }
}

fn daily(row: &Row<'_>) -> DbResult<Option<u32>> {
    let daily: Option<i64> = row.get("daily")?;
    Ok(daily.map(|daily| u32::try_from(daily).unwrap_or_default()))
}

/// The one with this id that is shared in a mesh, or the first of this provider that is
/// good; and who shares it.
pub async fn find(
    tx: &mut Tx,
    mesh_id: &str,
    wanted: &str,
) -> DbResult<Option<(KeptShare, String)>> {
    let sql = concat!(
        shared!("*"),
        " WHERE id = $2 OR provider = $2
         ORDER BY CASE WHEN revoked_at IS NULL THEN 0 ELSE 1 END, id LIMIT 1"
    );
    let found = |row: &Row<'_>| {
        let (account_id, daily) = (row.get("account_id")?, daily(row)?);
        Ok((KeptShare { account_id, kept: kept(row)?, daily }, row.get("shared_by")?))
    };
    tx.one(sql, values![mesh_id, wanted], found).await
}

/// Shares a connection in a mesh; says whether it was not before.
pub async fn insert(
    tx: &mut Tx,
    mesh_id: &str,
    connection_id: &str,
    daily: Option<u32>,
    now: i64,
) -> DbResult<bool> {
    let sql = "SELECT 1 FROM connection_shares WHERE mesh_id = $1 AND connection_id = $2";
    let was = tx.one(sql, values![mesh_id, connection_id], |_| Ok(())).await?.is_some();
    let sql = "INSERT INTO connection_shares (mesh_id, connection_id, daily, created_at)
         VALUES ($1, $2, $3, $4)
         ON CONFLICT (mesh_id, connection_id) DO UPDATE SET daily = excluded.daily";
    tx.execute(sql, values![mesh_id, connection_id, daily.map(i64::from), now]).await?;
    Ok(!was)
}

/// Who may end the sharing of a connection in a mesh besides its administrators: its
/// account. `None` where it is not shared there.
pub async fn sharer(tx: &mut Tx, mesh_id: &str, connection_id: &str) -> DbResult<Option<String>> {
    let sql = "SELECT c.account_id FROM connection_shares s
            JOIN connections c ON c.id = s.connection_id
         WHERE s.mesh_id = $1 AND s.connection_id = $2";
    tx.one(sql, values![mesh_id, connection_id], |row| row.get(0)).await
}

/// Ends the sharing of a connection in a mesh.
pub async fn remove(tx: &mut Tx, mesh_id: &str, connection_id: &str) -> DbResult<()> {
    for sql in [
        "DELETE FROM connection_share_uses WHERE mesh_id = $1 AND connection_id = $2",
        "DELETE FROM connection_shares WHERE mesh_id = $1 AND connection_id = $2",
    ] {
        tx.execute(sql, values![mesh_id, connection_id]).await?;
    }
    Ok(())
}

/// Ends the sharing of a connection, wherever it is shared.
pub async fn remove_connection(tx: &mut Tx, connection_id: &str) -> DbResult<()> {
    for sql in [
        "DELETE FROM connection_share_uses WHERE connection_id = $1",
        "DELETE FROM connection_shares WHERE connection_id = $1",
    ] {
        tx.execute(sql, values![connection_id]).await?;
    }
    Ok(())
}

/// Ends all that an account shares in a mesh; says how many that were.
pub async fn remove_of(tx: &mut Tx, mesh_id: &str, account_id: &str) -> DbResult<u64> {
    let sql = "DELETE FROM connection_shares WHERE mesh_id = $1 AND connection_id IN
         (SELECT id FROM connections WHERE account_id = $2)";
    tx.execute(sql, values![mesh_id, account_id]).await
}

/// How often an account was given a connection in a mesh on the day of `now`.
pub async fn used(
    tx: &mut Tx,
    mesh_id: &str,
    connection_id: &str,
    account_id: &str,
    now: i64,
) -> DbResult<i64> {
    let sql = "SELECT leases FROM connection_share_uses
         WHERE mesh_id = $1 AND connection_id = $2 AND account_id = $3 AND day = $4";
    let values = values![mesh_id, connection_id, account_id, now.div_euclid(DAY)];
    Ok(tx.one(sql, values, |row| row.get(0)).await?.unwrap_or_default())
}

/// Notes that an account was given a connection in a mesh.
pub async fn note_use(
    tx: &mut Tx,
    mesh_id: &str,
    connection_id: &str,
    account_id: &str,
    now: i64,
) -> DbResult<()> {
    let sql = "INSERT INTO connection_share_uses (mesh_id, connection_id, account_id, day, leases)
         VALUES ($1, $2, $3, $4, 1)
         ON CONFLICT (mesh_id, connection_id, account_id, day)
            DO UPDATE SET leases = connection_share_uses.leases + 1";
    tx.execute(sql, values![mesh_id, connection_id, account_id, now.div_euclid(DAY)]).await?;
    Ok(())
}

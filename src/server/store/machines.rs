//! Machines: one for each account and anchor, found again rather than doubled.

use super::handle::Store;
use super::ids::new_id;
use super::meshes::candidates;
use crate::server::clock::timestamp;
use crate::server::db::{DbResult, Page, Row, Rows, Tx, values};
use crate::wire::{Liveness, Machine, MachineChange, NewMachine};

impl Store {
    /// An account's machines, oldest first; `anchor` says which one asks.
    pub async fn machines(
        &self,
        account_id: &str,
        anchor: Option<&str>,
        page: &Page,
    ) -> DbResult<Rows<Machine>> {
        let sql = "SELECT id, anchor, name, slug, location, created_at, last_seen_at FROM machines
             WHERE account_id = $1 AND id > $2 ORDER BY id LIMIT $3";
        let rows = (sql, values![account_id, page.after(), page.fetch()]);
        let total = ("SELECT COUNT(*) FROM machines WHERE account_id = $1", values![account_id]);
        self.db.page(page, rows, total, |row| read(row, anchor), |machine| &machine.id).await
    }
}

/// The machine with this anchor that the account knows already, which is noted
/// as used; its name and slug stay.
pub async fn adopt(
    tx: &mut Tx,
    account_id: &str,
    new: &NewMachine,
    now: i64,
) -> DbResult<Option<Machine>> {
    let sql = "UPDATE machines SET last_seen_at = $3, os = $4, arch = $5
         WHERE account_id = $1 AND anchor = $2
         RETURNING id, anchor, name, slug, location, created_at, last_seen_at";
    let values = values![account_id, &new.anchor, now, &new.os, &new.arch];
    tx.one(sql, values, |row| read(row, Some(&new.anchor))).await
}

/// Keeps a machine whose slug no other of the account has.
pub async fn create(
    tx: &mut Tx,
    account_id: &str,
    new: NewMachine,
    slug: String,
    now: i64,
) -> DbResult<Machine> {
    let id = new_id(now);
    let sql = "INSERT INTO machines (id, account_id, anchor, name, slug, location, os,
            arch, created_at, last_seen_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $9)";
    let NewMachine { anchor, name, location, os, arch, .. } = new;
    let values = values![&id, account_id, anchor, &name, &slug, location.as_deref(), os, arch, now];
    tx.execute(sql, values).await?;
    if let Some(location) = &location {
        locate(tx, &id, location, now).await?;
    }
    Ok(Machine {
        id,
        name,
        slug,
        location,
        this: true,
        liveness: Liveness::Unknown,
        created_at: timestamp(now),
        last_seen_at: Some(timestamp(now)),
    })
}

/// Changes name and location; the slug never. `None` when there is no such
/// machine.
pub async fn change(
    tx: &mut Tx,
    account_id: &str,
    id: &str,
    change: &MachineChange,
    now: i64,
) -> DbResult<Option<Machine>> {
    let sql = "UPDATE machines SET name = COALESCE($3, name), location = COALESCE($4, location)
         WHERE account_id = $1 AND id = $2
         RETURNING id, anchor, name, slug, location, created_at, last_seen_at";
    let values = values![account_id, id, change.name.as_deref(), change.location.as_deref()];
    let machine = tx.one(sql, values, |row| read(row, None)).await?;
    if let (Some(_), Some(location)) = (&machine, &change.location) {
        locate(tx, id, location, now).await?;
    }
    Ok(machine)
}

/// Forgets a machine; says whether there was one.
pub async fn remove(tx: &mut Tx, account_id: &str, id: &str) -> DbResult<bool> {
    let sql = "DELETE FROM machines WHERE account_id = $1 AND id = $2";
    Ok(tx.execute(sql, values![account_id, id]).await? > 0)
}

/// Whether a machine of the account has this slug.
pub async fn is_taken(tx: &mut Tx, account_id: &str, slug: &str) -> DbResult<bool> {
    let sql = "SELECT id FROM machines WHERE account_id = $1 AND slug = $2";
    Ok(tx.one(sql, values![account_id, slug], |_| Ok(())).await?.is_some())
}

/// A slug like `slug` that no machine of the account has.
pub async fn free(tx: &mut Tx, account_id: &str, slug: &str) -> DbResult<String> {
    let mut last = slug.to_owned();
    for candidate in candidates(slug) {
        let is_taken = is_taken(tx, account_id, &candidate).await?;
        last = candidate;
        if !is_taken {
            break;
        }
    }
    Ok(last)
}

/// The machine is at `location` from `now` on.
async fn locate(tx: &mut Tx, id: &str, location: &str, now: i64) -> DbResult<()> {
    let sql = "INSERT INTO machine_locations (machine_id, since, location) VALUES ($1, $2, $3)
         ON CONFLICT (machine_id, since) DO UPDATE SET location = excluded.location";
    tx.execute(sql, values![id, now, location]).await?;
    Ok(())
}

fn read(row: &Row<'_>, anchor: Option<&str>) -> DbResult<Machine> {
    let its: String = row.get("anchor")?;
    Ok(Machine {
        id: row.get("id")?,
        name: row.get("name")?,
        slug: row.get("slug")?,
        location: row.get("location")?,
        this: anchor == Some(its.as_str()),
        liveness: Liveness::Unknown,
        created_at: timestamp(row.get("created_at")?),
        last_seen_at: row.get::<Option<i64>>("last_seen_at")?.map(timestamp),
    })
}

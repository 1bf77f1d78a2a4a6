//! Meshes and who is in them.

use super::handle::Store;
use crate::secret::random_bytes;
use crate::server::clock::timestamp;
use crate::server::db::{DbResult, Page, Row, Rows, Tx, count, values};
use crate::slug::{LONGEST, numbered};
use crate::wire::{Mesh, Role};

/// Numbers tried behind a slug before a random one is taken.
const TRIES: u64 = 20;

/// The role of which `word` is kept.
pub(super) fn role(word: &str) -> Role {
    if word == "admin" { Role::Admin } else { Role::Member }
}

/// The first of `slug-2`, `slug-3`, … that is not `taken`; after some tries a
/// random one, so that a popular name costs no more than a rare one.
pub(super) fn candidates(slug: &str) -> impl Iterator<Item = String> + use<> {
    let slug = slug[..slug.len().min(LONGEST)].to_owned();
    let random = u64::from(u32::from_be_bytes(random_bytes()));
    (2..TRIES).chain([random]).map(move |number| numbered(&slug, number))
}

impl Store {
    /// The meshes somebody is in, oldest first.
    pub async fn meshes(&self, account_id: &str, page: &Page) -> DbResult<Rows<Mesh>> {
        let sql = "SELECT m.id, m.name, m.slug, m.created_at, m.member_count, p.role
             FROM members p JOIN meshes m ON m.id = p.mesh_id
             WHERE p.account_id = $1 AND p.mesh_id > $2 ORDER BY p.mesh_id LIMIT $3";
        let rows = (sql, values![account_id, page.after(), page.fetch()]);
        let total = ("SELECT COUNT(*) FROM members WHERE account_id = $1", values![account_id]);
        self.db.page(page, rows, total, read, |mesh| &mesh.id).await
    }

    /// The mesh with this id, as a member of it sees it.
    pub async fn mesh(&self, account_id: &str, id: &str) -> DbResult<Option<Mesh>> {
        self.db.one(SEEN, values![id, account_id], read).await
    }

    /// The mesh with this slug, as a member of it sees it.
    pub async fn mesh_by_slug(&self, account_id: &str, slug: &str) -> DbResult<Option<Mesh>> {
        let sql = "SELECT m.id, m.name, m.slug, m.created_at, m.member_count, p.role
             FROM meshes m JOIN members p ON p.mesh_id = m.id
             WHERE m.slug = $1 AND p.account_id = $2";
        self.db.one(sql, values![slug, account_id], read).await
    }
}

/// Makes `mesh` with `account_id` as its first administrator; says whether its
/// slug was free.
pub async fn create(tx: &mut Tx, mesh: &Mesh, account_id: &str, now: i64) -> DbResult<bool> {
    let sql = "INSERT INTO meshes (id, name, slug, created_by, created_at, member_count)
         VALUES ($1, $2, $3, $4, $5, 1) ON CONFLICT (slug) DO NOTHING";
    let values = values![&mesh.id, &mesh.name, &mesh.slug, account_id, now];
    if tx.execute(sql, values).await? == 0 {
        return Ok(false);
    }
    let sql = "INSERT INTO members (mesh_id, account_id, role, joined_at)
         VALUES ($1, $2, 'admin', $3)";
    tx.execute(sql, values![&mesh.id, account_id, now]).await?;
    Ok(true)
}

/// Gives a mesh another name.
pub async fn rename(tx: &mut Tx, id: &str, name: &str) -> DbResult<()> {
    tx.execute("UPDATE meshes SET name = $2 WHERE id = $1", values![id, name]).await?;
    Ok(())
}

/// Removes a mesh with all that is in it. The caller has locked
/// it: nobody joins what is being removed.
pub async fn remove(tx: &mut Tx, id: &str) -> DbResult<()> {
    for sql in [
        "DELETE FROM tasks WHERE mesh_id = $1",
        "DELETE FROM mutes WHERE mesh_id = $1",
        "DELETE FROM inboxes WHERE mesh_id = $1",
        "DELETE FROM messages WHERE mesh_id = $1",
        "DELETE FROM mesh_events WHERE mesh_id = $1",
        "DELETE FROM peers WHERE mesh_id = $1",
        "DELETE FROM peer_names WHERE mesh_id = $1",
        "DELETE FROM mesh_counters WHERE mesh_id = $1",
        "DELETE FROM connection_share_uses WHERE mesh_id = $1",
        "DELETE FROM connection_shares WHERE mesh_id = $1",
        "DELETE FROM invites WHERE mesh_id = $1",
        "DELETE FROM members WHERE mesh_id = $1",
        "DELETE FROM meshes WHERE id = $1",
    ] {
        tx.execute(sql, values![id]).await?;
    }
    Ok(())
}

const SEEN: &str = "SELECT m.id, m.name, m.slug, m.created_at, m.member_count, p.role
    FROM members p JOIN meshes m ON m.id = p.mesh_id
    WHERE p.mesh_id = $1 AND p.account_id = $2";

/// The mesh with this id, as a member of it sees it.
pub async fn seen(tx: &mut Tx, account_id: &str, id: &str) -> DbResult<Option<Mesh>> {
    tx.one(SEEN, values![id, account_id], read).await
}

/// Whether there is this mesh; nobody takes it away, or anybody out of it, before
/// the transaction ends. Whoever does so holds it first and then what is in it: so
/// does whoever writes in it.
pub async fn hold(tx: &mut Tx, id: &str) -> DbResult<bool> {
    let sql = "SELECT 1 FROM meshes WHERE id = $1";
    Ok(tx.one_for_share(sql, values![id], |_| Ok(())).await?.is_some())
}

/// `Some` where the account is in this mesh, which is held.
pub async fn seat(tx: &mut Tx, account_id: &str, id: &str) -> DbResult<Option<()>> {
    if !hold(tx, id).await? {
        return Ok(None);
    }
    let sql = "SELECT 1 FROM members WHERE mesh_id = $1 AND account_id = $2";
    tx.one(sql, values![id, account_id], |_| Ok(())).await
}

/// Waits until no other transaction changes this mesh or its members; says
/// whether there is such a mesh.
pub async fn lock(tx: &mut Tx, id: &str) -> DbResult<bool> {
    let sql = "UPDATE meshes SET member_count = member_count WHERE id = $1";
    Ok(tx.execute(sql, values![id]).await? > 0)
}

/// A slug like `slug` that no mesh has.
pub async fn free(tx: &mut Tx, slug: &str) -> DbResult<String> {
    let mut last = slug.to_owned();
    for candidate in candidates(slug) {
        let sql = "SELECT id FROM meshes WHERE slug = $1";
        let taken = tx.one(sql, values![&candidate], |_| Ok(())).await?;
        last = candidate;
        if taken.is_none() {
            break;
        }
    }
    Ok(last)
}

fn read(row: &Row<'_>) -> DbResult<Mesh> {
    Ok(Mesh {
        id: row.get("id")?,
        name: row.get("name")?,
        slug: row.get("slug")?,
        role: role(&row.get::<String>("role")?),
        member_count: count(row.get("member_count")?),
        created_at: timestamp(row.get("created_at")?),
    })
}

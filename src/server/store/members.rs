//! Who is in a mesh, and with what permission. Every transaction that takes a
//! member or a permission away locks the mesh first ([`super::meshes::lock`]): so
//! two administrators who take each other's away at once cannot both succeed, on
//! any database.

use super::handle::Store;
use super::meshes::role;
use crate::server::clock::timestamp;
use crate::server::db::{DbResult, Page, Row, Rows, Tx, values};
use crate::wire::{Member, Role};

impl Store {
    /// Whether an account is in a mesh.
    pub async fn has_seat(&self, mesh_id: &str, account_id: &str) -> DbResult<bool> {
        let sql = "SELECT 1 FROM members WHERE mesh_id = $1 AND account_id = $2";
        Ok(self.db.one(sql, values![mesh_id, account_id], |_| Ok(())).await?.is_some())
    }

    /// The members of a mesh, by account id.
    pub async fn members(&self, mesh_id: &str, page: &Page) -> DbResult<Rows<Member>> {
        let sql = "SELECT a.id, a.name, a.email, a.service, p.role, p.joined_at
             FROM members p JOIN accounts a ON a.id = p.account_id
             WHERE p.mesh_id = $1 AND p.account_id > $2 ORDER BY p.account_id LIMIT $3";
        let rows = (sql, values![mesh_id, page.after(), page.fetch()]);
        let total = ("SELECT member_count FROM meshes WHERE id = $1", values![mesh_id]);
        self.db.page(page, rows, total, read, |member| &member.id).await
    }
}

/// Puts an account into a mesh; says whether it was not in it before. Of two
/// who put in the same the second waits here for the first.
pub async fn insert(
    tx: &mut Tx,
    mesh_id: &str,
    account_id: &str,
    role: Role,
    now: i64,
) -> DbResult<bool> {
    let sql = "INSERT INTO members (mesh_id, account_id, role, joined_at)
         VALUES ($1, $2, $3, $4) ON CONFLICT (mesh_id, account_id) DO NOTHING";
    let added = tx.execute(sql, values![mesh_id, account_id, role.word(), now]).await? == 1;
    if added {
        let sql = "UPDATE meshes SET member_count = member_count + 1 WHERE id = $1";
        tx.execute(sql, values![mesh_id]).await?;
    }
    Ok(added)
}

/// Gives a member another permission.
pub async fn set_role(tx: &mut Tx, mesh_id: &str, account_id: &str, role: Role) -> DbResult<()> {
    let sql = "UPDATE members SET role = $3 WHERE mesh_id = $1 AND account_id = $2";
    tx.execute(sql, values![mesh_id, account_id, role.word()]).await?;
    Ok(())
}

/// The members of a mesh, those who joined first first: account id and name.
pub async fn names(tx: &mut Tx, mesh_id: &str) -> DbResult<Vec<(String, String)>> {
    let sql = "SELECT a.id, a.name FROM members p JOIN accounts a ON a.id = p.account_id
         WHERE p.mesh_id = $1 ORDER BY p.joined_at, a.id";
    tx.list(sql, values![mesh_id], |row| Ok((row.get(0)?, row.get(1)?))).await
}

/// Whether an administrator forbade a member to write anything in a mesh.
pub async fn is_blocked(tx: &mut Tx, mesh_id: &str, account_id: &str) -> DbResult<bool> {
    let sql = "SELECT 1 FROM members
         WHERE mesh_id = $1 AND account_id = $2 AND blocked_at IS NOT NULL";
    Ok(tx.one(sql, values![mesh_id, account_id], |_| Ok(())).await?.is_some())
}

/// Forbids a member from `at` on to write anything in a mesh, or with `None` allows
/// it; says whether there is such a member.
pub async fn set_blocked(
    tx: &mut Tx,
    mesh_id: &str,
    account_id: &str,
    at: Option<i64>,
) -> DbResult<bool> {
    let sql = "UPDATE members SET blocked_at = $3 WHERE mesh_id = $1 AND account_id = $2";
    Ok(tx.execute(sql, values![mesh_id, account_id, at]).await? > 0)
}

/// Takes a member out of a mesh; says whether there was one.
pub async fn remove(tx: &mut Tx, mesh_id: &str, account_id: &str) -> DbResult<bool> {
    let sql = "DELETE FROM members WHERE mesh_id = $1 AND account_id = $2";
    let removed = tx.execute(sql, values![mesh_id, account_id]).await? > 0;
    if removed {
        let sql = "UPDATE meshes SET member_count = member_count - 1 WHERE id = $1";
        tx.execute(sql, values![mesh_id]).await?;
    }
    Ok(removed)
}

/// The member of a mesh with this account id.
pub async fn find(tx: &mut Tx, mesh_id: &str, account_id: &str) -> DbResult<Option<Member>> {
    let sql = "SELECT a.id, a.name, a.email, a.service, p.role, p.joined_at
         FROM members p JOIN accounts a ON a.id = p.account_id
         WHERE p.mesh_id = $1 AND p.account_id = $2";
    tx.one(sql, values![mesh_id, account_id], read).await
}

/// Whether an account is the only administrator of a mesh.
pub async fn is_last_admin(tx: &mut Tx, mesh_id: &str, account_id: &str) -> DbResult<bool> {
    let sql = "SELECT account_id FROM members WHERE mesh_id = $1 AND role = 'admin' LIMIT 2";
    let admins = tx.list(sql, values![mesh_id], |row| row.get::<String>(0)).await?;
    Ok(matches!(admins.as_slice(), [only] if only == account_id))
}

fn read(row: &Row<'_>) -> DbResult<Member> {
    Ok(Member {
        id: row.get("id")?,
        name: row.get("name")?,
        email: row.get("email")?,
        role: role(&row.get::<String>("role")?),
        service: row.flag("service")?,
        joined_at: timestamp(row.get("joined_at")?),
    })
}

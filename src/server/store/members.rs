//! Who is in a mesh, and with what permission. The row of the mesh is written
//! first in every transaction that takes a member or a permission away: so two
//! administrators who take each other's away at once cannot both succeed, on
//! any database.

use super::audit::{self, Event};
use super::handle::Store;
use super::meshes::{self, role};
use super::plans;
use crate::server::clock::timestamp;
use crate::server::db::{DbResult, Page, Row, Rows, Tx, values};
use crate::server::domain::plans::{Bound, Full};
use crate::wire::{Member, Role};

/// Why a membership stays as it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UnchangedError {
    /// Nobody of that id is in the mesh.
    Unknown,
    /// A mesh keeps at least one administrator.
    LastAdmin,
}

impl Store {
    /// The members of a mesh, by account id.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn members(&self, mesh_id: &str, page: &Page) -> DbResult<Rows<Member>> {
        let sql = "SELECT a.id, a.name, a.email, a.service, p.role, p.joined_at
             FROM members p JOIN accounts a ON a.id = p.account_id
             WHERE p.mesh_id = $1 AND p.account_id > $2 ORDER BY p.account_id LIMIT $3";
        let rows = (sql, values![mesh_id, page.after(), page.fetch()]);
        let total = ("SELECT member_count FROM meshes WHERE id = $1", values![mesh_id]);
        self.db.page(page, rows, total, read, |member| &member.id).await
    }

    /// Puts an account into a mesh; says whether it was not in it before, or
    /// that there is no room.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn add_member(
        &self,
        mesh_id: &str,
        account_id: &str,
        event: &Event,
        now: i64,
    ) -> DbResult<Result<bool, Full>> {
        let (mesh_id, account_id) = (mesh_id.to_owned(), account_id.to_owned());
        let (plans, event) = (self.plans.clone(), event.clone());
        self.db
            .write(async move |tx| {
                meshes::lock(tx, &mesh_id).await?;
                let full = plans::full(tx, &plans, Bound::Members, &mesh_id).await?;
                if !insert(tx, &mesh_id, &account_id, Role::Member, now).await? {
                    return Ok(Ok(false));
                }
                if let Some(full) = full {
                    tx.roll_back();
                    return Ok(Err(full));
                }
                audit::write(tx, &event, now).await?;
                Ok(Ok(true))
            })
            .await
    }

    /// Gives a member another permission.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn change_member(
        &self,
        mesh_id: &str,
        account_id: &str,
        to: Role,
        event: &Event,
        now: i64,
    ) -> DbResult<Result<Member, UnchangedError>> {
        let (mesh_id, account_id) = (mesh_id.to_owned(), account_id.to_owned());
        let event = event.clone();
        self.db
            .write(async move |tx| {
                meshes::lock(tx, &mesh_id).await?;
                let Some(mut member) = member(tx, &mesh_id, &account_id).await? else {
                    return Ok(Err(UnchangedError::Unknown));
                };
                if member.role == to {
                    return Ok(Ok(member));
                }
                if to == Role::Member && is_last_admin(tx, &mesh_id, &account_id).await? {
                    return Ok(Err(UnchangedError::LastAdmin));
                }
                let sql = "UPDATE members SET role = $3 WHERE mesh_id = $1 AND account_id = $2";
                tx.execute(sql, values![mesh_id, account_id, to.word()]).await?;
                audit::write(tx, &event, now).await?;
                member.role = to;
                Ok(Ok(member))
            })
            .await
    }

    /// Takes a member out of a mesh.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn remove_member(
        &self,
        mesh_id: &str,
        account_id: &str,
        event: &Event,
        now: i64,
    ) -> DbResult<Result<(), UnchangedError>> {
        let (mesh_id, account_id) = (mesh_id.to_owned(), account_id.to_owned());
        let event = event.clone();
        self.db
            .write(async move |tx| {
                meshes::lock(tx, &mesh_id).await?;
                if is_last_admin(tx, &mesh_id, &account_id).await? {
                    return Ok(Err(UnchangedError::LastAdmin));
                }
                let sql = "DELETE FROM members WHERE mesh_id = $1 AND account_id = $2";
                if tx.execute(sql, values![&mesh_id, account_id]).await? == 0 {
                    return Ok(Err(UnchangedError::Unknown));
                }
                let sql = "UPDATE meshes SET member_count = member_count - 1 WHERE id = $1";
                tx.execute(sql, values![mesh_id]).await?;
                audit::write(tx, &event, now).await?;
                Ok(Ok(()))
            })
            .await
    }
}

/// Puts an account into a mesh; says whether it was not in it before. Of two
/// who put in the same the second waits here for the first.
pub(super) async fn insert(
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

async fn member(tx: &mut Tx, mesh_id: &str, account_id: &str) -> DbResult<Option<Member>> {
    let sql = "SELECT a.id, a.name, a.email, a.service, p.role, p.joined_at
         FROM members p JOIN accounts a ON a.id = p.account_id
         WHERE p.mesh_id = $1 AND p.account_id = $2";
    tx.one(sql, values![mesh_id, account_id], read).await
}

async fn is_last_admin(tx: &mut Tx, mesh_id: &str, account_id: &str) -> DbResult<bool> {
    let sql = "SELECT account_id FROM members WHERE mesh_id = $1 AND role = 'admin' LIMIT 2";
    let admins = tx.list(sql, values![mesh_id], |row| row.get::<String>(0)).await?;
    Ok(matches!(admins.as_slice(), [only] if only == account_id))
}

fn read(row: Row<'_>) -> DbResult<Member> {
    Ok(Member {
        id: row.get("id")?,
        name: row.get("name")?,
        email: row.get("email")?,
        role: role(&row.get::<String>("role")?),
        service: row.flag("service")?,
        joined_at: timestamp(row.get("joined_at")?),
    })
}

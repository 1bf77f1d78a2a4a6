//! Who is in a mesh, and with what permission. The row of the mesh is written
//! first in every transaction that takes a member or a permission away: so two
//! administrators who take each other's away at once cannot both succeed, on
//! any database.

use sqlx::any::AnyRow;
use sqlx::{AnyConnection, Row};

use super::audit::{self, Event};
use super::meshes::role;
use super::{DbResult, Page, Rows, Store};
use crate::server::clock::timestamp;
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
        let rows = sqlx::query(
            "SELECT a.id, a.name, a.email, a.service, p.role, p.joined_at
             FROM members p JOIN accounts a ON a.id = p.account_id
             WHERE p.mesh_id = $1 AND p.account_id > $2 ORDER BY p.account_id LIMIT $3",
        )
        .bind(mesh_id)
        .bind(page.after.as_deref().unwrap_or_default())
        .bind(page.fetch())
        .fetch_all(self.pool())
        .await?;
        let total: i64 = sqlx::query("SELECT member_count FROM meshes WHERE id = $1")
            .bind(mesh_id)
            .fetch_one(self.pool())
            .await?
            .try_get(0)?;
        let all = rows.iter().map(read).collect::<DbResult<Vec<_>>>()?;
        Ok(page.rows(all, total, |member| &member.id))
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
        let mut transaction = self.begin().await?;
        advisory_lock(&mut transaction, mesh_id).await?;
        let full = self.full(&mut transaction, Bound::Members, mesh_id).await?;
        let added = sqlx::query(
            "INSERT INTO members (mesh_id, account_id, role, joined_at)
             VALUES ($1, $2, 'member', $3) ON CONFLICT (mesh_id, account_id) DO NOTHING",
        )
        .bind(mesh_id)
        .bind(account_id)
        .bind(now)
        .execute(&mut *transaction)
        .await?
        .rows_affected();
        if added == 0 {
            return Ok(Ok(false));
        }
        if let Some(full) = full {
            return Ok(Err(full));
        }
        sqlx::query("UPDATE meshes SET member_count = member_count + 1 WHERE id = $1")
            .bind(mesh_id)
            .execute(&mut *transaction)
            .await?;
        audit::write(&mut transaction, event, now).await?;
        transaction.commit().await?;
        Ok(Ok(true))
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
        let mut transaction = self.begin().await?;
        advisory_lock(&mut transaction, mesh_id).await?;
        let Some(mut member) = member(&mut transaction, mesh_id, account_id).await? else {
            return Ok(Err(UnchangedError::Unknown));
        };
        if member.role == to {
            return Ok(Ok(member));
        }
        if to == Role::Member && is_last_admin(&mut transaction, mesh_id, account_id).await? {
            return Ok(Err(UnchangedError::LastAdmin));
        }
        sqlx::query("UPDATE members SET role = $3 WHERE mesh_id = $1 AND account_id = $2")
            .bind(mesh_id)
            .bind(account_id)
            .bind(to.word())
            .execute(&mut *transaction)
            .await?;
        audit::write(&mut transaction, event, now).await?;
        transaction.commit().await?;
        member.role = to;
        Ok(Ok(member))
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
        let mut transaction = self.begin().await?;
        advisory_lock(&mut transaction, mesh_id).await?;
        if is_last_admin(&mut transaction, mesh_id, account_id).await? {
            return Ok(Err(UnchangedError::LastAdmin));
        }
        let removed = sqlx::query("DELETE FROM members WHERE mesh_id = $1 AND account_id = $2")
            .bind(mesh_id)
            .bind(account_id)
            .execute(&mut *transaction)
            .await?
            .rows_affected();
        if removed == 0 {
            return Ok(Err(UnchangedError::Unknown));
        }
        sqlx::query("UPDATE meshes SET member_count = member_count - 1 WHERE id = $1")
            .bind(mesh_id)
            .execute(&mut *transaction)
            .await?;
        audit::write(&mut transaction, event, now).await?;
        transaction.commit().await?;
        Ok(Ok(()))
    }
}

/// Waits until no other transaction changes this mesh's members.
pub(super) async fn advisory_lock(transaction: &mut AnyConnection, mesh_id: &str) -> DbResult<()> {
    sqlx::query("UPDATE meshes SET member_count = member_count WHERE id = $1")
        .bind(mesh_id)
        .execute(&mut *transaction)
        .await?;
    Ok(())
}

async fn member(
    transaction: &mut AnyConnection,
    mesh_id: &str,
    account_id: &str,
) -> DbResult<Option<Member>> {
    let row = sqlx::query(
        "SELECT a.id, a.name, a.email, a.service, p.role, p.joined_at
         FROM members p JOIN accounts a ON a.id = p.account_id
         WHERE p.mesh_id = $1 AND p.account_id = $2",
    )
    .bind(mesh_id)
    .bind(account_id)
    .fetch_optional(&mut *transaction)
    .await?;
    row.as_ref().map(read).transpose()
}

async fn is_last_admin(
    transaction: &mut AnyConnection,
    mesh_id: &str,
    account_id: &str,
) -> DbResult<bool> {
    let admins =
        sqlx::query("SELECT account_id FROM members WHERE mesh_id = $1 AND role = 'admin' LIMIT 2")
            .bind(mesh_id)
            .fetch_all(&mut *transaction)
            .await?;
    Ok(match admins.as_slice() {
        [only] => only.try_get::<String, _>(0)? == account_id,
        _ => false,
    })
}

fn read(row: &AnyRow) -> DbResult<Member> {
    Ok(Member {
        id: row.try_get("id")?,
        name: row.try_get("name")?,
        email: row.try_get("email")?,
        role: role(&row.try_get::<String, _>("role")?),
        service: row.try_get::<i64, _>("service")? != 0,
        joined_at: timestamp(row.try_get("joined_at")?),
    })
}

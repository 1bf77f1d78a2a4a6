//! Invites: capabilities to join a mesh, counted inside the transaction that
//! joins, so that an invite for one never lets two in.

use sqlx::Row;
use sqlx::any::AnyRow;

use super::audit::{self, Event};
use super::meshes::{role, seen};
use super::{DbResult, Page, Rows, Store, count, hash, new_id};
use crate::secret::Secret;
use crate::server::clock::timestamp;
use crate::server::domain::plans::{Bound, Full};
use crate::wire::{InvitePreview, Mesh, OpenInvite, Role};

/// An invite to be. Times are Unix milliseconds.
#[derive(Clone, Debug)]
pub struct NewInvite {
    /// To which mesh.
    pub mesh_id: String,
    /// What the new member may do.
    pub role: Role,
    /// Whom it is meant for.
    pub email: Option<String>,
    /// How many may use it.
    pub max_uses: u32,
    /// When it ends.
    pub expires_at: i64,
}

/// Why an invite lets nobody in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum InviteError {
    /// There is none with this code.
    Unknown,
    /// Taken back.
    Revoked,
    /// Its time is over.
    Expired,
    /// As many used it as may.
    Exhausted,
    /// The plan of whoever made the mesh has no room for another member.
    Full(Full),
}

impl Store {
    /// Keeps an invite whose code is `code`; gives its id.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn create_invite(
        &self,
        code: &Secret,
        new: &NewInvite,
        created_by: &str,
        event: impl FnOnce(&str) -> Event,
        now: i64,
    ) -> DbResult<String> {
        let id = new_id(now);
        let mut transaction = self.begin().await?;
        sqlx::query(
            "INSERT INTO invites (id, mesh_id, code_hash, role, email, created_by, created_at,
                expires_at, max_uses, uses) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 0)",
        )
        .bind(id.as_str())
        .bind(new.mesh_id.as_str())
        .bind(hash(code))
        .bind(new.role.word())
        .bind(new.email.as_deref())
        .bind(created_by)
        .bind(now)
        .bind(new.expires_at)
        .bind(i64::from(new.max_uses))
        .execute(&mut *transaction)
        .await?;
        audit::write(&mut transaction, &event(&id), now).await?;
        transaction.commit().await?;
        Ok(id)
    }

    /// The invites of a mesh that still let somebody in, newest first.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn invites(
        &self,
        mesh_id: &str,
        page: &Page,
        now: i64,
    ) -> DbResult<Rows<OpenInvite>> {
        let rows = sqlx::query(
            "SELECT id, role, email, max_uses, uses, created_at, expires_at FROM invites
             WHERE mesh_id = $1 AND id < $2 AND revoked_at IS NULL AND expires_at > $3
                AND uses < max_uses
             ORDER BY id DESC LIMIT $4",
        )
        .bind(mesh_id)
        .bind(page.before())
        .bind(now)
        .bind(page.fetch())
        .fetch_all(self.pool())
        .await?;
        let total: i64 = sqlx::query(
            "SELECT COUNT(*) FROM invites WHERE mesh_id = $1 AND revoked_at IS NULL
                AND expires_at > $2 AND uses < max_uses",
        )
        .bind(mesh_id)
        .bind(now)
        .fetch_one(self.pool())
        .await?
        .try_get(0)?;
        let all = rows.iter().map(open).collect::<DbResult<Vec<_>>>()?;
        Ok(page.rows(all, total, |invite| &invite.id))
    }

    /// Takes an invite back as an administrator of its mesh; says whether there
    /// was one.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn revoke_invite(
        &self,
        account_id: &str,
        id: &str,
        event: &Event,
        now: i64,
    ) -> DbResult<bool> {
        let mut transaction = self.begin().await?;
        let revoked = sqlx::query(
            "UPDATE invites SET revoked_at = $3 WHERE id = $1 AND revoked_at IS NULL
                AND mesh_id IN (SELECT mesh_id FROM members
                    WHERE account_id = $2 AND role = 'admin')",
        )
        .bind(id)
        .bind(account_id)
        .bind(now)
        .execute(&mut *transaction)
        .await?
        .rows_affected();
        if revoked == 0 {
            return Ok(false);
        }
        audit::write(&mut transaction, event, now).await?;
        transaction.commit().await?;
        Ok(true)
    }

    /// What somebody sees of an invite before they join.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn preview_invite(
        &self,
        code: &Secret,
        now: i64,
    ) -> DbResult<Result<InvitePreview, InviteError>> {
        let row = sqlx::query(
            "SELECT i.id, i.role, i.expires_at, i.max_uses, i.uses, i.revoked_at,
                m.name, m.slug, m.member_count, a.name AS inviter
             FROM invites i JOIN meshes m ON m.id = i.mesh_id JOIN accounts a ON a.id = i.created_by
             WHERE i.code_hash = $1",
        )
        .bind(hash(code))
        .fetch_optional(self.pool())
        .await?;
        let Some(row) = row else { return Ok(Err(InviteError::Unknown)) };
        if let Some(closed) = closed(&row, now)? {
            return Ok(Err(closed));
        }
        Ok(Ok(InvitePreview {
            id: row.try_get("id")?,
            mesh_name: row.try_get("name")?,
            mesh_slug: row.try_get("slug")?,
            inviter: row.try_get("inviter")?,
            role: role(&row.try_get::<String, _>("role")?),
            member_count: count(row.try_get("member_count")?),
            expires_at: timestamp(row.try_get("expires_at")?),
        }))
    }

    /// Joins by an invite. Somebody who is a member already gets the mesh and
    /// uses nothing up, even where the invite is closed by now.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn accept_invite(
        &self,
        code: &Secret,
        account_id: &str,
        event: impl FnOnce(&str) -> Event,
        now: i64,
    ) -> DbResult<Result<Mesh, InviteError>> {
        let mut transaction = self.begin().await?;
        let row = sqlx::query(
            "SELECT id, mesh_id, role, expires_at, max_uses, uses, revoked_at FROM invites
             WHERE code_hash = $1",
        )
        .bind(hash(code))
        .fetch_optional(&mut *transaction)
        .await?;
        let Some(row) = row else { return Ok(Err(InviteError::Unknown)) };
        let mesh_id: String = row.try_get("mesh_id")?;
        if let Some(mesh) = seen(&mut transaction, account_id, &mesh_id).await? {
            return Ok(Ok(mesh));
        }
        if let Some(closed) = closed(&row, now)? {
            return Ok(Err(closed));
        }
        let id: String = row.try_get("id")?;
        // Of two joins of one person the second waits here for the first.
        let joined = sqlx::query(
            "INSERT INTO members (mesh_id, account_id, role, joined_at) VALUES ($1, $2, $3, $4)
             ON CONFLICT (mesh_id, account_id) DO NOTHING",
        )
        .bind(mesh_id.as_str())
        .bind(account_id)
        .bind(row.try_get::<String, _>("role")?)
        .bind(now)
        .execute(&mut *transaction)
        .await?
        .rows_affected();
        if joined == 0 {
            let mesh = seen(&mut transaction, account_id, &mesh_id).await?;
            return Ok(mesh.ok_or(InviteError::Unknown));
        }
        // The condition counts where a database lets two transactions read at once.
        let used = sqlx::query(
            "UPDATE invites SET uses = uses + 1
             WHERE id = $1 AND uses < max_uses AND revoked_at IS NULL",
        )
        .bind(id.as_str())
        .execute(&mut *transaction)
        .await?
        .rows_affected();
        if used == 0 {
            return Ok(Err(InviteError::Exhausted));
        }
        if let Some(full) = self.full(&mut transaction, Bound::Members, &mesh_id).await? {
            return Ok(Err(InviteError::Full(full)));
        }
        sqlx::query("UPDATE meshes SET member_count = member_count + 1 WHERE id = $1")
            .bind(mesh_id.as_str())
            .execute(&mut *transaction)
            .await?;
        audit::write(&mut transaction, &event(&id), now).await?;
        let mesh = seen(&mut transaction, account_id, &mesh_id).await?;
        transaction.commit().await?;
        Ok(mesh.ok_or(InviteError::Unknown))
    }
}

fn closed(row: &AnyRow, now: i64) -> DbResult<Option<InviteError>> {
    Ok(if row.try_get::<Option<i64>, _>("revoked_at")?.is_some() {
        Some(InviteError::Revoked)
    } else if row.try_get::<i64, _>("expires_at")? <= now {
        Some(InviteError::Expired)
    } else if row.try_get::<i64, _>("uses")? >= row.try_get::<i64, _>("max_uses")? {
        Some(InviteError::Exhausted)
    } else {
        None
    })
}

fn open(row: &AnyRow) -> DbResult<OpenInvite> {
    Ok(OpenInvite {
        id: row.try_get("id")?,
        role: role(&row.try_get::<String, _>("role")?),
        email: row.try_get("email")?,
        max_uses: u32::try_from(row.try_get::<i64, _>("max_uses")?).unwrap_or(u32::MAX),
        uses: u32::try_from(row.try_get::<i64, _>("uses")?).unwrap_or(u32::MAX),
        created_at: timestamp(row.try_get("created_at")?),
        expires_at: timestamp(row.try_get("expires_at")?),
    })
}

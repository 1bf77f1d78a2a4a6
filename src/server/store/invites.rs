//! Invites: capabilities to join a mesh, counted inside the transaction that
//! joins, so that an invite for one never lets two in.

use super::audit::{self, Event};
use super::handle::Store;
use super::ids::{hash, new_id};
use super::meshes::{self, role, seen};
use super::{members, plans};
use crate::secret::Secret;
use crate::server::clock::timestamp;
use crate::server::db::{DbResult, Page, Row, Rows, count, values};
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
        let sql =
            "INSERT INTO invites (id, mesh_id, code_hash, role, email, created_by, created_at,
                expires_at, max_uses, uses) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 0)";
        let values = values![
            &id,
            &new.mesh_id,
            hash(code),
            new.role.word(),
            new.email.as_deref(),
            created_by,
            now,
            new.expires_at,
            i64::from(new.max_uses),
        ];
        self.change(sql, values, &event(&id), now).await?;
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
        let sql = "SELECT id, role, email, max_uses, uses, created_at, expires_at FROM invites
             WHERE mesh_id = $1 AND id < $2 AND revoked_at IS NULL AND expires_at > $3
                AND uses < max_uses
             ORDER BY id DESC LIMIT $4";
        let rows = (sql, values![mesh_id, page.before(), now, page.fetch()]);
        let sql = "SELECT COUNT(*) FROM invites WHERE mesh_id = $1 AND revoked_at IS NULL
                AND expires_at > $2 AND uses < max_uses";
        let total = (sql, values![mesh_id, now]);
        self.db.page(page, rows, total, open, |invite| &invite.id).await
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
        let sql = "UPDATE invites SET revoked_at = $3 WHERE id = $1 AND revoked_at IS NULL
                AND mesh_id IN (SELECT mesh_id FROM members
                    WHERE account_id = $2 AND role = 'admin')";
        self.change(sql, values![id, account_id, now], event, now).await
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
        let sql = "SELECT i.id, i.role, i.expires_at, i.max_uses, i.uses, i.revoked_at,
                m.name, m.slug, m.member_count, a.name AS inviter
             FROM invites i JOIN meshes m ON m.id = i.mesh_id JOIN accounts a ON a.id = i.created_by
             WHERE i.code_hash = $1";
        let preview = |row: Row<'_>| {
            if let Some(closed) = closed(row, now)? {
                return Ok(Err(closed));
            }
            Ok(Ok(InvitePreview {
                id: row.get("id")?,
                mesh_name: row.get("name")?,
                mesh_slug: row.get("slug")?,
                inviter: row.get("inviter")?,
                role: role(&row.get::<String>("role")?),
                member_count: count(row.get("member_count")?),
                expires_at: timestamp(row.get("expires_at")?),
            }))
        };
        let found = self.db.one(sql, values![hash(code)], preview).await?;
        Ok(found.unwrap_or(Err(InviteError::Unknown)))
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
        let sql = "SELECT id FROM invites WHERE code_hash = $1";
        let id = self.db.one(sql, values![hash(code)], |row| row.get::<String>(0)).await?;
        let Some(id) = id else { return Ok(Err(InviteError::Unknown)) };
        let event = event(&id);
        let account_id = account_id.to_owned();
        let plans = self.plans.clone();
        self.db
            .write(async move |tx| {
                let sql = "SELECT mesh_id, role, expires_at, max_uses, uses, revoked_at
                     FROM invites WHERE id = $1";
                let read = |row: Row<'_>| {
                    let mesh_id: String = row.get("mesh_id")?;
                    Ok((mesh_id, role(&row.get::<String>("role")?), closed(row, now)?))
                };
                let found = tx.one(sql, values![&id], read).await?;
                // Gone since with its mesh.
                let Some((mesh_id, role, closed)) = found else {
                    return Ok(Err(InviteError::Unknown));
                };
                if let Some(mesh) = seen(tx, &account_id, &mesh_id).await? {
                    return Ok(Ok(mesh));
                }
                if let Some(closed) = closed {
                    return Ok(Err(closed));
                }
                meshes::lock(tx, &mesh_id).await?;
                let full = plans::full(tx, &plans, Bound::Members, &mesh_id).await?;
                if !members::insert(tx, &mesh_id, &account_id, role, now).await? {
                    let mesh = seen(tx, &account_id, &mesh_id).await?;
                    return Ok(mesh.ok_or(InviteError::Unknown));
                }
                // The condition counts where a database lets two transactions read at once.
                let sql = "UPDATE invites SET uses = uses + 1
                     WHERE id = $1 AND uses < max_uses AND revoked_at IS NULL";
                if tx.execute(sql, values![id]).await? == 0 {
                    tx.roll_back();
                    return Ok(Err(InviteError::Exhausted));
                }
                if let Some(full) = full {
                    tx.roll_back();
                    return Ok(Err(InviteError::Full(full)));
                }
                audit::write(tx, &event, now).await?;
                let mesh = seen(tx, &account_id, &mesh_id).await?;
                Ok(mesh.ok_or(InviteError::Unknown))
            })
            .await
    }
}

/// Why the invite lets nobody in any more, if so.
fn closed(row: Row<'_>, now: i64) -> DbResult<Option<InviteError>> {
    Ok(if row.get::<Option<i64>>("revoked_at")?.is_some() {
        Some(InviteError::Revoked)
    } else if row.get::<i64>("expires_at")? <= now {
        Some(InviteError::Expired)
    } else if row.get::<i64>("uses")? >= row.get::<i64>("max_uses")? {
        Some(InviteError::Exhausted)
    } else {
        None
    })
}

fn open(row: Row<'_>) -> DbResult<OpenInvite> {
    Ok(OpenInvite {
        id: row.get("id")?,
        role: role(&row.get::<String>("role")?),
        email: row.get("email")?,
        max_uses: u32::try_from(row.get::<i64>("max_uses")?).unwrap_or(u32::MAX),
        uses: u32::try_from(row.get::<i64>("uses")?).unwrap_or(u32::MAX),
        created_at: timestamp(row.get("created_at")?),
        expires_at: timestamp(row.get("expires_at")?),
    })
}

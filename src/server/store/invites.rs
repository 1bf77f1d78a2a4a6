//! Invites: capabilities to join a mesh, counted inside the transaction that
//! joins, so that an invite for one never lets two in.

use std::collections::HashMap;

use super::handle::Store;
use super::ids::{hash, new_id};
use super::meshes::role;
use crate::secret::Secret;
use crate::server::clock::timestamp;
use crate::server::db::{DbResult, Page, Row, Rows, Tx, count, values};
use crate::server::denied::InviteClosed;
use crate::wire::{InvitePreview, OpenInvite, Role};

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

impl Store {
    /// The invites of a mesh that still let somebody in, newest first.
    pub async fn invites(
        &self,
        mesh_id: &str,
        page: &Page,
        now: i64,
    ) -> DbResult<Rows<OpenInvite>> {
        let sql = "SELECT i.id, i.role, i.email, i.max_uses, i.uses, i.created_at, i.expires_at,
                i.created_by, a.name AS inviter
             FROM invites i JOIN accounts a ON a.id = i.created_by
             WHERE i.mesh_id = $1 AND i.id < $2 AND i.revoked_at IS NULL AND i.expires_at > $3
                AND i.uses < i.max_uses
             ORDER BY i.id DESC LIMIT $4";
        let rows = (sql, values![mesh_id, page.before(), now, page.fetch()]);
        let sql = "SELECT COUNT(*) FROM invites WHERE mesh_id = $1 AND revoked_at IS NULL
                AND expires_at > $2 AND uses < max_uses";
        let total = (sql, values![mesh_id, now]);
        self.db.page(page, rows, total, open, |invite| &invite.id).await
    }

    /// How many of them each administrator made who made one, by account id.
    pub async fn invites_by_inviter(
        &self,
        mesh_id: &str,
        now: i64,
    ) -> DbResult<HashMap<String, u64>> {
        let sql = "SELECT created_by, COUNT(*) FROM invites WHERE mesh_id = $1
                AND revoked_at IS NULL AND expires_at > $2 AND uses < max_uses GROUP BY created_by";
        let counted = |row: &Row<'_>| Ok((row.get(0)?, count(row.get(1)?)));
        Ok(self.db.list(sql, values![mesh_id, now], counted).await?.into_iter().collect())
    }

    /// What somebody sees of an invite before they join.
    pub async fn preview_invite(
        &self,
        code: &Secret,
        now: i64,
    ) -> DbResult<Result<InvitePreview, InviteClosed>> {
        let read = |row: &Row<'_>| Ok((preview(row)?, closed(row, now)?));
        let found = self.db.one(PREVIEW_BY_CODE, values![hash(code)], read).await?;
        Ok(match found {
            None => Err(InviteClosed::Unknown),
            Some((_, Some(closed))) => Err(closed),
            Some((preview, None)) => Ok(preview),
        })
    }

    /// The same of the invite with this id, whether or not it lets somebody in.
    pub async fn invite(
        &self,
        id: &str,
        now: i64,
    ) -> DbResult<Option<(InvitePreview, Option<InviteClosed>)>> {
        let read = |row: &Row<'_>| Ok((preview(row)?, closed(row, now)?));
        self.db.one(PREVIEW_BY_ID, values![id], read).await
    }

    /// The id of the invite with this code, whether or not it lets somebody in.
    pub async fn invite_id(&self, code: &Secret) -> DbResult<Option<String>> {
        let sql = "SELECT id FROM invites WHERE code_hash = $1";
        self.db.one(sql, values![hash(code)], |row| row.get(0)).await
    }
}

macro_rules! select_preview {
    ($condition:literal) => {
        concat!(
            "SELECT i.id, i.role, i.expires_at, i.max_uses, i.uses, i.revoked_at,
                m.name, m.slug, m.member_count, a.name AS inviter
             FROM invites i JOIN meshes m ON m.id = i.mesh_id JOIN accounts a ON a.id = i.created_by
             WHERE ",
            $condition
        )
    };
}

const PREVIEW_BY_CODE: &str = select_preview!("i.code_hash = $1");
const PREVIEW_BY_ID: &str = select_preview!("i.id = $1");

fn preview(row: &Row<'_>) -> DbResult<InvitePreview> {
    Ok(InvitePreview {
        id: row.get("id")?,
        mesh_name: row.get("name")?,
        mesh_slug: row.get("slug")?,
        inviter: row.get("inviter")?,
        role: role(&row.get::<String>("role")?),
        member_count: count(row.get("member_count")?),
        expires_at: timestamp(row.get("expires_at")?),
    })
}

/// Keeps an invite whose code is `code`; gives its id.
pub async fn create(
    tx: &mut Tx,
    code: &Secret,
    new: &NewInvite,
    created_by: &str,
    now: i64,
) -> DbResult<String> {
    let id = new_id(now);
    let sql = "INSERT INTO invites (id, mesh_id, code_hash, role, email, created_by, created_at,
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
    tx.execute(sql, values).await?;
    Ok(id)
}

/// The id of the mesh that an invite leads to.
pub async fn mesh_of(tx: &mut Tx, id: &str) -> DbResult<Option<String>> {
    tx.one("SELECT mesh_id FROM invites WHERE id = $1", values![id], |row| row.get(0)).await
}

/// Takes an invite back; says whether it was open.
pub async fn revoke(tx: &mut Tx, id: &str, now: i64) -> DbResult<bool> {
    let sql = "UPDATE invites SET revoked_at = $2 WHERE id = $1 AND revoked_at IS NULL
            AND expires_at > $2 AND uses < max_uses";
    Ok(tx.execute(sql, values![id, now]).await? > 0)
}

/// Takes back what `inviter` made to a mesh; says how many were open.
pub async fn revoke_of(tx: &mut Tx, mesh_id: &str, inviter: &str, now: i64) -> DbResult<u64> {
    let sql = "UPDATE invites SET revoked_at = $3 WHERE mesh_id = $1 AND created_by = $2
            AND revoked_at IS NULL AND expires_at > $3 AND uses < max_uses";
    tx.execute(sql, values![mesh_id, inviter, now]).await
}

/// An invite as somebody joins by it.
#[derive(Clone, Debug)]
pub struct Invite {
    /// Opaque.
    pub id: String,
    /// To which mesh.
    pub mesh_id: String,
    /// What the new member may do.
    pub role: Role,
    /// Why it lets nobody in any more, where it does not.
    pub closed: Option<InviteClosed>,
}

/// The invite with this code.
pub async fn find(tx: &mut Tx, code: &Secret, now: i64) -> DbResult<Option<Invite>> {
    let sql = "SELECT id, mesh_id, role, expires_at, max_uses, uses, revoked_at
         FROM invites WHERE code_hash = $1";
    tx.one(sql, values![hash(code)], |row| invite(row, now)).await
}

/// The invite with this id.
pub async fn find_by_id(tx: &mut Tx, id: &str, now: i64) -> DbResult<Option<Invite>> {
    let sql = "SELECT id, mesh_id, role, expires_at, max_uses, uses, revoked_at
         FROM invites WHERE id = $1";
    tx.one(sql, values![id], |row| invite(row, now)).await
}

fn invite(row: &Row<'_>, now: i64) -> DbResult<Invite> {
    Ok(Invite {
        id: row.get("id")?,
        mesh_id: row.get("mesh_id")?,
        role: role(&row.get::<String>("role")?),
        closed: closed(row, now)?,
    })
}

/// Counts that somebody joins by an invite; says whether one more may. The
/// condition counts where a database lets two transactions read at once.
pub async fn count_use(tx: &mut Tx, id: &str) -> DbResult<bool> {
    let sql = "UPDATE invites SET uses = uses + 1
         WHERE id = $1 AND uses < max_uses AND revoked_at IS NULL";
    Ok(tx.execute(sql, values![id]).await? > 0)
}

/// Why the invite lets nobody in any more, if so.
fn closed(row: &Row<'_>, now: i64) -> DbResult<Option<InviteClosed>> {
    Ok(if row.get::<Option<i64>>("revoked_at")?.is_some() {
        Some(InviteClosed::Revoked)
    } else if row.get::<i64>("expires_at")? <= now {
        Some(InviteClosed::Expired)
    } else if row.get::<i64>("uses")? >= row.get::<i64>("max_uses")? {
        Some(InviteClosed::Exhausted)
    } else {
        None
    })
}

fn open(row: &Row<'_>) -> DbResult<OpenInvite> {
    Ok(OpenInvite {
        id: row.get("id")?,
        role: role(&row.get::<String>("role")?),
        email: row.get("email")?,
        created_by: row.get("created_by")?,
        inviter: row.get("inviter")?,
        max_uses: u32::try_from(row.get::<i64>("max_uses")?).unwrap_or(u32::MAX),
        uses: u32::try_from(row.get::<i64>("uses")?).unwrap_or(u32::MAX),
        created_at: timestamp(row.get("created_at")?),
        expires_at: timestamp(row.get("expires_at")?),
    })
}

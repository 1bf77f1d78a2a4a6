//! Meshes and who is in them.

use sqlx::any::AnyRow;
use sqlx::{AnyConnection, Row};

use super::audit::{self, Event};
use super::{DbResult, Page, Rows, Store, count, new_id};
use crate::secret::random_bytes;
use crate::server::clock::timestamp;
use crate::server::domain::plans::{Bound, Full};
use crate::slug::{LONGEST, numbered};
use crate::wire::{Mesh, Role};

/// Why a mesh was not made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CreateMeshError {
    /// Another has that slug; this one is free.
    Taken(String),
    /// The plan of whoever asks has no room for it.
    Full(Full),
}

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
    /// Makes a mesh with its first administrator; inside, why not.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn create_mesh(
        &self,
        account_id: &str,
        name: &str,
        slug: &str,
        event: impl FnOnce(&str) -> Event,
        now: i64,
    ) -> DbResult<Result<Mesh, CreateMeshError>> {
        let id = new_id(now);
        let mut transaction = self.begin_locked(account_id).await?;
        if let Some(full) = self.full(&mut transaction, Bound::Meshes, account_id).await? {
            return Ok(Err(CreateMeshError::Full(full)));
        }
        let made = sqlx::query(
            "INSERT INTO meshes (id, name, slug, created_by, created_at, member_count)
             VALUES ($1, $2, $3, $4, $5, 1) ON CONFLICT (slug) DO NOTHING",
        )
        .bind(id.as_str())
        .bind(name)
        .bind(slug)
        .bind(account_id)
        .bind(now)
        .execute(&mut *transaction)
        .await?
        .rows_affected();
        if made == 0 {
            return Ok(Err(CreateMeshError::Taken(free(&mut transaction, slug).await?)));
        }
        sqlx::query(
            "INSERT INTO members (mesh_id, account_id, role, joined_at)
             VALUES ($1, $2, 'admin', $3)",
        )
        .bind(id.as_str())
        .bind(account_id)
        .bind(now)
        .execute(&mut *transaction)
        .await?;
        audit::write(&mut transaction, &event(&id), now).await?;
        transaction.commit().await?;
        Ok(Ok(Mesh {
            id,
            name: name.to_owned(),
            slug: slug.to_owned(),
            role: Role::Admin,
            member_count: 1,
            created_at: timestamp(now),
        }))
    }

    /// The meshes somebody is in, oldest first.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn meshes(&self, account_id: &str, page: &Page) -> DbResult<Rows<Mesh>> {
        let rows = sqlx::query(
            "SELECT m.id, m.name, m.slug, m.created_at, m.member_count, p.role
             FROM members p JOIN meshes m ON m.id = p.mesh_id
             WHERE p.account_id = $1 AND p.mesh_id > $2 ORDER BY p.mesh_id LIMIT $3",
        )
        .bind(account_id)
        .bind(page.after.as_deref().unwrap_or_default())
        .bind(page.fetch())
        .fetch_all(self.pool())
        .await?;
        let total: i64 = sqlx::query("SELECT COUNT(*) FROM members WHERE account_id = $1")
            .bind(account_id)
            .fetch_one(self.pool())
            .await?
            .try_get(0)?;
        let all = rows.iter().map(read).collect::<DbResult<Vec<_>>>()?;
        Ok(page.rows(all, total, |mesh| &mesh.id))
    }

    /// The mesh with this id, as a member of it sees it.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn mesh(&self, account_id: &str, id: &str) -> DbResult<Option<Mesh>> {
        let row = sqlx::query(SEEN).bind(id).bind(account_id).fetch_optional(self.pool()).await?;
        row.as_ref().map(read).transpose()
    }

    /// The mesh with this slug, as a member of it sees it.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn mesh_by_slug(&self, account_id: &str, slug: &str) -> DbResult<Option<Mesh>> {
        let row = sqlx::query(
            "SELECT m.id, m.name, m.slug, m.created_at, m.member_count, p.role
             FROM meshes m JOIN members p ON p.mesh_id = m.id
             WHERE m.slug = $1 AND p.account_id = $2",
        )
        .bind(slug)
        .bind(account_id)
        .fetch_optional(self.pool())
        .await?;
        row.as_ref().map(read).transpose()
    }

    /// Gives a mesh another name. Its slug stays: links and settings name it.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn rename_mesh(&self, id: &str, name: &str, event: &Event, now: i64) -> DbResult<()> {
        let mut transaction = self.begin().await?;
        sqlx::query("UPDATE meshes SET name = $2 WHERE id = $1")
            .bind(id)
            .bind(name)
            .execute(&mut *transaction)
            .await?;
        audit::write(&mut transaction, event, now).await?;
        transaction.commit().await?;
        Ok(())
    }

    /// Removes a mesh with its memberships and its invites; says whether it
    /// was there.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn remove_mesh(&self, id: &str, event: &Event, now: i64) -> DbResult<bool> {
        let mut transaction = self.begin().await?;
        // The row first: nobody joins what is being removed.
        sqlx::query("UPDATE meshes SET member_count = 0 WHERE id = $1")
            .bind(id)
            .execute(&mut *transaction)
            .await?;
        for gone in
            ["DELETE FROM invites WHERE mesh_id = $1", "DELETE FROM members WHERE mesh_id = $1"]
        {
            sqlx::query(gone).bind(id).execute(&mut *transaction).await?;
        }
        let removed = sqlx::query("DELETE FROM meshes WHERE id = $1")
            .bind(id)
            .execute(&mut *transaction)
            .await?
            .rows_affected();
        if removed == 0 {
            return Ok(false);
        }
        audit::write(&mut transaction, event, now).await?;
        transaction.commit().await?;
        Ok(true)
    }
}

const SEEN: &str = "SELECT m.id, m.name, m.slug, m.created_at, m.member_count, p.role
    FROM members p JOIN meshes m ON m.id = p.mesh_id
    WHERE p.mesh_id = $1 AND p.account_id = $2";

/// The mesh with this id, as a member of it sees it, inside a transaction.
pub(super) async fn seen(
    transaction: &mut AnyConnection,
    account_id: &str,
    id: &str,
) -> DbResult<Option<Mesh>> {
    let row = sqlx::query(SEEN).bind(id).bind(account_id).fetch_optional(&mut *transaction).await?;
    row.as_ref().map(read).transpose()
}

async fn free(transaction: &mut AnyConnection, slug: &str) -> DbResult<String> {
    let mut last = slug.to_owned();
    for candidate in candidates(slug) {
        let taken = sqlx::query("SELECT id FROM meshes WHERE slug = $1")
            .bind(candidate.as_str())
            .fetch_optional(&mut *transaction)
            .await?;
        last = candidate;
        if taken.is_none() {
            break;
        }
    }
    Ok(last)
}

fn read(row: &AnyRow) -> DbResult<Mesh> {
    Ok(Mesh {
        id: row.try_get("id")?,
        name: row.try_get("name")?,
        slug: row.try_get("slug")?,
        role: role(&row.try_get::<String, _>("role")?),
        member_count: count(row.try_get("member_count")?),
        created_at: timestamp(row.try_get("created_at")?),
    })
}

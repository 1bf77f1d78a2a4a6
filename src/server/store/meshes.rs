//! Meshes and who is in them.

use super::audit::{self, Event};
use super::handle::Store;
use super::ids::new_id;
use super::plans;
use crate::secret::random_bytes;
use crate::server::clock::timestamp;
use crate::server::db::{DbResult, Page, Row, Rows, Tx, count, values};
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
        let event = event(&id);
        let plans = self.plans.clone();
        let account_id = account_id.to_owned();
        let mesh = Mesh {
            id,
            name: name.to_owned(),
            slug: slug.to_owned(),
            role: Role::Admin,
            member_count: 1,
            created_at: timestamp(now),
        };
        self.db
            .write(async move |tx| {
                tx.lock(&account_id).await?;
                if let Some(full) = plans::full(tx, &plans, Bound::Meshes, &account_id).await? {
                    return Ok(Err(CreateMeshError::Full(full)));
                }
                let sql =
                    "INSERT INTO meshes (id, name, slug, created_by, created_at, member_count)
                     VALUES ($1, $2, $3, $4, $5, 1) ON CONFLICT (slug) DO NOTHING";
                let values = values![&mesh.id, &mesh.name, &mesh.slug, &account_id, now];
                if tx.execute(sql, values).await? == 0 {
                    return Ok(Err(CreateMeshError::Taken(free(tx, &mesh.slug).await?)));
                }
                let sql = "INSERT INTO members (mesh_id, account_id, role, joined_at)
                     VALUES ($1, $2, 'admin', $3)";
                tx.execute(sql, values![&mesh.id, account_id, now]).await?;
                audit::write(tx, &event, now).await?;
                Ok(Ok(mesh))
            })
            .await
    }

    /// The meshes somebody is in, oldest first.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn meshes(&self, account_id: &str, page: &Page) -> DbResult<Rows<Mesh>> {
        let sql = "SELECT m.id, m.name, m.slug, m.created_at, m.member_count, p.role
             FROM members p JOIN meshes m ON m.id = p.mesh_id
             WHERE p.account_id = $1 AND p.mesh_id > $2 ORDER BY p.mesh_id LIMIT $3";
        let rows = (sql, values![account_id, page.after(), page.fetch()]);
        let total = ("SELECT COUNT(*) FROM members WHERE account_id = $1", values![account_id]);
        self.db.page(page, rows, total, read, |mesh| &mesh.id).await
    }

    /// The mesh with this id, as a member of it sees it.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn mesh(&self, account_id: &str, id: &str) -> DbResult<Option<Mesh>> {
        self.db.one(SEEN, values![id, account_id], read).await
    }

    /// The mesh with this slug, as a member of it sees it.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn mesh_by_slug(&self, account_id: &str, slug: &str) -> DbResult<Option<Mesh>> {
        let sql = "SELECT m.id, m.name, m.slug, m.created_at, m.member_count, p.role
             FROM meshes m JOIN members p ON p.mesh_id = m.id
             WHERE m.slug = $1 AND p.account_id = $2";
        self.db.one(sql, values![slug, account_id], read).await
    }

    /// Gives a mesh another name. Its slug stays: links and settings name it.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn rename_mesh(&self, id: &str, name: &str, event: &Event, now: i64) -> DbResult<()> {
        let sql = "UPDATE meshes SET name = $2 WHERE id = $1";
        self.change(sql, values![id, name], event, now).await?;
        Ok(())
    }

    /// Removes a mesh with its memberships and its invites; says whether it
    /// was there.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn remove_mesh(&self, id: &str, event: &Event, now: i64) -> DbResult<bool> {
        let (id, event) = (id.to_owned(), event.clone());
        self.db
            .write(async move |tx| {
                // The row first: nobody joins what is being removed.
                lock(tx, &id).await?;
                for sql in [
                    "DELETE FROM invites WHERE mesh_id = $1",
                    "DELETE FROM members WHERE mesh_id = $1",
                ] {
                    tx.execute(sql, values![&id]).await?;
                }
                let sql = "DELETE FROM meshes WHERE id = $1";
                let removed = tx.execute(sql, values![id]).await? > 0;
                if removed {
                    audit::write(tx, &event, now).await?;
                }
                Ok(removed)
            })
            .await
    }
}

const SEEN: &str = "SELECT m.id, m.name, m.slug, m.created_at, m.member_count, p.role
    FROM members p JOIN meshes m ON m.id = p.mesh_id
    WHERE p.mesh_id = $1 AND p.account_id = $2";

/// The mesh with this id, as a member of it sees it, inside a transaction.
pub(super) async fn seen(tx: &mut Tx, account_id: &str, id: &str) -> DbResult<Option<Mesh>> {
    tx.one(SEEN, values![id, account_id], read).await
}

/// Waits until no other transaction changes this mesh or its members.
pub(super) async fn lock(tx: &mut Tx, id: &str) -> DbResult<()> {
    let sql = "UPDATE meshes SET member_count = member_count WHERE id = $1";
    tx.execute(sql, values![id]).await?;
    Ok(())
}

async fn free(tx: &mut Tx, slug: &str) -> DbResult<String> {
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

fn read(row: Row<'_>) -> DbResult<Mesh> {
    Ok(Mesh {
        id: row.get("id")?,
        name: row.get("name")?,
        slug: row.get("slug")?,
        role: role(&row.get::<String>("role")?),
        member_count: count(row.get("member_count")?),
        created_at: timestamp(row.get("created_at")?),
    })
}

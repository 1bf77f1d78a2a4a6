//! Machines: one for each account and anchor, found again rather than doubled.

use sqlx::any::AnyRow;
use sqlx::{AnyConnection, Row};

use super::audit::{self, Event};
use super::meshes::candidates;
use super::{DbResult, Page, Rows, Store, new_id};
use crate::server::clock::timestamp;
use crate::server::domain::plans::{Bound, Full};
use crate::wire::{Liveness, Machine, MachineChange, NewMachine};

/// What came of registering a machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Registration {
    /// It is new.
    Made(Machine),
    /// The account knew it already: its name and slug stay.
    Adopted(Machine),
    /// Another machine of the account has the slug; this one is free.
    SlugTaken(String),
    /// The plan of the account has no room for another.
    Full(Full),
}

impl Store {
    /// Gets or makes the machine with this anchor. A slug that was `asked` for
    /// is taken as it is or refused; a derived one gets a number.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn register_machine(
        &self,
        account_id: &str,
        new: &NewMachine,
        slug: &str,
        event: impl FnOnce(&str) -> Event,
        now: i64,
    ) -> DbResult<Registration> {
        let mut transaction = self.begin_locked(account_id).await?;
        let known = sqlx::query(
            "UPDATE machines SET last_seen_at = $3, os = $4, arch = $5
             WHERE account_id = $1 AND anchor = $2
             RETURNING id, anchor, name, slug, location, created_at, last_seen_at",
        )
        .bind(account_id)
        .bind(new.anchor.as_str())
        .bind(now)
        .bind(new.os.as_str())
        .bind(new.arch.as_str())
        .fetch_optional(&mut *transaction)
        .await?;
        if let Some(row) = known {
            let machine = read(&row, Some(&new.anchor))?;
            transaction.commit().await?;
            return Ok(Registration::Adopted(machine));
        }
        if let Some(full) = self.full(&mut transaction, Bound::Machines, account_id).await? {
            return Ok(Registration::Full(full));
        }
        let mut slug = slug.to_owned();
        if taken(&mut transaction, account_id, &slug).await? {
            let free = free(&mut transaction, account_id, &slug).await?;
            if new.slug.is_some() {
                return Ok(Registration::SlugTaken(free));
            }
            slug = free;
        }
        let id = new_id(now);
        let row = sqlx::query(
            "INSERT INTO machines (id, account_id, anchor, name, slug, location, os, arch,
                created_at, last_seen_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $9)
             RETURNING id, anchor, name, slug, location, created_at, last_seen_at",
        )
        .bind(id.as_str())
        .bind(account_id)
        .bind(new.anchor.as_str())
        .bind(new.name.as_str())
        .bind(slug.as_str())
        .bind(new.location.as_deref())
        .bind(new.os.as_str())
        .bind(new.arch.as_str())
        .bind(now)
        .fetch_one(&mut *transaction)
        .await?;
        let machine = read(&row, Some(&new.anchor))?;
        if let Some(location) = &new.location {
            place(&mut transaction, &id, location, now).await?;
        }
        audit::write(&mut transaction, &event(&id), now).await?;
        transaction.commit().await?;
        Ok(Registration::Made(machine))
    }

    /// An account's machines, oldest first; `anchor` says which one asks.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn machines(
        &self,
        account_id: &str,
        anchor: Option<&str>,
        page: &Page,
    ) -> DbResult<Rows<Machine>> {
        let rows = sqlx::query(
            "SELECT id, anchor, name, slug, location, created_at, last_seen_at FROM machines
             WHERE account_id = $1 AND id > $2 ORDER BY id LIMIT $3",
        )
        .bind(account_id)
        .bind(page.after.as_deref().unwrap_or_default())
        .bind(page.fetch())
        .fetch_all(self.pool())
        .await?;
        let total: i64 = sqlx::query("SELECT COUNT(*) FROM machines WHERE account_id = $1")
            .bind(account_id)
            .fetch_one(self.pool())
            .await?
            .try_get(0)?;
        let all = rows.iter().map(|row| read(row, anchor)).collect::<DbResult<Vec<_>>>()?;
        Ok(page.rows(all, total, |machine| &machine.id))
    }

    /// Changes name and location; the slug never. `None` when there is no such
    /// machine.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn change_machine(
        &self,
        account_id: &str,
        id: &str,
        change: &MachineChange,
        event: &Event,
        now: i64,
    ) -> DbResult<Option<Machine>> {
        let mut transaction = self.begin().await?;
        let row = sqlx::query(
            "UPDATE machines SET name = COALESCE($3, name), location = COALESCE($4, location)
             WHERE account_id = $1 AND id = $2
             RETURNING id, anchor, name, slug, location, created_at, last_seen_at",
        )
        .bind(account_id)
        .bind(id)
        .bind(change.name.as_deref())
        .bind(change.location.as_deref())
        .fetch_optional(&mut *transaction)
        .await?;
        let Some(row) = row else { return Ok(None) };
        if let Some(location) = &change.location {
            place(&mut transaction, id, location, now).await?;
        }
        audit::write(&mut transaction, event, now).await?;
        transaction.commit().await?;
        Ok(Some(read(&row, None)?))
    }

    /// Forgets a machine; says whether there was one.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn remove_machine(
        &self,
        account_id: &str,
        id: &str,
        event: &Event,
        now: i64,
    ) -> DbResult<bool> {
        let mut transaction = self.begin().await?;
        let removed = sqlx::query("DELETE FROM machines WHERE account_id = $1 AND id = $2")
            .bind(account_id)
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

async fn taken(transaction: &mut AnyConnection, account_id: &str, slug: &str) -> DbResult<bool> {
    let row = sqlx::query("SELECT id FROM machines WHERE account_id = $1 AND slug = $2")
        .bind(account_id)
        .bind(slug)
        .fetch_optional(&mut *transaction)
        .await?;
    Ok(row.is_some())
}

async fn free(transaction: &mut AnyConnection, account_id: &str, slug: &str) -> DbResult<String> {
    let mut last = slug.to_owned();
    for candidate in candidates(slug) {
        let is_taken = taken(transaction, account_id, &candidate).await?;
        last = candidate;
        if !is_taken {
            break;
        }
    }
    Ok(last)
}

/// The machine is at `location` from `now` on.
async fn place(
    transaction: &mut AnyConnection,
    id: &str,
    location: &str,
    now: i64,
) -> DbResult<()> {
    sqlx::query(
        "INSERT INTO machine_locations (machine_id, since, location) VALUES ($1, $2, $3)
         ON CONFLICT (machine_id, since) DO UPDATE SET location = excluded.location",
    )
    .bind(id)
    .bind(now)
    .bind(location)
    .execute(&mut *transaction)
    .await?;
    Ok(())
}

fn read(row: &AnyRow, anchor: Option<&str>) -> DbResult<Machine> {
    let its: String = row.try_get("anchor")?;
    Ok(Machine {
        id: row.try_get("id")?,
        name: row.try_get("name")?,
        slug: row.try_get("slug")?,
        location: row.try_get("location")?,
        this: anchor == Some(its.as_str()),
        liveness: Liveness::Unknown,
        created_at: timestamp(row.try_get("created_at")?),
        last_seen_at: row.try_get::<Option<i64>, _>("last_seen_at")?.map(timestamp),
    })
}

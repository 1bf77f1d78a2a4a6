//! Machines: one for each account and anchor, found again rather than doubled.

use super::audit::{self, Event};
use super::handle::Store;
use super::ids::new_id;
use super::meshes::candidates;
use super::plans;
use crate::server::clock::timestamp;
use crate::server::db::{DbResult, Page, Row, Rows, Tx, values};
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
        let id = new_id(now);
        let event = event(&id);
        let plans = self.plans.clone();
        let (account_id, new) = (account_id.to_owned(), new.clone());
        let mut slug = slug.to_owned();
        self.db
            .write(async move |tx| {
                tx.lock(&account_id).await?;
                let read = |row: Row<'_>| read(row, Some(&new.anchor));
                let sql = "UPDATE machines SET last_seen_at = $3, os = $4, arch = $5
                     WHERE account_id = $1 AND anchor = $2
                     RETURNING id, anchor, name, slug, location, created_at, last_seen_at";
                let values = values![&account_id, &new.anchor, now, &new.os, &new.arch];
                if let Some(machine) = tx.one(sql, values, read).await? {
                    return Ok(Registration::Adopted(machine));
                }
                if let Some(full) = plans::full(tx, &plans, Bound::Machines, &account_id).await? {
                    return Ok(Registration::Full(full));
                }
                if taken(tx, &account_id, &slug).await? {
                    let free = free(tx, &account_id, &slug).await?;
                    if new.slug.is_some() {
                        return Ok(Registration::SlugTaken(free));
                    }
                    slug = free;
                }
                let sql = "INSERT INTO machines (id, account_id, anchor, name, slug, location, os,
                        arch, created_at, last_seen_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $9)";
                let values = values![
                    &id,
                    account_id,
                    &new.anchor,
                    &new.name,
                    &slug,
                    new.location.as_deref(),
                    &new.os,
                    &new.arch,
                    now,
                ];
                tx.execute(sql, values).await?;
                if let Some(location) = &new.location {
                    place(tx, &id, location, now).await?;
                }
                audit::write(tx, &event, now).await?;
                Ok(Registration::Made(Machine {
                    id,
                    name: new.name,
                    slug,
                    location: new.location,
                    this: true,
                    liveness: Liveness::Unknown,
                    created_at: timestamp(now),
                    last_seen_at: Some(timestamp(now)),
                }))
            })
            .await
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
        let sql = "SELECT id, anchor, name, slug, location, created_at, last_seen_at FROM machines
             WHERE account_id = $1 AND id > $2 ORDER BY id LIMIT $3";
        let rows = (sql, values![account_id, page.after(), page.fetch()]);
        let total = ("SELECT COUNT(*) FROM machines WHERE account_id = $1", values![account_id]);
        self.db.page(page, rows, total, |row| read(row, anchor), |machine| &machine.id).await
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
        let sql = "UPDATE machines SET name = COALESCE($3, name), location = COALESCE($4, location)
             WHERE account_id = $1 AND id = $2
             RETURNING id, anchor, name, slug, location, created_at, last_seen_at";
        let values = values![account_id, id, change.name.as_deref(), change.location.as_deref()];
        let (id, location, event) = (id.to_owned(), change.location.clone(), event.clone());
        self.db
            .write(async move |tx| {
                let machine = tx.one(sql, values, |row| read(row, None)).await?;
                if machine.is_some() {
                    if let Some(location) = &location {
                        place(tx, &id, location, now).await?;
                    }
                    audit::write(tx, &event, now).await?;
                }
                Ok(machine)
            })
            .await
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
        let sql = "DELETE FROM machines WHERE account_id = $1 AND id = $2";
        self.change(sql, values![account_id, id], event, now).await
    }
}

async fn taken(tx: &mut Tx, account_id: &str, slug: &str) -> DbResult<bool> {
    let sql = "SELECT id FROM machines WHERE account_id = $1 AND slug = $2";
    Ok(tx.one(sql, values![account_id, slug], |_| Ok(())).await?.is_some())
}

async fn free(tx: &mut Tx, account_id: &str, slug: &str) -> DbResult<String> {
    let mut last = slug.to_owned();
    for candidate in candidates(slug) {
        let is_taken = taken(tx, account_id, &candidate).await?;
        last = candidate;
        if !is_taken {
            break;
        }
    }
    Ok(last)
}

/// The machine is at `location` from `now` on.
async fn place(tx: &mut Tx, id: &str, location: &str, now: i64) -> DbResult<()> {
    let sql = "INSERT INTO machine_locations (machine_id, since, location) VALUES ($1, $2, $3)
         ON CONFLICT (machine_id, since) DO UPDATE SET location = excluded.location";
    tx.execute(sql, values![id, now, location]).await?;
    Ok(())
}

fn read(row: Row<'_>, anchor: Option<&str>) -> DbResult<Machine> {
    let its: String = row.get("anchor")?;
    Ok(Machine {
        id: row.get("id")?,
        name: row.get("name")?,
        slug: row.get("slug")?,
        location: row.get("location")?,
        this: anchor == Some(its.as_str()),
        liveness: Liveness::Unknown,
        created_at: timestamp(row.get("created_at")?),
        last_seen_at: row.get::<Option<i64>>("last_seen_at")?.map(timestamp),
    })
}

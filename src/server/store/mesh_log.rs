//! What happens in a mesh, numbered. One counter a mesh counts messages and
//! events; it is taken in the transaction that writes them, so a number that is
//! committed has none before it that is still to come.

use super::device_codes::CHANGED;
use super::handle::Store;
use crate::server::clock::timestamp;
use crate::server::db::{DbResult, Row, Tx, values};
use crate::server::domain::news::{MeshCounters, News};
use crate::wire::{MeshEvent, MeshEventKind};

/// The next number of a mesh. Nobody else takes one in this mesh before the
/// transaction ends.
pub async fn next(tx: &mut Tx, mesh_id: &str, now: i64) -> DbResult<i64> {
    let sql = "INSERT INTO mesh_counters (mesh_id, number, tasks, presence, changed_at)
         VALUES ($1, 1, 0, 0, $2) ON CONFLICT (mesh_id) DO UPDATE
         SET number = mesh_counters.number + 1, changed_at = excluded.changed_at
         RETURNING number";
    let number = tx.one(sql, values![mesh_id, now], |row| row.get(0)).await?;
    Ok(number.unwrap_or_default())
}

/// The number of the next task of a mesh.
pub async fn next_task(tx: &mut Tx, mesh_id: &str, now: i64) -> DbResult<i64> {
    let sql = "INSERT INTO mesh_counters (mesh_id, number, tasks, presence, changed_at)
         VALUES ($1, 0, 1, 0, $2) ON CONFLICT (mesh_id) DO UPDATE
         SET tasks = mesh_counters.tasks + 1, changed_at = excluded.changed_at
         RETURNING tasks";
    let number = tx.one(sql, values![mesh_id, now], |row| row.get(0)).await?;
    Ok(number.unwrap_or_default())
}

/// Writes down that `who`, who acts as `account_id`, did `what` to `subject`; its
/// number.
pub async fn note(
    tx: &mut Tx,
    mesh_id: &str,
    what: MeshEventKind,
    (account_id, who): (&str, &str),
    subject: &str,
    now: i64,
) -> DbResult<i64> {
    let number = next(tx, mesh_id, now).await?;
    let sql = "INSERT INTO mesh_events (mesh_id, number, what, account_id, who, subject,
            created_at) VALUES ($1, $2, $3, $4, $5, $6, $7)";
    let values = values![mesh_id, number, what.word(), account_id, who, subject, now];
    tx.execute(sql, values).await?;
    Ok(number)
}

impl Store {
    /// At most `limit` events of a mesh after number `after`, in their order.
    pub async fn mesh_events(
        &self,
        mesh_id: &str,
        after: i64,
        limit: i64,
    ) -> DbResult<Vec<MeshEvent>> {
        let sql = "SELECT e.number, e.what, e.who, e.subject, e.created_at, a.name AS person
             FROM mesh_events e JOIN accounts a ON a.id = e.account_id
             WHERE e.mesh_id = $1 AND e.number > $2 ORDER BY e.number LIMIT $3";
        self.db.list(sql, values![mesh_id, after, limit], read).await
    }

    /// The number of the last that happened in a mesh; 0 where nothing did.
    pub async fn last_number(&self, mesh_id: &str) -> DbResult<i64> {
        let sql = "SELECT number FROM mesh_counters WHERE mesh_id = $1";
        let number = self.db.one(sql, values![mesh_id], |row| row.get(0)).await?;
        Ok(number.unwrap_or_default())
    }

    /// The meshes in which something happened at or after `since` (Unix
    /// milliseconds), each with where its counters stand.
    pub async fn meshes_changed_since(&self, since: i64) -> DbResult<Vec<(String, MeshCounters)>> {
        let sql = "SELECT mesh_id, number, presence FROM mesh_counters WHERE changed_at >= $1";
        let read = |row: &Row<'_>| {
            Ok((row.get(0)?, MeshCounters { number: row.get(1)?, presence: row.get(2)? }))
        };
        self.db.list(sql, values![since], read).await
    }
}

/// Notes that it changed who is in a mesh, or what they are at; how often that was.
pub async fn touch(tx: &mut Tx, mesh_id: &str, now: i64) -> DbResult<i64> {
    let sql = "INSERT INTO mesh_counters (mesh_id, number, tasks, presence, changed_at)
         VALUES ($1, 0, 0, 1, $2) ON CONFLICT (mesh_id) DO UPDATE
         SET presence = mesh_counters.presence + 1, changed_at = excluded.changed_at
         RETURNING presence";
    let presence = tx.one(sql, values![mesh_id, now], |row| row.get(0)).await?;
    Ok(presence.unwrap_or_default())
}

/// The number of the last that happened in a mesh; 0 where nothing did.
pub async fn last(tx: &mut Tx, mesh_id: &str) -> DbResult<i64> {
    let sql = "SELECT number FROM mesh_counters WHERE mesh_id = $1";
    let number = tx.one(sql, values![mesh_id], |row| row.get(0)).await?;
    Ok(number.unwrap_or_default())
}

/// Tells every node that something happened in a mesh, when the transaction
/// commits.
pub async fn tell(tx: &mut Tx, news: &News) -> DbResult<()> {
    tx.notify(CHANGED, &news.to_payload()).await
}

fn read(row: &Row<'_>) -> DbResult<MeshEvent> {
    Ok(MeshEvent {
        number: row.get("number")?,
        what: MeshEventKind::of(&row.get::<String>("what")?),
        who: row.get("who")?,
        person: row.get("person")?,
        subject: row.get("subject")?,
        at: timestamp(row.get("created_at")?),
    })
}

//! Work that a mesh shares. Every step says in the WHERE of its write what it hangs
//! on, so of two who claim at once one does.

use super::handle::Store;
use super::mesh_log;
use crate::server::clock::timestamp;
use crate::server::db::{DbResult, Page, Row, Rows, Tx, values};
use crate::wire::{PEER_LIFE, Task, TaskState};

/// Milliseconds after the last word of a peer at which what it claimed is open
/// again: as long again as it takes to be gone.
#[allow(clippy::cast_possible_truncation, reason = "minutes")]
const KEPT: i64 = 2 * PEER_LIFE.as_millis() as i64;

/// Who does something to a task.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TaskActor {
    pub account_id: String,
    /// The name of the peer or the person.
    pub name: String,
    /// The id of the peer; none where it is the person themselves.
    pub peer_id: Option<String>,
}

/// A task that is open again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReopenedTask {
    pub number: i64,
    pub title: String,
    /// Whose it was.
    pub holder: TaskActor,
}

impl Store {
    /// The tasks of a mesh that stand like `state`, or all, oldest first.
    pub async fn tasks(
        &self,
        mesh_id: &str,
        state: Option<TaskState>,
        page: &Page,
    ) -> DbResult<Rows<Task>> {
        let state = state.map_or("", TaskState::word);
        let after = page.after().parse().unwrap_or(0_i64);
        let sql = "SELECT number, title, text, state, author, holder, result, reopened,
                created_at, changed_at FROM tasks
             WHERE mesh_id = $1 AND ($2 = '' OR state = $2) AND number > $3
             ORDER BY number LIMIT $4";
        let rows = (sql, values![mesh_id, state, after, page.fetch()]);
        let sql = "SELECT COUNT(*) FROM tasks WHERE mesh_id = $1 AND ($2 = '' OR state = $2)";
        let total = (sql, values![mesh_id, state]);
        let read = |row: &Row<'_>| read(row).map(|task| (task.number.to_string(), task));
        let rows = self.db.page(page, rows, total, read, |(number, _)| number).await?;
        Ok(rows.map(|(_, task)| task))
    }

    /// Whether something is claimed in a mesh by a peer that has been gone for long.
    pub async fn has_left_tasks(&self, mesh_id: &str, now: i64) -> DbResult<bool> {
        let sql = "SELECT 1 FROM tasks t WHERE t.mesh_id = $1 AND t.state = 'claimed'
             AND t.peer_id IS NOT NULL AND t.changed_at <= $2 AND NOT EXISTS
                (SELECT 1 FROM peers p WHERE p.id = t.peer_id AND p.heard_at > $2) LIMIT 1";
        Ok(self.db.one(sql, values![mesh_id, now - KEPT], |_| Ok(())).await?.is_some())
    }
}

/// The task of this number.
pub async fn find(tx: &mut Tx, mesh_id: &str, number: i64) -> DbResult<Option<Task>> {
    let sql = "SELECT number, title, text, state, author, holder, result, reopened,
            created_at, changed_at FROM tasks WHERE mesh_id = $1 AND number = $2";
    tx.one(sql, values![mesh_id, number], read).await
}

/// Who made the task of this number, and who has it.
pub async fn whose(
    tx: &mut Tx,
    mesh_id: &str,
    number: i64,
) -> DbResult<Option<(String, Option<String>)>> {
    let sql = "SELECT author_id, holder_id FROM tasks WHERE mesh_id = $1 AND number = $2";
    tx.one(sql, values![mesh_id, number], |row| Ok((row.get(0)?, row.get(1)?))).await
}

/// Keeps a task; its number.
pub async fn insert(
    tx: &mut Tx,
    mesh_id: &str,
    author: &TaskActor,
    (title, text): (&str, &str),
    now: i64,
) -> DbResult<i64> {
    let number = mesh_log::next_task(tx, mesh_id, now).await?;
    let sql = "INSERT INTO tasks (mesh_id, number, title, text, state, author_id, author,
            reopened, created_at, changed_at)
         VALUES ($1, $2, $3, $4, 'open', $5, $6, 0, $7, $7)";
    let values = values![mesh_id, number, title, text, &author.account_id, &author.name, now];
    tx.execute(sql, values).await?;
    Ok(number)
}

/// Claims an open task; says whether it was one.
pub async fn claim(
    tx: &mut Tx,
    mesh_id: &str,
    number: i64,
    by: &TaskActor,
    now: i64,
) -> DbResult<bool> {
    let sql = "UPDATE tasks SET state = 'claimed', holder_id = $3, holder = $4, peer_id = $5,
            changed_at = $6 WHERE mesh_id = $1 AND number = $2 AND state = 'open'";
    let peer = by.peer_id.as_deref();
    let values = values![mesh_id, number, &by.account_id, &by.name, peer, now];
    Ok(tx.execute(sql, values).await? > 0)
}

/// Finishes a task that `by` has claimed; says whether they had.
pub async fn finish(
    tx: &mut Tx,
    mesh_id: &str,
    number: i64,
    by: &TaskActor,
    result: Option<&str>,
    now: i64,
) -> DbResult<bool> {
    let sql = "UPDATE tasks SET state = 'done', result = $4, changed_at = $5
         WHERE mesh_id = $1 AND number = $2 AND state = 'claimed' AND holder_id = $3
           AND (peer_id IS NULL OR $6 = '' OR peer_id = $6)";
    let peer = by.peer_id.as_deref().unwrap_or_default();
    let values = values![mesh_id, number, &by.account_id, result, now, peer];
    Ok(tx.execute(sql, values).await? > 0)
}

/// Gives up a task that is not ended; says whether it was one.
pub async fn drop(tx: &mut Tx, mesh_id: &str, number: i64, now: i64) -> DbResult<bool> {
    let sql = "UPDATE tasks SET state = 'dropped', changed_at = $3
         WHERE mesh_id = $1 AND number = $2 AND state IN ('open', 'claimed')";
    Ok(tx.execute(sql, values![mesh_id, number, now]).await? > 0)
}

/// Opens again what peers that have been gone for long have claimed in a mesh.
pub async fn reopen_left(tx: &mut Tx, mesh_id: &str, now: i64) -> DbResult<Vec<ReopenedTask>> {
    let sql = "UPDATE tasks SET state = 'open', reopened = 1, changed_at = $3
         WHERE mesh_id = $1 AND state = 'claimed' AND peer_id IS NOT NULL AND changed_at <= $2
           AND NOT EXISTS (SELECT 1 FROM peers p
                WHERE p.id = tasks.peer_id AND p.heard_at > $2)
         RETURNING number, title, holder_id, holder, peer_id";
    tx.list(sql, values![mesh_id, now - KEPT, now], read_reopened).await
}

/// Opens again what `account` has claimed in a mesh that they leave.
pub async fn reopen_of(
    tx: &mut Tx,
    mesh_id: &str,
    account: &str,
    now: i64,
) -> DbResult<Vec<ReopenedTask>> {
    let sql = "UPDATE tasks SET state = 'open', reopened = 1, changed_at = $3
         WHERE mesh_id = $1 AND state = 'claimed' AND holder_id = $2
         RETURNING number, title, holder_id, holder, peer_id";
    tx.list(sql, values![mesh_id, account, now], read_reopened).await
}

fn read_reopened(row: &Row<'_>) -> DbResult<ReopenedTask> {
    Ok(ReopenedTask {
        number: row.get("number")?,
        title: row.get("title")?,
        holder: TaskActor {
            account_id: row.get::<Option<String>>("holder_id")?.unwrap_or_default(),
            name: row.get::<Option<String>>("holder")?.unwrap_or_default(),
            peer_id: row.get("peer_id")?,
        },
    })
}

fn read(row: &Row<'_>) -> DbResult<Task> {
    let state: String = row.get("state")?;
    let is_open = state == TaskState::Open.word();
    Ok(Task {
        number: row.get("number")?,
        title: row.get("title")?,
        text: row.get("text")?,
        state: TaskState::ALL.into_iter().find(|of| of.word() == state).unwrap_or_default(),
        author: row.get("author")?,
        holder: row.get("holder")?,
        result: row.get("result")?,
        reopened: row.flag("reopened")? && is_open,
        created_at: timestamp(row.get("created_at")?),
        changed_at: timestamp(row.get("changed_at")?),
    })
}

//! Live sessions of code agents, and whose the names are that messages are
//! addressed to. One that was not heard from for [`PEER_LIFE`] is there no more,
//! whether its row is or not.

use super::handle::Store;
use super::meshes::{self, candidates};
use crate::server::clock::timestamp;
use crate::server::db::{DbResult, Row, Tx, values};
use crate::server::domain::news::PeerAddress;
use crate::wire::{NewPeer, PEER_LIFE, Peer, PeerStatus};

/// Milliseconds after its last word at which a peer is gone.
#[allow(clippy::cast_possible_truncation, reason = "minutes")]
pub const LIFE: i64 = PEER_LIFE.as_millis() as i64;

/// The most peers that are listed: a mesh with more is no place to look around in.
const MOST: i64 = 1_000;

/// What operations need to know of a peer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LivePeer {
    pub id: String,
    pub mesh_id: String,
    pub account_id: String,
    pub name: String,
    pub role: Option<String>,
}

/// A peer that is gone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GonePeer {
    pub id: String,
    pub mesh_id: String,
    pub account_id: String,
    pub name: String,
    pub agent: String,
}

impl Store {
    /// The peers of a mesh, those who began first first, as `account_id` sees them.
    pub async fn peers(&self, mesh_id: &str, account_id: &str, now: i64) -> DbResult<Vec<Peer>> {
        let sql = "SELECT p.id, p.name, p.account_id, a.name AS person, p.role,
                m.name AS machine, p.agent, p.agent_version, p.directory, p.status, p.summary,
                p.no_messages, p.since
             FROM peers p JOIN accounts a ON a.id = p.account_id
             LEFT JOIN machines m ON m.id = p.machine_id AND m.account_id = p.account_id
             WHERE p.mesh_id = $1 AND p.heard_at > $2 ORDER BY p.since, p.name LIMIT $3";
        let values = values![mesh_id, now - LIFE, MOST];
        self.db.list(sql, values, |row| read(row, account_id)).await
    }

    /// By what the live peer with this id is addressed, if it is `account_id`'s in a
    /// mesh; `None` where the account is not in the mesh.
    pub async fn own_peer(
        &self,
        mesh_id: &str,
        account_id: &str,
        id: &str,
        now: i64,
    ) -> DbResult<Option<Option<PeerAddress>>> {
        let sql = "SELECT p.name, p.role FROM members m LEFT JOIN peers p ON p.id = $3
                AND p.mesh_id = $1 AND p.account_id = $2 AND p.heard_at > $4
             WHERE m.mesh_id = $1 AND m.account_id = $2";
        let values = values![mesh_id, account_id, id, now - LIFE];
        let read = |row: &Row<'_>| {
            let (name, role): (Option<String>, _) = (row.get(0)?, row.get(1)?);
            Ok(name.map(|name| PeerAddress { name, role }))
        };
        self.db.one(sql, values, read).await
    }

    /// Writes down when peers were heard from; those who are gone stay so.
    pub async fn heard_from(&self, mut heard: Vec<(String, i64)>) -> DbResult<()> {
        // In one order, so that no two nodes wait for each other.
        heard.sort_unstable();
        self.db
            .write(async move |tx| {
                let sql = "UPDATE peers SET heard_at = $2 WHERE id = $1 AND heard_at < $2";
                for (id, at) in heard {
                    tx.execute(sql, values![id, at]).await?;
                }
                Ok(())
            })
            .await
    }

    /// Whether any peer has gone by `now` that was not noticed yet.
    pub async fn has_silent_peers(&self, now: i64) -> DbResult<bool> {
        let sql = "SELECT 1 FROM peers WHERE heard_at <= $1 LIMIT 1";
        Ok(self.db.one(sql, values![now - LIFE], |_| Ok(())).await?.is_some())
    }
}

const LIVE: &str = "SELECT id, mesh_id, account_id, name, role FROM peers
    WHERE id = $1 AND heard_at > $2";

/// The live peer with this id.
pub async fn live(tx: &mut Tx, id: &str, now: i64) -> DbResult<Option<LivePeer>> {
    tx.one(LIVE, values![id, now - LIFE], read_live).await
}

/// Gives `account_id` the name `wanted` in a mesh, or the first like it that is
/// nobody else's there and has `is_free` say so of those that are theirs. The
/// caller has locked the names of the mesh.
pub async fn name(
    tx: &mut Tx,
    mesh_id: &str,
    account_id: &str,
    wanted: &str,
    peer_id: Option<&str>,
    now: i64,
) -> DbResult<String> {
    let all = std::iter::once(wanted.to_owned()).chain(candidates(wanted));
    let mut last = wanted.to_owned();
    for candidate in all {
        let sql = "INSERT INTO peer_names (mesh_id, name, account_id) VALUES ($1, $2, $3)
             ON CONFLICT (mesh_id, name) DO NOTHING";
        tx.execute(sql, values![mesh_id, &candidate, account_id]).await?;
        let sql = "SELECT account_id FROM peer_names WHERE mesh_id = $1 AND name = $2";
        let owner: Option<String> =
            tx.one(sql, values![mesh_id, &candidate], |row| row.get(0)).await?;
        let theirs = owner.as_deref() == Some(account_id);
        let is_free = match peer_id {
            Some(id) if theirs => {
                let sql = "SELECT id FROM peers WHERE mesh_id = $1 AND name = $2 AND id <> $3
                     AND heard_at > $4";
                let values = values![mesh_id, &candidate, id, now - LIFE];
                tx.one(sql, values, |_| Ok(())).await?.is_none()
            }
            _ => theirs,
        };
        last = candidate;
        if is_free {
            break;
        }
    }
    Ok(last)
}

/// Whose `name` is in a mesh.
pub async fn owner(tx: &mut Tx, mesh_id: &str, name: &str) -> DbResult<Option<String>> {
    let sql = "SELECT account_id FROM peer_names WHERE mesh_id = $1 AND name = $2";
    tx.one(sql, values![mesh_id, name], |row| row.get(0)).await
}

/// Whether the live peer of this name in a mesh is to be sent nothing.
pub async fn takes_nothing(tx: &mut Tx, mesh_id: &str, name: &str, now: i64) -> DbResult<bool> {
    let sql = "SELECT 1 FROM peers WHERE mesh_id = $1 AND name = $2 AND heard_at > $3
         AND no_messages <> 0";
    Ok(tx.one(sql, values![mesh_id, name, now - LIFE], |_| Ok(())).await?.is_some())
}

/// The names of a mesh's live peers that may be written to, and their roles.
pub async fn names(
    tx: &mut Tx,
    mesh_id: &str,
    now: i64,
) -> DbResult<Vec<(String, Option<String>)>> {
    let sql = "SELECT name, role FROM peers WHERE mesh_id = $1 AND heard_at > $2
         AND no_messages = 0 ORDER BY since, name LIMIT $3";
    let values = values![mesh_id, now - LIFE, MOST];
    tx.list(sql, values, |row| Ok((row.get(0)?, row.get(1)?))).await
}

/// Whether a live peer of a mesh that may be written to has this role.
pub async fn has_role(tx: &mut Tx, mesh_id: &str, role: &str, now: i64) -> DbResult<bool> {
    let sql = "SELECT 1 FROM peers WHERE mesh_id = $1 AND role = $2 AND heard_at > $3
         AND no_messages = 0 LIMIT 1";
    Ok(tx.one(sql, values![mesh_id, role, now - LIFE], |_| Ok(())).await?.is_some())
}

/// Keeps `peer`, who has `name`; in place of one of that id or name that is gone.
pub async fn insert(
    tx: &mut Tx,
    mesh_id: &str,
    account_id: &str,
    (name, peer): (&str, &NewPeer),
    now: i64,
) -> DbResult<()> {
    let sql = "DELETE FROM peers WHERE mesh_id = $1 AND name = $2";
    tx.execute(sql, values![mesh_id, name]).await?;
    let sql = "INSERT INTO peers (id, mesh_id, account_id, name, role, machine_id, agent,
            agent_version, directory, no_messages, status, since, heard_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 'idle', $11, $11)";
    let values = values![
        &peer.id,
        mesh_id,
        account_id,
        name,
        peer.role.as_deref(),
        peer.machine.as_deref(),
        peer.agent.as_deref(),
        peer.agent_version.as_deref(),
        peer.directory.as_deref(),
        peer.no_messages,
        now
    ];
    tx.execute(sql, values).await?;
    Ok(())
}

/// Says what a peer is at; says whether that is something new.
pub async fn change(
    tx: &mut Tx,
    id: &str,
    status: Option<PeerStatus>,
    summary: Option<&str>,
    now: i64,
) -> DbResult<bool> {
    // One that says nothing at rest was heard from for longer than until now.
    let sql = "UPDATE peers SET
            heard_at = CASE WHEN heard_at < $4 THEN $4 ELSE heard_at END, status = COALESCE($2, status),
            summary = CASE WHEN $3 = '' THEN NULL ELSE COALESCE($3, summary) END
         WHERE id = $1 AND (status <> COALESCE($2, status)
            OR COALESCE(summary, '') <> COALESCE($3, summary, ''))";
    let values = values![id, status.map(PeerStatus::word), summary, now];
    Ok(tx.execute(sql, values).await? > 0)
}

/// The live or silent peer with this id, which goes.
pub async fn remove(tx: &mut Tx, id: &str) -> DbResult<Option<GonePeer>> {
    let sql = "DELETE FROM peers WHERE id = $1
         RETURNING id, mesh_id, account_id, name, agent";
    tx.one(sql, values![id], read_gone).await
}

/// The peers of a mesh that `account_id` has there, which go, and their names with
/// them.
pub async fn remove_of(tx: &mut Tx, mesh_id: &str, account_id: &str) -> DbResult<Vec<GonePeer>> {
    let sql = "DELETE FROM peers WHERE mesh_id = $1 AND account_id = $2
         RETURNING id, mesh_id, account_id, name, agent";
    let gone = tx.list(sql, values![mesh_id, account_id], read_gone).await?;
    let sql = "DELETE FROM peer_names WHERE mesh_id = $1 AND account_id = $2";
    tx.execute(sql, values![mesh_id, account_id]).await?;
    Ok(gone)
}

/// At most `limit` peers of one mesh that were not heard from any more, which go.
/// One mesh at a time, and that is held: what is told of them takes its numbers.
pub async fn remove_silent(tx: &mut Tx, limit: i64, now: i64) -> DbResult<Vec<GonePeer>> {
    let sql = "SELECT mesh_id FROM peers WHERE heard_at <= $1 ORDER BY heard_at LIMIT 1";
    let mesh: Option<String> = tx.one(sql, values![now - LIFE], |row| row.get(0)).await?;
    let Some(mesh) = mesh else { return Ok(Vec::new()) };
    if !meshes::hold(tx, &mesh).await? {
        return Ok(Vec::new());
    }
    let sql = "DELETE FROM peers WHERE id IN
            (SELECT id FROM peers WHERE mesh_id = $1 AND heard_at <= $2
             ORDER BY heard_at LIMIT $3)
         RETURNING id, mesh_id, account_id, name, agent";
    tx.list(sql, values![mesh, now - LIFE, limit], read_gone).await
}

fn read(row: &Row<'_>, account_id: &str) -> DbResult<Peer> {
    let (id, account): (String, String) = (row.get("id")?, row.get("account_id")?);
    Ok(Peer {
        id: (account == account_id).then_some(id),
        name: row.get("name")?,
        account,
        person: row.get("person")?,
        role: row.get("role")?,
        machine: row.get("machine")?,
        agent: row.get("agent")?,
        agent_version: row.get("agent_version")?,
        directory: row.get("directory")?,
        status: match row.get::<String>("status")?.as_str() {
            "working" => PeerStatus::Working,
            "waiting" => PeerStatus::Waiting,
            _ => PeerStatus::Idle,
        },
        summary: row.get("summary")?,
        no_messages: row.flag("no_messages")?,
        since: timestamp(row.get("since")?),
    })
}

fn read_live(row: &Row<'_>) -> DbResult<LivePeer> {
    Ok(LivePeer {
        id: row.get("id")?,
        mesh_id: row.get("mesh_id")?,
        account_id: row.get("account_id")?,
        name: row.get("name")?,
        role: row.get("role")?,
    })
}

fn read_gone(row: &Row<'_>) -> DbResult<GonePeer> {
    Ok(GonePeer {
        id: row.get("id")?,
        mesh_id: row.get("mesh_id")?,
        account_id: row.get("account_id")?,
        name: row.get("name")?,
        agent: row.get::<Option<String>>("agent")?.unwrap_or_default(),
    })
}

//! What peers and people of a mesh write to each other, and how far each has read.

use super::handle::Store;
use super::ids::new_id;
use super::mesh_log;
use super::peers::LIFE;
use crate::server::clock::timestamp;
use crate::server::db::{DbResult, Row, Tx, values};
use crate::server::domain::news::{Address, Inbox, PeerAddress};
use crate::wire::{MeshMessage, MessageKind};

/// So many messages are read at once before it is thought that there are many.
const FEW: i64 = 3;

/// A message to be.
#[derive(Clone, Debug)]
pub struct NewMeshMessage {
    pub mesh_id: String,
    pub account_id: String,
    /// The name of the peer or person that writes.
    pub sender: String,
    pub to: Address,
    pub kind: MessageKind,
    pub reply_to: Option<i64>,
    pub text: String,
    /// SHA-256 of what it may be sent again with, in hexadecimal.
    pub key_hash: Option<String>,
}

/// Somebody who reads an inbox.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InboxReader {
    /// The peer that reads; `None` where there is none that lives, or the person does.
    pub peer: Option<PeerAddress>,
    /// The number that is read on from.
    pub after: i64,
    /// Whether there may be anything to be read.
    pub is_behind: bool,
}

impl Store {
    /// How `account` reads in a mesh, as their live peer with this id or by
    /// themselves: from `after` on, or from what was read. `None` where they are not in
    /// the mesh.
    pub async fn inbox_reader(
        &self,
        mesh_id: &str,
        account: &str,
        peer_id: Option<&str>,
        after: Option<i64>,
        now: i64,
    ) -> DbResult<Option<InboxReader>> {
        let sql = "SELECT r.name, r.role, r.read_to, CAST(CASE
                WHEN EXISTS (SELECT 1 FROM messages n WHERE n.mesh_id = $1
                        AND n.to_account = '' AND n.number > r.read_to)
                    OR EXISTS (SELECT 1 FROM messages n WHERE n.mesh_id = $1
                        AND n.to_account = $2 AND n.number > r.read_to)
                THEN 1 ELSE 0 END AS BIGINT) AS behind
             FROM (SELECT p.name, p.role, COALESCE($5, (SELECT i.read_to FROM inboxes i
                    WHERE i.mesh_id = $1 AND i.account_id = $2
                        AND i.name = COALESCE(p.name, '')), 0) AS read_to
                 FROM members m LEFT JOIN peers p ON p.id = $3 AND p.mesh_id = $1
                    AND p.account_id = $2 AND p.heard_at > $4
                 WHERE m.mesh_id = $1 AND m.account_id = $2) r";
        let read = |row: &Row<'_>| {
            let (name, role): (Option<String>, _) = (row.get(0)?, row.get(1)?);
            let peer = name.map(|name| PeerAddress { name, role });
            Ok(InboxReader { peer, after: row.get(2)?, is_behind: row.flag(3)? })
        };
        let values = values![mesh_id, account, peer_id, now - LIFE, after];
        self.db.one(sql, values, read).await
    }

    /// At most `limit` messages of a mesh after number `after` that are for an
    /// account, or for a peer of theirs, in their order; not what those wrote
    /// themselves, nor what comes from whom they muted.
    pub async fn inbox(
        &self,
        mesh_id: &str,
        whose: &Inbox,
        after: i64,
        limit: i64,
    ) -> DbResult<Vec<MeshMessage>> {
        let (is_peer, name, role) = match &whose.peer {
            Some(peer) => (true, peer.name.as_str(), peer.role.as_deref().unwrap_or_default()),
            None => (false, "", ""),
        };
        let account = &whose.account;
        let values = |limit| values![mesh_id, account, after, is_peer, name, role, limit];
        // Mostly there is none, or the one that woke whoever reads.
        let few = self.db.few(INBOX, values(FEW.min(limit)), read).await?;
        if few.len() < usize::try_from(FEW).unwrap_or_default() {
            return Ok(few);
        }
        self.db.list(INBOX, values(limit), read).await
    }

    /// At most `limit` messages of a mesh after number `after` that `account` may
    /// read: to everybody, to a role, to them, and theirs.
    pub async fn messages(
        &self,
        mesh_id: &str,
        account: &str,
        after: i64,
        limit: i64,
    ) -> DbResult<Vec<MeshMessage>> {
        let sql = "SELECT n.number, n.id, n.sender, n.to_kind, n.to_name, n.kind, n.reply_to,
                n.text, n.created_at, a.name AS person
             FROM messages n JOIN accounts a ON a.id = n.account_id
             WHERE n.mesh_id = $1 AND n.number > $3
               AND (n.to_account IN ('', $2) OR n.account_id = $2)
               AND NOT EXISTS (SELECT 1 FROM mutes u WHERE u.mesh_id = $1
                    AND u.account_id = $2 AND u.muted_id = n.account_id)
             ORDER BY n.number LIMIT $4";
        self.db.list(sql, values![mesh_id, account, after, limit], read).await
    }
}

/// The messages to `$to` of an inbox, those of a peer where `$meant` holds.
macro_rules! inbox_of {
    ($to:literal, $meant:literal) => {
        concat!(
            "SELECT n.number, n.id, n.sender, n.to_kind, n.to_name, n.kind, n.reply_to,
                n.text, n.created_at, a.name AS person
             FROM messages n JOIN accounts a ON a.id = n.account_id
             WHERE n.mesh_id = $1 AND n.to_account = ",
            $to,
            " AND n.number > $3 AND ($4 = 0 OR ",
            $meant,
            ") AND NOT (n.account_id = $2 AND ($4 = 0 OR n.sender = $5))
               AND NOT EXISTS (SELECT 1 FROM mutes u WHERE u.mesh_id = $1
                    AND u.account_id = $2 AND u.muted_id = n.account_id)"
        )
    };
}

/// What is for everybody and what is for one are two places of one index, each read
/// in its order: what is written to others in between is not.
const INBOX: &str = concat!(
    inbox_of!("''", "n.to_kind = 'mesh' OR (n.to_kind = 'role' AND n.to_name = $6)"),
    " UNION ALL ",
    inbox_of!("$2", "n.to_name = $5"),
    " ORDER BY number LIMIT $7"
);

/// Keeps a message; its number and id.
pub async fn insert(tx: &mut Tx, new: NewMeshMessage, now: i64) -> DbResult<(i64, String)> {
    let number = mesh_log::next(tx, &new.mesh_id, now).await?;
    let id = new_id(now);
    let (kind, name, account) = match new.to {
        Address::Peer { name, account } => ("peer", name, account),
        Address::Role(role) => ("role", role, String::new()),
        Address::Mesh => ("mesh", String::new(), String::new()),
    };
    let sql = "INSERT INTO messages (mesh_id, number, id, account_id, sender, to_kind, to_name,
            to_account, kind, reply_to, text, created_at, key_hash)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)";
    let values = values![
        new.mesh_id,
        number,
        &id,
        new.account_id,
        new.sender,
        kind,
        name,
        account,
        new.kind.word(),
        new.reply_to,
        new.text,
        now,
        new.key_hash
    ];
    tx.execute(sql, values).await?;
    Ok((number, id))
}

/// What `account` wrote with this key in a mesh after `since`, if they did.
pub async fn written(
    tx: &mut Tx,
    mesh_id: &str,
    (account, key_hash): (&str, &str),
    since: i64,
) -> DbResult<Option<MeshMessage>> {
    let sql = "SELECT n.number, n.id, n.sender, n.to_kind, n.to_name, n.kind, n.reply_to,
            n.text, n.created_at, a.name AS person
         FROM messages n JOIN accounts a ON a.id = n.account_id
         WHERE n.account_id = $2 AND n.key_hash = $3 AND n.mesh_id = $1 AND n.created_at > $4
         ORDER BY n.number DESC LIMIT 1";
    tx.one(sql, values![mesh_id, account, key_hash, since], read).await
}

/// Whether `account` may read the message of this number, and so answer it.
pub async fn is_seen(tx: &mut Tx, mesh_id: &str, account: &str, number: i64) -> DbResult<bool> {
    let sql = "SELECT 1 FROM messages WHERE mesh_id = $1 AND number = $2
         AND (to_account IN ('', $3) OR account_id = $3)";
    Ok(tx.one(sql, values![mesh_id, number, account], |_| Ok(())).await?.is_some())
}

/// What was written up to `number` is not for somebody who was never there before.
pub async fn begin_inbox(
    tx: &mut Tx,
    mesh_id: &str,
    (account, name): (&str, &str),
    number: i64,
) -> DbResult<()> {
    let sql = "INSERT INTO inboxes (mesh_id, account_id, name, read_to) VALUES ($1, $2, $3, $4)
         ON CONFLICT (mesh_id, account_id, name) DO NOTHING";
    tx.execute(sql, values![mesh_id, account, name, number]).await?;
    Ok(())
}

/// Somebody has read everything up to `number`; never less than before.
pub async fn set_read(
    tx: &mut Tx,
    mesh_id: &str,
    (account, name): (&str, &str),
    number: i64,
) -> DbResult<()> {
    let sql = "INSERT INTO inboxes (mesh_id, account_id, name, read_to) VALUES ($1, $2, $3, $4)
         ON CONFLICT (mesh_id, account_id, name) DO UPDATE SET read_to = excluded.read_to
         WHERE inboxes.read_to < excluded.read_to";
    tx.execute(sql, values![mesh_id, account, name, number]).await?;
    Ok(())
}

/// `account` hears nothing from `muted` any more, or does again.
pub async fn mute(
    tx: &mut Tx,
    mesh_id: &str,
    (account, muted): (&str, &str),
    is_muted: bool,
) -> DbResult<()> {
    let sql = if is_muted {
        "INSERT INTO mutes (mesh_id, account_id, muted_id) VALUES ($1, $2, $3)
         ON CONFLICT (mesh_id, account_id, muted_id) DO NOTHING"
    } else {
        "DELETE FROM mutes WHERE mesh_id = $1 AND account_id = $2 AND muted_id = $3"
    };
    tx.execute(sql, values![mesh_id, account, muted]).await?;
    Ok(())
}

fn read(row: &Row<'_>) -> DbResult<MeshMessage> {
    let kind: String = row.get("kind")?;
    let (to_kind, to_name): (String, String) = (row.get("to_kind")?, row.get("to_name")?);
    Ok(MeshMessage {
        number: row.get("number")?,
        id: row.get("id")?,
        from: row.get("sender")?,
        person: row.get("person")?,
        to: match to_kind.as_str() {
            "mesh" => "*".to_owned(),
            "role" => format!("@{to_name}"),
            _ => to_name,
        },
        kind: MessageKind::ALL.into_iter().find(|of| of.word() == kind).unwrap_or_default(),
        reply_to: row.get("reply_to")?,
        text: row.get("text")?,
        at: timestamp(row.get("created_at")?),
    })
}

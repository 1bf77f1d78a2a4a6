//! What happened, by whom, from where. Written in the transaction of what it
//! tells of, and never changed.

use std::collections::BTreeMap;

use super::handle::Store;
use super::ids::new_id;
use crate::server::clock::timestamp;
use crate::server::db::{DbResult, Page, Row, Rows, Tx, Value, values};
use crate::server::domain::audit_action::AuditAction;
use crate::wire::AuditEvent;

/// Something that happened. Holds no secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    action: AuditAction,
    actor: String,
    via: &'static str,
    target: String,
    source_ip: Option<String>,
    meta: serde_json::Map<String, serde_json::Value>,
}

impl Event {
    /// `action` by `actor` (an account's id), by way of `via`, on `target`.
    pub fn new(action: AuditAction, actor: &str, via: &'static str, target: &str) -> Self {
        Self {
            action,
            actor: actor.to_owned(),
            via,
            target: target.to_owned(),
            source_ip: None,
            meta: serde_json::Map::new(),
        }
    }

    /// From this network address.
    #[must_use]
    pub fn from(mut self, ip: Option<String>) -> Self {
        self.source_ip = ip;
        self
    }

    /// With this detail.
    #[must_use]
    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.meta.insert(name.to_owned(), value.into());
        self
    }
}

const INSERT: &str = "INSERT INTO audit (id, ts, actor, via, action, target, source_ip, meta)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";

impl Event {
    /// Writes it in the transaction of what it tells of.
    pub async fn write(&self, tx: &mut Tx, now: i64) -> DbResult<()> {
        tx.execute(INSERT, self.values(now)).await?;
        Ok(())
    }

    fn values(&self, now: i64) -> Vec<Value> {
        values![
            new_id(now),
            now,
            &self.actor,
            self.via,
            self.action.word(),
            &self.target,
            self.source_ip.as_deref(),
            serde_json::Value::Object(self.meta.clone()).to_string(),
        ]
    }
}

impl Store {
    /// Writes an event that stands alone (a failed sign-in).
    pub async fn audit(&self, event: &Event, now: i64) -> DbResult<()> {
        self.db.execute(INSERT, event.values(now)).await?;
        Ok(())
    }

    /// What happened, newest first.
    pub async fn audit_events(&self, whose: Whose<'_>, page: &Page) -> DbResult<Rows<AuditEvent>> {
        let bounds = values![page.before(), page.fetch()];
        let (rows, total) = match whose {
            Whose::Account(actor) => (
                (OF_ACCOUNT, [bounds, values![actor]].concat()),
                ("SELECT COUNT(*) FROM audit WHERE actor = $1", values![actor]),
            ),
            Whose::Anybody => ((OF_ANYBODY, bounds), ("SELECT COUNT(*) FROM audit", values![])),
        };
        self.db.page(page, rows, total, read, |event| &event.id).await
    }

    /// What those are called who did what lies between these two events, both
    /// included, by their ids.
    pub async fn actors(&self, newest: &str, oldest: &str) -> DbResult<BTreeMap<String, String>> {
        let read = |row: &Row<'_>| Ok((row.get(0)?, row.get(1)?));
        let actors = self.db.list(ACTORS, values![newest, oldest], read).await?;
        Ok(actors.into_iter().collect())
    }
}

const ACTORS: &str = "SELECT a.id, a.name FROM accounts a WHERE a.id IN
    (SELECT actor FROM audit WHERE id <= $1 AND id >= $2)";

const OF_ACCOUNT: &str = "SELECT id, ts, actor, via, action, target, source_ip, meta
    FROM audit WHERE id < $1 AND actor = $3 ORDER BY id DESC LIMIT $2";

const OF_ANYBODY: &str = "SELECT id, ts, actor, via, action, target, source_ip, meta
    FROM audit WHERE id < $1 ORDER BY id DESC LIMIT $2";

/// Whose actions are asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Whose<'a> {
    /// This account's.
    Account(&'a str),
    /// Everybody's, and what happened with nobody signed in.
    Anybody,
}

fn read(row: &Row<'_>) -> DbResult<AuditEvent> {
    let meta: String = row.get("meta")?;
    Ok(AuditEvent {
        id: row.get("id")?,
        ts: timestamp(row.get("ts")?),
        actor: row.get("actor")?,
        via: row.get("via")?,
        action: row.get("action")?,
        target: row.get("target")?,
        source_ip: row.get("source_ip")?,
        meta: serde_json::from_str(&meta).unwrap_or_default(),
    })
}

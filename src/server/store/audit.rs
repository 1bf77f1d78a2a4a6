//! What happened, by whom, from where. Written in the transaction of what it
//! tells of, and never changed.

use std::collections::BTreeMap;

use sqlx::any::AnyRow;
use sqlx::{AnyConnection, Row};

use super::writing::{Place, Value};
use super::{DbResult, Page, Rows, Store, new_id};
use crate::server::clock::timestamp;
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
    pub fn from(mut self, ip: Option<&str>) -> Self {
        self.source_ip = ip.map(str::to_owned);
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
    fn values(&self, now: i64) -> [Value<'_>; 8] {
        [
            new_id(now).into(),
            now.into(),
            self.actor.as_str().into(),
            self.via.into(),
            self.action.word().into(),
            self.target.as_str().into(),
            self.source_ip.as_deref().into(),
            serde_json::Value::Object(self.meta.clone()).to_string().into(),
        ]
    }
}

/// Writes `event` in `transaction`.
pub(super) async fn write(
    transaction: &mut AnyConnection,
    event: &Event,
    now: i64,
) -> DbResult<()> {
    write_at(&mut Place::Transaction(transaction), event, now).await
}

/// Writes `event` at `place`.
pub(super) async fn write_at(place: &mut Place<'_>, event: &Event, now: i64) -> DbResult<()> {
    place.execute(INSERT, &event.values(now)).await?;
    Ok(())
}

impl Store {
    /// Writes an event that stands alone (a failed sign-in).
    ///
    /// # Errors
    /// Those of the database.
    pub async fn audit(&self, event: &Event, now: i64) -> DbResult<()> {
        let values = event.values(now).map(Value::kept).into();
        self.say(INSERT, values).await?;
        Ok(())
    }

    /// What happened, newest first.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn audit_events(&self, whose: Whose<'_>, page: &Page) -> DbResult<Rows<AuditEvent>> {
        let before = page.before();
        let (rows, total) = match whose {
            Whose::Account(actor) => (
                sqlx::query(OF_ACCOUNT).bind(before).bind(page.fetch()).bind(actor),
                sqlx::query("SELECT COUNT(*) FROM audit WHERE actor = $1").bind(actor),
            ),
            Whose::Anybody => (
                sqlx::query(OF_ANYBODY).bind(before).bind(page.fetch()),
                sqlx::query("SELECT COUNT(*) FROM audit"),
            ),
        };
        let rows = rows.fetch_all(self.pool()).await?;
        let total = total.fetch_one(self.pool()).await?;
        let events = rows.iter().map(read).collect::<DbResult<Vec<_>>>()?;
        Ok(page.rows(events, total.try_get(0)?, |event| &event.id))
    }

    /// What those are called who did what lies between these two events, both
    /// included, by their ids.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn actors(&self, newest: &str, oldest: &str) -> DbResult<BTreeMap<String, String>> {
        let rows = sqlx::query(ACTORS).bind(newest).bind(oldest).fetch_all(self.pool()).await?;
        rows.iter().map(|row| Ok((row.try_get(0)?, row.try_get(1)?))).collect()
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

fn read(row: &AnyRow) -> DbResult<AuditEvent> {
    let meta: String = row.try_get("meta")?;
    Ok(AuditEvent {
        id: row.try_get("id")?,
        ts: timestamp(row.try_get("ts")?),
        actor: row.try_get("actor")?,
        via: row.try_get("via")?,
        action: row.try_get("action")?,
        target: row.try_get("target")?,
        source_ip: row.try_get("source_ip")?,
        meta: serde_json::from_str(&meta).unwrap_or_default(),
    })
}

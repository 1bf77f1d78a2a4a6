//! What happened, by whom, from where. Written in the transaction of what it
//! tells of, and never changed.

use sqlx::{Any, Row, Transaction};

use super::{Outcome, Store, new_id};

/// Something that happened. Holds no secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    action: &'static str,
    actor: String,
    via: &'static str,
    target: String,
    source_ip: Option<String>,
    meta: serde_json::Map<String, serde_json::Value>,
}

impl Event {
    /// `action` by `actor` (an account's id), by way of `via`, on `target`.
    pub fn new(action: &'static str, actor: &str, via: &'static str, target: &str) -> Self {
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

/// Writes `event` in `transaction`.
pub(super) async fn write(
    transaction: &mut Transaction<'static, Any>,
    event: &Event,
    now: i64,
) -> Outcome<()> {
    sqlx::query(
        "INSERT INTO audit (id, ts, actor, via, action, target, source_ip, meta)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
    )
    .bind(new_id(now))
    .bind(now)
    .bind(event.actor.as_str())
    .bind(event.via)
    .bind(event.action)
    .bind(event.target.as_str())
    .bind(event.source_ip.as_deref())
    .bind(serde_json::Value::Object(event.meta.clone()).to_string())
    .execute(&mut **transaction)
    .await?;
    Ok(())
}

impl Store {
    /// Writes an event that stands alone (a failed sign-in).
    ///
    /// # Errors
    /// Those of the database.
    pub async fn audit(&self, event: &Event, now: i64) -> Outcome<()> {
        let mut transaction = self.begin().await?;
        write(&mut transaction, event, now).await?;
        transaction.commit().await?;
        Ok(())
    }

    /// The actions of `actor`, newest first, with their targets.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn audit_of(&self, actor: &str, limit: u32) -> Outcome<Vec<(String, String)>> {
        let rows = sqlx::query(
            "SELECT action, target FROM audit WHERE actor = $1 ORDER BY id DESC LIMIT $2",
        )
        .bind(actor)
        .bind(i64::from(limit))
        .fetch_all(self.pool())
        .await?;
        rows.iter().map(|row| Ok((row.try_get("action")?, row.try_get("target")?))).collect()
    }
}

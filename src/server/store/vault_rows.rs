//! What is sealed of people's connections, for whoever seals it anew.

use super::handle::Store;
use crate::server::db::{DbResult, Row, Tx, values};

/// The fact that names the key under which all is sealed.
const VAULT_KEY: &str = "vault_key";

/// What of a connection is sealed.
#[derive(Clone, Debug)]
pub struct SealedRow {
    pub id: String,
    pub account_id: String,
    pub provider: String,
    pub kind: String,
    pub sealed: Option<String>,
    pub refresh_sealed: Option<String>,
}

impl Store {
    /// The key under which all is sealed, since it was changed once.
    pub async fn vault_key(&self) -> DbResult<Option<String>> {
        let sql = "SELECT value FROM instance WHERE name = $1";
        self.db.one(sql, values![VAULT_KEY], |row| row.get(0)).await
    }

    /// Those after this id, by id, at most so many.
    pub async fn sealed_rows(&self, after: &str, most: i64) -> DbResult<Vec<SealedRow>> {
        let sql = "SELECT id, account_id, provider, kind, sealed, refresh_sealed
             FROM connections WHERE id > $1 ORDER BY id LIMIT $2";
        self.db.list(sql, values![after, most], read).await
    }
}

/// Puts `new` in the place of what was read as `old`: `false` where that is another by
/// now, or is being renewed.
pub async fn reseal(tx: &mut Tx, old: &SealedRow, new: &SealedRow, now: i64) -> DbResult<bool> {
    let sql = "UPDATE connections SET sealed = $2, refresh_sealed = $3
         WHERE id = $1 AND COALESCE(sealed, '') = $4 AND COALESCE(refresh_sealed, '') = $5
            AND (renewing_until IS NULL OR renewing_until <= $6)";
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    let values = values![
        &old.id,
        new.sealed.as_deref(),
        new.refresh_sealed.as_deref(),
        text(&old.sealed),
        text(&old.refresh_sealed),
        now,
    ];
    Ok(tx.execute(sql, values).await? == 1)
}

/// The ids of those that are sealed under another key than this.
pub async fn others(tx: &mut Tx, key_id: &str) -> DbResult<Vec<String>> {
    let sql = "SELECT id FROM connections WHERE sealed NOT LIKE $1 OR refresh_sealed NOT LIKE $1";
    // An id has no letter that means something there but `_`, which means any one.
    tx.list(sql, values![format!("v1.{key_id}.%")], |row| row.get("id")).await
}

/// Notes that all is sealed under this key.
pub async fn set_vault_key(tx: &mut Tx, key_id: &str) -> DbResult<()> {
    let sql = "INSERT INTO instance (name, value) VALUES ($1, $2)
         ON CONFLICT (name) DO UPDATE SET value = excluded.value";
    tx.execute(sql, values![VAULT_KEY, key_id]).await?;
    Ok(())
}

fn read(row: &Row<'_>) -> DbResult<SealedRow> {
    Ok(SealedRow {
        id: row.get("id")?,
        account_id: row.get("account_id")?,
        provider: row.get("provider")?,
        kind: row.get("kind")?,
        sealed: row.get("sealed")?,
        refresh_sealed: row.get("refresh_sealed")?,
    })
}

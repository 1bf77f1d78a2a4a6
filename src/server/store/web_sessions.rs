//! Browsers that are signed in.

use sqlx::Row;
use sqlx::any::AnyRow;

use super::{Outcome, Store, hash, new_id};
use crate::secret::Secret;

/// A browser that is signed in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WebSession {
    /// Opaque.
    pub id: String,
    /// Whose.
    pub account_id: String,
    /// Unix milliseconds.
    pub created_at: i64,
    /// Unix milliseconds.
    pub expires_at: i64,
}

impl Store {
    /// Signs a browser in until `expires_at`. `token` is the cookie's value;
    /// only its hash is kept.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn create_web_session(
        &self,
        token: &Secret,
        account_id: &str,
        ip: Option<&str>,
        now: i64,
        expires_at: i64,
    ) -> Outcome<WebSession> {
        let id = new_id(now);
        sqlx::query(
            "INSERT INTO web_sessions
                (id, token_hash, account_id, ip, created_at, last_used_at, expires_at)
             VALUES ($1, $2, $3, $4, $5, $5, $6)",
        )
        .bind(id.as_str())
        .bind(hash(token))
        .bind(account_id)
        .bind(ip)
        .bind(now)
        .bind(expires_at)
        .execute(self.pool())
        .await?;
        Ok(WebSession { id, account_id: account_id.to_owned(), created_at: now, expires_at })
    }

    /// The live web session with this cookie value.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn web_session(&self, token: &Secret, now: i64) -> Outcome<Option<WebSession>> {
        let row = sqlx::query(
            "SELECT id, account_id, created_at, expires_at FROM web_sessions
             WHERE token_hash = $1 AND expires_at > $2",
        )
        .bind(hash(token))
        .bind(now)
        .fetch_optional(self.pool())
        .await?;
        row.as_ref().map(web_session).transpose()
    }

    /// Signs a browser out.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn end_web_session(&self, id: &str) -> Outcome<()> {
        sqlx::query("DELETE FROM web_sessions WHERE id = $1").bind(id).execute(self.pool()).await?;
        Ok(())
    }
}

fn web_session(row: &AnyRow) -> Outcome<WebSession> {
    Ok(WebSession {
        id: row.try_get("id")?,
        account_id: row.try_get("account_id")?,
        created_at: row.try_get("created_at")?,
        expires_at: row.try_get("expires_at")?,
    })
}

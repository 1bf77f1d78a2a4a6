//! Browsers that are signed in.

use super::accounts::{self, Account};
use super::audit::{self, Event};
use super::handle::Store;
use super::ids::{hash, new_id};
use crate::secret::Secret;
use crate::server::db::{DbResult, Row, values};

/// How many of an account's browsers are listed, the newest.
const LISTED: i64 = 100;

/// A browser that is signed in. Times are Unix milliseconds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WebSession {
    /// Opaque.
    pub id: String,
    /// Whose.
    pub account_id: String,
    /// Where it was signed in from.
    pub ip: Option<String>,
    /// What the browser calls itself.
    pub user_agent: Option<String>,
    /// When it was signed in.
    pub created_at: i64,
    /// When it was last used, to about five minutes.
    pub last_used_at: i64,
    /// When it ends.
    pub expires_at: i64,
}

/// A browser to be signed in.
#[derive(Clone, Debug)]
pub struct NewWebSession {
    /// Whose.
    pub account_id: String,
    /// The password (Argon2id in PHC form) that held when they were let in.
    pub password: Option<Secret>,
    /// Where it is signed in from.
    pub ip: Option<String>,
    /// What the browser calls itself.
    pub user_agent: Option<String>,
    /// When it ends, in Unix milliseconds.
    pub expires_at: i64,
}

const BY_COOKIE: &str =
    "SELECT w.id, w.account_id, w.ip, w.user_agent, w.created_at, w.last_used_at,
        w.expires_at, a.name, a.email, a.admin, a.created_at AS account_created_at
    FROM web_sessions w JOIN accounts a ON a.id = w.account_id
    WHERE w.token_hash = $1";

impl Store {
    /// Signs a browser in, unless the password is another one by now: checking
    /// one takes long enough for its owner to change it meanwhile. `token` is
    /// the cookie's value; only its hash is kept.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn create_web_session(
        &self,
        token: &Secret,
        new: &NewWebSession,
        event: impl FnOnce(&str) -> Event,
        now: i64,
    ) -> DbResult<bool> {
        let id = new_id(now);
        let event = event(&id);
        let sql = "INSERT INTO web_sessions
                (id, token_hash, account_id, ip, user_agent, created_at, last_used_at, expires_at)
             VALUES ($1, $2, $3, $4, $5, $6, $6, $7)";
        let (token, new) = (hash(token), new.clone());
        self.db
            .write(async move |tx| {
                tx.lock(&new.account_id).await?;
                if !accounts::has_password(tx, &new.account_id, new.password.as_ref()).await? {
                    return Ok(false);
                }
                let values = values![
                    id,
                    token,
                    new.account_id,
                    new.ip,
                    new.user_agent,
                    now,
                    new.expires_at,
                ];
                tx.execute(sql, values).await?;
                audit::write(tx, &event, now).await?;
                Ok(true)
            })
            .await
    }

    /// The live web session with this cookie value, and whose it is.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn web_session(
        &self,
        token: &Secret,
        now: i64,
    ) -> DbResult<Option<(WebSession, Account)>> {
        let read = |row: Row<'_>| {
            let session = read(row)?;
            let account = Account {
                id: session.account_id.clone(),
                name: row.get("name")?,
                email: row.get("email")?,
                password: None,
                admin: row.flag("admin")?,
                created_at: row.get("account_created_at")?,
            };
            Ok((session, account))
        };
        let found = self.db.one(BY_COOKIE, values![hash(token)], read).await?;
        Ok(found.filter(|(session, _)| session.expires_at > now))
    }

    /// The browsers signed in as an account, newest first.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn web_sessions(&self, account_id: &str, now: i64) -> DbResult<Vec<WebSession>> {
        let sql = "SELECT id, account_id, ip, user_agent, created_at, last_used_at, expires_at
             FROM web_sessions WHERE account_id = $1 AND expires_at > $2
             ORDER BY id DESC LIMIT $3";
        self.db.list(sql, values![account_id, now, LISTED], read).await
    }

    /// Writes down that a browser is used.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn touch_web_session(&self, id: &str, now: i64) -> DbResult<()> {
        let sql = "UPDATE web_sessions SET last_used_at = $2 WHERE id = $1";
        self.db.execute(sql, values![id, now]).await?;
        Ok(())
    }

    /// Signs a browser of an account out.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn end_web_session(&self, account_id: &str, id: &str) -> DbResult<()> {
        let sql = "DELETE FROM web_sessions WHERE id = $1 AND account_id = $2";
        self.db.execute(sql, values![id, account_id]).await?;
        Ok(())
    }
}

fn read(row: Row<'_>) -> DbResult<WebSession> {
    Ok(WebSession {
        id: row.get("id")?,
        account_id: row.get("account_id")?,
        ip: row.get("ip")?,
        user_agent: row.get("user_agent")?,
        created_at: row.get("created_at")?,
        last_used_at: row.get("last_used_at")?,
        expires_at: row.get("expires_at")?,
    })
}

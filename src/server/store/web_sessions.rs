//! Browsers that are signed in.

use super::audit::{self, Event};
use super::near::Columns;
use super::{Account, DbResult, Store, accounts, hash, new_id};
use crate::secret::Secret;

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
        let mut transaction = self.begin_locked(&new.account_id).await?;
        if !accounts::has_password(&mut transaction, &new.account_id, new.password.as_ref()).await?
        {
            return Ok(false);
        }
        sqlx::query(
            "INSERT INTO web_sessions
                (id, token_hash, account_id, ip, user_agent, created_at, last_used_at, expires_at)
             VALUES ($1, $2, $3, $4, $5, $6, $6, $7)",
        )
        .bind(id.as_str())
        .bind(hash(token))
        .bind(new.account_id.as_str())
        .bind(new.ip.as_deref())
        .bind(new.user_agent.as_deref())
        .bind(now)
        .bind(new.expires_at)
        .execute(&mut *transaction)
        .await?;
        audit::write(&mut transaction, &event(&id), now).await?;
        transaction.commit().await?;
        Ok(true)
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
        let found = self
            .row(BY_COOKIE, &hash(token), |row| {
                let session = read(row)?;
                let account = Account {
                    id: session.account_id.clone(),
                    name: row.text("name")?,
                    email: row.text("email")?,
                    password: None,
                    admin: row.number("admin")? != 0,
                    created_at: row.number("account_created_at")?,
                };
                Ok((session, account))
            })
            .await?;
        Ok(found.filter(|(session, _)| session.expires_at > now))
    }

    /// The browsers signed in as an account, newest first.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn web_sessions(&self, account_id: &str, now: i64) -> DbResult<Vec<WebSession>> {
        let rows = sqlx::query(
            "SELECT id, account_id, ip, user_agent, created_at, last_used_at, expires_at
             FROM web_sessions WHERE account_id = $1 AND expires_at > $2
             ORDER BY id DESC LIMIT $3",
        )
        .bind(account_id)
        .bind(now)
        .bind(LISTED)
        .fetch_all(self.pool())
        .await?;
        rows.iter().map(|row| read(row)).collect()
    }

    /// Writes down that a browser is used.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn touch_web_session(&self, id: &str, now: i64) -> DbResult<()> {
        let sql = "UPDATE web_sessions SET last_used_at = $2 WHERE id = $1";
        self.say(sql, vec![id.to_owned().into(), now.into()]).await?;
        Ok(())
    }

    /// Signs a browser of an account out.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn end_web_session(&self, account_id: &str, id: &str) -> DbResult<()> {
        let sql = "DELETE FROM web_sessions WHERE id = $1 AND account_id = $2";
        self.say(sql, vec![id.to_owned().into(), account_id.to_owned().into()]).await?;
        Ok(())
    }
}

fn read(row: &dyn Columns) -> DbResult<WebSession> {
    Ok(WebSession {
        id: row.text("id")?,
        account_id: row.text("account_id")?,
        ip: row.text_if_any("ip")?,
        user_agent: row.text_if_any("user_agent")?,
        created_at: row.number("created_at")?,
        last_used_at: row.number("last_used_at")?,
        expires_at: row.number("expires_at")?,
    })
}

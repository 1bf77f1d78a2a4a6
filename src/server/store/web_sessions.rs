//! Browsers that are signed in.

use super::accounts::Account;
use super::handle::Store;
use super::ids::{hash, new_id};
use crate::secret::Secret;
use crate::server::db::{DbResult, Row, Tx, values};

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
    /// Whether the account of the web session with this id is in a mesh; `None` where
    /// the session lives no more.
    pub async fn web_session_has_seat(
        &self,
        id: &str,
        mesh_id: &str,
        now: i64,
    ) -> DbResult<Option<bool>> {
        let sql = "SELECT m.account_id FROM web_sessions w
             LEFT JOIN members m ON m.mesh_id = $2 AND m.account_id = w.account_id
             WHERE w.id = $1 AND w.expires_at > $3";
        let read = |row: &Row<'_>| Ok(row.get::<Option<String>>(0)?.is_some());
        self.db.one(sql, values![id, mesh_id, now], read).await
    }

    /// The live web session with this cookie value, and whose it is.
    pub async fn web_session(
        &self,
        token: &Secret,
        now: i64,
    ) -> DbResult<Option<(WebSession, Account)>> {
        let read = |row: &Row<'_>| {
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
    pub async fn web_sessions(&self, account_id: &str, now: i64) -> DbResult<Vec<WebSession>> {
        let sql = "SELECT id, account_id, ip, user_agent, created_at, last_used_at, expires_at
             FROM web_sessions WHERE account_id = $1 AND expires_at > $2
             ORDER BY id DESC LIMIT $3";
        self.db.list(sql, values![account_id, now, LISTED], read).await
    }

    /// Writes down that a browser is used.
    pub async fn touch_web_session(&self, id: &str, now: i64) -> DbResult<()> {
        let sql = "UPDATE web_sessions SET last_used_at = $2 WHERE id = $1";
        self.db.execute(sql, values![id, now]).await?;
        Ok(())
    }
}

/// Signs a browser in. `token` is the cookie's value; only its hash is kept.
pub async fn insert(
    tx: &mut Tx,
    token: &Secret,
    new: NewWebSession,
    now: i64,
) -> DbResult<WebSession> {
    let id = new_id(now);
    let sql = "INSERT INTO web_sessions
            (id, token_hash, account_id, ip, user_agent, created_at, last_used_at, expires_at)
         VALUES ($1, $2, $3, $4, $5, $6, $6, $7)";
    let NewWebSession { account_id, ip, user_agent, expires_at } = new;
    let values = values![
        &id,
        hash(token),
        &account_id,
        ip.as_deref(),
        user_agent.as_deref(),
        now,
        expires_at
    ];
    tx.execute(sql, values).await?;
    Ok(WebSession {
        id,
        account_id,
        ip,
        user_agent,
        created_at: now,
        last_used_at: now,
        expires_at,
    })
}

/// Whether whoever is signed in at a browser runs the instance; `None` where
/// nobody is any more. It stays so to the end of the transaction.
pub async fn live(tx: &mut Tx, id: &str, now: i64) -> DbResult<Option<bool>> {
    let sql = "SELECT a.admin FROM web_sessions w JOIN accounts a ON a.id = w.account_id
         WHERE w.id = $1 AND w.expires_at > $2";
    tx.one_for_share(sql, values![id, now], |row| row.flag("admin")).await
}

/// Signs a browser of an account out.
pub async fn end(tx: &mut Tx, account_id: &str, id: &str) -> DbResult<()> {
    let sql = "DELETE FROM web_sessions WHERE id = $1 AND account_id = $2";
    tx.execute(sql, values![id, account_id]).await?;
    Ok(())
}

fn read(row: &Row<'_>) -> DbResult<WebSession> {
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

//! Browsers whose person was let in and has yet to give the code of their second
//! factor.

use super::handle::Store;
use super::ids::hash;
use crate::secret::Secret;
use crate::server::db::{DbResult, Row, Tx, values};

/// A sign-in that lacks its code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PendingSignIn {
    /// Whose.
    pub account_id: String,
    /// The site that vouched for them, where it was no password.
    pub upstream: Option<String>,
    /// Where they were going; empty for nowhere.
    pub next: String,
    /// When it ends, in Unix milliseconds.
    pub expires_at: i64,
}

const BY_TOKEN: &str = "SELECT account_id, upstream, next, expires_at FROM pending_sign_ins
    WHERE token_hash = $1";

impl Store {
    /// What is pending at the browser with this cookie value, over or not.
    pub async fn pending_sign_in(&self, token: &Secret) -> DbResult<Option<PendingSignIn>> {
        self.db.one(BY_TOKEN, values![hash(token)], read).await
    }

    /// Counts a wrong code; the sign-in is over with the one that makes `most`.
    pub async fn miss_pending(&self, token: &Secret, most: i64) -> DbResult<()> {
        let sql = "UPDATE pending_sign_ins SET misses = misses + 1,
                expires_at = CASE WHEN misses + 1 >= $2 THEN 0 ELSE expires_at END
             WHERE token_hash = $1";
        self.db.execute(sql, values![hash(token), most]).await?;
        Ok(())
    }
}

/// Keeps a sign-in. Of the cookie's value, `token`, only a hash is kept.
pub async fn insert(tx: &mut Tx, token: &Secret, new: &PendingSignIn) -> DbResult<()> {
    let sql = "INSERT INTO pending_sign_ins
            (token_hash, account_id, upstream, next, misses, expires_at)
         VALUES ($1, $2, $3, $4, 0, $5)";
    let PendingSignIn { account_id, upstream, next, expires_at } = new;
    let values = values![hash(token), account_id, upstream.as_deref(), next, *expires_at];
    tx.execute(sql, values).await?;
    Ok(())
}

/// Ends a sign-in; says whether it was open until then.
pub async fn take(tx: &mut Tx, token: &Secret, now: i64) -> DbResult<bool> {
    let sql = "DELETE FROM pending_sign_ins WHERE token_hash = $1 AND expires_at > $2";
    Ok(tx.execute(sql, values![hash(token), now]).await? == 1)
}

fn read(row: &Row<'_>) -> DbResult<PendingSignIn> {
    Ok(PendingSignIn {
        account_id: row.get("account_id")?,
        upstream: row.get("upstream")?,
        next: row.get("next")?,
        expires_at: row.get("expires_at")?,
    })
}

//! Tokens that a program renews: what it shows at routes, for an hour, and what it
//! shows for the next pair. Of both a hash is kept. The session itself is a row of
//! [`credentials`]: whoever ends that ends both.

use super::accounts::Account;
use super::credentials::{self, Credential, NewCredential};
use super::handle::Store;
use super::ids::hash;
use crate::secret::{Secret, random_value};
use crate::server::db::{DbResult, Row, Tx, values};
use crate::server::domain::refresh_token_state::{REMEMBERED, access_ends};
use crate::server::domain::resource::Resource;

/// What a program is given for a session.
#[derive(Clone, Debug)]
pub struct Issued {
    /// What it shows at routes.
    pub access: Secret,
    /// What it renews that with, where it does.
    pub refresh: Option<Secret>,
}

/// A refresh token as it is kept. Times are Unix milliseconds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefreshToken {
    /// The session it renews.
    pub credential_id: String,
    /// When it ends unused.
    pub expires_at: i64,
    /// When it was used.
    pub used_at: Option<i64>,
}

/// An access token that was given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GivenAccess {
    /// Space-separated.
    pub scopes: String,
    /// Unix milliseconds.
    pub expires_at: i64,
}

impl Store {
    /// The refresh token that is shown, whatever became of it, with the live session
    /// it renews and whose that is.
    pub async fn refresh_token(
        &self,
        token: &Secret,
        now: i64,
    ) -> DbResult<Option<(RefreshToken, Credential, Account)>> {
        let sql = "SELECT c.id, c.kind, c.account_id, c.client_id, c.name, c.os, c.arch, c.ip,
                c.scopes, c.resource, c.last_four, c.created_at, c.last_used_at, c.expires_at,
                c.ends_at, a.name AS account_name, a.email, a.admin,
                a.created_at AS account_created_at, r.credential_id,
                r.expires_at AS refresh_expires_at, r.used_at
             FROM refresh_tokens r JOIN credentials c ON c.id = r.credential_id
                JOIN accounts a ON a.id = c.account_id
             WHERE r.token_hash = $1 AND c.revoked_at IS NULL AND c.expires_at > $2";
        let read = |row: &Row<'_>| {
            let (credential, account) = credentials::read_with_account(row)?;
            let token = RefreshToken {
                credential_id: row.get("credential_id")?,
                expires_at: row.get("refresh_expires_at")?,
                used_at: row.get("used_at")?,
            };
            Ok((token, credential, account))
        };
        self.db.one(sql, values![hash(token), now], read).await
    }
}

/// Begins a session that `issued` is good for; its `expires_at` is that of the token
/// shown at routes.
pub async fn begin(
    tx: &mut Tx,
    issued: &Issued,
    new: NewCredential,
    now: i64,
) -> DbResult<Credential> {
    let Some(refresh) = &issued.refresh else {
        return credentials::insert(tx, &issued.access, new, now).await;
    };
    // Nobody is given the token that would be this row's own.
    let made = credentials::insert(tx, &random_value(), new, now).await?;
    let session_ends = made.expires_at.unwrap_or(now);
    insert(tx, refresh, &made.id, session_ends, now).await?;
    let ends = access_ends(now, session_ends);
    let given = (made.scopes.as_str(), made.resource);
    let access = give_access(tx, &issued.access, &made.id, given, ends, now).await?;
    Ok(Credential { expires_at: Some(access.expires_at), ..made })
}

/// The refresh token that is shown, as it is inside the transaction.
pub async fn find(tx: &mut Tx, token: &Secret) -> DbResult<Option<RefreshToken>> {
    let sql = "SELECT credential_id, expires_at, used_at FROM refresh_tokens WHERE token_hash = $1";
    let read = |row: &Row<'_>| {
        Ok(RefreshToken {
            credential_id: row.get("credential_id")?,
            expires_at: row.get("expires_at")?,
            used_at: row.get("used_at")?,
        })
    };
    tx.one(sql, values![hash(token)], read).await
}

/// Notes that `token` was used and that `next` comes after it, and that the session
/// lives until `session_ends` now. The caller has locked the account.
pub async fn rotate(
    tx: &mut Tx,
    token: &Secret,
    next: &Secret,
    credential_id: &str,
    session_ends: i64,
    now: i64,
) -> DbResult<()> {
    let sql = "UPDATE refresh_tokens SET used_at = $2, expires_at = $3 WHERE token_hash = $1";
    tx.execute(sql, values![hash(token), now, now + REMEMBERED]).await?;
    insert(tx, next, credential_id, session_ends, now).await?;
    let sql = "UPDATE credentials SET last_used_at = $2, expires_at = $3 WHERE id = $1";
    tx.execute(sql, values![credential_id, now, session_ends]).await?;
    Ok(())
}

/// Keeps an access token of a session; what was kept of it before stays.
pub async fn give_access(
    tx: &mut Tx,
    token: &Secret,
    credential_id: &str,
    (scopes, resource): (&str, Resource),
    expires_at: i64,
    now: i64,
) -> DbResult<GivenAccess> {
    let sql = "INSERT INTO access_tokens
            (token_hash, credential_id, scopes, resource, created_at, expires_at)
         VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING";
    let values = values![hash(token), credential_id, scopes, resource.word(), now, expires_at];
    tx.execute(sql, values).await?;
    let given = given_access(tx, token).await?.map(|(_, given)| given);
    Ok(given.unwrap_or(GivenAccess { scopes: scopes.to_owned(), expires_at }))
}

/// An access token that was given, and whose.
pub async fn given_access(tx: &mut Tx, token: &Secret) -> DbResult<Option<(String, GivenAccess)>> {
    let sql = "SELECT c.account_id, t.scopes, t.expires_at FROM access_tokens t
            JOIN credentials c ON c.id = t.credential_id WHERE t.token_hash = $1";
    let read = |row: &Row<'_>| {
        let (scopes, expires_at) = (row.get("scopes")?, row.get("expires_at")?);
        Ok((row.get("account_id")?, GivenAccess { scopes, expires_at }))
    };
    tx.one(sql, values![hash(token)], read).await
}

async fn insert(
    tx: &mut Tx,
    token: &Secret,
    credential_id: &str,
    expires_at: i64,
    now: i64,
) -> DbResult<()> {
    let sql = "INSERT INTO refresh_tokens (token_hash, credential_id, created_at, expires_at)
         VALUES ($1, $2, $3, $4)";
    tx.execute(sql, values![hash(token), credential_id, now, expires_at]).await?;
    Ok(())
}

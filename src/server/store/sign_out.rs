//! Signing an account out, whatever table that is in.

use crate::server::db::{DbResult, Tx, values};
use crate::server::domain::device_code_state::CLAIM;

/// Signs out the browsers of an account but the one whose web session `stays`, those
/// too that were about to be signed in. The caller has locked the account.
pub async fn other_browsers(tx: &mut Tx, account_id: &str, stays: &str) -> DbResult<()> {
    let sql = "DELETE FROM web_sessions WHERE account_id = $1 AND id <> $2";
    tx.execute(sql, values![account_id, stays]).await?;
    let sql = "DELETE FROM pending_sign_ins WHERE account_id = $1";
    tx.execute(sql, values![account_id]).await?;
    Ok(())
}

/// Revokes every session of an account and of its agents, signs out its browsers, those too that
/// were about to be signed in, and takes back what it approved that nobody has
/// claimed yet: that would become a session a minute later. Says how many sessions
/// that were. Personal access tokens stay. The caller has locked the account.
pub async fn everywhere(tx: &mut Tx, account_id: &str, now: i64) -> DbResult<u64> {
    let sql = "UPDATE credentials SET revoked_at = $2
         WHERE account_id = $1 AND kind IN ('session', 'agent') AND revoked_at IS NULL";
    let revoked = tx.execute(sql, values![account_id, now]).await?;
    other_browsers(tx, account_id, "").await?;
    // Over on every node, whatever its clock says.
    let sql = "UPDATE authorization_codes SET expires_at = created_at
         WHERE expires_at > $2 AND account_id = $1 AND claimed_at IS NULL";
    tx.execute(sql, values![account_id, now]).await?;
    let sql = "UPDATE device_codes SET status = 'denied'
         WHERE settled_at > $2 AND account_id = $1 AND claimed_at IS NULL";
    tx.execute(sql, values![account_id, now - CLAIM]).await?;
    Ok(revoked)
}

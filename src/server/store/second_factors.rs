//! Second factors: whose app makes which codes, and the recovery codes beside
//! it. Whoever writes here has locked the account.

use super::handle::Store;
use crate::secret::Secret;
use crate::server::db::{DbResult, Row, Tx, values};

/// An app that makes codes for an account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SecondFactor {
    /// What its secret follows from, with the instance key.
    pub seed: Secret,
    /// The time step of the last code that was taken.
    pub last_step: i64,
    /// When it was set up, in Unix milliseconds.
    pub created_at: i64,
    /// Recovery codes that are still good.
    pub recovery_codes: i64,
}

const OF_ACCOUNT: &str = "SELECT seed, last_step, created_at,
        (SELECT COUNT(*) FROM recovery_codes r WHERE r.account_id = s.account_id) AS codes
    FROM second_factors s WHERE account_id = $1";

impl Store {
    /// The second factor of an account.
    pub async fn second_factor(&self, account_id: &str) -> DbResult<Option<SecondFactor>> {
        self.db.one(OF_ACCOUNT, values![account_id], read).await
    }

    /// Whether this recovery code of an account is still good.
    pub async fn has_recovery_code(&self, account_id: &str, code_mac: &str) -> DbResult<bool> {
        let sql = "SELECT 1 FROM recovery_codes WHERE account_id = $1 AND code_mac = $2";
        Ok(self.db.one(sql, values![account_id, code_mac], |_| Ok(())).await?.is_some())
    }
}

/// Whether an account has a second factor.
pub async fn exists(tx: &mut Tx, account_id: &str) -> DbResult<bool> {
    let sql = "SELECT 1 FROM second_factors WHERE account_id = $1";
    Ok(tx.one(sql, values![account_id], |_| Ok(())).await?.is_some())
}

/// Sets up the second factor of an account, whose code of `step` was taken; says
/// whether there was none.
pub async fn insert(
    tx: &mut Tx,
    account_id: &str,
    seed: &Secret,
    step: i64,
    now: i64,
) -> DbResult<bool> {
    let sql = "INSERT INTO second_factors (account_id, seed, last_step, created_at)
         VALUES ($1, $2, $3, $4) ON CONFLICT (account_id) DO NOTHING";
    Ok(tx.execute(sql, values![account_id, seed.expose(), step, now]).await? == 1)
}

/// Takes the second factor of an account away with its recovery codes; says
/// whether there was one.
pub async fn remove(tx: &mut Tx, account_id: &str) -> DbResult<bool> {
    tx.execute("DELETE FROM recovery_codes WHERE account_id = $1", values![account_id]).await?;
    let sql = "DELETE FROM second_factors WHERE account_id = $1";
    Ok(tx.execute(sql, values![account_id]).await? == 1)
}

/// Takes the code of `step`, which the app that follows from `seed` made; says
/// whether it was good: not where it, or a later one, was taken before.
pub async fn take_step(tx: &mut Tx, account_id: &str, seed: &Secret, step: i64) -> DbResult<bool> {
    let sql = "UPDATE second_factors SET last_step = $3
         WHERE account_id = $1 AND seed = $2 AND last_step < $3";
    Ok(tx.execute(sql, values![account_id, seed.expose(), step]).await? == 1)
}

/// Takes a recovery code of an account; says whether it was good.
pub async fn take_recovery_code(tx: &mut Tx, account_id: &str, code_mac: &str) -> DbResult<bool> {
    let sql = "DELETE FROM recovery_codes WHERE account_id = $1 AND code_mac = $2";
    Ok(tx.execute(sql, values![account_id, code_mac]).await? == 1)
}

/// Gives an account these recovery codes in place of those it had.
pub async fn set_recovery_codes(
    tx: &mut Tx,
    account_id: &str,
    code_macs: &[String],
) -> DbResult<()> {
    tx.execute("DELETE FROM recovery_codes WHERE account_id = $1", values![account_id]).await?;
    for code_mac in code_macs {
        let sql = "INSERT INTO recovery_codes (account_id, code_mac) VALUES ($1, $2)";
        tx.execute(sql, values![account_id, code_mac]).await?;
    }
    Ok(())
}

fn read(row: &Row<'_>) -> DbResult<SecondFactor> {
    Ok(SecondFactor {
        seed: Secret::new(row.get::<String>("seed")?),
        last_step: row.get("last_step")?,
        created_at: row.get("created_at")?,
        recovery_codes: row.get("codes")?,
    })
}

//! Sign-ins at providers by device code. Whoever asks a provider puts the next question
//! off first, so that of all processes one asks.

use super::handle::Store;
use crate::server::clock::timestamp;
use crate::server::db::{DbResult, Row, Tx, values};
use crate::wire::{DeviceFlow, DeviceFlowState};

/// One as it is kept.
#[derive(Clone, Debug)]
pub struct KeptFlow {
    pub flow: DeviceFlow,
    pub label: String,
    /// The OAuth client for which it is.
    pub client_id: String,
    /// What the provider is asked with, sealed.
    pub code_sealed: String,
    /// What its challenge was made of (RFC 7636 §4.5), sealed.
    pub verifier_sealed: String,
    /// Milliseconds between two questions.
    pub pace: i64,
    /// When the provider may be asked, in Unix milliseconds.
    pub next_poll_at: i64,
    /// How often in a row the provider could not be asked.
    pub lost: i64,
    /// When the code ends, in Unix milliseconds.
    pub ends_at: i64,
    /// What came of it.
    pub connection_id: Option<String>,
}

impl Store {
    /// The one with this id, of this account.
    pub async fn device_flow(&self, account_id: &str, id: &str) -> DbResult<Option<KeptFlow>> {
        let sql = "SELECT id, provider, label, client_id, code_sealed, verifier_sealed, user_code,
                verification_uri, verification_uri_complete, pace, next_poll_at, lost,
                expires_at, state, trouble, connection_id
             FROM device_flows WHERE account_id = $1 AND id = $2";
        self.db.one(sql, values![account_id, id], read).await
    }
}

/// Keeps one that was begun.
pub async fn insert(tx: &mut Tx, account_id: &str, kept: &KeptFlow, now: i64) -> DbResult<()> {
    let sql = "INSERT INTO device_flows (id, account_id, provider, label, client_id, code_sealed,
            verifier_sealed, user_code, verification_uri, verification_uri_complete, pace,
            next_poll_at, lost, expires_at, state, created_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, 0, $13, $14, $15)";
    let flow = &kept.flow;
    let values = values![
        &flow.id,
        account_id,
        &flow.provider,
        &kept.label,
        &kept.client_id,
        &kept.code_sealed,
        &kept.verifier_sealed,
        &flow.user_code,
        &flow.verification_uri,
        flow.verification_uri_complete.as_deref(),
        kept.pace,
        kept.next_poll_at,
        kept.ends_at,
        flow.state.word(),
        now,
    ];
    tx.execute(sql, values).await?;
    Ok(())
}

/// Has whoever asks at `now` ask the provider, alone up to `until`: `false` where somebody
/// else does, or it is decided.
pub async fn claim(tx: &mut Tx, id: &str, now: i64, until: i64) -> DbResult<bool> {
    let sql = "UPDATE device_flows SET next_poll_at = $3
         WHERE id = $1 AND state = 'pending' AND next_poll_at <= $2";
    Ok(tx.execute(sql, values![id, now, until]).await? == 1)
}

/// Notes when the provider is asked next, at which pace, and what was in the way.
pub async fn put_off(
    tx: &mut Tx,
    id: &str,
    next_poll_at: i64,
    pace: i64,
    trouble: Option<&str>,
) -> DbResult<()> {
    let sql = "UPDATE device_flows SET next_poll_at = $2, pace = $3, trouble = $4,
            lost = CASE WHEN $4 IS NULL THEN 0 ELSE lost + 1 END
         WHERE id = $1 AND state = 'pending'";
    tx.execute(sql, values![id, next_poll_at, pace, trouble]).await?;
    Ok(())
}

/// Notes what was decided, why where it failed, and what came of it: `false` where it was
/// given up, or decided before.
pub async fn settle(
    tx: &mut Tx,
    id: &str,
    state: DeviceFlowState,
    why: Option<&str>,
    connection_id: Option<&str>,
) -> DbResult<bool> {
    let sql = "UPDATE device_flows SET state = $2, trouble = $3, connection_id = $4
         WHERE id = $1 AND state = 'pending'";
    Ok(tx.execute(sql, values![id, state.word(), why, connection_id]).await? == 1)
}

/// Gives one up.
pub async fn remove(tx: &mut Tx, account_id: &str, id: &str) -> DbResult<bool> {
    let sql = "DELETE FROM device_flows WHERE account_id = $1 AND id = $2";
    Ok(tx.execute(sql, values![account_id, id]).await? == 1)
}

/// Gives up those that nobody decided: what is to connect what has this label, and all but
/// the newest so many. Their ids.
pub async fn remove_pending(
    tx: &mut Tx,
    account_id: &str,
    (provider, label): (&str, &str),
    most: i64,
) -> DbResult<Vec<String>> {
    let sql = "DELETE FROM device_flows WHERE account_id = $1 AND state = 'pending'
         AND ((provider = $2 AND label = $3) OR id NOT IN
            (SELECT id FROM device_flows WHERE account_id = $1 AND state = 'pending'
             ORDER BY id DESC LIMIT $4))
         RETURNING id";
    tx.list(sql, values![account_id, provider, label, most], |row| row.get("id")).await
}

fn read(row: &Row<'_>) -> DbResult<KeptFlow> {
    let state: String = row.get("state")?;
    let ends_at = row.get("expires_at")?;
    let flow = DeviceFlow {
        id: row.get("id")?,
        provider: row.get("provider")?,
        user_code: row.get("user_code")?,
        verification_uri: row.get("verification_uri")?,
        verification_uri_complete: row.get("verification_uri_complete")?,
        expires_at: timestamp(ends_at),
        // One of a newer version is decided in some way.
        state: DeviceFlowState::of(&state).unwrap_or(DeviceFlowState::Failed),
        trouble: row.get("trouble")?,
        connection: None,
    };
    Ok(KeptFlow {
        flow,
        label: row.get("label")?,
        client_id: row.get("client_id")?,
        code_sealed: row.get("code_sealed")?,
        verifier_sealed: row.get("verifier_sealed")?,
        pace: row.get("pace")?,
        next_poll_at: row.get("next_poll_at")?,
        lost: row.get("lost")?,
        ends_at,
        connection_id: row.get("connection_id")?,
    })
}

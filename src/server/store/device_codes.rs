//! Device codes: made, settled, claimed. What may happen to one is decided in
//! [`crate::server::approvals`]; here it is read and written inside one
//! transaction, so that two processes never both decide.

use sqlx::{Any, Row, Transaction};

use super::audit::{self, Event};
use super::credentials::{self, NewCredential};
use super::near::Columns;
use super::{Outcome, Store, hash, new_id};
use crate::api::wire::Device;
use crate::secret::Secret;
use crate::server::approvals::{Approval, Claimed, Decision, LIFE, TooLate, Verdict};

/// A device code as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeviceCode {
    /// Opaque.
    pub id: String,
    /// What held polls of it wait under: the hash of its device code.
    pub hash: String,
    /// Which client asked.
    pub client_id: String,
    /// What it asked for, space-separated.
    pub scopes: String,
    /// The asking device.
    pub device: Device,
    /// The address it asked from.
    pub ip: Option<String>,
    /// Who settled it.
    pub account_id: Option<String>,
    /// Where it stands.
    pub approval: Approval,
}

/// A device code to be.
#[derive(Clone, Debug)]
pub struct NewDeviceCode {
    /// Which client asks.
    pub client_id: String,
    /// What it asks for, space-separated.
    pub scopes: String,
    /// The asking device.
    pub device: Device,
    /// The address it asks from.
    pub ip: Option<String>,
}

/// What came of asking for a code's token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Claim {
    /// No such code, or another client's.
    Unknown,
    /// No token; why.
    Not(Verdict),
    /// The token that was offered is this account's from now on, or was.
    Granted {
        /// Whose.
        account_id: String,
        /// Space-separated.
        scopes: String,
        /// Unix milliseconds.
        expires_at: i64,
    },
}

macro_rules! select {
    ($condition:literal) => {
        concat!(
            "SELECT d.id, d.code_hash, d.client_id, d.scopes, d.device_name, d.device_os,
                d.device_arch, d.ip, d.status, d.account_id, d.expires_at, d.settled_at,
                d.claimed_at, d.claim_key_hash, c.last_used_at AS used_at,
                c.revoked_at AS revoked_at, c.expires_at AS token_expires_at
            FROM device_codes d LEFT JOIN credentials c ON c.id = d.credential_id WHERE ",
            $condition
        )
    };
}

const BY_ID: &str = select!("d.id = $1");
const BY_HASH: &str = select!("d.code_hash = $1");
const BY_MAC: &str = select!("d.user_code_mac = $1");

impl Store {
    /// Keeps a new code; `None` when the user code is in use (a new device code
    /// gives another).
    ///
    /// # Errors
    /// Those of the database.
    pub async fn create_device_code(
        &self,
        device_code: &Secret,
        user_code_mac: &str,
        new: &NewDeviceCode,
        now: i64,
    ) -> Outcome<Option<String>> {
        let id = new_id(now);
        // One sentence is a transaction of its own.
        let made = sqlx::query(
            "INSERT INTO device_codes (id, code_hash, user_code_mac, client_id, scopes,
                device_name, device_os, device_arch, ip, status, created_at, expires_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 'pending', $10, $11)
             ON CONFLICT DO NOTHING",
        )
        .bind(id.as_str())
        .bind(hash(device_code))
        .bind(user_code_mac)
        .bind(new.client_id.as_str())
        .bind(new.scopes.as_str())
        .bind(new.device.device_name.as_str())
        .bind(new.device.device_os.as_str())
        .bind(new.device.device_arch.as_str())
        .bind(new.ip.as_deref())
        .bind(now)
        .bind(now + LIFE)
        .execute(self.pool())
        .await?
        .rows_affected();
        Ok((made == 1).then_some(id))
    }

    /// The code that is polled with `device_code`.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn device_code(&self, device_code: &Secret, now: i64) -> Outcome<Option<DeviceCode>> {
        self.row(BY_HASH, &hash(device_code), |row| read(row, now)).await
    }

    /// The code whose user code has this MAC.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn device_code_by_mac(&self, mac: &str, now: i64) -> Outcome<Option<DeviceCode>> {
        self.row(BY_MAC, mac, |row| read(row, now)).await
    }

    /// Settles the code with this id as `account_id`. The outer fault is the
    /// database's, the inner one the code's.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn settle_device_code(
        &self,
        id: &str,
        decision: Decision,
        account_id: &str,
        event: &Event,
        now: i64,
    ) -> Outcome<Option<Result<(), TooLate>>> {
        let mut transaction = self.begin_about(id).await?;
        let row = sqlx::query(BY_ID).bind(id).fetch_optional(&mut *transaction).await?;
        let Some(row) = row else { return Ok(None) };
        let code = read(&row, now)?;
        if let Err(late) = code.approval.may_settle(now) {
            return Ok(Some(Err(late)));
        }
        sqlx::query(
            "UPDATE device_codes SET status = $2, account_id = $3, settled_at = $4 WHERE id = $1",
        )
        .bind(id)
        .bind(match decision {
            Decision::Approve => "approved",
            Decision::Deny => "denied",
        })
        .bind(account_id)
        .bind(now)
        .execute(&mut *transaction)
        .await?;
        audit::write(&mut transaction, event, now).await?;
        self.call_out(&mut transaction, &code.hash).await?;
        transaction.commit().await?;
        Ok(Some(Ok(())))
    }

    /// Claims the code with `token`, if the code is approved and nobody has.
    /// `scopes` and `ends_at` say what the session may do and when it ends.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn claim_device_code(
        &self,
        code: &DeviceCode,
        token: &Secret,
        key_hash: Option<&str>,
        scopes: &str,
        ends_at: i64,
        now: i64,
    ) -> Outcome<Claim> {
        let mut transaction = self.begin_about(&code.id).await?;
        let row =
            sqlx::query(BY_ID).bind(code.id.as_str()).fetch_optional(&mut *transaction).await?;
        let Some(row) = row else { return Ok(Claim::Unknown) };
        let code = read(&row, now)?;
        let Some(account_id) = code.account_id.clone() else {
            return Ok(Claim::Not(code.approval.verdict(now, key_hash)));
        };
        match code.approval.verdict(now, key_hash) {
            Verdict::Mint => {}
            Verdict::Repeat => {
                let granted = granted(&mut transaction, token).await?;
                return Ok(granted.unwrap_or(Claim::Not(Verdict::AlreadyClaimed)));
            }
            other => return Ok(Claim::Not(other)),
        }
        let expires_at = crate::server::approvals::slid(now, ends_at);
        let new = NewCredential {
            kind: credentials::Kind::Session,
            account_id: account_id.clone(),
            client_id: code.client_id.clone(),
            name: code.device.device_name.clone(),
            os: code.device.device_os.clone(),
            arch: code.device.device_arch.clone(),
            ip: code.ip.clone(),
            scopes: scopes.to_owned(),
            expires_at: Some(expires_at),
            ends_at: Some(ends_at),
        };
        let credential_id = credentials::insert(&mut transaction, token, &new, now).await?;
        sqlx::query(
            "UPDATE device_codes SET claimed_at = $2, claim_key_hash = $3, credential_id = $4
             WHERE id = $1",
        )
        .bind(code.id.as_str())
        .bind(now)
        .bind(key_hash)
        .bind(credential_id.as_str())
        .execute(&mut *transaction)
        .await?;
        let event = Event::new("auth.cli.session.created", &account_id, "client", &credential_id)
            .from(code.ip.as_deref())
            .with("device_name", &code.device.device_name);
        audit::write(&mut transaction, &event, now).await?;
        transaction.commit().await?;
        Ok(Claim::Granted { account_id, scopes: scopes.to_owned(), expires_at })
    }

    /// The hashes of codes settled at or after `since` (Unix milliseconds).
    ///
    /// # Errors
    /// Those of the database.
    pub async fn settled_since(&self, since: i64) -> Outcome<Vec<String>> {
        let rows = sqlx::query("SELECT code_hash FROM device_codes WHERE settled_at >= $1")
            .bind(since)
            .fetch_all(self.pool())
            .await?;
        rows.iter().map(|row| Ok(row.try_get(0)?)).collect()
    }
}

async fn granted(
    transaction: &mut Transaction<'static, Any>,
    token: &Secret,
) -> Outcome<Option<Claim>> {
    let row =
        sqlx::query("SELECT account_id, scopes, expires_at FROM credentials WHERE token_hash = $1")
            .bind(hash(token))
            .fetch_optional(&mut **transaction)
            .await?;
    row.map(|row| {
        Ok(Claim::Granted {
            account_id: row.try_get("account_id")?,
            scopes: row.try_get("scopes")?,
            expires_at: row.try_get("expires_at")?,
        })
    })
    .transpose()
}

fn read(row: &dyn Columns, now: i64) -> Outcome<DeviceCode> {
    let settled_at = row.number_if_any("settled_at")?;
    let claimed_at = row.number_if_any("claimed_at")?;
    let decision = match row.text("status")?.as_str() {
        "approved" => Some(Decision::Approve),
        "denied" => Some(Decision::Deny),
        _ => None,
    };
    let claim = match claimed_at {
        None => None,
        Some(at) => Some(Claimed {
            at,
            key_hash: row.text_if_any("claim_key_hash")?,
            used: row.number_if_any("used_at")?.is_some(),
            live: row.number_if_any("revoked_at")?.is_none()
                && row.number_if_any("token_expires_at")?.is_none_or(|end| end > now),
        }),
    };
    Ok(DeviceCode {
        id: row.text("id")?,
        hash: row.text("code_hash")?,
        client_id: row.text("client_id")?,
        scopes: row.text("scopes")?,
        device: Device {
            device_name: row.text("device_name")?,
            device_os: row.text("device_os")?,
            device_arch: row.text("device_arch")?,
        },
        ip: row.text_if_any("ip")?,
        account_id: row.text_if_any("account_id")?,
        approval: Approval {
            expires_at: row.number("expires_at")?,
            settled: decision.zip(settled_at),
            claim,
        },
    })
}

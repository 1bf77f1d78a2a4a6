//! Device codes: made, settled, claimed. What may happen to one is decided in
//! [`crate::server::domain::device_code_state`]; here it is read and written inside one
//! transaction, so that two processes never both decide.

use crate::server::domain::audit_action::AuditAction;
use data_encoding::BASE32_DNSSEC;
use sqlx::Row;

use super::audit::{self, Event};
use super::credentials::{self, NewCredential};
use super::near::Columns;
use super::writing::{Place, Writing};
use super::{DbResult, Engine, Store, hash, new_id, postgres};
use crate::secret::{Secret, base32, random_bytes};
use crate::server::domain::device_code_state::{
    Approval, Claimed, Decision, LIFE, TooLate, Verdict,
};
use crate::wire::{Device, PUBLIC_CLIENT_ID};

/// A device code as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeviceCode {
    /// Opaque.
    pub id: String,
    /// What held polls of it wait under: [`storage_key`].
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

/// What every device code begins with.
const PREFIX: &str = "cm_dc_";

/// Letters of a device code that say when it was made.
const TIME: usize = 10;

/// A device code that nobody has: when it was made, and 256 random bits.
pub fn generate(now: i64) -> Secret {
    let made = BASE32_DNSSEC.encode(&now.to_be_bytes()[2..]);
    Secret::new(format!("{PREFIX}{made}{}", base32().encode(&random_bytes::<32>())))
}

/// What a device code is kept and waited for under: when it was made, as it
/// says itself, and its hash. Codes of one time stand together in the index so,
/// and one more among a million costs what it costs among a thousand.
pub fn storage_key(device_code: &Secret) -> String {
    let made = device_code.expose().strip_prefix(PREFIX).and_then(|code| code.get(..TIME));
    let made = made.filter(|made| made.bytes().all(|byte| byte.is_ascii_alphanumeric()));
    format!("{}{}", made.unwrap_or_default(), hash(device_code))
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
    ) -> DbResult<Option<String>> {
        let id = new_id(now);
        let sql = "INSERT INTO device_codes (id, code_hash, user_code_mac, client_id, scopes,
                device_name, device_os, device_arch, ip, status, created_at, expires_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 'pending', $10, $11)
             ON CONFLICT DO NOTHING";
        let Device { device_name, device_os, device_arch } = new.device.clone();
        let values = vec![
            id.clone().into(),
            storage_key(device_code).into(),
            user_code_mac.to_owned().into(),
            new.client_id.clone().into(),
            new.scopes.clone().into(),
            device_name.into(),
            device_os.into(),
            device_arch.into(),
            new.ip.clone().into(),
            now.into(),
            (now + LIFE).into(),
        ];
        let made = self.say(sql, values).await?;
        Ok((made == 1).then_some(id))
    }

    /// The code that is polled with `device_code`.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn device_code(
        &self,
        device_code: &Secret,
        now: i64,
    ) -> DbResult<Option<DeviceCode>> {
        self.row(BY_HASH, &storage_key(device_code), |row| read(row, now)).await
    }

    /// The code whose user code has this MAC.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn device_code_by_mac(&self, mac: &str, now: i64) -> DbResult<Option<DeviceCode>> {
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
    ) -> DbResult<Option<Result<(), TooLate>>> {
        self.write(Settling {
            id: id.to_owned(),
            decision,
            account_id: account_id.to_owned(),
            event: event.clone(),
            calls_out: matches!(self.engine, Engine::Postgres(_)),
            now,
        })
        .await
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
    ) -> DbResult<Claim> {
        self.write(Claiming {
            id: code.id.clone(),
            account_id: code.account_id.clone(),
            token: token.clone(),
            key_hash: key_hash.map(str::to_owned),
            scopes: scopes.to_owned(),
            ends_at,
            now,
        })
        .await
    }

    /// The hashes of codes settled at or after `since` (Unix milliseconds).
    ///
    /// # Errors
    /// Those of the database.
    pub async fn settled_since(&self, since: i64) -> DbResult<Vec<String>> {
        let rows = sqlx::query("SELECT code_hash FROM device_codes WHERE settled_at >= $1")
            .bind(since)
            .fetch_all(self.pool())
            .await?;
        rows.iter().map(|row| Ok(row.try_get(0)?)).collect()
    }
}

struct Settling {
    id: String,
    decision: Decision,
    account_id: String,
    event: Event,
    /// Whether there may be other nodes that hold a poll of it.
    calls_out: bool,
    now: i64,
}

impl Writing for Settling {
    type Made = Option<Result<(), TooLate>>;

    fn about(&self) -> Option<String> {
        Some(self.id.clone())
    }

    async fn write(self, place: &mut Place<'_>) -> DbResult<Self::Made> {
        let (id, now) = (self.id.as_str(), self.now);
        let code = place.row(BY_ID, &[id.into()], |row| read(row, now)).await?;
        let Some(code) = code else { return Ok(None) };
        if let Err(late) = code.approval.may_settle(now) {
            return Ok(Some(Err(late)));
        }
        let status = match self.decision {
            Decision::Approve => "approved",
            Decision::Deny => "denied",
        };
        let sql = "UPDATE device_codes SET status = $2, account_id = $3, settled_at = $4
             WHERE id = $1";
        let values = [id.into(), status.into(), self.account_id.as_str().into(), now.into()];
        place.execute(sql, &values).await?;
        audit::write_at(place, &self.event, now).await?;
        if self.calls_out {
            let values = [postgres::CHANNEL.into(), code.hash.as_str().into()];
            place.execute(postgres::NOTIFY, &values).await?;
        }
        Ok(Some(Ok(())))
    }
}

struct Claiming {
    id: String,
    /// Whose session it will be.
    account_id: Option<String>,
    token: Secret,
    key_hash: Option<String>,
    scopes: String,
    ends_at: i64,
    now: i64,
}

impl Writing for Claiming {
    type Made = Claim;

    /// The account, which two claims of one code have in common: whoever signs
    /// it out everywhere must not miss the session that is being made.
    fn about(&self) -> Option<String> {
        Some(self.account_id.as_ref().unwrap_or(&self.id).clone())
    }

    async fn write(self, place: &mut Place<'_>) -> DbResult<Claim> {
        let (now, key_hash) = (self.now, self.key_hash.as_deref());
        let code = place.row(BY_ID, &[self.id.as_str().into()], |row| read(row, now)).await?;
        let Some(code) = code else { return Ok(Claim::Unknown) };
        let verdict = code.approval.verdict(now, key_hash);
        let Some(account_id) = code.account_id.clone() else { return Ok(Claim::Not(verdict)) };
        match verdict {
            Verdict::Mint => {}
            Verdict::Repeat => {
                let granted = granted(place, &self.token).await?;
                return Ok(granted.unwrap_or(Claim::Not(Verdict::AlreadyClaimed)));
            }
            other => return Ok(Claim::Not(other)),
        }
        // A poll may be held longer than its client is good. Written, not read:
        // whoever revokes the client waits for this row, and then sees the session.
        if code.client_id != PUBLIC_CLIENT_ID {
            let sql = "UPDATE service_clients SET last_used_at = $2
                 WHERE id = $1 AND revoked_at IS NULL";
            if place.execute(sql, &[code.client_id.as_str().into(), now.into()]).await? == 0 {
                return Ok(Claim::Unknown);
            }
        }
        let expires_at =
            crate::server::domain::device_code_state::extended_expiry(now, self.ends_at);
        let new = NewCredential {
            kind: credentials::Kind::Session,
            account_id: account_id.clone(),
            client_id: code.client_id.clone(),
            name: code.device.device_name.clone(),
            os: code.device.device_os.clone(),
            arch: code.device.device_arch.clone(),
            ip: code.ip.clone(),
            scopes: self.scopes.clone(),
            expires_at: Some(expires_at),
            ends_at: Some(self.ends_at),
        };
        let credential = credentials::insert_at(place, &self.token, &new, now).await?;
        let sql = "UPDATE device_codes SET claimed_at = $2, claim_key_hash = $3, credential_id = $4
             WHERE id = $1";
        let values =
            [code.id.as_str().into(), now.into(), key_hash.into(), credential.as_str().into()];
        place.execute(sql, &values).await?;
        let event = Event::new(AuditAction::SessionCreated, &account_id, "client", &credential)
            .from(code.ip.as_deref())
            .with("device_name", &code.device.device_name);
        audit::write_at(place, &event, now).await?;
        Ok(Claim::Granted { account_id, scopes: self.scopes, expires_at })
    }
}

async fn granted(place: &mut Place<'_>, token: &Secret) -> DbResult<Option<Claim>> {
    let sql = "SELECT account_id, scopes, expires_at FROM credentials WHERE token_hash = $1";
    let read = |row: &dyn Columns| {
        Ok(Claim::Granted {
            account_id: row.text("account_id")?,
            scopes: row.text("scopes")?,
            expires_at: row.number("expires_at")?,
        })
    };
    place.row(sql, &[hash(token).into()], read).await
}

fn read(row: &dyn Columns, now: i64) -> DbResult<DeviceCode> {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_of_one_time_stand_together_in_the_order_they_were_made() {
        let times = [0, 1, 31, 32, 1_000, 1_700_000_000_000, 1_700_000_000_001];
        let kept: Vec<_> = times.iter().map(|&now| storage_key(&generate(now))).collect();
        assert!(kept.is_sorted(), "{kept:?}");
        assert!(kept.iter().all(|kept| kept.len() == TIME + 64), "{kept:?}");
    }

    #[test]
    fn nothing_but_letters_and_digits_of_what_was_sent_reaches_the_database() {
        for sent in ["", "x", "cm_dc_", "cm_dc_short", "cm_dc_a\0bcdefghijk", "cm_dc_ñandúes y más"]
        {
            let kept = storage_key(&Secret::new(sent));
            assert!(kept.bytes().all(|byte| byte.is_ascii_alphanumeric()), "{sent:?}: {kept:?}");
        }
    }
}

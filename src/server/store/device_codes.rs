//! Device codes: made, settled, claimed. What may happen to one is decided in
//! [`crate::server::domain::device_code_state`]; here it is read and written inside one
//! transaction, so that two processes never both decide.

use data_encoding::BASE32_DNSSEC;

use super::audit::Event;
use super::credentials::{self, Credential, NewCredential};
use super::dynamic_clients;
use super::handle::Store;
use super::ids::{hash, new_id};
use super::refresh_tokens::{self, GivenAccess, Issued};
use crate::secret::{Secret, base32, random_bytes};
use crate::server::db::{ChangeFeed, DbResult, Page, Row, Rows, Tx, values};
use crate::server::domain::audit_action::AuditAction;
use crate::server::domain::device_code_state::{
    Approval, Claimed, Decision, LIFE, PollOutcome, extended_expiry,
};
use crate::server::domain::resource::Resource;
use crate::wire::{Device, OpenedOn, Opening, OpeningStep};

/// A device code as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeviceCode {
    /// Opaque.
    pub id: String,
    /// What held polls of it wait under: [`storage_key`].
    pub hash: String,
    /// Which client asked.
    pub client_id: String,
    /// What that is called; empty of a code that an older node made.
    pub client_name: String,
    /// What it asked for, space-separated.
    pub scopes: String,
    /// And where.
    pub resource: Resource,
    /// Whether its token is renewed.
    pub refreshes: bool,
    /// The asking device.
    pub device: Device,
    /// The address it asked from.
    pub ip: Option<String>,
    /// Who settled it.
    pub account_id: Option<String>,
    /// Where it stands.
    pub approval: Approval,
    /// What is noted of whoever opened its page.
    pub opening: Option<Opening>,
    /// The id of the invite that came with it.
    pub invite_id: Option<String>,
    /// Who looked at its card last.
    pub seen_by: Option<String>,
    /// What its user code is found by.
    pub user_code_mac: String,
    /// That code, as [`Keys`](crate::server::domain::keys::Keys) opens it; a code of
    /// an older version has none.
    pub sealed_user_code: Option<String>,
    /// Unix milliseconds.
    pub created_at: i64,
}

/// A device code to be.
#[derive(Clone, Debug)]
pub struct NewDeviceCode {
    /// Which client asks.
    pub client_id: String,
    /// What that is called.
    pub client_name: String,
    /// What it asks for, space-separated.
    pub scopes: String,
    /// And where.
    pub resource: Resource,
    /// Whether its token is renewed.
    pub refreshes: bool,
    /// The asking device.
    pub device: Device,
    /// The address it asks from.
    pub ip: Option<String>,
    /// The id of the invite that whoever asks holds.
    pub invite_id: Option<String>,
}

/// What every device code begins with.
const PREFIX: &str = "cm_dc_";

/// Where nodes tell each other what changed: the code that was settled, or whose page
/// was opened, and what happened in a mesh (`News`).
pub(super) const CHANGED: &str = "crewmesh_settled";

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
    Not(PollOutcome),
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
            "SELECT d.settled_at, d.claimed_at, d.status, d.id, d.code_hash, d.client_id, d.client_name, d.scopes,
                d.resource, d.refreshes, d.device_name, d.device_os, d.device_arch, d.ip, d.account_id, d.expires_at,
                d.claim_key_hash, d.opened_step, d.opened_on, d.opened_network, d.openings,
                d.invite_id, d.seen_by, d.user_code_mac,
                d.sealed_user_code, d.created_at,
                c.last_used_at AS used_at, c.revoked_at AS revoked_at,
                c.expires_at AS token_expires_at
            FROM device_codes d LEFT JOIN credentials c ON c.id = d.credential_id WHERE ",
            $condition
        )
    };
}

const WAITING: &str = select!(
    "d.status = 'pending' AND d.expires_at > $1 AND d.sealed_user_code IS NOT NULL
        AND d.id < $2 ORDER BY d.id DESC LIMIT $3"
);
const WAITING_FOR: &str = select!(
    "d.status = 'pending' AND d.expires_at > $1 AND d.sealed_user_code IS NOT NULL
        AND d.id < $2 AND (d.seen_by = $4
        OR d.invite_id IN (SELECT id FROM invites WHERE created_by = $4
            AND revoked_at IS NULL AND expires_at > $1 AND uses < max_uses))
     ORDER BY d.id DESC LIMIT $3"
);
const COUNT_WAITING: &str =
    "SELECT COUNT(*) FROM device_codes WHERE status = 'pending' AND expires_at > $1
        AND sealed_user_code IS NOT NULL";
const COUNT_WAITING_FOR: &str =
    "SELECT COUNT(*) FROM device_codes WHERE status = 'pending' AND expires_at > $1
        AND sealed_user_code IS NOT NULL AND (seen_by = $2 OR invite_id IN (SELECT id FROM invites WHERE created_by = $2
            AND revoked_at IS NULL AND expires_at > $1 AND uses < max_uses))";

const BY_ID: &str = select!("d.id = $1");
const BY_HASH: &str = select!("d.code_hash = $1");
const BY_MAC: &str = select!("d.user_code_mac = $1");

impl Store {
    /// Keeps a new code, with its user code's MAC and that code sealed; `None` when
    /// the user code is in use (a new device code gives another).
    pub async fn create_device_code(
        &self,
        device_code: &Secret,
        (user_code_mac, sealed_user_code): (&str, &str),
        new: &NewDeviceCode,
        now: i64,
    ) -> DbResult<Option<String>> {
        let id = new_id(now);
        let sql = "INSERT INTO device_codes (id, code_hash, user_code_mac, client_id, scopes,
                device_name, device_os, device_arch, ip, status, created_at, expires_at,
                invite_id, sealed_user_code, resource, refreshes,
                client_name)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 'pending', $10, $11, $12, $13, $14, $15,
                $16)
             ON CONFLICT DO NOTHING";
        let values = values![
            &id,
            storage_key(device_code),
            user_code_mac,
            &new.client_id,
            &new.scopes,
            &new.device.device_name,
            &new.device.device_os,
            &new.device.device_arch,
            new.ip.as_deref(),
            now,
            now + LIFE,
            new.invite_id.as_deref(),
            sealed_user_code,
            new.resource.word(),
            new.refreshes,
            &new.client_name,
        ];
        let made = self.db.execute(sql, values).await?;
        Ok((made == 1).then_some(id))
    }

    /// The code that is polled with `device_code`.
    pub async fn device_code(
        &self,
        device_code: &Secret,
        now: i64,
    ) -> DbResult<Option<DeviceCode>> {
        self.db.one(BY_HASH, values![storage_key(device_code)], |row| read(row, now)).await
    }

    /// The code whose user code has this MAC.
    pub async fn device_code_by_mac(&self, mac: &str, now: i64) -> DbResult<Option<DeviceCode>> {
        self.db.one(BY_MAC, values![mac], |row| read(row, now)).await
    }

    /// The codes that wait for somebody's answer and can be told, newest first: all of them, or those
    /// whose card `account` looked at last and those that came with an invite of
    /// theirs that still lets somebody in.
    pub async fn waiting_codes(
        &self,
        account: Option<&str>,
        page: &Page,
        now: i64,
    ) -> DbResult<Rows<DeviceCode>> {
        let (rows, total) = match account {
            None => (
                (WAITING, values![now, page.before(), page.fetch()]),
                (COUNT_WAITING, values![now]),
            ),
            Some(account) => (
                (WAITING_FOR, values![now, page.before(), page.fetch(), account]),
                (COUNT_WAITING_FOR, values![now, account]),
            ),
        };
        self.db.page(page, rows, total, |row| read(row, now), |code| &code.id).await
    }

    /// Claims the code with `tokens`, if the code is approved and nobody has.
    /// `scopes` and `ends_at` say what the session may do and when it ends.
    pub async fn claim_device_code(
        &self,
        code: &DeviceCode,
        tokens: &Issued,
        key_hash: Option<&str>,
        scopes: &str,
        ends_at: i64,
        now: i64,
    ) -> DbResult<Claim> {
        let (id, account_id, resource) = (code.id.clone(), code.account_id.clone(), code.resource);
        let tokens = tokens.clone();
        let key_hash = key_hash.map(str::to_owned);
        let scopes = scopes.to_owned();
        self.db
            .write(async move |tx| {
                // What two claims of one code have in common: whoever signs the
                // account out everywhere must not miss the session that is made.
                tx.lock(account_id.as_ref().unwrap_or(&id)).await?;
                let code = find(tx, &id, now).await?;
                let Some(code) = code else { return Ok(Claim::Unknown) };
                let outcome = code.approval.poll_outcome(now, key_hash.as_deref());
                let Some(account_id) = code.account_id else { return Ok(Claim::Not(outcome)) };
                match outcome {
                    PollOutcome::Mint => {}
                    PollOutcome::Repeat => {
                        let granted = granted(tx, &tokens).await?;
                        return Ok(granted.unwrap_or(Claim::Not(PollOutcome::AlreadyClaimed)));
                    }
                    other => return Ok(Claim::Not(other)),
                }
                // A poll may be held longer than its client is good.
                if !dynamic_clients::note_use(tx, &code.client_id, now).await? {
                    return Ok(Claim::Unknown);
                }
                let new = NewCredential {
                    kind: credentials::Kind::Session,
                    account_id,
                    client_id: code.client_id,
                    name: code.device.device_name,
                    os: code.device.device_os,
                    arch: code.device.device_arch,
                    ip: code.ip,
                    scopes,
                    resource,
                    expires_at: Some(extended_expiry(now, ends_at)),
                    ends_at: Some(ends_at),
                    parent_id: None,
                };
                let made = refresh_tokens::begin(tx, &tokens, new, now).await?;
                let sql = "UPDATE device_codes SET claimed_at = $2, claim_key_hash = $3,
                        credential_id = $4 WHERE id = $1";
                tx.execute(sql, values![code.id, now, key_hash, &made.id]).await?;
                let expires_at = made.expires_at.unwrap_or(ends_at);
                let Credential { id, account_id, name, ip, scopes, .. } = made;
                let event = Event::new(AuditAction::SessionCreated, &account_id, "client", &id)
                    .from(ip)
                    .with("device_name", &name);
                event.write(tx, now).await?;
                Ok(Claim::Granted { account_id, scopes, expires_at })
            })
            .await
    }

    /// The hashes of codes that were settled, or whose page was opened, at or after
    /// `since` (Unix milliseconds).
    pub async fn changed_since(&self, since: i64) -> DbResult<Vec<String>> {
        let sql = "SELECT code_hash FROM device_codes WHERE settled_at >= $1
             UNION SELECT code_hash FROM device_codes WHERE opened_at >= $1";
        self.db.list(sql, values![since], |row| row.get(0)).await
    }

    /// Watches from now on what other processes commit; on PostgreSQL it is
    /// told what [`DeviceCode::hash`] was settled or opened.
    pub async fn watch(&self) -> DbResult<ChangeFeed> {
        self.db.watch(CHANGED).await
    }
}

/// The code with this id.
pub async fn find(tx: &mut Tx, id: &str, now: i64) -> DbResult<Option<DeviceCode>> {
    tx.one(BY_ID, values![id], |row| read(row, now)).await
}

/// Settles `code` as `account_id`, and tells every node. The caller has locked
/// its id.
pub async fn settle(
    tx: &mut Tx,
    code: &DeviceCode,
    decision: Decision,
    account_id: &str,
    scopes: &str,
    now: i64,
) -> DbResult<()> {
    let status = match decision {
        Decision::Approve => "approved",
        Decision::Deny => "denied",
    };
    let sql = "UPDATE device_codes SET status = $2, account_id = $3, scopes = $4,
            settled_at = $5 WHERE id = $1";
    tx.execute(sql, values![&code.id, status, account_id, scopes, now]).await?;
    tx.notify(CHANGED, &code.hash).await
}

/// Notes that `account` looked at the card of the code with this id. The caller has
/// locked that.
pub async fn note_viewer(tx: &mut Tx, id: &str, account: &str) -> DbResult<()> {
    let sql = "UPDATE device_codes SET seen_by = $2 WHERE id = $1";
    tx.execute(sql, values![id, account]).await?;
    Ok(())
}

/// Notes that the page of `code` was opened, and tells every node. The caller has
/// locked its id.
pub async fn note_opening(
    tx: &mut Tx,
    code: &DeviceCode,
    opening: &Opening,
    now: i64,
) -> DbResult<()> {
    let step = match opening.step {
        OpeningStep::Opened => "opened",
        OpeningStep::SignedIn => "signed_in",
    };
    let on = match opening.on {
        OpenedOn::Phone => "phone",
        OpenedOn::Computer => "computer",
        OpenedOn::Browser => "browser",
    };
    let sql = "UPDATE device_codes SET opened_at = $2, opened_step = $3, opened_on = $4,
            opened_network = $5, openings = $6 WHERE id = $1";
    let network = opening.network.as_deref();
    tx.execute(sql, values![&code.id, now, step, on, network, i64::from(opening.changes)]).await?;
    tx.notify(CHANGED, &code.hash).await
}

async fn granted(tx: &mut Tx, tokens: &Issued) -> DbResult<Option<Claim>> {
    if tokens.refresh.is_some() {
        let given = refresh_tokens::given_access(tx, &tokens.access).await?;
        return Ok(given.map(|(account_id, GivenAccess { scopes, expires_at })| Claim::Granted {
            account_id,
            scopes,
            expires_at,
        }));
    }
    let sql = "SELECT account_id, scopes, expires_at FROM credentials WHERE token_hash = $1";
    let read = |row: &Row<'_>| {
        Ok(Claim::Granted {
            account_id: row.get("account_id")?,
            scopes: row.get("scopes")?,
            expires_at: row.get("expires_at")?,
        })
    };
    tx.one(sql, values![hash(&tokens.access)], read).await
}

fn read(row: &Row<'_>, now: i64) -> DbResult<DeviceCode> {
    let settled_at = row.get("settled_at")?;
    let claimed_at = row.get("claimed_at")?;
    let decision = match row.get::<String>("status")?.as_str() {
        "approved" => Some(Decision::Approve),
        "denied" => Some(Decision::Deny),
        _ => None,
    };
    let claim = match claimed_at {
        None => None,
        Some(at) => Some(Claimed {
            at,
            key_hash: row.get("claim_key_hash")?,
            used: row.get::<Option<i64>>("used_at")?.is_some(),
            live: row.get::<Option<i64>>("revoked_at")?.is_none()
                && row.get::<Option<i64>>("token_expires_at")?.is_none_or(|end| end > now),
        }),
    };
    Ok(DeviceCode {
        id: row.get("id")?,
        hash: row.get("code_hash")?,
        client_id: row.get("client_id")?,
        client_name: row.get("client_name")?,
        scopes: row.get("scopes")?,
        resource: Resource::of_word(row.get::<Option<String>>("resource")?.as_deref()),
        refreshes: row.flag("refreshes")?,
        device: Device {
            device_name: row.get("device_name")?,
            device_os: row.get("device_os")?,
            device_arch: row.get("device_arch")?,
        },
        ip: row.get("ip")?,
        account_id: row.get("account_id")?,
        approval: Approval {
            expires_at: row.get("expires_at")?,
            settled: decision.zip(settled_at),
            claim,
        },
        opening: opening(row)?,
        invite_id: row.get("invite_id")?,
        seen_by: row.get("seen_by")?,
        user_code_mac: row.get("user_code_mac")?,
        sealed_user_code: row.get("sealed_user_code")?,
        created_at: row.get("created_at")?,
    })
}

fn opening(row: &Row<'_>) -> DbResult<Option<Opening>> {
    let Some(step) = row.get::<Option<String>>("opened_step")? else { return Ok(None) };
    Ok(Some(Opening {
        changes: u32::try_from(row.get::<i64>("openings")?).unwrap_or(u32::MAX),
        step: if step == "signed_in" { OpeningStep::SignedIn } else { OpeningStep::Opened },
        on: match row.get::<Option<String>>("opened_on")?.as_deref() {
            Some("phone") => OpenedOn::Phone,
            Some("computer") => OpenedOn::Computer,
            _ => OpenedOn::Browser,
        },
        network: row.get("opened_network")?,
    }))
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

//! The codes of a device that asks to be signed in (RFC 8628): a pair is made,
//! and once somebody approved it ([`super::approvals`]) it becomes a session.

use data_encoding::HEXLOWER;

use super::refresh_tokens::issue;
use crate::i18n::printable;
use crate::secret::Secret;
use crate::server::counters::Counted;
use crate::server::domain::client_ip::ClientIp;
use crate::server::domain::device_code_state::{Decision, PollOutcome, SESSION_LIFE};
use crate::server::domain::keys::format_user_code;
use crate::server::domain::resource::Resource;
use crate::server::domain::{code_words, scopes, systems};
use crate::server::state::State;
use crate::server::store::{self, Claim, DbResult, DeviceCode, Issued, NewDeviceCode};
use crate::wire::{Device, LONGEST_DEVICE_NAME, User};

/// How often a user code that is in use is drawn again.
const DRAWS: usize = 8;

#[derive(Debug)]
pub struct CodePair {
    /// Opaque.
    pub id: String,
    /// What the device polls with.
    pub device_code: Secret,
    /// What the person types, with its dash.
    pub user_code: String,
    /// What they compare besides.
    pub words: String,
}

/// What a program asks for with a pair of codes.
#[derive(Clone, Debug)]
pub struct Asked {
    /// The program.
    pub client_id: String,
    /// What it is called.
    pub client_name: String,
    /// Space-separated.
    pub scopes: String,
    /// What for.
    pub resource: Resource,
    /// Whether it renews its token.
    pub refreshes: bool,
    /// The id of the invite that it holds.
    pub invite_id: Option<String>,
}

/// Makes a pair of codes for `device`, on which a program asks for what `asked`
/// says; `None` in the unlikely case that no free user code was drawn.
pub async fn begin(
    state: &State,
    asked: Asked,
    device: Device,
    ip: ClientIp,
) -> DbResult<Option<CodePair>> {
    let Asked { client_id, client_name, scopes, resource, refreshes, invite_id } = asked;
    let device = Device {
        device_name: clean(&device.device_name).unwrap_or_else(|| client_name.clone()),
        // On the card these stand above what is true, so they are no free text.
        device_os: systems::os(&device.device_os).unwrap_or_default().to_owned(),
        device_arch: systems::arch(&device.device_arch).unwrap_or_default().to_owned(),
    };
    let ip = ip.told();
    let new = NewDeviceCode {
        client_id,
        client_name,
        scopes,
        resource,
        refreshes,
        device,
        ip,
        invite_id,
    };
    for _ in 0..DRAWS {
        let device_code = store::generate(state.now());
        let user_code = state.keys.user_code(&device_code);
        let mac = state.keys.user_code_mac(&user_code);
        let kept = (&*mac, &*state.keys.sealed_user_code(&user_code));
        let made = state.store.create_device_code(&device_code, kept, &new, state.now()).await?;
        if let Some(id) = made {
            state.counters.count(Counted::CodeIssued);
            let (user_code, words) = (format_user_code(&user_code), code_words::of(&id));
            return Ok(Some(CodePair { id, device_code, user_code, words }));
        }
    }
    Ok(None)
}

fn clean(text: &str) -> Option<String> {
    let text: String = printable(text).trim().chars().take(LONGEST_DEVICE_NAME).collect();
    (!text.is_empty()).then_some(text)
}

/// The code that a device polls with; `None` where there is none.
pub async fn find(state: &State, device_code: &Secret) -> DbResult<Option<DeviceCode>> {
    state.store.device_code(device_code, state.now()).await
}

/// A token that was claimed.
#[derive(Debug)]
pub struct Claimed {
    pub tokens: Issued,
    /// Whose.
    pub user: User,
    /// Space-separated.
    pub scopes: String,
    /// Unix milliseconds.
    pub expires_at: i64,
}

/// Claims `code` where it is approved, for its resource; else says where it
/// stands. With the same `key` (`Idempotency-Key`) the same token is given again.
pub async fn claim(
    state: &State,
    code: &DeviceCode,
    device_code: &Secret,
    key: Option<&Secret>,
) -> DbResult<Result<Claimed, PollOutcome>> {
    let now = state.now();
    let key_hash = key.map(|key| HEXLOWER.encode(&key.sha256()));
    let outcome = code.approval.poll_outcome(now, key_hash.as_deref());
    let (Some(account_id), Some((Decision::Approve, approved_at))) =
        (&code.account_id, code.approval.settled)
    else {
        return Ok(Err(outcome));
    };
    if !matches!(outcome, PollOutcome::Mint | PollOutcome::Repeat) {
        return Ok(Err(outcome));
    }
    let Some(account) = state.store.account(account_id).await? else {
        return Ok(Err(PollOutcome::Denied));
    };
    let tokens = match key {
        None => issue(code.refreshes),
        Some(key) if code.refreshes => {
            let [access, refresh] = state.keys.repeatable_pair(device_code, key);
            Issued { access, refresh: Some(refresh) }
        }
        Some(key) => {
            Issued { access: state.keys.repeatable_token(device_code, key), refresh: None }
        }
    };
    let granted = scopes::granted(&code.scopes, &scopes::of_account(account.admin));
    let granted = code.resource.scopes(&granted);
    let ends_at = approved_at + SESSION_LIFE;
    let claim = state
        .store
        .claim_device_code(code, &tokens, key_hash.as_deref(), &granted, ends_at, now)
        .await?;
    Ok(match claim {
        Claim::Granted { scopes, expires_at, .. } => {
            Ok(Claimed { tokens, user: account.user(), scopes, expires_at })
        }
        Claim::Not(outcome) => Err(outcome),
        Claim::Unknown => Err(PollOutcome::AlreadyClaimed),
    })
}

//! Passwords: signing in by one, changing it, the first one. A change signs out
//! every terminal and browser of the account; personal access tokens stay.
//!
//! The first is set only by whoever signed in just now: a browser that was left
//! open somewhere has no password to ask for, and must not give an account away
//! by setting one.

use super::{Denied, Invalid, Principal};
use crate::secret::Secret;
use crate::server::clock::MINUTE;
use crate::server::counters::Counted;
use crate::server::domain::audit_action::AuditAction;
use crate::server::domain::client_ip::ClientIp;
use crate::server::passwords::{self, LONGEST};
use crate::server::state::State;
use crate::server::store::{Account, DbResult, Event, Tx, accounts};
use crate::wire::is_email;

/// Milliseconds for which somebody has signed in just now.
const JUST_NOW: i64 = 10 * MINUTE;

/// What a browser keeps in which the account with this id signed in: what it has, or
/// another; nothing where the account has no password.
///
/// # Errors
/// The database's.
pub async fn known_device(
    state: &State,
    account_id: &str,
    kept: Option<&Secret>,
) -> DbResult<Option<Secret>> {
    let account = state.store.account(account_id).await?;
    let Some(password) = account.and_then(|account| account.password) else { return Ok(None) };
    let is_known = |kept: &&Secret| state.keys.device_number(account_id, &password, kept).is_some();
    let kept = kept.filter(is_known).cloned();
    Ok(Some(kept.unwrap_or_else(|| state.keys.known_device(account_id, &password))))
}

/// The account that `email` and `password` open; `device` is what the browser keeps
/// where somebody signed in there. An address that has no account
/// is refused in the same words and after the same time as a wrong password.
///
/// # Errors
/// [`Denied::WrongPassword`], [`Denied::TooMany`], or busy.
pub async fn sign_in(
    state: &State,
    email: &str,
    password: Secret,
    ip: ClientIp,
    device: Option<&Secret>,
) -> Result<Account, Denied> {
    let account = state.store.account_by_email(email).await?;
    let kept = account.as_ref().and_then(|account| account.password.clone());
    let known = match (&account, &kept, device) {
        (Some(account), Some(kept), Some(device)) => {
            state.keys.device_number(&account.id, kept, device)
        }
        _ => None,
    };
    match known {
        Some(device) => state.may_try_on(&email.to_lowercase(), &device).await?,
        None => state.may_try_from(&email.to_lowercase(), ip).await?,
    }
    // Nobody has one that long: no work, and no way to tell who has an account.
    let possible = password.expose().chars().count() <= LONGEST;
    let opens = possible && passwords::verify(password, kept).await?;
    if let Some(account) = account.as_ref().filter(|_| opens) {
        return Ok(account.clone());
    }
    state.counters.count(Counted::SignInFailed);
    // Never what was typed: a password lands in that field easily.
    let whose = account.map(|account| account.id).unwrap_or_default();
    let event = Event::new(AuditAction::SignInFailed, "", "web", &whose).from(ip.told());
    state.store.audit(&event, state.now()).await?;
    Err(Denied::WrongPassword)
}

/// `by`'s account with its password, without which it comes with what they act
/// by.
pub async fn account(state: &State, by: &Principal) -> Result<Account, Denied> {
    let whole = state.store.account(&by.account.id).await?;
    Ok(whole.unwrap_or_else(|| by.account.clone()))
}

/// Refuses whoever has no password and signed in a while ago.
///
/// # Errors
/// [`Denied::SignInTooOld`].
pub fn may_set(state: &State, by: &Principal, account: &Account) -> Result<(), Denied> {
    if account.password.is_some() || by.signed_in_within(JUST_NOW, state.now()) {
        return Ok(());
    }
    Err(Denied::SignInTooOld)
}

/// Changes the password of `by`'s account from `current` to `fresh`.
///
/// # Errors
/// When it is not `by`'s to do, `current` is not the one that holds, or
/// `fresh` cannot be one.
pub async fn change(
    state: &State,
    by: &Principal,
    current: Secret,
    fresh: Secret,
) -> Result<(), Denied> {
    by.require_session()?;
    passwords::check(&fresh, &[&by.account.name, &by.account.email]).map_err(Invalid::Password)?;
    let before = account(state, by).await?.password.ok_or(Denied::NoPassword)?;
    verify(state, by, current, &before).await?;
    let (hashed, now) = (passwords::hash(fresh).await?, state.now());
    state
        .write_as(by, async move |tx, by| {
            let event = by.event(AuditAction::PasswordChanged, &by.account.id);
            replace(tx, &by.account.id, Some(&before), &hashed, &event, now).await
        })
        .await
}

/// Refuses unless `typed` is `kept`, the password of `by`'s account; a wrong one
/// counts, and the person sees it: whoever has the token or the browser is not
/// they for that.
///
/// # Errors
/// [`Denied::WrongPassword`], [`Denied::TooMany`], or the database's.
pub(super) async fn verify(
    state: &State,
    by: &Principal,
    typed: Secret,
    kept: &Secret,
) -> Result<(), Denied> {
    let id = &by.account.id;
    state.may_try_on(id, by.authority_id()).await?;
    if passwords::verify(typed, Some(kept.clone())).await? {
        return Ok(());
    }
    state.store.audit(&by.event(AuditAction::SignInFailed, id), state.now()).await?;
    Err(Denied::WrongPassword)
}

/// Changes a password where it is still `before`, so that what opened by that
/// opens once. The caller has locked the account.
///
/// # Errors
/// [`Denied::WrongPassword`].
pub(super) async fn replace(
    tx: &mut Tx,
    account: &str,
    before: Option<&Secret>,
    hashed: &Secret,
    event: &Event,
    now: i64,
) -> Result<(), Denied> {
    if !accounts::has_password(tx, account, before).await? {
        return Err(Denied::WrongPassword);
    }
    accounts::set_password(tx, account, hashed, now).await?;
    Ok(event.write(tx, now).await?)
}

/// Sets the first password of `by`'s account, and `email` where it has no
/// address yet to use it with.
///
/// # Errors
/// When it is not `by`'s to do, the address has an account, or it cannot be
/// one.
pub async fn set_first(
    state: &State,
    by: &Principal,
    email: &str,
    fresh: Secret,
) -> Result<(), Denied> {
    by.require_session()?;
    let id = &by.account.id;
    may_set(state, by, &by.account)?;
    state.may_sign_in(&format!("account {id}")).await?;
    if !is_email(email) {
        return Err(Invalid::Email.into());
    }
    passwords::check(&fresh, &[&by.account.name, email]).map_err(Invalid::Password)?;
    let (email, hashed, now) = (email.to_owned(), passwords::hash(fresh).await?, state.now());
    state
        .write_as(by, async move |tx, by| {
            let id = &by.account.id;
            if !accounts::set_first_email(tx, id, &email).await? {
                return Err(Denied::EmailTaken);
            }
            accounts::set_password(tx, id, &hashed, now).await?;
            Ok(by.event(AuditAction::PasswordChanged, id).write(tx, now).await?)
        })
        .await
}

//! The second factor of an account: set up, its recovery codes, an end to it.
//!
//! To set one up takes a sign-in of late: a browser that was left open somewhere
//! must not lock its owner out. To change or remove it takes the password typed
//! now, or of an account that has none a code.

use super::presence::Presence;
use super::{Denied, Principal};
use crate::secret::Secret;
use crate::server::domain::audit_action::AuditAction;
use crate::server::domain::one_time_code::{SharedSecret, new_recovery_codes, step_of};
use crate::server::state::State;
use crate::server::store::{DbResult, Event, SecondFactor, Tx, accounts, second_factors, sign_out};

/// The second factor of `by`'s account.
pub async fn find(state: &State, by: &Principal) -> Result<Option<SecondFactor>, Denied> {
    Ok(state.store.second_factor(&by.account.id).await?)
}

/// What `by`'s app would share with the instance, by a `seed` that their browser
/// brings.
pub fn offered(state: &State, by: &Principal, seed: &Secret) -> SharedSecret {
    state.keys.shared_secret(&by.account.id, seed)
}

/// Sets up the app that was [`offered`] for `seed` and made the code `typed`;
/// gives the recovery codes, which are seen this once, or nothing where there is a
/// second factor already.
///
/// # Errors
/// [`Denied::WrongOneTimeCode`], [`Denied::SignInTooOld`], or when it is not `by`'s
/// to do.
pub async fn set_up(
    state: &State,
    by: &Principal,
    seed: &Secret,
    typed: &Secret,
) -> Result<Option<Vec<Secret>>, Denied> {
    let now = state.now();
    by.require_session()?;
    by.require_recent(now)?;
    let shared = offered(state, by, seed);
    // Nothing is guessed here: whoever types it has been shown what makes it.
    let step = step_of(&shared, typed, now).ok_or(Denied::WrongOneTimeCode)?;
    let (shared, seed) = (state.clone(), seed.clone());
    state
        .write_as(by, async move |tx, by| {
            let id = &by.account.id;
            if !second_factors::insert(tx, id, &seed, step, now).await? {
                return Ok(None);
            }
            // Whoever signed in by the password alone is not let stand beside it.
            sign_out::other_browsers(tx, id, by.authority_id()).await?;
            by.event(AuditAction::SecondFactorSetUp, id).write(tx, now).await?;
            Ok(Some(give_recovery_codes(&shared, tx, id).await?))
        })
        .await
}

/// Gives `by`, who typed `proof` (their password, or without one a code), new
/// recovery codes in place of those they had.
///
/// # Errors
/// [`Denied::WrongPassword`], [`Denied::WrongOneTimeCode`], [`Denied::TooMany`],
/// [`Denied::NotFound`] where there is no second factor, or when it is not `by`'s
/// to do.
pub async fn renew_recovery_codes(
    state: &State,
    by: &Principal,
    proof: Secret,
) -> Result<Vec<Secret>, Denied> {
    let presence = Presence::typed(state, by, proof).await?;
    let (shared, now) = (state.clone(), state.now());
    state
        .write_as(by, async move |tx, by| {
            let id = &by.account.id;
            presence.still_holds(tx, &by, now).await?;
            if !second_factors::exists(tx, id).await? {
                return Err(Denied::NotFound("second factor"));
            }
            by.event(AuditAction::RecoveryCodesMade, id).write(tx, now).await?;
            give_recovery_codes(&shared, tx, id).await
        })
        .await
}

async fn give_recovery_codes(
    state: &State,
    tx: &mut Tx,
    account_id: &str,
) -> Result<Vec<Secret>, Denied> {
    let codes = new_recovery_codes();
    let mac = |code| state.keys.recovery_code_mac(account_id, code);
    let macs: Vec<String> = codes.iter().map(mac).collect();
    second_factors::set_recovery_codes(tx, account_id, &macs).await?;
    Ok(codes)
}

/// Removes the second factor of `by`, who typed `proof`: their password, or
/// without one a code.
///
/// # Errors
/// As for [`renew_recovery_codes`].
pub async fn remove(state: &State, by: &Principal, proof: Secret) -> Result<(), Denied> {
    let presence = Presence::typed(state, by, proof).await?;
    let now = state.now();
    state
        .write_as(by, async move |tx, by| {
            let id = &by.account.id;
            presence.still_holds(tx, &by, now).await?;
            if !second_factors::remove(tx, id).await? {
                return Err(Denied::NotFound("second factor"));
            }
            Ok(by.event(AuditAction::SecondFactorRemoved, id).write(tx, now).await?)
        })
        .await
}

/// Takes the second factor of somebody else away, who lost it: written down as
/// what `by` did and as what befell them. None there is what was wanted.
///
/// # Errors
/// [`Denied::PasswordRequired`] for their own, which they [`remove`]; or when it is
/// not `by`'s to do, or there is no such account.
pub async fn take_away(state: &State, by: &Principal, id: &str) -> Result<(), Denied> {
    let now = state.now();
    by.require_admin()?;
    by.require_session()?;
    by.require_recent(now)?;
    if by.account.id == id {
        return Err(Denied::PasswordRequired);
    }
    let id = id.to_owned();
    state
        .write_as_after(accounts::FIRST_ADMIN_LOCK, by, async move |tx, by| {
            by.require_admin()?;
            tx.lock(&id).await?;
            if accounts::live(tx, &id).await?.is_none() {
                return Err(Denied::NotFound("account"));
            }
            if take_from(tx, &id, by.ip.told(), now).await? {
                by.event(AuditAction::SecondFactorTaken, &id).write(tx, now).await?;
            }
            Ok(())
        })
        .await
}

/// Takes the second factor of an account away, as whoever runs the instance does,
/// from `ip`, and writes that down where the person sees it; says whether there was
/// one. The caller has locked the account.
pub async fn take_from(
    tx: &mut Tx,
    account_id: &str,
    ip: Option<String>,
    now: i64,
) -> DbResult<bool> {
    if !second_factors::remove(tx, account_id).await? {
        return Ok(false);
    }
    let event = Event::new(AuditAction::SecondFactorRemoved, account_id, "admin", account_id);
    event.from(ip).write(tx, now).await?;
    Ok(true)
}

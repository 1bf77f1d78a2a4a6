//! Whether the person is there. Whatever runs as them on their computer has what
//! their terminal is signed in by, a code agent too; so where that would let
//! another device in or make what opens the account, the password is asked for as
//! well, and the code of its second factor where the account has one: proofs that
//! such a program lacks.
//!
//! A browser is none of it: its pages are signed in by both, or elsewhere. Nor is
//! the instance on one's own computer, where whoever runs as the person is the
//! account.

use super::one_time_codes::{Proof, Typist};
use super::{Authority, Denied, Principal, passwords};
use crate::secret::Secret;
use crate::server::state::State;
use crate::server::store::{Tx, accounts, second_factors};
use crate::wire::StepUp;

/// What showed that the person is there.
#[derive(Clone, Debug, Default)]
pub struct Presence {
    /// As it is kept.
    password: Option<Secret>,
    code: Option<Proof>,
    /// Whether a second factor asks for its code.
    takes_code: bool,
}

impl Presence {
    /// By `step_up`, where `by` needs one.
    ///
    /// # Errors
    /// [`Denied::StepUpRequired`] for what acts without a person;
    /// [`Denied::PasswordRequired`] and [`Denied::OneTimeCodeRequired`] where none
    /// came; [`Denied::PageRequired`] where the account has no password,
    /// [`Denied::SecondFactorRequired`] where it should have a second factor;
    /// [`Denied::WrongPassword`], [`Denied::WrongOneTimeCode`], [`Denied::TooMany`],
    /// or the database's.
    pub async fn shown(state: &State, by: &Principal, step_up: StepUp) -> Result<Self, Denied> {
        by.require_session()?;
        require_second_factor(state, by).await?;
        if !matches!(by.authority, Authority::Credential(_)) || state.is_embedded() {
            return Ok(Self::default());
        }
        let account = passwords::account(state, by).await?;
        let kept = account.password.ok_or(Denied::PageRequired)?;
        let password = step_up.password.ok_or(Denied::PasswordRequired)?;
        passwords::verify(state, by, password, &kept).await?;
        let mut code = None;
        if state.store.second_factor(&by.account.id).await?.is_some() {
            let typed = step_up.one_time_code.ok_or(Denied::OneTimeCodeRequired)?;
            code = Proof::shown(state, typist(by), &typed).await?;
        }
        Ok(Self { password: Some(kept), code, takes_code: true })
    }

    /// By what `by` typed on a page about their second factor: the password, or a
    /// code where the account has none.
    ///
    /// # Errors
    /// [`Denied::WrongPassword`], [`Denied::WrongOneTimeCode`], [`Denied::TooMany`],
    /// [`Denied::NotFound`] where there is no second factor, or when it is not
    /// `by`'s to do.
    pub(super) async fn typed(
        state: &State,
        by: &Principal,
        typed: Secret,
    ) -> Result<Self, Denied> {
        by.require_session()?;
        if let Some(kept) = passwords::account(state, by).await?.password {
            passwords::verify(state, by, typed, &kept).await?;
            return Ok(Self { password: Some(kept), ..Self::default() });
        }
        let code = Proof::shown(state, typist(by), &typed).await?;
        let code = Some(code.ok_or(Denied::NotFound("second factor"))?);
        Ok(Self { code, ..Self::default() })
    }

    /// Takes the code that was shown, at `now`; refuses where the password was
    /// changed since, or a second factor set up. The caller has locked the account.
    ///
    /// # Errors
    /// [`Denied::WrongPassword`], [`Denied::WrongOneTimeCode`],
    /// [`Denied::OneTimeCodeRequired`], or the database's.
    pub(super) async fn still_holds(
        &self,
        tx: &mut Tx,
        by: &Principal,
        now: i64,
    ) -> Result<(), Denied> {
        let id = &by.account.id;
        if let Some(kept) = &self.password
            && !accounts::has_password(tx, id, Some(kept)).await?
        {
            return Err(Denied::WrongPassword);
        }
        match &self.code {
            Some(code) => code.take(tx, now).await,
            None if self.takes_code && second_factors::exists(tx, id).await? => {
                Err(Denied::OneTimeCodeRequired)
            }
            None => Ok(()),
        }
    }
}

fn typist(by: &Principal) -> Typist<'_> {
    Typist { account: &by.account.id, via: by.via(), ip: by.ip }
}

/// Refuses whoever has no second factor where the instance requires one.
///
/// # Errors
/// [`Denied::SecondFactorRequired`], or the database's.
pub async fn require_second_factor(state: &State, by: &Principal) -> Result<(), Denied> {
    let is_required = state.config.require_second_factor && !state.is_embedded();
    if is_required && state.store.second_factor(&by.account.id).await?.is_none() {
        return Err(Denied::SecondFactorRequired);
    }
    Ok(())
}

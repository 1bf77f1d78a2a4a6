//! Whether the person is there. Whatever runs as them on their computer has what
//! their terminal is signed in by, a code agent too; so where that would let
//! another device in or make what opens the account, the password is asked for as
//! well: a proof that such a program lacks.
//!
//! A browser is none of it: its pages are signed in by the password, or elsewhere.
//! Nor is the instance on one's own computer, where whoever runs as the person is
//! the account.

use super::{Authority, Denied, Principal, passwords};
use crate::secret::Secret;
use crate::server::state::State;
use crate::server::store::{Tx, accounts};

/// What showed that the person is there.
#[derive(Clone, Debug)]
pub struct Presence(Option<Secret>);

impl Presence {
    /// By `password`, where `by` needs one.
    ///
    /// # Errors
    /// [`Denied::StepUpRequired`] for what acts without a person,
    /// [`Denied::PasswordRequired`] where none came, [`Denied::PageRequired`] where
    /// the account has none, [`Denied::WrongPassword`], [`Denied::TooMany`], or the
    /// database's.
    pub async fn shown(
        state: &State,
        by: &Principal,
        password: Option<Secret>,
    ) -> Result<Self, Denied> {
        by.require_session()?;
        if !matches!(by.authority, Authority::Credential(_)) || state.is_embedded() {
            return Ok(Self(None));
        }
        let account = passwords::account(state, by).await?;
        let kept = account.password.ok_or(Denied::PageRequired)?;
        let password = password.ok_or(Denied::PasswordRequired)?;
        passwords::verify(state, by, password, &kept).await?;
        Ok(Self(Some(kept)))
    }

    /// Refuses where the password was changed since.
    ///
    /// # Errors
    /// [`Denied::WrongPassword`], or the database's.
    pub(super) async fn still_holds(&self, tx: &mut Tx, by: &Principal) -> Result<(), Denied> {
        match &self.0 {
            Some(kept) if !accounts::has_password(tx, &by.account.id, Some(kept)).await? => {
                Err(Denied::WrongPassword)
            }
            _ => Ok(()),
        }
    }
}

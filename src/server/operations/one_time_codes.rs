//! What somebody types to show their second factor: a code of their app or a
//! recovery code, found right, and taken in the transaction of what it is for, so
//! that each is good once.
//!
//! Wrong ones are counted for the account alone, as wrong user codes are: whoever
//! gets to type one has shown who they are, and six digits bear few guesses.

use super::Denied;
use crate::secret::Secret;
use crate::server::domain::audit_action::AuditAction;
use crate::server::domain::client_ip::ClientIp;
use crate::server::domain::one_time_code::{is_recovery_code, step_of};
use crate::server::rate_limits::GuessKey;
use crate::server::state::State;
use crate::server::store::{Event, Tx, second_factors};

/// Who types, and how they came, as the audit calls it.
#[derive(Clone, Copy, Debug)]
pub struct Typist<'a> {
    /// Their account's id.
    pub account: &'a str,
    pub via: &'static str,
    pub ip: ClientIp,
}

impl Typist<'_> {
    fn event(&self, action: AuditAction) -> Event {
        Event::new(action, self.account, self.via, self.account).from(self.ip.told())
    }
}

/// A code that was right when it was looked at.
#[derive(Clone, Debug)]
pub struct Proof {
    account: String,
    seed: Secret,
    code: Code,
    /// What is written down with it, where that is something.
    event: Option<Event>,
}

#[derive(Clone, Debug)]
enum Code {
    /// Of an app, by its time step.
    Step(i64),
    /// As it is kept.
    Recovery(String),
}

impl Proof {
    /// What shows by `typed` that the second factor is there; `None` where the
    /// account has none. A wrong one counts, and the person sees it: somebody has
    /// what comes before it.
    ///
    /// # Errors
    /// [`Denied::WrongOneTimeCode`], [`Denied::TooMany`], or the database's.
    pub(super) async fn shown(
        state: &State,
        typist: Typist<'_>,
        typed: &Secret,
    ) -> Result<Option<Self>, Denied> {
        let guesser = GuessKey::of_second_factor(typist.account);
        let _turn = state.rate_limits.guess_turn(&guesser).await;
        let Some(factor) = state.store.second_factor(typist.account).await? else {
            return Ok(None);
        };
        state.may_guess(&guesser).await?;
        state.may_sign_in(&format!("second factor {}", typist.ip.counted())).await?;
        let shared = state.keys.shared_secret(typist.account, &factor.seed);
        let step = step_of(&shared, typed, state.now()).filter(|step| *step > factor.last_step);
        let mut event = None;
        let code = match step {
            Some(step) => Some(Code::Step(step)),
            None if is_recovery_code(typed) => {
                let mac = state.keys.recovery_code_mac(typist.account, typed);
                event = Some(typist.event(AuditAction::RecoveryCodeUsed));
                let is_good = state.store.has_recovery_code(typist.account, &mac).await?;
                is_good.then_some(Code::Recovery(mac))
            }
            None => None,
        };
        let Some(code) = code else {
            state.guessed_wrong(&guesser).await?;
            let failed = typist.event(AuditAction::SecondFactorFailed);
            state.store.audit(&failed, state.now()).await?;
            return Err(Denied::WrongOneTimeCode);
        };
        Ok(Some(Self { account: typist.account.to_owned(), seed: factor.seed, code, event }))
    }

    /// Takes the code, at `now`. The caller has locked the account.
    ///
    /// # Errors
    /// [`Denied::WrongOneTimeCode`] where it, or a later one, was taken meanwhile,
    /// or the second factor is another one.
    pub(super) async fn take(&self, tx: &mut Tx, now: i64) -> Result<(), Denied> {
        let is_good = match &self.code {
            Code::Step(step) => {
                second_factors::take_step(tx, &self.account, &self.seed, *step).await?
            }
            Code::Recovery(mac) => {
                second_factors::take_recovery_code(tx, &self.account, mac).await?
            }
        };
        if !is_good {
            return Err(Denied::WrongOneTimeCode);
        }
        match &self.event {
            Some(event) => Ok(event.write(tx, now).await?),
            None => Ok(()),
        }
    }
}

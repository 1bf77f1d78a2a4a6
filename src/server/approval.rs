//! What the approval card says, and what its two buttons do; the same for the
//! page, for a second terminal, and for the owner's own.

use std::time::Duration;

use super::device_code_state::{Decision, TooLate};
use super::keys::{is_user_code, shown_user_code};
use super::metrics::Counted;
use super::rate_limits::GuessKey;
use super::state::State;
use super::store::{DbError, DeviceCode, Event};
use crate::wire::ApprovalCard;

/// Who decides.
#[derive(Clone, Debug)]
pub struct Approver {
    /// Whose device it becomes.
    pub account_id: String,
    /// By what way: `web`, `session`, `ticket`, `terminal`.
    pub via: &'static str,
    /// From where.
    pub ip: Option<String>,
}

/// Why a typed code leads nowhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoCode {
    /// There is none like it.
    Unknown,
    /// Too many wrong ones were tried; wait so long.
    Wait(Duration),
}

/// Why a decision did not count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotSettled {
    /// The code is gone.
    Unknown,
    /// It was decided before, or ended.
    Late(TooLate),
}

impl State {
    /// The code that somebody typed, counted against them when there is none.
    ///
    /// # Errors
    /// The database's; inside, that there is none.
    pub async fn typed_code(
        &self,
        typed: &str,
        guesser: &GuessKey,
    ) -> Result<Result<DeviceCode, NoCode>, DbError> {
        let _turn = self.turn(guesser).await;
        if let Err(wait) = self.may_guess(guesser).await? {
            return Ok(Err(NoCode::Wait(wait)));
        }
        // A slip is no guess.
        if !is_user_code(typed) {
            return Ok(Err(NoCode::Unknown));
        }
        let mac = self.keys.user_code_mac(typed);
        let code = self.store.device_code_by_mac(&mac, self.now()).await?;
        if code.is_none() {
            self.guessed_wrong(guesser).await?;
        }
        Ok(code.ok_or(NoCode::Unknown))
    }

    /// What the card says of `code`, whose user code is `user_code`.
    pub fn card(&self, code: &DeviceCode, user_code: &str) -> ApprovalCard {
        let left = code.approval.time_left(self.now());
        ApprovalCard {
            id: code.id.clone(),
            user_code: shown_user_code(user_code),
            device: code.device.clone(),
            ip: code.ip.clone(),
            expires_in: u64::try_from(left / 1_000).unwrap_or_default(),
        }
    }

    /// Approves or denies, writes it down, and wakes the poll that is held.
    ///
    /// # Errors
    /// The database's; inside, that it came too late.
    pub async fn settle(
        &self,
        code: &DeviceCode,
        decision: Decision,
        by: &Approver,
    ) -> Result<Result<(), NotSettled>, DbError> {
        let action = match decision {
            Decision::Approve => "auth.cli.device.approved",
            Decision::Deny => "auth.cli.device.denied",
        };
        let event = Event::new(action, &by.account_id, by.via, &code.id)
            .from(by.ip.as_deref())
            .with("device_name", &code.device.device_name);
        let settled = self
            .store
            .settle_device_code(&code.id, decision, &by.account_id, &event, self.now())
            .await?;
        let settled = settled.map_or(Err(NotSettled::Unknown), |s| s.map_err(NotSettled::Late));
        if settled.is_ok() {
            self.counters.count(match decision {
                Decision::Approve => Counted::CodeApproved,
                Decision::Deny => Counted::CodeDenied,
            });
            self.wake.wake(&code.hash);
        }
        Ok(settled)
    }
}

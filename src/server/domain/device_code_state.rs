//! A device code's life, as a pure state machine: pending, then approved or
//! denied or expired, then, approved, claimed once.
//!
//! Rules that surprise: an approved code stays claimable for ten minutes after
//! its approval even where it would have ended before (a suspended laptop
//! loses nothing); and whoever claimed it with an `Idempotency-Key` may ask
//! again with the same key and gets the same token, because a lost reply must
//! not lose an approval.

/// Milliseconds a code can be approved or denied.
pub const LIFE: i64 = 10 * 60_000;

/// Milliseconds after its approval that a code can be claimed, at least.
pub const CLAIM: i64 = 10 * 60_000;

/// Milliseconds after the claim that a repeat is answered, used or not.
pub const REPEAT_AT_LEAST: i64 = 60_000;

/// Milliseconds after the claim that a repeat is answered while the token was
/// never used.
pub const REPEAT_UNUSED: i64 = 10 * 60_000;

/// Milliseconds a session lives after its last use.
pub const SESSION_SLIDE: i64 = 90 * 86_400_000;

/// Milliseconds a session lives after its approval, however much it is used.
pub const SESSION_LIFE: i64 = 365 * 86_400_000;

/// What somebody decided about a code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// Let the device in.
    Approve,
    Deny,
}

/// Where a code stands, as it is kept. Times are Unix milliseconds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Approval {
    /// When it ends unless somebody approves it.
    pub expires_at: i64,
    /// What was decided, and when.
    pub settled: Option<(Decision, i64)>,
    /// The claim, once it was claimed.
    pub claim: Option<Claimed>,
}

/// A code that was claimed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claimed {
    /// When, in Unix milliseconds.
    pub at: i64,
    /// SHA-256 of the `Idempotency-Key`, where one was sent.
    pub key_hash: Option<String>,
    /// The token was used since.
    pub used: bool,
    /// The token was neither revoked nor did it end.
    pub live: bool,
}

/// What a poll is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PollOutcome {
    /// `authorization_pending`.
    Pending,
    /// `access_denied`.
    Denied,
    /// `expired_token`.
    Expired,
    /// Make the token and claim the code with it.
    Mint,
    /// Derive the same token again.
    Repeat,
    /// Somebody else has it: `invalid_grant`, `already_claimed`.
    AlreadyClaimed,
}

/// Why a decision came too late.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TooLate {
    /// It was decided before.
    Settled(Decision),
    /// Its time is over.
    Expired,
}

impl Approval {
    /// A code made at `now`.
    pub fn new(now: i64) -> Self {
        Self { expires_at: now + LIFE, settled: None, claim: None }
    }

    /// What a poll at `now` with the `Idempotency-Key` of this hash is told.
    pub fn poll_outcome(&self, now: i64, key_hash: Option<&str>) -> PollOutcome {
        match (&self.settled, &self.claim) {
            (None, _) if now < self.expires_at => PollOutcome::Pending,
            (Some((Decision::Deny, _)), _) => PollOutcome::Denied,
            (Some((Decision::Approve, _)), Some(claim)) => claim.poll_outcome(now, key_hash),
            (Some((Decision::Approve, at)), None) if now < self.claimable_until(*at) => {
                PollOutcome::Mint
            }
            (None, _) | (Some((Decision::Approve, _)), None) => PollOutcome::Expired,
        }
    }

    /// Until when a code approved at `approved_at` can be claimed.
    pub fn claimable_until(&self, approved_at: i64) -> i64 {
        self.expires_at.max(approved_at + CLAIM)
    }

    /// Whether somebody may still decide at `now`.
    ///
    /// # Errors
    /// When it was decided before, or ended.
    pub fn may_settle(&self, now: i64) -> Result<(), TooLate> {
        match &self.settled {
            Some((decision, _)) => Err(TooLate::Settled(*decision)),
            None if now >= self.expires_at => Err(TooLate::Expired),
            None => Ok(()),
        }
    }

    /// Milliseconds from `now` until nobody can approve it any more.
    pub fn time_left(&self, now: i64) -> i64 {
        (self.expires_at - now).max(0)
    }
}

impl Claimed {
    fn poll_outcome(&self, now: i64, key_hash: Option<&str>) -> PollOutcome {
        let same = key_hash.is_some() && self.key_hash.as_deref() == key_hash;
        let until = if self.used { REPEAT_AT_LEAST } else { REPEAT_UNUSED };
        if same && self.live && now < self.at + until {
            PollOutcome::Repeat
        } else {
            PollOutcome::AlreadyClaimed
        }
    }
}

/// When a session used at `now` ends, by use, and never past `ends_at`.
pub fn extended_expiry(now: i64, ends_at: i64) -> i64 {
    (now + SESSION_SLIDE).min(ends_at)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// What the world can do to a code.
    #[derive(Clone, Debug)]
    enum Act {
        Wait(i64),
        Settle(Decision),
        Poll(Option<&'static str>),
        Use,
        Revoke,
    }

    fn acts() -> impl Strategy<Value = Vec<Act>> {
        let act = prop_oneof![
            (0_i64..400_000).prop_map(Act::Wait),
            Just(Act::Settle(Decision::Approve)),
            Just(Act::Settle(Decision::Deny)),
            prop::option::of(prop_oneof![Just("a"), Just("b")]).prop_map(Act::Poll),
            Just(Act::Use),
            Just(Act::Revoke),
        ];
        prop::collection::vec(act, 0..40)
    }

    proptest! {
        #[test]
        fn a_code_lives_once(acts in acts()) {
            let (mut code, mut now) = (Approval::new(0), 0);
            let (mut minted, mut decided) = (0, None);
            for act in acts {
                match act {
                    Act::Wait(span) => now += span,
                    Act::Settle(decision) => match code.may_settle(now) {
                        Ok(()) => {
                            prop_assert!(decided.is_none() && now < LIFE);
                            decided = Some((decision, now));
                            code.settled = decided;
                        }
                        Err(TooLate::Expired) => prop_assert!(decided.is_none() && now >= LIFE),
                        Err(TooLate::Settled(before)) => {
                            prop_assert_eq!(Some(before), decided.map(|d| d.0));
                        }
                    },
                    Act::Poll(key) => match code.poll_outcome(now, key) {
                        PollOutcome::Pending => prop_assert!(decided.is_none() && now < LIFE),
                        PollOutcome::Denied => prop_assert_eq!(decided.map(|d| d.0), Some(Decision::Deny)),
                        PollOutcome::Expired => prop_assert!(minted == 0 && now >= LIFE),
                        PollOutcome::Mint => {
                            minted += 1;
                            prop_assert_eq!(minted, 1, "a token is minted once");
                            prop_assert_eq!(decided.map(|d| d.0), Some(Decision::Approve));
                            code.claim = Some(Claimed {
                                at: now, key_hash: key.map(str::to_owned), used: false, live: true,
                            });
                        }
                        PollOutcome::Repeat => {
                            let claim = code.claim.clone().expect("claimed");
                            prop_assert!(key.is_some() && claim.key_hash.as_deref() == key);
                            prop_assert!(claim.live && now < claim.at + REPEAT_UNUSED);
                            prop_assert!(!claim.used || now < claim.at + REPEAT_AT_LEAST);
                        }
                        PollOutcome::AlreadyClaimed => prop_assert_eq!(minted, 1),
                    },
                    Act::Use => if let Some(claim) = &mut code.claim { claim.used = true },
                    Act::Revoke => if let Some(claim) = &mut code.claim { claim.live = false },
                }
            }
        }

        /// Approved within its life, asked for within ten minutes: never lost.
        #[test]
        fn an_approval_is_not_lost(approved in 0..LIFE, waited in 0..CLAIM) {
            let mut code = Approval::new(0);
            code.settled = Some((Decision::Approve, approved));
            prop_assert_eq!(code.poll_outcome(approved + waited, None), PollOutcome::Mint);
        }
    }

    #[test]
    fn a_repeat_is_answered_for_a_minute_at_least() {
        let mut code = Approval::new(0);
        code.settled = Some((Decision::Approve, 1_000));
        code.claim =
            Some(Claimed { at: 2_000, key_hash: Some("k".into()), used: true, live: true });
        assert_eq!(code.poll_outcome(61_999, Some("k")), PollOutcome::Repeat);
        assert_eq!(code.poll_outcome(62_000, Some("k")), PollOutcome::AlreadyClaimed);
        assert_eq!(code.poll_outcome(3_000, Some("other")), PollOutcome::AlreadyClaimed);
        assert_eq!(code.poll_outcome(3_000, None), PollOutcome::AlreadyClaimed);
    }

    #[test]
    fn a_session_slides_up_to_its_end() {
        assert_eq!(extended_expiry(0, SESSION_LIFE), SESSION_SLIDE);
        assert_eq!(extended_expiry(SESSION_LIFE - 5, SESSION_LIFE), SESSION_LIFE);
    }
}

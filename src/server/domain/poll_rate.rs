//! How often a device code may be asked for: gaps from arrival to arrival, in
//! memory, so that a pending poll writes nothing.
//!
//! The surprising rule is what it does not do: the first poll may come at
//! once, and never is more required than the interval that was told plus five
//! seconds for each `slow_down` that was sent. Requiring more locks clients
//! that keep to RFC 8628 out for ever.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

/// Milliseconds a poll may come early: clocks and networks jitter.
const GRACE: i64 = 100;

/// What a route asks of those who poll it, in milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PollRule {
    /// Between two polls, as the client was told.
    pub interval: i64,
    /// More after each `slow_down`.
    pub slower: i64,
}

/// The token endpoint's (RFC 8628 §3.5).
pub const OAUTH: PollRule = PollRule { interval: 5_000, slower: 5_000 };

/// The CLI route's: once a second, whatever happened before.
pub const CLI: PollRule = PollRule { interval: 1_000, slower: 0 };

/// Milliseconds between two arrivals after a poll that was held.
const AFTER_HOLD: i64 = 1_000;

/// The pace of one device code. Pure.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PollRate {
    last: Option<(i64, bool)>,
    slow_downs: i64,
}

impl PollRate {
    /// A poll arrives at `now` (Unix milliseconds) and wants to be `held`. Says
    /// whether it may be answered, or else how many milliseconds it came early.
    ///
    /// # Errors
    /// When it came too early: `slow_down` is the answer.
    pub fn arrive(&mut self, now: i64, rule: PollRule, held: bool) -> Result<(), i64> {
        let early = self.early(now, rule);
        self.last = Some((now, held && early <= 0));
        if early > 0 {
            self.slow_downs += 1;
            return Err(early);
        }
        Ok(())
    }

    fn early(&self, now: i64, rule: PollRule) -> i64 {
        let Some((last, held)) = self.last else { return 0 };
        let gap = if held { AFTER_HOLD } else { rule.interval + rule.slower * self.slow_downs };
        // A clock set back is no poll too early.
        if now < last { 0 } else { last + gap - GRACE - now }
    }
}

/// The paces of all device codes that are asked for here.
#[derive(Debug, Default)]
pub struct PollRates(Mutex<HashMap<String, (PollRate, i64)>>);

impl PollRates {
    /// [`PollRate::arrive`] for the code called `code`, forgotten at `until`.
    ///
    /// # Errors
    /// When the poll came too early.
    pub fn arrive(
        &self,
        code: &str,
        until: i64,
        now: i64,
        rule: PollRule,
        held: bool,
    ) -> Result<(), i64> {
        let mut poll_rates = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((pace, _)) = poll_rates.get_mut(code) {
            return pace.arrive(now, rule, held);
        }
        // Growing is what makes sweeping worth it, so growing pays for it.
        if poll_rates.len() == poll_rates.capacity() {
            poll_rates.retain(|_, (_, until)| *until > now);
        }
        poll_rates
            .entry(code.to_owned())
            .or_insert((PollRate::default(), until))
            .0
            .arrive(now, rule, held)
    }
}

impl PollRates {
    /// Forgets `code`: it does not exist.
    pub fn forget(&self, code: &str) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(code);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_first_poll_may_come_at_once_and_the_next_after_the_interval() {
        let mut pace = PollRate::default();
        assert_eq!(pace.arrive(0, OAUTH, false), Ok(()));
        assert_eq!(pace.arrive(4_900, OAUTH, false), Ok(()));
        assert_eq!(pace.arrive(5_000, OAUTH, false), Err(4_800));
        let mut early = pace;
        assert_eq!(early.arrive(14_899, OAUTH, false), Err(1), "five more after one slow_down");
        assert_eq!(pace.arrive(14_900, OAUTH, false), Ok(()), "and not more than that");
    }

    #[test]
    fn after_a_hold_a_second_is_enough() {
        let mut pace = PollRate::default();
        assert_eq!(pace.arrive(0, OAUTH, true), Ok(()));
        assert_eq!(pace.arrive(900, OAUTH, true), Ok(()));
        assert!(pace.arrive(1_000, OAUTH, true).is_err());
    }

    proptest! {
        /// A client that keeps to RFC 8628 §3.5 is let in, whatever it did before.
        #[test]
        fn conforming_clients_always_get_in(gaps in prop::collection::vec((0_i64..20_000, any::<bool>()), 0..30)) {
            let (mut pace, mut now, mut interval) = (PollRate::default(), 0, 5_000);
            for (gap, held) in gaps {
                now += gap;
                if pace.arrive(now, OAUTH, held).is_err() { interval += OAUTH.slower; }
            }
            for _ in 0..3 {
                now += interval;
                prop_assert_eq!(pace.arrive(now, OAUTH, false), Ok(()));
            }
        }
    }

    #[test]
    fn codes_that_ended_are_forgotten() {
        let poll_rates = PollRates::default();
        for number in 0..1_000_i64 {
            let _ = poll_rates.arrive(&number.to_string(), number + 10, number, CLI, false);
        }
        assert!(poll_rates.0.lock().unwrap().len() < 200);
    }
}

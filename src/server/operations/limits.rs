//! What all nodes of an instance count together: sign-ins and device
//! authorizations in a minute, mailed links, and wrong codes. Five wrong codes
//! in a minute are free; after that the wait grows with each block.

use std::time::Duration;

use super::Denied;
use crate::server::clock::{DAY, HOUR, MINUTE};
use crate::server::domain::client_ip::ClientIp;
use crate::server::domain::device_code_state::LIFE;
use crate::server::rate_limits::{DOCUMENTS, DOCUMENTS_OF_HOST, GuessKey, of_network};
use crate::server::state::State;
use crate::server::store::{DbError, Misses};

/// Wrong codes in a minute that are not yet too many.
const FREE: i64 = 5;

/// Milliseconds of the longest wait for a guesser.
const LONGEST: i64 = HOUR;

/// Milliseconds without a wrong code after which earlier blocks are forgiven.
const FORGIVEN: i64 = DAY;

/// Links for a lost password that are mailed to one account within so many
/// milliseconds: nobody's letter box is filled by others.
const MAILED: i64 = 3;
const MAILED_WITHIN: i64 = HOUR;

impl State {
    /// Whether `address` may ask for a pair of codes.
    ///
    /// # Errors
    /// [`Denied::TooMany`], or the database's.
    pub async fn may_ask(&self, address: &str) -> Result<(), Denied> {
        self.rate_limits.device_authorization(address).map_err(Denied::TooMany)?;
        let limit = self.config.limits.device_authorizations;
        self.on_every_node(&format!("codes {address}"), limit).await
    }

    /// Whether `address` may register a program: as many as it may ask for codes.
    ///
    /// # Errors
    /// [`Denied::TooMany`], or the database's.
    pub async fn may_register(&self, address: &str) -> Result<(), Denied> {
        let subject = format!("programs {address}");
        self.rate_limits.device_authorization(&subject).map_err(Denied::TooMany)?;
        self.on_every_node(&subject, self.config.limits.device_authorizations).await
    }

    /// Whether a document may be fetched from `host` because `address` asks.
    ///
    /// # Errors
    /// [`Denied::TooMany`], or the database's.
    pub async fn may_fetch(&self, host: &str, address: &str) -> Result<(), Denied> {
        self.rate_limits.document(address).map_err(Denied::TooMany)?;
        self.on_every_node(&format!("documents {address}"), DOCUMENTS).await?;
        self.rate_limits.document_of(host).map_err(Denied::TooMany)?;
        self.on_every_node(&format!("documents of {host}"), DOCUMENTS_OF_HOST).await
    }

    /// Whether a password may be tried for `account` by whoever is known there as
    /// `device`: a browser or a terminal of its own. Nobody else can use that up but
    /// those who are known there too.
    ///
    /// # Errors
    /// [`Denied::TooMany`], or the database's.
    pub async fn may_try_on(&self, account: &str, device: &str) -> Result<(), Denied> {
        self.may_sign_in(&format!("account {account} on {device}")).await?;
        self.may_sign_in_from_everywhere(&format!("known {account}")).await
    }

    /// Whether a password may be tried for `account` from the address `ip`. So many
    /// a minute are let through to one account, so many for all accounts, and many
    /// more from everywhere to that account: wrong ones from one address keep
    /// nobody out who is elsewhere.
    ///
    /// # Errors
    /// [`Denied::TooMany`], or the database's.
    pub async fn may_try_from(&self, account: &str, ip: ClientIp) -> Result<(), Denied> {
        let ip = ip.counted();
        self.may_sign_in(&format!("account {account} from {ip}")).await?;
        self.may_sign_in(&format!("address {ip}")).await?;
        self.may_sign_in_from_everywhere(&format!("account {account}")).await
    }

    async fn may_sign_in_from_everywhere(&self, subject: &str) -> Result<(), Denied> {
        self.rate_limits.account(subject).map_err(Denied::TooMany)?;
        let limit = self.config.limits.sign_ins_from_everywhere();
        self.on_every_node(&format!("sign-in {subject}"), limit).await
    }

    /// Whether `subject` may try what as many may as passwords.
    ///
    /// # Errors
    /// [`Denied::TooMany`], or the database's.
    pub async fn may_sign_in(&self, subject: &str) -> Result<(), Denied> {
        self.rate_limits.sign_in(subject).map_err(Denied::TooMany)?;
        self.on_every_node(&format!("sign-in {subject}"), self.config.limits.sign_ins).await
    }

    async fn on_every_node(&self, subject: &str, a_minute: u32) -> Result<(), Denied> {
        let passed = self.store.pass(&of_network(subject), a_minute, self.now()).await?;
        passed.map_err(|wait| Denied::TooMany(millis(wait)))
    }

    /// Whether one more link for a lost password may be mailed to the account
    /// with this id, counting this one: three an hour, from all nodes together.
    pub async fn may_mail_link(&self, account_id: &str) -> Result<bool, DbError> {
        let now = self.now();
        let subject = format!("mailed {account_id}");
        let count = move |before: Misses| {
            let mut after = before;
            if now - before.window_began >= MAILED_WITHIN {
                after = Misses { window_began: now, ..Misses::default() };
            }
            let may = after.misses < MAILED;
            after.misses += i64::from(may);
            (after, may)
        };
        self.store.count_miss(&subject, count).await
    }

    /// Whether `guesser` may try a code now.
    ///
    /// # Errors
    /// [`Denied::TooMany`], or the database's.
    pub async fn may_guess(&self, guesser: &GuessKey) -> Result<(), Denied> {
        let now = self.now();
        for subject in guesser.subjects() {
            let until = self.store.misses(subject).await?.blocked_until;
            if until > now {
                return Err(Denied::TooMany(millis(until - now)));
            }
        }
        Ok(())
    }

    /// `guesser` tried the code with this MAC, which gave nothing. However often they
    /// do while a code lives, it counts once.
    pub async fn guessed_wrong_with(&self, guesser: &GuessKey, mac: &str) -> Result<(), DbError> {
        let now = self.now();
        for subject in guesser.subjects() {
            // Called so, it is swept soon.
            let subject = format!("rate {subject} with {mac}");
            let note = move |before: Misses| {
                let is_new = before.misses == 0 || now - before.window_began >= LIFE;
                let noted = Misses { window_began: now, misses: 1, ..Misses::default() };
                (if is_new { noted } else { before }, is_new)
            };
            if self.store.count_miss(&subject, note).await? {
                self.guessed_wrong(guesser).await?;
            }
        }
        Ok(())
    }

    /// `guesser` tried a code that does not exist.
    pub async fn guessed_wrong(&self, guesser: &GuessKey) -> Result<(), DbError> {
        let now = self.now();
        for subject in guesser.subjects() {
            let within = guesser.counted_within();
            self.store.count_miss(subject, move |misses| (missed(misses, now, within), ())).await?;
        }
        Ok(())
    }
}

fn millis(wait: i64) -> Duration {
    Duration::from_millis(u64::try_from(wait).unwrap_or(1))
}

/// What one more wrong code at `now` makes of earlier ones, which are forgotten once
/// so many milliseconds passed since the first. Pure.
fn missed(before: Misses, now: i64, within: i64) -> Misses {
    let mut after = before;
    if now - before.window_began >= within {
        after.window_began = now;
        after.misses = 0;
        if now - before.blocked_until.max(before.window_began) >= FORGIVEN {
            after.blocks = 0;
        }
    }
    after.misses += 1;
    if after.misses >= FREE {
        let wait = MINUTE.saturating_mul(1 << after.blocks.clamp(0, 10)).min(LONGEST);
        after.blocked_until = now + wait;
        after.blocks += 1;
        after.misses = 0;
        after.window_began = now;
    }
    after
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn after(count: i64) -> Misses {
        (0..count).fold(Misses::default(), |misses, _| missed(misses, 1_000_000, MINUTE))
    }

    #[test]
    fn four_wrong_codes_are_free_and_the_fifth_costs_a_minute() {
        assert_eq!(after(4).blocked_until, 0);
        assert_eq!(after(5).blocked_until, 1_000_000 + MINUTE);
    }

    #[test]
    fn each_block_is_longer_up_to_an_hour_and_a_day_forgives() {
        let (mut misses, mut now, mut last) = (Misses::default(), 1_000_000, 0);
        for _ in 0..12 {
            for _ in 0..FREE {
                misses = missed(misses, now, MINUTE);
            }
            let wait = misses.blocked_until - now;
            assert!(wait >= last && wait <= LONGEST);
            (now, last) = (misses.blocked_until, wait);
        }
        assert_eq!(last, LONGEST);
        assert_eq!(missed(misses, now + FORGIVEN, MINUTE).blocks, 0);
    }

    proptest! {
        /// Faster than four a minute, a day lets few of them through.
        #[test]
        fn a_day_of_guessing_is_worth_little(gap in 1_i64..15_000) {
            let (mut misses, mut now, mut tried) = (Misses::default(), 1_000_000_i64, 0);
            let end = now + 86_400_000;
            while now < end {
                if now >= misses.blocked_until { misses = missed(misses, now, MINUTE); tried += 1; }
                now = (now + gap).max(misses.blocked_until);
            }
            prop_assert!(tried < 26 * 5 * 3, "{tried}");
        }

        /// However patient somebody is: so few that six digits bear a year of it.
        #[test]
        fn a_day_of_guessing_a_second_factor_is_worth_less(gap in 1_i64..3_600_000) {
            let (mut misses, mut now, mut tried) = (Misses::default(), 1_000_000_i64, 0);
            let end = now + 30 * DAY;
            while now < end {
                if now >= misses.blocked_until { misses = missed(misses, now, DAY); tried += 1; }
                now = (now + gap).max(misses.blocked_until);
            }
            prop_assert!(tried < 30 * 26 * 5, "{tried}");
        }
    }
}

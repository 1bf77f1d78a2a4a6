//! How much is let through, and what happens to whoever guesses.
//!
//! Three things. [`RateLimits`] are the flood gates in this process: so many requests
//! a minute for each subject. What is dear or can be guessed at, sign-ins and
//! device authorizations, is counted by all nodes together behind them. Wrong
//! codes are counted in the database: five in a minute are free, after that the
//! wait grows with each block.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::hash::{BuildHasher as _, RandomState};
use std::net::Ipv6Addr;
use std::num::NonZeroU32;
use std::time::Duration;

use governor::clock;
use governor::middleware::NoOpMiddleware;
use governor::state::keyed::HashMapStateStore;
use governor::{Quota, RateLimiter};
use tokio::sync::{Mutex, MutexGuard};

use super::config::Limits;
use super::state::{Clock, State};
use super::store::{DbError, Misses};

/// Wrong codes in a minute that are not yet too many.
const FREE: i64 = 5;

/// Milliseconds of a minute.
const MINUTE: i64 = 60_000;

/// Milliseconds of the longest wait for a guesser.
const LONGEST: i64 = 3_600_000;

/// Milliseconds without a wrong code after which earlier blocks are forgiven.
const FORGIVEN: i64 = 86_400_000;

/// Links for a lost password that are mailed to one account within so many
/// milliseconds: nobody's letter box is filled by others.
const MAILED: i64 = 3;
const MAILED_WITHIN: i64 = 3_600_000;

/// The flood gates of one process.
#[derive(Debug)]
pub struct RateLimits {
    device_authorizations: Gate,
    sign_ins: Gate,
    requests: Gate,
    guesses: KeyedLocks,
}

impl RateLimits {
    /// Gates that let this much through in a minute of `clock`.
    pub fn new(limits: &Limits, clock: &Clock) -> Self {
        Self {
            device_authorizations: Gate::new(limits.device_authorizations, clock),
            sign_ins: Gate::new(limits.sign_ins, clock),
            requests: Gate::new(limits.requests, clock),
            guesses: KeyedLocks::default(),
        }
    }

    /// A device authorization from this address.
    ///
    /// # Errors
    /// How long to wait.
    pub fn device_authorization(&self, address: &str) -> Result<(), Duration> {
        self.device_authorizations.pass(address)
    }

    /// A sign-in by password; `subject` is an account or an address.
    ///
    /// # Errors
    /// How long to wait.
    pub fn sign_in(&self, subject: &str) -> Result<(), Duration> {
        self.sign_ins.pass(subject)
    }

    /// Anything else; `subject` is a credential's id or an address.
    ///
    /// # Errors
    /// How long to wait.
    pub fn request(&self, subject: &str) -> Result<(), Duration> {
        self.requests.pass(subject)
    }
}

/// Whoever guesses does so once at a time in this process: of a hundred guesses
/// that are looked up together none would be counted yet. Some who have nothing
/// to do with each other take turns as well.
#[derive(Debug)]
struct KeyedLocks {
    turns: [Mutex<()>; 64],
    numbers: RandomState,
}

impl Default for KeyedLocks {
    fn default() -> Self {
        Self { turns: std::array::from_fn(|_| Mutex::default()), numbers: RandomState::new() }
    }
}

impl KeyedLocks {
    /// Waits for the turn of each subject, always in the same order, so that
    /// nobody waits for whoever waits for them.
    async fn of(&self, guesser: &GuessKey) -> Vec<MutexGuard<'_, ()>> {
        let place = |subject| usize::try_from(self.numbers.hash_one(subject) % 64).unwrap_or(0);
        let places: BTreeSet<_> = guesser.0.iter().map(place).collect();
        let mut taken = Vec::with_capacity(places.len());
        for place in places {
            taken.push(self.turns[place].lock().await);
        }
        taken
    }
}

/// Subjects are known by a number that nobody outside can foresee: what
/// somebody sends as theirs is not kept, however long it is.
#[derive(Debug)]
struct Gate {
    limiter: RateLimiter<u64, HashMapStateStore<u64>, Clock, NoOpMiddleware<Duration>>,
    numbers: RandomState,
}

impl clock::Clock for Clock {
    type Instant = Duration;

    fn now(&self) -> Duration {
        self.elapsed()
    }
}

impl Gate {
    fn new(a_minute: u32, clock: &Clock) -> Self {
        let quota = Quota::per_minute(NonZeroU32::new(a_minute).unwrap_or(NonZeroU32::MIN));
        Self {
            limiter: RateLimiter::hashmap_with_clock(quota, clock.clone()),
            numbers: RandomState::new(),
        }
    }

    fn pass(&self, subject: &str) -> Result<(), Duration> {
        // Subjects that count nothing any more are let go of now and then, and
        // it is whoever makes the map grow that pays for it.
        if self.limiter.len() > 1_024 && self.limiter.len().is_power_of_two() {
            self.limiter.retain_recent();
        }
        self.limiter
            .check_key(&self.numbers.hash_one(of_network(subject)))
            .map_err(|not_until| not_until.wait_time_from(self.limiter.clock().elapsed()))
    }
}

/// `subject` with its network in place of the IPv6 address that it ends with:
/// whoever has one has every other of those 64 bits too (RFC 7421).
fn of_network(subject: &str) -> Cow<'_, str> {
    let (what, address) = subject.rsplit_once(' ').unwrap_or(("", subject));
    match address.parse::<Ipv6Addr>() {
        Ok(address) => {
            let network = Ipv6Addr::from_bits(address.to_bits() >> 64 << 64);
            format!("{what} {network}/64").into()
        }
        Err(_) => subject.into(),
    }
}

/// Who guesses a code: an account where one is known, and a network address.
#[derive(Clone, Debug)]
pub struct GuessKey(Vec<String>);

impl GuessKey {
    /// Whoever is signed in as `account`, at `address`.
    pub fn new(account: Option<&str>, address: Option<&str>) -> Self {
        let account = account.map(|id| format!("code account {id}"));
        let address = address.map(|ip| of_network(&format!("code address {ip}")).into_owned());
        Self(account.into_iter().chain(address).collect())
    }
}

impl State {
    /// Whether `address` may ask for a pair of codes.
    ///
    /// # Errors
    /// The database's; inside, how long it has to wait.
    pub async fn may_ask(&self, address: &str) -> Result<Result<(), Duration>, DbError> {
        if let Err(wait) = self.rate_limits.device_authorization(address) {
            return Ok(Err(wait));
        }
        let limit = self.config.limits.device_authorizations;
        self.on_every_node(&format!("codes {address}"), limit).await
    }

    /// Whether a password may be tried; `subject` is an account or an address.
    ///
    /// # Errors
    /// The database's; inside, how long it has to wait.
    pub async fn may_sign_in(&self, subject: &str) -> Result<Result<(), Duration>, DbError> {
        if let Err(wait) = self.rate_limits.sign_in(subject) {
            return Ok(Err(wait));
        }
        self.on_every_node(&format!("sign-in {subject}"), self.config.limits.sign_ins).await
    }

    async fn on_every_node(
        &self,
        subject: &str,
        a_minute: u32,
    ) -> Result<Result<(), Duration>, DbError> {
        let passed = self.store.pass(&of_network(subject), a_minute, self.now()).await?;
        Ok(passed.map_err(|wait| Duration::from_millis(u64::try_from(wait).unwrap_or(1))))
    }

    /// Whether one more link for a lost password may be mailed to the account
    /// with this id, counting this one: three an hour, from all nodes together.
    ///
    /// # Errors
    /// The database's.
    pub async fn may_mail_link(&self, account_id: &str) -> Result<bool, DbError> {
        let now = self.now();
        let mut may = false;
        let subject = format!("mailed {account_id}");
        let count = |before: Misses| {
            let mut after = before;
            if now - before.window_began >= MAILED_WITHIN {
                after = Misses { window_began: now, ..Misses::default() };
            }
            may = after.misses < MAILED;
            after.misses += i64::from(may);
            after
        };
        self.store.count_miss(&subject, count).await?;
        Ok(may)
    }

    /// Waits until nobody else guesses for `guesser`; until what is given is let
    /// go of, nobody does.
    pub async fn turn(&self, guesser: &GuessKey) -> Vec<MutexGuard<'_, ()>> {
        self.rate_limits.guesses.of(guesser).await
    }

    /// Whether `guesser` may try a code now.
    ///
    /// # Errors
    /// The database's; inside, how long they have to wait.
    pub async fn may_guess(&self, guesser: &GuessKey) -> Result<Result<(), Duration>, DbError> {
        let now = self.now();
        for subject in &guesser.0 {
            let until = self.store.misses(subject).await?.blocked_until;
            if let Ok(wait @ 1..) = u64::try_from(until - now) {
                return Ok(Err(Duration::from_millis(wait)));
            }
        }
        Ok(Ok(()))
    }

    /// `guesser` tried a code that does not exist.
    ///
    /// # Errors
    /// The database's.
    pub async fn guessed_wrong(&self, guesser: &GuessKey) -> Result<(), DbError> {
        let now = self.now();
        for subject in &guesser.0 {
            self.store.count_miss(subject, |misses| missed(misses, now)).await?;
        }
        Ok(())
    }
}

/// What one more wrong code at `now` makes of earlier ones. Pure.
fn missed(before: Misses, now: i64) -> Misses {
    let mut after = before;
    if now - before.window_began >= MINUTE {
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

/// Retry-After in whole seconds, rounded up, never zero.
pub fn seconds(wait: Duration) -> u64 {
    wait.as_millis().div_ceil(1_000).max(1).try_into().unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn after(count: i64) -> Misses {
        (0..count).fold(Misses::default(), |misses, _| missed(misses, 1_000_000))
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
                misses = missed(misses, now);
            }
            let wait = misses.blocked_until - now;
            assert!(wait >= last && wait <= LONGEST);
            (now, last) = (misses.blocked_until, wait);
        }
        assert_eq!(last, LONGEST);
        assert_eq!(missed(misses, now + FORGIVEN).blocks, 0);
    }

    proptest! {
        /// Faster than four a minute, a day lets few of them through.
        #[test]
        fn a_day_of_guessing_is_worth_little(gap in 1_i64..15_000) {
            let (mut misses, mut now, mut tried) = (Misses::default(), 1_000_000_i64, 0);
            let end = now + 86_400_000;
            while now < end {
                if now >= misses.blocked_until { misses = missed(misses, now); tried += 1; }
                now = (now + gap).max(misses.blocked_until);
            }
            prop_assert!(tried < 26 * 5 * 3, "{tried}");
        }
    }

    #[test]
    fn a_gate_closes_for_one_and_stays_open_for_others() {
        let (limits, clock) =
            (Limits { device_authorizations: 2, sign_ins: 1, requests: 1 }, Clock::standing());
        let rate_limits = RateLimits::new(&limits, &clock);
        assert!(rate_limits.device_authorization("a").is_ok());
        assert!(rate_limits.device_authorization("a").is_ok());
        let wait = rate_limits.device_authorization("a").unwrap_err();
        assert_eq!(wait, Duration::from_secs(30));
        assert!(rate_limits.device_authorization("b").is_ok());
        clock.advance(29_999);
        assert_eq!(rate_limits.device_authorization("a"), Err(Duration::from_millis(1)));
        clock.advance(1);
        assert_eq!(rate_limits.device_authorization("a"), Ok(()));
    }

    #[test]
    fn one_network_is_one_subject() {
        for (subject, counted) in [
            ("2001:db8:1:2:3:4:5:6", " 2001:db8:1:2::/64"),
            ("codes 2001:db8:1:2::9", "codes 2001:db8:1:2::/64"),
            ("codes 192.0.2.1", "codes 192.0.2.1"),
            ("account ana@example.org", "account ana@example.org"),
            ("", ""),
        ] {
            assert_eq!(of_network(subject), counted);
        }
        let limits = Limits { device_authorizations: 1, sign_ins: 1, requests: 1 };
        let rate_limits = RateLimits::new(&limits, &Clock::standing());
        assert!(rate_limits.request("2001:db8::1").is_ok());
        assert!(rate_limits.request("2001:db8::2").is_err());
        assert!(rate_limits.request("2001:db8:0:1::1").is_ok());
    }
}

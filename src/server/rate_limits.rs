//! The flood gates of this process: so many requests a minute for each subject,
//! and one guess at a time. What all nodes count together is in
//! [`super::operations::limits`].

use crate::server::domain::client_ip::ClientIp;
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

use super::clock::{Clock, DAY, MINUTE};
use super::config::Limits;

/// Documents of programs that are fetched in a minute, for each address that asks; and
/// from each host, which nobody uses up alone.
pub const DOCUMENTS: u32 = 10;
pub const DOCUMENTS_OF_HOST: u32 = 60;

/// The flood gates of one process.
#[derive(Debug)]
pub struct RateLimits {
    device_authorizations: Gate,
    sign_ins: Gate,
    accounts: Gate,
    requests: Gate,
    messages: Gate,
    messages_to: Gate,
    messages_of_mesh: Gate,
    documents: Gate,
    hosts: Gate,
    guesses: KeyedLocks,
}

impl RateLimits {
    /// Gates that let this much through in a minute of `clock`.
    pub fn new(limits: &Limits, clock: &Clock) -> Self {
        Self {
            device_authorizations: Gate::new(limits.device_authorizations, clock),
            sign_ins: Gate::new(limits.sign_ins, clock),
            accounts: Gate::new(limits.sign_ins_from_everywhere(), clock),
            requests: Gate::new(limits.requests, clock),
            messages: Gate::new(limits.messages, clock),
            messages_to: Gate::hourly(limits.messages_to_one_in_an_hour(), clock),
            messages_of_mesh: Gate::new(limits.messages_of_mesh(), clock),
            documents: Gate::new(DOCUMENTS, clock),
            hosts: Gate::new(DOCUMENTS_OF_HOST, clock),
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

    /// A sign-in by password; `subject` is an address, or an account and where
    /// from.
    ///
    /// # Errors
    /// How long to wait.
    pub fn sign_in(&self, subject: &str) -> Result<(), Duration> {
        self.sign_ins.pass(subject)
    }

    /// A sign-in by password to this account, wherever from.
    ///
    /// # Errors
    /// How long to wait.
    pub fn account(&self, account: &str) -> Result<(), Duration> {
        self.accounts.pass(account)
    }

    /// Anything else; `subject` is a credential's id or an address.
    ///
    /// # Errors
    /// How long to wait.
    pub fn request(&self, subject: &str) -> Result<(), Duration> {
        self.requests.pass(subject)
    }

    /// A message; `subject` is a person in a mesh.
    ///
    /// # Errors
    /// How long to wait.
    pub fn message(&self, subject: &str) -> Result<(), Duration> {
        self.messages.pass(subject)
    }

    /// The same to one other; `subject` names them too.
    ///
    /// # Errors
    /// How long to wait.
    pub fn message_to(&self, subject: &str) -> Result<(), Duration> {
        self.messages_to.pass(subject)
    }

    /// The same of everybody in `mesh`.
    ///
    /// # Errors
    /// How long to wait.
    pub fn messages_of_mesh(&self, mesh: &str) -> Result<(), Duration> {
        self.messages_of_mesh.pass(mesh)
    }

    /// A document that this address wants fetched.
    ///
    /// # Errors
    /// How long to wait.
    pub fn document(&self, address: &str) -> Result<(), Duration> {
        self.documents.pass(address)
    }

    /// A document that is fetched from this host.
    ///
    /// # Errors
    /// How long to wait.
    pub fn document_of(&self, host: &str) -> Result<(), Duration> {
        self.hosts.pass(host)
    }

    /// Waits until nobody else guesses for `guesser`; until what is given is let
    /// go of, nobody does.
    pub async fn guess_turn(&self, guesser: &GuessKey) -> Vec<MutexGuard<'_, ()>> {
        self.guesses.of(guesser).await
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
        let places: BTreeSet<_> = guesser.subjects.iter().map(place).collect();
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
        Self::of(Quota::per_minute(at_least_one(a_minute)), clock)
    }

    fn hourly(an_hour: u32, clock: &Clock) -> Self {
        Self::of(Quota::per_hour(at_least_one(an_hour)), clock)
    }

    fn of(quota: Quota, clock: &Clock) -> Self {
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

fn at_least_one(number: u32) -> NonZeroU32 {
    NonZeroU32::new(number).unwrap_or(NonZeroU32::MIN)
}

/// `subject` with its network in place of the IPv6 address that it ends with:
/// whoever has one has every other of those 64 bits too (RFC 7421).
pub fn of_network(subject: &str) -> Cow<'_, str> {
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
pub struct GuessKey {
    subjects: Vec<String>,
    /// Milliseconds in which few wrong ones are free.
    within: i64,
}

impl GuessKey {
    /// Whoever is signed in as `account`, at `ip`.
    pub fn new(account: Option<&str>, ip: ClientIp) -> Self {
        let account = account.map(|id| format!("code account {id}"));
        let address = (ip != ClientIp::NONE)
            .then(|| of_network(&format!("code address {}", ip.counted())).into_owned());
        Self { subjects: account.into_iter().chain(address).collect(), within: MINUTE }
    }

    /// Whoever is signed in nowhere, at `ip`, and looks for a code that came with an
    /// invite. Counted apart: nobody keeps those from theirs who are signed in there.
    pub fn signed_out(ip: ClientIp) -> Self {
        let address = of_network(&format!("invited code address {}", ip.counted())).into_owned();
        Self { subjects: vec![address], within: MINUTE }
    }

    /// Whoever shows the second factor of `account`, wherever they are. Six digits
    /// bear few guesses, however slowly they come.
    pub fn of_second_factor(account: &str) -> Self {
        Self { subjects: vec![format!("second factor {account}")], within: DAY }
    }

    /// What wrong codes are counted for.
    pub fn subjects(&self) -> &[String] {
        &self.subjects
    }

    /// Milliseconds after the first wrong code in which the next ones count with it.
    pub fn counted_within(&self) -> i64 {
        self.within
    }
}

/// Retry-After in whole seconds, rounded up, never zero.
pub fn seconds(wait: Duration) -> u64 {
    wait.as_millis().div_ceil(1_000).max(1).try_into().unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_gate_closes_for_one_and_stays_open_for_others() {
        let (limits, clock) =
            (Limits { device_authorizations: 2, ..Limits::default() }, Clock::standing());
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
    fn one_who_wants_documents_uses_up_no_host() {
        let rate_limits = RateLimits::new(&Limits::default(), &Clock::standing());
        for _ in 0..DOCUMENTS {
            assert!(rate_limits.document("192.0.2.1").is_ok());
            assert!(rate_limits.document_of("example.org").is_ok());
        }
        assert!(rate_limits.document("192.0.2.1").is_err());
        assert!(rate_limits.document("192.0.2.2").is_ok());
        assert!(rate_limits.document_of("example.org").is_ok());
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
        let limits = Limits { requests: 1, ..Limits::default() };
        let rate_limits = RateLimits::new(&limits, &Clock::standing());
        assert!(rate_limits.request("2001:db8::1").is_ok());
        assert!(rate_limits.request("2001:db8::2").is_err());
        assert!(rate_limits.request("2001:db8:0:1::1").is_ok());
    }
}

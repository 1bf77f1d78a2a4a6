//! What every route is given. One [`State`] per listener: they share the
//! store, the keys, the waiters and the counters, and differ in the address
//! they are reached by, because issuer, links and the Host that is accepted
//! hang on it.

use std::ops::Deref;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, Instant};

use jiff::Timestamp;
use url::Url;

use super::config::Config;
use super::keys::Keys;
use super::mail::Mailer;
use super::metrics::Counters;
use super::poll_rate::PollRates;
use super::rate_limits::RateLimits;
use super::store::{DbError, Store};
use super::wake::Wake;

/// The axum state; cheap to clone.
#[derive(Clone, Debug)]
pub struct State {
    shared: Arc<Shared>,
    /// Where this listener is reached, without a path. The issuer.
    pub base: Arc<Url>,
    /// Where pages are reached: links of a code lead here. The same as
    /// [`State::base`] except on the embedded instance's private listener.
    pub pages: Arc<Url>,
}

/// What all listeners of one instance share.
#[derive(Debug)]
pub struct Shared {
    /// The only way to the database.
    pub store: Store,
    /// Forgets what ended long ago, as long as this is here.
    pub sweeping: tokio::task::JoinSet<()>,
    /// The instance key and what is derived from it.
    pub keys: Keys,
    /// Held polls.
    pub wake: Wake,
    /// When each device code was last asked for.
    pub poll_rates: PollRates,
    /// The flood gates.
    pub rate_limits: RateLimits,
    /// What whoever runs it can count.
    pub counters: Counters,
    /// Sends invites, where a mail server was named.
    pub mailer: Option<Mailer>,
    /// What the instance was told at the start.
    pub config: Config,
    /// What time it is.
    pub clock: Clock,
    /// Random, made once.
    pub instance_id: String,
    /// The one account of an embedded instance: its pages need no sign-in for
    /// a ticket, and offer no sign-up.
    pub owner: Option<String>,
}

impl State {
    /// The state of a listener reached at `base`, whose pages are at `pages`.
    pub fn new(shared: Arc<Shared>, base: Url, pages: Url) -> Self {
        Self { shared, base: Arc::new(base), pages: Arc::new(pages) }
    }

    /// What all listeners share.
    pub fn shared(&self) -> &Arc<Shared> {
        &self.shared
    }

    /// Now, in Unix milliseconds.
    pub fn now(&self) -> i64 {
        self.shared.clock.now()
    }

    /// Whether this is the built-in instance of one person.
    pub fn is_embedded(&self) -> bool {
        self.shared.owner.is_some()
    }

    /// The same for other people. The owner's own instance may have become a
    /// team's: then they come to where `crewmesh serve` is reached, whoever
    /// serves it at this moment.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn page_for_others(&self, path: &str) -> Result<String, DbError> {
        if self.is_embedded()
            && let Some(address) = self.store.address().await?
            && self.store.has_admin().await?
        {
            return Ok(format!("{address}{path}"));
        }
        Ok(self.page(path))
    }

    /// Where the upstream called `slug` is to send people back to: what it has
    /// to be told when this instance is made known to it.
    pub fn way_back_from(&self, slug: &str) -> String {
        self.page(&format!("/login/with/{slug}/back"))
    }

    /// `path` under where pages are reached.
    pub fn page(&self, path: &str) -> String {
        format!("{}{path}", origin(&self.pages))
    }
}

impl Deref for State {
    type Target = Shared;

    fn deref(&self) -> &Shared {
        &self.shared
    }
}

/// Scheme and authority of `url`, without the slash that [`Url`] adds: what an
/// issuer and an `Origin` header look like.
pub fn origin(url: &Url) -> String {
    url.as_str().trim_end_matches('/').to_owned()
}

/// The wall clock, which a test sets forward instead of waiting.
#[derive(Clone, Debug)]
pub struct Clock {
    began: Instant,
    /// When it began, in Unix milliseconds, for one that stands.
    stands: Option<i64>,
    ahead: Arc<AtomicI64>,
}

impl Default for Clock {
    fn default() -> Self {
        Self { began: Instant::now(), stands: None, ahead: Arc::default() }
    }
}

impl Clock {
    /// One that a busy machine cannot run away with: it goes on by a
    /// millisecond at each look, so that what happens is in order, and by what
    /// it is set forward.
    pub fn standing() -> Self {
        Self { stands: Some(Timestamp::now().as_millisecond()), ..Self::default() }
    }

    /// Now, in Unix milliseconds.
    pub fn now(&self) -> i64 {
        match self.stands {
            Some(began) => began + self.ahead.fetch_add(1, Ordering::Relaxed),
            None => Timestamp::now().as_millisecond() + self.ahead.load(Ordering::Relaxed),
        }
    }

    /// How long it has run: for what is counted in this process alone, which
    /// nobody who sets the computer's clock can stretch.
    pub fn elapsed(&self) -> Duration {
        let ahead = u64::try_from(self.ahead.load(Ordering::Relaxed)).unwrap_or_default();
        let ran = if self.stands.is_some() { Duration::ZERO } else { self.began.elapsed() };
        ran + Duration::from_millis(ahead)
    }

    /// Sets it forward by `milliseconds`, for everybody who holds a clone.
    pub fn advance(&self, milliseconds: i64) {
        self.ahead.fetch_add(milliseconds, Ordering::Relaxed);
    }
}

/// The time on the wire of a time in the database.
pub fn timestamp(milliseconds: i64) -> Timestamp {
    Timestamp::from_millisecond(milliseconds).unwrap_or(Timestamp::UNIX_EPOCH)
}

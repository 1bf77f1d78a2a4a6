//! What time it is on this instance, and the spans that its rules count in.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, Instant};

use jiff::Timestamp;

/// Milliseconds of a minute.
pub const MINUTE: i64 = 60_000;

/// Milliseconds of an hour.
pub const HOUR: i64 = 60 * MINUTE;

/// Milliseconds of a day.
pub const DAY: i64 = 24 * HOUR;

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

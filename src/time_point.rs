//! A point in time, as everything that waits here counts it.
//!
//! Two clocks, because each lies in its own way: the boot-time clock goes on
//! through a suspended laptop and ignores a corrected clock; the wall clock is
//! what `expires_at` on the wire is written in. [`TimePoint::now`] is the only
//! place that reads either; the wizard is always told.

use std::time::Duration;

use jiff::Timestamp;

/// A point in time, by both clocks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TimePoint {
    /// Time since the machine was started, suspended time included.
    pub boot: Duration,
    /// The wall clock, UTC.
    pub wall: Timestamp,
}

impl TimePoint {
    /// Reads both clocks.
    pub fn now() -> Self {
        Self { boot: boot_clock(), wall: Timestamp::now() }
    }

    /// `span` later than this; at the end of all time where that is beyond it: a span
    /// may be read from a file or a reply.
    #[must_use]
    pub fn after(self, span: Duration) -> Self {
        let wall = self.wall.checked_add(span).unwrap_or(Timestamp::MAX);
        Self { boot: self.boot.saturating_add(span), wall }
    }

    /// How long from `self` until `later`: the smaller of what the two clocks
    /// say, so that neither a suspend nor a clock set forward is missed. Zero
    /// when it has passed by either.
    pub fn until(self, later: Self) -> Duration {
        let by_boot = later.boot.saturating_sub(self.boot);
        let by_wall = Duration::try_from(later.wall.duration_since(self.wall)).unwrap_or_default();
        by_boot.min(by_wall)
    }

    /// Whether `deadline` has come by either clock.
    pub fn is_past(self, deadline: Self) -> bool {
        self.until(deadline).is_zero()
    }
}

#[cfg(any(target_os = "linux", target_os = "android"))]
fn boot_clock() -> Duration {
    since_boot(rustix::time::ClockId::Boottime)
}

// macOS: CLOCK_MONOTONIC goes on through sleep there.
#[cfg(all(unix, not(any(target_os = "linux", target_os = "android"))))]
fn boot_clock() -> Duration {
    since_boot(rustix::time::ClockId::Monotonic)
}

#[cfg(unix)]
fn since_boot(clock: rustix::time::ClockId) -> Duration {
    let time = rustix::time::clock_gettime(clock);
    Duration::new(
        u64::try_from(time.tv_sec).unwrap_or_default(),
        u32::try_from(time.tv_nsec).unwrap_or_default(),
    )
}

// Windows: the performance counter behind `Instant` goes on through sleep.
#[cfg(not(unix))]
fn boot_clock() -> Duration {
    use std::{sync::OnceLock, time::Instant};
    static FIRST: OnceLock<Instant> = OnceLock::new();
    FIRST.get_or_init(Instant::now).elapsed()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(boot: u64, wall: i64) -> TimePoint {
        TimePoint {
            boot: Duration::from_secs(boot),
            wall: Timestamp::from_second(wall).expect("in range"),
        }
    }

    #[test]
    fn a_span_beyond_all_time_ends_with_it() {
        let end = at(1, 1_000).after(Duration::MAX);
        assert_eq!((end.boot, end.wall), (Duration::MAX, Timestamp::MAX));
        assert!(!at(2, 2_000).is_past(end));
        assert_eq!(at(1, 1_000).after(Duration::from_secs(5)), at(6, 1_005));
    }

    #[test]
    fn a_deadline_passes_by_whichever_clock_comes_first() {
        let deadline = at(100, 1_000);
        assert_eq!(at(40, 940).until(deadline), Duration::from_mins(1));
        assert_eq!(at(90, 940).until(deadline), Duration::from_secs(10));
        assert_eq!(at(40, 1_001).until(deadline), Duration::ZERO);
        assert!(at(40, 1_001).is_past(deadline));
        assert!(!at(99, 999).is_past(deadline));
    }
}

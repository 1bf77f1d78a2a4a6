//! Waking at a moment: once for each, so that a page at rest costs one wake-up a
//! second and no more.
//!
//! On Linux the system keeps the time, not the runtime. A timer of the runtime's
//! that is more than some milliseconds away wakes twice, once to be sorted in
//! again; and it would sleep on through a suspended laptop.

#[cfg(any(target_os = "linux", target_os = "android"))]
pub use timerfd::WakeTimer;
#[cfg(not(any(target_os = "linux", target_os = "android")))]
pub use tokio_timer::WakeTimer;

#[cfg(any(target_os = "linux", target_os = "android"))]
mod timerfd {
    use std::io;

    use rustix::time::{
        Itimerspec, TimerfdClockId, TimerfdFlags, TimerfdTimerFlags, Timespec, timerfd_create,
        timerfd_settime,
    };
    use tokio::net::unix::pipe::Receiver;

    use crate::time_point::TimePoint;

    /// Rings at a moment, once.
    #[derive(Debug)]
    pub struct WakeTimer(Receiver);

    impl WakeTimer {
        /// Set to nothing. To be made inside a runtime.
        ///
        /// # Errors
        /// When the system has no timer left.
        pub fn new() -> io::Result<Self> {
            let flags = TimerfdFlags::NONBLOCK | TimerfdFlags::CLOEXEC;
            let timer = timerfd_create(TimerfdClockId::Boottime, flags)?;
            // The runtime waits for it as for any other end of a pipe: something
            // that can be read from now and then.
            Receiver::from_owned_fd_unchecked(timer).map(Self)
        }

        /// Returns at `wake`, or never. What it was set to before is forgotten.
        pub async fn rings(&mut self, wake: Option<TimePoint>) {
            let Some(wake) = wake else { return std::future::pending().await };
            let left = TimePoint::now().until(wake);
            // Set to no time at all, it would never ring.
            if left.is_zero() {
                return;
            }
            let never = Timespec { tv_sec: i64::MAX, tv_nsec: 0 };
            let it_value = Timespec::try_from(left).unwrap_or(never);
            let once = Itimerspec { it_interval: Timespec::default(), it_value };
            if timerfd_settime(&self.0, TimerfdTimerFlags::empty(), &once).is_err() {
                return tokio::time::sleep(left).await;
            }
            // That it rang for an earlier setting is found out by reading.
            let silent = |read: io::Result<usize>| {
                read.is_err_and(|why| why.kind() == io::ErrorKind::WouldBlock)
            };
            while self.0.readable().await.is_ok() && silent(self.0.try_read(&mut [0; 8])) {}
        }
    }
}

#[cfg(not(any(target_os = "linux", target_os = "android")))]
mod tokio_timer {
    use std::io;

    use crate::time_point::TimePoint;

    /// Rings at a moment, once.
    #[derive(Debug)]
    pub struct WakeTimer;

    impl WakeTimer {
        /// Set to nothing.
        ///
        /// # Errors
        /// None.
        pub fn new() -> io::Result<Self> {
            Ok(Self)
        }

        /// Returns at `wake`, or never.
        pub async fn rings(&mut self, wake: Option<TimePoint>) {
            match wake {
                Some(wake) => tokio::time::sleep(TimePoint::now().until(wake)).await,
                None => std::future::pending().await,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::time_point::TimePoint;

    fn in_millis(millis: u64) -> TimePoint {
        TimePoint::now().after(Duration::from_millis(millis))
    }

    #[tokio::test]
    async fn it_rings_when_the_moment_has_come_and_not_before() {
        let mut timer = WakeTimer::new().expect("there are timers");
        for millis in [5, 0, 3] {
            let wake = in_millis(millis);
            timer.rings(Some(wake)).await;
            assert!(TimePoint::now().is_past(wake), "after {millis} ms");
        }
    }

    #[tokio::test]
    async fn what_it_was_set_to_before_does_not_ring() {
        let (mut timer, mut other) =
            (WakeTimer::new().expect("one"), WakeTimer::new().expect("two"));
        for later in [Some(in_millis(3_600_000)), None] {
            // Given up while it waits, as for a key; then it is past that.
            tokio::select! {
                biased;
                () = timer.rings(Some(in_millis(1))) => {}
                () = std::future::ready(()) => {}
            }
            other.rings(Some(in_millis(5))).await;
            tokio::select! {
                biased;
                () = timer.rings(later) => panic!("it rang for {later:?}"),
                () = other.rings(Some(in_millis(5))) => {}
            }
        }
    }
}

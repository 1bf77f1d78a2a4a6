//! When a server last could not do what it was asked. It became a standby, has no
//! room or is stopping: connections from before that stay with it, while another
//! may be where it was.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// When the server last failed.
#[derive(Debug, Default)]
pub(super) struct Faults(Mutex<Option<Instant>>);

impl Faults {
    /// It failed now.
    pub(super) fn note(&self) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now());
    }

    /// Whether a connection of this `age` is from before that.
    pub(super) fn are_after(&self, age: Duration) -> bool {
        let last = *self.0.lock().unwrap_or_else(PoisonError::into_inner);
        last.is_some_and(|last| age >= last.elapsed())
    }
}

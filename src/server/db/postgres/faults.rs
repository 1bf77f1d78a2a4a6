//! When a server last could not do what it was asked. It became a standby, has no
//! room or is stopping: connections from before that stay with it, while another
//! may be where it was.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::server::db::error::{DbError, DbResult};

/// When the server last failed.
#[derive(Debug, Default)]
pub(super) struct Faults(Mutex<Option<Instant>>);

impl Faults {
    /// What was `done`, noted where it was the server that could not.
    pub(super) fn noted<T>(&self, done: sqlx::Result<T>) -> DbResult<T> {
        done.map_err(|why| {
            let fault = DbError::from(why);
            if fault.is_servers() {
                *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now());
            }
            fault
        })
    }

    /// Whether a connection of this `age` is from before that.
    pub(super) fn are_after(&self, age: Duration) -> bool {
        let last = *self.0.lock().unwrap_or_else(PoisonError::into_inner);
        last.is_some_and(|last| age >= last.elapsed())
    }
}

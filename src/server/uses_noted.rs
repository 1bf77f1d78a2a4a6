//! Notes of use that are under way.

use std::collections::HashSet;
use std::sync::{Mutex, PoisonError};

/// What is being noted as used: while the database cannot be written, each of
/// them once.
#[derive(Debug, Default)]
pub struct UsesNoted(Mutex<HashSet<String>>);

impl UsesNoted {
    /// Whether `id` was not being noted; from now on it is.
    pub fn begin(&self, id: &str) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(id.to_owned())
    }

    /// Whether nothing is being noted.
    pub fn is_idle(&self) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).is_empty()
    }

    /// It is noted, or cannot be.
    pub fn end(&self, id: &str) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(id);
    }
}

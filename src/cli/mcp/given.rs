//! What was given to the model and is not yet said to be read.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

/// By the id of a mesh, the number of the last message that was given.
#[derive(Clone, Debug, Default)]
pub(super) struct Given(Arc<Mutex<HashMap<String, i64>>>);

impl Given {
    /// The last message that was given in `mesh`.
    pub fn last(&self, mesh: &str) -> Option<i64> {
        self.lock().get(mesh).copied()
    }

    /// What was given in `mesh` is said to be read.
    pub fn forget(&self, mesh: &str) {
        self.lock().remove(mesh);
    }

    /// Everything in `mesh` up to this message was given.
    pub fn note(&self, mesh: &str, last: i64) {
        self.lock().insert(mesh.to_owned(), last);
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<String, i64>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

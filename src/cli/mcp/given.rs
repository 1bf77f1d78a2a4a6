//! What was given to the model and is not yet said to be read.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use crate::wire::Inbox;

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

    /// These are given.
    pub fn note(&self, mesh: &str, inbox: &Inbox) {
        if let Some(last) = inbox.data.last() {
            self.lock().insert(mesh.to_owned(), last.number);
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<String, i64>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

//! The folder everything is kept in, `CREWMESH_HOME` or `~/.crewmesh`, and
//! what in it is no credential: the choices of earlier runs, sign-ins under
//! way, and what a directory says about where its agents belong.
//!
//! Nothing is printed here. What was repaired or ignored is a note, taken with
//! [`Home::take_notes`] by whoever can say it.

pub mod directory_file;
pub(crate) mod disk;
pub mod folder;
pub mod last_launch;
pub mod lock;
pub mod pending;
pub mod quarantine;
pub mod sessions;
pub mod state;
pub mod unknown_members;

use std::sync::{Arc, Mutex, PoisonError};

use crate::environment::Environment;
use crate::error::AppError;
use crate::home::folder::Folder;
use crate::i18n::Message;

/// Where the folder is, and what was noticed about it. Cheap to make and to
/// clone (clones share their notes); opens nothing until asked.
#[derive(Clone, Debug)]
pub struct Home {
    env: Arc<Environment>,
    notes: Arc<Mutex<Vec<Message>>>,
}

impl Home {
    /// Takes down where to look. Reads nothing.
    pub fn new(env: &Environment) -> Self {
        Self { env: Arc::new(env.clone()), notes: Arc::default() }
    }

    /// Where this process runs.
    pub fn env(&self) -> &Environment {
        &self.env
    }

    /// What was repaired, fallen back to or ignored since this was last asked:
    /// for a line on stderr or on the page.
    pub fn take_notes(&self) -> Vec<Message> {
        std::mem::take(&mut self.notes.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Adds notes, each once.
    pub(crate) fn note(&self, notes: impl IntoIterator<Item = Message>) {
        let mut all = self.notes.lock().unwrap_or_else(PoisonError::into_inner);
        for note in notes {
            if !all.contains(&note) {
                all.push(note);
            }
        }
    }

    /// The folder, made where it is missing.
    ///
    /// # Errors
    /// As [`Folder::open`].
    pub fn open(&self) -> Result<Folder, AppError> {
        let folder = Folder::open(&self.env)?;
        self.note(folder.notes().iter().cloned());
        Ok(folder)
    }

    /// The folder if it is there.
    ///
    /// # Errors
    /// As [`Folder::look`].
    pub fn look(&self) -> Result<Option<Folder>, AppError> {
        let folder = Folder::look(&self.env)?;
        self.note(folder.iter().flat_map(Folder::notes).cloned());
        Ok(folder)
    }
}

#[cfg(test)]
pub(crate) mod tests;

//! Whether the file of a database is still the one that was opened. One that was
//! moved away goes on being written to without a word, and what is written is
//! gone for whoever comes next.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, OnceLock, PoisonError};

use rusqlite::{Connection, OptionalExtension as _};

use crate::server::db::error::{DbError, DbResult};

/// The file of a database, as it was found.
#[derive(Debug)]
pub(in crate::server::db) struct DatabaseFile {
    /// `None` for one in memory, which nobody moves.
    path: Option<PathBuf>,
    found: Mutex<Option<Inode>>,
    /// What the database calls itself, once it does.
    id: OnceLock<String>,
    /// How often another file was found in its place.
    generation: AtomicU64,
}

/// What the system knows a file by, whatever it is called: its device and number.
type Inode = (u64, u64);

impl DatabaseFile {
    /// The one at `path` now.
    pub(super) fn at(path: &Path) -> Self {
        Self {
            path: Some(path.to_owned()),
            found: Mutex::new(inode(path)),
            id: OnceLock::new(),
            generation: AtomicU64::new(0),
        }
    }

    pub(super) fn in_memory() -> Self {
        Self {
            path: None,
            found: Mutex::default(),
            id: OnceLock::new(),
            generation: AtomicU64::new(0),
        }
    }

    /// How often it was replaced: a connection from before reads what was.
    pub(super) fn generation(&self) -> u64 {
        self.generation.load(Ordering::Acquire)
    }

    /// Remembers what the database that `connection` is open to calls itself, as
    /// soon as it does.
    pub(super) fn identify(&self, connection: &Connection) {
        if self.path.is_some()
            && self.id.get().is_none()
            && let Ok(Some(id)) = id(connection)
        {
            let _ = self.id.set(id);
        }
    }

    /// Where it should be; `None` in memory.
    pub(super) fn path(&self) -> Option<&Path> {
        self.path.as_deref()
    }

    /// Whether the file that was found is where it was.
    pub(super) fn is_in_place(&self) -> bool {
        let found = *self.found.lock().unwrap_or_else(PoisonError::into_inner);
        self.path.as_deref().is_none_or(|path| found == inode(path))
    }

    /// Takes the file there now, which `connection` was just opened to, where it
    /// is a copy of the same database.
    ///
    /// # Errors
    /// When it is another.
    pub(super) fn found(&self, connection: &Connection) -> DbResult<()> {
        let Some(path) = &self.path else { return Ok(()) };
        let mut found = self.found.lock().unwrap_or_else(PoisonError::into_inner);
        let now = inode(path);
        if *found == now {
            return Ok(());
        }
        if self.id.get().is_some() && id(connection)?.as_ref() == self.id.get() {
            *found = now;
            self.generation.fetch_add(1, Ordering::AcqRel);
            return Ok(());
        }
        Err(DbError::unavailable("another database is where the file was"))
    }
}

#[cfg(unix)]
fn inode(path: &Path) -> Option<Inode> {
    use std::os::unix::fs::MetadataExt as _;
    path.metadata().ok().map(|file| (file.dev(), file.ino()))
}

/// A file that is open cannot be moved there.
#[cfg(not(unix))]
fn inode(_: &Path) -> Option<Inode> {
    None
}

fn id(connection: &Connection) -> DbResult<Option<String>> {
    let sql = "SELECT value FROM instance WHERE name = 'id'";
    Ok(connection.query_row(sql, [], |row| row.get(0)).optional()?)
}

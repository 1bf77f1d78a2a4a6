//! A copy of a SQLite database while it is in use, whole and at one moment.

use std::fs::{File, OpenOptions};
use std::path::Path;

use rusqlite::{Connection, OpenFlags};

use super::private_file::{is_database, private, unusable};
use super::sqlite::BUSY;
use crate::error::{AppError, ErrorKind};
use crate::i18n::Message;
use crate::server::config::Database;

impl Database {
    /// Writes a copy to `to`, which must not be there yet, readable by its
    /// owner alone. The key is not in it.
    ///
    /// # Errors
    /// When there is nothing to copy, or no place for it.
    pub async fn back_up(&self, to: &Path) -> Result<(), AppError> {
        let Self::Sqlite(path) = self else {
            return Err(AppError::new(
                ErrorKind::BadArguments,
                "not_sqlite",
                Message::new("backup-not-sqlite"),
            )
            .hint(Message::new("backup-not-sqlite-hint")));
        };
        if !is_database(path) {
            let message =
                Message::new("backup-nothing-there").with("path", path.display().to_string());
            return Err(AppError::new(ErrorKind::NotFound, "no_database", message));
        }
        private(OpenOptions::new().create_new(true).write(true))
            .open(to)
            .map_err(|why| cannot_write(to, &why))?;
        let copied = copy(path, to).await;
        if copied.is_err() {
            // Half a copy is worse than none.
            let _ = std::fs::remove_file(to);
        }
        copied
    }
}

async fn copy(from: &Path, to: &Path) -> Result<(), AppError> {
    let (file, copy) = (from.to_owned(), to.to_string_lossy().into_owned());
    let vacuum = move || -> rusqlite::Result<()> {
        let file = Connection::open_with_flags(file, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
        file.busy_timeout(BUSY)?;
        file.execute("VACUUM INTO ?1", [copy]).map(drop)
    };
    let copied = tokio::task::spawn_blocking(vacuum).await.map_err(AppError::internal)?;
    copied.map_err(|why| unusable(from, &why))?;
    File::open(to).and_then(|file| file.sync_all()).map_err(|why| cannot_write(to, &why))
}

fn cannot_write(to: &Path, why: &std::io::Error) -> AppError {
    let message = Message::new("backup-cannot-write")
        .with("path", to.display().to_string())
        .with("why", why.to_string());
    let kind = match why.kind() {
        std::io::ErrorKind::AlreadyExists => ErrorKind::AlreadyExists,
        _ => ErrorKind::Failed,
    };
    AppError::new(kind, "cannot_write", message)
}

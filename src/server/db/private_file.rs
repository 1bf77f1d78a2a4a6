//! Files that are their owner's alone, and the lock between processes on one
//! beside the database.

use std::fs::OpenOptions;
use std::path::{Path, PathBuf};

use rusqlite::{Connection, ErrorCode, OpenFlags};

use crate::error::{AppError, ErrorKind};
use crate::i18n::Message;
use crate::locked_file::LockedFile;

/// Waits for the lock on `path` on a thread that may block. What cannot be is
/// told of `shown`, which somebody named.
///
/// # Errors
/// When the file cannot be made or locked.
pub async fn lock(path: PathBuf, shown: &Path) -> Result<LockedFile, AppError> {
    let taken = tokio::task::spawn_blocking(move || {
        let file =
            private(OpenOptions::new().create(true).truncate(false).write(true)).open(&path)?;
        LockedFile::wait(file)
    });
    taken.await.map_err(AppError::internal)?.map_err(|fault| unusable(shown, &fault))
}

/// Files that are made are their owner's alone.
pub(super) fn private(options: &mut OpenOptions) -> &mut OpenOptions {
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(options, 0o600);
    options
}

/// Makes the file at `path` where there is none. SQLite gives its log and its
/// shared memory the mode of the database file.
///
/// One that is there is not opened: to close it again would take the locks from
/// whoever else in this process has it open (fcntl(2)).
pub(super) fn make_private(path: &Path) -> std::io::Result<()> {
    match private(OpenOptions::new().create_new(true).write(true)).open(path) {
        Err(fault) if fault.kind() == std::io::ErrorKind::AlreadyExists && path.exists() => Ok(()),
        // A link to where none is yet.
        Err(fault) if fault.kind() == std::io::ErrorKind::AlreadyExists => {
            private(OpenOptions::new().create(true).truncate(false).write(true))
                .open(path)
                .map(drop)
        }
        made => made.map(drop),
    }
}

/// Whether an SQLite database is there already: an empty file is none yet. Asked of
/// SQLite, which knows what else this process has open of it.
pub fn is_database(path: &Path) -> bool {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let version = Connection::open_with_flags(path, flags)
        .and_then(|file| file.query_row("PRAGMA schema_version", [], |row| row.get::<_, i64>(0)));
    match version {
        Ok(version) => version > 0,
        Err(why) => path.is_file() && why.sqlite_error_code() != Some(ErrorCode::NotADatabase),
    }
}

/// Why the file at `path` cannot be used.
pub(super) fn unusable(path: &Path, why: &dyn std::fmt::Display) -> AppError {
    AppError::new(
        ErrorKind::Internal,
        "database_unusable",
        Message::new("server-database-unusable")
            .with("path", path.display().to_string())
            .with("why", why.to_string()),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_file_that_cannot_be_is_told_of_by_its_own_name() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("missing").join("x.db");
        let error = lock(path.with_extension("lock"), &path).await;
        let said = format!("{:?}", error.unwrap_err().message);
        assert!(said.contains(&path.display().to_string()), "{said}");
    }
}

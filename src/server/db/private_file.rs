//! Files that are their owner's alone, and the lock between processes on one
//! beside the database.

use std::fs::{File, OpenOptions};
use std::io::Read as _;
use std::path::{Path, PathBuf};

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

/// SQLite gives its log and its shared memory the mode of the database file.
pub(super) fn make_private(path: &Path) -> std::io::Result<()> {
    private(OpenOptions::new().create(true).truncate(false).write(true)).open(path).map(drop)
}

/// Whether an SQLite database is there already.
pub fn is_database(path: &Path) -> bool {
    let mut start = [0; 16];
    File::open(path).and_then(|mut file| file.read_exact(&mut start)).is_ok()
        && start == *b"SQLite format 3\0"
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

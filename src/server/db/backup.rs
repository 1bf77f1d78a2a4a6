//! A copy of a SQLite database while it is in use, whole and at one moment.

use std::fs::{File, OpenOptions};
use std::path::Path;

use sqlx::any::install_default_drivers;
use sqlx::{AnyConnection, Connection};

use super::private_file::{is_database, private, unusable};
use super::sqlite::url_of;
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
    install_default_drivers();
    let failed = |why: sqlx::Error| unusable(from, &why);
    let mut connection = AnyConnection::connect(&url_of(from)).await.map_err(failed)?;
    sqlx::query("PRAGMA busy_timeout = 20000").fetch_all(&mut connection).await.map_err(failed)?;
    sqlx::query("VACUUM INTO $1")
        .bind(to.to_string_lossy().into_owned())
        .execute(&mut connection)
        .await
        .map_err(failed)?;
    connection.close().await.map_err(failed)?;
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

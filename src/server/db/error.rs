//! What can go wrong with a database, and whether asking again may help.

use std::time::Duration;

use crate::error::AppError;

/// When whoever met a fault that passes may ask again.
pub const RETRY_AFTER: Duration = Duration::from_secs(1);

/// A fault of the database: nothing the asking person can do anything about.
#[derive(Debug, thiserror::Error)]
#[error("the database failed: {0}")]
pub struct DbError(#[from] sqlx::Error);

/// What a statement gives.
pub type DbResult<T> = Result<T, DbError>;

impl DbError {
    /// The database cannot be used at the moment.
    pub(super) fn unavailable(why: impl std::fmt::Display) -> Self {
        sqlx::Error::Io(std::io::Error::other(why.to_string())).into()
    }

    /// A row that must be there is not.
    pub fn no_row() -> Self {
        sqlx::Error::RowNotFound.into()
    }

    /// What went wrong, in the database's own words.
    pub(super) fn cause(&self) -> String {
        match &self.0 {
            sqlx::Error::Io(why) => why.to_string(),
            sqlx::Error::Protocol(why) => why.clone(),
            why => why.to_string(),
        }
    }

    /// A fault of ours.
    pub(super) fn internal(why: impl std::fmt::Display) -> Self {
        sqlx::Error::Protocol(why.to_string()).into()
    }

    /// Whether it was the server that could not, so that another connection may be
    /// to one that can: two that are in each other's way are none of it.
    pub(super) fn is_servers(&self) -> bool {
        match &self.0 {
            sqlx::Error::Database(fault) => {
                fault.code().is_some_and(|code| passes(&code) && !code.starts_with("40"))
            }
            sqlx::Error::Io(_) | sqlx::Error::Tls(_) => true,
            _ => false,
        }
    }

    /// Whether the database was away rather than wrong: asking again may help.
    pub fn is_passing(&self) -> bool {
        match &self.0 {
            sqlx::Error::Io(_) | sqlx::Error::PoolTimedOut | sqlx::Error::Tls(_) => true,
            sqlx::Error::Database(fault) => fault.code().is_some_and(|code| passes(&code)),
            _ => false,
        }
    }
}

/// One that passes by itself, when the disk has room again or another process
/// lets go, is no fault of ours.
impl From<&rusqlite::Error> for DbError {
    fn from(why: &rusqlite::Error) -> Self {
        use rusqlite::ErrorCode as Code;
        match why.sqlite_error_code() {
            Some(
                Code::DatabaseBusy
                | Code::DatabaseLocked
                | Code::ReadOnly
                | Code::SystemIoFailure
                | Code::DiskFull
                | Code::CannotOpen,
            ) => Self::unavailable(why),
            _ => Self::internal(why),
        }
    }
}

impl From<rusqlite::Error> for DbError {
    fn from(why: rusqlite::Error) -> Self {
        Self::from(&why)
    }
}

impl From<DbError> for AppError {
    fn from(fault: DbError) -> Self {
        let retry_after = fault.is_passing().then_some(RETRY_AFTER);
        Self { retry_after, ..Self::internal(fault) }
    }
}

/// Whether what PostgreSQL calls `code` may be over in a moment: stopping,
/// starting, gone (57P0x), connection lost (08), no room or too many connections
/// (53), two transactions in each other's way (40), another has become the one
/// that is written to (25006).
fn passes(code: &str) -> bool {
    ["57P", "08", "53", "40", "25006"].iter().any(|class| code.starts_with(class))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_passes_by_itself_is_told_from_what_is_wrong() {
        for code in ["57P01", "08006", "53300", "53100", "40001", "25006"] {
            assert!(passes(code), "{code}");
        }
        for code in ["23505", "42P01", "42601", ""] {
            assert!(!passes(code), "{code}");
        }
        let of = |code| rusqlite::Error::SqliteFailure(rusqlite::ffi::Error::new(code), None);
        assert!(DbError::from(of(13)).is_passing() && DbError::from(of(5)).is_passing());
        assert!(!DbError::from(of(2067)).is_passing());
    }
}

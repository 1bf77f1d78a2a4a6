//! Wrong codes, and what may be done so often a minute, counted where every
//! node sees them.
//!
//! The surprising rule: on SQLite only wrong codes are. One server has the file
//! to itself there, and its own gates know all that it lets through.

use super::handle::Store;
use super::ids::hash;
use crate::secret::Secret;
use crate::server::db::{DbResult, Row, values};

const BY_SUBJECT: &str =
    "SELECT window_began, misses, blocks, blocked_until FROM limits WHERE subject = $1";

/// How often somebody was wrong lately. Times are Unix milliseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Misses {
    /// When this minute of counting began.
    pub window_began: i64,
    /// Wrong ones in it.
    pub misses: i64,
    /// How often it was too many.
    pub blocks: i64,
    /// Nothing is let through until then.
    pub blocked_until: i64,
}

impl Store {
    /// How often `subject` was wrong lately.
    pub async fn misses(&self, subject: &str) -> DbResult<Misses> {
        Ok(self.db.one(BY_SUBJECT, values![subject], read).await?.unwrap_or_default())
    }

    /// Lets `subject` through if all nodes together did so at most `a_minute`
    /// times lately; else the milliseconds to wait. What is refused writes
    /// nothing.
    pub async fn pass(&self, subject: &str, a_minute: u32, now: i64) -> DbResult<Result<(), i64>> {
        if !self.db.is_postgres() {
            return Ok(Ok(()));
        }
        // Somebody types a password where their e-mail belongs.
        let subject = format!("rate {}", hash(&Secret::new(subject)));
        let step = (60_000 / i64::from(a_minute.max(1))).max(1);
        let ahead = step * i64::from(a_minute.max(1) - 1);
        // How far ahead of the clock its uses reach, each worth a step.
        let sql = "INSERT INTO limits (subject, window_began, misses, blocks, blocked_until)
             VALUES ($1, $2, 0, 0, $2 + $3)
             ON CONFLICT (subject) DO UPDATE SET window_began = $2, blocked_until =
                CASE WHEN limits.blocked_until > $2 THEN limits.blocked_until ELSE $2 END + $3
             WHERE limits.blocked_until <= $2 + $4";
        let passed = self.db.execute(sql, values![&subject, now, step, ahead]).await?;
        if passed == 1 {
            return Ok(Ok(()));
        }
        let reaches = self.misses(&subject).await?.blocked_until;
        Ok(Err((reaches - now - ahead).max(1)))
    }

    /// Writes what `next` makes of how often `subject` was wrong; gives what
    /// else it makes of that.
    pub async fn count_miss<T: Send + 'static>(
        &self,
        subject: &str,
        next: impl FnOnce(Misses) -> (Misses, T) + Send + 'static,
    ) -> DbResult<T> {
        let sql = "INSERT INTO limits (subject, window_began, misses, blocks, blocked_until)
             VALUES ($1, $2, $3, $4, $5)
             ON CONFLICT (subject) DO UPDATE SET window_began = excluded.window_began,
                misses = excluded.misses, blocks = excluded.blocks,
                blocked_until = excluded.blocked_until";
        let subject = subject.to_owned();
        self.db
            .write(async move |tx| {
                tx.lock(&subject).await?;
                let before = tx.one(BY_SUBJECT, values![&subject], read).await?;
                let (after, made) = next(before.unwrap_or_default());
                let Misses { window_began, misses, blocks, blocked_until } = after;
                let values = values![subject, window_began, misses, blocks, blocked_until];
                tx.execute(sql, values).await?;
                Ok(made)
            })
            .await
    }
}

fn read(row: &Row<'_>) -> DbResult<Misses> {
    Ok(Misses {
        window_began: row.get("window_began")?,
        misses: row.get("misses")?,
        blocks: row.get("blocks")?,
        blocked_until: row.get("blocked_until")?,
    })
}

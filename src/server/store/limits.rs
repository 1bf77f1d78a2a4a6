//! Wrong codes, counted where every process and node sees them.

use sqlx::Row;

use super::{Outcome, Store};

/// Milliseconds after which a row that counts nothing any more is forgotten.
const KEPT: i64 = 2 * 86_400_000;

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
    ///
    /// # Errors
    /// Those of the database.
    pub async fn misses(&self, subject: &str) -> Outcome<Misses> {
        let row = sqlx::query(
            "SELECT window_began, misses, blocks, blocked_until FROM limits WHERE subject = $1",
        )
        .bind(subject)
        .fetch_optional(self.pool())
        .await?;
        row.as_ref().map_or(Ok(Misses::default()), read)
    }

    /// Writes what `next` makes of how often `subject` was wrong.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn count_miss(
        &self,
        subject: &str,
        now: i64,
        next: impl FnOnce(Misses) -> Misses + Send,
    ) -> Outcome<()> {
        let mut transaction = self.begin_about(subject).await?;
        sqlx::query("DELETE FROM limits WHERE window_began < $1")
            .bind(now - KEPT)
            .execute(&mut *transaction)
            .await?;
        let row = sqlx::query(
            "SELECT window_began, misses, blocks, blocked_until FROM limits WHERE subject = $1",
        )
        .bind(subject)
        .fetch_optional(&mut *transaction)
        .await?;
        let misses = next(row.as_ref().map_or(Ok(Misses::default()), read)?);
        sqlx::query(
            "INSERT INTO limits (subject, window_began, misses, blocks, blocked_until)
             VALUES ($1, $2, $3, $4, $5)
             ON CONFLICT (subject) DO UPDATE SET window_began = excluded.window_began,
                misses = excluded.misses, blocks = excluded.blocks,
                blocked_until = excluded.blocked_until",
        )
        .bind(subject)
        .bind(misses.window_began)
        .bind(misses.misses)
        .bind(misses.blocks)
        .bind(misses.blocked_until)
        .execute(&mut *transaction)
        .await?;
        transaction.commit().await?;
        Ok(())
    }
}

fn read(row: &sqlx::any::AnyRow) -> Outcome<Misses> {
    Ok(Misses {
        window_began: row.try_get("window_began")?,
        misses: row.try_get("misses")?,
        blocks: row.try_get("blocks")?,
        blocked_until: row.try_get("blocked_until")?,
    })
}

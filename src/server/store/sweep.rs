//! Forgetting what ended long ago, an hour apart and by one process of all
//! that share a database: whoever notes the hour first. Rows go in portions,
//! so that nobody who writes waits long.

use std::time::Duration;

use tokio::task::JoinSet;

use super::handle::Store;
use crate::server::clock::Clock;
use crate::server::db::{DbResult, values};

/// Milliseconds between two sweeps of a database.
const APART: i64 = 3_600_000;

/// How often a process looks whether a sweep is due.
const LOOK: Duration = Duration::from_mins(20);

/// How long a process that starts has other things to do.
const FIRST: Duration = Duration::from_secs(5);

/// Rows that go at once.
const PORTION: u64 = 500;

/// What goes, and how many milliseconds after its end. A device code is kept a
/// week for the record, a browser's code a day in which it may be shown again, a
/// sign-in elsewhere, or one without its code, an hour to be told that it ended, a guesser's count as long
/// as it may block, how often something was done for an hour.
const ENDED: [(&str, i64); 7] = [
    (
        "DELETE FROM device_codes WHERE id IN
            (SELECT id FROM device_codes WHERE expires_at < $1 LIMIT $2)",
        7 * 86_400_000,
    ),
    (
        "DELETE FROM authorization_codes WHERE id IN
            (SELECT id FROM authorization_codes WHERE expires_at < $1 LIMIT $2)",
        86_400_000,
    ),
    (
        "DELETE FROM web_sessions WHERE id IN
            (SELECT id FROM web_sessions WHERE expires_at < $1 LIMIT $2)",
        0,
    ),
    (
        "DELETE FROM upstream_attempts WHERE state_hash IN
            (SELECT state_hash FROM upstream_attempts WHERE expires_at < $1 LIMIT $2)",
        3_600_000,
    ),
    (
        "DELETE FROM pending_sign_ins WHERE token_hash IN
            (SELECT token_hash FROM pending_sign_ins WHERE expires_at < $1 LIMIT $2)",
        3_600_000,
    ),
    (
        "DELETE FROM limits WHERE subject IN
            (SELECT subject FROM limits WHERE window_began < $1 LIMIT $2)",
        2 * 86_400_000,
    ),
    (
        "DELETE FROM limits WHERE subject IN
            (SELECT subject FROM limits WHERE window_began < $1 AND subject LIKE 'rate %' LIMIT $2)",
        3_600_000,
    ),
];

impl Store {
    /// Sweeps as long as the answer is kept.
    pub fn keep_swept(&self, clock: &Clock) -> JoinSet<()> {
        let (store, clock) = (self.clone(), clock.clone());
        let mut task = JoinSet::new();
        task.spawn(async move {
            tokio::time::sleep(FIRST).await;
            loop {
                if let Err(fault) = store.sweep(clock.now()).await {
                    tracing::warn!(%fault, "cannot forget what ended long ago");
                }
                tokio::time::sleep(LOOK).await;
            }
        });
        task
    }

    /// Forgets what ended long ago, unless that was done within the hour; says
    /// how many rows that were.
    pub async fn sweep(&self, now: i64) -> DbResult<u64> {
        // Of one width, so that texts compare as the numbers they are.
        let sql = "INSERT INTO instance (name, value) VALUES ('swept_at', $1)
             ON CONFLICT (name) DO UPDATE SET value = excluded.value WHERE instance.value <= $2";
        let times = values![format!("{now:015}"), format!("{:015}", now - APART)];
        if self.db.execute(sql, times).await? == 0 {
            return Ok(0);
        }
        let portion = i64::try_from(PORTION).unwrap_or(i64::MAX);
        let mut gone = 0;
        for (sql, kept) in ENDED {
            loop {
                let deleted = self.db.execute(sql, values![now - kept, portion]).await?;
                gone += deleted;
                if deleted < PORTION {
                    break;
                }
                tokio::task::yield_now().await;
            }
        }
        Ok(gone)
    }
}

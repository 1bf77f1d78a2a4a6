//! Forgetting what ended long ago, an hour apart and by one process of all
//! that share a database: whoever notes the hour first. Rows go in portions,
//! so that nobody who writes waits long.

use std::time::Duration;

use tokio::task::JoinSet;

use super::handle::Store;
use super::peers::LIFE;
use super::{mesh_log, peers};
use crate::server::clock::{Clock, DAY};
use crate::server::db::{DbError, DbResult, Value, values};
use crate::server::domain::news::{News, Topic};
use crate::wire::MeshEventKind;

/// Milliseconds between two sweeps of a database.
const APART: i64 = 3_600_000;

/// How often a process looks whether a sweep is due.
const LOOK: Duration = Duration::from_mins(20);

/// How long a process that starts has other things to do.
const FIRST: Duration = Duration::from_secs(5);

/// Rows that go at once.
const PORTION: u64 = 500;

/// Peers that are written down as ended at once: more is written of each.
const SILENT: i64 = 100;

/// What goes, and how many milliseconds after its end. A device code is kept a
/// week for the record, a browser's code a day in which it may be shown again, a
/// token of an hour and what renews it as long, a program that registered itself a
/// day, or once it was let in as long as anything that it was given lives, a
/// sign-in elsewhere, or one without its code, an hour to be told that it ended, a guesser's count as long
/// as it may block, how often something was done for an hour, how often an account at a
/// provider was used for the thirty days that are told.
const ENDED: [(&str, i64); 14] = [
    (
        "DELETE FROM device_flows WHERE id IN
            (SELECT id FROM device_flows WHERE expires_at < $1 LIMIT $2)",
        86_400_000,
    ),
    (
        "DELETE FROM connection_uses WHERE (connection_id, day) IN
            (SELECT connection_id, day FROM connection_uses
             WHERE day < CAST($1 AS BIGINT) / 86400000 LIMIT $2)",
        31 * 86_400_000,
    ),
    (
        "DELETE FROM connection_share_uses WHERE (mesh_id, connection_id, account_id, day) IN
            (SELECT mesh_id, connection_id, account_id, day FROM connection_share_uses
             WHERE day < CAST($1 AS BIGINT) / 86400000 LIMIT $2)",
        31 * 86_400_000,
    ),
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
        "DELETE FROM access_tokens WHERE token_hash IN
            (SELECT token_hash FROM access_tokens WHERE expires_at < $1 LIMIT $2)",
        86_400_000,
    ),
    (
        "DELETE FROM refresh_tokens WHERE token_hash IN
            (SELECT token_hash FROM refresh_tokens WHERE expires_at < $1 LIMIT $2)",
        86_400_000,
    ),
    (
        "DELETE FROM dynamic_clients WHERE id IN (SELECT id FROM dynamic_clients
            WHERE last_used_at IS NULL AND created_at < $1 LIMIT $2)",
        86_400_000,
    ),
    (
        "DELETE FROM dynamic_clients WHERE id IN
            (SELECT id FROM dynamic_clients WHERE last_used_at < $1 LIMIT $2)",
        366 * 86_400_000,
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

/// What goes of a mesh once it is as old as messages there are kept. Its counters
/// stay: no number comes twice.
const OLD: [&str; 3] = [
    "DELETE FROM messages WHERE (mesh_id, number) IN
        (SELECT mesh_id, number FROM messages WHERE created_at < $1 LIMIT $2)",
    "DELETE FROM mesh_events WHERE (mesh_id, number) IN
        (SELECT mesh_id, number FROM mesh_events WHERE created_at < $1 LIMIT $2)",
    "DELETE FROM tasks WHERE (mesh_id, number) IN
        (SELECT mesh_id, number FROM tasks
         WHERE changed_at < $1 AND state IN ('done', 'dropped') LIMIT $2)",
];

/// How far somebody had read in a mesh that they are not in any more, and whom they
/// had muted there, or who had muted them.
const OF_NOBODY: [&str; 2] = [
    "DELETE FROM inboxes WHERE (mesh_id, account_id, name) IN
        (SELECT i.mesh_id, i.account_id, i.name FROM inboxes i WHERE NOT EXISTS
            (SELECT 1 FROM members m WHERE m.mesh_id = i.mesh_id
                AND m.account_id = i.account_id) LIMIT $1)",
    "DELETE FROM mutes WHERE (mesh_id, account_id, muted_id) IN
        (SELECT u.mesh_id, u.account_id, u.muted_id FROM mutes u
         WHERE 2 > (SELECT COUNT(*) FROM members m WHERE m.mesh_id = u.mesh_id
                AND m.account_id IN (u.account_id, u.muted_id)) LIMIT $1)",
];

impl Store {
    /// Sweeps as long as the answer is kept. What is old of a mesh goes after
    /// `days`.
    pub fn keep_swept(&self, clock: &Clock, days: u32) -> JoinSet<()> {
        let (store, clock) = (self.clone(), clock.clone());
        let mut task = JoinSet::new();
        task.spawn(async move {
            tokio::time::sleep(FIRST).await;
            loop {
                if let Err(fault) = store.sweep(clock.now(), days).await {
                    tracing::warn!(%fault, "cannot forget what ended long ago");
                }
                tokio::time::sleep(LOOK).await;
            }
        });
        task
    }

    /// Forgets what ended long ago, and what is old of a mesh after `days`, unless
    /// that was done within the hour; says how many rows that were.
    pub async fn sweep(&self, now: i64, days: u32) -> DbResult<u64> {
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
            gone += self.all_of(sql, || values![now - kept, portion]).await?;
        }
        gone += self.end_silent(now).await?;
        for sql in OLD {
            gone += self.all_of(sql, || values![now - i64::from(days) * DAY, portion]).await?;
        }
        for sql in OF_NOBODY {
            gone += self.all_of(sql, || values![portion]).await?;
        }
        Ok(gone)
    }

    /// Runs `sql` for a portion after the other; how many rows that were.
    async fn all_of(&self, sql: &'static str, values: impl Fn() -> Vec<Value>) -> DbResult<u64> {
        let mut gone = 0;
        loop {
            let deleted = self.db.execute(sql, values()).await?;
            gone += deleted;
            if deleted < PORTION {
                return Ok(gone);
            }
            tokio::task::yield_now().await;
        }
    }

    /// Writes down of peers that were not heard from any more that they ended.
    /// Whoever hears from others notices that sooner; the last of an instance is
    /// noticed here, after twice the time: what a node has heard may not be written
    /// down yet.
    async fn end_silent(&self, now: i64) -> DbResult<u64> {
        let (mut ended, gone_by) = (0, now - LIFE);
        while self.has_silent_peers(gone_by).await? {
            ended += self
                .db
                .write(async move |tx| {
                    let all = peers::remove_silent(tx, SILENT, gone_by).await?;
                    for gone in &all {
                        let (mesh, who) = (&gone.mesh_id, (&*gone.account_id, &*gone.name));
                        let what = MeshEventKind::Ended;
                        let number = mesh_log::note(tx, mesh, what, who, &gone.agent, now).await?;
                        let presence = mesh_log::touch(tx, mesh, now).await?;
                        for (counted, topic) in
                            [(number, Topic::Event), (presence, Topic::Presence)]
                        {
                            // No node's: each hears of it.
                            let mesh = mesh.clone();
                            let news = News { node: 0, mesh, counted, topic };
                            mesh_log::tell(tx, &news).await?;
                        }
                    }
                    Ok::<_, DbError>(all.len() as u64)
                })
                .await?;
        }
        Ok(ended)
    }
}

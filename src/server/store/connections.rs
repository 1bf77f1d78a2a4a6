//! What people connected, what opens it sealed, and how often it was given to a
//! machine. Whoever writes here has locked the account.

use std::collections::HashMap;

use jiff::Timestamp;

use super::handle::Store;
use crate::provider::verify::Checked;
use crate::server::clock::{DAY, timestamp};
use crate::server::db::{DbError, DbResult, Page, Row, Rows, Tx, values};
use crate::wire::{Connection, Health, Way};

/// Days of which uses are told.
pub(super) const TOLD_DAYS: usize = 30;

/// What is kept of one besides what everybody may see of it.
#[derive(Clone, Debug)]
pub struct Kept {
    pub connection: Connection,
    /// What opens it, sealed.
    pub sealed: Option<String>,
    /// What that is renewed by, sealed.
    pub refresh: Option<String>,
    /// The OAuth client for which both were given out.
    pub client_id: Option<String>,
    /// When it ends, in Unix milliseconds.
    pub ends_at: Option<i64>,
}

impl Kept {
    /// Whether what opens it is over at `now` (Unix milliseconds).
    pub fn is_over(&self, now: i64) -> bool {
        self.ends_at.is_some_and(|end| end <= now)
    }
}

/// What follows on what opened a connection.
#[derive(Clone, Debug)]
pub struct Followed {
    /// What opens it, sealed.
    pub sealed: String,
    pub last_four: String,
    /// What that is renewed by, where it is not the same as before.
    pub refresh: Option<String>,
    /// When it ends, in Unix milliseconds.
    pub ends_at: Option<i64>,
}

/// What everybody may see of one.
macro_rules! columns {
    () => {
        "id, provider, label, way, kind, endpoint, model, holder, plan, last_four, is_default, created_at,
         verified_at, last_used_at, revoked_at, health, checked_at, left_there,
         CASE WHEN refresh_sealed IS NULL THEN ends_at END AS good_until"
    };
}

impl Store {
    /// What an account connected, oldest first, with its uses up to `now`.
    pub async fn connections(
        &self,
        account_id: &str,
        page: &Page,
        now: i64,
    ) -> DbResult<Rows<Connection>> {
        let sql = concat!(
            "SELECT ",
            columns!(),
            " FROM connections WHERE account_id = $1 AND id > $2 ORDER BY id LIMIT $3"
        );
        let rows = (sql, values![account_id, page.after(), page.fetch()]);
        let total = ("SELECT COUNT(*) FROM connections WHERE account_id = $1", values![account_id]);
        let listed = self.db.page(page, rows, total, read, |connection| &connection.id).await?;
        let today = now.div_euclid(DAY);
        let first = today - i64::try_from(TOLD_DAYS - 1).unwrap_or_default();
        let sql = "SELECT u.connection_id, u.day, u.leases
             FROM connection_uses u JOIN connections c ON c.id = u.connection_id
             WHERE c.account_id = $1 AND u.day >= $2";
        let told = |row: &Row<'_>| {
            let id: String = row.get("connection_id")?;
            Ok((id, row.get::<i64>("day")?, row.get::<i64>("leases")?))
        };
        let mut uses = told_days(self.db.list(sql, values![account_id, first], told).await?, first);
        Ok(listed.map(|connection| Connection {
            uses: uses.remove(&connection.id).unwrap_or_else(|| vec![0; TOLD_DAYS]),
            ..connection
        }))
    }
}

/// How often each was used on each of the days from `first` on, of `told`: id, day, how
/// often.
pub(super) fn told_days(told: Vec<(String, i64, i64)>, first: i64) -> HashMap<String, Vec<u32>> {
    let mut uses: HashMap<String, Vec<u32>> = HashMap::new();
    for (id, day, leases) in told {
        let days = uses.entry(id).or_insert_with(|| vec![0; TOLD_DAYS]);
        let place = usize::try_from(day - first).ok().and_then(|place| days.get_mut(place));
        if let Some(count) = place {
            *count = count.saturating_add(u32::try_from(leases).unwrap_or(u32::MAX));
        }
    }
    uses
}

impl Store {
    /// The one of an account with this id, without its uses.
    pub async fn connection(&self, account_id: &str, id: &str) -> DbResult<Option<Connection>> {
        let sql =
            concat!("SELECT ", columns!(), " FROM connections WHERE account_id = $1 AND id = $2");
        self.db.one(sql, values![account_id, id], read).await
    }

    /// The one of an account with this provider and label.
    pub async fn connection_labelled(
        &self,
        account_id: &str,
        provider: &str,
        label: &str,
    ) -> DbResult<Option<Connection>> {
        let sql = concat!(
            "SELECT ",
            columns!(),
            " FROM connections WHERE account_id = $1 AND provider = $2 AND label = $3"
        );
        self.db.one(sql, values![account_id, provider, label], read).await
    }

    /// Whether an account has fewer than `most`, or one already with this provider and
    /// label.
    pub async fn has_room(
        &self,
        account_id: &str,
        (provider, label): (&str, &str),
        most: i64,
    ) -> DbResult<bool> {
        let sql = "SELECT COUNT(*) AS n, COUNT(CASE WHEN provider = $2 AND label = $3 THEN 1 END)
                AS same
             FROM connections WHERE account_id = $1";
        let has_room =
            |row: &Row<'_>| Ok(row.get::<i64>("n")? < most || row.get::<i64>("same")? == 1);
        let has_room = self.db.one(sql, values![account_id, provider, label], has_room).await?;
        Ok(has_room.unwrap_or(true))
    }

    /// Whether one is being renewed at `now`, and `kept` is as it was before.
    pub async fn is_renewing(&self, kept: &Kept, now: i64) -> DbResult<bool> {
        let sql = "SELECT 1 FROM connections WHERE id = $1 AND sealed = $2
             AND revoked_at IS NULL AND renewing_until > $3";
        let values = values![&kept.connection.id, kept.sealed.as_deref(), now];
        Ok(self.db.one(sql, values, |_| Ok(())).await?.is_some())
    }
}

/// How many an account has.
pub async fn count(tx: &mut Tx, account_id: &str) -> DbResult<i64> {
    let sql = "SELECT COUNT(*) AS n FROM connections WHERE account_id = $1";
    Ok(tx.one(sql, values![account_id], |row| row.get("n")).await?.unwrap_or_default())
}

/// The id of the one that an account calls `label` at `provider`.
pub async fn labelled(
    tx: &mut Tx,
    account_id: &str,
    provider: &str,
    label: &str,
) -> DbResult<Option<String>> {
    let sql = "SELECT id FROM connections
         WHERE account_id = $1 AND provider = $2 AND label = $3";
    tx.one(sql, values![account_id, provider, label], |row| row.get("id")).await
}

/// The one with this id, or the one of this provider that is meant where nobody says
/// which.
pub async fn find(tx: &mut Tx, account_id: &str, wanted: &str) -> DbResult<Option<Kept>> {
    let sql = concat!(
        "SELECT ",
        columns!(),
        ", sealed, refresh_sealed, client_id, ends_at FROM connections
         WHERE account_id = $1 AND (id = $2 OR (provider = $2 AND is_default = 1))"
    );
    tx.one(sql, values![account_id, wanted], kept).await
}

/// The one with this id alone.
pub async fn find_id(tx: &mut Tx, account_id: &str, id: &str) -> DbResult<Option<Kept>> {
    let found = find(tx, account_id, id).await?;
    Ok(found.filter(|kept| kept.connection.id == id))
}

pub(super) fn kept(row: &Row<'_>) -> DbResult<Kept> {
    Ok(Kept {
        connection: read(row)?,
        sealed: row.get("sealed")?,
        refresh: row.get("refresh_sealed")?,
        client_id: row.get("client_id")?,
        ends_at: row.get("ends_at")?,
    })
}

/// Keeps `kept`, in place of what had its id; the first of a provider is the one that is
/// meant.
pub async fn keep(tx: &mut Tx, account_id: &str, kept: &Kept, now: i64) -> DbResult<Connection> {
    let Kept { connection, sealed, refresh, client_id, ends_at } = kept;
    let sql = concat!(
        "INSERT INTO connections (id, account_id, provider, label, way, kind, endpoint, holder,
            sealed, last_four, is_default, created_at, verified_at, plan, refresh_sealed,
            client_id, ends_at, model)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10,
            CASE WHEN EXISTS (SELECT 1 FROM connections
                WHERE account_id = $2 AND provider = $3 AND is_default = 1) THEN 0 ELSE 1 END,
            $11, $12, $13, $14, $15, $16, $17)
         ON CONFLICT (id) DO UPDATE SET way = excluded.way, kind = excluded.kind,
            endpoint = excluded.endpoint, model = excluded.model, holder = excluded.holder, sealed = excluded.sealed,
            last_four = excluded.last_four, created_at = excluded.created_at,
            verified_at = excluded.verified_at, plan = excluded.plan,
            refresh_sealed = excluded.refresh_sealed, client_id = excluded.client_id,
            ends_at = excluded.ends_at, renewing_until = NULL, revoked_at = NULL,
            health = NULL, checked_at = NULL, left_there = NULL
         RETURNING ",
        columns!()
    );
    let values = values![
        &connection.id,
        account_id,
        &connection.provider,
        &connection.label,
        connection.way.word(),
        &connection.kind,
        connection.endpoint.as_deref(),
        connection.holder.as_deref(),
        sealed.as_deref(),
        &connection.last_four,
        now,
        connection.verified_at.map(Timestamp::as_millisecond),
        connection.plan.as_deref(),
        refresh.as_deref(),
        client_id.as_deref(),
        *ends_at,
        connection.model.as_deref(),
    ];
    tx.one(sql, values, read).await?.ok_or_else(DbError::no_row)
}

/// Forgets one. Where it was the one that is meant, the oldest that is left is.
pub async fn remove(tx: &mut Tx, account_id: &str, id: &str) -> DbResult<Option<Connection>> {
    let sql = "DELETE FROM connection_uses WHERE connection_id IN
         (SELECT id FROM connections WHERE account_id = $1 AND id = $2)";
    tx.execute(sql, values![account_id, id]).await?;
    for sql in [
        "DELETE FROM connection_share_uses WHERE connection_id IN
            (SELECT id FROM connections WHERE account_id = $1 AND id = $2)",
        "DELETE FROM connection_shares WHERE connection_id IN
            (SELECT id FROM connections WHERE account_id = $1 AND id = $2)",
    ] {
        tx.execute(sql, values![account_id, id]).await?;
    }
    let sql =
        concat!("DELETE FROM connections WHERE account_id = $1 AND id = $2 RETURNING ", columns!());
    let removed = tx.one(sql, values![account_id, id], read).await?;
    if let Some(removed) = removed.as_ref().filter(|removed| removed.default) {
        let sql = "UPDATE connections SET is_default = 1 WHERE id =
             (SELECT MIN(id) FROM connections WHERE account_id = $1 AND provider = $2)";
        tx.execute(sql, values![account_id, &removed.provider]).await?;
    }
    Ok(removed)
}

/// Notes that one was given to a machine: `false` where there is none any more.
pub async fn note_lease(tx: &mut Tx, id: &str, now: i64) -> DbResult<bool> {
    let sql = "UPDATE connections SET last_used_at = $2 WHERE id = $1";
    if tx.execute(sql, values![id, now]).await? == 0 {
        return Ok(false);
    }
    let sql = "INSERT INTO connection_uses (connection_id, day, leases) VALUES ($1, $2, 1)
         ON CONFLICT (connection_id, day) DO UPDATE SET leases = connection_uses.leases + 1";
    tx.execute(sql, values![id, now.div_euclid(DAY)]).await?;
    Ok(true)
}

/// Has whoever asks renew the one whose refresh token is `refresh`, sealed, alone up to
/// `until`: `false` where somebody else does, or it is another's by now.
pub async fn claim_renewal(
    tx: &mut Tx,
    id: &str,
    refresh: &str,
    now: i64,
    until: i64,
) -> DbResult<bool> {
    let sql = "UPDATE connections SET renewing_until = $4
         WHERE id = $1 AND refresh_sealed = $2
            AND (renewing_until IS NULL OR renewing_until <= $3)";
    Ok(tx.execute(sql, values![id, refresh, now, until]).await? == 1)
}

/// Leaves the one whose refresh token is `refresh` alone up to `until`.
pub async fn put_off_renewal(tx: &mut Tx, id: &str, refresh: &str, until: i64) -> DbResult<()> {
    let sql = "UPDATE connections SET renewing_until = $3 WHERE id = $1 AND refresh_sealed = $2";
    tx.execute(sql, values![id, refresh, until]).await?;
    Ok(())
}

/// Keeps what followed on `refresh`, where that still stands: `false` where it does not.
pub async fn note_renewed(
    tx: &mut Tx,
    id: &str,
    refresh: &str,
    followed: &Followed,
    now: i64,
) -> DbResult<bool> {
    let sql = "UPDATE connections SET sealed = $3, last_four = $4, ends_at = $5,
            refresh_sealed = COALESCE($6, refresh_sealed), renewing_until = NULL,
            revoked_at = NULL, verified_at = $7
         WHERE id = $1 AND refresh_sealed = $2";
    let Followed { sealed, last_four, refresh: next, ends_at } = followed;
    let values = values![id, refresh, sealed, last_four, *ends_at, next.as_deref(), now];
    Ok(tx.execute(sql, values).await? == 1)
}

/// Notes what a provider said of what is sealed so, where that still stands. What is over
/// is to be connected again.
pub async fn note_health(
    tx: &mut Tx,
    id: &str,
    sealed: &str,
    checked: &Checked,
    now: i64,
) -> DbResult<()> {
    let sql = "UPDATE connections SET health = $3, left_there = $4, checked_at = $5,
            verified_at = CASE WHEN $6 = 1 THEN $5 ELSE verified_at END,
            revoked_at = CASE WHEN $7 = 1 THEN $5 ELSE revoked_at END
         WHERE id = $1 AND sealed = $2";
    let Checked { health, left } = checked;
    let is_in = matches!(health, Health::Good | Health::Narrow | Health::Poor);
    let values = values![
        id,
        sealed,
        health.word(),
        left.as_deref(),
        now,
        i64::from(is_in),
        i64::from(*health == Health::Over),
    ];
    tx.execute(sql, values).await?;
    Ok(())
}

/// Notes that the provider takes `refresh` no more, where that still stands: `false` where
/// it does not.
pub async fn note_revoked(tx: &mut Tx, id: &str, refresh: &str, now: i64) -> DbResult<bool> {
    let sql = "UPDATE connections SET revoked_at = $3, renewing_until = NULL
         WHERE id = $1 AND refresh_sealed = $2 AND revoked_at IS NULL";
    Ok(tx.execute(sql, values![id, refresh, now]).await? == 1)
}

pub(super) fn read(row: &Row<'_>) -> DbResult<Connection> {
    let way: String = row.get("way")?;
    Ok(Connection {
        id: row.get("id")?,
        provider: row.get("provider")?,
        label: row.get("label")?,
        // One of a newer version is a credential that somebody brought, too.
        way: Way::of(&way).unwrap_or(Way::Token),
        kind: row.get("kind")?,
        endpoint: row.get("endpoint")?,
        model: row.get("model")?,
        holder: row.get("holder")?,
        plan: row.get("plan")?,
        good_until: row.get::<Option<i64>>("good_until")?.map(timestamp),
        revoked_at: row.get::<Option<i64>>("revoked_at")?.map(timestamp),
        last_four: row.get("last_four")?,
        default: row.get::<i64>("is_default")? == 1,
        created_at: timestamp(row.get("created_at")?),
        verified_at: row.get::<Option<i64>>("verified_at")?.map(timestamp),
        last_used_at: row.get::<Option<i64>>("last_used_at")?.map(timestamp),
        health: row.get::<Option<String>>("health")?.as_deref().and_then(Health::of),
        checked_at: row.get::<Option<i64>>("checked_at")?.map(timestamp),
        left: row.get("left_there")?,
        shared_in: Vec::new(),
        uses: Vec::new(),
    })
}

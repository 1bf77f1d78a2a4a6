//! Programs that registered themselves. They have no secret and are no account;
//! what somebody lets them have is a session of that person's.

use super::handle::Store;
use super::ids::new_id;
use crate::server::db::{DbResult, Row, Tx, values};
use crate::server::domain::clients::{ClientKind, REGISTERED_PREFIX};

/// A program that registered itself, or is about to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DynamicClient {
    /// What it calls itself; empty where it does not.
    pub name: String,
    /// Where a browser may be sent.
    pub redirect_uris: Vec<String>,
    /// Whether it renews its token without asking to.
    pub refreshes: bool,
}

impl Store {
    /// Keeps a program; gives its id.
    pub async fn register_client(&self, new: &DynamicClient, now: i64) -> DbResult<String> {
        let id = format!("{REGISTERED_PREFIX}{}", new_id(now));
        let sql = "INSERT INTO dynamic_clients (id, name, redirect_uris, refreshes, created_at)
             VALUES ($1, $2, $3, $4, $5)";
        let uris = new.redirect_uris.join(" ");
        self.db.execute(sql, values![&id, &new.name, uris, new.refreshes, now]).await?;
        Ok(id)
    }

    /// The program of this id.
    pub async fn dynamic_client(&self, id: &str) -> DbResult<Option<DynamicClient>> {
        let sql = "SELECT name, redirect_uris, refreshes FROM dynamic_clients WHERE id = $1";
        let read = |row: &Row<'_>| {
            let uris = row.get::<String>("redirect_uris")?;
            Ok(DynamicClient {
                name: row.get("name")?,
                redirect_uris: uris.split(' ').map(str::to_owned).collect(),
                refreshes: row.flag("refreshes")?,
            })
        };
        self.db.one(sql, values![id], read).await
    }
}

/// Notes that the program of this id was let in; says whether it still may be. It is
/// written, not read: whoever revokes or forgets it waits for this row, and then
/// sees what it was given.
pub async fn note_use(tx: &mut Tx, id: &str, now: i64) -> DbResult<bool> {
    let sql = match ClientKind::of(id) {
        // Nobody revokes these.
        ClientKind::BuiltIn | ClientKind::Document => return Ok(true),
        ClientKind::Service => {
            "UPDATE service_clients SET last_used_at = $2 WHERE id = $1 AND revoked_at IS NULL"
        }
        ClientKind::Dynamic => "UPDATE dynamic_clients SET last_used_at = $2 WHERE id = $1",
    };
    Ok(tx.execute(sql, values![id, now]).await? > 0)
}

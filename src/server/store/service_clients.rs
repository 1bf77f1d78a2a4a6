//! Programs that sign in as themselves. Each is an account of its own, so that
//! it is a member of meshes like anybody; what is kept of its secret is a hash.
//! The surprising rule: a client that is revoked leaves the meshes that others
//! added it to, and its tokens end in the same transaction.

use super::audit::Event;
use super::credentials::{self, NewCredential};
use super::handle::Store;
use super::ids::{hash, new_id};
use crate::secret::Secret;
use crate::server::clock::timestamp;
use crate::server::db::{DbResult, Page, Row, Rows, Tx, values};
use crate::server::denied::Denied;
use crate::server::domain::audit_action::AuditAction;
use crate::server::domain::resource::Resource;
use crate::wire::ServiceClient;

/// Milliseconds that a service client's token lives.
pub const TOKEN_LIFE: i64 = 3_600_000;

/// Milliseconds after its end that a token is kept for the record.
const KEPT: i64 = 86_400_000;

/// A service client to be.
#[derive(Clone, Debug)]
pub struct NewServiceClient {
    /// Display name.
    pub name: String,
    /// Space-separated.
    pub scopes: String,
    /// Space-separated.
    pub redirect_uris: String,
    /// Who makes it.
    pub created_by: String,
}

/// A live client as it is asked for when it shows itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Registered {
    /// Its id, which is its account's.
    pub id: String,
    /// Display name.
    pub name: String,
    pub secret_hash: String,
    /// Space-separated.
    pub scopes: String,
    /// Space-separated.
    pub redirect_uris: String,
}

impl Store {
    /// The live client of this id.
    pub async fn registered_client(&self, id: &str) -> DbResult<Option<Registered>> {
        let sql = "SELECT s.id, a.name, s.secret_hash, s.scopes, s.redirect_uris
             FROM service_clients s JOIN accounts a ON a.id = s.id
             WHERE s.id = $1 AND s.revoked_at IS NULL";
        let read = |row: &Row<'_>| {
            Ok(Registered {
                id: row.get("id")?,
                name: row.get("name")?,
                secret_hash: row.get("secret_hash")?,
                scopes: row.get("scopes")?,
                redirect_uris: row.get("redirect_uris")?,
            })
        };
        self.db.one(sql, values![id], read).await
    }

    /// The live clients, newest first, each with the slugs of its meshes.
    pub async fn service_clients(&self, page: &Page) -> DbResult<Rows<ServiceClient>> {
        let sql = "SELECT s.id, a.name, s.scopes, s.redirect_uris, s.created_at, s.last_used_at
             FROM service_clients s JOIN accounts a ON a.id = s.id
             WHERE s.revoked_at IS NULL AND s.id < $1 ORDER BY s.id DESC LIMIT $2";
        let rows = (sql, values![page.before(), page.fetch()]);
        let sql = "SELECT COUNT(*) FROM service_clients WHERE revoked_at IS NULL";
        let total = (sql, values![]);
        let mut rows =
            self.db.page(page, rows, total, read, |client: &ServiceClient| &client.id).await?;
        if let (Some(newest), Some(oldest)) = (rows.data.first(), rows.data.last()) {
            let sql = "SELECT p.account_id, m.slug FROM members p JOIN meshes m ON m.id = p.mesh_id
                    JOIN service_clients s ON s.id = p.account_id
                 WHERE p.account_id <= $1 AND p.account_id >= $2 ORDER BY m.slug";
            let read = |row: &Row<'_>| Ok((row.get::<String>(0)?, row.get::<String>(1)?));
            let meshes = self.db.list(sql, values![&newest.id, &oldest.id], read).await?;
            for (id, slug) in meshes {
                if let Some(client) = rows.data.iter_mut().find(|client| client.id == id) {
                    client.meshes.push(slug);
                }
            }
        }
        Ok(rows)
    }

    /// Keeps a token of a client's own; `false` when the client was revoked
    /// meanwhile. Forgets those that ended long ago.
    pub async fn grant_service_token(
        &self,
        client: &Registered,
        token: &Secret,
        (scopes, resource): (&str, Resource),
        ip: Option<String>,
        now: i64,
    ) -> DbResult<bool> {
        let new = NewCredential {
            kind: credentials::Kind::Service,
            account_id: client.id.clone(),
            client_id: client.id.clone(),
            name: client.name.clone(),
            os: String::new(),
            arch: String::new(),
            ip,
            scopes: scopes.to_owned(),
            resource,
            expires_at: Some(now + TOKEN_LIFE),
            ends_at: None,
            parent_id: None,
        };
        let token = token.clone();
        self.db
            .write(async move |tx| {
                let id = &new.client_id;
                tx.lock(id).await?;
                let sql = "UPDATE service_clients SET last_used_at = $2
                     WHERE id = $1 AND revoked_at IS NULL";
                if tx.execute(sql, values![id, now]).await? == 0 {
                    return Ok(false);
                }
                let sql = "DELETE FROM credentials
                     WHERE account_id = $1 AND kind = 'service' AND expires_at < $2";
                tx.execute(sql, values![id, now - KEPT]).await?;
                let made = credentials::insert(tx, &token, new, now).await?;
                let (id, action) = (&made.account_id, AuditAction::ServiceTokenCreated);
                let event = Event::new(action, id, "client", &made.id).from(made.ip.clone());
                event.write(tx, now).await?;
                Ok(true)
            })
            .await
    }
}

/// Makes a client with this secret; gives its id.
pub async fn create(
    tx: &mut Tx,
    secret: &Secret,
    new: &NewServiceClient,
    now: i64,
) -> DbResult<String> {
    let id = new_id(now);
    let sql = "INSERT INTO accounts (id, name, email, admin, service, created_at)
         VALUES ($1, $2, '', 0, 1, $3)";
    tx.execute(sql, values![&id, &new.name, now]).await?;
    let sql = "INSERT INTO service_clients
            (id, secret_hash, scopes, redirect_uris, created_by, created_at)
         VALUES ($1, $2, $3, $4, $5, $6)";
    let NewServiceClient { scopes, redirect_uris, created_by, .. } = new;
    tx.execute(sql, values![&id, hash(secret), scopes, redirect_uris, created_by, now]).await?;
    Ok(id)
}

/// Refuses a client that was revoked; it is not, to the end of the transaction.
///
/// # Errors
/// [`Denied::NotFound`], or the database's.
pub async fn require_live(tx: &mut Tx, id: &str) -> Result<(), Denied> {
    let sql = "SELECT id FROM service_clients WHERE id = $1 AND revoked_at IS NULL";
    let found = tx.one_for_share(sql, values![id], |_| Ok(())).await?;
    found.ok_or(Denied::NotFound("service client"))
}

/// Revokes a client, its tokens, its memberships and its open invites; says whether
/// there was a live one. A mesh that has it as an administrator keeps it: it may be the only
/// one.
pub async fn revoke(tx: &mut Tx, id: &str, now: i64) -> DbResult<bool> {
    tx.lock(id).await?;
    let sql = "UPDATE service_clients SET revoked_at = $2 WHERE id = $1 AND revoked_at IS NULL";
    if tx.execute(sql, values![id, now]).await? == 0 {
        return Ok(false);
    }
    // Its own tokens, and those that people gave it.
    let sql = "UPDATE credentials SET revoked_at = $2 WHERE client_id = $1 AND revoked_at IS NULL";
    tx.execute(sql, values![id, now]).await?;
    let sql = "UPDATE invites SET revoked_at = $2 WHERE created_by = $1 AND revoked_at IS NULL
            AND expires_at > $2 AND uses < max_uses";
    tx.execute(sql, values![id, now]).await?;
    let sql = "UPDATE meshes SET member_count = member_count - 1 WHERE id IN
            (SELECT mesh_id FROM members WHERE account_id = $1 AND role = 'member')";
    tx.execute(sql, values![id]).await?;
    let sql = "DELETE FROM members WHERE account_id = $1 AND role = 'member'";
    tx.execute(sql, values![id]).await?;
    Ok(true)
}

fn read(row: &Row<'_>) -> DbResult<ServiceClient> {
    let words = |text: String| text.split_ascii_whitespace().map(str::to_owned).collect();
    Ok(ServiceClient {
        id: row.get("id")?,
        name: row.get("name")?,
        scopes: words(row.get("scopes")?),
        redirect_uris: words(row.get("redirect_uris")?),
        meshes: Vec::new(),
        created_at: timestamp(row.get("created_at")?),
        last_used_at: row.get::<Option<i64>>("last_used_at")?.map(timestamp),
    })
}

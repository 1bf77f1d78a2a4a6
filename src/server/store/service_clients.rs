//! Programs that sign in as themselves. Each is an account of its own, so that
//! it is a member of meshes like anybody; what is kept of its secret is a hash.
//! The surprising rule: a client that is revoked leaves the meshes that others
//! added it to, and its tokens end in the same transaction.

use crate::server::domain::audit_action::AuditAction;
use sqlx::Row;
use sqlx::any::AnyRow;

use super::audit::{self, Event};
use super::credentials::{self, NewCredential};
use super::{DbResult, Page, Rows, Store, hash, new_id};
use crate::secret::Secret;
use crate::server::clock::timestamp;
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
    /// The hash of its secret.
    pub secret_hash: String,
    /// Space-separated.
    pub scopes: String,
    /// Space-separated.
    pub redirect_uris: String,
}

impl Store {
    /// Makes a client with this secret; gives its id.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn create_service_client(
        &self,
        secret: &Secret,
        new: &NewServiceClient,
        event: impl FnOnce(&str) -> Event,
        now: i64,
    ) -> DbResult<String> {
        let id = new_id(now);
        let mut transaction = self.begin().await?;
        sqlx::query(
            "INSERT INTO accounts (id, name, email, admin, service, created_at)
             VALUES ($1, $2, '', 0, 1, $3)",
        )
        .bind(id.as_str())
        .bind(new.name.as_str())
        .bind(now)
        .execute(&mut *transaction)
        .await?;
        sqlx::query(
            "INSERT INTO service_clients (id, secret_hash, scopes, redirect_uris, created_by,
                created_at)
             VALUES ($1, $2, $3, $4, $5, $6)",
        )
        .bind(id.as_str())
        .bind(hash(secret))
        .bind(new.scopes.as_str())
        .bind(new.redirect_uris.as_str())
        .bind(new.created_by.as_str())
        .bind(now)
        .execute(&mut *transaction)
        .await?;
        audit::write(&mut transaction, &event(&id), now).await?;
        transaction.commit().await?;
        Ok(id)
    }

    /// The live client of this id.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn registered_client(&self, id: &str) -> DbResult<Option<Registered>> {
        let row = sqlx::query(
            "SELECT s.id, a.name, s.secret_hash, s.scopes, s.redirect_uris
             FROM service_clients s JOIN accounts a ON a.id = s.id
             WHERE s.id = $1 AND s.revoked_at IS NULL",
        )
        .bind(id)
        .fetch_optional(self.pool())
        .await?;
        row.map(|row| {
            Ok(Registered {
                id: row.try_get("id")?,
                name: row.try_get("name")?,
                secret_hash: row.try_get("secret_hash")?,
                scopes: row.try_get("scopes")?,
                redirect_uris: row.try_get("redirect_uris")?,
            })
        })
        .transpose()
    }

    /// The live clients, newest first, each with the slugs of its meshes.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn service_clients(&self, page: &Page) -> DbResult<Rows<ServiceClient>> {
        let rows = sqlx::query(
            "SELECT s.id, a.name, s.scopes, s.redirect_uris, s.created_at, s.last_used_at
             FROM service_clients s JOIN accounts a ON a.id = s.id
             WHERE s.revoked_at IS NULL AND s.id < $1 ORDER BY s.id DESC LIMIT $2",
        )
        .bind(page.before())
        .bind(page.fetch())
        .fetch_all(self.pool())
        .await?;
        let total: i64 =
            sqlx::query("SELECT COUNT(*) FROM service_clients WHERE revoked_at IS NULL")
                .fetch_one(self.pool())
                .await?
                .try_get(0)?;
        let all = rows.iter().map(read).collect::<DbResult<Vec<_>>>()?;
        let mut rows = page.rows(all, total, |client: &ServiceClient| &client.id);
        if let (Some(newest), Some(oldest)) = (rows.data.first(), rows.data.last()) {
            let meshes = sqlx::query(
                "SELECT p.account_id, m.slug FROM members p JOIN meshes m ON m.id = p.mesh_id
                    JOIN service_clients s ON s.id = p.account_id
                 WHERE p.account_id <= $1 AND p.account_id >= $2 ORDER BY m.slug",
            )
            .bind(newest.id.as_str())
            .bind(oldest.id.as_str())
            .fetch_all(self.pool())
            .await?;
            for row in meshes {
                let (id, slug): (String, String) = (row.try_get(0)?, row.try_get(1)?);
                if let Some(client) = rows.data.iter_mut().find(|client| client.id == id) {
                    client.meshes.push(slug);
                }
            }
        }
        Ok(rows)
    }

    /// Revokes a client, its tokens, and its memberships; says whether there
    /// was a live one. A mesh that has it as an administrator keeps it: it may
    /// be the only one.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn revoke_service_client(&self, id: &str, event: &Event, now: i64) -> DbResult<bool> {
        let mut transaction = self.begin_locked(id).await?;
        let revoked = sqlx::query(
            "UPDATE service_clients SET revoked_at = $2 WHERE id = $1 AND revoked_at IS NULL",
        )
        .bind(id)
        .bind(now)
        .execute(&mut *transaction)
        .await?
        .rows_affected();
        if revoked == 0 {
            return Ok(false);
        }
        // Its own tokens, and those that people gave it.
        sqlx::query(
            "UPDATE credentials SET revoked_at = $2 WHERE client_id = $1 AND revoked_at IS NULL",
        )
        .bind(id)
        .bind(now)
        .execute(&mut *transaction)
        .await?;
        sqlx::query(
            "UPDATE meshes SET member_count = member_count - 1 WHERE id IN
                (SELECT mesh_id FROM members WHERE account_id = $1 AND role = 'member')",
        )
        .bind(id)
        .execute(&mut *transaction)
        .await?;
        sqlx::query("DELETE FROM members WHERE account_id = $1 AND role = 'member'")
            .bind(id)
            .execute(&mut *transaction)
            .await?;
        audit::write(&mut transaction, event, now).await?;
        transaction.commit().await?;
        Ok(true)
    }

    /// Keeps a token of a client's own; `false` when the client was revoked
    /// meanwhile. Forgets those that ended long ago.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn grant_service_token(
        &self,
        client: &Registered,
        token: &Secret,
        scopes: &str,
        ip: Option<&str>,
        now: i64,
    ) -> DbResult<bool> {
        let mut transaction = self.begin_locked(&client.id).await?;
        let live = sqlx::query(
            "UPDATE service_clients SET last_used_at = $2 WHERE id = $1 AND revoked_at IS NULL",
        )
        .bind(client.id.as_str())
        .bind(now)
        .execute(&mut *transaction)
        .await?
        .rows_affected();
        if live == 0 {
            return Ok(false);
        }
        sqlx::query(
            "DELETE FROM credentials
             WHERE account_id = $1 AND kind = 'service' AND expires_at < $2",
        )
        .bind(client.id.as_str())
        .bind(now - KEPT)
        .execute(&mut *transaction)
        .await?;
        let new = NewCredential {
            kind: credentials::Kind::Service,
            account_id: client.id.clone(),
            client_id: client.id.clone(),
            name: client.name.clone(),
            os: String::new(),
            arch: String::new(),
            ip: ip.map(str::to_owned),
            scopes: scopes.to_owned(),
            expires_at: Some(now + TOKEN_LIFE),
            ends_at: None,
        };
        let id = credentials::insert(&mut transaction, token, &new, now).await?;
        let event =
            Event::new(AuditAction::ServiceTokenCreated, &client.id, "client", &id).from(ip);
        audit::write(&mut transaction, &event, now).await?;
        transaction.commit().await?;
        Ok(true)
    }
}

fn read(row: &AnyRow) -> DbResult<ServiceClient> {
    let words = |text: String| text.split_ascii_whitespace().map(str::to_owned).collect();
    Ok(ServiceClient {
        id: row.try_get("id")?,
        name: row.try_get("name")?,
        scopes: words(row.try_get("scopes")?),
        redirect_uris: words(row.try_get("redirect_uris")?),
        meshes: Vec::new(),
        created_at: timestamp(row.try_get("created_at")?),
        last_used_at: row.try_get::<Option<i64>, _>("last_used_at")?.map(timestamp),
    })
}

//! Codes that a browser takes to a program (RFC 6749 §4.1): kept as a hash,
//! good for one minute, once.

use crate::server::domain::audit_action::AuditAction;
use sqlx::Row;

use super::audit::{self, Event};
use super::credentials::{self, NewCredential};
use super::{DbResult, Store, hash, new_id};
use crate::secret::Secret;

/// Milliseconds a code is good for.
const LIFE: i64 = 60_000;

/// A code to be.
#[derive(Clone, Debug)]
pub struct NewAuthorizationCode {
    /// Whose it will be.
    pub client_id: String,
    /// Who gave it.
    pub account_id: String,
    /// Where it went, as the client wrote it.
    pub redirect_uri: String,
    /// Space-separated: what was given.
    pub scopes: String,
    /// RFC 7636 §4.2, by S256.
    pub challenge: String,
}

/// A code as it is kept.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AuthorizationCode {
    /// Opaque.
    pub id: String,
    /// Whose it is.
    pub client_id: String,
    /// Who gave it.
    pub account_id: String,
    /// Where it went, as the client wrote it.
    pub redirect_uri: String,
    /// Space-separated: what was given.
    pub scopes: String,
    /// RFC 7636 §4.2, by S256.
    pub challenge: String,
}

impl Store {
    /// Keeps a code; gives its id.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn create_authorization_code(
        &self,
        code: &Secret,
        new: &NewAuthorizationCode,
        event: impl FnOnce(&str) -> Event,
        now: i64,
    ) -> DbResult<String> {
        let id = new_id(now);
        let mut transaction = self.begin().await?;
        sqlx::query(
            "INSERT INTO authorization_codes (id, code_hash, client_id, account_id,
                redirect_uri, scopes, challenge, created_at, expires_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        )
        .bind(id.as_str())
        .bind(hash(code))
        .bind(new.client_id.as_str())
        .bind(new.account_id.as_str())
        .bind(new.redirect_uri.as_str())
        .bind(new.scopes.as_str())
        .bind(new.challenge.as_str())
        .bind(now)
        .bind(now + LIFE)
        .execute(&mut *transaction)
        .await?;
        audit::write(&mut transaction, &event(&id), now).await?;
        transaction.commit().await?;
        Ok(id)
    }

    /// The code that is shown, whatever became of it.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn authorization_code(&self, code: &Secret) -> DbResult<Option<AuthorizationCode>> {
        let row = sqlx::query(
            "SELECT id, client_id, account_id, redirect_uri, scopes, challenge
             FROM authorization_codes WHERE code_hash = $1",
        )
        .bind(hash(code))
        .fetch_optional(self.pool())
        .await?;
        row.map(|row| {
            Ok(AuthorizationCode {
                id: row.try_get("id")?,
                client_id: row.try_get("client_id")?,
                account_id: row.try_get("account_id")?,
                redirect_uri: row.try_get("redirect_uri")?,
                scopes: row.try_get("scopes")?,
                challenge: row.try_get("challenge")?,
            })
        })
        .transpose()
    }

    /// Makes `token` of `code`; says whether it was still good. One that was
    /// used before takes the token with it that it was good for. `registered`
    /// is whether its client is one that can be revoked.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn claim_authorization_code(
        &self,
        code: &AuthorizationCode,
        registered: bool,
        token: &Secret,
        new: &NewCredential,
        now: i64,
    ) -> DbResult<bool> {
        // Whoever signs the account out everywhere must not miss the session
        // that is being made.
        let mut transaction = self.begin_locked(&code.account_id).await?;
        let claimed = sqlx::query(
            "UPDATE authorization_codes SET claimed_at = $2
             WHERE id = $1 AND claimed_at IS NULL AND expires_at > $2",
        )
        .bind(code.id.as_str())
        .bind(now)
        .execute(&mut *transaction)
        .await?
        .rows_affected();
        if claimed == 0 {
            let revoked = sqlx::query(
                "UPDATE credentials SET revoked_at = $2 WHERE revoked_at IS NULL AND id =
                    (SELECT credential_id FROM authorization_codes WHERE id = $1)",
            )
            .bind(code.id.as_str())
            .bind(now)
            .execute(&mut *transaction)
            .await?
            .rows_affected();
            if revoked > 0 {
                let event =
                    Event::new(AuditAction::CodeRepeated, &code.account_id, "client", &code.id)
                        .from(new.ip.as_deref())
                        .with("client", &code.client_id);
                audit::write(&mut transaction, &event, now).await?;
                transaction.commit().await?;
            }
            return Ok(false);
        }
        // Written, not read: whoever revokes the client waits for this row, and
        // then sees the session.
        if registered
            && sqlx::query(
                "UPDATE service_clients SET last_used_at = $2
                 WHERE id = $1 AND revoked_at IS NULL",
            )
            .bind(code.client_id.as_str())
            .bind(now)
            .execute(&mut *transaction)
            .await?
            .rows_affected()
                == 0
        {
            return Ok(false);
        }
        let id = credentials::insert(&mut transaction, token, new, now).await?;
        sqlx::query("UPDATE authorization_codes SET credential_id = $2 WHERE id = $1")
            .bind(code.id.as_str())
            .bind(id.as_str())
            .execute(&mut *transaction)
            .await?;
        let event = Event::new(AuditAction::SessionCreated, &code.account_id, "client", &id)
            .from(new.ip.as_deref())
            .with("client", &code.client_id);
        audit::write(&mut transaction, &event, now).await?;
        transaction.commit().await?;
        Ok(true)
    }
}

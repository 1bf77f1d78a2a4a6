//! Codes that a browser takes to a program (RFC 6749 §4.1): kept as a hash,
//! good for one minute, once.

use super::audit::Event;
use super::credentials::{self, Credential, NewCredential};
use super::dynamic_clients;
use super::handle::Store;
use super::ids::{hash, new_id};
use super::refresh_tokens::{self, Issued};
use crate::secret::Secret;
use crate::server::db::{DbResult, Row, Tx, values};
use crate::server::denied::Denied;
use crate::server::domain::audit_action::AuditAction;
use crate::server::domain::resource::Resource;

/// Milliseconds a code is good for.
const LIFE: i64 = 60_000;

/// A code to be.
#[derive(Clone, Debug)]
pub struct NewAuthorizationCode {
    /// Whose it will be.
    pub client_id: String,
    /// What that is called.
    pub client_name: String,
    /// Who gave it.
    pub account_id: String,
    /// Where it went, as the client wrote it.
    pub redirect_uri: String,
    /// Space-separated: what was given.
    pub scopes: String,
    /// What for.
    pub resource: Resource,
    /// Whether it is renewed.
    pub refreshes: bool,
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
    /// What that was called on the card; empty of one that an older node made.
    pub client_name: String,
    /// Who gave it.
    pub account_id: String,
    /// Where it went, as the client wrote it.
    pub redirect_uri: String,
    /// Space-separated: what was given.
    pub scopes: String,
    /// What for.
    pub resource: Resource,
    /// Whether it is renewed.
    pub refreshes: bool,
    /// RFC 7636 §4.2, by S256.
    pub challenge: String,
}

impl Store {
    /// The code that is shown, whatever became of it.
    pub async fn authorization_code(&self, code: &Secret) -> DbResult<Option<AuthorizationCode>> {
        let sql = "SELECT id, client_id, client_name, account_id, redirect_uri, scopes, resource,
                refreshes, challenge FROM authorization_codes WHERE code_hash = $1";
        let read = |row: &Row<'_>| {
            Ok(AuthorizationCode {
                id: row.get("id")?,
                client_id: row.get("client_id")?,
                client_name: row.get("client_name")?,
                account_id: row.get("account_id")?,
                redirect_uri: row.get("redirect_uri")?,
                scopes: row.get("scopes")?,
                resource: Resource::of_word(row.get::<Option<String>>("resource")?.as_deref()),
                refreshes: row.flag("refreshes")?,
                challenge: row.get("challenge")?,
            })
        };
        self.db.one(sql, values![hash(code)], read).await
    }

    /// Makes a session that `issued` is good for of `code`, where that was still
    /// good. One that was used before takes with it what it was good for.
    ///
    /// # Errors
    /// [`Denied::NotFound`] where it was; or the database's.
    pub async fn claim_authorization_code(
        &self,
        code: &AuthorizationCode,
        issued: &Issued,
        new: &NewCredential,
        now: i64,
    ) -> Result<Option<Credential>, Denied> {
        let (code, issued, new) = (code.clone(), issued.clone(), new.clone());
        self.db
            .write(async move |tx| {
                // Whoever signs the account out everywhere must not miss the session
                // that is being made.
                tx.lock(&code.account_id).await?;
                let sql = "UPDATE authorization_codes SET claimed_at = $2
                     WHERE id = $1 AND claimed_at IS NULL AND expires_at > $2";
                if tx.execute(sql, values![&code.id, now]).await? == 0 {
                    let sql = "SELECT credential_id FROM authorization_codes
                         WHERE id = $1 AND credential_id IS NOT NULL";
                    let made = tx.one(sql, values![&code.id], |row| row.get::<String>(0)).await?;
                    if let Some(id) = made
                        && credentials::revoke(tx, &code.account_id, new.kind, &id, now).await?
                    {
                        let event = code.event(AuditAction::CodeRepeated, &code.id, new.ip.clone());
                        event.write(tx, now).await?;
                    }
                    return Ok(None);
                }
                if !dynamic_clients::note_use(tx, &code.client_id, now).await? {
                    return Err(Denied::NotFound("code"));
                }
                let made = refresh_tokens::begin(tx, &issued, new, now).await?;
                let sql = "UPDATE authorization_codes SET credential_id = $2 WHERE id = $1";
                tx.execute(sql, values![&code.id, &made.id]).await?;
                code.event(AuditAction::SessionCreated, &made.id, made.ip.clone())
                    .write(tx, now)
                    .await?;
                Ok(Some(made))
            })
            .await
    }
}

/// Keeps a code; gives its id.
pub async fn create(
    tx: &mut Tx,
    code: &Secret,
    new: &NewAuthorizationCode,
    now: i64,
) -> DbResult<String> {
    let id = new_id(now);
    let sql = "INSERT INTO authorization_codes (id, code_hash, client_id, client_name, account_id,
            redirect_uri, scopes, resource, refreshes, challenge, created_at, expires_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)";
    let values = values![
        &id,
        hash(code),
        &new.client_id,
        &new.client_name,
        &new.account_id,
        &new.redirect_uri,
        &new.scopes,
        new.resource.word(),
        new.refreshes,
        &new.challenge,
        now,
        now + LIFE,
    ];
    tx.execute(sql, values).await?;
    Ok(id)
}

impl AuthorizationCode {
    fn event(&self, action: AuditAction, target: &str, ip: Option<String>) -> Event {
        Event::new(action, &self.account_id, "client", target)
            .from(ip)
            .with("client", &self.client_id)
    }
}

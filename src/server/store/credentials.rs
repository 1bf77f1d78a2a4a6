//! Sessions, personal access tokens and service clients' tokens: one table,
//! because a request does not care which of them it came with.

use sqlx::{AnyConnection, Row};

use super::audit::{self, Event};
use super::near::Columns;
use super::writing::Place;
use super::{Account, DbResult, Page, Rows, Store, hash, new_id};
use crate::secret::Secret;
use crate::server::domain::device_code_state::CLAIM;
use crate::wire::Via;

/// What sort of credential it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A signed-in device.
    Session,
    /// A personal access token.
    Pat,
    /// A service client's own.
    Service,
}

impl Kind {
    fn word(self) -> &'static str {
        match self {
            Self::Session => "session",
            Self::Pat => "pat",
            Self::Service => "service",
        }
    }

    /// How a request with it is called on the wire.
    pub fn via(self) -> Via {
        match self {
            Self::Session => Via::Session,
            Self::Pat => Via::Pat,
            Self::Service => Via::Service,
        }
    }
}

/// A credential as it is kept. Times are Unix milliseconds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Credential {
    /// Opaque.
    pub id: String,
    /// What sort.
    pub kind: Kind,
    /// Whose.
    pub account_id: String,
    /// Which client asked for it.
    pub client_id: String,
    /// The device's name, or what the person called it.
    pub name: String,
    /// The device's operating system.
    pub os: String,
    /// The device's architecture.
    pub arch: String,
    /// Where it was made from.
    pub ip: Option<String>,
    /// Space-separated.
    pub scopes: String,
    /// Of the token.
    pub last_four: String,
    /// When it was made.
    pub created_at: i64,
    /// When it was last used, to about five minutes.
    pub last_used_at: Option<i64>,
    /// When it ends; `None` is never.
    pub expires_at: Option<i64>,
    /// When it ends however much it is used.
    pub ends_at: Option<i64>,
}

/// A credential to be.
#[derive(Clone, Debug)]
pub struct NewCredential {
    /// What sort.
    pub kind: Kind,
    /// Whose.
    pub account_id: String,
    /// Which client asked for it.
    pub client_id: String,
    /// The device's name, or what the person called it.
    pub name: String,
    /// The device's operating system.
    pub os: String,
    /// The device's architecture.
    pub arch: String,
    /// Where it is made from.
    pub ip: Option<String>,
    /// Space-separated.
    pub scopes: String,
    /// When it ends; `None` is never.
    pub expires_at: Option<i64>,
    /// When it ends however much it is used.
    pub ends_at: Option<i64>,
}

const BY_TOKEN: &str =
    "SELECT c.id, c.kind, c.account_id, c.client_id, c.name, c.os, c.arch, c.ip, c.scopes, c.last_four,
        c.created_at, c.last_used_at, c.expires_at, c.ends_at,
        a.name AS account_name, a.email, a.admin, a.created_at AS account_created_at
    FROM credentials c JOIN accounts a ON a.id = c.account_id
    WHERE c.token_hash = $1 AND c.revoked_at IS NULL";

/// Keeps a credential whose token is `token`; gives its id.
pub(super) async fn insert(
    transaction: &mut AnyConnection,
    token: &Secret,
    new: &NewCredential,
    now: i64,
) -> DbResult<String> {
    insert_at(&mut Place::Transaction(transaction), token, new, now).await
}

/// The same at `place`.
pub(super) async fn insert_at(
    place: &mut Place<'_>,
    token: &Secret,
    new: &NewCredential,
    now: i64,
) -> DbResult<String> {
    let id = new_id(now);
    let values = [
        id.as_str().into(),
        new.kind.word().into(),
        hash(token).into(),
        new.account_id.as_str().into(),
        new.client_id.as_str().into(),
        new.name.as_str().into(),
        new.os.as_str().into(),
        new.arch.as_str().into(),
        new.ip.as_deref().into(),
        new.scopes.as_str().into(),
        token.last_four().into(),
        now.into(),
        new.expires_at.into(),
        new.ends_at.into(),
    ];
    let sql =
        "INSERT INTO credentials (id, kind, token_hash, account_id, client_id, name, os, arch,
            ip, scopes, last_four, created_at, expires_at, ends_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)";
    place.execute(sql, &values).await?;
    Ok(id)
}

impl Store {
    /// The live credential with this token and the account it belongs to.
    /// Writes nothing.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn credential(
        &self,
        token: &Secret,
        now: i64,
    ) -> DbResult<Option<(Credential, Account)>> {
        let live = |credential: &Credential| credential.expires_at.is_none_or(|end| end > now);
        let found = self
            .row(BY_TOKEN, &hash(token), |row| {
                let credential = read(row)?;
                let account = Account {
                    id: credential.account_id.clone(),
                    name: row.text("account_name")?,
                    email: row.text("email")?,
                    password: None,
                    admin: row.number("admin")? != 0,
                    created_at: row.number("account_created_at")?,
                };
                Ok((credential, account))
            })
            .await?;
        Ok(found.filter(|(credential, _)| live(credential)))
    }

    /// Writes down that a credential was used, and how long it lives now.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn touch_credential(
        &self,
        id: &str,
        used_at: i64,
        expires_at: Option<i64>,
    ) -> DbResult<()> {
        let sql = "UPDATE credentials SET last_used_at = $2, expires_at = $3 WHERE id = $1";
        self.say(sql, vec![id.to_owned().into(), used_at.into(), expires_at.into()]).await?;
        Ok(())
    }

    /// Makes a credential whose token is `token`.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn create_credential(
        &self,
        token: &Secret,
        new: &NewCredential,
        event: impl FnOnce(&str) -> Event,
        now: i64,
    ) -> DbResult<Credential> {
        let mut transaction = self.begin().await?;
        let id = insert(&mut transaction, token, new, now).await?;
        audit::write(&mut transaction, &event(&id), now).await?;
        transaction.commit().await?;
        Ok(Credential {
            id,
            kind: new.kind,
            account_id: new.account_id.clone(),
            client_id: new.client_id.clone(),
            name: new.name.clone(),
            os: new.os.clone(),
            arch: new.arch.clone(),
            ip: new.ip.clone(),
            scopes: new.scopes.clone(),
            last_four: token.last_four(),
            created_at: now,
            last_used_at: None,
            expires_at: new.expires_at,
            ends_at: new.ends_at,
        })
    }

    /// The live credentials of an account, newest first.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn credentials(
        &self,
        account_id: &str,
        kind: Kind,
        page: &Page,
        now: i64,
    ) -> DbResult<Rows<Credential>> {
        let rows = sqlx::query(
            "SELECT id, kind, account_id, client_id, name, os, arch, ip, scopes, last_four, created_at,
                last_used_at, expires_at, ends_at
             FROM credentials
             WHERE account_id = $1 AND kind = $2 AND id < $3 AND revoked_at IS NULL
                AND (expires_at IS NULL OR expires_at > $4)
             ORDER BY id DESC LIMIT $5",
        )
        .bind(account_id)
        .bind(kind.word())
        .bind(page.before())
        .bind(now)
        .bind(page.fetch())
        .fetch_all(self.pool())
        .await?;
        let total: i64 = sqlx::query(
            "SELECT COUNT(*) FROM credentials WHERE account_id = $1 AND kind = $2
                AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > $3)",
        )
        .bind(account_id)
        .bind(kind.word())
        .bind(now)
        .fetch_one(self.pool())
        .await?
        .try_get(0)?;
        let all = rows.iter().map(|row| read(row)).collect::<DbResult<Vec<_>>>()?;
        Ok(page.rows(all, total, |row| &row.id))
    }

    /// Revokes a credential of an account; says whether there was a live one.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn revoke_credential(
        &self,
        account_id: &str,
        kind: Kind,
        id: &str,
        event: &Event,
        now: i64,
    ) -> DbResult<bool> {
        let mut transaction = self.begin().await?;
        let revoked = sqlx::query(
            "UPDATE credentials SET revoked_at = $4
             WHERE id = $1 AND account_id = $2 AND kind = $3 AND revoked_at IS NULL",
        )
        .bind(id)
        .bind(account_id)
        .bind(kind.word())
        .bind(now)
        .execute(&mut *transaction)
        .await?
        .rows_affected();
        if revoked == 0 {
            return Ok(false);
        }
        audit::write(&mut transaction, event, now).await?;
        transaction.commit().await?;
        Ok(true)
    }

    /// Revokes every session of an account, signs out its browsers, and says
    /// how many sessions that were. Personal access tokens stay.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn revoke_sessions(
        &self,
        account_id: &str,
        event: &Event,
        now: i64,
    ) -> DbResult<u64> {
        let mut transaction = self.begin_locked(account_id).await?;
        let revoked = sign_out(&mut transaction, account_id, now).await?;
        audit::write(&mut transaction, event, now).await?;
        transaction.commit().await?;
        Ok(revoked)
    }
}

/// Revokes every session of an account, signs out its browsers, and takes back
/// what it approved that nobody has claimed yet: that would become a session a
/// minute later. Says how many sessions that were.
pub(super) async fn sign_out(
    transaction: &mut AnyConnection,
    account_id: &str,
    now: i64,
) -> DbResult<u64> {
    let revoked = sqlx::query(
        "UPDATE credentials SET revoked_at = $2
         WHERE account_id = $1 AND kind = 'session' AND revoked_at IS NULL",
    )
    .bind(account_id)
    .bind(now)
    .execute(&mut *transaction)
    .await?
    .rows_affected();
    sqlx::query("DELETE FROM web_sessions WHERE account_id = $1")
        .bind(account_id)
        .execute(&mut *transaction)
        .await?;
    for (sentence, time) in [
        (
            // Over on every node, whatever its clock says.
            "UPDATE authorization_codes SET expires_at = created_at
             WHERE expires_at > $2 AND account_id = $1 AND claimed_at IS NULL",
            now,
        ),
        (
            "UPDATE device_codes SET status = 'denied'
             WHERE settled_at > $2 AND account_id = $1 AND claimed_at IS NULL",
            now - CLAIM,
        ),
    ] {
        sqlx::query(sentence).bind(account_id).bind(time).execute(&mut *transaction).await?;
    }
    Ok(revoked)
}

fn read(row: &dyn Columns) -> DbResult<Credential> {
    Ok(Credential {
        id: row.text("id")?,
        kind: match row.text("kind")?.as_str() {
            "pat" => Kind::Pat,
            "service" => Kind::Service,
            _ => Kind::Session,
        },
        account_id: row.text("account_id")?,
        client_id: row.text("client_id")?,
        name: row.text("name")?,
        os: row.text("os")?,
        arch: row.text("arch")?,
        ip: row.text_if_any("ip")?,
        scopes: row.text("scopes")?,
        last_four: row.text("last_four")?,
        created_at: row.number("created_at")?,
        last_used_at: row.number_if_any("last_used_at")?,
        expires_at: row.number_if_any("expires_at")?,
        ends_at: row.number_if_any("ends_at")?,
    })
}

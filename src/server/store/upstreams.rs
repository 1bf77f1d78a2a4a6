//! Who somebody is at another site, and sign-ins there that are under way.
//!
//! The surprising rule: a sign-in that comes back is gone, whatever becomes of
//! it. Its state works once, on whichever node it comes back to.

use crate::server::domain::audit_action::AuditAction;
use sqlx::any::AnyRow;
use sqlx::{AnyConnection, Row};

use super::audit::{self, Event};
use super::{Account, DbResult, NewAccount, Store, accounts, hash, new_id};
use crate::secret::Secret;

/// A sign-in elsewhere that is under way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attempt {
    /// Where.
    pub upstream: String,
    /// What for.
    pub purpose: Purpose,
    /// Where the person was going; empty for nowhere.
    pub next: String,
}

/// What somebody signs in elsewhere for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// Into the account that is connected with it.
    SignIn,
    /// To make an account.
    SignUp,
    /// To be the first administrator.
    FirstAdmin,
    /// To connect it with the account with this id.
    Connect(String),
}

impl Purpose {
    fn columns(&self) -> (&'static str, Option<&str>) {
        match self {
            Self::SignIn => ("sign-in", None),
            Self::SignUp => ("sign-up", None),
            Self::FirstAdmin => ("first-admin", None),
            Self::Connect(account_id) => ("connect", Some(account_id)),
        }
    }
}

/// What came back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Taken {
    /// It was under way.
    Open(Attempt),
    /// It took too long.
    Late(Attempt),
    /// Never begun by this browser, or back before.
    Unknown,
}

/// Who somebody is at another site. Times are Unix milliseconds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// Opaque.
    pub id: String,
    /// Who vouches.
    pub issuer: String,
    /// What they are called there, to be shown to themselves.
    pub label: String,
    /// When they last came that way.
    pub last_used_at: i64,
}

/// Somebody at another site, to be connected with an account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewIdentity {
    /// Who vouches.
    pub issuer: String,
    /// What they are called there, for ever.
    pub subject: String,
    /// What they are called there, to be shown to themselves.
    pub label: String,
}

/// What became of a wish to disconnect.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Disconnected {
    /// Done, or not there any more.
    Done,
    /// It is the only way into the account.
    Last,
}

impl Store {
    /// A sign-in elsewhere begins. Of its state and of the browser only hashes
    /// are kept.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn begin_attempt(
        &self,
        state: &Secret,
        browser: &Secret,
        attempt: &Attempt,
        expires_at: i64,
    ) -> DbResult<()> {
        let (purpose, account_id) = attempt.purpose.columns();
        let values = vec![
            hash(state).into(),
            hash(browser).into(),
            attempt.upstream.clone().into(),
            purpose.into(),
            account_id.map(str::to_owned).into(),
            attempt.next.clone().into(),
            expires_at.into(),
        ];
        let sql = "INSERT INTO upstream_attempts
                (state_hash, browser_hash, upstream, purpose, account_id, next, expires_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7)";
        self.say(sql, values).await?;
        Ok(())
    }

    /// The sign-in that comes back to `upstream` with `state`, in the browser
    /// that began it. It is gone after this.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn take_attempt(
        &self,
        upstream: &str,
        state: &Secret,
        browser: &Secret,
        now: i64,
    ) -> DbResult<Taken> {
        let mut transaction = self.begin().await?;
        let row = sqlx::query(
            "DELETE FROM upstream_attempts
             WHERE state_hash = $1 AND browser_hash = $2 AND upstream = $3
             RETURNING purpose, account_id, next, expires_at",
        )
        .bind(hash(state))
        .bind(hash(browser))
        .bind(upstream)
        .fetch_optional(&mut *transaction)
        .await?;
        transaction.commit().await?;
        let Some(row) = row else { return Ok(Taken::Unknown) };
        let account_id: Option<String> = row.try_get("account_id")?;
        let purpose: String = row.try_get("purpose")?;
        let purpose = match (purpose.as_str(), account_id) {
            ("connect", Some(account_id)) => Purpose::Connect(account_id),
            ("sign-up", _) => Purpose::SignUp,
            ("first-admin", _) => Purpose::FirstAdmin,
            _ => Purpose::SignIn,
        };
        let (upstream, next) = (upstream.to_owned(), row.try_get("next")?);
        let attempt = Attempt { upstream, purpose, next };
        let expires_at: i64 = row.try_get("expires_at")?;
        Ok(if now < expires_at { Taken::Open(attempt) } else { Taken::Late(attempt) })
    }

    /// The account that is connected with somebody elsewhere. Notes that they
    /// came that way, and what they are called there now.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn account_of_identity(
        &self,
        identity: &NewIdentity,
        now: i64,
    ) -> DbResult<Option<Account>> {
        let mut transaction = self.begin().await?;
        let row = sqlx::query(
            "UPDATE upstream_identities SET last_used_at = $3, label = $4
             WHERE issuer = $1 AND subject = $2 RETURNING account_id",
        )
        .bind(identity.issuer.as_str())
        .bind(identity.subject.as_str())
        .bind(now)
        .bind(identity.label.as_str())
        .fetch_optional(&mut *transaction)
        .await?;
        transaction.commit().await?;
        match row {
            Some(row) => self.account(&row.try_get::<String, _>(0)?).await,
            None => Ok(None),
        }
    }

    /// Who the owner of an account is elsewhere, in the order in which they
    /// were connected.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn identities(&self, account_id: &str) -> DbResult<Vec<Identity>> {
        let rows = sqlx::query(OF_ACCOUNT).bind(account_id).fetch_all(self.pool()).await?;
        rows.iter().map(read).collect()
    }

    /// Makes an account that is connected from the start; `None` where somebody
    /// else was faster: the address has an account, or they have.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn create_connected_account(
        &self,
        new: &NewAccount,
        identity: &NewIdentity,
        now: i64,
    ) -> DbResult<Option<Account>> {
        let mut transaction = self.begin_locked(FIRST_ADMIN_TURN).await?;
        let made = if new.admin {
            accounts::make_first_admin(&mut transaction, new, now).await?
        } else {
            accounts::make(&mut transaction, new, now).await?
        };
        let Some(account) = made else { return Ok(None) };
        if !connect(&mut transaction, &account.id, identity, now).await? {
            return Ok(None);
        }
        let event = connected(&account.id, identity);
        audit::write(&mut transaction, &event, now).await?;
        transaction.commit().await?;
        Ok(Some(account))
    }

    /// Connects an account with somebody elsewhere; says whether it is now.
    /// It is not where another account is.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn connect_identity(
        &self,
        account_id: &str,
        identity: &NewIdentity,
        ip: Option<&str>,
        now: i64,
    ) -> DbResult<bool> {
        let mut transaction = self.begin_locked(account_id).await?;
        if !connect(&mut transaction, account_id, identity, now).await? {
            let row = sqlx::query(
                "SELECT account_id FROM upstream_identities WHERE issuer = $1 AND subject = $2",
            )
            .bind(identity.issuer.as_str())
            .bind(identity.subject.as_str())
            .fetch_optional(&mut *transaction)
            .await?;
            let whose = row.map(|row| row.try_get::<String, _>(0)).transpose()?;
            return Ok(whose.as_deref() == Some(account_id));
        }
        let event = connected(account_id, identity).from(ip);
        audit::write(&mut transaction, &event, now).await?;
        transaction.commit().await?;
        Ok(true)
    }

    /// Disconnects, unless nothing else would open the account: no password,
    /// and nobody else whom `vouches` says to vouch for people today.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn disconnect(
        &self,
        account_id: &str,
        id: &str,
        vouches: impl Fn(&str) -> bool,
        ip: Option<&str>,
        now: i64,
    ) -> DbResult<Disconnected> {
        let mut transaction = self.begin_locked(account_id).await?;
        let rows = sqlx::query(OF_ACCOUNT).bind(account_id).fetch_all(&mut *transaction).await?;
        let all = rows.iter().map(read).collect::<DbResult<Vec<_>>>()?;
        let Some(this) = all.iter().find(|one| one.id == id) else {
            return Ok(Disconnected::Done);
        };
        let opens = |one: &Identity| vouches(&one.issuer);
        let password = sqlx::query("SELECT password FROM accounts WHERE id = $1")
            .bind(account_id)
            .fetch_one(&mut *transaction)
            .await?
            .try_get::<Option<String>, _>(0)?;
        let others = all.iter().any(|one| one.id != id && opens(one));
        if opens(this) && password.is_none() && !others {
            return Ok(Disconnected::Last);
        }
        sqlx::query("DELETE FROM upstream_identities WHERE id = $1")
            .bind(id)
            .execute(&mut *transaction)
            .await?;
        let event = Event::new(AuditAction::UpstreamDisconnected, account_id, "web", account_id)
            .from(ip)
            .with("issuer", &this.issuer);
        audit::write(&mut transaction, &event, now).await?;
        transaction.commit().await?;
        Ok(Disconnected::Done)
    }
}

/// Two first administrators wait for one another, wherever they come from.
pub(super) const FIRST_ADMIN_TURN: &str = "first administrator";

const OF_ACCOUNT: &str = "SELECT id, issuer, label, last_used_at FROM upstream_identities
     WHERE account_id = $1 ORDER BY id";

/// Whether it was not connected with anybody yet.
async fn connect(
    transaction: &mut AnyConnection,
    account_id: &str,
    identity: &NewIdentity,
    now: i64,
) -> DbResult<bool> {
    let done = sqlx::query(
        "INSERT INTO upstream_identities
            (id, issuer, subject, account_id, label, created_at, last_used_at)
         VALUES ($1, $2, $3, $4, $5, $6, $6) ON CONFLICT (issuer, subject) DO NOTHING",
    )
    .bind(new_id(now))
    .bind(identity.issuer.as_str())
    .bind(identity.subject.as_str())
    .bind(account_id)
    .bind(identity.label.as_str())
    .bind(now)
    .execute(&mut *transaction)
    .await?;
    Ok(done.rows_affected() == 1)
}

fn connected(account_id: &str, identity: &NewIdentity) -> Event {
    Event::new(AuditAction::UpstreamConnected, account_id, "web", account_id)
        .with("issuer", &identity.issuer)
}

fn read(row: &AnyRow) -> DbResult<Identity> {
    Ok(Identity {
        id: row.try_get("id")?,
        issuer: row.try_get("issuer")?,
        label: row.try_get("label")?,
        last_used_at: row.try_get("last_used_at")?,
    })
}

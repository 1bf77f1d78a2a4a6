//! Who somebody is at another site, and sign-ins there that are under way.
//!
//! The surprising rule: a sign-in that comes back is gone, whatever becomes of
//! it. Its state works once, on whichever node it comes back to.

use super::accounts::{self, Account, FIRST_ADMIN_LOCK, NewAccount};
use super::audit::Event;
use super::handle::Store;
use super::ids::{hash, new_id};
use crate::secret::Secret;
use crate::server::db::{DbResult, Row, Tx, values};
use crate::server::denied::Denied;
use crate::server::domain::audit_action::AuditAction;

/// A sign-in elsewhere that is under way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attempt {
    /// Where.
    pub upstream: String,
    /// What for.
    pub purpose: Purpose,
    /// Where the person was going; empty for nowhere. At a provider, what is connected is
    /// called so.
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
    /// At an AI provider, for what the account with this id starts agents with.
    Provider(String),
}

impl Purpose {
    fn columns(&self) -> (&'static str, Option<&str>) {
        match self {
            Self::SignIn => ("sign-in", None),
            Self::SignUp => ("sign-up", None),
            Self::FirstAdmin => ("first-admin", None),
            Self::Connect(account_id) => ("connect", Some(account_id)),
            Self::Provider(account_id) => ("provider", Some(account_id)),
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

impl Taken {
    /// The same, unknown where what it is for is not as it should be.
    #[must_use]
    pub fn filter(self, is_right: impl FnOnce(&Attempt) -> bool) -> Self {
        match &self {
            Self::Open(attempt) | Self::Late(attempt) => {
                if is_right(attempt) {
                    self
                } else {
                    Self::Unknown
                }
            }
            Self::Unknown => self,
        }
    }
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

impl Store {
    /// A sign-in elsewhere begins. Of its state and of the browser only hashes
    /// are kept.
    pub async fn begin_attempt(
        &self,
        state: &Secret,
        browser: &Secret,
        attempt: &Attempt,
        expires_at: i64,
    ) -> DbResult<()> {
        let (purpose, account_id) = attempt.purpose.columns();
        let values = values![
            hash(state),
            hash(browser),
            &attempt.upstream,
            purpose,
            account_id,
            &attempt.next,
            expires_at,
        ];
        let sql = "INSERT INTO upstream_attempts
                (state_hash, browser_hash, upstream, purpose, account_id, next, expires_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7)";
        self.db.execute(sql, values).await?;
        Ok(())
    }

    /// The sign-in that comes back to `upstream` with `state`, in the browser
    /// that began it. It is gone after this.
    pub async fn take_attempt(
        &self,
        upstream: &str,
        state: &Secret,
        browser: &Secret,
        now: i64,
    ) -> DbResult<Taken> {
        let sql = "DELETE FROM upstream_attempts
             WHERE state_hash = $1 AND browser_hash = $2 AND upstream = $3
             RETURNING purpose, account_id, next, expires_at";
        let values = values![hash(state), hash(browser), upstream];
        let upstream = upstream.to_owned();
        let read = move |row: &Row<'_>| {
            let purpose = match (row.get::<String>("purpose")?.as_str(), row.get("account_id")?) {
                ("connect", Some(account_id)) => Purpose::Connect(account_id),
                ("provider", Some(account_id)) => Purpose::Provider(account_id),
                ("sign-up", _) => Purpose::SignUp,
                ("first-admin", _) => Purpose::FirstAdmin,
                _ => Purpose::SignIn,
            };
            let attempt = Attempt { upstream: upstream.clone(), purpose, next: row.get("next")? };
            let is_late = now >= row.get::<i64>("expires_at")?;
            Ok(if is_late { Taken::Late(attempt) } else { Taken::Open(attempt) })
        };
        let taken = self.db.write(async move |tx| tx.one(sql, values, read).await);
        DbResult::Ok(taken.await?.unwrap_or(Taken::Unknown))
    }

    /// The account that is connected with somebody elsewhere. Notes that they
    /// came that way, and what they are called there now.
    pub async fn account_of_identity(
        &self,
        identity: &NewIdentity,
        now: i64,
    ) -> DbResult<Option<Account>> {
        let sql = "UPDATE upstream_identities SET last_used_at = $3, label = $4
             WHERE issuer = $1 AND subject = $2 RETURNING account_id";
        let values = values![&identity.issuer, &identity.subject, now, &identity.label];
        let read = |row: &Row<'_>| row.get::<String>(0);
        match self.db.write(async move |tx| tx.one(sql, values, read).await).await? {
            Some(account_id) => self.account(&account_id).await,
            None => Ok(None),
        }
    }

    /// Who the owner of an account is elsewhere, in the order in which they
    /// were connected.
    pub async fn identities(&self, account_id: &str) -> DbResult<Vec<Identity>> {
        self.db.list(OF_ACCOUNT, values![account_id], read).await
    }

    /// Makes an account that is connected from the start.
    ///
    /// # Errors
    /// [`Denied::EmailTaken`] where somebody else was faster: the address has an
    /// account, or they have; or the database's.
    pub async fn create_connected_account(
        &self,
        new: &NewAccount,
        identity: &NewIdentity,
        now: i64,
    ) -> Result<Account, Denied> {
        let (new, identity) = (new.clone(), identity.clone());
        self.db
            .write(async move |tx| {
                tx.lock(FIRST_ADMIN_LOCK).await?;
                let made = if new.admin {
                    accounts::make_first_admin(tx, &new, now).await?
                } else {
                    accounts::make(tx, &new, now).await?
                };
                let account = made.ok_or(Denied::EmailTaken)?;
                if !connect(tx, &account.id, &identity, now).await? {
                    return Err(Denied::EmailTaken);
                }
                let (action, id) = (AuditAction::UpstreamConnected, &account.id);
                let event = Event::new(action, id, "web", id).with("issuer", &identity.issuer);
                event.write(tx, now).await?;
                Ok(account)
            })
            .await
    }
}

const OF_ACCOUNT: &str = "SELECT id, issuer, label, last_used_at FROM upstream_identities
     WHERE account_id = $1 ORDER BY id";

/// Connects an account with somebody elsewhere; says whether nobody was
/// connected with them yet.
pub async fn connect(
    tx: &mut Tx,
    account_id: &str,
    identity: &NewIdentity,
    now: i64,
) -> DbResult<bool> {
    let sql = "INSERT INTO upstream_identities
            (id, issuer, subject, account_id, label, created_at, last_used_at)
         VALUES ($1, $2, $3, $4, $5, $6, $6) ON CONFLICT (issuer, subject) DO NOTHING";
    let NewIdentity { issuer, subject, label } = identity;
    let values = values![new_id(now), issuer, subject, account_id, label, now];
    Ok(tx.execute(sql, values).await? == 1)
}

/// The id of the account that is connected with somebody elsewhere.
pub async fn owner(tx: &mut Tx, identity: &NewIdentity) -> DbResult<Option<String>> {
    let sql = "SELECT account_id FROM upstream_identities WHERE issuer = $1 AND subject = $2";
    tx.one(sql, values![&identity.issuer, &identity.subject], |row| row.get(0)).await
}

/// Who the owner of an account is elsewhere, as [`Store::identities`] says it.
pub async fn of_account(tx: &mut Tx, account_id: &str) -> DbResult<Vec<Identity>> {
    tx.list(OF_ACCOUNT, values![account_id], read).await
}

/// Disconnects an identity from its account.
pub async fn disconnect(tx: &mut Tx, id: &str) -> DbResult<()> {
    tx.execute("DELETE FROM upstream_identities WHERE id = $1", values![id]).await?;
    Ok(())
}

fn read(row: &Row<'_>) -> DbResult<Identity> {
    Ok(Identity {
        id: row.get("id")?,
        issuer: row.get("issuer")?,
        label: row.get("label")?,
        last_used_at: row.get("last_used_at")?,
    })
}

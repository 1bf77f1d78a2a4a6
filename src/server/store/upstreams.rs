//! Who somebody is at another site, and sign-ins there that are under way.
//!
//! The surprising rule: a sign-in that comes back is gone, whatever becomes of
//! it. Its state works once, on whichever node it comes back to.

use super::accounts::{self, Account, FIRST_ADMIN_LOCK, NewAccount};
use super::audit::{self, Event};
use super::handle::Store;
use super::ids::{hash, new_id};
use crate::secret::Secret;
use crate::server::db::{DbResult, Row, Tx, values};
use crate::server::domain::audit_action::AuditAction;

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
        let sql = "DELETE FROM upstream_attempts
             WHERE state_hash = $1 AND browser_hash = $2 AND upstream = $3
             RETURNING purpose, account_id, next, expires_at";
        let values = values![hash(state), hash(browser), upstream];
        let upstream = upstream.to_owned();
        let read = move |row: Row<'_>| {
            let purpose = match (row.get::<String>("purpose")?.as_str(), row.get("account_id")?) {
                ("connect", Some(account_id)) => Purpose::Connect(account_id),
                ("sign-up", _) => Purpose::SignUp,
                ("first-admin", _) => Purpose::FirstAdmin,
                _ => Purpose::SignIn,
            };
            let attempt = Attempt { upstream: upstream.clone(), purpose, next: row.get("next")? };
            let is_late = now >= row.get::<i64>("expires_at")?;
            Ok(if is_late { Taken::Late(attempt) } else { Taken::Open(attempt) })
        };
        let taken = self.db.write(async move |tx| tx.one(sql, values, read).await).await?;
        Ok(taken.unwrap_or(Taken::Unknown))
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
        let sql = "UPDATE upstream_identities SET last_used_at = $3, label = $4
             WHERE issuer = $1 AND subject = $2 RETURNING account_id";
        let values = values![&identity.issuer, &identity.subject, now, &identity.label];
        let read = |row: Row<'_>| row.get::<String>(0);
        match self.db.write(async move |tx| tx.one(sql, values, read).await).await? {
            Some(account_id) => self.account(&account_id).await,
            None => Ok(None),
        }
    }

    /// Who the owner of an account is elsewhere, in the order in which they
    /// were connected.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn identities(&self, account_id: &str) -> DbResult<Vec<Identity>> {
        self.db.list(OF_ACCOUNT, values![account_id], read).await
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
        let (new, identity) = (new.clone(), identity.clone());
        self.db
            .write(async move |tx| {
                tx.lock(FIRST_ADMIN_LOCK).await?;
                let made = if new.admin {
                    accounts::make_first_admin(tx, &new, now).await?
                } else {
                    accounts::make(tx, &new, now).await?
                };
                let Some(account) = made else { return Ok(None) };
                if !connect(tx, &account.id, &identity, now).await? {
                    tx.roll_back();
                    return Ok(None);
                }
                audit::write(tx, &connected(&account.id, &identity), now).await?;
                Ok(Some(account))
            })
            .await
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
        let (account_id, identity) = (account_id.to_owned(), identity.clone());
        let event = connected(&account_id, &identity).from(ip);
        self.db
            .write(async move |tx| {
                tx.lock(&account_id).await?;
                if connect(tx, &account_id, &identity, now).await? {
                    audit::write(tx, &event, now).await?;
                    return Ok(true);
                }
                let sql = "SELECT account_id FROM upstream_identities
                     WHERE issuer = $1 AND subject = $2";
                let values = values![identity.issuer, identity.subject];
                let owner = tx.one(sql, values, |row| row.get::<String>(0)).await?;
                Ok(owner.as_ref() == Some(&account_id))
            })
            .await
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
        let mut trusted = self.identities(account_id).await?;
        trusted.retain(|one| vouches(&one.issuer));
        let (account_id, id) = (account_id.to_owned(), id.to_owned());
        let event = Event::new(AuditAction::UpstreamDisconnected, &account_id, "web", &account_id);
        let event = event.from(ip);
        self.db
            .write(async move |tx| {
                tx.lock(&account_id).await?;
                let all = tx.list(OF_ACCOUNT, values![&account_id], read).await?;
                let Some(this) = all.iter().find(|one| one.id == id) else {
                    return Ok(Disconnected::Done);
                };
                let opens = |one: &Identity| trusted.iter().any(|it| it.issuer == one.issuer);
                let has_password = !accounts::has_password(tx, &account_id, None).await?;
                let others = all.iter().any(|one| one.id != id && opens(one));
                if opens(this) && !has_password && !others {
                    return Ok(Disconnected::Last);
                }
                let sql = "DELETE FROM upstream_identities WHERE id = $1";
                tx.execute(sql, values![id]).await?;
                audit::write(tx, &event.with("issuer", &this.issuer), now).await?;
                Ok(Disconnected::Done)
            })
            .await
    }
}

const OF_ACCOUNT: &str = "SELECT id, issuer, label, last_used_at FROM upstream_identities
     WHERE account_id = $1 ORDER BY id";

/// Whether it was not connected with anybody yet.
async fn connect(
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

fn connected(account_id: &str, identity: &NewIdentity) -> Event {
    Event::new(AuditAction::UpstreamConnected, account_id, "web", account_id)
        .with("issuer", &identity.issuer)
}

fn read(row: Row<'_>) -> DbResult<Identity> {
    Ok(Identity {
        id: row.get("id")?,
        issuer: row.get("issuer")?,
        label: row.get("label")?,
        last_used_at: row.get("last_used_at")?,
    })
}

//! People.

use sqlx::any::AnyRow;
use sqlx::{AnyConnection, Row};

use super::audit::{self, Event};
use super::upstreams::FIRST_ADMIN_TURN;
use super::{DbResult, Page, Rows, Store, UnchangedError, credentials, new_id};
use crate::secret::Secret;
use crate::server::clock::timestamp;
use crate::wire::{AccountFacts, User};

/// A person on this instance.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// Opaque.
    pub id: String,
    /// Display name.
    pub name: String,
    /// As they wrote it; empty for the owner of an embedded instance.
    pub email: String,
    /// Argon2id in PHC form; `None` where they sign in another way.
    pub password: Option<Secret>,
    /// Runs this instance.
    pub admin: bool,
    /// Unix milliseconds.
    pub created_at: i64,
}

impl Account {
    /// What others may be told.
    pub fn user(&self) -> User {
        User { id: self.id.clone(), name: self.name.clone(), email: self.email.clone() }
    }

    /// What whoever runs the instance is told.
    fn facts(self) -> AccountFacts {
        AccountFacts {
            id: self.id,
            name: self.name,
            email: self.email,
            admin: self.admin,
            plan: None,
            created_at: timestamp(self.created_at),
        }
    }
}

/// A person to be.
#[derive(Clone, Debug)]
pub struct NewAccount {
    /// Display name.
    pub name: String,
    /// As they wrote it.
    pub email: String,
    /// Argon2id in PHC form.
    pub password: Option<Secret>,
    /// Runs this instance.
    pub admin: bool,
}

/// The owner of an embedded instance signs in to no page: an instance that
/// became a team's has its first administrator still to come, who is the owner
/// once they have a way in by a page.
const FIRST_ADMIN: &str = "SELECT id FROM accounts a WHERE admin = 1
    AND (os_user IS NULL OR password IS NOT NULL
        OR EXISTS (SELECT 1 FROM upstream_identities u WHERE u.account_id = a.id)) LIMIT 1";

/// Owners who have none yet.
const OWNERS: &str = "SELECT id, name, email, password, admin, created_at FROM accounts a
    WHERE os_user IS NOT NULL AND password IS NULL
        AND NOT EXISTS (SELECT 1 FROM upstream_identities u WHERE u.account_id = a.id)
    LIMIT 2";

impl Store {
    /// Makes an account; `None` when the e-mail address has one already.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn create_account(&self, new: &NewAccount, now: i64) -> DbResult<Option<Account>> {
        let mut transaction = self.begin().await?;
        let made = make(&mut transaction, new, now).await?;
        transaction.commit().await?;
        Ok(made)
    }

    /// Makes the first administrator; `None` when there is one already, or the
    /// e-mail address has an account. On an instance that was somebody's own it
    /// is the owner, who keeps what is theirs.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn create_first_admin(
        &self,
        new: &NewAccount,
        now: i64,
    ) -> DbResult<Option<Account>> {
        let mut transaction = self.begin_locked(FIRST_ADMIN_TURN).await?;
        let made = make_first_admin(&mut transaction, new, now).await?;
        transaction.commit().await?;
        Ok(made)
    }

    /// The owner of an embedded instance that the first administrator's link
    /// would give a way in by its pages.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn owner_without_a_way_in(&self) -> DbResult<Option<Account>> {
        let rows = sqlx::query(OWNERS).fetch_all(self.pool()).await?;
        match rows.as_slice() {
            [row] => account(row).map(Some),
            // None, or several: nobody guesses which.
            _ => Ok(None),
        }
    }

    /// Changes a password where it is still `before`, so that what opened by
    /// that opens once, and signs out every terminal and browser of the
    /// account; says whether it was. Personal access tokens stay.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn change_password(
        &self,
        account_id: &str,
        before: Option<&Secret>,
        password: &Secret,
        event: &Event,
        now: i64,
    ) -> DbResult<bool> {
        let mut transaction = self.begin_locked(account_id).await?;
        if !has_password(&mut transaction, account_id, before).await? {
            return Ok(false);
        }
        set_password(&mut transaction, account_id, password, now).await?;
        audit::write(&mut transaction, event, now).await?;
        transaction.commit().await?;
        Ok(true)
    }

    /// Sets the first password of an account that had none, and the address it
    /// is used with where the account has none either; says whether it was: not
    /// where the address belongs to another account, or a password is there.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn set_first_password(
        &self,
        account_id: &str,
        email: &str,
        password: &Secret,
        event: &Event,
        now: i64,
    ) -> DbResult<bool> {
        let mut transaction = self.begin_locked(account_id).await?;
        let done = sqlx::query(
            "UPDATE accounts SET email = $2, email_key = $3 WHERE id = $1 AND password IS NULL
             AND NOT EXISTS (SELECT 1 FROM accounts other
                WHERE other.email_key = $3 AND other.id <> $1)",
        )
        .bind(account_id)
        .bind(email)
        .bind(email_key(email))
        .execute(&mut *transaction)
        .await?;
        if done.rows_affected() == 0 {
            return Ok(false);
        }
        set_password(&mut transaction, account_id, password, now).await?;
        audit::write(&mut transaction, event, now).await?;
        transaction.commit().await?;
        Ok(true)
    }

    /// The account of the operating system's user `os_user`, made as an
    /// administrator called `person` where there is none.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn owner(&self, os_user: &str, person: &str, now: i64) -> DbResult<Account> {
        let mut transaction = self.begin().await?;
        sqlx::query(
            "INSERT INTO accounts (id, name, email, os_user, admin, created_at)
             VALUES ($1, $2, '', $3, 1, $4) ON CONFLICT (os_user) DO NOTHING",
        )
        .bind(new_id(now))
        .bind(person)
        .bind(os_user)
        .bind(now)
        .execute(&mut *transaction)
        .await?;
        let row = sqlx::query(
            "SELECT id, name, email, password, admin, created_at FROM accounts WHERE os_user = $1",
        )
        .bind(os_user)
        .fetch_one(&mut *transaction)
        .await?;
        transaction.commit().await?;
        account(&row)
    }

    /// The account with this id.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn account(&self, id: &str) -> DbResult<Option<Account>> {
        let row = sqlx::query(
            "SELECT id, name, email, password, admin, created_at FROM accounts WHERE id = $1",
        )
        .bind(id)
        .fetch_optional(self.pool())
        .await?;
        row.as_ref().map(account).transpose()
    }

    /// The account with this e-mail address, in any case.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn account_by_email(&self, email: &str) -> DbResult<Option<Account>> {
        let Some(key) = email_key(email) else { return Ok(None) };
        let row = sqlx::query(
            "SELECT id, name, email, password, admin, created_at FROM accounts WHERE email_key = $1",
        )
        .bind(key)
        .fetch_optional(self.pool())
        .await?;
        row.as_ref().map(account).transpose()
    }

    /// Everybody with an account, in the order in which they came. Service
    /// clients are nobody.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn accounts(&self, page: &Page) -> DbResult<Rows<AccountFacts>> {
        let rows = sqlx::query(
            "SELECT id, name, email, password, admin, created_at, plan FROM accounts
             WHERE id > $1 AND service = 0 ORDER BY id LIMIT $2",
        )
        .bind(page.after.as_deref().unwrap_or_default())
        .bind(page.fetch())
        .fetch_all(self.pool())
        .await?;
        let total = sqlx::query("SELECT COUNT(*) FROM accounts WHERE service = 0")
            .fetch_one(self.pool())
            .await?
            .try_get(0)?;
        let facts = |row: &AnyRow| {
            let mut facts = account(row)?.facts();
            facts.plan = self.plan_name(row.try_get::<Option<String>, _>("plan")?.as_deref());
            Ok(facts)
        };
        let all = rows.iter().map(facts);
        Ok(page.rows(all.collect::<DbResult<_>>()?, total, |account| &account.id))
    }

    /// Makes somebody one of those who run the instance, or takes it from them;
    /// the last one stays.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn set_admin(
        &self,
        account_id: &str,
        admin: bool,
        event: &Event,
        now: i64,
    ) -> DbResult<Result<(), UnchangedError>> {
        let mut transaction = self.begin_locked(FIRST_ADMIN_TURN).await?;
        let set = sqlx::query(
            "UPDATE accounts SET admin = $2 WHERE id = $1 AND service = 0 AND admin <> $2",
        )
        .bind(account_id)
        .bind(i64::from(admin))
        .execute(&mut *transaction)
        .await?
        .rows_affected();
        if set == 0 {
            let row = sqlx::query("SELECT id FROM accounts WHERE id = $1 AND service = 0")
                .bind(account_id)
                .fetch_optional(&mut *transaction)
                .await?;
            return Ok(row.map(drop).ok_or(UnchangedError::Unknown));
        }
        if sqlx::query(FIRST_ADMIN).fetch_optional(&mut *transaction).await?.is_none() {
            return Ok(Err(UnchangedError::LastAdmin));
        }
        audit::write(&mut transaction, event, now).await?;
        transaction.commit().await?;
        Ok(Ok(()))
    }

    /// Whether anybody runs this instance for others yet.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn has_admin(&self) -> DbResult<bool> {
        let row = sqlx::query(FIRST_ADMIN).fetch_optional(self.pool()).await?;
        Ok(row.is_some())
    }
}

/// Makes an account; `None` when the e-mail address has one already.
pub(super) async fn make(
    transaction: &mut AnyConnection,
    new: &NewAccount,
    now: i64,
) -> DbResult<Option<Account>> {
    let row = sqlx::query(
        "INSERT INTO accounts (id, name, email, email_key, password, admin, created_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (email_key) DO NOTHING
         RETURNING id, name, email, password, admin, created_at",
    )
    .bind(new_id(now))
    .bind(new.name.as_str())
    .bind(new.email.as_str())
    .bind(email_key(&new.email))
    .bind(new.password.as_ref().map(|password| password.expose().to_owned()))
    .bind(i64::from(new.admin))
    .bind(now)
    .fetch_optional(&mut *transaction)
    .await?;
    row.as_ref().map(account).transpose()
}

/// The caller has the turn of [`FIRST_ADMIN_TURN`].
pub(super) async fn make_first_admin(
    transaction: &mut AnyConnection,
    new: &NewAccount,
    now: i64,
) -> DbResult<Option<Account>> {
    if sqlx::query(FIRST_ADMIN).fetch_optional(&mut *transaction).await?.is_some() {
        return Ok(None);
    }
    let owners = sqlx::query(OWNERS).fetch_all(&mut *transaction).await?;
    let [owner] = owners.as_slice() else {
        let new = NewAccount { admin: true, ..new.clone() };
        return make(transaction, &new, now).await;
    };
    let row = sqlx::query(
        "UPDATE accounts SET name = $2, email = $3, email_key = $4, password = $5, admin = 1
         WHERE id = $1 AND NOT EXISTS
            (SELECT 1 FROM accounts other WHERE other.email_key = $4)
         RETURNING id, name, email, password, admin, created_at",
    )
    .bind(owner.try_get::<String, _>("id")?)
    .bind(new.name.as_str())
    .bind(new.email.as_str())
    .bind(email_key(&new.email))
    .bind(new.password.as_ref().map(|password| password.expose().to_owned()))
    .fetch_optional(&mut *transaction)
    .await?;
    row.as_ref().map(account).transpose()
}

/// Whether an account is there and its password is still this one.
pub(super) async fn has_password(
    transaction: &mut AnyConnection,
    account_id: &str,
    password: Option<&Secret>,
) -> DbResult<bool> {
    let row = sqlx::query("SELECT password FROM accounts WHERE id = $1")
        .bind(account_id)
        .fetch_optional(&mut *transaction)
        .await?;
    let Some(row) = row else { return Ok(false) };
    let kept: Option<String> = row.try_get(0)?;
    Ok(kept.as_deref() == password.map(Secret::expose))
}

/// Signs out every terminal and browser of the account as well.
async fn set_password(
    transaction: &mut AnyConnection,
    account_id: &str,
    password: &Secret,
    now: i64,
) -> DbResult<()> {
    sqlx::query("UPDATE accounts SET password = $2, password_changed_at = $3 WHERE id = $1")
        .bind(account_id)
        .bind(password.expose())
        .bind(now)
        .execute(&mut *transaction)
        .await?;
    credentials::sign_out(transaction, account_id, now).await?;
    Ok(())
}

fn email_key(email: &str) -> Option<String> {
    let key = email.trim().to_lowercase();
    (!key.is_empty()).then_some(key)
}

fn account(row: &AnyRow) -> DbResult<Account> {
    Ok(Account {
        id: row.try_get("id")?,
        name: row.try_get("name")?,
        email: row.try_get("email")?,
        password: row.try_get::<Option<String>, _>("password")?.map(Secret::new),
        admin: row.try_get::<i64, _>("admin")? != 0,
        created_at: row.try_get("created_at")?,
    })
}

//! People.

use super::handle::Store;
use super::ids::new_id;
use super::sign_out;
use crate::secret::Secret;
use crate::server::clock::timestamp;
use crate::server::db::{DbError, DbResult, Page, Row, Rows, Tx, values};
use crate::server::domain::plans::Plans;
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
            second_factor: false,
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

/// What two who become, or cease to be, an administrator wait for one another
/// by, wherever they come from.
pub const FIRST_ADMIN_LOCK: &str = "first administrator";

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
    pub async fn create_account(&self, new: &NewAccount, now: i64) -> DbResult<Option<Account>> {
        let new = new.clone();
        self.db.write(async move |tx| make(tx, &new, now).await).await
    }

    /// Makes the first administrator; `None` when there is one already, or the
    /// e-mail address has an account. On an instance that was somebody's own it
    /// is the owner, who keeps what is theirs.
    pub async fn create_first_admin(
        &self,
        new: &NewAccount,
        now: i64,
    ) -> DbResult<Option<Account>> {
        let new = new.clone();
        self.db
            .write(async move |tx| {
                tx.lock(FIRST_ADMIN_LOCK).await?;
                make_first_admin(tx, &new, now).await
            })
            .await
    }

    /// The owner of an embedded instance that the first administrator's link
    /// would give a way in by its pages.
    pub async fn owner_without_a_way_in(&self) -> DbResult<Option<Account>> {
        let mut owners = self.db.list(OWNERS, values![], read).await?;
        // None, or several: nobody guesses which.
        Ok(owners.pop().filter(|_| owners.is_empty()))
    }

    /// The account of the operating system's user `os_user`, made as an
    /// administrator called `person` where there is none.
    pub async fn owner(&self, os_user: &str, person: &str, now: i64) -> DbResult<Account> {
        let (os_user, person) = (os_user.to_owned(), person.to_owned());
        let owner = self.db.write(async move |tx| {
            let sql = "INSERT INTO accounts (id, name, email, os_user, admin, created_at)
                 VALUES ($1, $2, '', $3, 1, $4) ON CONFLICT (os_user) DO NOTHING";
            tx.execute(sql, values![new_id(now), person, &os_user, now]).await?;
            let sql = "SELECT id, name, email, password, admin, created_at FROM accounts
                 WHERE os_user = $1";
            tx.one(sql, values![os_user], read).await
        });
        owner.await?.ok_or_else(DbError::no_row)
    }

    /// The account with this id.
    pub async fn account(&self, id: &str) -> DbResult<Option<Account>> {
        let sql = "SELECT id, name, email, password, admin, created_at FROM accounts WHERE id = $1";
        self.db.one(sql, values![id], read).await
    }

    /// The account with this e-mail address, in any case.
    pub async fn account_by_email(&self, email: &str) -> DbResult<Option<Account>> {
        let Some(key) = email_key(email) else { return Ok(None) };
        let sql = "SELECT id, name, email, password, admin, created_at FROM accounts
             WHERE email_key = $1";
        self.db.one(sql, values![key], read).await
    }

    /// Everybody with an account, in the order in which they came. Service
    /// clients are nobody.
    pub async fn accounts(&self, plans: &Plans, page: &Page) -> DbResult<Rows<AccountFacts>> {
        let sql = "SELECT id, name, email, password, admin, created_at, plan,
                (SELECT COUNT(*) FROM second_factors s WHERE s.account_id = a.id) AS second_factor
             FROM accounts a WHERE id > $1 AND service = 0 ORDER BY id LIMIT $2";
        let rows = (sql, values![page.after(), page.fetch()]);
        let total = ("SELECT COUNT(*) FROM accounts WHERE service = 0", values![]);
        let facts = |row: &Row<'_>| {
            let plan: Option<String> = row.get("plan")?;
            let plan = plans.of(plan.as_deref()).map(|plan| plan.name.clone());
            let second_factor = row.flag("second_factor")?;
            Ok(AccountFacts { plan, second_factor, ..read(row)?.facts() })
        };
        self.db.page(page, rows, total, facts, |account| &account.id).await
    }

    /// Whether anybody runs this instance for others yet.
    pub async fn has_admin(&self) -> DbResult<bool> {
        Ok(self.db.one(FIRST_ADMIN, values![], |_| Ok(())).await?.is_some())
    }
}

/// Whether an account runs the instance; `None` where there is none. It stays so
/// to the end of the transaction.
pub async fn live(tx: &mut Tx, id: &str) -> DbResult<Option<bool>> {
    let sql = "SELECT admin FROM accounts WHERE id = $1";
    tx.one_for_share(sql, values![id], |row| row.flag("admin")).await
}

/// Makes a person one of those who run the instance, or takes it from them;
/// says whether that changed anything, and `None` where there is no such person.
/// The caller has locked [`FIRST_ADMIN_LOCK`].
pub async fn set_admin(tx: &mut Tx, id: &str, admin: bool) -> DbResult<Option<bool>> {
    let sql = "UPDATE accounts SET admin = $2 WHERE id = $1 AND service = 0 AND admin <> $2";
    if tx.execute(sql, values![id, admin]).await? > 0 {
        return Ok(Some(true));
    }
    let sql = "SELECT id FROM accounts WHERE id = $1 AND service = 0";
    tx.one(sql, values![id], |_| Ok(false)).await
}

/// Whether anybody runs this instance for others.
pub async fn has_admin(tx: &mut Tx) -> DbResult<bool> {
    Ok(tx.one(FIRST_ADMIN, values![], |_| Ok(())).await?.is_some())
}

/// Makes an account; `None` when the e-mail address has one already.
pub(super) async fn make(tx: &mut Tx, new: &NewAccount, now: i64) -> DbResult<Option<Account>> {
    let sql = "INSERT INTO accounts (id, name, email, email_key, password, admin, created_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (email_key) DO NOTHING
         RETURNING id, name, email, password, admin, created_at";
    let values = values![
        new_id(now),
        &new.name,
        &new.email,
        email_key(&new.email),
        new.password.as_ref().map(Secret::expose),
        new.admin,
        now,
    ];
    tx.one(sql, values, read).await
}

/// The caller has locked [`FIRST_ADMIN_LOCK`].
pub(super) async fn make_first_admin(
    tx: &mut Tx,
    new: &NewAccount,
    now: i64,
) -> DbResult<Option<Account>> {
    if has_admin(tx).await? {
        return Ok(None);
    }
    let owners = tx.list(OWNERS, values![], |row| row.get::<String>("id")).await?;
    let [owner] = owners.as_slice() else {
        let new = NewAccount { admin: true, ..new.clone() };
        return make(tx, &new, now).await;
    };
    let sql = "UPDATE accounts SET name = $2, email = $3, email_key = $4, password = $5, admin = 1
         WHERE id = $1 AND NOT EXISTS
            (SELECT 1 FROM accounts other WHERE other.email_key = $4)
         RETURNING id, name, email, password, admin, created_at";
    let values = values![
        owner,
        &new.name,
        &new.email,
        email_key(&new.email),
        new.password.as_ref().map(Secret::expose),
    ];
    tx.one(sql, values, read).await
}

/// Whether an account is there and its password is still this one.
pub async fn has_password(
    tx: &mut Tx,
    account_id: &str,
    password: Option<&Secret>,
) -> DbResult<bool> {
    let sql = "SELECT password FROM accounts WHERE id = $1";
    let stored = tx.one(sql, values![account_id], |row| row.get::<Option<String>>(0)).await?;
    Ok(stored.is_some_and(|stored| stored.as_deref() == password.map(Secret::expose)))
}

/// Gives an account without a password, and without an address that is used with
/// one, the address `email`; says whether it could: not where that belongs to
/// another account.
pub async fn set_first_email(tx: &mut Tx, account_id: &str, email: &str) -> DbResult<bool> {
    let sql = "UPDATE accounts SET email = $2, email_key = $3 WHERE id = $1 AND password IS NULL
         AND NOT EXISTS (SELECT 1 FROM accounts other
            WHERE other.email_key = $3 AND other.id <> $1)";
    Ok(tx.execute(sql, values![account_id, email, email_key(email)]).await? > 0)
}

/// Sets a password (Argon2id in PHC form), and signs out every terminal and
/// browser of the account. The caller has locked it.
pub async fn set_password(
    tx: &mut Tx,
    account_id: &str,
    password: &Secret,
    now: i64,
) -> DbResult<()> {
    let sql = "UPDATE accounts SET password = $2, password_changed_at = $3 WHERE id = $1";
    tx.execute(sql, values![account_id, password.expose(), now]).await?;
    sign_out::everywhere(tx, account_id, now).await?;
    Ok(())
}

fn email_key(email: &str) -> Option<String> {
    let key = email.trim().to_lowercase();
    (!key.is_empty()).then_some(key)
}

fn read(row: &Row<'_>) -> DbResult<Account> {
    Ok(Account {
        id: row.get("id")?,
        name: row.get("name")?,
        email: row.get("email")?,
        password: row.get::<Option<String>>("password")?.map(Secret::new),
        admin: row.flag("admin")?,
        created_at: row.get("created_at")?,
    })
}

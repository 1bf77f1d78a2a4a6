//! Facts of the instance itself, and opening its database with the key that
//! belongs to it.

use std::path::Path;

use super::handle::Store;
use crate::error::{AppError, ErrorKind};
use crate::i18n::Message;
use crate::secret::{Secret, random_bytes};
use crate::server::config::Database;
use crate::server::db::{Db, DbResult, is_database, lock, values};
use crate::server::domain::keys::Keys;
use crate::server::key_file;
use crate::server::vault::Vault;

/// A database that was opened, and the key that belongs to it.
#[derive(Debug)]
pub struct Opened {
    /// The database, migrated.
    pub store: Store,
    /// The key it was made with.
    pub keys: Keys,
    /// What seals people's connections in it.
    pub vault: Vault,
    /// The id it gave itself when it was made.
    pub instance_id: String,
}

const BY_NAME: &str = "SELECT value FROM instance WHERE name = $1";

impl Store {
    /// Opens `database`, making and migrating it where needed, and checks that
    /// the key is the one it was made with, and the vault's among those there are.
    ///
    /// # Errors
    /// When it cannot be opened, or its key is another.
    pub async fn open(
        database: &Database,
        connections: Option<u32>,
        (key, vault_keys): (Option<&Secret>, Option<&Secret>),
    ) -> Result<Opened, AppError> {
        // One first start of a file at a time: make, migrate, key.
        let _lock = match database {
            Database::Sqlite(path) => Some(lock(path.with_extension("lock"), path).await?),
            Database::Memory | Database::Postgres(_) => None,
        };
        let keys = match (key, database) {
            (Some(text), _) => Keys::from_hex(text)?,
            (None, Database::Memory) => Keys::random(),
            (None, Database::Sqlite(path)) => beside(path)?,
            // There is no file that all nodes could read.
            (None, Database::Postgres(_)) => return Err(key_required()),
        };
        let db = Db::open(database, connections).await?;
        let store = Self { db };
        let check = store.fact("key_check", &keys.check_value()).await?;
        if check != keys.check_value() {
            return Err(another_key());
        }
        let vault = Vault::new(keys.vault(), vault_keys, database.vault_file())?;
        if let Some(key_id) = store.vault_key().await? {
            vault.require(&key_id)?;
        }
        let id = data_encoding::HEXLOWER.encode(&random_bytes::<16>());
        let instance_id = store.fact("id", &id).await?;
        Ok(Opened { store, keys, vault, instance_id })
    }

    /// The fact called `name`, which becomes `value` where there was none.
    async fn fact(&self, name: &'static str, value: &str) -> DbResult<String> {
        let new = value.to_owned();
        self.db
            .write(async move |tx| {
                let sql = "INSERT INTO instance (name, value) VALUES ($1, $2)
                     ON CONFLICT (name) DO NOTHING";
                tx.execute(sql, values![name, &new]).await?;
                Ok(tx.one(BY_NAME, values![name], |row| row.get(0)).await?.unwrap_or(new))
            })
            .await
    }

    /// Keeps where people reach the instance, for commands beside it.
    pub async fn note_address(&self, base: &str) -> DbResult<()> {
        let sql = "INSERT INTO instance (name, value) VALUES ('address', $1)
             ON CONFLICT (name) DO UPDATE SET value = excluded.value
             WHERE instance.value <> excluded.value";
        self.db.execute(sql, values![base]).await?;
        Ok(())
    }

    /// Where people reach the instance, once it ran for a team.
    pub async fn address(&self) -> DbResult<Option<String>> {
        self.db.one(BY_NAME, values!["address"], |row| row.get(0)).await
    }

    /// Writes that it was looked at `now` (Unix milliseconds): whether it can be
    /// written to is known only by doing so.
    pub async fn probe(&self, now: i64) -> DbResult<()> {
        let sql = "INSERT INTO instance (name, value) VALUES ('probed_at', $1)
             ON CONFLICT (name) DO UPDATE SET value = excluded.value";
        self.db.execute(sql, values![now.to_string()]).await?;
        Ok(())
    }
}

/// The key in the file beside the database at `path`, made where neither is
/// there yet.
fn beside(path: &Path) -> Result<Keys, AppError> {
    let file = path.with_extension("key");
    // A key made now could not be the one it was made with.
    if is_database(path) && !file.exists() {
        return Err(another_key());
    }
    key_file::keys_in(&file)
}

fn another_key() -> AppError {
    AppError::new(
        ErrorKind::NotAllowed,
        "instance_key_mismatch",
        Message::new("server-key-mismatch"),
    )
    .hint(Message::new("server-key-mismatch-hint"))
}

fn key_required() -> AppError {
    AppError::new(
        ErrorKind::BadArguments,
        "instance_key_required",
        Message::new("server-key-required"),
    )
    .hint(Message::new("server-key-required-hint"))
}

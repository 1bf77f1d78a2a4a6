//! Facts of the instance itself.

use sqlx::Row;

use super::{DbResult, Store};
use crate::error::{AppError, ErrorKind};
use crate::i18n::Message;
use crate::secret::random_bytes;
use crate::server::domain::keys::Keys;

impl Store {
    /// The instance's id, made at the first start; refuses a key that is not
    /// the one it was made with.
    pub(super) async fn know_instance(&self, keys: &Keys, _now: i64) -> Result<String, AppError> {
        let id = data_encoding::HEXLOWER.encode(&random_bytes::<16>());
        let check = self.fact("key_check", &keys.check_value()).await?;
        if check != keys.check_value() {
            return Err(another_key());
        }
        Ok(self.fact("id", &id).await?)
    }

    /// The fact called `name`, which becomes `value` where there was none.
    async fn fact(&self, name: &str, value: &str) -> DbResult<String> {
        let mut transaction = self.begin().await?;
        sqlx::query(
            "INSERT INTO instance (name, value) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING",
        )
        .bind(name)
        .bind(value)
        .execute(&mut *transaction)
        .await?;
        let row = sqlx::query("SELECT value FROM instance WHERE name = $1")
            .bind(name)
            .fetch_one(&mut *transaction)
            .await?;
        transaction.commit().await?;
        Ok(row.try_get(0)?)
    }

    /// Keeps where people reach the instance, for commands beside it.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn note_address(&self, base: &str) -> DbResult<()> {
        sqlx::query(
            "INSERT INTO instance (name, value) VALUES ('address', $1)
             ON CONFLICT (name) DO UPDATE SET value = excluded.value
             WHERE instance.value <> excluded.value",
        )
        .bind(base)
        .execute(self.pool())
        .await?;
        Ok(())
    }

    /// Where people reach the instance, once it ran for a team.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn address(&self) -> DbResult<Option<String>> {
        let row = sqlx::query("SELECT value FROM instance WHERE name = 'address'")
            .fetch_optional(self.pool())
            .await?;
        row.map(|row| Ok(row.try_get(0)?)).transpose()
    }

    /// Whether the database answers.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn ping(&self) -> DbResult<()> {
        sqlx::query("SELECT value FROM instance WHERE name = $1")
            .bind("id")
            .fetch_one(self.pool())
            .await?;
        Ok(())
    }
}

/// The database was made with a key that is not at hand.
pub(super) fn another_key() -> AppError {
    AppError::new(
        ErrorKind::NotAllowed,
        "instance_key_mismatch",
        Message::new("server-key-mismatch"),
    )
    .hint(Message::new("server-key-mismatch-hint"))
}

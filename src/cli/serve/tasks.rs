//! What an operator does beside a server that runs: each opens the same
//! database, and needs nobody signed in, because whoever can read the database
//! and its key is who runs the instance.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::Args;
use serde_json::json;
use url::Url;

use crate::cli::asking::typed;
use crate::cli::context::CommandContext;
use crate::error::{AppError, ErrorKind};
use crate::i18n::Message;
use crate::secret::Secret;
use crate::server::clock::{Clock, timestamp};
use crate::server::config::Database;
use crate::server::domain::audit_action::AuditAction;
use crate::server::operations::vault_keys::{self, Rotated};
use crate::server::operations::{resets, second_factors};
use crate::server::state::origin;
use crate::server::store::{Account, Event, Opened, Store, lock};

/// Copy the SQLite database while it is in use
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  crewmesh serve backup /var/backups/crewmesh.db

To restore: stop the server, put the copy in the place of the database (removing
what lies beside it as -wal and -shm) and the key beside it, start the server.")]
pub(super) struct Backup {
    /// The file to write, which must not be there yet
    path: PathBuf,
}

/// Make a link that sets a new password, for whoever lost theirs
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  crewmesh serve reset-link ana@example.org
  crewmesh serve reset-link ana@example.org --public-url https://mesh.example.org")]
pub(super) struct ResetLink {
    /// The e-mail address of the account
    email: String,
}

/// Take the second factor of an account away, for whoever lost theirs
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  crewmesh serve remove-second-factor ana@example.org")]
pub(super) struct RemoveSecondFactor {
    /// The e-mail address of the account
    email: String,
}

/// Seal what opens people's accounts at AI providers under a new key, while it is in use
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  crewmesh serve rotate-key

With SQLite the key is made and kept beside the database. With PostgreSQL every node
is first started with CREWMESH_VAULT_KEYS=NEW,OLD (OLD left out the first time), then
this is run with the same, then NEW alone is enough. What is interrupted goes on when
it is run again.")]
pub(super) struct RotateKey {}

pub(super) async fn rotate_key(
    database: &Database,
    context: &CommandContext,
) -> Result<u8, AppError> {
    let opened = open(database, context).await?;
    // Two at once would each have a newest.
    let _alone = match database {
        Database::Sqlite(path) => Some(lock(path.with_extension("vault.lock"), path).await?),
        Database::Memory | Database::Postgres(_) => None,
    };
    let last = opened.store.vault_key().await?;
    opened.vault.add_key(last.as_deref())?;
    let key_id = opened.vault.key_id()?;
    let is_given = context.env.variables.has("CREWMESH_VAULT_KEYS");
    if !opened.vault.is_in_file() && (!is_given || last.as_ref() == Some(&key_id)) {
        let message = Message::new("rotate-key-give");
        return Err(AppError::new(ErrorKind::BadArguments, "no_new_key", message)
            .hint(Message::new("rotate-key-give-hint")));
    }
    let rotated = vault_keys::rotate(&opened, &Clock::default()).await?;
    opened.vault.keep_newest()?;
    let event = Event::new(AuditAction::VaultKeyRotated, "", "terminal", &key_id);
    opened.store.audit(&event, Clock::default().now()).await?;
    opened.store.close().await;
    let Rotated { sealed, unopened } = rotated;
    let object = json!({ "key_id": key_id, "sealed": sealed, "unopened": unopened });
    context.out.answer(object, |lines| {
        let count = |number| i64::try_from(number).unwrap_or(i64::MAX);
        if sealed > 0 || unopened == 0 {
            lines.say(&Message::new("rotate-key-done").with("count", count(sealed)));
        }
        if unopened > 0 {
            lines.say(&Message::new("rotate-key-unopened").with("count", count(unopened)));
        }
        let is_in_file = opened.vault.is_in_file();
        let id = if is_in_file { "rotate-key-file" } else { "rotate-key-given" };
        let file = database.vault_file().map(|file| file.display().to_string());
        lines.say(&Message::new(id).with("path", file.unwrap_or_default()));
    })?;
    Ok(0)
}

pub(super) async fn back_up(
    backup: &Backup,
    database: &Database,
    context: &CommandContext,
) -> Result<u8, AppError> {
    database.back_up(&backup.path).await?;
    let key = database.key_file().filter(|key| key.exists());
    let vault = database.vault_file().filter(|vault| vault.exists());
    let object = json!({ "path": backup.path, "key": key, "vault": vault });
    context.out.answer(object, |lines| {
        let path = backup.path.display().to_string();
        lines.say(&Message::new("backup-done").with("path", path));
        lines.say(&match &key {
            Some(key) => Message::new("backup-key").with("key", key.display().to_string()),
            None => Message::new("backup-key-elsewhere"),
        });
        if let Some(vault) = &vault {
            lines.say(&Message::new("backup-key").with("key", vault.display().to_string()));
        }
    })?;
    Ok(0)
}

pub(super) async fn reset_link(
    link: &ResetLink,
    database: &Database,
    public_url: Option<&Url>,
    listen: SocketAddr,
    context: &CommandContext,
) -> Result<u8, AppError> {
    let now = Clock::default().now();
    let (opened, account) = open_for(&link.email, database, context).await?;
    let base = match public_url {
        Some(url) => origin(&crate::server::public_url(url.clone())?),
        None => match opened.store.address().await? {
            Some(base) => base,
            None => origin(&Url::parse(&format!("http://{listen}")).map_err(AppError::internal)?),
        },
    };
    let token = resets::token(&opened.keys, &account, now);
    let event = Event::new(AuditAction::ResetLinkMade, "", "terminal", &account.id);
    opened.store.audit(&event, now).await?;
    opened.store.close().await;
    let url = Secret::new(format!("{base}/reset/{}", token.expose()));
    let minutes = resets::LIFE / 60_000;
    let object = json!({
        "url": url.expose(),
        "email": account.email,
        "expires_at": timestamp(now + resets::LIFE),
    });
    context.out.answer(object, |lines| {
        lines.say(
            &Message::new("reset-made")
                .with("email", account.email.as_str())
                .with("minutes", minutes),
        );
        lines.raw(url.expose());
    })?;
    Ok(0)
}

pub(super) async fn remove_second_factor(
    whose: &RemoveSecondFactor,
    database: &Database,
    context: &CommandContext,
) -> Result<u8, AppError> {
    let now = Clock::default().now();
    let (opened, account) = open_for(&whose.email, database, context).await?;
    let id = account.id.clone();
    let removed = opened.store.write(async move |tx| {
        tx.lock(&id).await?;
        second_factors::take_from(tx, &id, None, now).await
    });
    let removed = removed.await?;
    opened.store.close().await;
    let object = json!({ "email": account.email, "removed": removed });
    context.out.answer(object, |lines| {
        let id = if removed { "second-factor-removed" } else { "second-factor-none" };
        lines.say(&Message::new(id).with("email", account.email.as_str()));
    })?;
    Ok(0)
}

/// The database, and the account of `email` in it.
async fn open_for(
    email: &str,
    database: &Database,
    context: &CommandContext,
) -> Result<(Opened, Account), AppError> {
    let opened = open(database, context).await?;
    let account = opened.store.account_by_email(email).await?;
    Ok((opened, account.ok_or_else(|| nobody(email))?))
}

/// The database, which is there.
async fn open(database: &Database, context: &CommandContext) -> Result<Opened, AppError> {
    if let Database::Sqlite(path) = database
        && !path.exists()
    {
        let path = path.display().to_string();
        let message = Message::new("backup-nothing-there").with("path", path);
        return Err(AppError::new(ErrorKind::NotFound, "no_database", message));
    }
    let given = |name| context.env.variables.get(name).map(Secret::new);
    let (key, vault_keys) = (given("CREWMESH_INSTANCE_KEY"), given("CREWMESH_VAULT_KEYS"));
    Store::open(database, Some(1), (key.as_ref(), vault_keys.as_ref())).await
}

/// There is no such account.
fn nobody(email: &str) -> AppError {
    let message = Message::new("reset-nobody").with("email", typed(email));
    AppError::new(ErrorKind::NotFound, "no_account", message)
}

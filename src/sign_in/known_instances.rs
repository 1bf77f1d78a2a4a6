//! The instances known here: list, add, use, remove. Surprising rule: removing
//! one signs out of it on its server too, where a session was kept; a personal
//! access token stays alive there, because other machines use it.

use crate::credentials::Credentials;
use crate::credentials::auth_file::LOCAL;
use crate::error::{AppError, ErrorKind};
use crate::i18n::{Message, printable};
use crate::instance::Connector;
use crate::model::Instance;
use crate::secret::is_session;
use crate::sign_in;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KnownInstance {
    /// As it is kept here.
    pub instance: Instance,
    /// Whether it is used where nothing else names one.
    pub default: bool,
}

/// What became of the token on the server when an instance was removed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RevocationOutcome {
    /// Nobody was signed in.
    Nothing,
    /// The session is dead on the server.
    Revoked,
    /// A personal access token: still good, for whoever else uses it.
    TokenLives,
    /// The server could not be told; the session lives there until it ends.
    NotTold(AppError),
}

/// Every known instance, the default first; the embedded one is always among
/// them where this build has it.
///
/// # Errors
/// Those of reading `auth.json`.
pub fn list(credentials: &Credentials) -> Result<Vec<KnownInstance>, AppError> {
    let auth = credentials.auth()?;
    let mut all = auth.list();
    if cfg!(feature = "server") && !auth.instances.contains_key(LOCAL) {
        all.push(Instance::local());
    }
    let default = auth.default_instance.as_deref();
    let known =
        |instance: Instance| KnownInstance { default: default == Some(&instance.name), instance };
    Ok(all.into_iter().map(known).collect())
}

/// Looks at an instance and puts it down, under `name` where one is given.
///
/// # Errors
/// Those of [`Connector::find`]; a name that is no name or another instance's.
pub async fn add(
    connector: &Connector,
    credentials: &Credentials,
    typed: &str,
    name: Option<&str>,
) -> Result<Instance, AppError> {
    let mut instance = connector.find(typed).await?;
    if let Some(name) = name {
        if !is_name(name) || (name == LOCAL) != instance.is_embedded() {
            let message = Message::new("instance-name-malformed").with("name", printable(name));
            return Err(AppError::new(ErrorKind::BadArguments, "name_malformed", message)
                .hint(Message::new("instance-name-hint")));
        }
        name.clone_into(&mut instance.name);
    }
    credentials.add_instance(&instance)?;
    Ok(instance)
}

/// Makes a known instance the one used where nothing else names one.
///
/// # Errors
/// Not found, when nobody knows it here.
pub fn make_default(credentials: &Credentials, name: &str) -> Result<Instance, AppError> {
    let instance = credentials.auth()?.find_instance(name)?;
    if instance.is_embedded() {
        credentials.add_instance(&instance)?;
    }
    credentials.set_default(&instance.name)?;
    Ok(instance)
}

/// Signs out of an instance and forgets it. The local copy always goes, also
/// where the server cannot be told.
///
/// # Errors
/// Not found; when the file cannot be written.
pub async fn remove(
    connector: &Connector,
    credentials: &Credentials,
    name: &str,
) -> Result<RevocationOutcome, AppError> {
    credentials.home().env().refuse_agents()?;
    let auth = credentials.auth()?;
    if !auth.instances.contains_key(name) {
        // Says which ones there are.
        auth.find_instance(name)?;
        let message = Message::new("instance-not-kept").with("name", printable(name));
        return Err(AppError::new(ErrorKind::NotFound, "instance_unknown", message));
    }
    let left = match credentials.token(name) {
        Ok(None) => RevocationOutcome::Nothing,
        Ok(Some(access)) if !is_session(&access.token) => RevocationOutcome::TokenLives,
        Ok(Some(access)) => match sign_in::revoke(connector, &access).await {
            Ok(()) => RevocationOutcome::Revoked,
            Err(error) => RevocationOutcome::NotTold(error),
        },
        Err(error) => RevocationOutcome::NotTold(error),
    };
    credentials.forget_instance(name)?;
    Ok(left)
}

/// What a person may call an instance: nothing that reads as an address or
/// needs quoting in a shell.
fn is_name(name: &str) -> bool {
    (1..=63).contains(&name.len())
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_'))
        && !name.starts_with('-')
}

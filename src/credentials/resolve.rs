//! Which instance and which token are meant, and why: `whoami` says both.
//!
//! Instance: `--instance` > `CREWMESH_INSTANCE` > `CREWMESH_API_URL` > the
//! directory's > the default > `local`. Token: `--token` > `CREWMESH_TOKEN` >
//! one fetched with `CREWMESH_CLIENT_ID` and `CREWMESH_CLIENT_SECRET` > the one of
//! the agent that this runs below > the one kept here. Two rules keep a token from going where nobody sent it:
//! one that was given (flag, environment) never goes to an instance a
//! directory names, and never to `local` unless `local` was named with it.
//! Nothing here goes over a network.

use crate::credentials::Credentials;
use crate::credentials::auth_file::{AuthFile, LOCAL};
use crate::credentials::find_instance::looks_like_an_address;
use crate::environment::Environment;
use crate::error::{AppError, ErrorKind};
use crate::home::directory_file::DirectoryChoice;
use crate::home::disk::path_text;
use crate::home::state::TokenStore;
use crate::i18n::{Message, Words, printable};
use crate::input::peel::peel_blanks;
use crate::input::token::check_token;
use crate::model::{Access, Instance, Source};
use crate::secret::Secret;

/// What a command was given to choose an instance and a token by.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Selection {
    /// `--instance`: a name or a URL.
    pub instance: Option<String>,
    /// `--token`.
    pub token: Option<Secret>,
    /// What this directory says ([`crate::home::directory_file`]), where it was
    /// asked about and may say something.
    pub directory: Option<DirectoryChoice>,
}

/// A service client's id and secret: what a token is fetched with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServiceKey {
    /// `CREWMESH_CLIENT_ID`.
    pub id: String,
    /// `CREWMESH_CLIENT_SECRET`.
    pub secret: Secret,
}

/// An instance, and why it is that one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChosenInstance {
    pub instance: Instance,
    /// What said that it is meant, in words.
    pub why: Words,
    /// The token that was given along, if one was. Its shape is checked.
    pub token: Option<(Secret, Source)>,
    /// What a token is to be fetched with, where none was given.
    pub client: Option<ServiceKey>,
}

/// An instance and the way in, and why it is these.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resolved {
    pub instance: Instance,
    /// What said that it is meant, in words.
    pub instance_why: Words,
    /// `None`: nobody is signed in to it here, or a token is to be fetched.
    pub access: Option<Access>,
    /// What a token is to be fetched with, before anything kept here counts.
    pub client: Option<ServiceKey>,
    /// Why this token, or why none.
    pub access_why: Words,
}

/// Which instance and which token are meant, without unlocking anything.
///
/// # Errors
/// Exit code 1 for a malformed token, 3 for a token without an instance, 5
/// for an instance nobody knows, and whatever reading what is kept says.
pub fn resolve(
    credentials: &Credentials,
    env: &Environment,
    selection: &Selection,
) -> Result<Resolved, AppError> {
    resolve_with(credentials, env, selection, false)
}

/// The same; with `unlock`, a locked keyring asks its owner, without limit of
/// time: only where somebody sits at the screen.
///
/// # Errors
/// As [`resolve`].
pub fn resolve_with(
    credentials: &Credentials,
    env: &Environment,
    selection: &Selection,
    unlock: bool,
) -> Result<Resolved, AppError> {
    let ChosenInstance { instance, why, token, client } = choose(credentials, env, selection)?;
    let (access, access_why) = match token {
        Some((token, source)) => {
            let why = match source {
                Source::Flag => Message::new("keep-why-token-flag"),
                _ => Message::new("keep-why-token-variable").with("variable", "CREWMESH_TOKEN"),
            };
            let access = Access { instance: instance.clone(), token, expires_at: None, source };
            (Some(access), why)
        }
        None if client.is_some() => {
            (None, Message::new("keep-why-token-variable").with("variable", "CREWMESH_CLIENT_ID"))
        }
        None => stored(credentials, &instance, unlock)?,
    };
    let access_why = access_why.into();
    Ok(Resolved { instance, instance_why: why, access, client, access_why })
}

fn stored(
    credentials: &Credentials,
    instance: &Instance,
    unlock: bool,
) -> Result<(Option<Access>, Message), AppError> {
    if let Some(access) = credentials.agent_sign_in(instance)? {
        return Ok((Some(access), Message::new("keep-why-token-agent")));
    }
    let name = &instance.name;
    let access = if unlock { credentials.token_unlocking(name) } else { credentials.token(name) }?;
    let auth = credentials.auth()?;
    let store = auth.instances.get(&instance.name).and_then(|entry| entry.store);
    let why = match (&access, store) {
        (None, _) => "keep-why-token-none",
        (Some(_), Some(TokenStore::Keyring)) => "keep-why-token-keyring",
        (Some(_), _) => "keep-why-token-file",
    };
    Ok((access, Message::new(why)))
}

/// The first half of [`resolve`]: no keyring is opened, so it answers also
/// where the stored token cannot be had.
///
/// # Errors
/// As [`resolve`].
pub fn choose(
    credentials: &Credentials,
    env: &Environment,
    selection: &Selection,
) -> Result<ChosenInstance, AppError> {
    let auth = match credentials.auth() {
        Ok(auth) => auth,
        // With a token given and a place named nothing kept here is needed:
        // CREWMESH_TOKEN works on where nothing can be stored.
        Err(_) if names_token_and_address(env, selection) => AuthFile::default(),
        Err(error) => return Err(error),
    };
    choose_from(credentials, &auth, env, selection)
}

/// The same, from an `auth.json` that was read already.
pub(super) fn choose_from(
    credentials: &Credentials,
    auth: &AuthFile,
    env: &Environment,
    selection: &Selection,
) -> Result<ChosenInstance, AppError> {
    let token = selected_token(env, selection)?;
    let client = if token.is_some() { None } else { service_key(env)? };
    if let Some((name, why)) = named(env, selection) {
        let instance = auth.find_instance(name)?;
        return Ok(ChosenInstance { instance, why: why.into(), token, client });
    }
    let default = auth.default_instance.as_deref().and_then(|name| auth.instance(name));
    let default_why = || Words::from(Message::new("keep-why-instance-default"));
    if token.is_some() || client.is_some() {
        let instance = default.filter(|instance| !instance.is_embedded()).ok_or_else(|| {
            AppError::new(
                ErrorKind::BadArguments,
                "instance_missing",
                Message::new("keep-token-nowhere"),
            )
            .hint(Message::new("keep-token-nowhere-hint"))
        })?;
        return Ok(ChosenInstance { instance, why: default_why(), token, client });
    }
    if let Some((name, file)) = named_by_directory(selection) {
        if let Some(instance) = auth.instance(name).filter(|instance| instance.signed_in) {
            let why = Message::new("keep-why-instance-directory").with("file", file).into();
            return Ok(ChosenInstance { instance, why, token: None, client: None });
        }
        credentials.home().note([Message::new("keep-directory-ignored")
            .with("file", file)
            .with("instance", printable(name))]);
    }
    if let Some(instance) = default {
        return Ok(ChosenInstance { instance, why: default_why(), token: None, client: None });
    }
    if cfg!(feature = "server") {
        let instance = auth.instance(LOCAL).unwrap_or_else(Instance::local);
        let why = Message::new("keep-why-instance-local").into();
        return Ok(ChosenInstance { instance, why, token: None, client: None });
    }
    Err(AppError::new(
        ErrorKind::BadArguments,
        "instance_missing",
        Message::new("keep-no-instance"),
    )
    .hint(Message::new("keep-no-instance-hint")))
}

/// The instance that was named for this command, by `--instance` or a variable;
/// `None` where nothing names one.
///
/// # Errors
/// Exit code 5 for one nobody knows; those of [`Credentials::auth`].
pub fn named_instance(
    credentials: &Credentials,
    env: &Environment,
    flag: Option<&str>,
) -> Result<Option<Instance>, AppError> {
    let selection = Selection { instance: flag.map(str::to_owned), ..Selection::default() };
    let Some((name, _)) = named(env, &selection) else { return Ok(None) };
    credentials.auth()?.find_instance(name).map(Some)
}

/// The instance that was named for this command, and by what.
fn named<'a>(env: &'a Environment, selection: &'a Selection) -> Option<(&'a str, Message)> {
    let named = [
        (selection.instance.as_deref(), Message::new("keep-why-instance-flag")),
        variable(env, "CREWMESH_INSTANCE"),
        variable(env, "CREWMESH_API_URL"),
    ];
    named.into_iter().find_map(|(name, why)| Some((name?, why)))
}

fn named_by_directory(selection: &Selection) -> Option<(&str, String)> {
    let choice = selection.directory.as_ref()?;
    Some((choice.instance.as_deref()?, path_text(&choice.file)))
}

fn names_token_and_address(env: &Environment, selection: &Selection) -> bool {
    let variables = ["CREWMESH_TOKEN", "CREWMESH_CLIENT_ID"];
    (selection.token.is_some() || variables.into_iter().any(|name| env.variables.has(name)))
        && named(env, selection).is_some_and(|(name, _)| looks_like_an_address(name))
}

fn variable<'a>(env: &'a Environment, name: &'static str) -> (Option<&'a str>, Message) {
    let why = Message::new("keep-why-instance-variable").with("variable", name);
    (env.variables.get(name), why)
}

fn selected_token(
    env: &Environment,
    selection: &Selection,
) -> Result<Option<(Secret, Source)>, AppError> {
    let from_variable = || {
        let set = env.variables.has("CREWMESH_TOKEN");
        set.then(|| Secret::new(env.variables.get("CREWMESH_TOKEN").unwrap_or("\u{fffd}")))
    };
    let (token, source) = match &selection.token {
        Some(token) => (token.clone(), Source::Flag),
        None => match from_variable() {
            Some(token) => (token, Source::Environment),
            None => return Ok(None),
        },
    };
    check_token(&token).map(|token| Some((token, source)))
}

/// One of the two alone is a slip that must not end in somebody else's
/// sign-in.
fn service_key(env: &Environment) -> Result<Option<ServiceKey>, AppError> {
    let [id, secret] = ["CREWMESH_CLIENT_ID", "CREWMESH_CLIENT_SECRET"]
        .map(|name| env.variables.get(name).map(peel_blanks).filter(|text| !text.is_empty()));
    let missing = match (id, secret) {
        (None, None) => return Ok(None),
        (Some(id), Some(secret)) => {
            return Ok(Some(ServiceKey { id: id.to_owned(), secret: Secret::new(secret) }));
        }
        (None, Some(_)) => "CREWMESH_CLIENT_ID",
        (Some(_), None) => "CREWMESH_CLIENT_SECRET",
    };
    let message = Message::new("keep-client-half").with("variable", missing);
    Err(AppError::new(ErrorKind::BadArguments, "client_half_given", message))
}

#[cfg(test)]
mod tests;

//! Which instance and which token are meant, and why: `whoami` says both.
//!
//! Instance: `--instance` > `CREWMESH_INSTANCE` > `CREWMESH_API_URL` > the
//! directory's > the default > `local`. Token: `--token` > `CREWMESH_TOKEN` >
//! one fetched with `CREWMESH_CLIENT_ID` and `CREWMESH_CLIENT_SECRET` > the one
//! kept here. Two rules keep a token from going where nobody sent it:
//! one that was given (flag, environment) never goes to an instance a
//! directory names, and never to `local` unless `local` was named with it.
//! Nothing here goes over a network.

use crate::credentials::Credentials;
use crate::credentials::directory::Choice;
use crate::credentials::file::{AuthFile, KeptIn, LOCAL};
use crate::credentials::home::shown;
use crate::credentials::typed;
use crate::environment::Environment;
use crate::error::{AppError, ErrorKind};
use crate::i18n::{Message, Words, printable};
use crate::model::{Access, Instance, Place, Source};
use crate::secret::{Secret, TokenFault, TokenKind};

/// What was given with a command.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Given {
    /// `--instance`: a name or a URL.
    pub instance: Option<String>,
    /// `--token`.
    pub token: Option<Secret>,
    /// What this directory says ([`crate::credentials::directory`]), where it was
    /// asked about and may say something.
    pub directory: Option<Choice>,
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
pub struct Chosen {
    /// Which.
    pub instance: Instance,
    /// Why.
    pub why: Words,
    /// The token that was given along, if one was. Its shape is checked.
    pub given: Option<(Secret, Source)>,
    /// What a token is to be fetched with, where none was given.
    pub client: Option<ServiceKey>,
}

/// An instance and the way in, and why it is these.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resolved {
    /// Which.
    pub instance: Instance,
    /// Why.
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
    given: &Given,
) -> Result<Resolved, AppError> {
    resolve_with(credentials, env, given, false)
}

/// The same; with `unlock`, a locked keyring asks its owner, without limit of
/// time: only where somebody sits at the screen.
///
/// # Errors
/// As [`resolve`].
pub fn resolve_with(
    credentials: &Credentials,
    env: &Environment,
    given: &Given,
    unlock: bool,
) -> Result<Resolved, AppError> {
    let Chosen { instance, why, given, client } = choose(credentials, env, given)?;
    let (access, access_why) = match given {
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
    let name = &instance.name;
    let access = if unlock { credentials.token_unlocking(name) } else { credentials.token(name) }?;
    let auth = credentials.auth()?;
    let store = auth.instances.get(&instance.name).and_then(|kept| kept.store);
    let why = match (&access, store) {
        (None, _) => "keep-why-token-none",
        (Some(_), Some(KeptIn::Keyring)) => "keep-why-token-keyring",
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
    given: &Given,
) -> Result<Chosen, AppError> {
    let auth = match credentials.auth() {
        Ok(auth) => auth,
        // With a token given and a place named nothing kept here is needed:
        // CREWMESH_TOKEN works on where nothing can be stored.
        Err(_) if names_token_and_place(env, given) => AuthFile::default(),
        Err(error) => return Err(error),
    };
    choose_from(credentials, &auth, env, given)
}

/// The same, from an `auth.json` that was read already.
pub(super) fn choose_from(
    credentials: &Credentials,
    auth: &AuthFile,
    env: &Environment,
    given: &Given,
) -> Result<Chosen, AppError> {
    let token = given_token(env, given)?;
    let client = if token.is_some() { None } else { given_client(env)? };
    if let Some((name, why)) = named(env, given) {
        let instance = by_name(auth, name)?;
        return Ok(Chosen { instance, why: why.into(), given: token, client });
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
        return Ok(Chosen { instance, why: default_why(), given: token, client });
    }
    if let Some((name, file)) = named_by_directory(given) {
        if let Some(instance) = auth.instance(name).filter(|instance| instance.signed_in) {
            let why = Message::new("keep-why-instance-directory").with("file", file).into();
            return Ok(Chosen { instance, why, given: None, client: None });
        }
        credentials.note([Message::new("keep-directory-ignored")
            .with("file", file)
            .with("instance", printable(name))]);
    }
    if let Some(instance) = default {
        return Ok(Chosen { instance, why: default_why(), given: None, client: None });
    }
    if cfg!(feature = "server") {
        let instance = auth.instance(LOCAL).unwrap_or_else(Instance::local);
        let why = Message::new("keep-why-instance-local").into();
        return Ok(Chosen { instance, why, given: None, client: None });
    }
    Err(AppError::new(
        ErrorKind::BadArguments,
        "instance_missing",
        Message::new("keep-no-instance"),
    )
    .hint(Message::new("keep-no-instance-hint")))
}

/// The instance that was named for this command, and by what.
fn named<'a>(env: &'a Environment, given: &'a Given) -> Option<(&'a str, Message)> {
    let named = [
        (given.instance.as_deref(), Message::new("keep-why-instance-flag")),
        variable(env, "CREWMESH_INSTANCE"),
        variable(env, "CREWMESH_API_URL"),
    ];
    named.into_iter().find_map(|(name, why)| Some((name?.trim(), why)))
}

fn named_by_directory(given: &Given) -> Option<(&str, String)> {
    let choice = given.directory.as_ref()?;
    Some((choice.instance.as_deref()?, shown(&choice.file)))
}

fn names_token_and_place(env: &Environment, given: &Given) -> bool {
    let variable = ["CREWMESH_TOKEN", "CREWMESH_CLIENT_ID"];
    (given.token.is_some() || variable.into_iter().any(|name| env.variables.has(name)))
        && named(env, given).is_some_and(|(name, _)| looks_like_a_place(name))
}

fn variable<'a>(env: &'a Environment, name: &'static str) -> (Option<&'a str>, Message) {
    let why = Message::new("keep-why-instance-variable").with("variable", name);
    (env.variables.get(name), why)
}

fn given_token(env: &Environment, given: &Given) -> Result<Option<(Secret, Source)>, AppError> {
    let from_variable = || {
        let set = env.variables.has("CREWMESH_TOKEN");
        set.then(|| Secret::new(env.variables.get("CREWMESH_TOKEN").unwrap_or("\u{fffd}")))
    };
    let (token, source) = match &given.token {
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
fn given_client(env: &Environment) -> Result<Option<ServiceKey>, AppError> {
    let [id, secret] = ["CREWMESH_CLIENT_ID", "CREWMESH_CLIENT_SECRET"]
        .map(|name| env.variables.get(name).map(str::trim).filter(|text| !text.is_empty()));
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

/// A token as it was given, without the white space around it.
///
/// # Errors
/// Exit code 1, code `token_malformed`, and what is wrong with it.
pub fn check_token(token: &Secret) -> Result<Secret, AppError> {
    let text = token.expose().trim();
    match TokenKind::of(text) {
        Ok(_) => Ok(Secret::new(text)),
        Err(fault) => {
            Err(AppError::new(ErrorKind::Failed, "token_malformed", token_fault_words(fault))
                .hint(Message::new("keep-token-hint")))
        }
    }
}

/// What is wrong with a token, in words. Shows nothing of it but one character
/// that no token has.
pub fn token_fault_words(fault: TokenFault) -> Message {
    let number = |count: usize| i64::try_from(count).unwrap_or(i64::MAX);
    match fault {
        TokenFault::NotOurs => Message::new("keep-token-not-ours"),
        TokenFault::CutShort { kind, missing } => Message::new("keep-token-cut-short")
            .with("kind", token_kind_words(kind))
            .with("missing", number(missing)),
        TokenFault::TooLong { kind, surplus } => Message::new("keep-token-too-long")
            .with("kind", token_kind_words(kind))
            .with("surplus", number(surplus)),
        TokenFault::Character(kind, wrong) => {
            let message = Message::new("keep-token-character");
            let shown = printable(&wrong.to_string());
            let shown = match shown.trim() {
                "" => format!("U+{:04X}", u32::from(wrong)),
                shown => shown.to_owned(),
            };
            message.with("kind", token_kind_words(kind)).with("character", shown)
        }
    }
}

/// What a kind of token is called.
pub fn token_kind_words(kind: TokenKind) -> Message {
    Message::new(match kind {
        TokenKind::Session => "keep-token-kind-session",
        TokenKind::PersonalAccess => "keep-token-kind-pat",
        TokenKind::Service => "keep-token-kind-service",
    })
}

/// The instance somebody named: one that is known, `local`, or a place.
///
/// # Errors
/// Exit code 5 when it is none of them.
pub fn by_name(auth: &AuthFile, name: &str) -> Result<Instance, AppError> {
    if let Some(instance) = auth.instance(name) {
        return Ok(instance);
    }
    if name == LOCAL && cfg!(feature = "server") {
        return Ok(Instance::local());
    }
    if !looks_like_a_place(name) {
        return Err(unknown(auth, name));
    }
    let mut instance = typed::parse(name)?;
    let Place::At(url) = &instance.place else { return Ok(instance) };
    if let Some(known) = auth.at(url) {
        return Ok(known);
    }
    instance.name = auth.name_for(url);
    Ok(instance)
}

/// An address rather than a name: it has a dot, a port or a scheme in it.
fn looks_like_a_place(name: &str) -> bool {
    name.contains(['.', ':']) || name == "localhost"
}

/// Nobody knows an instance of this name.
pub(super) fn unknown(auth: &AuthFile, name: &str) -> AppError {
    let message = Message::new("keep-instance-unknown").with("name", printable(name));
    let names: Vec<_> = auth.instances.keys().map(|name| printable(name)).collect();
    let hint = if names.is_empty() {
        Message::new("keep-instance-unknown-none")
    } else {
        Message::new("keep-instance-unknown-hint").with("names", names.join(", "))
    };
    AppError::new(ErrorKind::NotFound, "instance_unknown", message).hint(hint)
}

#[cfg(test)]
mod tests;

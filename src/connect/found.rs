//! What opens an account and is on this machine already: in a variable, or where another
//! program keeps it. It is looked at before where that would be, and read once somebody says
//! so.
//!
//! The surprising rule: what its program renews by itself stays where it is. Two who renew
//! one sign-in sign each other out.

use std::io;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use tokio::io::AsyncReadExt as _;
use tokio::process::Command;
use zeroize::Zeroizing;

use crate::environment::Environment;
use crate::environment::children::tool;
use crate::environment::programs as on_path;
use crate::error::{AppError, ErrorKind};
use crate::i18n::{Message, Words, printable};
use crate::input::peel::peel_blanks;
use crate::provider::spec::{ProviderSpec, Stored};
use crate::provider::vendor::{Kept, kept};
use crate::regular_file;
use crate::secret::Secret;
use crate::wire::LONGEST_CREDENTIAL;

/// The most that is read of a file, in bytes. Claude Code keeps much else in its own.
const LARGEST_FILE: u64 = 16 * 1024 * 1024;

/// The most of a program's reason that is said, in bytes.
const LONGEST_COMPLAINT: u64 = 200;

/// How long a program may take that says what it keeps; its keyring may ask somebody.
const PATIENCE: Duration = Duration::from_mins(1);

/// Where something was found: its variable, or the program that keeps it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KeptIn {
    Variable(String),
    Program(String),
}

/// What may be there, and how it is offered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    pub kept_in: KeptIn,
    pub said: Message,
}

/// The variable that wins, where one of this provider is set here.
pub fn set(spec: &ProviderSpec, env: &Environment) -> Option<Found> {
    let (variable, secret) = variable(spec, env)?;
    let said = Message::new("provider-way-import").with("variable", variable);
    let said = said.with("end", secret.last_four());
    Some(Found { kept_in: KeptIn::Variable(variable.to_owned()), said })
}

/// Each program that may keep something of this provider here.
pub fn programs(spec: &ProviderSpec, env: &Environment) -> Vec<Found> {
    let mut all: Vec<Found> = Vec::new();
    for stored in &spec.stored {
        let Some(place) = place(stored, env) else { continue };
        let kept_in = KeptIn::Program(stored.program.clone());
        if all.iter().any(|found| found.kept_in == kept_in) {
            continue;
        }
        let said = match &place {
            Place::File(file) => {
                Message::new("provider-way-stored").with("file", printable(&shown(file, env)))
            }
            Place::Program(_) => Message::new("provider-way-printed")
                .with("command", format!("{} {}", stored.program, stored.prints.join(" "))),
        };
        all.push(Found { kept_in, said: said.with("program", stored.program.as_str()) });
    }
    all
}

/// What opens an account of this provider, from `kept_in`, or from the first place that has
/// it.
///
/// # Errors
/// `used_in_place` where its program renews that by itself, `nothing_to_import` where there
/// is nothing; why it cannot be read.
pub async fn taken(
    name: &str,
    spec: &ProviderSpec,
    env: &Environment,
    kept_in: Option<&KeptIn>,
) -> Result<Secret, AppError> {
    let is_wanted = |one: &KeptIn| kept_in.is_none_or(|kept_in| kept_in == one);
    let set = match kept_in {
        Some(KeptIn::Variable(name)) => set_to(name, env),
        Some(KeptIn::Program(_)) => None,
        None => variable(spec, env).map(|(_, secret)| secret),
    };
    if let Some(secret) = set {
        return Ok(secret);
    }
    let (mut stays, mut failed) = (None, None);
    for stored in &spec.stored {
        if !is_wanted(&KeptIn::Program(stored.program.clone())) {
            continue;
        }
        let Some(place) = place(stored, env) else { continue };
        match place.read(stored, spec, env).await {
            Ok(Kept::Copied(secret)) => return Ok(secret),
            Ok(Kept::Renewed) => stays = stays.or(Some(stays_there(name, stored))),
            Ok(Kept::Nothing) => {}
            Err(error) => failed = failed.or(Some(error)),
        }
    }
    Err(stays.or(failed).unwrap_or_else(|| nothing_here(name, spec, kept_in)))
}

/// The first variable that is set here and holds a credential of this provider.
fn variable<'s>(spec: &'s ProviderSpec, env: &Environment) -> Option<(&'s str, Secret)> {
    spec.variables.iter().find_map(|name| Some((name.as_str(), set_to(name, env)?)))
}

/// What `variable` is set to; to nothing is not set.
fn set_to(variable: &str, env: &Environment) -> Option<Secret> {
    let value = env.variables.get(variable).filter(|value| !value.trim().is_empty());
    value.map(Secret::new)
}

/// Where a program says or keeps it.
enum Place {
    File(PathBuf),
    Program(PathBuf),
}

/// Where `stored` is, if it is here.
fn place(stored: &Stored, env: &Environment) -> Option<Place> {
    let file = stored.files.iter().find_map(|file| path(file, env))?;
    if !file.is_file() {
        return None;
    }
    if stored.prints.is_empty() {
        return Some(Place::File(file));
    }
    on_path::find(env, &stored.program).map(Place::Program)
}

/// `file` on this machine: `~/…`, or `$VARIABLE/…` where that is set.
fn path(file: &str, env: &Environment) -> Option<PathBuf> {
    let (base, rest) = file.split_once('/')?;
    let base = match base.strip_prefix('$') {
        Some(variable) => {
            let set = PathBuf::from(env.variables.get_os(variable)?);
            env.directory.as_ref().map_or_else(|| set.clone(), |here| here.join(&set))
        }
        None => env.user_home.clone()?,
    };
    Some(base.join(rest))
}

/// `file` as a person writes it.
fn shown(file: &Path, env: &Environment) -> String {
    let home = env.user_home.as_ref();
    match home.and_then(|home| file.strip_prefix(home).ok()) {
        Some(rest) => format!("~/{}", rest.display()),
        None => file.display().to_string(),
    }
}

impl Place {
    async fn read(
        &self,
        stored: &Stored,
        spec: &ProviderSpec,
        env: &Environment,
    ) -> Result<Kept, AppError> {
        match self {
            Self::File(file) => {
                let text = regular_file::read_text(file, LARGEST_FILE);
                let text = text.map_err(|why| unreadable(stored, words_of(why)))?;
                let odd = || unreadable(stored, Message::new("provider-stored-odd").into());
                kept(stored, &text).ok_or_else(odd)
            }
            Self::Program(program) => printed(program, stored, spec, env).await,
        }
    }
}

/// What `program` says that it keeps; not what is set here, which it would say first.
async fn printed(
    program: &Path,
    stored: &Stored,
    spec: &ProviderSpec,
    env: &Environment,
) -> Result<Kept, AppError> {
    let mut command = tool(env, program);
    for variable in &spec.variables {
        command.env_remove(variable);
    }
    command.args(&stored.prints).stdout(Stdio::piped()).stderr(Stdio::piped());
    let asked = tokio::time::timeout(PATIENCE, said(command)).await;
    let asked =
        asked.map_err(|_| unreadable(stored, Message::new("provider-stored-no-answer").into()))?;
    let (is_good, out, told) = asked.map_err(|why| unreadable(stored, words_of(why)))?;
    if !is_good && !told.trim().is_empty() {
        return Err(unreadable(stored, Words::verbatim(told.trim())));
    }
    let secret = Secret::new(peel_blanks(&out));
    if is_good && crate::api::is_token(&secret) {
        return Ok(Kept::Copied(secret));
    }
    Err(unreadable(stored, Message::new("provider-stored-no-token").into()))
}

fn words_of(why: io::Error) -> Words {
    Words::verbatim(&why.to_string())
}

/// What `command` says on both outputs, as far as that makes sense, and whether it ended
/// well.
async fn said(command: std::process::Command) -> io::Result<(bool, Zeroizing<String>, String)> {
    let mut process = Command::from(command).kill_on_drop(true).spawn()?;
    let (mut out, mut told) = (Zeroizing::new(String::new()), String::new());
    // A program that says more is not read to its end, and killed.
    if let Some(stdout) = process.stdout.take() {
        stdout.take(LONGEST_CREDENTIAL as u64 + 2).read_to_string(&mut out).await?;
    }
    if out.len() > LONGEST_CREDENTIAL {
        process.start_kill()?;
    }
    if let Some(stderr) = process.stderr.take() {
        stderr.take(LONGEST_COMPLAINT).read_to_string(&mut told).await?;
    }
    Ok((process.wait().await?.success(), out, told))
}

fn unreadable(stored: &Stored, why: Words) -> AppError {
    let message = Message::new("provider-stored-unreadable");
    let message = message.with("program", stored.program.as_str()).with("why", why);
    AppError::new(ErrorKind::Failed, "unreadable", message)
}

fn stays_there(name: &str, stored: &Stored) -> AppError {
    let message = Message::new("provider-stored-stays").with("program", stored.program.as_str());
    let hint = Message::new("provider-stored-stays-hint").with("program", stored.program.as_str());
    AppError::new(ErrorKind::Failed, "used_in_place", message).hint(hint.with("name", name))
}

/// Where is looked for something: variables, and programs.
pub fn places(spec: &ProviderSpec) -> Vec<String> {
    let mut places = spec.variables.clone();
    for stored in &spec.stored {
        if !places.contains(&stored.program) {
            places.push(stored.program.clone());
        }
    }
    places
}

/// That there is nothing here that could be taken over.
fn nothing_here(name: &str, spec: &ProviderSpec, kept_in: Option<&KeptIn>) -> AppError {
    let places = match kept_in {
        Some(KeptIn::Variable(one) | KeptIn::Program(one)) => vec![one.clone()],
        None => places(spec),
    };
    let message = Message::new("provider-nothing-here")
        .with("provider", spec.title.as_str())
        .with("places", places.join(", "));
    AppError::new(ErrorKind::NotFound, "nothing_to_import", message)
        .hint(Message::new("provider-nothing-here-hint").with("name", name))
}

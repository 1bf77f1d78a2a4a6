//! The walk through the wizard, from any command that needs one. Its one
//! surprising rule: everything the first frame needs is read from files and
//! the environment; runtime, HTTP client, keyring and server are made only when
//! the page stands.

use std::sync::Arc;

use super::Globals;
use super::asking::nobody_to_ask;
use super::ground::Ground;
use crate::credentials::Credentials;
use crate::credentials::pending;
use crate::credentials::resolve::{Given, choose};
use crate::environment::Environment;
use crate::error::{AppError, ErrorKind};
use crate::i18n::{Catalog, Message};
use crate::instance::Connector;
use crate::machine::{facts, location};
use crate::model::{Access, Agent, LaunchPlan};
use crate::moment::Moment;
use crate::run::{self, EventSender};
use crate::runner::Runner;
use crate::sign_in::device_grant::Verdict;
use crate::sign_in::known;
use crate::wizard::Wizard;
use crate::wizard::effect::Exit;
use crate::wizard::state::{Flags, HostFacts, WizardState};

/// What a walk begins with.
#[derive(Debug, Default)]
pub(super) struct Walk {
    /// What was said on the command line.
    pub flags: Flags,
    /// Which instance and which token were named, if any.
    pub given: Given,
    /// The agent that was named, found already.
    pub agent: Option<Agent>,
    /// What was started here the last time.
    pub again: Option<LaunchPlan>,
}

/// Walks through the wizard.
///
/// # Errors
/// Exit code 3 where nobody can be asked; those of reading what is kept.
pub(super) fn walk(globals: &Globals, asked: Walk, env: &Environment) -> Result<Exit, AppError> {
    if !env.can_ask() {
        return Err(nobody_to_ask("login-nobody-to-ask-hint"));
    }
    let credentials = Credentials::new(env);
    mend(globals, &credentials, env)?;
    let look = globals.look(env);
    let plain = globals.plain || env.is_dumb();
    let state = know(globals, asked, &credentials, env, plain || look.calm)?;
    let now = Moment::now();
    let first = Wizard::first_screen(&state, now);
    let (wizard, commands) = Wizard::start(state, first, now);
    let shared = Arc::new(env.clone());
    let hands = move |events: EventSender| {
        let connector = Arc::new(Connector::new(shared.clone()));
        Runner::new(connector, credentials, shared, events)
    };
    let exit = if plain {
        run::plain(wizard, commands, env, look, hands)
    } else {
        run::full_screen(wizard, commands, env, look, hands)
    };
    match exit? {
        Exit::Over(verdict) => Err(over(verdict)),
        exit => Ok(exit),
    }
}

/// A sign-in that ended with nobody signed in.
pub(super) fn over(verdict: Verdict) -> AppError {
    let (code, message) = match verdict {
        Verdict::Refused => ("refused", "login-refused"),
        Verdict::Expired => ("expired", "login-expired"),
        // Approved is no end without a sign-in.
        Verdict::Gone | Verdict::Approved => ("gone", "login-gone"),
    };
    AppError::new(ErrorKind::Failed, code, Message::new(message))
        .hint(Message::new("login-again-hint"))
}

/// A damaged `auth.json` is put aside if the person says so: nothing can be
/// kept beside it, and nothing in it can be told apart.
fn mend(globals: &Globals, credentials: &Credentials, env: &Environment) -> Result<(), AppError> {
    let Err(damaged) = credentials.auth() else { return Ok(()) };
    if damaged.code != "auth_corrupt" {
        return Err(damaged);
    }
    let ground = Ground::new(globals, env, Catalog::new(globals.language(env)));
    let question = Message::new("auth-set-aside-ask").with("what", damaged.message.clone());
    let yes = ground.confirm_in_person(&question, false, "auth-set-aside-ask");
    if !ground.offline(yes)? {
        return Err(damaged);
    }
    let file = credentials.set_aside()?;
    ground.out.note(&Message::new("auth-set-aside").with("file", file));
    Ok(())
}

/// The exit code of a walk that ended so. A launch has none of its own.
pub(super) fn code(exit: &Exit) -> u8 {
    match exit {
        Exit::Done | Exit::Replaced | Exit::Joined(_) | Exit::Launch(_) | Exit::Cancelled => 0,
        Exit::Over(_) => ErrorKind::Failed.exit_code(),
        Exit::Interrupted => ErrorKind::Interrupted.exit_code(),
        Exit::HungUp => ErrorKind::HungUp.exit_code(),
        Exit::Terminated => ErrorKind::Terminated.exit_code(),
    }
}

/// Everything that is known before the first question.
fn know(
    globals: &Globals,
    asked: Walk,
    credentials: &Credentials,
    env: &Environment,
    calm: bool,
) -> Result<WizardState, AppError> {
    let Walk { mut flags, given, agent, again } = asked;
    let directory = given.directory.clone();
    flags.mesh = flags.mesh.or_else(|| directory.and_then(|choice| choice.mesh));
    let mut state = WizardState {
        language: globals.language(env),
        host: host_facts(env, calm),
        flags,
        instances: known::list(credentials)?.into_iter().map(|known| known.instance).collect(),
        prefer_file: env.variables.get("CREWMESH_STORE") == Some("file"),
        agent,
        again,
        ..WizardState::default()
    };
    if is_settled(&given, credentials, env)? {
        let chosen = choose(credentials, env, &given)?;
        state.remembered = credentials.remembered(&chosen.instance.name, env.directory.as_deref());
        state.access = chosen.given.map(|(token, source)| Access {
            instance: chosen.instance.clone(),
            token,
            expires_at: None,
            source,
        });
        state.instance = Some(chosen.instance);
    }
    // Welcome looks for one itself, once it stands; a walk that begins with
    // the sign-in, or with which instance, would be past the question by then.
    let past = state.flags.sign_in_only || state.instance.is_none();
    if past && state.flags.invite.is_none() {
        let place = state.instance.as_ref().map(|instance| &instance.place);
        state.pending = pending::find(env, Moment::now())
            .filter(|pending| place.is_none_or(|place| *place == pending.instance.place));
    }
    Ok(state)
}

/// Whether it is clear which instance is meant. Where nothing was chosen yet
/// and no browser can be opened the person had better be asked: the embedded
/// one's page would open where nobody looks.
fn is_settled(
    given: &Given,
    credentials: &Credentials,
    env: &Environment,
) -> Result<bool, AppError> {
    let named = given.instance.is_some()
        || given.token.is_some()
        || given.directory.is_some()
        || ["CREWMESH_INSTANCE", "CREWMESH_API_URL", "CREWMESH_TOKEN", "CREWMESH_CLIENT_ID"]
            .into_iter()
            .any(|name| env.variables.has(name));
    Ok(named
        || credentials.auth()?.default_instance.is_some()
        || (env.can_open_browser() && cfg!(feature = "server")))
}

fn host_facts(env: &Environment, calm: bool) -> HostFacts {
    HostFacts {
        can_open_browser: env.can_open_browser(),
        ssh: env.desktop.ssh,
        draws_qr: false,
        has_embedded: cfg!(feature = "server"),
        calm,
        user: env.user.clone(),
        hostname: facts::device(env).device_name,
        person: env.user.clone(),
        zone: location::guess(env),
    }
}

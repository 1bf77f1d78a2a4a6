//! The wizard, run for any command that needs it: by a person
//! ([`in_person`]), or with nobody to ask ([`unattended`]).
//!
//! Everything the first frame needs is read from files and the environment;
//! runtime, HTTP client, keyring and server are made only when the page stands.

use std::sync::Arc;

use super::asking::nobody_to_ask;
use super::connect;
use super::context::{CommandContext, interruption};
use super::globals::Globals;
use crate::credentials::Credentials;
use crate::credentials::resolve::{Selection, choose};
use crate::device_grant::Verdict;
use crate::environment::Environment;
use crate::error::{AppError, ErrorKind};
use crate::home::pending;
use crate::i18n::{Catalog, Message, Words};
use crate::instance::Connector;
use crate::machine::{facts, location};
use crate::model::{Access, Agent, LaunchPlan};
use crate::provider::spec;
use crate::run::{self, EventSender, Script};
use crate::runner::Runner;
use crate::sign_in::known_instances;
use crate::time_point::TimePoint;
use crate::wire::{Connection, Way};
use crate::wizard::Wizard;
use crate::wizard::effect::Exit;
use crate::wizard::next::To;
use crate::wizard::state::{Flags, HostFacts, WizardState};

/// What a person's walk begins with.
#[derive(Debug, Default)]
pub(super) struct WizardRun {
    /// What was said on the command line.
    pub flags: Flags,
    /// Which instance and which token were named, if any.
    pub selection: Selection,
    /// The agent that was named, found already.
    pub agent: Option<Agent>,
    /// What was started here the last time.
    pub last_launch: Option<LaunchPlan>,
}

/// Walks a person through the wizard.
///
/// # Errors
/// Exit code 3 where nobody can be asked; those of reading what is kept.
pub(super) fn in_person(
    globals: &Globals,
    run: WizardRun,
    env: &Environment,
) -> Result<Exit, AppError> {
    if !env.can_ask() {
        return Err(nobody_to_ask("login-nobody-to-ask-hint"));
    }
    let context = CommandContext::new(globals, env, Catalog::new(globals.language(env)));
    repair(&context)?;
    let style = globals.style(env);
    let plain = globals.plain || env.is_dumb();
    let joins = run.flags.invite.is_some();
    let state = initial_state(&context, run, plain || style.calm)?;
    let now = TimePoint::now();
    let first = Wizard::first_screen(&state, now);
    let mut walk = Wizard::start(state, first, now);
    let exit = loop {
        let (wizard, commands) = walk;
        let runner = runner(&context, Connector::new(Arc::clone(&context.env)));
        let (exit, wizard) = if plain {
            run::plain(wizard, commands, env, style, runner)?
        } else {
            run::full_screen(wizard, commands, env, style, runner)?
        };
        let state = wizard.state();
        let Exit::Connect { provider, way } = &exit else { break exit };
        let Some(access) = &state.access else { break exit };
        let connected = connected(&context, access, provider, *way)?;
        walk = Wizard::go_on(state.clone(), connected, TimePoint::now());
    };
    match exit {
        Exit::Over(verdict) => Err(over(verdict)),
        exit => {
            let is_left = matches!(exit, Exit::Cancelled | Exit::Interrupted);
            let code_told = is_left && tell_of_code(&context);
            if joins && exit == Exit::Cancelled && !code_told {
                context.out.note(&Message::new("nothing-changed"));
            }
            Ok(exit)
        }
    }
}

/// What came of connecting something where the terminal is needed for it. Whoever stops that
/// is back on the card, as is whoever it fails for.
///
/// # Errors
/// Where we were told to stop.
fn connected(
    context: &CommandContext,
    access: &Access,
    provider: &str,
    way: Way,
) -> Result<Result<(Connection, Words), AppError>, AppError> {
    match connect::in_lines(context, access, provider, way) {
        Ok((connection, said)) => {
            let said = said.with("what", spec::called(&connection));
            Ok(Ok((connection, said.into())))
        }
        Err(what) if matches!(what.kind, ErrorKind::Terminated | ErrorKind::HungUp) => Err(what),
        Err(what) => {
            // What was said there is not hidden at once.
            if what.kind != ErrorKind::Interrupted {
                // The wizard has its own way to do it otherwise.
                context.out.error(&AppError { hint: None, ..what.clone() });
                context.out.note(&Message::new("connect-back"));
                let _ = std::io::stdin().read_line(&mut String::new());
            }
            Ok(Err(what))
        }
    }
}

/// A code that still lives is not lost with the page it stood on. Answers whether
/// there is one.
fn tell_of_code(context: &CommandContext) -> bool {
    let now = TimePoint::now();
    let waiting = pending::find(&context.env, None, now);
    let Some(code) = waiting.filter(|code| !code.approved) else { return false };
    let minutes = now.until(code.deadline).as_secs().div_ceil(60);
    context.out.note(
        &Message::new("code-still-good")
            .with("code", code.user_code)
            .with("minutes", i64::try_from(minutes).unwrap_or(i64::MAX)),
    );
    true
}

/// Walks through the wizard with nobody to ask, from `first` on.
///
/// # Errors
/// What a page would say or ask; interrupted.
pub(super) fn unattended(
    context: &CommandContext,
    state: WizardState,
    first: To,
    script: &mut dyn Script,
) -> Result<(Exit, Wizard), AppError> {
    let (wizard, commands) = Wizard::start(state, first, TimePoint::now());
    let ended = run::headless(wizard, commands, script, runner(context, context.connector()));
    context.tell_notes();
    let (exit, wizard) = ended?;
    match exit {
        Exit::Interrupted => Err(interruption(ErrorKind::Interrupted)),
        Exit::HungUp => Err(interruption(ErrorKind::HungUp)),
        Exit::Terminated => Err(interruption(ErrorKind::Terminated)),
        exit => Ok((exit, wizard)),
    }
}

/// Makes the runner of the wizard's effects once the first page stands.
fn runner(
    context: &CommandContext,
    connector: Connector,
) -> impl FnOnce(EventSender) -> Result<Runner, AppError> {
    let (env, credentials) = (Arc::clone(&context.env), context.credentials.clone());
    move |events| Runner::new(Arc::new(connector), credentials, env, events)
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
fn repair(context: &CommandContext) -> Result<(), AppError> {
    let Err(damaged) = context.credentials.auth() else { return Ok(()) };
    if damaged.code != "auth_corrupt" {
        return Err(damaged);
    }
    let question = Message::new("auth-set-aside-ask").with("what", damaged.message.clone());
    let yes = context.confirm_in_person(&question, false, "auth-set-aside-ask");
    if !context.offline(yes)? {
        return Err(damaged);
    }
    let file = context.credentials.quarantine()?;
    context.out.note(&Message::new("auth-set-aside").with("file", file));
    Ok(())
}

/// The exit code of a walk that ended so. A launch has none of its own.
pub(super) fn code(exit: &Exit) -> u8 {
    match exit {
        Exit::Done
        | Exit::Replaced
        | Exit::Joined(_)
        | Exit::Started(_)
        | Exit::Launch(_)
        | Exit::Connect { .. }
        | Exit::Cancelled => 0,
        Exit::Over(_) => ErrorKind::Failed.exit_code(),
        Exit::NotJoined { because, .. } => because.kind.exit_code(),
        Exit::Interrupted => ErrorKind::Interrupted.exit_code(),
        Exit::HungUp => ErrorKind::HungUp.exit_code(),
        Exit::Terminated => ErrorKind::Terminated.exit_code(),
    }
}

/// What is known before anything else: this computer, the flags, the instances.
///
/// # Errors
/// Those of reading `auth.json`.
pub(super) fn base_state(context: &CommandContext, flags: Flags) -> Result<WizardState, AppError> {
    let CommandContext { env, credentials, out, .. } = context;
    Ok(WizardState {
        language: out.catalog().language(),
        host: host_facts(env),
        instances: known_instances::list(credentials)?
            .into_iter()
            .map(|known| known.instance)
            .collect(),
        // A person sees where it goes and changes it; else the choice of before counts.
        prefer_file: env.variables.get("CREWMESH_STORE") == Some("file")
            || (flags.headless && credentials.prefers_file()),
        flags,
        ..WizardState::default()
    })
}

/// Everything that is known before the first question.
fn initial_state(
    context: &CommandContext,
    run: WizardRun,
    calm: bool,
) -> Result<WizardState, AppError> {
    let CommandContext { env, credentials, .. } = context;
    let WizardRun { mut flags, selection, agent, last_launch } = run;
    let directory = selection.directory.clone();
    flags.mesh = flags.mesh.or_else(|| directory.and_then(|choice| choice.mesh));
    let mut state = WizardState { agent, last_launch, ..base_state(context, flags)? };
    state.host.calm = calm;
    if is_settled(&selection, credentials, env)? {
        let chosen = choose(credentials, env, &selection)?;
        state.remembered =
            credentials.home().remembered(&chosen.instance.name, env.directory.as_deref());
        state.access = chosen.token.map(|(token, source)| Access {
            instance: chosen.instance.clone(),
            token,
            expires_at: None,
            source,
        });
        state.instance = Some(chosen.instance);
    }
    // Welcome looks for one itself, once it stands; a walk that begins with
    // the sign-in would be past the question by then.
    if state.flags.sign_in_only && state.flags.invite.is_none() && state.instance.is_some() {
        let place = state.instance.as_ref().map(|instance| &instance.place);
        state.pending = pending::find(env, place, TimePoint::now());
    }
    Ok(state)
}

/// Whether it is clear which instance is meant; else the person is asked.
fn is_settled(
    selection: &Selection,
    credentials: &Credentials,
    env: &Environment,
) -> Result<bool, AppError> {
    let named = selection.instance.is_some()
        || selection.token.is_some()
        || selection.directory.is_some()
        || ["CREWMESH_INSTANCE", "CREWMESH_API_URL", "CREWMESH_TOKEN", "CREWMESH_CLIENT_ID"]
            .into_iter()
            .any(|name| env.variables.has(name));
    Ok(named || credentials.auth()?.default_instance.is_some())
}

fn host_facts(env: &Environment) -> HostFacts {
    HostFacts {
        can_open_browser: env.can_open_browser(),
        ssh: env.desktop.ssh,
        draws_qr: false,
        has_embedded: cfg!(feature = "server"),
        calm: false,
        user: env.user.clone(),
        hostname: facts::device(env).device_name,
        person: env.user.clone(),
        is_root: env.is_root,
        zone: location::guess(env),
    }
}

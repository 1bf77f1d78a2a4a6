//! Launching: `crewmesh` and nothing else, or with what is to be different.
//! Somebody who was here before is in their agent at once: two small files are
//! read, one line is said, and this process becomes the agent. One who works with an
//! account that is connected waits for what opens it as well. That line goes to
//! stderr, because stdout is the agent's.

mod given;
mod leased;
mod unattended;

use std::io::Write as _;
use std::path::PathBuf;

pub(crate) use self::given::Launch;
pub(super) use self::given::model;
use self::unattended::{all_the_same, quick, unattended};
use super::companion;
use super::context::CommandContext;
use super::globals::Globals;
use super::output::say;
use super::wizard_run::{self, WizardRun, code};
use crate::agent::detect::SHELL;
use crate::agent::{by_hand, detect, hand_off, prepare};
use crate::credentials::Credentials;
use crate::credentials::resolve::{ChosenInstance, choose};
use crate::environment::Environment;
use crate::error::{AppError, ErrorKind};
use crate::home::folder::Folder;
use crate::home::sessions;
use crate::i18n::{Catalog, Message};
use crate::model::LaunchPlan;
use crate::plain::window_columns;
use crate::provider::spec;
use crate::sign_in::service_client;
use crate::terminal::glyphs::for_terminal;
use crate::terminal::line::wrap;
use crate::wire::Lease;
use crate::wizard::effect::Exit;
use crate::wizard::state::Flags;

/// Launches: at once where all is known, else through the wizard, else, where
/// nobody can be asked, with what was given.
pub(super) fn run(globals: &Globals, launch: &Launch, env: &Environment) -> Result<u8, AppError> {
    if globals.json {
        let message = Message::new("launch-no-json");
        return Err(AppError::new(ErrorKind::BadArguments, "no_json", message));
    }
    if launch.choose && !env.can_ask() {
        let message = Message::new("launch-choose-nobody");
        return Err(AppError::new(ErrorKind::BadArguments, "nobody_to_ask", message)
            .hint(Message::new("launch-choose-nobody-hint")));
    }
    let launch = &launch.cleaned()?;
    let catalog = Catalog::new(globals.language(env));
    let credentials = Credentials::new(env);
    if launch.is_as_before()
        && globals.token.is_none()
        && let Some(selection) = quick(globals, &credentials, env)
        && let Some(mut plan) = credentials.fast_start(env, &selection)
    {
        launch.complete(&mut plan)?;
        let lease = match leased::kept(&plan, &credentials, env) {
            None if plan.provider.is_some() => {
                let catalog = Catalog::new(globals.language(env));
                leased::lease(&plan, &CommandContext::new(globals, env, catalog))?
            }
            kept => kept,
        };
        announce(&catalog, &plan, lease.as_ref(), env);
        return start(&plan, lease.as_ref(), env);
    }
    let agent = launch.agent.as_deref().map(|name| detect::named(env, name)).transpose()?;
    let context = CommandContext::new(globals, env, catalog);
    // With -y no screen is taken where there is nothing to ask. A token typed
    // at a question would have to be typed twice.
    if !env.can_ask() || (globals.yes && globals.token.is_none()) {
        let named = agent.clone();
        let plan = unattended(launch, globals, &context, named)
            .or_else(|what| all_the_same(what, launch, globals, &context));
        match plan {
            Ok(mut plan) => {
                launch.complete(&mut plan)?;
                let is_as_before = launch.is_as_before();
                let kept = is_as_before.then(|| leased::kept(&plan, &credentials, env)).flatten();
                let lease = match kept {
                    Some(kept) => Some(kept),
                    None => leased::lease(&plan, &context)?,
                };
                if launch.provider.is_some() || plan.provider.is_some() {
                    remember(&plan, &context);
                }
                if env.can_ask() {
                    tell(&context, &plan, lease.as_ref());
                }
                return start(&plan, lease.as_ref(), env);
            }
            Err(what) if env.can_ask() && can_be_answered(&what) => {}
            Err(what) => return Err(what),
        }
    }
    let mut selection = context.offline(context.selection())?;
    // The wizard asks no network before its first page; a service client has
    // nothing to be asked.
    match choose(&credentials, env, &selection) {
        Ok(ChosenInstance { client: Some(key), instance, .. }) => {
            let access = context.online(async |connector| {
                service_client::sign_in(connector, &instance, &key).await
            })?;
            selection.token = Some(access.token);
        }
        // Without the server within there may be none yet: the first page asks.
        Err(what) if what.code != "instance_missing" => return Err(what),
        _ => {}
    }
    let last_launch = credentials.last_launch(env, &selection).filter(|_| launch.is_as_before());
    let last_launch =
        last_launch.map(|plan| LaunchPlan { arguments: launch.arguments.clone(), ..plan });
    let flags = launch.flags(globals, Flags::default());
    match wizard_run::in_person(globals, WizardRun { flags, selection, agent, last_launch }, env)? {
        Exit::Launch(mut plan) => {
            launch.complete(&mut plan)?;
            let lease = leased::lease(&plan, &context)?;
            remember(&plan, &context);
            tell(&context, &plan, lease.as_ref());
            start(&plan, lease.as_ref(), env)
        }
        exit => {
            if let Exit::Done | Exit::Replaced | Exit::NotJoined { signed_in: true, .. } = exit {
                say(context.out.catalog(), &Message::new("launch-signed-in"));
            }
            match exit {
                Exit::NotJoined { because, .. } => Err(because),
                exit => Ok(code(&exit)),
            }
        }
    }
}

/// What the agent works with is remembered once it is there. That it could not be is no
/// reason not to start.
fn remember(plan: &LaunchPlan, context: &CommandContext) {
    if let Some(directory) = &context.env.directory {
        let _ = context.credentials.home().remember(directory, plan);
    }
}

/// Says what is started where, as the last thing before the terminal is the
/// agent's.
fn tell(context: &CommandContext, plan: &LaunchPlan, lease: Option<&Lease>) {
    announce(context.out.catalog(), plan, lease, &context.env);
    if plan.agent == SHELL {
        wrapped(context.out.catalog(), &Message::new("launch-shell-line"), &context.env);
    }
}

/// The line of every hand-over; below it what the agent works with, where that is not its
/// own affair, and what is still to be done for it.
fn announce(catalog: &Catalog, plan: &LaunchPlan, lease: Option<&Lease>, env: &Environment) {
    wrapped(catalog, &prepare::announcement(plan), env);
    if let Some(Lease { connection, .. }) = lease {
        let what = spec::called(connection);
        wrapped(catalog, &Message::new("launch-provider-line").with("what", what), env);
    }
    if let Some(message) = by_hand::to_be_done(plan, env) {
        wrapped(catalog, &message, env);
    }
}

/// Says something on stderr, broken between words in a narrow window.
fn wrapped(catalog: &Catalog, message: &Message, env: &Environment) {
    let columns = env.terminals.stderr.then(window_columns).flatten();
    for line in wrap(&for_terminal(&catalog.say(message)), columns.unwrap_or(usize::MAX)) {
        let _ = writeln!(std::io::stderr(), "{line}");
    }
}

/// This process becomes the agent. The terminal is the person's again by now.
fn start(plan: &LaunchPlan, lease: Option<&Lease>, env: &Environment) -> Result<u8, AppError> {
    let session = prepare::new_session();
    // Without one it is started all the same, with less; but not with another account.
    let folder = Folder::in_order(env).and_then(|home| sessions::make(home.path(), &session).ok());
    let is_found = |folder: &PathBuf| prepare::is_found_in(&plan.agent, folder);
    let missing = match &folder {
        Some(folder) if !is_found(folder) => Some("launch-provider-odd-folder"),
        Some(_) if env.program.is_some() => None,
        _ => Some("launch-provider-no-folder"),
    };
    if let Some(id) = missing.filter(|_| lease.is_some()) {
        let message = Message::new(id).with("agent", plan.agent.as_str());
        return Err(AppError::new(ErrorKind::Failed, "no_session_folder", message)
            .hint(Message::new("launch-provider-own-hint")));
    }
    let spawn = prepare::prepare(plan, &session, folder.as_deref(), env, lease);
    companion::begin(&spawn, env);
    hand_off::execute(&spawn)
}

/// The wizard can ask for what is missing, or show it and try again.
fn can_be_answered(what: &AppError) -> bool {
    use ErrorKind::{AgentNotFound, BadArguments, NotFound, NotSignedIn, Unreachable};
    matches!(what.kind, AgentNotFound | BadArguments | NotFound | NotSignedIn | Unreachable)
}

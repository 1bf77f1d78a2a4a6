//! Launching with nobody to ask: with what was given and what is remembered, or else
//! with words for what is missing.

use super::given::Launch;
use crate::agent::{detect, spec};
use crate::cli::context::{CommandContext, of_a_given_token};
use crate::cli::globals::Globals;
use crate::cli::wizard_run::{self, base_state};
use crate::credentials::Credentials;
use crate::credentials::resolve::Selection;
use crate::environment::Environment;
use crate::error::{AppError, ErrorKind};
use crate::home::directory_file;
use crate::i18n::Message;
use crate::model::{Agent, LaunchPlan, Remembered};
use crate::run::Script;
use crate::wizard::Wizard;
use crate::wizard::draft::{self, CardRow};
use crate::wizard::effect::Exit;
use crate::wizard::event::Reply;
use crate::wizard::next::To;
use crate::wizard::state::{Flags, WizardState};

/// What was given, where that can be told without asking anybody.
pub(super) fn quick(
    globals: &Globals,
    credentials: &Credentials,
    env: &Environment,
) -> Option<Selection> {
    let selection = Selection { instance: globals.instance.clone(), ..Selection::default() };
    let named = selection.instance.is_some()
        || env.variables.has("CREWMESH_INSTANCE")
        || env.variables.has("CREWMESH_API_URL");
    if named {
        return Some(selection);
    }
    match directory_file::find(env) {
        directory_file::Found::Nothing => Some(selection),
        directory_file::Found::Choice(choice) => {
            let heard = credentials.home().directory_answer(&choice.fingerprint())?;
            Some(Selection { directory: heard.then_some(choice), ..selection })
        }
        // Said on the long way.
        directory_file::Found::Ignored { .. } => None,
    }
}

/// The instance cannot be reached, but what was started here the last time is
/// all still there: in a train, or in a job of the night, that is no reason not
/// to start it. It was this person's then, and only the server could say that
/// it is no more.
pub(super) fn all_the_same(
    what: AppError,
    launch: &Launch,
    globals: &Globals,
    context: &CommandContext,
) -> Result<LaunchPlan, AppError> {
    let as_before = what.kind == ErrorKind::Unreachable && launch.is_as_before();
    let selection = as_before.then(|| quick(globals, &context.credentials, &context.env)).flatten();
    match selection.and_then(|selection| context.credentials.last_launch(&context.env, &selection))
    {
        Some(plan) => {
            context.out.note(&Message::new("launch-all-the-same").with("why", what.message));
            Ok(LaunchPlan { arguments: launch.arguments.clone(), ..plan })
        }
        None => Err(what),
    }
}

/// The same launch with nobody to ask: what is missing is named, with what
/// could be given.
pub(super) fn unattended(
    launch: &Launch,
    globals: &Globals,
    context: &CommandContext,
    agent: Option<Agent>,
) -> Result<LaunchPlan, AppError> {
    let selection = context.online(async |_| context.selection().await)?;
    let access = context.access(&selection)?;
    let CommandContext { env, credentials, .. } = context;
    let remembered = credentials.home().remembered(&access.instance.name, env.directory.as_deref());
    let agent = agent.or_else(|| last_agent(globals, context, &remembered));
    let source = access.source;
    let directory = selection.directory.and_then(|choice| choice.mesh);
    let flags = Flags {
        mesh: launch.mesh.clone().or(directory),
        ..launch.flags(globals, Flags::headless(context.can_ask()))
    };
    let state = WizardState {
        instance: Some(access.instance.clone()),
        access: Some(access),
        agent,
        remembered,
        ..base_state(context, flags)?
    };
    let first = To::Status;
    let (exit, _) = wizard_run::unattended(context, state, first, &mut WithoutQuestions(env))
        .map_err(|error| of_a_given_token(error, source))?;
    match exit {
        Exit::Launch(plan) => Ok(*plan),
        _ => Err(AppError::internal("a launch that started nothing")),
    }
}

/// A launch with nobody to ask.
struct WithoutQuestions<'a>(&'a Environment);

impl Script for WithoutQuestions<'_> {
    fn replied(&mut self, _: &Reply) {}

    fn needs_person(&self, wizard: &Wizard) -> AppError {
        let state = wizard.state();
        if draft::mesh(state) == CardRow::Undecided {
            return which_mesh(state);
        }
        if draft::agent(state).is_some() {
            return which_machine();
        }
        let last = state.remembered.agent.as_deref().filter(|_| state.flags.agent.is_none());
        last.and_then(|name| detect::named(self.0, name).err()).unwrap_or_else(which_agent)
    }
}

/// The agent of the last time, if it is still there.
fn last_agent(globals: &Globals, context: &CommandContext, last: &Remembered) -> Option<Agent> {
    let name = last.agent.as_deref()?;
    let (env, credentials) = (&*context.env, &context.credentials);
    let again = quick(globals, credentials, env)
        .and_then(|selection| credentials.last_launch(env, &selection));
    match again.filter(|plan| plan.agent == name) {
        Some(plan) => Some(Agent { name: plan.agent, program: plan.program, version: None }),
        None => detect::named(env, name).ok(),
    }
}

fn which_mesh(state: &WizardState) -> AppError {
    let meshes = state.meshes.as_deref().unwrap_or_default();
    let slugs: Vec<_> = meshes.iter().map(|mesh| mesh.slug.as_str()).collect();
    let error = if let Some(asked) = &state.flags.mesh {
        let message = Message::new("launch-mesh-unknown").with("mesh", asked.clone());
        AppError::new(ErrorKind::NotFound, "mesh_not_found", message)
    } else {
        let missing = || Message::new("launch-mesh-missing").into();
        let message = draft::gone_mesh(state).unwrap_or_else(missing);
        AppError::new(ErrorKind::BadArguments, "mesh_missing", message)
    };
    if slugs.is_empty() {
        return error.hint(Message::new("launch-mesh-none-hint"));
    }
    error.hint(Message::new("launch-mesh-missing-hint").with("meshes", slugs.join(", ")))
}

fn which_machine() -> AppError {
    AppError::new(
        ErrorKind::BadArguments,
        "machine_missing",
        Message::new("launch-machine-missing"),
    )
    .hint(Message::new("launch-machine-missing-hint"))
}

fn which_agent() -> AppError {
    let hint = Message::new("launch-agent-missing-hint").with("agents", spec::names_listed());
    AppError::new(ErrorKind::AgentNotFound, "agent_not_found", Message::new("launch-agent-missing"))
        .hint(hint)
}

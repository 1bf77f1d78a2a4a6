//! Launching: `crewmesh` and nothing else, or with what is to be different.
//! Somebody who was here before is in their agent at once: two small files are
//! read, one line is said, and this process becomes the agent. That line goes to
//! stderr, because stdout is the agent's.

use std::io::Write as _;

use clap::Args;

use super::asking::display_name;
use super::companion;
use super::context::{CommandContext, of_a_given_token};
use super::globals::Globals;
use super::output::say;
use super::wizard_run::{self, WizardRun, base_state, code};
use crate::agent::detect::SHELL;
use crate::agent::{by_hand, detect, hand_off, prepare, spec};
use crate::credentials::Credentials;
use crate::credentials::resolve::{ChosenInstance, Selection, choose};
use crate::environment::Environment;
use crate::error::{AppError, ErrorKind};
use crate::home::folder::Folder;
use crate::home::{directory_file, sessions};
use crate::i18n::{Catalog, Message, printable};
use crate::model::{Agent, LaunchPlan, Remembered};
use crate::plain::window_columns;
use crate::run::Script;
use crate::sign_in::service_client;
use crate::terminal::glyphs::for_terminal;
use crate::terminal::line::wrap;
use crate::wizard::Wizard;
use crate::wizard::draft::{self, CardRow};
use crate::wizard::effect::Exit;
use crate::wizard::event::Reply;
use crate::wizard::next::To;
use crate::wizard::screens::role::LONGEST as LONGEST_ROLE;
use crate::wizard::state::{Flags, WizardState};

/// Start your code agent in a mesh
#[derive(Args, Clone, Debug, Default, PartialEq)]
#[command(after_help = "Examples:
  crewmesh launch                            as last time, or step by step
  crewmesh launch --choose                   the card, although all is known
  crewmesh launch --mesh ops --agent codex
  crewmesh launch -y --agent claude -- -p \"say hello\"")]
pub(crate) struct Launch {
    /// Passed on to the agent
    #[arg(last = true, value_name = "AGENT ARGS")]
    arguments: Vec<String>,
    /// The mesh to launch in: its short name, its name or its id
    #[arg(long, value_name = "MESH")]
    mesh: Option<String>,
    /// The name others in the mesh see
    #[arg(long, value_name = "NAME")]
    name: Option<String>,
    /// A tag others see beside it
    #[arg(long, value_name = "TAG")]
    role: Option<String>,
    /// What to start: claude, codex or another agent, shell, or any command
    #[arg(long, value_name = "COMMAND")]
    agent: Option<String>,
    /// What to call this machine where it is new
    #[arg(long, value_name = "NAME")]
    machine: Option<String>,
    /// Show the launch card although everything is known
    #[arg(long)]
    choose: bool,
    /// Do not open a browser to sign in
    #[arg(long)]
    no_browser: bool,
    /// Do not give the agent the mesh as tools
    #[arg(long)]
    no_mcp: bool,
    /// What the agent is to begin with
    #[arg(long, value_name = "TEXT")]
    task: Option<String>,
}

impl Launch {
    /// Nothing is to be different from the last time.
    fn is_as_before(&self) -> bool {
        let same = Self {
            arguments: self.arguments.clone(),
            no_mcp: self.no_mcp,
            task: self.task.clone(),
            ..Self::default()
        };
        *self == same
    }

    /// Whether anything was said at all.
    pub(super) fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// What was given, as it is shown and kept.
    ///
    /// # Errors
    /// A name or a role that cannot be one.
    fn cleaned(&self) -> Result<Self, AppError> {
        let role = self.role.as_deref().map(|role| printable(role).trim().to_owned());
        if role.as_ref().is_some_and(|role| role.chars().count() > LONGEST_ROLE) {
            let message = Message::new("role-too-long");
            return Err(AppError::new(ErrorKind::BadArguments, "role_malformed", message));
        }
        Ok(Self {
            name: self.name.as_deref().map(display_name).transpose()?,
            machine: self.machine.as_deref().map(display_name).transpose()?,
            // Given empty, it is given up.
            role,
            ..self.clone()
        })
    }

    /// `plan` with what is not remembered.
    ///
    /// # Errors
    /// Exit code 3 where the agent takes no first task.
    fn complete(&self, plan: &mut LaunchPlan) -> Result<(), AppError> {
        plan.arguments.clone_from(&self.arguments);
        plan.mcp = !self.no_mcp;
        plan.task.clone_from(&self.task);
        let takes = spec::find(&plan.agent).is_some_and(|spec| spec.task.is_some());
        if plan.task.is_none() || takes {
            return Ok(());
        }
        let message = Message::new("launch-no-task").with("agent", plan.agent.clone());
        Err(AppError::new(ErrorKind::BadArguments, "no_task", message))
    }

    fn flags(&self, globals: &Globals, flags: Flags) -> Flags {
        Flags {
            mesh: self.mesh.clone(),
            name: self.name.clone(),
            role: self.role.clone(),
            agent: self.agent.clone(),
            machine: self.machine.clone(),
            yes: globals.yes,
            no_browser: self.no_browser,
            arguments: self.arguments.clone(),
            ..flags
        }
    }
}

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
        announce(&catalog, &plan, env);
        return start(&plan, env);
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
                if env.can_ask() {
                    tell(&context, &plan);
                }
                return start(&plan, env);
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
            tell(&context, &plan);
            start(&plan, env)
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

/// Says what is started where, as the last thing before the terminal is the
/// agent's.
fn tell(context: &CommandContext, plan: &LaunchPlan) {
    announce(context.out.catalog(), plan, &context.env);
    if plan.agent == SHELL {
        wrapped(context.out.catalog(), &Message::new("launch-shell-line"), &context.env);
    }
}

/// The line of every hand-over; below it what is still to be done for the agent.
fn announce(catalog: &Catalog, plan: &LaunchPlan, env: &Environment) {
    wrapped(catalog, &prepare::announcement(plan), env);
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
fn start(plan: &LaunchPlan, env: &Environment) -> Result<u8, AppError> {
    let session = prepare::new_session();
    // Without one it is started all the same, with less.
    let folder = Folder::in_order(env).and_then(|home| sessions::make(home.path(), &session).ok());
    let spawn = prepare::prepare(plan, &session, folder.as_deref(), env);
    companion::begin(&spawn, env);
    hand_off::execute(&spawn)
}

/// The instance cannot be reached, but what was started here the last time is
/// all still there: in a train, or in a job of the night, that is no reason not
/// to start it. It was this person's then, and only the server could say that
/// it is no more.
fn all_the_same(
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

/// The wizard can ask for what is missing, or show it and try again.
fn can_be_answered(what: &AppError) -> bool {
    use ErrorKind::{AgentNotFound, BadArguments, NotFound, NotSignedIn, Unreachable};
    matches!(what.kind, AgentNotFound | BadArguments | NotFound | NotSignedIn | Unreachable)
}

/// What was given, where that can be told without asking anybody.
fn quick(globals: &Globals, credentials: &Credentials, env: &Environment) -> Option<Selection> {
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

/// The same launch with nobody to ask: what is missing is named, with what
/// could be given.
fn unattended(
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

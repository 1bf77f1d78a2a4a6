//! What `crewmesh launch` was given, and what that makes of a launch.

use clap::{Args, ValueEnum};

use crate::agent::spec;
use crate::cli::asking::display_name;
use crate::cli::globals::Globals;
use crate::error::{AppError, ErrorKind};
use crate::i18n::{Message, printable, spelled};
use crate::model::{Delivery, LaunchPlan, NO_PROVIDER};
use crate::provider;
use crate::wire::is_model;
use crate::wizard::screens::role::LONGEST as LONGEST_ROLE;
use crate::wizard::state::Flags;

/// Start your code agent in a mesh
#[derive(Args, Clone, Debug, Default, PartialEq)]
#[command(after_help = "Examples:
  crewmesh launch                            as last time, or step by step
  crewmesh launch --choose                   the card, although all is known
  crewmesh launch --mesh ops --agent codex
  crewmesh launch --provider anthropic       what crewmesh connect connected
  crewmesh launch -y --agent claude -- -p \"say hello\"")]
pub(crate) struct Launch {
    /// Passed on to the agent
    #[arg(last = true, value_name = "AGENT ARGS")]
    pub(super) arguments: Vec<String>,
    /// The mesh to launch in: its short name, its name or its id
    #[arg(long, value_name = "MESH")]
    pub(super) mesh: Option<String>,
    /// The name others in the mesh see
    #[arg(long, value_name = "NAME")]
    pub(super) name: Option<String>,
    /// A tag others see beside it
    #[arg(long, value_name = "TAG")]
    pub(super) role: Option<String>,
    /// How what others write reaches the agent: unasked, when it looks, not at all
    #[arg(long, value_enum, value_name = "HOW")]
    pub(super) messages: Option<Messages>,
    /// What to start: claude, codex or another agent, shell, or any command
    #[arg(long, value_name = "COMMAND")]
    pub(super) agent: Option<String>,
    /// What the agent works with: a connected provider, or none for its own sign-in
    #[arg(long, value_name = "PROVIDER")]
    pub(super) provider: Option<String>,
    /// The model it asks for there, where that is not what was said with the connection
    #[arg(long, value_name = "MODEL")]
    pub(super) model: Option<String>,
    /// What to call this machine where it is new
    #[arg(long, value_name = "NAME")]
    pub(super) machine: Option<String>,
    /// Show the launch card although everything is known
    #[arg(long)]
    pub(super) choose: bool,
    /// Do not open a browser to sign in
    #[arg(long)]
    pub(super) no_browser: bool,
    /// Do not give the agent the mesh as tools
    #[arg(long)]
    pub(super) no_mcp: bool,
    /// What the agent is to begin with
    #[arg(long, value_name = "TEXT")]
    pub(super) task: Option<String>,
}

/// As [`Delivery`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Messages {
    Push,
    Inbox,
    Off,
}

impl From<Messages> for Delivery {
    fn from(messages: Messages) -> Self {
        match messages {
            Messages::Push => Self::Push,
            Messages::Inbox => Self::Inbox,
            Messages::Off => Self::Off,
        }
    }
}

impl Launch {
    /// Nothing is to be different from the last time.
    pub(super) fn is_as_before(&self) -> bool {
        let same = Self {
            arguments: self.arguments.clone(),
            no_mcp: self.no_mcp,
            task: self.task.clone(),
            ..Self::default()
        };
        *self == same
    }

    /// Whether anything was said at all.
    pub(in crate::cli) fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// What was given, as it is shown and kept.
    ///
    /// # Errors
    /// A name or a role that cannot be one.
    pub(super) fn cleaned(&self) -> Result<Self, AppError> {
        let role = self.role.as_deref().map(|role| printable(role).trim().to_owned());
        if role.as_ref().is_some_and(|role| role.chars().count() > LONGEST_ROLE) {
            let message = Message::new("role-too-long");
            return Err(AppError::new(ErrorKind::BadArguments, "role_malformed", message));
        }
        let provider = self.provider.as_deref().map(provider).transpose()?;
        let model = self.model.as_deref().map(model).transpose()?;
        Ok(Self {
            provider,
            model,
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
    pub(super) fn complete(&self, plan: &mut LaunchPlan) -> Result<(), AppError> {
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

    pub(super) fn flags(&self, globals: &Globals, flags: Flags) -> Flags {
        Flags {
            mesh: self.mesh.clone(),
            name: self.name.clone(),
            role: self.role.clone(),
            messages: self.messages.map(Delivery::from),
            provider: self.provider.clone(),
            model: self.model.clone(),
            agent: self.agent.clone(),
            machine: self.machine.clone(),
            yes: globals.yes,
            no_browser: self.no_browser,
            arguments: self.arguments.clone(),
            ..flags
        }
    }
}

/// A model as an agent can be told of it.
///
/// # Errors
/// Exit code 3 where it can be none.
pub(in crate::cli) fn model(typed: &str) -> Result<String, AppError> {
    let name = typed.trim();
    if is_model(name) {
        return Ok(name.to_owned());
    }
    let message = Message::new("model-malformed").with("typed", spelled(name));
    Err(AppError::new(ErrorKind::BadArguments, "model_malformed", message))
}

/// A provider as it is called, however it was typed, or a connection's id.
fn provider(typed: &str) -> Result<String, AppError> {
    let typed = typed.trim();
    if typed.is_empty() {
        let message = Message::new("launch-provider-empty");
        return Err(AppError::new(ErrorKind::BadArguments, "provider_missing", message)
            .hint(Message::new("launch-provider-unknown-hint")));
    }
    let name = typed.to_ascii_lowercase();
    let is_known = name == NO_PROVIDER || provider::spec::find(&name).is_some();
    Ok(if is_known { name } else { typed.to_owned() })
}

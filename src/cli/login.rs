//! Signing in, and no more: through the wizard until a sign-in is kept, or
//! without it, for a script.

mod script;

use clap::Args;

use super::context::CommandContext;
use super::globals::Globals;
use super::list;
use super::output::say;
use super::wizard_run::{self, WizardRun, code};
use crate::credentials::Credentials;
use crate::credentials::resolve::Selection;
use crate::environment::Environment;
use crate::error::AppError;
use crate::i18n::{Catalog, Message};
use crate::secret::Secret;
use crate::wizard::effect::Exit;
use crate::wizard::state::Flags;

/// Sign in with a code, on this or any other device
#[derive(Args, Debug, Default)]
#[command(after_help = "Examples:
  crewmesh login                                 on the instance in use
  crewmesh login --instance mesh.example.org     on your team's
  crewmesh login --plain                         in lines, for a screen reader
  crewmesh login --token - < FILE                with an access token
  crewmesh login --start --json                  for a script: a code, at once
  crewmesh login --resume --json --wait 120      and go on with it later")]
pub(crate) struct Login {
    /// Do not open a browser; the link and the QR code are shown all the same
    #[arg(long)]
    no_browser: bool,
    /// Give a code and return at once; --resume goes on with it
    #[arg(long, conflicts_with_all = ["resume", "wait"])]
    start: bool,
    /// Go on with the code that --start or a closed terminal left
    #[arg(long)]
    resume: bool,
    /// Wait at most this long for the approval, without a terminal; begins
    /// with a code unless --resume is given
    #[arg(long, value_name = "SECS")]
    wait: Option<u64>,
    /// Begin with this invite: `crewmesh join LINK`.
    #[arg(skip)]
    invite: Option<Secret>,
}

impl Login {
    /// What `crewmesh join LINK` does while nobody is signed in there.
    pub(super) fn joining(invite: Secret) -> Self {
        Self { invite: Some(invite), ..Self::default() }
    }
}

/// Signs in: with a token that was given, by a code for a script, or else
/// through the wizard.
pub(super) fn run(
    login: &Login,
    globals: &Globals,
    context: &CommandContext,
    env: &Environment,
) -> Result<u8, AppError> {
    // Before anything is asked that could not be kept.
    env.refuse_agents()?;
    if login.start {
        script::start(context)
    } else if login.resume {
        script::resume(context, login.wait)
    } else if login.wait.is_some() {
        script::wait(context, login.wait)
    } else if globals.token.is_some() {
        script::token(context)
    } else {
        in_person(globals, login, env)
    }
}

/// Walks through the wizard until somebody is signed in, and says so.
pub(super) fn in_person(
    globals: &Globals,
    login: &Login,
    env: &Environment,
) -> Result<u8, AppError> {
    let flags = Flags {
        no_browser: login.no_browser,
        invite: login.invite.clone(),
        sign_in_only: true,
        ..Flags::default()
    };
    let credentials = Credentials::new(env);
    let selection = Selection { instance: globals.instance.clone(), ..Selection::default() };
    let exit = wizard_run::in_person(
        globals,
        WizardRun { flags, selection, ..WizardRun::default() },
        env,
    )?;
    let catalog = Catalog::new(globals.language(env));
    if let Exit::Done | Exit::Replaced | Exit::Joined(_) | Exit::NotJoined { signed_in: true, .. } =
        exit
    {
        signed_in(&credentials, &catalog)?;
    }
    if let Exit::NotJoined { because, .. } = exit {
        return Err(because);
    }
    if exit == Exit::Replaced {
        say(&catalog, &Message::new("login-replaced"));
    }
    if let Exit::Joined(mesh) = &exit {
        let auth = credentials.auth()?;
        say(&catalog, &list::joined(mesh, auth.default_instance.as_deref().unwrap_or_default()));
    }
    Ok(code(&exit))
}

/// Says who signed in where, once it is kept.
fn signed_in(credentials: &Credentials, catalog: &Catalog) -> Result<(), AppError> {
    let auth = credentials.auth()?;
    let Some(name) = auth.default_instance else { return Ok(()) };
    let Some(entry) = auth.instances.get(&name) else { return Ok(()) };
    let Some(user) = entry.user.clone() else { return Ok(()) };
    let kept = if entry.token.is_some() { "login-kept-in-file" } else { "login-kept-in-keyring" };
    let person =
        if user.email.is_empty() { user.name } else { format!("{} <{}>", user.name, user.email) };
    say(catalog, &Message::new("login-signed-in").with("person", person).with("instance", name));
    say(catalog, &Message::new(kept));
    for note in credentials.home().take_notes() {
        say(catalog, &note);
    }
    Ok(())
}

//! The command line: one command is one file below. This one says which
//! commands there are, what every one of them understands, and how a trouble
//! ends the process. Wrong arguments exit with 3, not with clap's 2, because 2
//! means "not signed in" here.

mod about;
mod approve;
mod arguments;
mod asking;
mod audit;
mod companion;
mod completions;
mod connect;
mod context;
mod create;
mod disconnect;
mod globals;
mod help;
mod in_mesh;
mod in_person;
mod instance;
mod invite;
mod join;
mod json;
mod launch;
mod list;
mod log;
mod login;
mod logout;
mod machine;
mod man;
mod mcp;
mod members;
mod mesh;
mod messages;
mod named;
mod output;
mod peers;
mod providers;
#[cfg(feature = "server")]
mod serve;
mod service;
mod status;
mod sync;
mod tasks;
mod token;
mod waiting;
mod which_mesh;
mod whoami;
mod wizard_run;

use std::io::Write as _;
use std::process::ExitCode;

use clap::error::ErrorKind as ClapErrorKind;
use clap::{Command, CommandFactory as _, FromArgMatches as _, Parser, Subcommand};

use self::context::CommandContext;
use self::globals::Globals;
use self::output::Output;
use crate::environment::Environment;
use crate::error::{AppError, ErrorKind};
use crate::i18n::{Catalog, Language, Message};
use crate::terminal::watch_for_panics;

/// Signs you in, puts this machine into your mesh, and starts your code agent
/// there as you.
#[derive(Debug, Parser)]
#[command(
    name = "crewmesh",
    version,
    disable_help_subcommand = true,
    after_help = "Examples:
  crewmesh                      sign in, choose, start; or as last time
  crewmesh --choose             the card, although all is known
  crewmesh --agent claude -- -p \"say hello\"
  crewmesh login --instance mesh.example.org
  crewmesh join https://mesh.example.org/i/CODE

crewmesh COMMAND --help tells of a command and its examples."
)]
struct Cli {
    /// `crewmesh` and nothing else is a launch. First: what it is told is no
    /// option of every command.
    #[command(flatten)]
    launch: launch::Launch,
    #[command(flatten)]
    globals: Globals,
    #[command(subcommand)]
    command: Option<Subcommands>,
}

#[derive(Debug, Subcommand)]
enum Subcommands {
    /// Start your code agent in a mesh: what crewmesh alone does
    Launch(launch::Launch),
    /// Sign in with a code, on this or any other device
    Login(login::Login),
    /// Sign out, here and on the server
    Logout(logout::Logout),
    /// Show who is signed in, and by what
    Whoami(whoami::Whoami),
    /// Show every instance and the sign-in to it
    Status(status::Status),
    /// List, add, choose or remove instances
    Instance(instance::Instances),
    /// List, create or revoke personal access tokens
    Token(token::Tokens),
    /// List, create, place or revoke service clients, which sign in without a person
    Service(service::Services),
    /// List your meshes
    List(list::List),
    /// Create a mesh
    Create(create::Create),
    /// Join a mesh with an invite
    Join(join::Join),
    /// Rename, leave or delete a mesh
    Mesh(mesh::Meshes),
    /// List the members of a mesh, change what they may do, or remove them
    Members(members::Members),
    /// Show who is at work in a mesh
    Peers(peers::PeerList),
    /// Write to a peer, a role, or everybody in a mesh
    Send(messages::Send),
    /// Read what was written to you in a mesh
    Inbox(messages::InboxOf),
    /// Show what happened in a mesh
    Log(log::Log),
    /// List, create, claim, finish or drop the tasks of a mesh
    Tasks(tasks::Tasks),
    /// Give a code agent the mesh as tools
    Mcp(mcp::Mcp),
    /// Show which AI providers are connected, and which can be
    Providers(providers::Providers),
    /// Connect an account at an AI provider, or your own model server
    Connect(connect::Connect),
    /// Forget an account that is connected
    Disconnect(disconnect::Disconnect),
    /// Invite others to a mesh
    Invite(invite::Invite),
    /// Show what was done in your name
    Audit(audit::Audit),
    /// Bring what is remembered here in line with the server
    Sync(sync::Sync),
    /// List, register, rename, locate or remove machines
    Machine(machine::Machines),
    /// Let another device sign in as you
    Approve(approve::Approve),
    /// Turn away another device that wants to sign in
    Deny(approve::Deny),
    /// Print the completions of a shell
    Completions(completions::Completions),
    /// Print the manual page
    Man(man::Man),
    /// Tell of crewmesh, or of a command and its examples
    Help(about::Help),
    /// Print the version
    Version(about::Version),
    /// Run an instance for a team
    #[cfg(feature = "server")]
    Serve(serve::Serve),
}

impl Cli {
    /// What this process was started with. `crewmesh` and nothing else, which
    /// somebody waits for every day, needs no description of twenty commands.
    /// The exit code where it was help that was asked for, or nothing clap
    /// understands.
    fn read(env: &Environment) -> Result<Self, ExitCode> {
        if std::env::args_os().len() <= 1 {
            return Ok(Self::bare());
        }
        let language = language_of_help(env);
        let mut command = help::in_language(Self::command(), language);
        command
            .try_get_matches_from_mut(std::env::args_os())
            .and_then(|found| Self::from_arg_matches(&found))
            .map_err(|clap_error| wrong_arguments(&clap_error, &command, Catalog::new(language)))
    }

    /// `crewmesh` and nothing else, as clap reads it.
    fn bare() -> Self {
        Self { launch: launch::Launch::default(), globals: Globals::none(), command: None }
    }
}

/// Runs the command that this process was started with.
pub fn main(env: Environment) -> ExitCode {
    watch_for_panics();
    // Nobody types it, and a launch waits for it: it needs no description either.
    if let Some(companion) = companion::asked_for(std::env::args_os().skip(1)) {
        return ended(
            companion.run(&env),
            &env,
            &Output::new(Catalog::new(Language::ENGLISH), false),
        );
    }
    let cli = match Cli::read(&env) {
        Ok(cli) => cli,
        Err(code) => return code,
    };
    let language = cli.globals.language(&env);
    let json = cli.globals.json;
    let catalog = Catalog::new(language);
    let globals = &cli.globals;
    let context = |catalog: Catalog| CommandContext::new(globals, &env, catalog);
    let done = match &cli.command {
        None => launch::run(globals, &cli.launch, &env),
        Some(_) if !cli.launch.is_empty() => Err(misplaced()),
        Some(Subcommands::Launch(command)) => launch::run(globals, command, &env),
        Some(Subcommands::Login(command)) => login::run(command, globals, &context(catalog), &env),
        Some(Subcommands::Logout(command)) => logout::run(command, &context(catalog)),
        Some(Subcommands::Whoami(command)) => whoami::run(command, &context(catalog)),
        Some(Subcommands::Status(command)) => status::run(command, &context(catalog)),
        Some(Subcommands::Instance(command)) => instance::run(command, &context(catalog)),
        Some(Subcommands::Token(command)) => token::run(command, &context(catalog)),
        Some(Subcommands::Service(command)) => service::run(command, &context(catalog)),
        Some(Subcommands::Providers(command)) => providers::run(command, &context(catalog)),
        Some(Subcommands::Connect(command)) => connect::run(command, &context(catalog)),
        Some(Subcommands::Disconnect(command)) => disconnect::run(command, &context(catalog)),
        Some(Subcommands::Invite(command)) => invite::run(command, &context(catalog)),
        Some(Subcommands::Audit(command)) => audit::run(command, &context(catalog)),
        Some(Subcommands::Sync(command)) => sync::run(command, &context(catalog)),
        Some(Subcommands::Machine(command)) => machine::run(command, &context(catalog)),
        Some(Subcommands::Approve(command)) => approve::approve(command, &context(catalog)),
        Some(Subcommands::Deny(command)) => approve::deny(command, &context(catalog)),
        Some(Subcommands::Completions(command)) => {
            let out = Output::new(catalog, json);
            completions::run(command, help::in_language(Cli::command(), language), &out)
        }
        Some(Subcommands::Man(_)) => {
            man::run(help::in_language(Cli::command(), language), &Output::new(catalog, json))
        }
        Some(Subcommands::Help(command)) => {
            let out = Output::new(catalog, json);
            about::help(command, help::in_language(Cli::command(), language), &out)
        }
        Some(Subcommands::Version(_)) => about::version(&Output::new(catalog, json)),
        Some(Subcommands::List(command)) => list::run(command, &context(catalog)),
        Some(Subcommands::Create(command)) => create::run(command, &context(catalog)),
        Some(Subcommands::Mesh(command)) => mesh::run(command, &context(catalog)),
        Some(Subcommands::Members(command)) => members::run(command, &context(catalog)),
        Some(Subcommands::Peers(command)) => peers::run(command, &context(catalog)),
        Some(Subcommands::Send(command)) => messages::send(command, &context(catalog)),
        Some(Subcommands::Inbox(command)) => messages::inbox(command, &context(catalog)),
        Some(Subcommands::Log(command)) => log::run(command, &context(catalog)),
        Some(Subcommands::Tasks(command)) => tasks::run(command, &context(catalog)),
        Some(Subcommands::Mcp(command)) => mcp::run(command, globals, &context(catalog)),
        Some(Subcommands::Join(command)) => join::run(command, globals, &context(catalog), &env),
        #[cfg(feature = "server")]
        Some(Subcommands::Serve(command)) => serve::run(command, &context(catalog)),
    };
    ended(done, &env, &Output::new(Catalog::new(language), json))
}

fn ended(done: Result<u8, AppError>, env: &Environment, out: &Output) -> ExitCode {
    match done {
        Ok(code) => ExitCode::from(code),
        Err(error) => {
            // Behind a question, or behind what the terminal shows of ctrl+c.
            if matches!(error.kind, ErrorKind::Interrupted | ErrorKind::Terminated)
                && env.terminals.stderr
            {
                let _ = writeln!(std::io::stderr());
            }
            out.error(&error);
            ExitCode::from(error.kind.exit_code())
        }
    }
}

/// What a launch is told stands before another command.
fn misplaced() -> AppError {
    AppError::new(ErrorKind::BadArguments, "bad_arguments", Message::new("launch-flags-elsewhere"))
}

/// Help is printed while the arguments are read, so `--lang` is looked for
/// before.
fn language_of_help(env: &Environment) -> Language {
    let arguments: Vec<_> = std::env::args().take_while(|argument| argument != "--").collect();
    let named = arguments.iter().enumerate().find_map(|(at, argument)| {
        let value = match argument.strip_prefix("--lang") {
            Some("") => arguments.get(at + 1)?,
            Some(value) => value.strip_prefix('=')?,
            None => return None,
        };
        Language::parse(value)
    });
    named
        .or_else(|| crate::credentials::Credentials::new(env).home().language())
        .or(env.language)
        .unwrap_or_default()
}

/// Help and version are no fault; anything else that clap refuses is. What was
/// typed is told again, but never a token.
fn wrong_arguments(clap_error: &clap::Error, command: &Command, catalog: Catalog) -> ExitCode {
    // Nobody reads it any more: no reason to fail differently.
    if !clap_error.use_stderr() {
        let _ = clap_error.print();
        return ExitCode::SUCCESS;
    }
    let json = std::env::args_os().any(|argument| argument == "--json");
    if clap_error.kind() == ClapErrorKind::DisplayHelpOnMissingArgumentOrSubcommand && !json {
        let _ = clap_error.print();
    } else {
        Output::new(catalog, json).error(&arguments::error(clap_error, command));
    }
    ExitCode::from(ErrorKind::BadArguments.exit_code())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_said_is_what_clap_makes_of_it() {
        let parsed = Cli::try_parse_from(["crewmesh"]).unwrap();
        assert_eq!(format!("{:?}", Cli::bare()), format!("{parsed:?}"));
    }
}

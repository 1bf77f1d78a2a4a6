//! The command line: one command is one file below. This one says which
//! commands there are, what every one of them understands, and how a trouble
//! ends the process. Its one surprising rule: wrong arguments exit with 3, not
//! with clap's 2, because 2 means "not signed in" here.

mod login;
#[cfg(feature = "server")]
mod serve;

use std::io::Write as _;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::i18n::{Catalog, Language, Message, Words};
use crate::surroundings::Surroundings;
use crate::terminal::theme;
use crate::trouble::{Kind, Trouble};

/// Signs you in, puts this machine into your mesh, and starts your code agent
/// there as you.
#[derive(Debug, Parser)]
#[command(name = "crewmesh", version, disable_help_subcommand = true)]
struct Cli {
    #[command(flatten)]
    globals: Globals,
    #[command(subcommand)]
    command: Option<Subcommands>,
}

/// What every command understands.
#[derive(Args, Debug)]
pub(crate) struct Globals {
    /// The instance to use: the name of one that is known, or its address
    #[arg(long, global = true, value_name = "NAME|URL")]
    instance: Option<String>,
    /// Language of what is said: en or es
    #[arg(long, global = true, value_name = "LANGUAGE", value_parser = language)]
    lang: Option<Language>,
    /// When to use colours
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto")]
    color: When,
    /// Ask and answer in plain lines instead of a full screen
    #[arg(long, global = true)]
    plain: bool,
    /// Answer with one JSON object on stdout
    #[arg(long, global = true)]
    json: bool,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum When {
    Auto,
    Always,
    Never,
}

#[derive(Debug, Subcommand)]
enum Subcommands {
    /// Sign in with a code, on this or any other device
    Login(login::Login),
    /// Run an instance for a team
    #[cfg(feature = "server")]
    Serve(serve::Serve),
}

fn language(text: &str) -> Result<Language, String> {
    Language::parse(text).ok_or_else(|| "en or es".to_owned())
}

impl Globals {
    /// The flag, else the saved choice, else the locale, else English.
    fn language(&self, here: &Surroundings) -> Language {
        self.lang
            .or_else(|| crate::credentials::Credentials::new(here).language())
            .or(here.language)
            .unwrap_or_default()
    }

    fn look(&self, here: &Surroundings) -> theme::Look {
        let color = match self.color {
            When::Auto => theme::Color::Auto,
            When::Always => theme::Color::Always,
            When::Never => theme::Color::Never,
        };
        theme::Look::of(here, color)
    }
}

/// Runs the command that this process was started with.
pub fn main(here: Surroundings) -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(said) => return wrong_arguments(&said),
    };
    let language = cli.globals.language(&here);
    let json = cli.globals.json;
    let done = match cli.command {
        None => login::walk(&cli.globals, &login::Login::bare(), here),
        Some(Subcommands::Login(command)) => login::walk(&cli.globals, &command, here),
        #[cfg(feature = "server")]
        Some(Subcommands::Serve(command)) => serve::run(&command, &here, &Catalog::new(language)),
    };
    match done {
        Ok(code) => ExitCode::from(code),
        Err(trouble) => {
            tell(&trouble, &Catalog::new(language), json);
            ExitCode::from(trouble.kind.exit_code())
        }
    }
}

/// Help and version are no fault; anything else that clap refuses is.
fn wrong_arguments(said: &clap::Error) -> ExitCode {
    let json = std::env::args_os().any(|argument| argument == "--json");
    if json && said.use_stderr() {
        let words = Words::verbatim(said.to_string().lines().next().unwrap_or_default());
        let trouble = Trouble::new(Kind::BadArguments, "bad_arguments", words);
        tell(&trouble, &Catalog::new(Language::English), true);
        return ExitCode::from(Kind::BadArguments.exit_code());
    }
    // Nobody reads it any more: no reason to fail differently.
    let _ = said.print();
    if said.use_stderr() {
        ExitCode::from(Kind::BadArguments.exit_code())
    } else {
        ExitCode::SUCCESS
    }
}

/// Says what went wrong on stderr, and as JSON on stdout where that was asked
/// for.
fn tell(trouble: &Trouble, catalog: &Catalog, json: bool) {
    let message = catalog.words(&trouble.message);
    let hint = trouble.hint.as_ref().map(|hint| catalog.words(hint));
    let below = hint.as_ref().map(|hint| format!("  {hint}\n")).unwrap_or_default();
    let text = format!("✘ {message}\n{below}");
    // A closed pipe has nobody left to tell.
    let _ = std::io::stderr().write_all(text.as_bytes());
    if json {
        let object = serde_json::json!({
            "status": "error",
            "error": { "code": trouble.code, "message": message, "hint": hint },
            "exit_code": trouble.kind.exit_code(),
        });
        let _ = writeln!(std::io::stdout(), "{object}");
    }
}

/// One line for a person.
fn say(catalog: &Catalog, message: &Message) {
    let _ = writeln!(std::io::stdout(), "{}", catalog.say(message));
}

//! `crewmesh help` and `crewmesh version`: what `--help` and `--version` say, for
//! whoever asks by a word.

use clap::{Args, Command};
use serde_json::json;

use super::arguments;
use super::output::Output;
use crate::error::AppError;

/// Tell of crewmesh, or of a command and its examples
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  crewmesh help
  crewmesh help machine rename                   as crewmesh machine rename --help")]
pub(crate) struct Help {
    /// Which command
    #[arg(value_name = "COMMAND")]
    command: Vec<String>,
}

/// Print the version
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  crewmesh version
  crewmesh version --json")]
pub(crate) struct Version {}

/// Prints the page of a command of `root`, whose help is in the language that is
/// spoken.
pub(super) fn help(help: &Help, mut root: Command, out: &Output) -> Result<u8, AppError> {
    let name = root.get_name().to_owned();
    let words = help.command.iter().map(String::as_str);
    let words: Vec<_> = [&*name].into_iter().chain(words).chain(["--help"]).collect();
    match root.try_get_matches_from_mut(words) {
        Err(page) if page.use_stderr() => return Err(arguments::error(&page, &root)),
        Err(page) if out.is_json() => out.text("help", &page.to_string())?,
        // Nobody reads it any more: no reason to fail differently.
        Err(page) => drop(page.print()),
        Ok(_) => return Err(AppError::internal("a page of help that is none")),
    }
    Ok(0)
}

pub(super) fn version(out: &Output) -> Result<u8, AppError> {
    let version = env!("CARGO_PKG_VERSION");
    out.answer(json!({ "version": version }), |lines| {
        lines.raw(&format!("crewmesh {version}"));
    })?;
    Ok(0)
}

//! What a shell needs to complete our commands, written to stdout.

use clap::{Args, Command};
use clap_complete::{Shell, generate};

use super::output::Output;
use crate::error::AppError;

/// Print the completions of a shell
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  crewmesh completions bash > ~/.local/share/bash-completion/completions/crewmesh
  crewmesh completions fish > ~/.config/fish/completions/crewmesh.fish
  crewmesh completions zsh > ~/.zfunc/_crewmesh")]
pub(crate) struct Completions {
    /// The shell
    shell: Shell,
}

pub(super) fn run(
    completions: &Completions,
    mut command: Command,
    out: &Output,
) -> Result<u8, AppError> {
    // Whole first: the generator panics where its writer fails.
    let mut script = Vec::new();
    generate(completions.shell, &mut command, "crewmesh", &mut script);
    out.text("script", &String::from_utf8_lossy(&script))?;
    Ok(0)
}

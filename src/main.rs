//! Parse, look around, run, exit code. Nothing else.

use std::process::ExitCode;

use crewmesh::{cli, surroundings::Surroundings};

fn main() -> ExitCode {
    cli::main(Surroundings::gather())
}

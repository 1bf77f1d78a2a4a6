//! Parse, look around, run, exit code. Nothing else.

use std::process::ExitCode;

use crewmesh::{cli, environment::Environment};

fn main() -> ExitCode {
    cli::main(Environment::gather())
}

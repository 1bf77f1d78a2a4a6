//! Programs written in Python, in one virtual environment under `target`. It
//! is made once and made again when `tests/interop/requirements.txt` changes.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

/// What is installed into it.
const REQUIREMENTS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/interop/requirements.txt");

/// The folder of the environment's programs.
///
/// # Errors
/// Why it cannot be had.
pub fn programs() -> Result<PathBuf, String> {
    static MADE: OnceLock<Result<PathBuf, String>> = OnceLock::new();
    MADE.get_or_init(make).clone()
}

fn make() -> Result<PathBuf, String> {
    let said = |fault: std::io::Error| fault.to_string();
    let python = super::find("python3").ok_or("no python3 on PATH")?;
    let target = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let folder = target.join("python");
    let programs = folder.join(if cfg!(windows) { "Scripts" } else { "bin" });
    fs::create_dir_all(target).map_err(said)?;
    // Two runs of the tests share `target`.
    let lock = fs::File::create(target.join("python.lock")).map_err(said)?;
    lock.lock().map_err(said)?;
    let wanted = fs::read_to_string(REQUIREMENTS).map_err(said)?;
    let note = folder.join("made-of");
    if fs::read_to_string(&note).is_ok_and(|made| made == wanted) {
        return Ok(programs);
    }
    if folder.exists() {
        fs::remove_dir_all(&folder).map_err(said)?;
    }
    run(Command::new(python).args(["-m", "venv"]).arg(&folder))?;
    let quiet = ["-m", "pip", "install", "-q", "--disable-pip-version-check", "--no-input", "-r"];
    run(Command::new(programs.join("python")).args(quiet).arg(REQUIREMENTS))?;
    fs::write(note, wanted).map_err(said)?;
    Ok(programs)
}

fn run(command: &mut Command) -> Result<(), String> {
    let output = command.output().map_err(|fault| fault.to_string())?;
    if output.status.success() {
        return Ok(());
    }
    // `venv` says on its standard output what it lacks.
    let said = [output.stdout, output.stderr].concat();
    Err(String::from_utf8_lossy(&said).trim().to_owned())
}

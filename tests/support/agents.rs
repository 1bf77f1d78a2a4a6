//! Code agents that are not ours, each fetched once by npm into `target`, as
//! `assets/agents` was measured with it. The others are tried by `.ci/agents`.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

type Made = OnceLock<Result<PathBuf, String>>;

/// Claude Code's program.
///
/// # Errors
/// Why it cannot be had.
pub fn claude() -> Result<PathBuf, String> {
    static MADE: Made = OnceLock::new();
    let make = || made("claude", "@anthropic-ai/claude-code@2.1.332", "2.1.332 ");
    MADE.get_or_init(make).clone()
}

/// Codex's.
///
/// # Errors
/// Why it cannot be had.
pub fn codex() -> Result<PathBuf, String> {
    static MADE: Made = OnceLock::new();
    let make = || made("codex", "@openai/codex@0.171.0", "codex-cli 0.171.0");
    MADE.get_or_init(make).clone()
}

/// The folder in which each agent has one.
pub fn folder() -> &'static Path {
    Path::new(env!("CARGO_TARGET_TMPDIR"))
}

/// The program `name` of an npm package, which says this first of its version.
fn made(name: &str, package: &str, version: &str) -> Result<PathBuf, String> {
    let said = |fault: std::io::Error| fault.to_string();
    super::find("python3").ok_or("no python3 on PATH, for its model")?;
    let npm = super::find("npm").ok_or("no npm on PATH")?;
    let own = folder().join(name);
    fs::create_dir_all(&own).map_err(said)?;
    // Two runs of the tests share `target`.
    let lock = fs::File::create(folder().join(format!("{name}.lock"))).map_err(said)?;
    lock.lock().map_err(said)?;
    let program = own.join("node_modules/.bin").join(name);
    let note = own.join("made-of");
    if fs::read_to_string(&note).is_ok_and(|made| made == package) {
        return Ok(program);
    }
    // Its install script, where it has one, puts the program in its place.
    let output = Command::new(npm)
        .args(["install", "--no-audit", "--no-fund", "--no-package-lock", "--prefix"])
        .arg(&own)
        .arg(package)
        .output()
        .map_err(said)?;
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).trim().to_owned());
    }
    let told = Command::new(&program).arg("--version").env("HOME", &own).output();
    let told = String::from_utf8_lossy(&told.map_err(said)?.stdout).into_owned();
    if !told.starts_with(version) {
        return Err(format!("it says of its version {told:?}"));
    }
    fs::write(note, package).map_err(said)?;
    Ok(program)
}

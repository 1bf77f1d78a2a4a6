//! A code agent that is not ours: Claude Code, fetched once by npm into `target`. The
//! others are tried by `.ci/agents`.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

/// The one that `assets/agents/claude.toml` was measured with.
const PACKAGE: &str = "@anthropic-ai/claude-code@2.1.332";

/// Its program.
///
/// # Errors
/// Why it cannot be had.
pub fn program() -> Result<PathBuf, String> {
    static MADE: OnceLock<Result<PathBuf, String>> = OnceLock::new();
    MADE.get_or_init(make).clone()
}

fn make() -> Result<PathBuf, String> {
    let said = |fault: std::io::Error| fault.to_string();
    super::find("python3").ok_or("no python3 on PATH, for its model")?;
    let npm = super::find("npm").ok_or("no npm on PATH")?;
    let target = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let folder = target.join("claude");
    fs::create_dir_all(&folder).map_err(said)?;
    // Two runs of the tests share `target`.
    let lock = fs::File::create(target.join("claude.lock")).map_err(said)?;
    lock.lock().map_err(said)?;
    let program = folder.join("node_modules/.bin/claude");
    let note = folder.join("made-of");
    if fs::read_to_string(&note).is_ok_and(|made| made == PACKAGE) {
        return Ok(program);
    }
    // Its install script puts the program in its place.
    let output = Command::new(npm)
        .args(["install", "--no-audit", "--no-fund", "--no-package-lock", "--prefix"])
        .arg(&folder)
        .arg(PACKAGE)
        .output()
        .map_err(said)?;
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).trim().to_owned());
    }
    let version = Command::new(&program).arg("--version").env("HOME", &folder).output();
    let version = String::from_utf8_lossy(&version.map_err(said)?.stdout).into_owned();
    if !version.starts_with("2.1.332 ") {
        return Err(format!("it says of its version {version:?}"));
    }
    fs::write(note, PACKAGE).map_err(said)?;
    Ok(program)
}

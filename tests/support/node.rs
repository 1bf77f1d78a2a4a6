//! Programs written for Node, beside what they stand on, in `target`. It is
//! fetched once by npm and again when `tests/interop/package.json` changes.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

/// Where they are kept in the repository.
const HERE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/interop");

/// The folder where they can be run: Node looks for what a program stands on
/// beside the program.
///
/// # Errors
/// Why it cannot be had.
pub fn programs() -> Result<PathBuf, String> {
    static MADE: OnceLock<Result<PathBuf, String>> = OnceLock::new();
    MADE.get_or_init(make).clone()
}

fn make() -> Result<PathBuf, String> {
    let said = |fault: std::io::Error| fault.to_string();
    super::find("node").ok_or("no node on PATH")?;
    let npm = super::find("npm").ok_or("no npm on PATH")?;
    let version = Command::new("node").arg("--version").output().map_err(said)?;
    let version = String::from_utf8_lossy(&version.stdout).trim().to_owned();
    let major = version.trim_start_matches('v').split('.').next().and_then(|it| it.parse().ok());
    if major.is_none_or(|major: u32| major < 20) {
        return Err(format!("node {version} is older than they want (20)"));
    }
    let target = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let folder = target.join("node");
    fs::create_dir_all(&folder).map_err(said)?;
    // Two runs of the tests share `target`.
    let lock = fs::File::create(target.join("node.lock")).map_err(said)?;
    lock.lock().map_err(said)?;
    for entry in fs::read_dir(HERE).map_err(said)? {
        let program = entry.map_err(said)?.path();
        if let Some(name) =
            program.file_name().filter(|_| program.extension() == Some("mjs".as_ref()))
        {
            fs::copy(&program, folder.join(name)).map_err(said)?;
        }
    }
    let wanted = fs::read_to_string(Path::new(HERE).join("package.json")).map_err(said)?;
    let note = folder.join("made-of");
    if fs::read_to_string(&note).is_ok_and(|made| made == wanted) {
        return Ok(folder);
    }
    fs::write(folder.join("package.json"), &wanted).map_err(said)?;
    let output = Command::new(npm)
        .args(["install", "--no-audit", "--no-fund", "--ignore-scripts", "--no-package-lock"])
        .current_dir(&folder)
        .output()
        .map_err(said)?;
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).trim().to_owned());
    }
    fs::write(note, wanted).map_err(said)?;
    Ok(folder)
}

//! The desktop around us: its clipboard, its browser. Best effort, and honest
//! about what came of it.

pub mod browser;
pub mod clipboard;

use std::path::PathBuf;

use crate::environment::Environment;

/// A program on PATH. A folder named relatively is not looked into: it would
/// be another one in another directory.
fn find(env: &Environment, program: &str) -> Option<PathBuf> {
    let path = env.variables.get_os("PATH")?;
    std::env::split_paths(path)
        .filter(|folder| folder.is_absolute())
        .map(|folder| folder.join(program))
        .find(|file| file.is_file())
}

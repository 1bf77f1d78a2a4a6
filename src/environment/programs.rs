//! Programs on PATH: agents, browsers, tmux.
//!
//! Its one surprising rule: only absolute entries of PATH outside the working
//! directory are searched. A repository somebody just cloned must not be able
//! to bring its own `claude`. Somebody at home has cloned nothing: what lies in
//! `~/.local/bin` is theirs.

use std::path::{Path, PathBuf};

use super::Environment;

/// The program of this name, as an absolute path.
pub fn find(env: &Environment, name: &str) -> Option<PathBuf> {
    // A name with a separator would climb out of the folders searched.
    if name.is_empty() || name.contains(['/', '\\']) {
        return None;
    }
    folders(env)
        .flat_map(|folder| spellings(env, name).into_iter().map(move |file| folder.join(file)))
        .find(|path| is_program(path))
}

/// Where programs are looked for, in order.
pub fn folders(env: &Environment) -> impl Iterator<Item = PathBuf> {
    let entries: Vec<PathBuf> = env
        .variables
        .get_os("PATH")
        .map(|path| std::env::split_paths(path).collect())
        .unwrap_or_default();
    // Nobody clones into their home, nor into `/` and what else lies above it.
    let above_home =
        |directory: &Path| env.user_home.as_ref().is_some_and(|home| home.starts_with(directory));
    let inside = env
        .directory
        .clone()
        .filter(|directory| directory.parent().is_some() && !above_home(directory));
    entries.into_iter().filter(move |entry| {
        let within = inside.as_ref().is_some_and(|directory| entry.starts_with(directory));
        entry.is_absolute() && !within
    })
}

/// The file names a program of this name may have.
fn spellings(env: &Environment, name: &str) -> Vec<String> {
    if env.os != "windows" {
        return vec![name.to_owned()];
    }
    let endings = env.variables.get("PATHEXT").unwrap_or(".COM;.EXE;.BAT;.CMD");
    std::iter::once(name.to_owned())
        .chain(endings.split(';').map(|ending| format!("{name}{}", ending.to_ascii_lowercase())))
        .collect()
}

/// Whether this is a file that can be started.
#[cfg(unix)]
pub fn is_program(path: &Path) -> bool {
    path.is_file() && rustix::fs::access(path, rustix::fs::Access::EXEC_OK).is_ok()
}

/// Whether this is a file that can be started.
#[cfg(not(unix))]
pub fn is_program(path: &Path) -> bool {
    path.is_file() && path.extension().is_some()
}

#[cfg(all(test, unix))]
mod tests {
    use std::fs;
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    fn program(folder: &Path, name: &str) -> PathBuf {
        fs::create_dir_all(folder).expect("a folder");
        let path = folder.join(name);
        fs::write(&path, "#!/bin/sh\n").expect("a file");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).expect("a mode");
        path
    }

    fn env(path: &str, directory: &Path) -> Environment {
        let mut env = Environment::of([("PATH", path)].into_iter().collect());
        env.directory = Some(directory.to_owned());
        env
    }

    #[test]
    fn nothing_in_the_working_directory_or_beside_it_by_a_relative_path_is_found() {
        let dir = tempfile::tempdir().unwrap();
        let work = dir.path().join("work");
        program(&work.join("bin"), "claude");
        program(&work, "codex");
        let path = format!("{}:{}:.::bin", work.join("bin").display(), work.display());
        for name in ["claude", "codex", "../work/codex", ""] {
            assert_eq!(find(&env(&path, &work), name), None, "{name}");
        }
    }

    #[test]
    fn somebody_at_home_finds_what_is_installed_there() {
        let dir = tempfile::tempdir().unwrap();
        let home = dir.path().join("home/ana");
        let bin = home.join(".local/bin");
        let claude = program(&bin, "claude");
        for directory in [&home, &dir.path().join("home"), &dir.path().join("srv")] {
            let mut env = env(bin.to_str().unwrap(), directory);
            env.user_home = Some(home.clone());
            let found = find(&env, "claude");
            assert_eq!(found.as_ref(), Some(&claude), "in {}", directory.display());
        }
        let mut env = env(bin.to_str().unwrap(), &home.join(".local"));
        env.user_home = Some(home);
        assert_eq!(find(&env, "claude"), None, "below home nothing");
    }
}

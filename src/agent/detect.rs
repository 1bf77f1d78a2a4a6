//! Which agents can be started here. No program is started to find out.

use std::path::{Path, PathBuf};

use super::spec;
use crate::environment::{Environment, programs};
use crate::error::{AppError, ErrorKind};
use crate::i18n::{Message, printable};
use crate::model::Agent;

pub use crate::environment::SHELL;

/// Every agent that can be started here, the person's shell last. No program
/// is run to find out.
pub fn on_path(env: &Environment) -> Vec<Agent> {
    let offered = spec::offered().into_iter();
    let mut agents: Vec<Agent> = offered.filter_map(|name| known(env, name)).collect();
    agents.extend(shell(env));
    agents
}

/// The agent of this name: one of those looked for, `shell`, any command on
/// PATH, or an absolute path.
///
/// # Errors
/// Exit code 9 when there is no such program.
pub fn named(env: &Environment, name: &str) -> Result<Agent, AppError> {
    let path = Path::new(name);
    let agent = if name == SHELL {
        shell(env)
    } else if path.is_absolute() {
        programs::is_program(path).then(|| Agent {
            name: path
                .file_name()
                .map_or_else(|| name.to_owned(), |file| file.to_string_lossy().into()),
            program: path.to_owned(),
            version: None,
        })
    } else {
        known(env, name).or_else(|| {
            let program = programs::find(env, name)?;
            Some(Agent { name: name.to_owned(), program, version: None })
        })
    };
    agent.ok_or_else(|| not_found(env, name))
}

/// Why nothing of this name can be started, as far as it can be told.
fn not_found(env: &Environment, name: &str) -> AppError {
    let path = Path::new(name);
    let named = !name.is_empty() && !name.contains(['/', '\\']);
    let mut candidates: Vec<PathBuf> = vec![path.to_owned()];
    if named {
        candidates = programs::folders(env).map(|folder| folder.join(name)).collect();
    }
    if let Some(file) = candidates.iter().find(|file| file.is_absolute() && file.is_file()) {
        let file = printable(&file.display().to_string());
        let message = Message::new("trouble-agent-not-executable").with("program", file.as_str());
        return AppError::new(ErrorKind::AgentNotFound, "agent_not_executable", message)
            .hint(Message::new("trouble-agent-not-executable-hint").with("program", file));
    }
    let message = Message::new("trouble-agent-not-found").with("agent", printable(name));
    let error = AppError::new(ErrorKind::AgentNotFound, "agent_not_found", message);
    let first = name.split_whitespace().next().filter(|first| *first != name);
    error.hint(match first {
        Some(first) if self::named(env, first).is_ok() => {
            let rest = name.trim_start().strip_prefix(first).unwrap_or_default();
            Message::new("trouble-agent-arguments-hint")
                .with("agent", printable(first))
                .with("arguments", printable(rest.trim()))
        }
        _ if !named && !name.is_empty() => Message::new("trouble-agent-whole-path-hint"),
        _ => Message::new("trouble-agent-not-found-hint").with("agents", spec::names_listed()),
    })
}

fn shell(env: &Environment) -> Option<Agent> {
    let named = ["SHELL", "COMSPEC"].into_iter().find_map(|name| env.variables.get_os(name));
    let program =
        named.map(PathBuf::from).filter(|path| path.is_absolute() && programs::is_program(path));
    let program = program.or_else(|| programs::find(env, "sh"))?;
    Some(Agent { name: SHELL.to_owned(), program, version: None })
}

/// One of the agents that are known.
fn known(env: &Environment, name: &str) -> Option<Agent> {
    let program = programs::find(env, &spec::find(name)?.program)?;
    Some(Agent { name: name.to_owned(), program, version: None })
}

#[cfg(all(test, unix))]
mod tests {
    use std::fs;
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    fn program(folder: &Path, name: &str, mode: u32) -> PathBuf {
        fs::create_dir_all(folder).expect("a folder");
        let path = folder.join(name);
        fs::write(&path, "#!/bin/sh\n").expect("a file");
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).expect("a mode");
        path
    }

    fn env(path: &str, directory: &Path) -> Environment {
        let pairs = [("PATH", path), ("SHELL", "/bin/sh")];
        let mut env = Environment::of(pairs.into_iter().collect());
        env.directory = Some(directory.to_owned());
        env
    }

    #[test]
    fn what_cannot_be_started_is_told_apart() {
        let dir = tempfile::tempdir().unwrap();
        let bin = dir.path().join("bin");
        program(&bin, "aider", 0o755);
        let locked = program(&bin, "locked", 0o644).display().to_string();
        let env = env(bin.to_str().unwrap(), &dir.path().join("work"));
        let why = |name: &str| {
            let error = named(&env, name).expect_err("no agent");
            assert_eq!(error.kind, ErrorKind::AgentNotFound);
            let Some(crate::i18n::Words::Message(hint)) = error.hint else { panic!("a hint") };
            hint.id
        };
        for name in ["locked", &locked] {
            assert_eq!(why(name), "trouble-agent-not-executable-hint");
        }
        assert_eq!(why("aider --fast"), "trouble-agent-arguments-hint");
        assert_eq!(why("./aider"), "trouble-agent-whole-path-hint");
        for name in ["nothing", "nothing --fast", ""] {
            assert_eq!(why(name), "trouble-agent-not-found-hint");
            assert_eq!(named(&env, name).unwrap_err().code, "agent_not_found");
        }
    }

    #[test]
    fn agents_are_found_in_order_and_the_shell_comes_last() {
        let dir = tempfile::tempdir().unwrap();
        let bin = dir.path().join("bin");
        program(&bin, "codex", 0o755);
        program(&bin, "aider", 0o755);
        let claude = program(&bin, "claude", 0o755);
        program(&bin, "gemini", 0o644);
        let env = env(bin.to_str().unwrap(), &dir.path().join("work"));
        let found = on_path(&env);
        let names: Vec<_> = found.iter().map(|agent| agent.name.as_str()).collect();
        assert_eq!(names, ["claude", "codex", "aider", "shell"]);
        assert_eq!(found[0].program, claude);
    }

    #[test]
    fn any_command_and_any_absolute_path_can_be_named() {
        let dir = tempfile::tempdir().unwrap();
        let mine = program(&dir.path().join("bin"), "mine", 0o755);
        let env = env(dir.path().join("bin").to_str().unwrap(), &dir.path().join("work"));
        assert_eq!(named(&env, "mine").unwrap().program, mine);
        assert_eq!(named(&env, mine.to_str().unwrap()).unwrap().name, "mine");
        assert_eq!(named(&env, "shell").unwrap().program, Path::new("/bin/sh"));
    }
}

//! The hand-off: this process becomes the agent.
//!
//! Whoever calls has given the terminal back and dropped what reads its input
//! before; on Unix nothing of us is left after, not even a parent that would
//! have to pass signals on. Elsewhere the agent is started, waited for, and
//! its exit code passed through.

use std::fs;
use std::io::{self, Write as _};
use std::path::Path;
use std::process::Command;

use super::prepare::{Link, Spawn};
use super::spec::Makes;
use crate::error::{AppError, ErrorKind};
use crate::i18n::{Message, printable};
use crate::secret::Secret;

/// Becomes the program. On Unix it returns only if that fails; elsewhere with
/// the program's exit code.
///
/// # Errors
/// Exit code 9 when the program is gone, 1 when it cannot be started.
pub fn execute(spawn: &Spawn) -> Result<u8, AppError> {
    let mut command = Command::new(&spawn.program);
    command.args(&spawn.args);
    command.envs(spawn.env.iter().map(|(name, value)| (name, value.expose())));
    for name in &spawn.env_remove {
        command.env_remove(name);
    }
    let linked = spawn.links.iter().try_for_each(link);
    let written = linked.and_then(|()| {
        spawn.files.iter().try_for_each(|(file, content)| write_private(file, content))
    });
    written.and_then(|()| run(command)).map_err(|fault| not_started(&spawn.program, &fault))
}

/// Writes a file of mode 0600, in a folder for the person alone.
fn write_private(file: &Path, content: &Secret) -> io::Result<()> {
    private_parent(file)?;
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(file)?.write_all(content.expose().as_bytes())
}

fn private_parent(file: &Path) -> io::Result<()> {
    let Some(folder) = file.parent().filter(|folder| !folder.exists()) else { return Ok(()) };
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

/// Where links are not for everybody to make, what they would lead to is left out.
fn link(link: &Link) -> io::Result<()> {
    if !cfg!(unix) {
        return Ok(());
    }
    if !link.to.exists() {
        match link.makes {
            Makes::Nothing => return Ok(()),
            Makes::Folder => fs::create_dir_all(&link.to)?,
            Makes::File => {
                private_parent(&link.to)?;
                fs::OpenOptions::new().append(true).create(true).open(&link.to)?;
            }
        }
    }
    private_parent(&link.from)?;
    #[cfg(unix)]
    std::os::unix::fs::symlink(&link.to, &link.from)?;
    Ok(())
}

#[cfg(unix)]
fn run(mut command: Command) -> io::Result<u8> {
    // Gives signals back to what they do by default, too.
    Err(std::os::unix::process::CommandExt::exec(&mut command))
}

#[cfg(not(unix))]
fn run(mut command: Command) -> io::Result<u8> {
    let code = command.status()?.code();
    Ok(code.and_then(|code| u8::try_from(code & 0xff).ok()).unwrap_or(1))
}

fn not_started(program: &Path, fault: &io::Error) -> AppError {
    let shown = printable(&program.display().to_string());
    if fault.kind() == io::ErrorKind::NotFound && !program.exists() {
        let message = Message::new("agent-gone").with("program", shown);
        return AppError::new(ErrorKind::AgentNotFound, "agent_not_found", message)
            .hint(Message::new("agent-gone-hint"));
    }
    let message =
        Message::new("agent-not-started").with("program", shown).with("why", fault.to_string());
    AppError::new(ErrorKind::Failed, "agent_not_started", message)
        .hint(Message::new("agent-gone-hint"))
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::fs::PermissionsExt;
    use std::path::PathBuf;

    use super::*;

    fn spawn(program: PathBuf) -> Spawn {
        Spawn {
            program,
            args: vec![],
            env: vec![],
            env_remove: vec![],
            files: vec![],
            links: vec![],
            has_server: false,
        }
    }

    #[test]
    fn a_program_that_is_gone_is_not_one_that_does_not_start() {
        let folder = tempfile::tempdir().unwrap();
        let program = folder.path().join("agent");
        let gone = execute(&spawn(program.clone())).unwrap_err();
        assert_eq!((gone.kind, gone.code.as_str()), (ErrorKind::AgentNotFound, "agent_not_found"));

        // There, but its interpreter is not.
        std::fs::write(&program, "#!/no/such/interpreter\n").unwrap();
        std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755)).unwrap();
        let broken = execute(&spawn(program)).unwrap_err();
        assert_eq!((broken.kind, broken.code.as_str()), (ErrorKind::Failed, "agent_not_started"));
    }

    #[test]
    fn a_link_leads_to_what_is_there_or_what_is_made_for_it() {
        let folder = tempfile::tempdir().unwrap();
        let (own, place) = (folder.path().join("own"), folder.path().join("place"));
        for (name, makes) in
            [("none", Makes::Nothing), ("folder", Makes::Folder), ("file", Makes::File)]
        {
            link(&Link { from: place.join(name), to: own.join(name), makes }).unwrap();
        }
        assert!(!place.join("none").is_symlink());
        assert!(place.join("folder").is_dir() && place.join("file").is_file());
        std::fs::write(place.join("file"), "kept").unwrap();
        std::fs::remove_dir_all(&place).unwrap();
        // Once more: it is as it was left.
        let again = Link { from: place.join("file"), to: own.join("file"), makes: Makes::File };
        link(&again).unwrap();
        assert_eq!(std::fs::read_to_string(place.join("file")).unwrap(), "kept");
    }

    #[test]
    fn a_file_is_for_the_person_alone_and_is_not_written_over_another() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("settings.json");
        let files = vec![(file.clone(), Secret::new("{}"))];
        let spawn = Spawn { files, ..spawn(folder.path().join("gone")) };
        assert_eq!(execute(&spawn).unwrap_err().code, "agent_not_found");
        assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(execute(&spawn).unwrap_err().code, "agent_not_started");
    }
}

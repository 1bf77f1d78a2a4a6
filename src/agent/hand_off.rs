//! The hand-off: this process becomes the agent.
//!
//! Whoever calls has given the terminal back and dropped what reads its input
//! before; on Unix nothing of us is left after, not even a parent that would
//! have to pass signals on. Elsewhere the agent is started, waited for, and
//! its exit code passed through.

use std::io;
use std::process::Command;

use super::plan::{environment, new_session};
use crate::error::{AppError, ErrorKind};
use crate::i18n::{Message, printable};
use crate::model::LaunchPlan;

/// Becomes the agent. On Unix it returns only if that fails; elsewhere with
/// the agent's exit code.
///
/// # Errors
/// Exit code 9 when the program is gone, 1 when it cannot be started.
pub fn become_agent(plan: &LaunchPlan) -> Result<u8, AppError> {
    let mut command = Command::new(&plan.program);
    command.args(&plan.arguments);
    for (name, value) in environment(plan, &new_session()) {
        match value {
            Some(value) => command.env(name, value),
            None => command.env_remove(name),
        };
    }
    run(command).map_err(|fault| not_started(plan, &fault))
}

#[cfg(unix)]
fn run(mut command: Command) -> std::io::Result<u8> {
    // Gives signals back to what they do by default, too.
    Err(std::os::unix::process::CommandExt::exec(&mut command))
}

#[cfg(not(unix))]
fn run(mut command: Command) -> std::io::Result<u8> {
    let code = command.status()?.code();
    Ok(code.and_then(|code| u8::try_from(code & 0xff).ok()).unwrap_or(1))
}

fn not_started(plan: &LaunchPlan, fault: &std::io::Error) -> AppError {
    let program = printable(&plan.program.display().to_string());
    if fault.kind() == io::ErrorKind::NotFound && !plan.program.exists() {
        let message = Message::new("agent-gone").with("program", program);
        return AppError::new(ErrorKind::AgentNotFound, "agent_not_found", message)
            .hint(Message::new("agent-gone-hint"));
    }
    let message =
        Message::new("agent-not-started").with("program", program).with("why", fault.to_string());
    AppError::new(ErrorKind::Failed, "agent_not_started", message)
        .hint(Message::new("agent-gone-hint"))
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::fs::PermissionsExt;
    use std::path::PathBuf;

    use super::*;

    fn plan(program: PathBuf) -> LaunchPlan {
        LaunchPlan {
            program,
            agent: "claude".into(),
            arguments: vec![],
            instance: "local".into(),
            mesh: "m".into(),
            machine: "x".into(),
            name: "A".into(),
            role: None,
        }
    }

    #[test]
    fn a_program_that_is_gone_is_not_one_that_does_not_start() {
        let folder = tempfile::tempdir().unwrap();
        let program = folder.path().join("agent");
        let gone = become_agent(&plan(program.clone())).unwrap_err();
        assert_eq!((gone.kind, gone.code.as_str()), (ErrorKind::AgentNotFound, "agent_not_found"));

        // There, but its interpreter is not.
        std::fs::write(&program, "#!/no/such/interpreter\n").unwrap();
        std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755)).unwrap();
        let broken = become_agent(&plan(program)).unwrap_err();
        assert_eq!((broken.kind, broken.code.as_str()), (ErrorKind::Failed, "agent_not_started"));
    }
}

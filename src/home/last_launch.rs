//! The launch of last time in this directory, where it can be repeated.

use std::path::Path;

use crate::home::state::{LaunchChoice, StateFile};
use crate::model::LaunchPlan;

/// The launch remembered for this instance and directory, if its mesh was
/// still there when meshes were last listed, is `mesh` where one is asked for,
/// and its program can be run. Arguments for the agent are the caller's to add.
pub fn last_launch(
    state: &StateFile,
    instance: &str,
    directory: &Path,
    mesh: Option<&str>,
) -> Option<LaunchPlan> {
    let choice = state.choice(instance, directory)?;
    let meshes = state.instances.get(instance).and_then(|seen| seen.meshes.as_ref());
    let still_a_member = meshes.is_none_or(|seen| seen.contains(&choice.mesh));
    let is_asked_for = mesh.is_none_or(|mesh| mesh == choice.mesh);
    (still_a_member && is_asked_for && can_run(&choice.program))
        .then(|| plan(instance.to_owned(), choice.clone()))
}

fn plan(instance: String, choice: LaunchChoice) -> LaunchPlan {
    LaunchPlan {
        program: choice.program,
        agent: choice.agent,
        arguments: Vec::new(),
        instance,
        mesh: choice.mesh,
        machine: choice.machine,
        name: choice.name,
        role: choice.role,
        messages: choice.messages,
        provider: choice.provider,
        model: choice.model,
        mcp: true,
        task: None,
    }
}

fn can_run(program: &Path) -> bool {
    #[cfg(unix)]
    let executable = rustix::fs::access(program, rustix::fs::Access::EXEC_OK).is_ok();
    #[cfg(not(unix))]
    let executable = true;
    program.is_absolute() && program.is_file() && executable
}

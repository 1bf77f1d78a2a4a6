//! The tasks of a mesh.

use rmcp::model::{JsonObject, Tool};
use serde::Deserialize;
use serde_json::json;

use crate::error::AppError;
use crate::mcp::tools::{Effect, Given, described, mesh_taken, of_others, read};
use crate::mcp::workplace::Workplace;
use crate::wire::TaskState;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Arguments {
    state: Option<TaskState>,
    mesh: Option<String>,
}

pub(in crate::mcp::tools) fn tool(name: &'static str) -> Tool {
    let states = TaskState::ALL.map(TaskState::word);
    described(
        name,
        ("Tasks", "The tasks that the mesh shares: number, title, how each stands, who has it."),
        Effect::Reads,
        (
            json!({
                "state": {
                    "type": "string", "enum": states,
                    "description": "Only those that stand so; open and claimed ones where left out.",
                },
                "mesh": mesh_taken(),
            }),
            &[],
        ),
        json!({
            "about": { "type": "string" },
            "mesh": { "type": "string" },
            "tasks": { "type": "array", "items": { "type": "object" } },
        }),
    )
}

pub(in crate::mcp::tools) async fn call<W: Workplace>(
    workplace: &W,
    arguments: JsonObject,
) -> Result<Given, AppError> {
    let Arguments { state, mesh } = read(arguments)?;
    let mesh = workplace.mesh(mesh.as_deref()).await?;
    let mut tasks = workplace.tasks(&mesh.id, state).await?;
    tasks.retain(|task| {
        state.is_some() || matches!(task.state, TaskState::Open | TaskState::Claimed)
    });
    let any = !tasks.is_empty();
    Ok(of_others(json!({ "mesh": mesh.slug, "tasks": tasks }), any).into())
}

//! The tasks of a mesh, a tool for each thing that is done with them.

pub(super) mod claim;
pub(super) mod create;
pub(super) mod drop;
pub(super) mod finish;
pub(super) mod list;

use rmcp::model::JsonObject;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Given, mesh_taken, of_others, read};
use crate::error::AppError;
use crate::mcp::workplace::Workplace;
use crate::wire::{TaskAction, TaskStep};

/// What a step of a task takes.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct StepArguments {
    number: i64,
    result: Option<String>,
    mesh: Option<String>,
}

fn step_taken() -> Value {
    json!({
        "number": { "type": "integer", "description": "The task's, from list_tasks." },
        "mesh": mesh_taken(),
    })
}

fn task_given() -> Value {
    json!({
        "about": { "type": "string" },
        "mesh": { "type": "string" },
        "task": { "type": "object" },
    })
}

async fn step<W: Workplace>(
    workplace: &W,
    arguments: JsonObject,
    action: TaskAction,
) -> Result<Given, AppError> {
    let StepArguments { number, result, mesh } = read(arguments)?;
    let mesh = workplace.mesh(mesh.as_deref()).await?;
    let step = TaskStep { by_peer: None, result };
    let task = workplace.task_step(&mesh.id, number, action, step).await?;
    Ok(of_others(json!({ "mesh": mesh.slug, "task": task }), true).into())
}

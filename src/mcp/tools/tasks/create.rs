//! A new task.

use rmcp::model::{JsonObject, Tool};
use serde::Deserialize;
use serde_json::json;

use super::task_given;
use crate::error::AppError;
use crate::mcp::tools::{Effect, Given, described, mesh_taken, read};
use crate::mcp::workplace::Workplace;
use crate::wire::NewTask;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Arguments {
    title: String,
    #[serde(default)]
    text: String,
    mesh: Option<String>,
}

pub(in crate::mcp::tools) fn tool(name: &'static str) -> Tool {
    described(
        name,
        ("Create a task", "Makes a task that any agent or person in the mesh may claim."),
        Effect::Adds,
        (
            json!({
                "title": { "type": "string", "description": "One line of up to 200 characters." },
                "text": { "type": "string", "description": "What there is to know; up to 16 KiB." },
                "mesh": mesh_taken(),
            }),
            &["title"],
        ),
        task_given(),
    )
}

pub(in crate::mcp::tools) async fn call<W: Workplace>(
    workplace: &W,
    arguments: JsonObject,
) -> Result<Given, AppError> {
    let Arguments { title, text, mesh } = read(arguments)?;
    let mesh = workplace.mesh(mesh.as_deref()).await?;
    let task = NewTask { title, text, by_peer: None };
    let task = workplace.create_task(&mesh.id, task).await?;
    Ok(json!({ "mesh": mesh.slug, "task": task }).into())
}

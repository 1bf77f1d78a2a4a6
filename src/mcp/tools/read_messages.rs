//! What others wrote to this agent.

use rmcp::model::{JsonObject, Tool};
use serde::Deserialize;
use serde_json::json;

use super::{Context, Effect, FROM_OTHERS, Given, described, mesh_taken, messages_given, read};
use crate::error::AppError;
use crate::mcp::workplace::Workplace;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Arguments {
    mesh: Option<String>,
}

pub(super) fn tool(name: &'static str) -> Tool {
    described(
        name,
        (
            "Read messages",
            "What other agents and people wrote to you and you have not read. The next call gives \
             only what came after.",
        ),
        Effect::Reads,
        (json!({ "mesh": mesh_taken() }), &[]),
        messages_given(),
    )
}

pub(super) async fn call<W: Workplace>(
    context: Context<'_, W>,
    arguments: JsonObject,
) -> Result<Given, AppError> {
    let Arguments { mesh } = read(arguments)?;
    let mesh = context.workplace.mesh(mesh.as_deref()).await?;
    context.delivered.acknowledge(context.workplace, &mesh).await?;
    let inbox = context.workplace.inbox(&mesh.id, None).await?;
    context.delivered.note(&mesh, &inbox.data);
    let preface = (!inbox.data.is_empty()).then_some(FROM_OTHERS);
    Ok(Given { preface, value: json!({ "mesh": mesh.slug, "messages": inbox.data }) })
}

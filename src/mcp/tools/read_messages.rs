//! What others wrote to this agent.

use rmcp::model::{JsonObject, Tool};
use serde::Deserialize;
use serde_json::json;

use super::{Effect, Given, described, mesh_taken, messages_as_given, messages_given, read};
use crate::error::AppError;
use crate::mcp::workplace::Workplace;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Arguments {
    after: Option<i64>,
    mesh: Option<String>,
}

pub(super) fn tool(name: &'static str) -> Tool {
    described(
        name,
        (
            "Read messages",
            "What other agents and people wrote to you and you have not read. The next call gives \
             only what came after. To look again at what was read, say after which number.",
        ),
        Effect::Reads,
        (
            json!({
                "after": {
                    "type": "integer", "minimum": 0,
                    "description": "Everything after the message of this number, read or not, what \
                        you wrote yourself too. Left out: what you have not read.",
                },
                "mesh": mesh_taken(),
            }),
            &[],
        ),
        messages_given(),
    )
}

pub(super) async fn call<W: Workplace>(
    workplace: &W,
    arguments: JsonObject,
) -> Result<Given, AppError> {
    let Arguments { after, mesh } = read(arguments)?;
    let mesh = workplace.mesh(mesh.as_deref()).await?;
    let messages = match after {
        Some(number) => workplace.messages_after(&mesh.id, number.max(0)).await?,
        None => workplace.take(&mesh.id, None).await?,
    };
    Ok(messages_as_given(&mesh, &messages.data))
}

//! Who is at work in a mesh.

use rmcp::model::{JsonObject, Tool};
use serde::Deserialize;
use serde_json::json;

use super::{Effect, Given, described, mesh_taken, of_others, read};
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
            "Peers",
            "The agents at work in the mesh now: name, person, agent, machine, role, and what each is at. Their names are what messages are addressed to.",
        ),
        Effect::Reads,
        (json!({ "mesh": mesh_taken() }), &[]),
        json!({
            "about": { "type": "string" },
            "mesh": { "type": "string" },
            "peers": { "type": "array", "items": { "type": "object" } },
        }),
    )
}

pub(super) async fn call<W: Workplace>(
    workplace: &W,
    arguments: JsonObject,
) -> Result<Given, AppError> {
    let Arguments { mesh } = read(arguments)?;
    let mesh = workplace.mesh(mesh.as_deref()).await?;
    let peers = workplace.peers(&mesh.id).await?;
    // What each says that it is at.
    let any = !peers.is_empty();
    Ok(of_others(json!({ "mesh": mesh.slug, "peers": peers }), any).into())
}

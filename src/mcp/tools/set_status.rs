//! Saying what this agent is at.

use rmcp::model::{JsonObject, Tool};
use serde::Deserialize;
use serde_json::json;

use super::{Effect, Given, described, mesh_taken, read};
use crate::error::AppError;
use crate::mcp::workplace::Workplace;
use crate::wire::{PeerChange, PeerStatus};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Arguments {
    status: Option<PeerStatus>,
    summary: Option<String>,
    mesh: Option<String>,
}

pub(super) fn tool(name: &'static str) -> Tool {
    described(
        name,
        (
            "Set my status",
            "Tells the others in the mesh what you are at: a status and one line. Do it when you \
             begin something, wait for somebody, or are done.",
        ),
        Effect::Adds,
        (
            json!({
                "status": { "type": "string", "enum": ["idle", "working", "waiting"] },
                "summary": {
                    "type": "string", "description": "One line of up to 200 characters; empty for none.",
                },
                "mesh": mesh_taken(),
            }),
            &[],
        ),
        json!({ "mesh": { "type": "string" } }),
    )
}

pub(super) async fn call<W: Workplace>(
    workplace: &W,
    arguments: JsonObject,
) -> Result<Given, AppError> {
    let Arguments { status, summary, mesh } = read(arguments)?;
    let mesh = workplace.mesh(mesh.as_deref()).await?;
    workplace.set_status(&mesh.id, PeerChange { status, summary }).await?;
    Ok(json!({ "mesh": mesh.slug }).into())
}

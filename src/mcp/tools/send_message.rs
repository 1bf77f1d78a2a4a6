//! Writing to another agent, to a role, or to everybody.

use rmcp::model::{JsonObject, Tool};
use serde::Deserialize;
use serde_json::json;

use super::{Effect, Given, described, mesh_taken, read};
use crate::error::AppError;
use crate::mcp::workplace::Workplace;
use crate::wire::{MessageKind, NewMessage};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Arguments {
    to: String,
    text: String,
    #[serde(default)]
    kind: MessageKind,
    reply_to: Option<i64>,
    mesh: Option<String>,
}

pub(super) fn tool(name: &'static str) -> Tool {
    let kinds = MessageKind::ALL.map(MessageKind::word);
    described(
        name,
        (
            "Send a message",
            "Write to another agent or person in the mesh. They read it when they look or wait; \
             you get no answer here: use wait_for_message for that.",
        ),
        Effect::Adds,
        (
            json!({
                "to": {
                    "type": "string",
                    "description": "A name from list_peers, @ and a role, or * for everybody.",
                },
                "text": { "type": "string", "description": "Up to 16 KiB." },
                "kind": {
                    "type": "string", "enum": kinds,
                    "description": "ask: an answer is wanted. answer, done: with reply_to.",
                },
                "reply_to": { "type": "integer", "description": "The number of the message answered." },
                "mesh": mesh_taken(),
            }),
            &["to", "text"],
        ),
        json!({
            "mesh": { "type": "string" },
            "number": { "type": "integer" },
            "to": { "type": "string" },
        }),
    )
}

pub(super) async fn call<W: Workplace>(
    workplace: &W,
    arguments: JsonObject,
) -> Result<Given, AppError> {
    let Arguments { to, text, kind, reply_to, mesh } = read(arguments)?;
    let mesh = workplace.mesh(mesh.as_deref()).await?;
    let message = NewMessage { to, text, kind, reply_to, by_peer: None };
    let sent = workplace.send(&mesh.id, message).await?;
    Ok(json!({ "mesh": mesh.slug, "number": sent.number, "to": sent.to }).into())
}
